"""Who is in which arm: strategies read from the services, or a column known in time."""

import numpy as np
from numpy.typing import NDArray

from stepdown.cohort import People, equals, refuse_future
from stepdown.errors import DesignError
from stepdown.schema import LEVELS
from stepdown.study import BaselineArm, CareStep, Strategy, Study

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
NO_ARM = -1


def first_day(people: People, step: CareStep) -> NDArray[np.float64]:
    """Return the first day of care at the levels of a step, infinity for none; it may be before day 0.

    Parameters
    ----------
    people : People
        Derived discharges.
    step : CareStep
        Its last day is not looked at.
    """
    return np.asarray(people.first_care[:, [LEVELS.index(level) for level in step.level]].min(axis=1))


def _had(people: People, step: CareStep) -> Bools:
    """Return who attended care of a step between day 0 and its last day."""
    return np.asarray(first_day(people, step) <= step.within)


def follows(people: People, strategy: Strategy) -> Bools:
    """Return which discharges did what a strategy says by its last day.

    Parameters
    ----------
    people : People
        Derived discharges.
    strategy : Strategy
        Steps that must all be started in time, and care that must not be started.

    Returns
    -------
    array of bool (discharges,)
    """
    done = np.ones(len(people.table), dtype=bool)
    for step in strategy.steps:
        done &= _had(people, step)
    for step in strategy.avoid:
        done &= ~_had(people, step)
    return done


def care_started(people: People, study: Study) -> NDArray[np.float64]:
    """Return the first day of care that a step of the plans compared names; infinity for none.

    Parameters
    ----------
    people : People
        Derived discharges.
    study : Study
        A study with a contrast.

    Returns
    -------
    array of float (discharges,)
        Days since time zero. Arms that a column gives name no care.
    """
    first = np.full(len(people.table), np.inf)
    chosen = study.contrast.arms if study.contrast else ()
    if isinstance(chosen, BaselineArm):
        return first
    # A step after another comes later than the first, whose day is what matters here.
    steps = [step for name in chosen for step in study.strategies[name].steps if not step.after]
    for step in steps:
        first = np.where(_had(people, step), np.minimum(first, first_day(people, step)), first)
    return first


def last_days_of_care(study: Study) -> tuple[int, ...]:
    """Return the last days by which the plans compared ask for care, or for none; empty for other arms.

    Until then care that has not started yet may still start, and relapse may come before it: the rate of
    relapse of those who start none may differ before and after.
    """
    chosen = study.contrast.arms if study.contrast else ()
    if isinstance(chosen, BaselineArm):
        return ()
    every = [
        step for name in chosen for step in (*study.strategies[name].steps, *study.strategies[name].avoid)
    ]
    steps = [step for step in every if not step.after]
    return tuple(sorted({step.within for step in steps if 0 < step.within < study.outcome.horizon}))


def arms(people: People, study: Study, *, day: int) -> Ints:
    """Return the arm of each discharge, as a position in `study.labels`; -1 for none of them.

    Parameters
    ----------
    people : People
        Derived discharges.
    study : Study
        A study with a contrast.
    day : int
        Day since time zero at which the arms are read.

    Raises
    ------
    DesignError
        The arms read a value known later than `day`, or one discharge follows two strategies.
    """
    assert study.contrast is not None, "a comparison has arms"
    chosen = study.contrast.arms
    if isinstance(chosen, BaselineArm):
        refuse_future(
            people.table,
            chosen.column,
            known=people.known,
            event=study.time_zero.event,
            zero=people.table["zero"],
            day=day,
            use="arms",
        )
        member = [equals(people.table[chosen.column], value) for value in chosen.values]
    else:
        member = [follows(people, study.strategies[name]) for name in chosen]
    count = np.sum(member, axis=0)
    if (count > 1).any():
        raise DesignError(
            f"{int((count > 1).sum()):,} of {len(count):,} discharges follow more than one of the plans "
            "compared. Make the strategies exclude each other, with `avoid`."
        )
    return np.where(count == 1, np.argmax(member, axis=0), NO_ARM)
