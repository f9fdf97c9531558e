"""Rows by week of each person, with the care received before each week and in it.

Row k of a person is the time at risk in (7k, 7k + 7], up to a last day. The dose so far is that of weeks 0 to
k - 1, all known by the start of the row, so waiting for care counts as time without it (no immortal time).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from stepdown.compare.subgroups.care_dose import WEEK
from stepdown.survival.core.sample import Bools, Floats, Ints


@dataclass(frozen=True, eq=False, kw_only=True)
class DoseWeeks:
    """Rows by person and week.

    Attributes
    ----------
    person : array of int (m,)
        Position of the person, rising.
    week : array of int (m,)
        Since time zero, from 0.
    start, stop : array (m,)
        At risk on (start, stop].
    event : array of int (m,)
        0, or on the last row of a person 1 (the event) or 2 (a competing event).
    so_far, before, received : array (m,)
        Dose up to the start of the row, in the week before it, and in the week itself.
    whole : array of bool (m,)
        Whether the person was followed and free of events through the whole week, so that `received` is of
        all its days.
    lost : array of bool (m,)
        Whether the person was lost to follow-up within the row.
    """

    person: Ints
    week: Ints
    start: Floats
    stop: Floats
    event: Ints
    so_far: Floats
    before: Floats
    received: Floats
    whole: Bools
    lost: Bools

    @property
    def first(self) -> Bools:
        """Whether a row is the first of its person."""
        return np.asarray(self.week == 0)


def dose_weeks(days: ArrayLike, event: ArrayLike, received: Floats, *, until: int) -> DoseWeeks:
    """Return the rows by week of people at risk from time zero on.

    Parameters
    ----------
    days, event : array_like (n,)
        Last day at risk, and 0 (none), 1 (the event) or 2 (a competing event) on it. Those with no day at
        risk have no row.
    received : array (n, weeks)
        Dose in each week, from `weekly_dose`.
    until : int
        Last day that counts.

    Examples
    --------
    Care in weeks 0 and 1, the event on day 16: the third row has a dose of 2.

    >>> import numpy as np
    >>> found = dose_weeks([16], [1], np.array([[1.0, 1.0, 1.0]]), until=90)
    >>> found.stop.tolist(), found.so_far.tolist(), found.event.tolist()
    ([7.0, 14.0, 16.0], [0.0, 1.0, 2.0], [0, 0, 1])
    """
    given, code = np.asarray(days, dtype=float), np.asarray(event, dtype=np.int64)
    last = np.minimum(given, until)
    code = np.where(given <= until, code, 0)
    rows = np.ceil(np.maximum(last, 0) / WEEK).astype(np.int64)
    person = np.repeat(np.arange(len(last)), rows)
    week = np.arange(rows.sum()) - np.repeat(np.cumsum(rows) - rows, rows)
    start = (week * WEEK).astype(float)
    stop = np.minimum(start + WEEK, last[person])
    final = week == rows[person] - 1
    happened = np.where(final, code[person], 0)
    total = np.cumsum(received, axis=1)
    nothing = np.zeros((len(received), 1))
    return DoseWeeks(
        person=person,
        week=week,
        start=start,
        stop=stop,
        event=happened,
        so_far=np.concatenate([nothing, total], axis=1)[person, week],
        before=np.concatenate([nothing, received], axis=1)[person, week],
        received=np.concatenate([received, nothing], axis=1)[person, week],
        whole=(stop == start + WEEK) & (happened == 0),
        lost=final & (happened == 0) & (stop < until),
    )
