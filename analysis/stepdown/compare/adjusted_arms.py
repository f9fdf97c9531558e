"""Arms known on the first day of a comparison, adjusted for covariates: everybody in each arm.

The arms of a baseline or landmark design are a decision on day 0 of that design, after which nobody can
deviate: strategies with a grace period of no days. So the doubly robust estimates, their intervals and their
checks are those of `grace_period`.
"""

import numpy as np

from stepdown.cohort import People
from stepdown.compare.covariates import covariates
from stepdown.compare.designs import Arms, Design
from stepdown.compare.grace_period import CloneCensorWeight, StartStrategy, clone_censor_weight
from stepdown.compare.grace_period.from_people import ENOUGH, days_reached
from stepdown.errors import DesignError, EstimateError
from stepdown.study import BaselineArm, Study


def compare_arms(people: People, design: Design, arms: Arms, study: Study) -> CloneCensorWeight:
    """Return the risks had everybody been in the first arm, and in the second, adjusted for covariates.

    Parameters
    ----------
    people : People
        Derived discharges.
    design : Design
        A comparison of two arms.
    arms : Arms
        One of its readings, with a day for each relapse.
    study : Study
        With `analysis.adjust`.

    Returns
    -------
    CloneCensorWeight
        Days are counted from the start of the design.

    Raises
    ------
    DesignError
        More than two arms, too few discharges, people who enter late, events on day 0, a covariate that is
        known later than time zero or is the arm itself, or data that do not allow the adjustment.
    """
    followup, start = arms.followup, design.start
    _refuse(design, arms, study)
    adjust = study.analysis.adjust if study.analysis else None
    if adjust is None:
        raise DesignError("Nothing is adjusted for. Add analysis.adjust.")
    event = np.minimum(followup.event, 2)
    times, window = days_reached(followup.days, study, start=start)
    first, second = design.labels
    try:
        return clone_censor_weight(
            followup.days - start,
            event,
            np.where(arms.arm == 0, 0.0, np.inf),
            covariates(people, study, adjust).iloc[followup.rows],
            cluster=followup.shared_cluster,
            strategies=(
                StartStrategy(name=first, kind="start", within=0),
                StartStrategy(name=second, kind="no_start", within=0),
            ),
            times=times,
            window=window,
            rmst=window[1],
        )
    except EstimateError as error:
        raise DesignError(str(error)) from None


def _refuse(design: Design, arms: Arms, study: Study) -> None:
    """Raise where no adjustment is available, with the reason."""
    followup, word = arms.followup, study.outcome.word
    if len(design.labels) != 2:
        raise DesignError(
            f"Adjustment is available for two groups, and {len(design.labels)} are compared. Compare two."
        )
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
