"""Can this be trusted: sentences and tables."""

import math
from collections.abc import Callable, Sequence

from stepdown.display.text_and_tables import Table, Text
from stepdown.results import Analysis
from stepdown.results.reading import WHOLE, bounded
from stepdown.results.words import count, deviations, listed, number, percent, value_name
from stepdown.sections.trust.read import (
    FAILED,
    NAMES,
    NOT_JUDGED,
    PASSED,
    WARNING,
    WITHHELD,
    CheckFinding,
    findings,
    measures_of_balance,
    sizes_by_day,
    weights,
)

LIGHTS = {
    PASSED: "● passed",
    NOT_JUDGED: "○ not judged",
    WARNING: "▲ warning",
    FAILED: "■ failed",
    WITHHELD: "■ withheld",
}
"""A mark and a word for each verdict; never color alone."""
_PLACE = {
    "clone_censor_weight": "everybody under each plan",
    "baseline": "groups known on day 0",
    "sequential_trials": "sequential trials",
    "time_varying": "care as it changes",
}


def compared(a: Analysis) -> tuple[str, ...]:
    """Return the keys of the comparisons that were checked, the primary first."""
    return tuple(key for key in a.wording.analyses if key != WHOLE and findings(a.results, analysis=key))


def place(analysis: str) -> str:
    """Return what a comparison is called."""
    name = analysis.replace("_", " at day ") if analysis.startswith(("landmark", "matched")) else analysis
    return _PLACE.get(analysis, name)


def answer(a: Analysis, found: Sequence[CheckFinding]) -> Text:
    """Return in a sentence or two whether the primary comparison may be relied on."""
    by = {verdict: [one for one in found if one.verdict == verdict] for verdict in LIGHTS}
    which = "The comparison"
    # Of intervals there is no one difference: each group has a range.
    ranges = any(bounded(a.results, analysis=one.analysis) for one in found[:1])
    shown = "Of each group only a range is shown" if ranges else f"{which} is shown"
    if by[WITHHELD]:
        first = f"No. {which} is withheld: its numbers are nowhere in this report."
    elif by[FAILED]:
        first = f"With doubt. {shown}, but {_many(by[FAILED])} failed."
    elif by[WARNING]:
        first = f"With care. {shown}, with a warning from {_many(by[WARNING])}."
    else:
        first = f"As far as these checks can show. {which} passed every check."
    counted = [
        f"{count(len(by[verdict]))} {words}"
        for verdict, words in (
            (PASSED, "passed"),
            (NOT_JUDGED, "not judged, since the study file leaves the gate out"),
            (WARNING, "gave a warning"),
            (FAILED, "failed"),
            (WITHHELD, "withheld the numbers"),
        )
        if by[verdict]
    ]
    cannot = (
        "No check can show that nothing is missing that matters for both care and "
        f"{a.wording.relapse}: every adjusted comparison assumes it."
    )
    return Text((f"{first} Of {count(len(found))} checks, {listed(counted)}. {cannot}",))


def _many(found: Sequence[CheckFinding]) -> str:
    return "one check" if len(found) == 1 else f"{count(len(found))} checks"


def concerns(found: Sequence[CheckFinding]) -> Text | None:
    """Return every check that did not pass, the worst first: its mark, its question and its sentences."""
    order = [WITHHELD, FAILED, WARNING, NOT_JUDGED]
    others = sorted((one for one in found if one.verdict != PASSED), key=lambda one: order.index(one.verdict))
    found_there = tuple(
        f"{LIGHTS[one.verdict][:2]}{LIGHTS[one.verdict][2:].capitalize()}: {NAMES[one.name]} "
        f"{' '.join(one.sentences)}"
        for one in others
    )
    return Text(found_there) if found_there else None


def passed(found: Sequence[CheckFinding], *, analysis: str) -> Table | None:
    """Return the checks that passed, behind one line that counts them; None where none did."""
    kept = [one for one in found if one.verdict == PASSED]
    if not kept:
        return None
    many = "1 check" if len(kept) == 1 else f"{count(len(kept))} checks"
    return _lights(kept, analysis=analysis, fold=f"{LIGHTS[PASSED][0]} {many} passed")


