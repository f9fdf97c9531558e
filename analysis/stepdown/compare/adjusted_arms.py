"""Arms known on the first day of a baseline or landmark design, adjusted for covariates as a study asks."""

from dataclasses import replace

import numpy as np

from stepdown.cohort import People
from stepdown.compare.compared_strategies import ENOUGH, days_reached
from stepdown.compare.covariates import adjusted_for
from stepdown.compare.designs import Arms, Design
from stepdown.compare.known_arms import ArmComparison, compare_known_arms
from stepdown.errors import DesignError, EstimateError
from stepdown.study import BaselineArm, Study


def compare_arms(people: People, design: Design, arms: Arms, study: Study) -> ArmComparison:
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
    followup, start = arms.followup, design.start
    _refuse(design, arms, study)
    adjust = study.analysis.adjust if study.analysis else None
    if adjust is None:
        raise DesignError("Nothing is adjusted for. Add analysis.adjust.")
    if adjust.method == "none":
        raise DesignError('Nothing is adjusted for, because analysis.adjust.method is "none".')
    times, window = days_reached(followup.days, study, start=start)
    given = adjusted_for(
        people,
        study,
        followup.rows,
        first_day=start,
        last_decision=start,
        last_day=start + max(*times, window[1]),
    )
    try:
        found = compare_known_arms(
            followup.days - start,
            np.minimum(followup.event, 2),
            arms.arm,
            given.covariates,
            labels=design.labels,
            population=adjust.population,
            method=adjust.method,
            loss=given.loss,
            cluster=followup.shared_cluster,
            times=times,
            window=window,
            rmst=window[1],
        )
    except EstimateError as error:
        raise DesignError(str(error)) from None
    return replace(found, scores_missing=given.missing)


def _refuse(design: Design, arms: Arms, study: Study) -> None:
    """Raise where no adjustment is available, with the reason."""
    followup, word = arms.followup, study.outcome.word
    if followup.bound or followup.bracket is not None:
        raise DesignError(
            f"The adjustment needs one day for each {word}, and some are known only to lie between two "
            'contacts. Set outcome.interval = "imputed", "detected" or "midpoint".'
        )
    late = 0 if followup.entry is None else int((followup.entry > design.start).sum())
    early = int((followup.days <= design.start).sum())
    if late or early:
        raise DesignError(
            f"{late:,} discharges are first followed after day {design.start}, and {early:,} had an event on "
            "it: the adjustment follows everybody from the next day on. Exclude them."
        )
    if len(followup.days) < ENOUGH:
        raise DesignError(
            f"{len(followup.days)} discharges are compared: too few to adjust. At least {ENOUGH} are needed."
        )
    chosen, adjust = study.contrast, study.analysis.adjust if study.analysis else None
    own = chosen.arms.column if chosen is not None and isinstance(chosen.arms, BaselineArm) else None
    if adjust is not None and own in adjust.covariates:
        raise DesignError(f"`{own}` defines the groups, so it cannot be a covariate too. Remove it.")
