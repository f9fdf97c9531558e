"""Why clients left PHP or IOP, where an episode among the discharges states it."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from stepdown.cohort.linkage import Link
from stepdown.cohort.measures.care_record import CareRecord, clients_of
from stepdown.schema import Measure

NOT_RECORDED = "not_recorded"


def last_reason(record: CareRecord, episodes: Link, size: int) -> "NDArray[np.object_]":
    """Return, by event, the reason of the episode that ended last; missing where none is recorded.

    Parameters
    ----------
    record : CareRecord
        Care of the cohort.
    episodes : Link
        Pairs of an event (`at`) and a row of the discharges (`row`).
    size : int
        Number of events.
    """
    discharges = record.cohort.discharges.iloc[episodes.row]
    end = discharges["discharge_day"].to_numpy(dtype=float, na_value=-np.inf)
    reason = discharges["discharge_reason"].astype("object").to_numpy(dtype=object)
    found = np.full(size, None, dtype=object)
    order = np.argsort(end, kind="stable")
    order = order[pd.notna(reason[order])]
    found[episodes.at[order]] = reason[order]
    return found


def reasons_after(record: CareRecord, index: pd.DataFrame, measure: Measure) -> "NDArray[np.object_]":
    """Return why each client left the care of a measure's first credit, in its longest window."""
    care, zero = record.care, index["zero"].to_numpy(dtype=float)
    if care.of_services.all():
        return np.full(len(index), None, dtype=object)
    last = zero + measure.last_day(measure.windows[-1])
    at, place = record.spans.overlapping(clients_of(index), zero, last)
    keep = record.at_levels(measure.numerator.credits[0].levels)[place] & ~care.of_services[place]
    return last_reason(record, Link(row=care.row[place[keep]], at=at[keep]), len(index))


def counted_reasons(reason: "NDArray[np.object_]", unmet: NDArray[np.bool_]) -> pd.Series:
    """Return how many of those who left have each reason, the most frequent first; those without one last."""
    selected = pd.Series(reason[unmet], dtype="object").fillna(NOT_RECORDED)
    counts = selected.value_counts().sort_index().sort_values(ascending=False, kind="stable")
    held = [name for name in counts.index if name != NOT_RECORDED]
    return counts.reindex([*held, *([NOT_RECORDED] if NOT_RECORDED in counts.index else [])])
