"""The courses of the groups of a primary comparison: of people, or of copies of everybody under each plan."""

import numpy as np

from stepdown.cohort import People
from stepdown.compare.compared_strategies import compare_strategies, compared_people, planned
from stepdown.compare.designs import design
from stepdown.compare.grace_period.person_days import person_days
from stepdown.compare.grace_period.strategies import deviation_days
from stepdown.compare.sensitivity.informative_loss import Copies
from stepdown.errors import DesignError
from stepdown.study import DesignChoice, Study, one_start
from stepdown.survival.core.sample import Bools, Floats, Ints


def group_courses(people: People, study: Study, *, lost: Bools) -> dict[str, Copies]:
    """Return the course of each group of the primary comparison of a study, by its label.

    Parameters
    ----------
    people : People
        Derived discharges with exact days.
    study : Study
        With a primary comparison other than sequential trials.
    lost : array of bool (discharges,)
        Who was lost to follow-up while the data could still show more.

    Returns
    -------
    dict of Copies
        Of clone-censor-weight copies of everybody, each until it departs from its plan.

    Raises
    ------
    DesignError
        The comparison cannot be made, or its groups are trials.
    """
    if study.analysis is None or study.analysis.primary.design == "sequential_trials":
        raise DesignError("People are in several trials, so this is not available for sequential trials.")
    choice = study.analysis.primary
    if choice.design == "clone_censor_weight":
        return _of_plans(people, study, choice, lost)
    chosen = design(people, study, choice=choice)
    arms = chosen.readings[0]
    reading = arms.followup
    return {
        label: Copies(
            days=reading.days[arms.arm == place],
            event=reading.event[arms.arm == place],
            lost=lost[reading.rows[arms.arm == place]],
            start=chosen.start,
        )
        for place, label in enumerate(chosen.labels)
    }


def _of_plans(people: People, study: Study, choice: DesignChoice, lost: Bools) -> dict[str, Copies]:
    """Return copies of everybody under each plan; those of plans that unfold come from the comparison."""
    given = compared_people(people, study, name="Clone-censor-weight")
    if one_start(study.plans):
        plans = planned(people, study, name="Clone-censor-weight")
        deviation = {
            one.name: deviation_days(
                person_days(plans.days, plans.event, plans.started, grace=one.within, horizon=one.within + 1),
                one,
            )
            for one in plans.strategies
        }
    else:
        found = compare_strategies(people, study, choice)
        deviation = {label: found.deviation[label].to_numpy() for label in study.labels}
    return {
        label: _copies(given.days, given.event, deviation[label], lost[given.rows]) for label in study.labels
    }


def _copies(days: Floats, event: Ints, deviation: Ints, lost: Bools) -> Copies:
    departs = deviation >= 0
    return Copies(
        days=np.where(departs, deviation, days).astype(float),
        event=np.where(departs, 0, event),
        lost=np.asarray(lost & ~departs),
    )
