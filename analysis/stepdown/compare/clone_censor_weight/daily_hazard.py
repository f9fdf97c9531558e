"""A hazard by day from penalized logistic regression on person-days, with each person's influence on it.

The linear predictor of person i on day t is

    eta_it = basis[group_i, t] a + covariates_i z + histories_it c

so that person-days are never laid out as rows: what all people of a group share on a day is held once. The
penalty is a normal prior around 0 with precision `penalty` for each coefficient (0: none). With s_i the score
of person i and H the penalized information, the influence of the person on the coefficients is b_i = H^-1
s_i.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from stepdown.errors import EstimateError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

_STEPS, _CLOSE, _LARGEST_STEP, _NO_EVENT = 60, 1e-9, 4.0, -25.0


@dataclass(frozen=True, eq=False, kw_only=True)
class Predictor:
    """The linear predictor of a hazard.

    Attributes
    ----------
    basis : array (groups, days, a)
        Terms that all people of a group share; the first is 1.
    group : array of int (n,)
        Group of each person.
    covariates : array (n, z)
        Terms of a person that hold on every day.
    histories : array (n, days, c)
        Terms of a person and day.
    penalty : array (a + z + c,)
        Precision of the prior of each coefficient.
    """

    basis: Floats
    group: Ints
    covariates: Floats
    histories: Floats
    penalty: Floats

    @property
    def size(self) -> int:
        """Number of coefficients."""
        return len(self.penalty)

    @cached_property
    def parts(self) -> tuple[slice, slice, slice]:
        """Where the coefficients of the basis, the covariates and the histories stand."""
        a = self.basis.shape[2]
        z = a + self.covariates.shape[1]
        return slice(0, a), slice(a, z), slice(z, self.size)

    @cached_property
    def members(self) -> tuple[tuple[int, Ints], ...]:
        """The rows of each group that has any."""
        return tuple((int(one), np.flatnonzero(self.group == one)) for one in np.unique(self.group))

    def eta(self, coefficients: Floats) -> Floats:
        """Return the linear predictor, shape (n, days)."""
        a, z, c = (coefficients[part] for part in self.parts)
        found: Floats = (self.basis @ a)[self.group] + (self.covariates @ z)[:, None]
        return found + self.histories @ c if len(c) else found

    def sums(self, amounts: Floats) -> Floats:
        """Return sum_t amount_it d eta_it / d coefficients, shape (n, coefficients)."""
        a, z, c = self.parts
        out = np.empty((len(amounts), self.size))
        for group, rows in self.members:
            out[rows, a] = amounts[rows] @ self.basis[group]
        out[:, z] = self.covariates * amounts.sum(axis=1)[:, None]
        if c.stop > c.start:
            out[:, c] = np.einsum("nt,ntm->nm", amounts, self.histories)
        return out

    def along(self, directions: Floats) -> Floats:
        """Return each person's linear predictor along a direction of its own, shape (n, days)."""
        a, z, c = self.parts
        out = np.empty((len(directions), self.basis.shape[1]))
        for group, rows in self.members:
            out[rows] = directions[rows][:, a] @ self.basis[group].T
        out += (self.covariates * directions[:, z]).sum(axis=1)[:, None]
        if c.stop > c.start:
            out += np.einsum("ntm,nm->nt", self.histories, directions[:, c])
        return out

    def information(self, variance: Floats) -> Floats:
        """Return the information without the penalty, shape (coefficients, coefficients)."""
        a, z, c = self.parts
        out = np.zeros((self.size, self.size))
        for group, rows in self.members:
            out[a, a] += (self.basis[group] * variance[rows].sum(axis=0)[:, None]).T @ self.basis[group]
        out[z, z] = (self.covariates * variance.sum(axis=1)[:, None]).T @ self.covariates
        out[a, z] = self.sums(variance)[:, a].T @ self.covariates
        for place in range(c.start, c.stop):
            column = self.sums(variance * self.histories[:, :, place - c.start]).sum(axis=0)
            out[: place + 1, place] = column[: place + 1]
        upper = np.triu(out)
        return upper + np.triu(upper, 1).T


