"""Quarters: sentences and tables."""

from collections.abc import Iterator, Mapping

import pandas as pd

from stepdown.display.estimates import confidence, interval, known
from stepdown.display.style import capital
from stepdown.display.text_and_tables import Table, Text
from stepdown.results import Analysis
from stepdown.results.words import (
    NOT_RELEASED,
    NOT_SHOWN,
    count,
    listed,
    number,
    percent,
    quarters_before,
    signed,
    uncapitalized,
)
from stepdown.sections.quarters.read import (
    COMPLETE,
    MAIN,
    PARTS,
    POINT,
    PROVISIONAL,
    Point,
    case_mix,
    change,
    change_in_parts,
    focus,
    heading_of,
    inputs_changed,
    last_quarters,
    months_refused,
    of_quarters,
    parts,
    points,
    recorded_later,
    reported_change,
    revised,
    rules_of,
    series_names,
    signed_points,
    target,
    too_few,
    written,
)

RULES = {
    "beyond_limits": "outside the limits",
    "long_run": "part of a run on one side of the mean that is longer than chance explains",
    "few_crossings": "the mean is crossed less often than chance explains",
    "shift": "part of 7 or more in a row on one side of the mean",
    "trend": "part of 7 or more in a row that rise, or fall",
    "two_of_three": "one of 2 of 3 near the same limit",
}
"""What breaks each rule, in words."""
SETS = {
    "three_sigma": "3-sigma limits with Anhoej's rules on runs",
    "making_data_count": "the rules of NHS England's Making Data Count",
}
"""Sets of rules in words."""
_PARTS = {
    "case_mix": "Case mix: who was discharged",
    "follow_up": "Follow-up that is not complete yet",
    "rest": "Everything else",
}
_BETWEEN = {
    "definition": "Study file or mapping changed since the last report",
    "late_data": "Late or corrected data of the quarter before",
    "definition_or_data": "Late or corrected data, or a changed study file or mapping",
}
_TERMS = {
    "discharges": "Discharges",
    "services": "Services by day",
    "findings": "Findings by day",
    "relapses": "Relapses by day",
}
_MOST = 6


def summary(a: Analysis) -> Text:
    """State the quarter that leads, its change, the signals, and what is provisional."""
    sentences = [*_lead(a), *_changed(a), *_signals(a), *_provisional(a), *_rules(a)]
    return Text(tuple(sentences))


def finding(a: Analysis) -> str:
    """State the risk of the leading quarter and its change, or that it is provisional or not shown."""
    quarter, day = focus(a.results), a.wording.window[1]
    point, row = _points(a, "risk").get(quarter), change(a.results, "risk")
    if point is None:
        return f"{_wait(quarter)}." if a.wording.released and a.wording.quarter == quarter else ""
    if not point.shown:
        return f"The numbers of {quarter} are not shown."
    if point.provisional:
        return f"{quarter} is provisional: {percent(point.complete)} could have been followed to day {day}."
    value = float(point.row["estimate"])
    if not known(value):
        return f"The {_risk_words(a)} in {quarter} is {NOT_RELEASED if a.wording.released else NOT_SHOWN}."
    found = f"{capital(_risk_words(a))} in {quarter}: {percent(value)}"
    if row is None or row["quarter"] != quarter:
        return f"{found}."
    return f"{found}, {signed(100 * float(row['estimate']))} points since {row['reference']}: {_chance(row)}."


def _wait(quarter: str) -> str:
    return f"The numbers of {quarter} are published once it is complete"


def _chance(row: pd.Series) -> str:
    holds = float(row["conf_low"]) <= 0 <= float(row["conf_high"])
    return "no more than chance explains" if holds else "more than chance explains"


def _points(a: Analysis, name: str) -> dict[str, Point]:
    return {point.quarter: point for point in points(a.results, name)}


def _risk_words(a: Analysis) -> str:
    return f"risk of {a.wording.relapse} by day {a.wording.window[1]}"


def _lead(a: Analysis) -> Iterator[str]:
    quarter, day = focus(a.results), a.wording.window[1]
    point = _points(a, "risk").get(quarter)
    if point is None:
        if a.wording.released and a.wording.quarter == quarter:
            yield a.wording.waits or f"{_wait(quarter)}: {day} days after its last discharge."
        return
    if not point.shown:
        yield f"{quarter} has {point.row['status_reason']}: its numbers are not shown."
        return
    ends = confidence(point.row, percent)[1:-1]
    value = percent(float(point.row["estimate"]))
    risk = f"{_risk_words(a)} is {value} ({ends}; {count(point.row['n'])} discharges)"
    if point.provisional:
        so_far = f" So far its {risk}." if known(float(point.row["estimate"])) else ""
        yield (
            f"{quarter} is provisional: at the data cut {percent(point.complete)} of its discharges could "
            f"have been followed to day {day}.{so_far}"
        )
    else:
        yield f"All discharges of {quarter} could have been followed to day {day}. Its {risk}."


