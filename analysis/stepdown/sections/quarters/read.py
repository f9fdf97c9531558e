"""Quarters read from the results."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from stepdown.results.table import WITHHELD, Results
from stepdown.results.words import number, percent, plural, window_name

QUARTERS = "quarters"
"""Analysis of the quarters."""
POINT, LIMIT, SIGNAL, RUNS, TARGET = (
    "series", "series_limit", "series_signal", "series_runs", "series_target",
)  # fmt: skip
MATURITY, CHANGE, PART, RECORDED = "maturity", "change", "change_part", "recorded"
INPUT, LATER = "input", "later"
NOT_ESTIMATED = "not_estimated"
PROVISIONAL = "maturity=provisional"
"""Value of `variant` of a point whose period is not complete."""
COMPLETE = "complete"
"""Value of `level` of the change of the last complete quarter, where the one that leads is not complete."""
PARTS = ("case_mix", "follow_up", "rest")
"""Values of `level` of the parts of a change, in order."""
MAIN = ("risk", "early_risk", "hazard", "started_care", "outcome_known")
"""Series that are not quality measures, in the order of the report."""
SHOWN = 5
"""Quarters of the first table: the last one and the four before it."""


@dataclass(frozen=True, kw_only=True)
class Point:
    """A point of a series as the report shows it.

    `quarter` names the period, `row` holds its numbers, `low` and `high` are its limits (missing without),
    and `signals` the rules that it breaks.
    """

    quarter: str
    row: pd.Series
    provisional: bool
    complete: float
    center: float
    low: float
    high: float
    signals: tuple[str, ...]

    @property
    def shown(self) -> bool:
        """Whether there are enough discharges."""
        return str(self.row["status"]) != WITHHELD


def of_quarters(results: Results, estimand: str) -> pd.DataFrame:
    """Return the rows of one estimand of the quarters, those that say why there are none left out."""
    table = results.table
    mine = (table["analysis"] == QUARTERS) & (table["estimand"] == estimand)
    return pd.DataFrame(table[mine & (table["statistic"] != NOT_ESTIMATED)])


def series_names(results: Results) -> list[str]:
    """Return the series, those of the outcome first."""
    held = list(dict.fromkeys(of_quarters(results, POINT)["term"]))
    return [*(name for name in MAIN if name in held), *(name for name in held if name not in MAIN)]


def points(results: Results, name: str, *, by_month: bool = False) -> tuple[Point, ...]:
    """Return the points of a series by quarter, or by month."""
    found = _of(results, POINT, name, by_month)
    limits = _of(results, LIMIT, name, by_month).set_index(_key(by_month))
    signals = _of(results, SIGNAL, name, by_month)
    complete = _of(results, MATURITY, name, by_month).set_index(_key(by_month))["estimate"]
    made = []
    for _, row in found.iterrows():
        period = str(row[_key(by_month)])
        ends = (limits[one].get(period, np.nan) for one in ("estimate", "conf_low", "conf_high"))
        center, low, high = (float(end) for end in ends)
        made.append(
            Point(
                quarter=period,
                row=row,
                provisional=row["variant"] == PROVISIONAL,
                complete=float(complete.get(period, np.nan)),
                center=center,
                low=low,
                high=high,
                signals=tuple(signals.loc[signals[_key(by_month)] == period, "method"]),
            )
        )
    return tuple(made)


def too_few(results: Results, name: str) -> str:
    """Return why a series has no limits; empty where it has."""
    table = results.table
    mine = (table["analysis"] == QUARTERS) & (table["estimand"] == LIMIT) & (table["term"] == name)
    mine &= (table["statistic"] == NOT_ESTIMATED) & (table["level"] == "")
    return str(table.loc[mine, "note"].iloc[0]) if mine.any() else ""


def target(results: Results, name: str) -> float:
    """Return the target of a series; missing without one."""
    found = of_quarters(results, TARGET)
    mine = found[found["term"] == name]["estimate"]
    return float(mine.iloc[0]) if len(mine) else np.nan


def change(results: Results, name: str, *, level: str = "") -> pd.Series | None:
    """Return the change of a series from the quarter before; None where it is not estimated.

    `level` is "" for the quarter that leads, `COMPLETE` for the last complete one.
    """
    found = of_quarters(results, CHANGE)
    mine = found[(found["term"] == name) & (found["statistic"] == "difference") & (found["level"] == level)]
    return mine.iloc[0] if len(mine) and np.isfinite(mine["estimate"].iloc[0]) else None


def change_in_parts(results: Results) -> pd.Series | None:
    """Return the change of the risk whose parts are shown; None without parts."""
    found = of_quarters(results, PART)
    known = (change(results, "risk", level=level) for level in ("", COMPLETE))
    held = set(found.loc[found["statistic"] == "difference", "quarter"])
    return next((row for row in known if row is not None and row["quarter"] in held), None)


def parts(results: Results) -> dict[str, float]:
    """Return the parts of the change of the risk; empty without."""
    found = of_quarters(results, PART)
    mine = found[found["statistic"] == "difference"].set_index("level")["estimate"]
    return {str(level): float(value) for level, value in mine.items()}


def reported_change(results: Results) -> float:
    """Return the change of the risk from what was reported of the quarter before; missing without."""
    found = of_quarters(results, CHANGE)
    mine = found.loc[found["statistic"] == "reported", "estimate"]
    return float(mine.iloc[0]) if len(mine) else np.nan


def recorded_later(results: Results) -> pd.DataFrame:
    """Return, by quarter and term, the counts of the first report and how many were recorded later."""
    found = of_quarters(results, RECORDED)
    columns = ["quarter", "term", "reference", "estimate"]
    first = found.loc[found["statistic"] == "first", columns]
    later = found.loc[found["statistic"] == LATER, ["quarter", "term", "estimate", "n"]]
    return first.merge(later, on=["quarter", "term"], suffixes=("_first", "_later"))


def revised(results: Results) -> pd.DataFrame:
    """Return the numbers of complete quarters that differ from those of the last report."""
    found = of_quarters(results, POINT)
    columns = ["term", "quarter", "estimate", "reference"]
    parts = [found.loc[found["statistic"] == one, columns] for one in ("before", "revised")]
    both = parts[0].merge(parts[1], on=["term", "quarter", "reference"], suffixes=("_before", "_change"))
    return pd.DataFrame(both[both["estimate_change"].abs() > 5e-4])


def inputs_changed(results: Results) -> tuple[str, list[str]]:
    """Return the data cut of the last report, and the inputs that changed since; empty without one."""
    found = of_quarters(results, INPUT)
    found = found[found["reference"] != ""]
    day = str(found["reference"].iloc[0]) if len(found) else ""
    return day, [str(term) for term in found.loc[found["statistic"] == "changed", "term"]]


def case_mix(results: Results) -> list[str]:
    """Return the columns of the case mix of the change."""
    found = of_quarters(results, PART)
    return [str(term) for term in found.loc[found["statistic"] == "share", "term"]]


def focus(results: Results) -> str:
    """Return the quarter that the report leads with."""
    found = of_quarters(results, CHANGE)
    found = found[(found["level"] == "") & (found["statistic"] == "difference")]
    if len(found):
        return str(found["quarter"].iloc[0])
    held = of_quarters(results, POINT)
    return str(held["quarter"].max()) if len(held) else ""


def last_quarters(results: Results) -> list[str]:
    """Return the last quarters, the latest first."""
    held = of_quarters(results, POINT)
    return sorted(set(held["quarter"]) - {""}, reverse=True)[:SHOWN]


def rules_of(results: Results) -> str:
    """Return the name of the set of rules."""
    found = of_quarters(results, LIMIT)
    return str(found["subgroup"].iloc[0]) if len(found) else ""


def heading_of(name: str, word: str, window: tuple[int, int], row: pd.Series) -> str:
    """Return a short name of a series: "Relapse by day 90"."""
    capital = f"{word[:1].upper()}{word[1:]}"
    return {
        "risk": f"{capital} by day {window[1]}",
        "early_risk": f"{capital} by day {window[0]}",
        "hazard": f"{plural(capital)} per 100 person-months, {window_name(window)}",
        "started_care": f"IOP or PHP started by day {row['time']:.0f}",
        "outcome_known": f"Contact made or outcome known, day {row['time']:.0f}",
    }.get(name, name)


def written(name: str, value: float) -> str:
    """Write a value of a series: a percentage, or a rate."""
    return number(value) if name == "hazard" else percent(value)


def signed_points(name: str, value: float) -> float:
    """Return a difference of a series as it is written: in percentage points, or per 100 person-months."""
    return value if name == "hazard" else 100 * value


def _key(by_month: bool) -> str:
    return "level" if by_month else "quarter"


def _of(results: Results, estimand: str, name: str, by_month: bool) -> pd.DataFrame:
    table = results.table
    mine = (table["analysis"] == QUARTERS) & (table["estimand"] == estimand) & (table["term"] == name)
    found = pd.DataFrame(table[mine])
    kept = (found["statistic"] != NOT_ESTIMATED) & (found["reference"] == "")
    return found[kept & ((found["level"] != "") == by_month)].sort_values(_key(by_month), kind="stable")


def months_refused(results: Results) -> str:
    """Return why there are no months; empty where there are, or none were asked for."""
    table = results.table
    mine = (table["analysis"] == QUARTERS) & (table["estimand"] == POINT) & (table["level"] == "months")
    return str(table.loc[mine, "note"].iloc[0]) if mine.any() else ""


def listed_quarters(held: Sequence[str]) -> str:
    """Join quarters as a sentence does."""
    return ", ".join(held[:-1]) + (f" and {held[-1]}" if len(held) > 1 else "".join(held))