@dataclass(frozen=True, eq=False, kw_only=True)
class DailyHazard:
    """A fitted hazard.

    Attributes
    ----------
    predictor : Predictor
        What it depends on.
    coefficients : array (p,)
        Penalized maximum likelihood.
    information : array (p, p)
        Penalized.
    hazard : array (n, days)
        Chance of the event on each day, also on days on which the person was not at risk.
    at_risk : array of bool (n, days)
        The person-days of the fit.
    influence : array (n, p)
        Influence of each person on the coefficients.
    """

    predictor: Predictor
    coefficients: Floats
    information: Floats = field(repr=False)
    hazard: Floats = field(repr=False)
    at_risk: Bools = field(repr=False)
    influence: Floats = field(repr=False)

    @cached_property
    def along_own(self) -> Floats:
        """The linear predictor along each person's own influence, shape (n, days)."""
        return self.predictor.along(self.influence)

    def in_every_group(self, rows: slice) -> Floats:
        """Return the hazards of some people in every group, shape (days, groups, rows)."""
        a, z, _ = (self.coefficients[part] for part in self.predictor.parts)
        shared = (self.predictor.basis @ a).T[:, :, None]
        found: Floats = expit(shared + (self.predictor.covariates[rows] @ z)[None, None])
        return found

    def effects(self, total: Floats, own: Floats) -> tuple[Floats, Floats]:
        """Return what the fit adds to each person's influence on an estimate.

        Parameters
        ----------
        total : array (p,)
            Derivative of the sum of all contributions in the coefficients.
        own : array (n,)
            Derivative of each person's own contribution along that person's influence.

        Returns
        -------
        first, leverage : array (n,)
            The first-order influence; and what leaving the person out adds to it.
        """
        spread = np.where(self.at_risk, self.hazard * (1 - self.hazard), 0.0)
        direction: Floats = np.asarray(np.linalg.solve(self.information, total), dtype=np.float64)
        curve = self.predictor.eta(direction)
        curvature = (spread * curve * self.along_own).sum(axis=1)
        return self.influence @ total, curvature - own


def fit_daily_hazard(predictor: Predictor, event: Bools, at_risk: Bools, *, name: str) -> DailyHazard:
    """Fit a hazard to the person-days at risk.

    Parameters
    ----------
    predictor : Predictor
        What the hazard depends on.
    event, at_risk : array of bool (n, days)
        On which person-days the event happened, and could.
    name : str
        What the messages call the model.

    Returns
    -------
    DailyHazard
        Without any event the hazard is 0, and nobody influences it.

    Raises
    ------
    EstimateError
        The fit does not converge.
    """
    p = predictor.size
    events = event & at_risk
    coefficients = np.zeros(p)
    if not events.any():
        coefficients[0] = _NO_EVENT
        hazard = expit(predictor.eta(coefficients))
        return DailyHazard(
            predictor=predictor, coefficients=coefficients, information=np.eye(p), hazard=hazard,
            at_risk=at_risk, influence=np.zeros((len(event), p)),
        )  # fmt: skip
    share = float(events.sum()) / float(at_risk.sum())
    coefficients[0] = np.log(share / max(1 - share, 1e-9))
    prior = np.diag(predictor.penalty + 1e-8)
    for _ in range(_STEPS):
        hazard = np.asarray(expit(predictor.eta(coefficients)), dtype=np.float64)
        score = predictor.sums(np.where(at_risk, events - hazard, 0.0))
        information = predictor.information(np.where(at_risk, hazard * (1 - hazard), 0.0)) + prior
        step = np.linalg.solve(information, score.sum(axis=0) - predictor.penalty * coefficients)
        largest = float(np.abs(step).max())
        if largest < _CLOSE:
            influence: Floats = np.asarray(np.linalg.solve(information, score.T).T, dtype=np.float64)
            return DailyHazard(
                predictor=predictor, coefficients=coefficients, information=information, hazard=hazard,
                at_risk=at_risk, influence=influence,
            )  # fmt: skip
        coefficients = np.asarray(coefficients + step * min(1.0, _LARGEST_STEP / largest), dtype=np.float64)
    raise EstimateError(
        f"The model of {name} does not converge: some covariates may determine it. Leave out covariates, or "
        "join categories with few people."
    )


def spline(days: Floats, knots: Floats) -> Floats:
    """Return a restricted cubic spline without intercept, shape (days, knots - 1), in units of the last knot.

    Source: Harrell FE (2015), Regression Modeling Strategies, 2.4.5.
    """
    last, gap = knots[-1], knots[-1] - knots[-2]

    def cube(shift: float) -> Floats:
        return np.asarray(np.maximum(days - shift, 0.0) ** 3)

    columns = [days / last]
    for knot in knots[:-2]:
        tail = (cube(knots[-2]) * (last - knot) - cube(last) * (knots[-2] - knot)) / gap
        columns.append((cube(knot) - tail) / (last - knots[0]) ** 2 / last)
    return np.stack(columns, axis=-1)
