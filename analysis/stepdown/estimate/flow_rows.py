"""The flow of discharges, and losses to follow-up, as rows of the results."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from stepdown.cohort import CENSORED, People, Step


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


def followed_rows(people: People, *, day: int) -> pd.DataFrame:
    """Return how many were never followed, and how many were lost before a day with the data still running.

    Whoever relapsed, died or was incarcerated by the day, or was followed up to it, is not lost; nor is
    one whose follow-up the data cut ended.
    """
    table = people.table
    ended = (table["event"] == CENSORED) & ~table["died"] & (table["days"] < day)
    unknown = (ended & table["complete"]).to_numpy()
    never = unknown & (table["days"] == 0).to_numpy()
    found = [("never", 0, int(np.sum(never))), ("lost", day, int(np.sum(unknown)))]
    rows = pd.DataFrame(found, columns=["statistic", "time", "estimate"])
    return rows.assign(estimand="followed", unit="discharges", n=len(table))
