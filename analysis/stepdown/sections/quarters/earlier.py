"""What changed since earlier reports: late data, revised numbers, and which inputs are others.

An earlier report keeps counts and estimates of each quarter, nothing of a client, so that what can be known
is: how many discharges of a quarter its first report held and how many the data hold now; the same of
services, findings and relapses, but only where the quarter was complete then, since else they had not
happened yet; and by how much the number of a complete quarter changed. Which client is new, or whose record
was corrected, cannot be known, and a count that stayed the same can hide one that came and one that left.

A number of a complete quarter changes for two reasons. Where only the data files are others, it is late or
corrected data; where only the study file or the mapping, a changed definition; where both are, the two cannot
be separated.
"""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from stepdown.results.table import Results
from stepdown.sections.quarters.read import (
    CHANGE,
    INPUT,
    LATER,
    MAIN,
    PART,
    POINT,
    PROVISIONAL,
    QUARTERS,
    RECORDED,
    change_in_parts,
    of_quarters,
)

Record = dict[str, object]
CHANGED, SAME = "changed", "same"
DEFINITION, LATE_DATA, EITHER = "definition", "late_data", "definition_or_data"
"""Values of `level` of the part of a change that lies between two reports of the quarter before."""
_QUARTER_ENDS = {"1": "03-31", "2": "06-30", "3": "09-30", "4": "12-31"}


@dataclass(frozen=True, eq=False, kw_only=True)
class EarlierReport:
    """An earlier report of the same study.

    Attributes
    ----------
    table : DataFrame
        Its rows of the analysis "quarters".
    inputs : mapping of str to str
        Hash of each file by name; the study file by "study", the cohort file without its data cut by
        "mapping".
    replaced : bool
        Whether this report takes its place: then it may have the same data cut.
    """

    table: pd.DataFrame
    inputs: Mapping[str, str]
    replaced: bool = False

    @property
    def cut(self) -> float:
        """Return its data cut in days since 1970-01-01; missing where it has none."""
        mine = (self.table["estimand"] == RECORDED) & (self.table["term"] == "data_cut")
        return float(self.table.loc[mine, "estimate"].iloc[0]) if mine.any() else np.nan


def earlier_rows(
    results: Results, inputs: Mapping[str, str], earlier: Sequence[EarlierReport]
) -> Iterator[Record]:
    """Yield what was recorded later, what was revised, and which inputs changed.

    Parameters
    ----------
    results : Results
        Of this report.
    inputs : mapping of str to str
        Hash of each file of this report.
    earlier : sequence of EarlierReport
        Of the same study, in any order.
    """
    now = of_quarters(results, RECORDED)
    cuts = now.loc[now["term"] == "data_cut", "estimate"]
    if cuts.empty:
        return
    cut = float(cuts.iloc[0])
    before = [one for one in earlier if one.cut < cut or (one.replaced and one.cut == cut)]
    known = [one for one in before if dict(one.inputs) != dict(inputs)]
    known.sort(key=lambda one: one.cut)
    shared: Record = {"analysis": QUARTERS, "endpoint": str(now["endpoint"].iloc[0])}
    for row in now[now["statistic"] == "count"].to_dict("records"):
        first = _first(row, earlier, known)
        if first is not None:
            day, count = first
            keys = shared | {name: row[name] for name in ("estimand", "quarter", "term", "time", "unit")}
            keys |= {"reference": day}
            yield keys | {"statistic": "first", "estimate": count}
            yield keys | {
                "statistic": LATER,
                "estimate": float(row["estimate"]) - count,
                "n": row["estimate"],
            }
    if not known:
        return
    last = known[-1]
    changed = [name for name in sorted({*inputs, *last.inputs}) if inputs.get(name) != last.inputs.get(name)]
    for name in sorted({*inputs, *last.inputs}):
        yield shared | {
            "estimand": INPUT, "term": name, "statistic": CHANGED if name in changed else SAME,
            "reference": _date(last.cut),
        }  # fmt: skip
    yield from (shared | one for one in _revised(results, last))
    yield from (shared | one for one in _reported(results, last, changed))


def _first(
    row: Mapping[Hashable, object], earlier: Sequence[EarlierReport], known: Sequence[EarlierReport]
) -> tuple[str, float] | None:
    """Return the date and the count of the first report of a quarter that could hold all of it."""
    quarter, term = str(row["quarter"]), str(row["term"])
    ends = _last_day(quarter) + (0.0 if term == "discharges" else float(str(row["time"])))
    found = []
    for report in earlier:
        table = report.table
        mine = (table["estimand"] == RECORDED) & (table["quarter"] == quarter) & (table["term"] == term)
        # A report that took the place of an earlier one carries the first count on.
        carried = table[mine & (table["statistic"] == "first")]
        found += [(str(one["reference"]), float(one["estimate"])) for one in carried.to_dict("records")]
        own = table[mine & (table["statistic"] == "count")]
        if report in known and len(own) and report.cut >= ends:
            found.append((_date(report.cut), float(own["estimate"].iloc[0])))
    return min(found) if found else None


def _revised(results: Results, last: EarlierReport) -> Iterator[Record]:
    """Yield the number of each complete quarter as it was, and by how much it changed."""
    now = _complete(of_quarters(results, POINT))
    before = _complete(last.table[last.table["estimand"] == POINT])
    for key, row in now.items():
        if key in before:
            keys: Record = {
                "estimand": POINT, "term": key[0], "quarter": key[1], "time": row["time"],
                "unit": row["unit"],
                "reference": _date(last.cut), "window_start": row["window_start"],
                "window_end": row["window_end"],
            }  # fmt: skip
            yield keys | {"statistic": "before", "estimate": before[key]["estimate"]}
            yield keys | {"statistic": "revised", "estimate": row["estimate"] - before[key]["estimate"]}


def _complete(table: pd.DataFrame) -> dict[tuple[str, str], pd.Series]:
    mine = (table["statistic"] == "estimate") & (table["variant"] != PROVISIONAL) & (table["level"] == "")
    mine &= table["estimate"].notna() & table["term"].isin(MAIN)
    return {(str(row["term"]), str(row["quarter"])): row for _, row in table[mine].iterrows()}


def _reported(results: Results, last: EarlierReport, changed: Sequence[str]) -> Iterator[Record]:
    """Yield the change of the risk from what was reported of the quarter before, and its part."""
    change = change_in_parts(results)
    before = _complete(last.table[last.table["estimand"] == POINT])
    now = _complete(of_quarters(results, POINT))
    if change is None or ("risk", str(change["reference"])) not in before:
        return
    key = ("risk", str(change["reference"]))
    if key not in now:
        return
    between = float(now[key]["estimate"] - before[key]["estimate"])
    definition = {"study", "mapping"} & set(changed)
    data = set(changed) - definition
    level = EITHER if definition and data else DEFINITION if definition else LATE_DATA
    keys: Record = {
        "quarter": change["quarter"], "reference": change["reference"], "time": change["time"],
        "unit": "probability",
    }  # fmt: skip
    yield keys | {"estimand": PART, "level": level, "statistic": "difference", "estimate": between}
    yield keys | {
        "estimand": CHANGE, "term": "risk", "statistic": "reported",
        "estimate": float(change["estimate"]) + between,
    }  # fmt: skip


def _date(day: float) -> str:
    return str(np.datetime64(int(day), "D"))


def _last_day(quarter: str) -> float:
    ends = np.datetime64(f"{quarter[:4]}-{_QUARTER_ENDS[quarter[5]]}", "D")
    return float(ends.astype(np.int64))
