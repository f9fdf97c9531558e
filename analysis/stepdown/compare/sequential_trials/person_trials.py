"""Who is in which trial: on each trial day those event-free, followed and without care so far.

In the trial of day m a person is in the first arm who starts care on day m, in the other who does not. Within
a day the event comes first, then the start, then loss, so whoever has the event on day m is not in that
trial. One row is a person in a trial, never a person-day.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from stepdown.errors import EmptyArmError, EstimateError
from stepdown.survival.core.sample import Floats, Ints, as_floats


@dataclass(frozen=True, eq=False, kw_only=True)
class PersonTrials:
    """People in trials, trial by trial.

    Attributes
    ----------
    person : array of int (m,)
        Position in the caller's arrays.
    trial : array of int (m,)
        Day of the trial since time zero.
    days, event : array (m,)
        Last day at risk since the day of the trial, and what happened on it.
    arm : array of int (m,)
        0 starts care on the day of the trial, 1 does not.
    start : array (m,)
        Day of the start of care since the day of the trial; infinite for never.
    """

    person: Ints
    trial: Ints
    days: Floats
    event: Ints
    arm: Ints
    start: Floats


def person_trials(
    days: ArrayLike, event: ArrayLike, start: ArrayLike, *, every: int = 1, until: int = 14
) -> PersonTrials:
    """Return the people of the trials of days 0, every, 2 every, ... up to `until`.

    Parameters
    ----------
    days, event, start : array_like (n,)
        Last day at risk, what happened on it (0 none, 1 the event, 2 a competing event), and day of the first
        session of care (missing or infinite for none); whole days since time zero.
    every, until : int
        Days between trials, and the day of the last one at most.

    Raises
    ------
    EstimateError
        Days between trials below 1, or events on day 0.
    EmptyArmError
        Nobody starts on a day of a trial.

    Examples
    --------
    >>> found = person_trials([5, 90, 1], [1, 0, 1], [np.inf, 2, np.inf], until=2)
    >>> list(zip(found.trial.tolist(), found.person.tolist(), found.arm.tolist()))
    [(0, 0, 1), (0, 1, 1), (0, 2, 1), (1, 0, 1), (1, 1, 1), (2, 0, 1), (2, 1, 0)]
    """
    if every < 1 or until < 0:
        raise EstimateError("every must be at least 1, and until at least 0.")
    last, code, begun = as_floats(days), as_floats(event).astype(np.int64), as_floats(start)
    if ((last == 0) & (code > 0)).any():
        raise EstimateError("An event on day 0 comes before any trial. Exclude these people.")
    begun = np.where(np.isnan(begun) | (begun > last) | ((begun == last) & (code > 0)), np.inf, begun)
    eventless = last - (code > 0)
    people, trials = [], []
    for day in range(0, until + 1, every):
        rows = np.flatnonzero((eventless >= day) & (begun >= day))
        people.append(rows)
        trials.append(np.full(len(rows), day))
    person, trial = np.concatenate(people), np.concatenate(trials).astype(np.int64)
    arm = (begun[person] != trial).astype(np.int64)
    if not (arm == 0).any() or not (arm == 1).any():
        raise EmptyArmError(
            f"Of {len(last):,} people, {int((begun <= until).sum()):,} start care by day {until}, and "
            f"{int((arm == 0).sum()):,} on the day of a trial: there is nothing to compare. Change every "
            f"or until."
        )
    return PersonTrials(
        person=person,
        trial=trial,
        days=last[person] - trial,
        event=code[person],
        arm=arm,
        start=begun[person] - trial,
    )
