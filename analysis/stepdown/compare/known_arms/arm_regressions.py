"""Cox and Fine-Gray models of the people of one arm, for standardization.

Each arm has models of its own, of the event and of competing events, with Efron's ties, and the ridges of the
other outcome models. With b the coefficients and h the baseline of a model, a person's hazard on day s is
l(s) = exp(x b) h(s). A covariate without two values in an arm has the coefficient 0, the mean of its prior.
"""

import warnings
from dataclasses import dataclass
from typing import Literal

import numpy as np

from stepdown.compare.grace_period.covariate_terms import CovariateTerms
from stepdown.compare.grace_period.model_terms import COMPETING
from stepdown.compare.grace_period.person_days import PersonDays
from stepdown.compare.owner_sums import owner_sums
from stepdown.errors import EstimateError
from stepdown.survival import FitWarning, cox, fine_gray
from stepdown.survival.core.day_grid import inverse
from stepdown.survival.core.sample import Floats, Ints
from stepdown.survival.cox_model.cox_fit import RegressionFit
from stepdown.survival.fine_gray_model.carried_risk_sets import CarriedGrid

OutcomeModel = Literal["pooled_logistic", "cox", "fine_gray"]
_NAMES = {"cox": "Cox", "fine_gray": "Fine-Gray"}


@dataclass(frozen=True, eq=False, kw_only=True)
class ArmHazard:
    """The hazard of one kind of event in one arm.

    Attributes
    ----------
    fit : CoxFit or FineGrayFit
        The model.
    rows : array of int
        People it was fitted to.
    place : array (n, p)
        Columns of everybody, in units of the model.
    slots, days : array of int
        Slots of the fit on which events happen, and their days.
    daily : array (H + 1,)
        Hazard by day at the mean of the columns.
    """

    fit: RegressionFit
    rows: Ints
    place: Floats
    slots: Ints
    days: Ints
    daily: Floats

    @property
    def ratio(self) -> Floats:
        """Hazard of each person over that at the mean of the columns."""
        return np.asarray(np.exp(self.place @ self.fit.optimum.state.beta))

    def influence(self, by_day: Floats, by_coefficient: Floats) -> Floats:
        """Return the influence of everybody, from derivatives by day (H + 1, r) and coefficient (p, r)."""
        by_slot = np.zeros((self.fit.grid.slots, by_day.shape[1]))
        by_slot[self.slots] = by_day[self.days]
        found = np.zeros((len(self.place), by_day.shape[1]))
        found[self.rows] = self.fit.prediction_influence(by_slot, by_coefficient)
        return found


@dataclass(frozen=True, eq=False, kw_only=True)
class ArmRegressions:
    """Models of all arms.

    Attributes
    ----------
    model : {"cox", "fine_gray"}
        Cause-specific hazards, or those of the cumulative incidence.
    hazards : tuple of tuple
        By arm: of the event and of competing events; None where an arm has no competing events.
    """

    model: OutcomeModel
    hazards: tuple[tuple[ArmHazard | None, ...], ...]


def fit_arm_regressions(
    model: OutcomeModel,
    people: PersonDays,
    arm: Ints,
    terms: CovariateTerms,
    *,
    labels: tuple[str, ...],
    ridge: float,
    many: Floats | None = None,
) -> ArmRegressions:
    """Fit the models of all arms.

    Parameters
    ----------
    model : {"cox", "fine_gray"}
        Which.
    people, arm, terms
        Follow-up, arm and covariates, sorted as the person-days.
    labels : tuple of str
        Names of the arms.
    ridge : float
        Multiple of the penalties; 0 for maximum partial likelihood.
    many : array (n,), optional
        How often each person counts, in a replicate.

    Raises
    ------
    EstimateError
        An arm without the event or without a covariate of two values, or a model without a finite estimate.
    """
    counted = np.ones(len(arm)) if many is None else many
    found = []
    for number, label in enumerate(labels):
        rows = np.flatnonzero((arm == number) & (people.last_day > 0) & (counted > 0))
        found.append(
            tuple(
                _fit(
                    model, people, rows, terms if cause == 1 else terms.stronger(COMPETING),
                    cause=cause, label=label, ridge=ridge, many=many,
                )
                for cause in (1, 2)
            )
        )  # fmt: skip
    return ArmRegressions(model=model, hazards=tuple(found))


