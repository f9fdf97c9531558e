"""Care after discharge: sentences and tables."""

from collections.abc import Iterator

import pandas as pd

from stepdown.display.estimates import INTERVAL, interval
from stepdown.display.text_and_tables import Table, Text
from stepdown.results import Analysis
from stepdown.results.reading import WHOLE, in_order, rows_of
from stepdown.results.words import count, free, number, percent
from stepdown.sections.care.read import EXTENT, LATEST, LEVEL_STARTED, OCCUPANCY, occupancy_table, why_no_care

FEWEST_BY_DAY = 200
"""Discharges of a public report that draws levels of care by day: of 200, steps of 5 people are 2.5%."""
_LEVELS = {"php": "PHP", "iop": "IOP", "outpatient": "Outpatient care"}
_FAR = {
    "none": "No PHP, IOP or outpatient care",
    "outpatient only": "Outpatient care only",
    "iop or php": "PHP or IOP, but not every level",
    "full step-down": "Every level in order: PHP, then IOP, then outpatient care",
}


def finding(a: Analysis) -> str:
    """Return how many received no care at a level after residential care."""
    selected = rows_of(a.results, analysis=WHOLE, estimand=EXTENT).set_index("term")
    if selected.empty:
        return "Care after discharge is not available."
    return f"{_share(selected, 'none', 'no PHP, IOP or outpatient care recorded')}."


def found(a: Analysis) -> Text:
    """Return how many received which levels of care, and what that does not show."""
    selected = rows_of(a.results, analysis=WHOLE, estimand=EXTENT).set_index("term")
    if selected.empty:
        why = why_no_care(a.results) or "The results hold no levels of care."
        return Text((f"Care after discharge is not available. {why}",))
    everyone = count(selected["n"].iloc[0])
    sentences = [_share(selected, "none", "no PHP, IOP or outpatient care recorded")]
    sentences.append(_share(selected, "full step-down", "PHP, then IOP, then outpatient care"))
    return Text(
        (
            f"Of {everyone} discharges, while followed and {free(a.wording.relapse)}: "
            f"{'; '.join(sentences)}.",
            "This section is descriptive; it does not compare groups. People who stayed well longer had more "
            "time to start a level of care, so comparing those who started it with those who did not is "
            "misleading (immortal-time bias).",
        )
    )


def far(a: Analysis) -> Table:
    """Return the levels of care received."""
    selected = rows_of(a.results, analysis=WHOLE, estimand=EXTENT)
    rows = tuple(
        (_FAR.get(row["term"], row["term"]), count(row["events"]), percent(row["estimate"]))
        for _, row in selected.iterrows()
    )
    return Table("Levels of care received", ("Care recorded", "Discharges", "Share of discharges"), rows)


def levels_started(a: Analysis) -> Table:
    """Return the share that had started each level of care by some days, and the median day of start."""
    selected = rows_of(a.results, analysis=WHOLE, estimand=LEVEL_STARTED)
    halves = rows_of(a.results, analysis=WHOLE, estimand=LEVEL_STARTED, statistic="median").set_index("term")
    levels = in_order(selected, "term")
    rows = [
        (f"By day {day:.0f}", *(_cell(selected, level, day) for level in levels))
        for day in dict.fromkeys(selected["time"])
    ]
    rows.append(("Median day of start (people who started)", *(_half(halves, level) for level in levels)))
    columns = ("Started", *(_LEVELS.get(level, level) for level in levels))
    notes = (
        f"{a.wording.relapse.capitalize()}, death and custody are competing events; people are censored when "
        f"follow-up ends. {INTERVAL}",
        *_cautions(selected, levels),
        *_latest(a, selected),
    )
    return Table("Share that had started each level of care", columns, tuple(rows), notes)


def too_coarse() -> Text:
    """State why a public report of few people has no shares by day."""
    return Text(
        (
            f"Levels of care by day are not shown: with fewer than {FEWEST_BY_DAY} discharges, steps of the "
            "rounded counts would look like changes.",
        )
    )


def days_covered(a: Analysis) -> Text | None:
    """Return up to which day the shares by day are shown; None where they cover every day."""
    days = occupancy_table(a.results)
    last, horizon = (days["time"].max() if len(days) else -1.0), a.wording.times[-1]
    short = rows_of(a.results, analysis=WHOLE, estimand=OCCUPANCY)
    if not short["estimate"].isna().any():
        return None
    how = f"are shown up to day {last:.0f} only" if last > 0 else "are not shown"
    return Text(
        (
            f"Levels of care by day, up to day {horizon}, {how}: after that day, no one in one of the levels "
            "of care was still followed.",
        )
    )


def _share(selected: pd.DataFrame, term: str, what: str) -> str:
    value = float(selected["estimate"].get(term, 0.0))
    return f"{percent(value)} had {what}"


def _cell(selected: pd.DataFrame, level: str, day: float) -> str:
    mine = selected[(selected["term"] == level) & (selected["time"] == day)]
    if mine.empty:
        return ""
    row = mine.iloc[0]
    return interval(row, percent) if row["events"] or row["estimate"] else "none"


def _cautions(selected: pd.DataFrame, levels: list[str]) -> Iterator[str]:
    """Yield which shares rest on few clients or few people at risk."""
    noted = selected[selected["conf_low"].notna() & (selected["note"] != "")]
    for text in dict.fromkeys(noted["note"]):
        named = [
            _LEVELS.get(level, level)
            for level in levels
            if level in set(noted[noted["note"] == text]["term"])
        ]
        yield f"{', '.join(named)}: {text}."


def _half(halves: pd.DataFrame, level: str) -> str:
    if level not in halves.index or not halves["n"][level]:
        return "none"
    return f"{number(halves['estimate'][level], 0)} ({count(halves['n'][level])} people)"


def _latest(a: Analysis, selected: pd.DataFrame) -> Iterator[str]:
    if (selected["method"] == LATEST).any():
        yield (
            f"Where only an interval is known, the {a.wording.relapse} is dated to the last day of the "
            "interval, so that care before that day counts."
        )
