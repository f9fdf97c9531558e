"""The courses of the groups of a primary comparison: people, copies under each plan, or people in trials."""

import numpy as np

from stepdown.cohort import People
from stepdown.compare.compared_strategies import compare_strategies, compared_people, planned
from stepdown.compare.designs import design
from stepdown.compare.grace_period.person_days import person_days
from stepdown.compare.grace_period.strategies import deviation_days
from stepdown.compare.sensitivity.informative_loss import Copies
from stepdown.compare.sequential_trials import person_trials
from stepdown.errors import DesignError, EstimateError
from stepdown.study import DesignChoice, Study, one_start
from stepdown.survival.core.sample import Bools, Floats, Ints


def group_courses(people: People, study: Study, *, lost: Bools) -> dict[str, Copies]:
    """Return the course of each group of the primary comparison of a study, by its label.

    Parameters
    ----------
    people : People
        Derived discharges with exact days.
    study : Study
        With a primary comparison.
    lost : array of bool (discharges,)
        Who was lost to follow-up while the data could still show more; of sequential trials, up to
        `last_day_at_risk`.

    Returns
    -------
    dict of Copies
        Of clone-censor-weight copies of everybody, each until it departs from its plan. Of sequential trials
        people in trials, as started: a discharge is in as many as it waits for, each with its own day 0.

    Raises
    ------
    DesignError
        The comparison cannot be made.
    """
    if study.analysis is None:
        raise DesignError("The study has no primary comparison. Give [analysis].")
    choice = study.analysis.primary
    if choice.design == "clone_censor_weight":
        return _of_plans(people, study, choice, lost)
    if choice.design == "sequential_trials":
        return _of_trials(people, study, choice, lost)
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


def _of_trials(people: People, study: Study, choice: DesignChoice, lost: Bools) -> dict[str, Copies]:
    given = planned(people, study, name="Sequential trials")
    try:
        trials = person_trials(
            given.days, given.event, given.started, every=choice.every or 1, until=last_trial(study, choice)
        )
    except EstimateError as error:
        raise DesignError(str(error)) from None
    gone = lost[given.rows][trials.person]
    return {
        plan.name: Copies(
            days=trials.days[trials.arm == place],
            event=trials.event[trials.arm == place],
            lost=gone[trials.arm == place],
        )
        for place, plan in enumerate(given.strategies)
    }


def last_trial(study: Study, choice: DesignChoice) -> int:
    """Return the day of the last of sequential trials."""
    return max(plan.last_day for plan in study.plans) if choice.until is None else choice.until


def last_day_at_risk(study: Study) -> int:
    """Return the last day since time zero that a primary comparison looks at: of trials, that of the last."""
    choice = study.analysis.primary if study.analysis else None
    end = study.outcome.window[1]
    return end + last_trial(study, choice) if choice and choice.design == "sequential_trials" else end


def _copies(days: Floats, event: Ints, deviation: Ints, lost: Bools) -> Copies:
    departs = deviation >= 0
    return Copies(
        days=np.where(departs, deviation, days).astype(float),
        event=np.where(departs, 0, event),
        lost=np.asarray(lost & ~departs),
    )
