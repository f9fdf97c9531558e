"""The numbers of page one, read from the results."""

import pandas as pd

from stepdown.results.reading import FROM_INTERVALS, WHOLE, bounded, pairs, rows_of
from stepdown.results.table import Results

BOOKED = "appointment_booked"
"""Id of the measure of appointments; any version of it."""
QUARTERS = "quarters"
"""Analysis of the changes between quarters."""
SHOWN = 5
"""Quarters beside each other: the one reported and the four before it."""


def risks(results: Results, *, days: tuple[int, ...]) -> pd.DataFrame:
    """Return the risk of relapse of everybody by some days: `time, estimate, conf_low, conf_high, note`."""
    if bounded(results, analysis=WHOLE):
        return pd.DataFrame(columns=["time", "estimate", "conf_low", "conf_high", "note"])
    found = rows_of(results, analysis=WHOLE, estimand="risk", cause="relapse").dropna(subset=["estimate"])
    return found[found["time"].isin(days)]


def estimated_risks(results: Results, *, days: tuple[int, ...]) -> pd.DataFrame:
    """Return the risk by some days as estimated from intervals, beside lowest and highest; else no row."""
    found = rows_of(results, analysis=WHOLE, estimand="risk", cause="relapse").dropna(subset=["estimate"])
    mine = (found["method"] == FROM_INTERVALS) & bounded(results, analysis=WHOLE)
    return found[mine & found["time"].isin(days)]


def risk_ranges(results: Results, *, days: tuple[int, ...]) -> pd.DataFrame:
    """Return lowest and highest risk by some days, where contacts show only intervals; else no row."""
    if not bounded(results, analysis=WHOLE):
        return pd.DataFrame(columns=["time", "lowest", "highest", "conf_low", "conf_high"])
    found = pairs(results, analysis=WHOLE, estimand="risk", cause="relapse")
    return found[found["time"].isin(days)].dropna(subset=["lowest", "highest"])


def not_judged(results: Results) -> str:
    """Return why these data cannot show the study's own definition; empty where they can."""
    found = rows_of(results, analysis=WHOLE, estimand="risk", statistic="not_estimated")
    return str(found["note"].iloc[0]) if len(found) else ""


def followed(results: Results, *, statistic: str, day: float) -> pd.Series | None:
    """Return how many were "lost" before a day, or have all days up to it before the data cut."""
    return _at(rows_of(results, analysis="", estimand="followed", statistic=statistic), day)


def is_complete(results: Results, *, day: float, quarter: str) -> bool:
    """Return whether every discharge had all days up to a day before the data cut.

    A public report may hide how many did. That all did is then known from the quarter's own number, or from
    the shares of all quarters.
    """
    row = followed(results, statistic="complete", day=day)
    if row is not None and pd.notna(row["estimate"]) and pd.notna(row["n"]):
        return bool(row["estimate"] >= row["n"])
    if quarter:
        found = _risks_of_quarters(results, day=day)
        return bool((found["quarter"] == quarter).any())
    shares = rows_of(results, analysis="", estimand="observable")
    shares = shares[shares["time"] == day]
    return bool(len(shares) and (shares["estimate"] == 1).all())


def known(results: Results, *, day: float) -> pd.Series | None:
    """Return the share whose outcome by a day is known, of those due by the data cut."""
    return _at(rows_of(results, analysis=WHOLE, estimand="outcome_known"), day)


def bound(results: Results, *, statistic: str, day: float) -> pd.Series | None:
    """Return the risk of everybody by a day if none ("none") or all ("all") of those lost had relapsed."""
    return _at(rows_of(results, analysis=WHOLE, estimand="risk_bound", statistic=statistic), day)


def _at(rows: pd.DataFrame, day: float) -> pd.Series | None:
    found = rows[rows["time"] == day]
    return found.iloc[0] if len(found) else None


