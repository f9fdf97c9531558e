"""The day on which the exposure of a claim is there, as the plans of its study define it."""

import numpy as np

from stepdown.cohort import People
from stepdown.compare.arm_membership import care_started
from stepdown.compare.care_plans import CareDays, care_days
from stepdown.compare.simple_comparison import ClientCourses
from stepdown.errors import DesignError
from stepdown.study import Study
from stepdown.survival.core.sample import Floats

WEEK = 7


def ever_exposed(people: People, study: Study) -> ClientCourses:
    """Return the course of each discharge, with the day on which it counts as exposed.

    A plan of one start is there on that day; one that goes on for weeks on the first day of care in the
    last of these weeks. Who does this at any time before the event counts as exposed: that is the
    comparison of the claim, and wrong.

    Parameters
    ----------
    people : People
        Derived discharges with exact days.
    study : Study
        Its first plan is the exposure.

    Raises
    ------
    DesignError
        Days are not exact.
    """
    if not people.exact:
        raise DesignError('The comparison needs one day for each relapse. Set outcome.interval = "detected".')
    days = people.table["days"].to_numpy(dtype=float)
    event = np.minimum(people.table["event"].to_numpy(dtype=np.int64), 2)
    there = _exposed(people, study, days, event)
    began = (there < days) | ((there == days) & (event == 0))
    return ClientCourses(days=days, event=event, started=np.where(began, there, np.inf))


def _exposed(people: People, study: Study, days: Floats, event: np.ndarray) -> Floats:
    step = study.plans[0].steps[-1]
    if step.min_weeks is None or people.care is None:
        return care_started(people, study)
    found = care_days(people.care, (days - (event > 0)).astype(np.int64))
    return _nth_week(found, step.level, step.min_weeks)


def _nth_week(care: CareDays, levels: tuple[str, ...], weeks: int) -> Floats:
    """Return the first day of care in the last of so many weeks with care, counted from its first day."""
    found, size = care.at(levels), care.size
    first = np.full(size, np.inf)
    np.minimum.at(first, found.person, found.day.astype(float))
    week = ((found.day - first[found.person]) // WEEK).astype(np.int64)
    fresh = np.ones(len(week), dtype=bool)
    fresh[1:] = (found.person[1:] != found.person[:-1]) | (week[1:] != week[:-1])
    person, day = found.person[fresh], found.day[fresh]
    begin = np.searchsorted(person, person)
    place = np.arange(len(person)) - begin
    there = np.full(size, np.inf)
    last = place == weeks - 1
    there[person[last]] = day[last]
    return there