def _changed(a: Analysis) -> Iterator[str]:
    row = change(a.results, "risk")
    if row is None:
        yield (
            "No change from the quarter before is given: one of the two quarters is missing, small, or not "
            "followed long enough."
        )
    else:
        verdict = ", so far; it will change" if row["variant"] == PROVISIONAL else f": {_chance(row)}"
        yield f"That is {_moved(row)} than in {row['reference']} ({_ends(row)}){verdict}."
    if (whole := change(a.results, "risk", level=COMPLETE)) is not None:
        yield (
            f"The last complete quarter is {whole['quarter']}: its {_risk_words(a)} is {_moved(whole)} than "
            f"in {whole['reference']} ({_ends(whole)}): {_chance(whole)}."
        )


def _moved(row: pd.Series) -> str:
    value = 100 * float(row["estimate"])
    return f"{number(abs(value))} percentage points {'higher' if value > 0 else 'lower'}"


def _ends(row: pd.Series) -> str:
    return f"95% CI {signed(100 * float(row['conf_low']))} to {signed(100 * float(row['conf_high']))}"


def _signals(a: Analysis) -> Iterator[str]:
    names = series_names(a.results)
    charted = [name for name in names if not too_few(a.results, name)]
    found = [(name, point) for name in charted for point in points(a.results, name) if point.signals]
    if not charted:
        return
    if not found:
        yield f"No complete quarter is a signal in any of the {len(charted)} series with control limits."
        return
    shown = [
        f"{_name(a, name)} in {point.quarter} ({written(name, point.row['estimate'])}; limits "
        f"{written(name, point.low)} to {written(name, point.high)}; {RULES[point.signals[0]]})"
        for name, point in found[:_MOST]
    ]
    more = f", and {len(found) - _MOST} more in the table" if len(found) > _MOST else ""
    series = len({name for name, _ in found})
    yield (
        f"Signals in {series} of {len(charted)} series: {listed(shown)}{more}. Look for the reason: first in "
        "the data, then in the people, then in the care. Of many series some give a signal by chance."
    )


def _provisional(a: Analysis) -> Iterator[str]:
    day = a.wording.window[1]
    lead = focus(a.results)
    waiting = [point for name, point in _points(a, "risk").items() if point.provisional and name != lead]
    if waiting:
        named = [
            f"{point.quarter} ({percent(point.complete)} followed long enough)"
            if known(point.complete)
            else point.quarter
            for point in waiting
        ]
        yield (
            f"Provisional for day {day}: {listed(named)}. Provisional quarters are drawn hollow and enter no "
            "limit and no rule."
        )


def _rules(a: Analysis) -> Iterator[str]:
    rules = rules_of(a.results)
    if rules:
        yield f"Rules: {SETS[rules]}. A client counts once in each quarter."
    few = dict.fromkeys(too_few(a.results, name) for name in MAIN if too_few(a.results, name))
    for reason in few:
        yield f"Some series have no control limits: {reason}."
    if rules == "three_sigma" and len(_points(a, "risk")) and not few:
        yield "The rules on runs need 10 complete quarters off the mean."
    why = months_refused(a.results)
    if why:
        yield (
            f"There is no series by month. {why}"
            if why.endswith(".")
            else f"There is no series by month: {why}."
        )


def _name(a: Analysis, name: str) -> str:
    found = of_quarters(a.results, POINT)
    row = found[found["term"] == name].iloc[0]
    if name in MAIN:
        return heading_of(name, a.wording.relapse, a.wording.window, row)
    words = {one.name: one for one in a.wording.measures}
    label, day = words[name].label if name in words else name, float(row["time"])
    return f"{label}, {day:.0f} days" if day else label


_LATEST = "Where contacts show only an interval, a relapse counts on the last day on which it can have begun."


