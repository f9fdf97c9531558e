"""The page of relapse definitions, generated from the declarations and the cases that the tests run."""

from collections.abc import Iterator, Sequence

from stepdown.schema import INTERVALS, MISSING, NEEDS, EndpointSpec, Parameter, endpoints
from tests.cases.parser import EMPTY, PLAIN, cases_of
from tools.docs_pages.case_tables import filled, table


def endpoints_page() -> str:
    """Return the page of relapse definitions as Markdown."""
    sections = (line for spec in endpoints() for line in _section(spec))
    return filled("endpoints.md", rules=_rules(), contents=_contents(), sections=sections)


def _rules() -> Iterator[str]:
    due = (
        "A contact is due where a finding is missing, refused or inconclusive, and at a visit of "
        "`[schedule]` without any finding in its window, if that window closed by the data cut. Such a visit "
        "is dated to its day, and known to be missed when its window closed: nothing that rests on it is "
        "confirmed sooner. On day 0 nothing is due. Weekly definitions read urine tests only: a visit "
        "without one in its window is a week `o`, also where the client was contacted in another way."
    )
    for name, texts, lead in (
        ("missing", MISSING, due),
        ("interval", INTERVALS, "Where the day of the event is known, every choice gives the same result."),
        ("needs", NEEDS, "What a cohort must hold for a definition to be used."),
    ):
        yield lead
        yield ""
        yield from table((f"`{name}`", "means"), [(f"`{key}`", text) for key, text in texts.items()])


def _contents() -> Iterator[str]:
    rows = [
        (f"[{spec.name}](#{_anchor(spec)})", spec.kind_in_words, _first(spec.sentence))
        for spec in endpoints()
    ]
    return table(("definition", "kind", "what"), rows)


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
    yield "Kind", f"`{spec.kind}`" + (", as a secondary endpoint only" if spec.secondary else "")
    link = f" [doi:{spec.doi}](https://doi.org/{spec.doi})" if spec.doi else ""
    yield "Source", f"{spec.source}{link}" if spec.source else f"defined by this project{link}"
    yield "Needs", "; ".join(" or ".join(NEEDS[one] for one in need.split("|")) for need in spec.needs)
    if spec.kind == "time":
        yield "Onset", spec.onset
        yield "Confirmed", spec.confirmed
        yield "Gives", "a day" if spec.yields == "day" else "a day, or an interval of days"
    if spec.week_to_day:
        yield "Weeks to days", spec.week_to_day
    yield "Missing observations", spec.missing_rule
    yield "`missing`", _codes(spec.missing)
    if spec.interval:
        known = "; the day is known, so every choice gives the same result" if spec.yields == "day" else ""
        yield "`interval`", _codes(spec.interval) + known
    if spec.competing:
        yield "Cannot happen after", " or ".join(spec.competing)
    for one in spec.parameters:
        yield f"`parameters.{one.name}`", _parameter(one)


def _parameter(one: Parameter) -> str:
    high = "" if one.high is None else f" to {one.high}"
    most = f", not above `{one.at_most}`" if one.at_most else ""
    return f"{one.meaning} {one.default} by default; {one.low}{high or ' or more'}{most}."


def _cases(spec: EndpointSpec) -> Iterator[str]:
    yield "Hand-worked cases:"
    yield ""
    folder, plain = (folder_of(spec), PLAIN if spec.rule is None else EMPTY)
    rows = [
        (f"`{case.drawing or plain}`", case.options, case.expected, case.why)
        for case in cases_of(folder, spec.name)
    ]
    yield from table(("client" if spec.rule is None else "pattern", "with", "gives", "why"), rows)


def folder_of(spec: EndpointSpec) -> str:
    """Return the folder of tests/cases that holds the cases of a definition."""
    if spec.secondary:
        return "secondary"
    return "daily" if spec.rule is None else "weekly"


def _codes(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _first(text: str) -> str:
    """Return the first sentence."""
    return text.split(". ")[0].rstrip(".") + "."


def _anchor(spec: EndpointSpec) -> str:
    return spec.name.replace("@", "")
