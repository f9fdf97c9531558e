"""The flow of discharges, and losses to follow-up, as rows of the results."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from stepdown.cohort import People, Step
from stepdown.cohort.followup.bounds_under_loss import lost_before
from stepdown.results.reading import WHOLE
from stepdown.study import Study


def flow_rows(steps: Sequence[Step], *, analysis: str, start: float = np.nan) -> pd.DataFrame:
    """Return, for each step, the discharges removed, and the discharges and clients kept.

    `start` is the day from which the analysis follows people.
    """
    found = [
        (step.name, statistic, unit, count)
        for step in steps
        for statistic, unit, count in (
            ("removed", "discharges", step.removed),
            ("kept", "discharges", step.discharges),
            ("kept", "clients", step.clients),
        )
    ]
    table = pd.DataFrame(found, columns=["term", "statistic", "unit", "estimate"])
    return table.assign(analysis=analysis, estimand="flow", window_start=start)


def followed_rows(people: People, *, until: NDArray[np.float64], day: int) -> pd.DataFrame:
    """Return how many were lost before a day, how many of them were never followed, and who has all days.

    Parameters
    ----------
    people : People
        Derived discharges.
    until : array of float (discharges,)
        From `cohort.followup.observable`.
    day : int
        Days since time zero.

    Returns
    -------
    DataFrame
        Rows of "followed": "lost" (as in the bounds under loss), "never", and "complete": the discharges for
        whom the data cut lies on the day or later.
    """
    table = people.table
    days, event = table["days"].to_numpy(dtype=float), table["event"].to_numpy()
    lost = lost_before(days, event, table["died"].to_numpy(dtype=bool), until=until, day=day)
    found = [
        ("never", 0, int((lost & (days <= 0)).sum())),
        ("lost", day, int(lost.sum())),
        ("complete", day, int(table["complete"].sum())),
    ]
    rows = pd.DataFrame(found, columns=["statistic", "time", "estimate"])
    return rows.assign(estimand="followed", unit="discharges", n=len(table))


def not_judged_row(study: Study, reason: str) -> pd.DataFrame:
    """Return the row that stands for all estimates where these data cannot show the study's own outcome."""
    keys = {"analysis": WHOLE, "endpoint": study.outcome.endpoint, "estimand": "risk", "cause": "relapse"}
    return pd.DataFrame([keys | {"statistic": "not_estimated", "note": reason}])
