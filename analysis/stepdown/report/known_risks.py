"""Whether this installation estimates the risks of a synthetic cohort whose true risks are known.

Its files are loaded, checked, derived and estimated. Each estimate must agree with the true risk of relapse
within `_ERRORS` standard errors; where relapses are known only as intervals, the true risk must lie between
the lowest and the highest risk, with the same allowance.
"""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from stepdown.cohort import derive
from stepdown.compare import whole
from stepdown.estimate import estimate_design
from stepdown.sources import load
from stepdown.study import Study
from stepdown.synthetic import read_truth

_ERRORS = 4.0


@dataclass(frozen=True, eq=False, kw_only=True)
class KnownRiskCheck:
    """Estimated risks of relapse beside the true ones.

    Attributes
    ----------
    table : DataFrame
        One row per day: `time`, `low` and `high` (equal where the days of relapse are known), `std_error`,
        `true`, `passed`.
    passed : bool
        All days agree.
    text : str
        One sentence.
    """

    table: pd.DataFrame
    passed: bool
    text: str


def known_risk_check(folder: str | Path) -> KnownRiskCheck:
    """Estimate the risks of a synthetic cohort and compare them with its true risks.

    Parameters
    ----------
    folder : str or Path
        Folder of a cohort with study.toml and truth.json.

    Returns
    -------
    KnownRiskCheck
    """
    folder = Path(folder)
    study = Study.read(folder / "study.toml")
    people = derive(load(folder / study.cohort), study)
    rows = estimate_design(whole(people, study), study).table
    risks = rows[
        (rows["estimand"] == "risk")
        & (rows["statistic"] == "estimate")
        & (rows["cause"] == "relapse")
        & rows["method"].str.startswith("Aalen-Johansen")
    ]
    table = risks.groupby("time", as_index=False).agg(
        low=("estimate", "min"), high=("estimate", "max"), std_error=("std_error", "max")
    )
    _, stored = read_truth(folder / "truth.json")
    natural = stored[
        (stored["population"] == "discharge")
        & (stored["strategy"] == "natural_course")
        & (stored["quantity"] == "risk")
        & (stored["cause"] == "relapse")
    ]
    table["true"] = table["time"].map(natural.set_index("time")["value"])
    margin = _ERRORS * table["std_error"]
    table["passed"] = (table["low"] - margin <= table["true"]) & (table["true"] <= table["high"] + margin)
    passed = len(table) > 0 and bool(table["passed"].all())
    return KnownRiskCheck(table=table, passed=passed, text=_text(folder.name, len(people.table), table))


def _text(name: str, discharges: int, table: pd.DataFrame) -> str:
    days = ", ".join(f"{day:.0f}" for day in table["time"])
    sample = f"{name}: risk of relapse by day {days}, estimated from {discharges:,} discharges:"
    wrong = table[~table["passed"]]
    if not len(table):
        return f"{name}: no risk of relapse was estimated. Install stepdown again."
    if wrong.empty:
        ranges = bool((table["low"] < table["high"]).any())
        agree = "the ranges contain the true risks" if ranges else "all agree with the true risks"
        return f"{sample} {agree}, within {_ERRORS:.0f} standard errors."
    listed = ", ".join(f"{day:.0f}" for day in wrong["time"])
    return f"{sample} {len(wrong)} of {len(table)} differ from the true risk (day {listed}). {_REMEDY}"


_REMEDY = (
    "Do not use the numbers of this installation: install the pinned versions of requirements.lock, and "
    "report the difference if it stays."
)
