"""How far a difference moves without one person, or without one site, from influence functions."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from stepdown.compare import ArmComparison, CloneCensorWeight
from stepdown.compare.grace_period.estimating_equations import RiskTarget
from stepdown.compare.sensitivity.without_cluster import without_cluster
from stepdown.estimate.context import Record

FEWEST_SITES = 3


def influence_rows(
    found: CloneCensorWeight | ArmComparison, sites: pd.Series | None, *, start: int
) -> Iterator[Record]:
    """Yield the largest change of each difference by the end of the window without one discharge, or site.

    No discharge is named: a row holds the change with its sign, and in `n` of how many. The difference
    without each site is a row of its own.
    """
    window = found.table.loc[found.table["estimand"] == "window_risk", "time"]
    rows = found.rows
    if window.empty or rows is None or any(len(one) != len(rows) for one in found.influence.values()):
        return
    end = int(window.iloc[0])
    place = found.targets.index(RiskTarget("risk", end))
    *others, last = found.influence
    for arm in others:
        influence = found.influence[arm][:, place] - found.influence[last][:, place]
        risks = found.table[(found.table["estimand"] == "risk") & (found.table["time"] == end)]
        own = risks[(risks["strategy"] == arm) & (risks["statistic"] == "difference")]
        difference = float(own["estimate"].iloc[0])
        clusters = {"discharge": pd.Series(np.arange(len(influence)))}
        if sites is not None and sites.iloc[rows].nunique() >= FEWEST_SITES:
            clusters["site"] = sites.iloc[rows].reset_index(drop=True)
        for term, cluster in clusters.items():
            without = without_cluster(0.0, influence, cluster).dropna()
            change = without.to_numpy()
            yield {
                "estimand": "leave_one_out", "term": term, "arm": arm, "reference": last,
                "time": end + start, "statistic": "difference", "unit": "probability",
                "estimate": float(change[np.abs(change).argmax()]), "n": len(change),
            }  # fmt: skip
            for name, moved in without.items() if term == "site" else ():
                yield {
                    "estimand": "leave_one_out", "term": term, "site": str(name), "arm": arm,
                    "reference": last, "time": end + start, "statistic": "estimate", "unit": "probability",
                    "estimate": difference + moved,
                }  # fmt: skip


def size_rows(found: CloneCensorWeight | ArmComparison, days: tuple[int, ...], *, start: int) -> pd.DataFrame:
    """Return the effective size of each group on each of the days, by the estimator of the comparison."""
    table = found.table
    mine = table[
        (table["estimator"] == table["estimator"].iloc[0]) & (table["estimand"] == "risk")
        & (table["statistic"] == "estimate") & (table["time"] + start).isin(days)
    ]  # fmt: skip
    return pd.DataFrame({
        "estimand": "effective_size", "statistic": "curve", "unit": "people", "arm": mine["strategy"],
        "time": mine["time"] + start, "estimate": mine["effective_size"],
    })  # fmt: skip


def calibration_rows(found: CloneCensorWeight | ArmComparison) -> Iterator[Record]:
    """Yield, by day of the grace period, the starts of care, and those expected by the model of the start.

    The standard error is that of the starts, by the model.
    """
    if not isinstance(found, CloneCensorWeight):
        return
    for row in found.start_calibration.to_dict("records"):
        keys: Record = {"estimand": "start_of_care", "time": row["day"], "unit": "discharges"}
        keys |= {"n": row["decisions"]}
        yield keys | {"statistic": "observed", "estimate": row["started"]}
        yield keys | {
            "statistic": "expected", "estimate": row["expected"], "std_error": row["variance"] ** 0.5
        }  # fmt: skip
