"""What those lost could change: the risk if all of them relapsed at once, and if none did.

Lost is who was censored before the end of the data and before the last day reported, and not by a death that
does not compete. For the upper bound each of them relapses on the day after the last observed one; for the
lower bound each stays free of relapse and of competing events up to the last day reported or the end of the
data. Nothing is assumed about why they were lost, so the true risk lies between the two (up to chance);
the observed one assumes that they relapse as those who stayed. Competing events of the lost are not
imagined: under the bounds they would lie in between.

Reference: Manski CF (1990), Am Econ Rev 80:319-323 (bounds without assumptions about those not seen).
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from stepdown.cohort.analysis_times import FollowUp
from stepdown.cohort.linkage import floats
from stepdown.cohort.observation_end import data_end
from stepdown.cohort.people import CENSORED, RELAPSE, People
from stepdown.schema import Cohort
from stepdown.survival import aalen_johansen, risk

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, eq=False, kw_only=True)
class LossBounds:
    """Risks of relapse with the lost read three ways.

    Attributes
    ----------
    table : DataFrame
        `arm, time, n, lost` (by the day before, so that their state on the day is not known);
        `estimate, conf_low, conf_high` as observed; `none, none_low, none_high` where none of the lost
        relapsed; `all, all_low, all_high` where all did.
    lost : array of bool (n,)
        Who counts as lost, in the order of the follow-up.
    """

    table: pd.DataFrame
    lost: Bools


def observable(cohort: Cohort, people: People, *, data_cut: int | None = None) -> Floats:
    """Return, for each discharge, the last day since time zero that the data could show.

    Parameters
    ----------
    cohort : Cohort
        Valid tables.
    people : People
        Derived discharges.
    data_cut : int, optional
        The data cut on the own clock; that of the cohort if left out.

    Returns
    -------
    array of float (discharges,)
        Infinity where it is unknown: such a client counts as lost whenever censored.
    """
    return data_end(cohort, people.table, data_cut=data_cut) - floats(people.table["zero"])


def lost_before(days: Floats, event: NDArray[np.int64], died: Bools, *, until: Floats, day: float) -> Bools:
    """Return who was lost to follow-up before a day: censored while the data could still show more.

    Parameters
    ----------
    days, event, died : array (n,)
        As in `People.table`.
    until : array of float (n,)
        From `observable`.
    day : float
        Days since time zero.
    """
    return np.asarray((event == CENSORED) & ~died & (days < np.minimum(until, day)), dtype=bool)


def loss_bounds(
    people: People,
    followup: FollowUp,
    *,
    until: Floats,
    times: tuple[int, ...],
    arm: ArrayLike | None = None,
    level: float = 0.95,
) -> LossBounds:
    """Return the risk of relapse as observed, if none of the lost relapsed, and if all did.

    Parameters
    ----------
    people : People
        Derived discharges.
    followup : FollowUp
        One reading of their follow-up; after a landmark with its entry.
    until : array of float (discharges,)
        From `observable`.
    times : tuple of int
        Days at which the risk is reported.
    arm : array-like (n,), optional
        Arm of each row of the follow-up.
    level : float
        Confidence level of the intervals.

    Returns
    -------
    LossBounds
    """
    ends = until[followup.rows]
    end = np.minimum(ends, max(times))
    died = people.table["died"].to_numpy(dtype=bool)[followup.rows]
    days, event = followup.days, followup.event
    lost = lost_before(days, event, died, until=ends, day=max(times))
    readings = {
        "": (days, event),
        "none": (np.where(lost, end, days), event),
        "all": (np.where(lost, days + 1, days), np.where(lost, RELAPSE, event)),
    }
    tables = {
        name: _risk(followup, one_days, one_event, times=times, arm=arm, level=level)
        for name, (one_days, one_event) in readings.items()
    }
    found = tables[""][["arm", "time", "n", "estimate", "conf_low", "conf_high"]].reset_index(drop=True)
    for name in ("none", "all"):
        part = tables[name][["estimate", "conf_low", "conf_high"]].reset_index(drop=True)
        found[[name, f"{name}_low", f"{name}_high"]] = part
    codes = np.full(len(days), "all", dtype=object) if arm is None else np.asarray(arm, dtype=object)
    rows = zip(found["arm"], found["time"], strict=True)
    gone = [int((lost & (days < time) & (codes == label)).sum()) for label, time in rows]
    found.insert(3, "lost", gone)
    return LossBounds(table=found, lost=lost)


def _risk(
    followup: FollowUp,
    days: Floats,
    event: NDArray[np.int64],
    *,
    times: tuple[int, ...],
    arm: ArrayLike | None,
    level: float,
) -> pd.DataFrame:
    curves = aalen_johansen(
        days, event, arm=arm, entry=followup.entry, cluster=followup.shared_cluster, level=level
    )
    table = risk(curves, *times, cause=RELAPSE).table
    place = pd.Index(curves.arms).get_indexer(pd.Index(table["arm"]))
    return table.iloc[np.lexsort((table["time"], place))]
