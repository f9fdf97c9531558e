"""Arms known on the first day of a baseline or landmark design, adjusted for covariates as a study asks."""

from collections.abc import Callable
from functools import partial

import numpy as np

from stepdown.cohort import People
from stepdown.compare.adjustment_checks import with_checks
from stepdown.compare.compared_strategies import days_reached
from stepdown.compare.covariates import Drawing, adjusted_for, covariates, with_all_covariates
from stepdown.compare.designs import Arms, Design
from stepdown.compare.known_arms import ArmComparison, compare_known_arms
from stepdown.compare.matching import compare_matched
from stepdown.compare.refusals import refuse_few, refuse_what_is_not_followed
from stepdown.errors import DesignError, EmptyArmError, EstimateError
from stepdown.study import BaselineArm, Study

DEFAULT_CALIPER = 0.2
"""Standard deviations of the logit (Austin 2011)."""


def compare_arms(
    people: People, design: Design, arms: Arms, study: Study, *, imputation: int = 0, curve: bool = True
) -> ArmComparison:
    """Return the risks had everybody of the study's population been in each arm, adjusted for covariates.

    Parameters
    ----------
    people : People
        Derived discharges.
    design : Design
        A comparison of arms.
    arms : Arms
        One of its readings, with a day for each relapse.
    study : Study
        With `analysis.adjust`.
    imputation : int
        Number of the imputation, where missing covariates are drawn.
    curve : bool
        As for `compare_strategies`.

    Returns
    -------
    ArmComparison
        Days are counted from the start of the design.

    Raises
    ------
    DesignError
        Too few discharges, people who enter late, events on day 0, a covariate that is
        known later than time zero or is the arm itself, or data that do not allow the adjustment.
    """
    complete = with_all_covariates(people, study)[arms.followup.rows]
    arms = Arms(followup=arms.followup.select(complete), arm=arms.arm[complete])
    followup, start = arms.followup, design.start
    event = np.minimum(followup.event, 2)
    _refuse(people, design, arms, study, lacking=int((~complete).sum()))
    adjust = study.analysis.adjust if study.analysis else None
    if study.analysis is None or adjust is None:
        raise DesignError("Nothing is adjusted for. Add analysis.adjust.")
    choice = next((one for one in study.analysis.designs if one.key == design.key), None)
    times, window = days_reached(followup.days, study, start=start, curve=curve)
    given = adjusted_for(
        people,
        study,
        followup.rows,
        first_day=start,
        last_decision=start,
        last_day=start + max(*times, window[1]),
        drawing=Drawing(days=followup.days, event=event, group=arms.arm, number=imputation),
    )
    compared: Callable[..., ArmComparison]
    if choice is not None and choice.design == "matched":
        limit = DEFAULT_CALIPER if choice.caliper is None else choice.caliper
        compared = partial(
            compare_matched,
            ratio=choice.ratio or 1,
            caliper=None if limit == "none" else limit,
            exact=covariates(people, study, choice.exact, use="exact matching").iloc[followup.rows],
            hazards=adjust.method not in ("none", "weighting"),
        )
    elif adjust.method == "none":
        raise DesignError('Nothing is adjusted for, because analysis.adjust.method is "none".')
    else:
        compared = partial(
            compare_known_arms,
            population=adjust.population,
            method=adjust.method,
            outcome_model=adjust.outcome_model,
            weighted_by=adjust.weights,
            cap=adjust.largest_weight,
        )
    try:
        found = compared(
            followup.days - start,
            event,
            arms.arm,
            given.covariates,
            labels=design.labels,
            loss=given.loss,
            cluster=followup.shared_cluster,
            times=times,
            window=window,
            rmst=window[1],
        )
    except (EstimateError, EmptyArmError) as error:
        raise DesignError(str(error)) from None
    return with_checks(found, given, arms.arm, design.labels, complete=complete, rows=followup.rows)


def _refuse(people: People, design: Design, arms: Arms, study: Study, *, lacking: int) -> None:
    """Raise where no adjustment is available, with the reason."""
    followup = arms.followup
    refuse_what_is_not_followed(
        "The adjustment",
        word=study.outcome.word,
        exact=not followup.bound and followup.bracket is None,
        late=0 if followup.entry is None else int((followup.entry > design.start).sum()),
        early=int((followup.days <= design.start).sum()),
        day=design.start,
    )
    refuse_few(people, followup.rows, "compared", lacking=lacking)
    chosen, adjust = study.contrast, study.analysis.adjust if study.analysis else None
    own = chosen.arms.column if chosen is not None and isinstance(chosen.arms, BaselineArm) else None
    if adjust is not None and own in adjust.covariates:
        raise DesignError(f"`{own}` defines the groups, so it cannot be a covariate too. Remove it.")
