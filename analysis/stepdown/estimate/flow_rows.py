"""The flow, and how far people were followed, as rows of the results."""

from collections.abc import Iterator, Sequence

import numpy as np

from stepdown.cohort import CENSORED, People, Step
from stepdown.estimate.context import Record


def flow_records(steps: Sequence[Step], *, analysis: str) -> Iterator[Record]:
    """Yield, for each step, the discharges and clients kept and the discharges removed."""
    for step in steps:
        keys: Record = {"analysis": analysis, "estimand": "flow", "term": step.name}
        yield {**keys, "statistic": "removed", "unit": "discharges", "estimate": step.removed}
        yield {**keys, "statistic": "kept", "unit": "discharges", "estimate": step.discharges}
        yield {**keys, "statistic": "kept", "unit": "clients", "estimate": step.clients}


def followed_records(people: People, *, day: int) -> Iterator[Record]:
    """Yield how many were never followed, and how many were lost before a day with the data still running.

    Whoever relapsed, died or was incarcerated by the day, or was followed up to it, is not lost; nor is
    one whose follow-up the data cut ended.
    """
    table = people.table
    ended = (table["event"] == CENSORED) & ~table["died"] & (table["days"] < day)
    unknown = (ended & table["complete"]).to_numpy()
    never = unknown & (table["days"] == 0).to_numpy()
    keys: Record = {"estimand": "followed", "unit": "discharges", "n": len(table)}
    yield {**keys, "statistic": "never", "time": 0, "estimate": int(np.sum(never))}
    yield {**keys, "statistic": "lost", "time": day, "estimate": int(np.sum(unknown))}
