"""The page of relapse definitions, generated from the registry and the cases that the tests run."""

from collections.abc import Iterator, Sequence

from stepdown.cohort.relapse.daily.drawn_cases import CASES as DAILY_CASES
from stepdown.cohort.relapse.daily.drawn_cases import PLAIN
from stepdown.cohort.relapse.weekly.weekly_cases import CASES as WEEKLY_CASES
from stepdown.cohort.relapse.weekly.weekly_cases import EMPTY
from stepdown.schema import INTERVALS, MISSING, NEEDS, EndpointSpec, Parameter, endpoints

_HEAD = """# Relapse definitions

Generated from `stepdown.schema` by `stepdown docs`; do not edit. A study names one definition of kind
`time` under `[outcome]`:

```toml
[outcome]
endpoint = "readmission@1"          # definition and version
parameters = { max_gap_days = 3 }   # where the definition has any; what is left out is its own
missing = "as_defined"              # what is done about missing observations
interval = "bounds"                 # what is analyzed where only an interval is known
imputations = 20                    # how often a day is drawn, where interval = "imputed"
```

A version never changes: another reading of a definition gets another number. `stepdown endpoints` lists
the definitions; with `--cohort cohort.toml` it tells which of them the cohort can serve, and why not the
others. A study that asks for one of the others is refused.

## Onset, confirmed day, day 0

- **Onset** is the day to which the event is dated: a day, or an interval of days (last clean, first
  positive]. **Confirmed** is the day on which the rule became true. The results of the whole cohort, and of
  arms known at time zero, use the onset. After a landmark the confirmed day is used, and it decides who may
  start there: only that could be known then. Where the finding whose day is uncertain also confirms the
  event, the uncertainty stays, and is told as a range.
- An event counts if it was confirmed while the client was observed. One that takes more than one finding
  does not count where death, or incarceration where it competes, came before the last of them. A weekly event
  is confirmed on the last day of a week: of one week, death and incarceration come first.
- An event that takes several findings, or weeks, is dated back to the first of them, so it is only seen if
  follow-up goes on to the last. Whoever is followed no further counts as free of it to the end. Over the
  last days of follow-up (three weeks, where four weeks in a row are asked for) a risk read by onset is
  therefore too low: read it at a day that lies so long before most people's end, or after a landmark.
- Day 0 is the day of time zero. After a discharge, what is found on day 0 counts (`day_zero` says how).
  After an admission or a randomization it is where the client starts, and does not count; nor do earlier
  findings take anybody out, because that would undo a randomized comparison.
- Definitions that need more than one finding look at days from day 1 on, weekly ones at weeks from week 1
  on (days 1 to 7).
- Weekly definitions need urine tests about every week from most clients. Where only clients in care are
  tested, counting weeks would find use in them alone, so such a cohort is refused. Tests before time zero,
  as during a stay, do not count; `stepdown endpoints --cohort` knows no time zero and counts them.
- The admission with which the discharge's own stay began is no readmission.
- A step-up is excused only where it is marked planned. Clients in IOP are seen every few days; if any
  admission soon after a session were excused, clients in care would seem to do better than they do.
"""


_LEGEND = f"""## How the cases are drawn

Daily definitions: a client is a line, `/` begins the line of another stay, and days count from the end of
the first stay (or from the time zero named). A client without a stay is `{PLAIN}`: a stay from day -28 to
day 0, observed from day 0 to day 90, where the data end.

- `+ 30`, `- 30`, `? 30`, `refused 30`, `inconclusive 30`: what was found on day 30, told by the client where
  no source is named; `+ (0,30]` happened after day 0, up to day 30.
- `admitted 30 residential`: an admission; `emergency 30`: an emergency visit; `planned` and `unplanned` what
  was said of it, `claim` that a claim tells it, `sud` and `other_diagnosis` its principal diagnosis.
- `iop 10..40`: attended care (`missed`: not attended); `death 20`, `jail 20`; `follow 0..40 lost`: observed
  to day 40, then lost.

Weekly definitions: a week is `+` positive, `-` negative, `*` both, `o` due but nothing usable, `_` nothing
due. Day 0 lies in no week, days 1 and 7 in week 1, days 8 and 14 in week 2, day 30 in week 5, day 90 in
week 13.
"""


