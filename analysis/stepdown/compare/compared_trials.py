"""From derived discharges and a study to sequential trials."""

import numpy as np

from stepdown.cohort import People
from stepdown.compare.adjustment_checks import with_checks
from stepdown.compare.compared_strategies import days_reached, planned
from stepdown.compare.covariates import Drawing, adjusted_for
from stepdown.compare.known_arms import ArmComparison
from stepdown.compare.refusals import time_to_enough
from stepdown.compare.sequential_trials import compare_sequential_trials
from stepdown.compare.sequential_trials.trial_comparison import Adherence
from stepdown.errors import DesignError, EmptyArmError, EstimateError
from stepdown.study import DesignChoice, Study


def compare_trials(
    people: People, study: Study, choice: DesignChoice, *, adherence: Adherence, imputation: int = 0
) -> ArmComparison:
    """Compare starting care on each trial day with not starting it; days count from the day of each trial.

    Parameters
    ----------
    people : People
        Derived discharges with exact days, such as an imputation.
    study : Study
        With `analysis.adjust`.
    choice : DesignChoice
        A design "sequential_trials".
    adherence : {"as_started", "per_protocol"}
        Whether those who wait are followed whatever comes later, or until they start.
    imputation : int
        Number of the imputation, where missing covariates are drawn.

    Raises
    ------
    DesignError
        Days are not exact, follow-up ends too early for the last trial, or the data do not allow the
        comparison.
    """
    given = planned(people, study, name="Sequential trials")
    assert given.adjust.method != "none", "the study refuses trials that are not adjusted"
    until = given.strategies[0].within if choice.until is None else choice.until
    in_last = given.days[given.days >= until] - until
    reached, end = float(in_last.max(initial=0)), study.outcome.window[1]
    if reached < end:
        raise DesignError(
            f"Nobody in the trial of day {until} is followed for {end} days, the end of the window, but for "
            f"{reached:.0f} at most. Shorten `until`, or outcome.window."
        )
    times, window = days_reached(in_last, study)
    starts = given.started <= np.minimum(given.days, until)
    models = adjusted_for(
        people,
        study,
        given.rows,
        first_day=0,
        last_decision=until,
        last_day=until + max(*times, window[1]),
        drawing=Drawing(days=given.days, event=given.event, group=starts.astype(np.int64), number=imputation),
    )
    first, second = (one.name for one in given.strategies)
    try:
        found = compare_sequential_trials(
            given.days,
            given.event,
            given.started,
            models.covariates,
            labels=(first, second),
            adherence=adherence,
            every=choice.every or 1,
            until=until,
            history=models.history,
            loss=None if models.loss is None else models.loss.covariates,
            population=given.adjust.population,
            method=given.adjust.method,
            cluster=given.cluster,
            cap=given.adjust.largest_weight,
            times=times,
            window=window,
            rmst=window[1],
        )
    except EmptyArmError as error:
        wait = "" if starts.any() else time_to_enough(people, given.rows, first)
        raise DesignError(f"{error}{wait}") from None
    except EstimateError as error:
        raise DesignError(str(error)) from None
    group = np.where(starts, 0, 1).astype(np.int64)
    return with_checks(found, models, group, (first, second), complete=given.complete, rows=given.rows)
