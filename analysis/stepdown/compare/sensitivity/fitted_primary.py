"""The primary comparison fitted once more: what everybody contributed to it, and the course of each group."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from stepdown.cohort import People
from stepdown.compare.adjusted_arms import compare_arms
from stepdown.compare.compared_strategies import compare_strategies, compared_people, planned
from stepdown.compare.covariates import with_all_covariates
from stepdown.compare.designs import design
from stepdown.compare.grace_period.estimating_equations import RiskTarget
from stepdown.compare.grace_period.person_days import person_days
from stepdown.compare.grace_period.strategies import deviation_days
from stepdown.compare.sensitivity.informative_loss import Copies
from stepdown.compare.sensitivity.varied_studies import unadjusted
from stepdown.errors import DesignError
from stepdown.study import DesignChoice, Study, one_start
from stepdown.survival.core.sample import Bools, Floats, Ints

if TYPE_CHECKING:
    from stepdown.compare.grace_period import CloneCensorWeight
    from stepdown.compare.known_arms import ArmComparison


@dataclass(frozen=True, eq=False, kw_only=True)
class FittedPrimary:
    """One comparison of groups, or of copies of everybody under each plan.

    Attributes
    ----------
    comparison : CloneCensorWeight, ArmComparison or None
        The adjusted comparison; None where the groups are as they were.
    rows : array of int (n,)
        Positions in `People.table` of the people in the comparison.
    groups : mapping of str to Copies
        By label, with `lost` as given.
    start : int
        Day since time zero from which the comparison counts.
    """

    comparison: "CloneCensorWeight | ArmComparison | None"
    rows: Ints
    groups: dict[str, Copies]
    start: int

    def influence(self, arm: str, reference: str, day: int) -> Floats | None:
        """Return the influence (n,) on the difference in risk by a day since time zero; None for none."""
        if self.comparison is None:
            return None
        place = self.comparison.targets.index(RiskTarget("risk", day - self.start))
        mine, theirs = (self.comparison.influence[label][:, place] for label in (arm, reference))
        return np.asarray(mine - theirs)


def fitted_primary(people: People, study: Study, *, lost: Bools, adjusted: bool) -> FittedPrimary:
    """Fit the primary comparison of a study.

    Parameters
    ----------
    people : People
        Derived discharges with exact days.
    study : Study
        With a primary comparison other than sequential trials.
    lost : array of bool (discharges,)
        Who was lost to follow-up while the data could still show more.
    adjusted : bool
        Whether the adjusted comparison is wanted, and not the groups alone.

    Returns
    -------
    FittedPrimary

    Raises
    ------
    DesignError
        The comparison cannot be made, or its groups are trials.
    """
    if study.analysis is None or study.analysis.primary.design == "sequential_trials":
        raise DesignError("People are in several trials, so this is not available for sequential trials.")
    choice = study.analysis.primary
    if choice.design == "clone_censor_weight":
        return _of_plans(people, study, choice, lost=lost, adjusted=adjusted)
    chosen = design(people, study, choice=choice)
    arms = chosen.readings[0]
    reading = arms.followup
    groups = {
        label: Copies(
            days=reading.days[arms.arm == place],
            event=reading.event[arms.arm == place],
            lost=lost[reading.rows[arms.arm == place]],
            start=chosen.start,
        )
        for place, label in enumerate(chosen.labels)
    }
    if unadjusted(study.analysis) or not adjusted:
        return FittedPrimary(comparison=None, rows=reading.rows, groups=groups, start=chosen.start)
    rows = reading.rows[with_all_covariates(people, study)[reading.rows]]
    found = compare_arms(people, chosen, arms, study)
    return FittedPrimary(comparison=found, rows=rows, groups=groups, start=chosen.start)


def _of_plans(
    people: People, study: Study, choice: DesignChoice, *, lost: Bools, adjusted: bool
) -> FittedPrimary:
    """Return copies of everybody under each plan; plans that unfold have them from the comparison alone."""
    given = compared_people(people, study, name="Clone-censor-weight")
    comparison = None
    if adjusted or not one_start(study.plans):
        comparison = compare_strategies(people, study, choice)
        deviation = {label: comparison.deviation[label].to_numpy() for label in study.labels}
    else:
        plans = planned(people, study, name="Clone-censor-weight")
        deviation = {
            one.name: deviation_days(
                person_days(plans.days, plans.event, plans.started, grace=one.within, horizon=one.within + 1),
                one,
            )
            for one in plans.strategies
        }
    groups = {
        label: _copies(given.days, given.event, deviation[label], lost[given.rows]) for label in study.labels
    }
    return FittedPrimary(comparison=comparison, rows=given.rows, groups=groups, start=0)


def _copies(days: Floats, event: Ints, deviation: Ints, lost: Bools) -> Copies:
    """Return copies of everybody, each followed until it departs from its plan."""
    departs = deviation >= 0
    return Copies(
        days=np.where(departs, deviation, days).astype(float),
        event=np.where(departs, 0, event),
        lost=np.asarray(lost & ~departs),
    )
