"""Which care came after, in words and tables."""

from collections.abc import Iterator

import pandas as pd

from stepdown.display.text_and_tables import Table, Text
from stepdown.results import Analysis
from stepdown.results.reading import WHOLE, in_order, rows_of
from stepdown.results.words import count, free, number, percent, plural
from stepdown.sections.care.read import FAR, LATEST, OCCUPANCY, RUNG, no_ladder, occupancy_table
from stepdown.sections.relapse import tables

_RUNGS = {"php": "PHP", "iop": "IOP", "outpatient": "Outpatient care"}
_FAR = {
    "none": "No PHP, IOP or outpatient care",
    "outpatient only": "Outpatient care only",
    "iop or php": "PHP or IOP, but not the full ladder",
    "full ladder": "The full ladder: PHP, then IOP, then outpatient care",
}


def found(a: Analysis) -> Text:
    """Say how far people came, and what that cannot say."""
    told = rows_of(a.results, analysis=WHOLE, estimand=FAR).set_index("term")
    if told.empty:
        why = no_ladder(a.results) or "The results hold no levels of care."
        return Text((f"Which care came after cannot be told. {why}",))
    everyone = count(told["n"].iloc[0])
    said = [_share(told, "none", f"no PHP, IOP or outpatient care recorded, of {everyone} discharges")]
    said.append(_share(told, "full ladder", "the full ladder: PHP, then IOP, then outpatient care"))
    return Text(
        (
            f"While they were followed and {free(a.wording.relapse)}: {'; '.join(said)}.",
            "This describes, and compares nobody. Those who stayed well for longer had more time to reach a "
            "level of care, so those who reached it must not be compared with those who did not.",
        )
    )


def far(a: Analysis) -> Table:
    """Return how far people came."""
    told = rows_of(a.results, analysis=WHOLE, estimand=FAR)
    rows = tuple(
        (_FAR.get(row["term"], row["term"]), count(row["events"]), percent(row["estimate"]))
        for _, row in told.iterrows()
    )
    return Table("How far people came", ("Care recorded", "Discharges", "Share"), rows)


def rungs(a: Analysis) -> Table:
    """Return the share that had reached each level by some days, and how soon those came who did."""
    told = rows_of(a.results, analysis=WHOLE, estimand=RUNG)
    halves = rows_of(a.results, analysis=WHOLE, estimand=RUNG, statistic="median").set_index("term")
    levels = in_order(told, "term")
    rows = [
        (f"By day {day:.0f}", *(_cell(told, level, day) for level in levels))
        for day in dict.fromkeys(told["time"])
    ]
    rows.append(("Half of those who came, by day", *(_half(halves, level) for level in levels)))
    columns = ("Reached", *(_RUNGS.get(level, level) for level in levels))
    notes = (
        f"{plural(a.wording.relapse).capitalize()}, deaths and custody before it stand in the way of a "
        f"level; people count only for as long as they were followed. {tables.INTERVAL}",
        *_latest(a, told),
    )
    return Table("How soon each level of care was reached", columns, tuple(rows), notes)


def reach_of_days(a: Analysis) -> Text | None:
    """Say up to which day the shares by day are told; None where they reach the last day of the study."""
    days = occupancy_table(a.results)
    last, horizon = (days["time"].max() if len(days) else -1.0), a.wording.times[-1]
    short = rows_of(a.results, analysis=WHOLE, estimand=OCCUPANCY)
    if not short["estimate"].isna().any():
        return None
    how = f"is told up to day {last:.0f} only" if last > 0 else "is not shown"
    return Text(
        (
            f"Where people are on each day up to day {horizon} {how}: past that day, in one of the levels of "
            "care, nobody was followed any more of those who had been there.",
        )
    )


def _share(told: pd.DataFrame, term: str, what: str) -> str:
    value = float(told["estimate"].get(term, 0.0))
    return f"{percent(value)} had {what}"


def _cell(told: pd.DataFrame, rung: str, day: float) -> str:
    mine = told[(told["term"] == rung) & (told["time"] == day)]
    if mine.empty:
        return ""
    row = mine.iloc[0]
    return tables.interval(row, percent) if row["events"] or row["estimate"] else "nobody"


def _half(halves: pd.DataFrame, rung: str) -> str:
    if rung not in halves.index or not halves["n"][rung]:
        return "nobody"
    return f"{number(halves['estimate'][rung], 0)} ({count(halves['n'][rung])} came)"


def _latest(a: Analysis, told: pd.DataFrame) -> Iterator[str]:
    if (told["method"] == LATEST).any():
        yield (
            f"Where only an interval is known, a {a.wording.relapse} is taken to be on the latest day of it, "
            "so that care before that day counts."
        )
