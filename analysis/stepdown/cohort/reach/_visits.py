"""Which contact belongs to which visit.

Visit v, due on day t of a discharge, has the window [t - before, t + after].

- Where the observations tell the day on which a contact was due (`due_day`), it belongs to the visit in whose
  window that day lies (the nearest), whenever it took place; it is inside the window if its own day is.
  Contacts without a due day were not scheduled and belong to no visit.
- Where no observation has a due day, a contact belongs to the visit in whose window its own day lies.

Of two visits equally near the earlier one is meant.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from stepdown.cohort._link import Link, floats, link
from stepdown.errors import DesignError
from stepdown.schema import Cohort, Schedule

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
LEAST_SHARE = 0.05


@dataclass(frozen=True, eq=False)
class Contacts:
    """Observations of some discharges.

    Attributes
    ----------
    row, at : array of int (k,)
        Row of the observations, row of the discharges (rising).
    day : array of float (k,)
        Days since time zero.
    visit : array of int (k,)
        Position of the visit; -1 for none.
    inside : array of bool (k,)
        The day lies in the window of the visit.
    """

    row: Ints
    at: Ints
    day: Floats
    visit: Ints
    inside: Bools


def contacts(cohort: Cohort, table: pd.DataFrame, schedule: Schedule) -> Contacts:
    """Return every observation of the clients with the visit that it belongs to.

    Parameters
    ----------
    cohort : Cohort
        Valid tables.
    table : DataFrame
        Discharges with `client_id` and `zero`, time zero on the own clock.
    schedule : Schedule
        Visits in days since time zero.
    """
    pairs = link(table, cohort.observations)
    zero = floats(table["zero"])[pairs.at]
    day = floats(cohort.observations["day"])[pairs.row] - zero
    due = _due(cohort, pairs, zero)
    visit = _nearest(day if due is None else due, schedule)
    meant = np.array([0.0, *schedule.visits])[visit + 1] if due is None else due
    with np.errstate(invalid="ignore"):
        inside = (visit >= 0) & (day >= meant - schedule.before) & (day <= meant + schedule.after)
    return Contacts(row=pairs.row, at=pairs.at, day=day, visit=visit, inside=np.asarray(inside, dtype=bool))


def due_schedule(cohort: Cohort, table: pd.DataFrame, *, least_share: float = LEAST_SHARE) -> Schedule:
    """Return the schedule that the due days of the observations show.

    Parameters
    ----------
    cohort : Cohort
        Valid tables.
    table : DataFrame
        Discharges with `client_id` and `zero`.
    least_share : float
        A due day, in days since the client's last time zero by then, is a visit where at least this share
        of the discharges has it.

    Returns
    -------
    Schedule
        With a window as wide as the contacts were early and late, so that none is outside.

    Raises
    ------
    DesignError
        There is no due day, or none that enough discharges share.
    """
    pairs = link(table, cohort.observations)
    zero = floats(table["zero"])[pairs.at]
    due = _due(cohort, pairs, zero)
    if due is None:
        raise DesignError(
            "Nothing tells when contacts were due. State [schedule] in the cohort file, or map due_day."
        )
    late = floats(cohort.observations["day"])[pairs.row] - zero - due
    rows = pd.DataFrame({"at": pairs.at, "row": pairs.row, "due": due, "late": late})[due >= 0]
    # A contact belongs to the client's last discharge before it was due.
    rows = rows.sort_values(["row", "due"], kind="stable").drop_duplicates("row")
    held = rows.groupby("due")["at"].nunique()
    visits = held.index[held >= least_share * len(table)]
    if visits.empty:
        raise DesignError(
            "The due days of the contacts share no day since time zero. State [schedule] in the cohort file."
        )
    spread = rows.loc[rows["due"].isin(visits), "late"]
    return Schedule(
        visits=tuple(int(visit) for visit in visits),
        before=int(max(0.0, -spread.min())),
        after=int(max(0.0, spread.max())),
    )


def schedule_of(cohort: Cohort, table: pd.DataFrame, schedule: Schedule | None) -> Schedule:
    """Return the schedule given, or the cohort's, or the one that due days show."""
    return schedule or cohort.schedule or due_schedule(cohort, table)


def _due(cohort: Cohort, pairs: Link, zero: Floats) -> Floats | None:
    """Return the days since time zero on which contacts were due; None where no observation tells."""
    if "due_day" not in cohort.observations or not cohort.observations["due_day"].notna().any():
        return None
    return floats(cohort.observations["due_day"])[pairs.row] - zero


def _nearest(day: Floats, schedule: Schedule) -> Ints:
    """Return the position of the nearest visit in whose window a day lies; -1 for none."""
    visits = np.array(sorted(schedule.visits), dtype=float)
    after = (
        np.clip(np.searchsorted(visits, day), 1, len(visits) - 1)
        if len(visits) > 1
        else np.zeros(len(day), int)
    )
    before = np.maximum(after - 1, 0)
    near = np.where(np.abs(day - visits[before]) <= np.abs(visits[after] - day), before, after)
    with np.errstate(invalid="ignore"):
        inside = (day >= visits[near] - schedule.before) & (day <= visits[near] + schedule.after)
    return np.where(inside, near, -1).astype(np.int64)