def of_another(found: Sequence[CheckFinding], *, analysis: str) -> Table:
    """Return all checks of another comparison, behind a line with their verdicts."""
    many = {verdict: sum(one.verdict == verdict for one in found) for verdict in reversed(LIGHTS)}
    counted = [
        f"{count(size)} {'warnings' if verdict == WARNING and size > 1 else LIGHTS[verdict][2:]}"
        for verdict, size in many.items()
        if size
    ]
    worst = max((one.verdict for one in found), key=list(LIGHTS).index)
    fold = f"{LIGHTS[worst][0]} {place(analysis).capitalize()}: {listed(counted)}"
    return _lights(found, analysis=analysis, fold=fold)


def _lights(found: Sequence[CheckFinding], *, analysis: str, fold: str) -> Table:
    """Return a row for each check: the question, the verdict, and what was found."""
    return Table(
        f"Checks of the comparison: {place(analysis)}",
        ("Check", "Verdict", "What was found"),
        tuple((NAMES[one.name], LIGHTS[one.verdict], " ".join(one.sentences)) for one in found),
        fold=fold,
    )


def balance_table(a: Analysis, analysis: str) -> Table | None:
    """Return every measure of balance; None of a comparison without weights."""
    found = measures_of_balance(a.results, analysis=analysis)
    # A public report may hold no difference of a characteristic: a row of gaps would show nothing.
    held = [name for name in ("before", "after") if name in found]
    found = found[found[held].notna().any(axis=1)]
    if found.empty:
        return None
    several = found.index.get_level_values("arm").nunique() > 1
    rows = tuple(
        (
            f"{arm}: {_characteristic(a, term, level)}" if several else _characteristic(a, term, level),
            *(
                _number(row.get(name, math.nan))
                for name in ("before", "after", "variance_ratio", "largest_gap")
            ),
        )
        for (arm, term, level), (_, row) in zip(found.index, found.iterrows(), strict=True)
    )
    columns = (
        "Characteristic",
        "Difference before (SD)",
        "After (SD)",
        "Ratio of variances after",
        "Largest gap of the distributions after",
    )
    notes = ("SD: standard deviations. Ratio of variances: of numbers, 1 is alike. Largest gap: 0 is alike.",)
    return Table("Balance of the groups", columns, rows, notes, fold="Balance in numbers")


def _characteristic(a: Analysis, term: str, level: str) -> str:
    name = a.labels.get(term, term.replace("_", " ").capitalize())
    return f"{name}: {value_name(term, level)}" if level else name


def _number(value: float) -> str:
    return "" if math.isnan(value) else deviations(value)


def size_table(a: Analysis, analysis: str) -> Table | None:
    """Return the effective people of each group by day; None where there are none."""
    found = sizes_by_day(a.results, analysis=analysis)
    if found.empty:
        return None
    rows = tuple(
        (f"Day {day:.0f}", *(count(value) for value in values))
        for day, values in zip(found.index, found.to_numpy(), strict=True)
    )
    notes = (
        "People, all of equal weight, from whom the estimate of that day would be as precise: of those still "
        "followed and event-free.",
    )
    return Table("Effective people by day", ("", *map(str, found.columns)), rows, notes, fold="By day")


_WEIGHTS: dict[str, tuple[str, Callable[[float], str]]] = {
    "carried": ("People with weight", count),
    "effective": ("Effective people", count),
    "share": ("Largest share of one person", percent),
    "largest_weight": ("Largest weight on any day", number),
    "capped": ("People whose weight was capped", percent),
}


def weight_table(a: Analysis, analysis: str) -> Table | None:
    """Return what the weights of each group rest on; None of a comparison without weights."""
    found = weights(a.results, analysis=analysis)
    if found.empty or not found.notna().to_numpy().any():
        return None
    written = {name: how for name, how in _WEIGHTS.items() if name in found}
    rows = tuple(
        (str(arm), *(how(row[name]) for name, (_, how) in written.items())) for arm, row in found.iterrows()
    )
    return Table(
        "What the weights rest on",
        ("Group", *(title for title, _ in written.values())),
        rows,
        ("People, effective people and share: on the first day on which the groups are complete.",),
        fold="The weights",
    )
