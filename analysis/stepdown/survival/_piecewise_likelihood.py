"""The likelihood of a hazard that is constant within bands, from exact, censored and interval-censored times.

A row is at risk from its entry e on, free of the event up to l, and has it in (l, h] (at h exactly where
l = h; never found where h is infinite). With the hazard exp(gamma_b + x'beta) in band b, r = exp(x'beta), and
a_b, d_b the days of (e, l] and of (l, h] in band b,

    A = r sum_b a_b exp(gamma_b),   D = r sum_b d_b exp(gamma_b),
    log L = -A + [exact: gamma_b(h) + x'beta | interval: log(1 - exp(-D)) | censored: 0].

With q = 1 / (exp(D) - 1), A_b and D_b the terms of A and D:

    d log L / d gamma_b = s_b = 1(exact in b) - A_b + q D_b,      d log L / d beta = x sum_b s_b,
    -d2 log L = z z' summed with A_b - q D_b over bands, plus q (1 + q) (sum_b D_b z_b)(sum_b D_b z_b)',

where z_b holds 1 at band b, and x. An event on day 0 counts in the first band and adds no time.
"""

from dataclasses import dataclass

import numpy as np

from stepdown.survival._input import Bools, Floats, Ints

NO_BAND = -1


@dataclass(frozen=True, eq=False)
class Spent:
    """Rows in terms of the bands they can tell of; n rows, K bands, p terms.

    Attributes
    ----------
    ahead, inside : ndarray, shape (n, K)
        Days before, and between, the ends of each interval. `inside` is 0 where there is no such interval.
    exact : ndarray of int, shape (n,)
        Band of an exact time; -1 where there is none.
    closed : ndarray of bool, shape (n,)
        Rows with an interval that ends.
    weight : ndarray, shape (n,)
        Their mean is 1.
    x : ndarray, shape (n, p)
        Covariates, centred and scaled.
    """

    ahead: Floats
    inside: Floats
    exact: Ints
    closed: Bools
    weight: Floats
    x: Floats

    def possible(self, band: int) -> Bools:
        """Rows whose event is, or may be, in a band."""
        result: Bools = (self.exact == band) | (self.inside[:, band] > 0)
        return result


@dataclass(frozen=True, eq=False)
class State:
    """The likelihood at one place: value, slope, information, and a scale for each parameter."""

    theta: Floats
    loglik: float
    slope: Floats
    information: Floats
    scale: Floats


def days_in(start: Floats, end: Floats, bounds: Floats) -> Floats:
    """Days of (start, end] in each band, shape (n, K); bounds has K + 1 days, the last may be infinite."""
    inner = np.minimum(end[:, None], bounds[1:]) - np.maximum(start[:, None], bounds[:-1])
    result: Floats = np.clip(inner, 0.0, None)
    return result


def value(spent: Spent, theta: Floats) -> float:
    """Log likelihood alone; minus infinity where it cannot be computed."""
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        _, inside, rate, effect = _terms(spent, theta)
        total = -(spent.ahead @ rate) * np.exp(effect)
        total[spent.closed] += np.log(-np.expm1(-inside[spent.closed].sum(axis=1)))
        found = spent.exact >= 0
        total[found] += theta[spent.exact[found]] + effect[found]
        result = float(spent.weight @ total)
    return result if np.isfinite(result) else -np.inf


def evaluate(spent: Spent, theta: Floats) -> State:
    """Log likelihood with its first and second derivatives."""
    pulled, inside, odds, size = _pull(spent, theta)
    bands = pulled.shape[1]
    weight, bent = spent.weight, spent.weight * odds * (1 + odds)
    whole, through = inside.sum(axis=1), pulled.sum(axis=1)
    found = spent.exact >= 0
    slope = -(weight @ pulled) + np.bincount(spent.exact[found], weight[found], bands)
    slope = np.concatenate([slope, (weight * (found - through)) @ spent.x])
    information = np.empty((len(slope), len(slope)))
    information[:bands, :bands] = np.diag(weight @ pulled) + (inside * bent[:, None]).T @ inside
    across = pulled * weight[:, None] + inside * (bent * whole)[:, None]
    information[:bands, bands:] = across.T @ spent.x
    information[bands:, :bands] = information[:bands, bands:].T
    both = weight * through + bent * whole**2
    information[bands:, bands:] = (spent.x * both[:, None]).T @ spent.x
    scale = np.concatenate([weight @ size, (weight * size.sum(axis=1)) @ spent.x**2])
    return State(theta, value(spent, theta), slope, information, scale)


def scores(spent: Spent, theta: Floats) -> Floats:
    """Weighted score of each row, shape (n, K + p)."""
    result = -_pull(spent, theta)[0]
    found = np.flatnonzero(spent.exact >= 0)
    result[found, spent.exact[found]] += 1.0
    return np.hstack([result, result.sum(axis=1)[:, None] * spent.x]) * spent.weight[:, None]


def _pull(spent: Spent, theta: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """A_b - q D_b, D_b, q and A_b + D_b of each row."""
    ahead, inside, _, _ = _terms(spent, theta)
    whole = inside[spent.closed].sum(axis=1)
    odds = np.zeros(len(inside))
    # exp(-D) / (1 - exp(-D)) keeps its digits, and ends at 0, where D is large.
    odds[spent.closed] = np.exp(-whole) / -np.expm1(-whole)
    return ahead - odds[:, None] * inside, inside, odds, ahead + inside


def _terms(spent: Spent, theta: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """A_b and D_b of each row, the rates, and x'beta."""
    bands = spent.ahead.shape[1]
    rate, effect = np.exp(theta[:bands]), spent.x @ theta[bands:]
    factor = np.exp(effect)[:, None] * rate
    return spent.ahead * factor, spent.inside * factor, rate, effect