def endpoints_page() -> str:
    """Return the page of relapse definitions as Markdown."""
    sections = (line for spec in endpoints() for line in _section(spec))
    return "\n".join([_HEAD, *_rules(), _LEGEND, *_contents(), *sections])


def _rules() -> Iterator[str]:
    yield "## Missing observations, intervals, needs"
    yield ""
    due = (
        "A contact is due where a finding is missing, refused or inconclusive, and at a visit of "
        "`[schedule]` without any finding in its window, if that window closed by the data cut. Such a visit "
        "is dated to its day, and known to be missed when its window closed: nothing that rests on it is "
        "confirmed sooner. On day 0 nothing is due. Weekly definitions read urine tests only: a visit "
        "without one in its window is a week `o`, also where the client was reached in another way."
    )
    for name, words, said in (
        ("missing", MISSING, due),
        ("interval", INTERVALS, "Where the day of the event is known, every choice gives the same."),
        ("needs", NEEDS, "What a cohort must hold for a definition to be used."),
    ):
        yield said
        yield ""
        yield from _table((f"`{name}`", "means"), [(f"`{key}`", text) for key, text in words.items()])


def _contents() -> Iterator[str]:
    yield "## All definitions"
    yield ""
    rows = [(f"[{spec.name}](#{_anchor(spec)})", spec.kind, _first(spec.sentence)) for spec in endpoints()]
    yield from _table(("definition", "kind", "what"), rows)


def _section(spec: EndpointSpec) -> Iterator[str]:
    yield f"## {spec.name}"
    yield ""
    yield spec.sentence
    yield ""
    for name, text in _facts(spec):
        yield f"- **{name}**: {text}"
    yield ""
    yield from _cases(spec)


def _facts(spec: EndpointSpec) -> Iterator[tuple[str, str]]:
    yield "Kind", f"`{spec.kind}`"
    link = f" [doi:{spec.doi}](https://doi.org/{spec.doi})" if spec.doi else ""
    yield "Source", f"{spec.source}{link}" if spec.source else f"this project's own{link}"
    yield "Needs", "; ".join(" or ".join(NEEDS[one] for one in need.split("|")) for need in spec.needs)
    if spec.kind == "time":
        yield "Onset", spec.onset
        yield "Confirmed", spec.confirmed
        yield "Tells", "a day" if spec.yields == "day" else "a day, or an interval of days"
    if spec.week_to_day:
        yield "Weeks to days", spec.week_to_day
    yield "Missing observations", spec.missing_rule
    yield "`missing`", _codes(spec.missing)
    if spec.interval:
        known = "; the day is known, so that every choice gives the same" if spec.yields == "day" else ""
        yield "`interval`", _codes(spec.interval) + known
    if spec.competing:
        yield "Cannot happen after", " or ".join(spec.competing)
    for one in spec.parameters:
        yield f"`parameters.{one.name}`", _parameter(one)


def _parameter(one: Parameter) -> str:
    high = "" if one.high is None else f" to {one.high}"
    most = f", not above `{one.at_most}`" if one.at_most else ""
    return f"{one.meaning} {one.default} if left out; {one.low}{high or ' or more'}{most}."


def _cases(spec: EndpointSpec) -> Iterator[str]:
    daily = [case for case in DAILY_CASES if case.endpoint == spec.name]
    if daily:
        yield "Cases worked out by hand. Every one is a test."
        yield ""
        rows = [(f"`{case.client or PLAIN}`", case.options, case.expected, case.why) for case in daily]
        yield from _table(("client", "with", "gives", "why"), rows)
    weekly = [case for case in WEEKLY_CASES if case.endpoint == spec.name]
    if weekly:
        yield "Cases worked out by hand. Every one is a test."
        yield ""
        words = [
            (
                f"`{case.word or EMPTY}`",
                "" if case.missing == "as_defined" else f"missing = {case.missing}",
                case.expected,
                case.why,
            )
            for case in weekly
        ]
        yield from _table(("word", "with", "gives", "why"), words)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    for cells in (head, ["---"] * len(head), *rows):
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"
    yield ""


def _codes(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _first(text: str) -> str:
    """Return the first sentence."""
    return text.split(". ")[0].rstrip(".") + "."


def _anchor(spec: EndpointSpec) -> str:
    return spec.name.replace("@", "")