def selected(results: Results) -> tuple[float, float] | None:
    """Return how many discharges the data hold, and how many are included."""
    steps = rows_of(results, analysis="", estimand="flow", statistic="kept")
    steps = steps[steps["unit"] == "discharges"]
    return (float(steps["estimate"].iloc[0]), float(steps["estimate"].iloc[-1])) if len(steps) else None


def booked(results: Results) -> pd.Series | None:
    """Return the share with an appointment before discharge, of the quarter where only one is reported."""
    table = results.table
    keep = (table["analysis"] == "measures") & (table["estimand"] == "measure") & (table["site"] == "")
    found = table[keep & (table["endpoint"].str.partition("@")[0] == BOOKED)]
    found = found[found["statistic"] == "estimate"]
    quarters = [name for name in dict.fromkeys(found["quarter"]) if name]
    found = found[found["quarter"] == (quarters[0] if len(quarters) == 1 else "")]
    return found.iloc[0] if len(found) else None


def started(results: Results) -> pd.DataFrame:
    """Return the share that started IOP or PHP within some days."""
    return rows_of(results, analysis=WHOLE, estimand="care_started")


def why_no_care(results: Results) -> str:
    """Return why the start of care is not known; empty where it is."""
    found = rows_of(results, analysis=WHOLE, estimand="level_started", statistic="not_estimated")
    return str(found["note"].iloc[0]) if len(found) else ""


def check_notes(results: Results, *, analysis: str) -> tuple[str, ...]:
    """Return what the checks found that gave a warning or failed, each once."""
    table = results.table
    mine = table[(table["analysis"] == analysis) & (table["estimand"] == "check")]
    return tuple(dict.fromkeys(mine.loc[mine["statistic"].isin(["warning", "failed"]), "note"]))


def change(results: Results, *, day: float, complete: bool = False) -> pd.Series | None:
    """Return the change of the risk by a day from the quarter before to the quarter reported, or None.

    `complete` gives that of the last complete quarter, where the one reported is not complete.
    """
    found = _of_quarters(results, "change", "difference")
    found = found[(found["term"] == "risk") & found["estimate"].notna()]
    return _at(found[found["level"] == ("complete" if complete else "")], day)


def compares_quarters(results: Results) -> bool:
    """Return whether the results hold several quarters, shown or not."""
    return _of_quarters(results, "series", "estimate")["quarter"].nunique() > 1


def in_quarters(results: Results, *, quarter: str) -> pd.DataFrame:
    """Return the series of a quarter and the four before it, those that are not shown included."""
    found = _of_quarters(results, "series", "estimate")
    found = found[(found["level"] == "") & (found["reference"] == "") & (found["quarter"] <= quarter)]
    last = sorted(set(found["quarter"]), reverse=True)[:SHOWN]
    return found[found["quarter"].isin(last)]


def discharges_of(results: Results, *, quarter: str) -> float:
    """Return how many discharges the data hold of a quarter; missing where that is not known."""
    found = _of_quarters(results, "recorded", "count")
    found = found[(found["term"] == "discharges") & (found["quarter"] == quarter)]
    return float(found["estimate"].iloc[0]) if len(found) else float("nan")


def complete_quarter(results: Results, *, day: float) -> pd.Series | None:
    """Return the risk by a day of the last quarter that is complete to that day, or None."""
    found = _risks_of_quarters(results, day=day).dropna(subset="estimate")
    return found.sort_values("quarter").iloc[-1] if len(found) else None


def _risks_of_quarters(results: Results, *, day: float) -> pd.DataFrame:
    """Return the rows of the risk by a day of all complete quarters; those hidden have no estimate."""
    found = _of_quarters(results, "series", "estimate")
    mine = (found["term"] == "risk") & (found["level"] == "") & (found["reference"] == "")
    return found[mine & (found["variant"] == "") & (found["time"] == day)]


def _of_quarters(results: Results, estimand: str, statistic: str) -> pd.DataFrame:
    """Return rows of the quarters, those of provisional ones included."""
    table = results.table
    mine = (table["analysis"] == QUARTERS) & (table["estimand"] == estimand)
    return pd.DataFrame(table[mine & (table["statistic"] == statistic)])
