"""How long people were followed, and how mature each quarter's cohort is.

Follow-up time is read by the reverse Kaplan-Meier curve: censoring is the event, and relapse or a competing
event censors. Its median says how long people would have been followed had no one had an event; the median
of the observed days would be short just where events are many. Ties as in `kaplan_meier`, and in R's
`survfit(Surv(days, event == 0))`: of a censoring and a relapse on one day the censoring counts first.

Reference: Schemper M, Smith TL (1996), Controlled Clinical Trials 17:343-346.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from stepdown.cohort.people import CENSORED
from stepdown.errors import DesignError
from stepdown.survival import DAYS_PER_MONTH, Curves, kaplan_meier

Floats = NDArray[np.float64]
QUARTILES = (0.25, 0.5, 0.75)
NOT_KNOWN = "not known"


@dataclass(frozen=True, eq=False, kw_only=True)
class FollowUpTime:
    """How long people were followed.

    Attributes
    ----------
    table : DataFrame
        `arm, n, person_months, lower_quartile, median, conf_low, conf_high, upper_quartile, note` in days;
        interval and note are of the median. Missing where the curve does not get there.
    curves : Curves
        The reverse Kaplan-Meier curves: the share still followed.
    """

    table: pd.DataFrame
    curves: Curves


def follow_up_time(
    days: ArrayLike,
    event: ArrayLike,
    *,
    arm: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    level: float = 0.95,
) -> FollowUpTime:
    """Return the reverse Kaplan-Meier curve of follow-up, and its quartiles.

    Parameters
    ----------
    days : array-like (n,)
        Last day of observation, such as `People.table["days"]`: not cut at a horizon.
    event : array-like (n,)
        0 where follow-up ended without an event.
    arm, cluster : array-like (n,), optional
        As in `kaplan_meier`.
    level : float
        Confidence level.

    Returns
    -------
    FollowUpTime
    """
    length = np.asarray(days, dtype=float)
    censored = np.asarray(event) == CENSORED
    curves = kaplan_meier(length, censored, arm=arm, cluster=cluster, level=level)
    quartiles = {p: curves.quantile(p) for p in QUARTILES}
    codes = (
        np.zeros(len(length)) if arm is None else pd.Index(curves.arms).get_indexer(pd.Index(np.asarray(arm)))
    )
    size = len(curves.arms)
    table = pd.DataFrame(
        {
            "arm": list(curves.arms),
            "n": [int((codes == code).sum()) for code in range(size)],
            "person_months": [float(length[codes == code].sum()) / DAYS_PER_MONTH for code in range(size)],
            "lower_quartile": quartiles[0.25]["estimate"],
            "median": quartiles[0.5]["estimate"],
            "conf_low": quartiles[0.5]["conf_low"],
            "conf_high": quartiles[0.5]["conf_high"],
            "upper_quartile": quartiles[0.75]["estimate"],
            "note": quartiles[0.5]["note"],
        }
    )
    return FollowUpTime(table=table, curves=curves)


def maturity(quarter: pd.Series, *, until: Floats, days: int) -> pd.DataFrame:
    """Return, for each quarter, the share of discharges whose first days lie before the end of the data.

    Parameters
    ----------
    quarter : Series (discharges,)
        Label of the quarter; missing ones are reported as one group.
    until : array of float (discharges,)
        From `observable`: the last day since time zero that the data could show.
    days : int
        Days since time zero that must be complete, such as the end of the window.

    Returns
    -------
    DataFrame
        `quarter, discharges, complete, share`, quarters in order.

    Raises
    ------
    DesignError
        No end of the data is known for anyone.
    """
    known = np.isfinite(until)
    if not known.any():
        raise DesignError("The last day that the data cover is unknown. State data_cut in the cohort file.")
    label = quarter.astype("string").fillna(NOT_KNOWN).to_numpy(dtype=object)
    rows = pd.DataFrame({"quarter": label, "complete": until >= days})
    found = rows.groupby("quarter", sort=True)["complete"].agg(["size", "sum"]).reset_index()
    found.columns = pd.Index(["quarter", "discharges", "complete"])
    return found.assign(share=found["complete"] / found["discharges"])
