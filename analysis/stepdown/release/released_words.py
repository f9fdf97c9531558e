"""Header, notes and provenance of a public report: made from released rows, without other counts."""

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

import pandas as pd

from stepdown.disclosure import round_to
from stepdown.results.analysis import Provenance, Wording
from stepdown.results.reading import WHOLE
from stepdown.results.words import NOT_RELEASED, count

_REFUSED = re.compile(
    r"(A|The adjusted) comparison is not shown( \([a-z -]+( at day \d+)?\))?\.(?= )|"
    r"(A|The adjusted) comparison is not shown( \([a-z -]+( at day \d+)?\))?\.$"
)
_VERDICTS = {
    "passed": "This check passed.",
    "warning": "This check gave a warning.",
    "failed": "This check failed.",
    "not_judged": "The study file leaves this gate out.",
    "withheld": "This comparison is withheld: its data do not meet a limit of the study.",
}
"""What a public report says of a check; its own sentence holds counts and values."""
REASON_INTERNAL = "The reason is in the internal report."
WARNED = "A check of this comparison gave a warning."
WITHHELD_REASON = "This comparison is withheld."
NO_STRENGTH = "no strength is enough"
_OPEN = frozenset(
    (
        "no events", "no variation", "no one is left", "more than half are still event-free at the end",
        "a few people have too much weight for an interval", "only a range is known",
        "too few people determine a model behind the estimate, so there is no interval",
        "no events; an arm's estimate is not above 0: no ratio", NO_STRENGTH,
        "no rate of those lost is enough", "only more than 100 times the rate is enough",
        "the primary comparison has no interval", "the primary comparison does not have this number",
        "No visit schedule is defined. State [schedule] in the cohort file, or map due_day.",
        "The cohort holds no services. Map them in the cohort file.",
        "The last day that the data cover is unknown. State data_cut in the cohort file.",
    )
)  # fmt: skip
"""Notes of numbers that hold no count."""


def released_sentence(threshold: int, base: int) -> str:
    """Return the sentence on the rules of a public report.

    Examples
    --------
    >>> released_sentence(11, 5)
    'Prepared under stated disclosure rules; your privacy officer decides. Counts from 1 to 10, and what
    follows from them, are not shown; other counts are rounded to 5, and results are computed from rounded
    counts.'
    """
    return (
        f"Prepared under stated disclosure rules; your privacy officer decides. Counts from 1 to "
        f"{threshold - 1}, and what follows from them, are not shown; other counts are rounded to {base}, "
        "and results are computed from rounded counts."
    )


def released_note(note: str, estimand: str, statistic: str) -> str:
    """Return the note of a released row: fixed words, or those of refusals that rest on the data's kind.

    Examples
    --------
    >>> released_note("no events", "risk", "estimate"), released_note("3 clients", "risk", "estimate")
    ('no events', '')
    >>> released_note("“A” rests on 12 people.", "check", "passed")
    'This check passed.'
    """
    if estimand == "check":
        return _VERDICTS.get(statistic, "")
    if statistic == "not_estimated":
        fixed = estimand == "definition" or note.startswith(_NOT_ASKED_FOR) or note in _OPEN
        return note if fixed and not re.search(r"\d", note) else REASON_INTERNAL
    return note if note in _OPEN else ""


_NOT_ASKED_FOR = "not asked for: "
_LEFT_OUT = {
    ("sensitivity", "covariate_strength"): (
        "How strong the measured characteristics are is not shown, because it rests on the relapses in each "
        "value of a characteristic, which this report does not count."
    ),
    ("trust", "largest_weight"): ("The largest weight is not shown, because it is that of one person."),
    ("trust", "leave_one_out"): (
        "How much the result depends on a single unit is not shown, because it rests on that unit alone."
    ),
    ("arms", "adjustment_warning"): (
        "What the warnings of the adjustment found is not shown, because it rests on rare values of "
        "characteristics."
    ),
    ("quality", "measure"): (
        "Measures that count weeks are not shown, because many weeks can be those of one client."
    ),
    ("quarters", "change_part"): (
        "What the change is made of is not shown, because its parts are smaller than the rounding of this "
        "report."
    ),
}
"""What is left out as a whole, by section and estimand."""
_ZEROS = "In curves and in counts by day, fewer than {} are shown as 0."
_REVISIONS = (
    "Late data and what changed since the last report are not shown, because a change between two reports "
    "can be that of a few people."
)
_NO_SITES = (
    "Sites are not compared, because fewer than two of them have numbers that are shown: the others are "
    "small, or would give away a small one."
)
_COMPLETE = (
    "Quarters are shown once they are complete, because the difference from an earlier state of a quarter "
    "can be that of a few people."
)