def quarters_table(a: Analysis, *, latest: bool = False) -> Table | None:
    """Return the last quarters beside each other; None without a series.

    `latest` is whether a relapse counts on the last day on which it can have begun.
    """
    names = [name for name in MAIN if name in series_names(a.results)]
    quarters = last_quarters(a.results)
    if not names or not quarters:
        return None
    lead = focus(a.results)
    by_name = {name: _points(a, name) for name in names}
    before = next(
        (str(row["reference"]) for name in names if (row := change(a.results, name)) is not None), ""
    )
    rows = []
    for name in names:
        row = change(a.results, name)
        cells = [_cell(name, by_name[name].get(quarter), full=quarter == lead) for quarter in quarters]
        if a.wording.released:
            # A report under disclosure rules has no quarter that is not complete.
            cells = [cell or _NOT_YET for cell in cells]
        changed = [] if not before else ["" if row is None else _difference(name, row)]
        rows.append((_name(a, name), *cells, *changed))
    heads = [f"{lead} against {before}"] if before else []
    of_change = (
        " Change: percentage points, or per 100 person-months; a change whose interval includes 0 is no more "
        "than chance explains."
    )
    return Table(
        f"{quarters[0]} and {quarters_before(len(quarters) - 1)}" if len(quarters) > 1 else quarters[0],
        ("", *quarters, *heads),
        tuple(rows),
        notes=(
            "In parentheses: 95% confidence interval. Provisional: not all discharges could have been "
            f"followed long enough at the data cut.{of_change if before else ''}",
            *((_LATEST,) if latest else ()),
        ),
    )


_NOT_YET = "not yet"


def _cell(name: str, point: Point | None, *, full: bool) -> str:
    if point is None:
        return ""
    if not point.shown:
        return f"not shown: {point.row['status_reason']}"
    value = float(point.row["estimate"])
    text = written(name, value)
    if full or not known(value):
        text = interval(point.row, lambda value: written(name, value))
    return f"{text}, provisional" if point.provisional and text[:1].isdigit() else text


def _difference(name: str, row: "object") -> str:
    value, low, high = (signed_points(name, float(row[one])) for one in ("estimate", "conf_low", "conf_high"))  # type: ignore[index]
    so_far = ", provisional" if row["variant"] == PROVISIONAL else ""  # type: ignore[index]
    return f"{signed(value)} ({signed(low)} to {signed(high)}){so_far}"


def parts_table(a: Analysis) -> Table | None:
    """Return what the change of the risk is made of; None without."""
    found, row = parts(a.results), change_in_parts(a.results)
    if not found or row is None:
        return None
    named = [uncapitalized(a.labels.get(one, one.replace("_", " "))) for one in case_mix(a.results)]
    cells = [(_PARTS[part], signed(100 * found[part], 2)) for part in PARTS if part in found]
    mix = f"Case mix: {listed(named)}, as they were at admission. " if named else ""
    return Table(
        f"What the change from {row['reference']} to {row['quarter']} is made of",
        ("Part", "Percentage points"),
        (*cells, ("Change", signed(100 * float(row["estimate"]), 2)), *_since_report(a, found)),
        notes=(
            f"{mix}Both quarters are read now, by the same definitions, so a changed definition is no part "
            "of it. Parts add up before rounding; they show what goes with the change, not what caused it.",
        ),
        fold="What the change is made of",
    )


def _since_report(a: Analysis, found: Mapping[str, float]) -> list[tuple[str, str]]:
    """Return the part between two reports of the quarter before, and the change from what was reported."""
    between = [(words, found[level]) for level, words in _BETWEEN.items() if level in found]
    if not between:
        return []
    whole = ("Change from what was reported", reported_change(a.results))
    return [(words, signed(100 * value, 2)) for words, value in (*between, whole)]


def nothing_late(a: Analysis) -> Text | None:
    """State that nothing was recorded after the first report of any quarter; None where something was."""
    found = recorded_later(a.results)
    if found.empty or (found["estimate_later"] != 0).any():
        return None
    return Text((f"Late data: none, in {_quarters(found['quarter'].nunique())} reported before.",))


def _quarters(many: int) -> str:
    return "the 1 quarter" if many == 1 else f"the {many} quarters"


def changed_inputs(a: Analysis) -> Text | None:
    """State which inputs changed since the last report, and what that can mean; None without one."""
    day, changed = inputs_changed(a.results)
    if not day:
        return None
    named = [{"study": "the study file", "mapping": "the mapping"}.get(one, one) for one in changed]
    definition = {"study", "mapping"} & set(changed)
    data = set(changed) - definition
    meaning = (
        "What changed in complete quarters is late or corrected data, or the changed definition; the two "
        "cannot be separated."
        if definition and data
        else "What changed in complete quarters is due to the changed definition."
        if definition
        else "The definitions are the same, so what changed in complete quarters is late or corrected data."
    )
    many = len(revised(a.results))
    plural = "1 number of a complete quarter" if many == 1 else f"{count(many)} numbers of complete quarters"
    effect = (
        f"{meaning} {plural} changed; see the table." if many else "No number of a complete quarter changed."
    )
    return Text((f"Since the report of {day} these inputs changed: {listed(named)}. {effect}",))


