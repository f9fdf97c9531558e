"""The models of arms known on the first day: fitted once, or again to the people of a replicate."""

from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from stepdown.compare.grace_period.comparison_table import Rows
from stepdown.compare.grace_period.covariate_terms import CovariateTerms
from stepdown.compare.grace_period.estimating_equations import RiskTarget
from stepdown.compare.grace_period.nuisance_models import DayModel, DayTerms, fit_day_model
from stepdown.compare.grace_period.person_days import DayRows, PersonDays
from stepdown.compare.grace_period.person_influence import StrategyEstimate
from stepdown.compare.known_arms.arm_estimates import ArmModels, ArmSetting, estimate_arm
from stepdown.compare.known_arms.arm_regressions import OutcomeModel, fit_arm_regressions
from stepdown.compare.known_arms.arm_terms import arm_event_terms
from stepdown.compare.known_arms.entropy_balancing import BalancingWeights, WeightedBy, balance
from stepdown.compare.known_arms.populations import Method, Population, population_weights
from stepdown.compare.known_arms.propensity import NAME, Propensity, fit_propensity
from stepdown.compare.known_arms.regression_standardization import standardize_arm
from stepdown.compare.processes import in_processes
from stepdown.compare.refitting import Again, Replicate
from stepdown.survival.core.sample import Floats, Ints


@dataclass(frozen=True, eq=False, kw_only=True)
class ArmProblem:
    """What is fitted; everything sorted as the person-days.

    Attributes
    ----------
    people, arm, labels, terms, targets, owner
        Follow-up, arm of each person, names of the arms, covariates, what to estimate, and clusters.
    population, method, outcome_model, weighted_by, cap, ridge, leverage
        As for `compare_known_arms`.
    censoring : dict
        Columns and days of the models of loss and of leaving the arm, by what they model.
    modifiers : array (n, c) or None
        As for `compare_known_arms`.
    """

    people: PersonDays
    arm: Ints
    labels: tuple[str, ...]
    terms: CovariateTerms
    targets: tuple[RiskTarget, ...]
    owner: Ints | None
    population: Population
    method: Method
    outcome_model: OutcomeModel
    weighted_by: WeightedBy
    cap: float
    ridge: float
    leverage: float
    censoring: dict[str, tuple[DayTerms, DayRows]]
    modifiers: Floats | None

    @property
    def methods(self) -> tuple[Method, ...]:
        """The method asked for, and beside both together the weights alone."""
        return (self.method, "weighting") if self.method == "doubly_robust" else (self.method,)

    def fitted(self, again: Again | None = None) -> ArmSetting:
        """Return the models fitted, to the people of a replicate where one is given."""
        arms, people = len(self.labels), self.people
        by: Propensity | BalancingWeights
        if self.weighted_by == "entropy_balancing":
            by, weights = balance(self.arm, self.terms.values, self.population, arms=arms, again=again)
        else:
            penalty = self.terms.penalty * self.ridge
            by = fit_propensity(self.arm, self.terms.values, penalty, arms=arms, again=again)
            weights = population_weights(self.arm, by.chance, self.population)
        censoring = {
            what: self._fit(terms, rows, NAMES[what], again) for what, (terms, rows) in self.censoring.items()
        }
        event = competing = regressions = None
        if self.outcome_model != "pooled_logistic":
            regressions = fit_arm_regressions(
                self.outcome_model, people, self.arm, self.terms, labels=self.labels, ridge=self.ridge,
                many=None if again is None else again.many,
            )  # fmt: skip
        elif self.method != "weighting":
            event, competing = (
                self._fit(
                    arm_event_terms(people, self.terms, cause=cause, arms=arms, modifiers=self.modifiers),
                    people.at_risk(cause), name, again,
                )
                for cause, name in ((1, "the event"), (2, "competing events"))
            )  # fmt: skip
        models = ArmModels(
            propensity=by,
            censoring=censoring,
            event=event,
            competing=competing,
            modifiers=self.modifiers,
            regressions=regressions,
        )
        return ArmSetting(
            people=people,
            arm=self.arm,
            models=models,
            weights=weights,
            targets=self.targets,
            method=self.method,
            cap=self.cap if self.method == "doubly_robust" else np.inf,
            leverage=self.leverage,
            owner=self.owner,
            many=None if again is None else again.many,
        )

    def _fit(self, terms: DayTerms, rows: DayRows, name: str, again: Again | None) -> DayModel:
        return fit_day_model(terms, rows, self.people.blocks, owner=self.owner, name=name, again=again)

    def estimates(self, setting: ArmSetting, method: Method) -> dict[str, StrategyEstimate]:
        """Return the estimates of all arms by a method."""
        if method != setting.method:
            setting = replace(setting, method=method, cap=np.inf)
        regressions = setting.models.regressions
        if regressions:
            return {
                label: standardize_arm(setting, number, regressions)
                for number, label in enumerate(self.labels)
            }
        tasks = [partial(estimate_arm, setting, number) for number in range(len(self.labels))]
        found = in_processes(tasks, people=0 if setting.many is not None else len(self.people.order))
        return dict(zip(self.labels, found, strict=True))

    def replicate(self, setting: ArmSetting, main: Rows, size: int) -> Replicate:
        """Return what fits all again, and gives the estimates of the first rows of a table of `size`."""
        models, begins = setting.models, {}
        if isinstance(models.propensity, Propensity):
            begins[NAME] = models.propensity.coefficients.T.ravel()
        days = {NAMES[what]: model for what, model in models.censoring.items()}
        days |= {"the event": models.event} if models.event else {}
        days |= {"competing events": models.competing} if models.competing else {}
        begins |= {name: model.theta for name, model in days.items()}

        def estimates(many: Floats) -> Floats:
            here = self.fitted(Again(many=many[self.people.order], begins=begins))
            fits = self.estimates(here, self.method)
            return main.alone({label: fit.estimate for label, fit in fits.items()}, size)

        return estimates


NAMES = {"loss": "loss to follow-up", "switch": "leaving the arm"}
"""What the models of censoring are called in an error."""