def released_wording(
    wording: Wording, table: pd.DataFrame, *, left_out: pd.DataFrame, threshold: int, base: int
) -> Wording:
    """Return the words of a public report.

    Parameters
    ----------
    wording : Wording
    table : DataFrame
        Released rows.
    left_out : DataFrame
        Rows that are in the internal version only.
    threshold, base : int
    """
    measures = tuple(replace(one, notes=tuple(_without_counts(one.notes))) for one in wording.measures)
    return replace(
        wording,
        notes=tuple(_notes(wording)),
        measures=measures,
        header=dict(_header(wording.header, table)),
        released=released_sentence(threshold, base),
        not_shown=_not_shown(table, left_out, threshold=threshold, base=base),
    )


def _not_shown(
    table: pd.DataFrame, left_out: pd.DataFrame, *, threshold: int, base: int
) -> dict[str, tuple[str, ...]]:
    """Return, by section, the sentences on what it lacks."""
    found: dict[str, list[str]] = {}
    gone = set(left_out["estimand"])
    for (section, estimand), sentence in _LEFT_OUT.items():
        if estimand in gone:
            found.setdefault(section, []).append(sentence)
    if "sites" in set(left_out["analysis"]) and not (table["estimand"] == "observed_expected").any():
        found["sites"] = [_NO_SITES]
    if (table["population"].ne("") & table["estimate"].notna()).any():
        found.setdefault("arms", []).append(
            f"Adjusted numbers are rounded to what {base} people can change in a group, or coarser, so that "
            "no small count follows from them."
        )
    at_risk = table.loc[(table["estimand"] == "at_risk") & table["estimate"].notna(), "analysis"]
    drawn = {"speed": at_risk == WHOLE, "arms": at_risk != WHOLE, "comparison": at_risk != WHOLE}
    for section in (name for name, some in drawn.items() if some.any()):
        found.setdefault(section, []).append(_ZEROS.format(threshold))
    if (table["analysis"] == "quarters").any():
        found.setdefault("quarters", []).extend((_COMPLETE, _REVISIONS))
    return {section: tuple(sentences) for section, sentences in found.items()}


def _notes(wording: Wording) -> Iterator[str]:
    for note in wording.notes:
        if note in wording.open_notes:
            yield note
        elif found := _REFUSED.match(note):
            yield f"{found[0]} The reason holds counts, which a public report does not show."


def _without_counts(notes: tuple[str, ...]) -> Iterator[str]:
    """Yield notes without numbers; a number could be a count of clients."""
    return (note for note in notes if not re.search(r"\d", note))


_OPEN_FACTS = ("Program", "Programs", "Sites", "Discharged", "Admitted", "Randomized", "Data cut")


def _header(header: Mapping[str, str], table: pd.DataFrame) -> Iterator[tuple[str, str]]:
    for name, value in header.items():
        if name == "Discharges":
            yield name, _discharges(table)
        elif name in _OPEN_FACTS:
            yield name, value


def _discharges(table: pd.DataFrame) -> str:
    kept = table[
        (table["estimand"] == "flow") & (table["statistic"] == "kept") & (table["unit"] == "discharges")
        & (table["analysis"] == "")
    ]["estimate"].tolist()  # fmt: skip
    if not kept or not math.isfinite(kept[-1]):
        return NOT_RELEASED
    every = f"{count(kept[0])} in the data" if math.isfinite(kept[0]) else "all in the data"
    return f"about {count(kept[-1])} included of {every}"


def released_provenance(provenance: Provenance, *, threshold: int, base: int) -> Provenance:
    """Return inputs with rounded numbers of rows; 0 where they are below the threshold.

    A table may have a row a discharge: two reports must not differ by a small count there either.
    """
    coarse = 10 * base
    inputs = tuple(
        (name, digest, 0 if rows < threshold else int(round_to(rows, coarse)))
        for name, digest, rows in provenance.inputs
    )
    return replace(provenance, inputs=inputs)