def late_table(a: Analysis) -> Table | None:
    """Return how much of each quarter was recorded after its first report; None without one."""
    every = recorded_later(a.results)
    found = every[every["estimate_later"] != 0]
    if found.empty:
        return None
    same = every["quarter"].nunique() - found["quarter"].nunique()
    others = f"In {same} other {'quarter' if same == 1 else 'quarters'} nothing changed. " if same else ""
    rows = tuple(
        (
            f"{row['quarter']}: {_term(str(row['term']), a.wording.window[1])}",
            str(row["reference"]),
            count(row["estimate_first"]),
            count(row["n"]),
            signed(row["estimate_later"], 0),
        )
        for row in found.sort_values(["quarter", "term"], ascending=[False, True]).to_dict("records")
    )
    return Table(
        "Late data: what was recorded after the first report of a quarter",
        ("", "First report (data cut)", "Then", "Now", "Recorded later"),
        rows,
        notes=(
            f"{others}Discharges count from the first report after the end of the quarter; services, "
            "findings and relapses from the first in which the quarter was complete. Reports keep counts, "
            "not clients: one that came and one that left show as no change.",
        ),
        fold="Late data",
    )


def _term(term: str, day: int) -> str:
    words = uncapitalized(_TERMS[term])
    return words if term == "discharges" else f"{words} {day}"


def revised_table(a: Analysis) -> Table | None:
    """Return the numbers of complete quarters that differ from those of the last report; None without."""
    found = revised(a.results)
    if found.empty:
        return None
    rows = []
    for row in found.sort_values(["quarter", "term"], ascending=[False, True]).to_dict("records"):
        name, before, change_of = (
            str(row["term"]),
            float(row["estimate_before"]),
            float(row["estimate_change"]),
        )
        point = _points(a, name)[str(row["quarter"])]
        now = written(name, float(point.row["estimate"]))
        cells = (written(name, before), now, signed(signed_points(name, change_of)))
        rows.append((f"{row['quarter']}: {uncapitalized(_name(a, name))}", *cells))
    return Table(
        f"Revised since the report of {found['reference'].iloc[0]}",
        ("", "Then", "Now", "Change"),
        tuple(rows),
        fold="Revised numbers of complete quarters",
    )


def charts_table(a: Analysis) -> Table | None:
    """Return the last complete quarter of every series against its limits; None without."""
    rows, unseen = [], []
    reasons = {why for name in series_names(a.results) if (why := too_few(a.results, name))}
    # One reason for all stands under the table, where it takes less space than in every row.
    common = reasons.pop() if len(reasons) == 1 else ""
    for name in series_names(a.results):
        whole = [one for one in points(a.results, name) if not one.provisional and one.shown]
        if a.wording.released and _says_nothing(whole):
            unseen.append(_name(a, name))
        elif whole:
            rows.append(_chart_row(a, name, whole, common=common))
    if not rows:
        return None
    left_out = (f"Not shown, because their numbers are small: {'; '.join(unseen)}.",) if unseen else ()
    columns = ("", "Quarter", "Value", "Mean", "Limits", "Target", "Signals in all quarters")
    # A study without a target has no column of targets.
    kept = [
        place for place, name in enumerate(columns) if name != "Target" or any(row[place] for row in rows)
    ]
    return Table(
        "Control charts: the last complete quarter of each series",
        tuple(columns[place] for place in kept),
        tuple(tuple(row[place] for place in kept) for row in rows),
        notes=(
            "Limits: 3 standard errors, wider where a share varies more than chance explains. Quality "
            "measures count all events of the cohort file, in their longest window.",
            *((f"No limits: {common}.",) if common and any("none" in row[4] for row in rows) else ()),
            *left_out,
        ),
        fold=f"All {len(rows)} control charts in a table",
    )


def _says_nothing(whole: list[Point]) -> bool:
    """Return whether a row would have neither a number nor limits: the last is hidden, or all are."""
    last = whole[-1] if whole else None
    return last is None or not (known(float(last.row["estimate"])) or known(last.low))


def _chart_row(a: Analysis, name: str, whole: list[Point], *, common: str) -> tuple[str, ...]:
    last = whole[-1]
    aim, limited = target(a.results, name), last.low == last.low
    broken = [f"{one.quarter}: {RULES[rule]}" for one in whole for rule in one.signals]
    why = too_few(a.results, name)
    return (
        capital(_name(a, name)),
        last.quarter,
        written(name, float(last.row["estimate"])),
        written(name, last.center) if last.center == last.center else "",
        f"{written(name, last.low)} to {written(name, last.high)}"
        if limited
        else f"none: {why}"
        if why and why != common
        else "none",
        "" if aim != aim else written(name, aim),
        "; ".join(broken) or "none",
    )