def _fit(
    model: OutcomeModel,
    people: PersonDays,
    rows: Ints,
    terms: CovariateTerms,
    *,
    cause: int,
    label: str,
    ridge: float,
    many: Floats | None,
) -> ArmHazard | None:
    days, event = people.last_day[rows], people.event[rows]
    if not (event == cause).any():
        if cause == 1:
            raise EstimateError(
                f"No one in {label} has the event, so there is no {_NAMES[model]} model of it. Compare "
                "larger groups, or later days."
            )
        return None
    varies = np.ptp(terms.values[rows], axis=0) > 0 if len(rows) else np.zeros(0, dtype=bool)
    if not varies.any():
        raise EstimateError(
            f"In {label} all people have the same covariates, so a {_NAMES[model]} model has nothing to "
            'adjust for. Use other covariates, or outcome_model = "pooled_logistic".'
        )
    columns = terms.values[:, varies]
    if ridge:
        columns = columns / np.sqrt(terms.penalty[varies])
    counts = None if many is None else many[rows].astype(np.int64)
    fit: RegressionFit
    with warnings.catch_warnings():
        # What the fit warns of is an error here.
        warnings.simplefilter("ignore", FitWarning)
        if model == "cox":
            fit = cox(days, event == cause, columns[rows], ridge=ridge, test="wald", counts=counts)
        else:
            fit = fine_gray(
                days, event, columns[rows], cause=cause, ridge=ridge, ties="efron", exact=False, counts=counts
            )
    if fit.optimum.monotone.any() or not fit.optimum.converged:
        raise EstimateError(
            f"The {_NAMES[model]} model of {'the event' if cause == 1 else 'competing events'} in {label} "
            "has no finite estimate: a covariate separates those with the event from the others. Join its "
            'rare values, or set outcome_model = "pooled_logistic".'
        )
    grid = fit.grid
    slots = np.flatnonzero(grid.day >= 0)
    on = fit.given.sample.grid[grid.day[slots]].astype(np.int64)
    daily = np.zeros(people.horizon + 1)
    daily[on] = fit.optimum.state.hazard[slots]
    return ArmHazard(fit=fit, rows=rows, place=fit.given.x.place(columns), slots=slots, days=on, daily=daily)


@dataclass(frozen=True, eq=False, kw_only=True)
class Leverage:
    """How the log hazards of people move when they, or all of their cluster, are left out.

    The model is taken as Poisson regression on days with an effect of each day, whose estimate is Breslow's.

    Attributes
    ----------
    hazard : ArmHazard
        Of which.
    shift : array (n, H + 1)
        By how much the log hazards of a person's days are larger with the cluster than without.
    """

    hazard: ArmHazard
    shift: Floats

    @classmethod
    def of(cls, hazard: ArmHazard, owner: Ints | None, horizon: int) -> "Leverage":
        """Return it for the clusters of `owner`, or each person alone."""
        fit, size = hazard.fit, len(hazard.place)
        mu, each, middle = cls._expected(hazard)
        place = hazard.rows[fit.grid.positions]
        rest = -mu
        rest[fit.grid.event, np.searchsorted(hazard.slots, fit.grid.event_slot)] += 1
        moved = np.zeros((size, hazard.place.shape[1]))
        no_days = np.zeros((fit.grid.slots, moved.shape[1]))
        moved[hazard.rows] = fit.prediction_influence(no_days, np.eye(moved.shape[1]))
        own = np.zeros((size, len(hazard.slots)))
        own[place] = rest * inverse(each)
        if owner is not None:
            moved, own = (owner_sums(part, owner)[owner] for part in (moved, own))
        shift = np.zeros((size, horizon + 1))
        shift[:, hazard.days] = own - moved @ middle.T + np.einsum("ij,ij->i", hazard.place, moved)[:, None]
        return cls(hazard=hazard, shift=shift)

    @staticmethod
    def _expected(hazard: ArmHazard) -> tuple[Floats, Floats, Floats]:
        """Return the expected events of rows (m, slots), those of each slot, and their mean columns."""
        fit = hazard.fit
        grid, state = fit.grid, fit.optimum.state
        slot = hazard.slots
        at_risk = ((slot > grid.first[:, None]) & (slot <= grid.last[:, None])).astype(float)
        if isinstance(grid, CarriedGrid):
            later = grid.lift[:, None] * grid.kept[slot] * (slot >= grid.since[:, None])
            at_risk[grid.carried] += later
        mu = at_risk * state.theta[:, None] * state.hazard[slot]
        each = mu.sum(axis=0)
        return mu, each, (mu.T @ grid.x) * inverse(each)[:, None]

    def curvature(self, by_day: Floats, by_coefficient: Floats) -> Floats:
        """Return the own information of everybody along the shift and derivatives, (n, r)."""
        hazard = self.hazard
        fit = hazard.fit
        mu, each, middle = self._expected(hazard)
        scale = fit.given.x.scale
        by_log = by_day[hazard.days] * hazard.daily[hazard.days, None]
        slope = (fit.model_covariance * np.outer(scale, scale)) @ (by_coefficient - middle.T @ by_log)
        level = by_log * inverse(each)[:, None] - middle @ slope
        place = hazard.rows[fit.grid.positions]
        mu *= self.shift[place][:, hazard.days]
        found = np.zeros((len(hazard.place), by_day.shape[1]))
        found[place] = mu.sum(axis=1)[:, None] * (fit.grid.x @ slope) + mu @ level
        return found
