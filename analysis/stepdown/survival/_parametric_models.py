"""Survival curves of the parametric models, in lifelines' parameters.

    exponential         S = exp(-t / lambda)
    weibull             S = exp(-(t / lambda)^rho)
    lognormal           S = 1 - Phi((log t - mu) / sigma)
    loglogistic         S = 1 / (1 + (t / alpha)^beta)
    generalised_gamma   z = (log t - mu) / sigma, q = 1 / lambda^2; S = Q(q, q exp(lambda z)) for lambda > 0,
                        P(...) for lambda < 0, 1 - Phi(z) for lambda = 0 (P, Q: incomplete gamma functions)
    spline              log H = phi_0 + phi_1 x + sum_k phi_k v_k(x), x = log t, natural cubic in x:
                        v_k = (x - x_k)+^3 - r (x - x_min)+^3 - (1 - r) (x - x_max)+^3,
                        r = (x_max - x_k) / (x_max - x_min)

References
----------
Royston P, Parmar MKB (2002), Stat Med 21:2175-2197 (spline). Prentice RL (1974), Biometrika 61:539-544
(generalised gamma).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import special

from stepdown.survival._input import Floats

Curve = Callable[[Floats, float, Floats], float]


@dataclass(frozen=True)
class Model:
    """A model: lifelines' class, and S(t) from parameters, log t and log knots."""

    fitter: str
    survival: Curve


def _exponential(p: Floats, x: float, knots: Floats) -> float:
    return float(np.exp(-np.exp(x) / p[0]))


def _weibull(p: Floats, x: float, knots: Floats) -> float:
    return float(np.exp(-np.exp(p[1] * (x - np.log(p[0])))))


def _lognormal(p: Floats, x: float, knots: Floats) -> float:
    return float(special.ndtr(-(x - p[0]) / p[1]))


def _loglogistic(p: Floats, x: float, knots: Floats) -> float:
    return float(special.expit(-p[1] * (x - np.log(p[0]))))


def _gamma(p: Floats, x: float, knots: Floats) -> float:
    z = (x - p[0]) / np.exp(p[1])
    if p[2] == 0:
        return float(special.ndtr(-z))
    q = 1 / p[2] ** 2
    side = special.gammaincc if p[2] > 0 else special.gammainc
    return float(side(q, q * np.exp(p[2] * z)))


def _spline(p: Floats, x: float, knots: Floats) -> float:
    first, last = knots[0], knots[-1]
    height = p[0] + p[1] * x
    for phi, knot in zip(p[2:], knots[1:-1], strict=True):
        share = (last - knot) / (last - first)
        bends = [max(x - place, 0.0) ** 3 for place in (knot, first, last)]
        height += phi * (bends[0] - share * bends[1] - (1 - share) * bends[2])
    return float(np.exp(-np.exp(height)))


MODELS = {
    "exponential": Model("ExponentialFitter", _exponential),
    "weibull": Model("WeibullFitter", _weibull),
    "lognormal": Model("LogNormalFitter", _lognormal),
    "loglogistic": Model("LogLogisticFitter", _loglogistic),
    "generalised_gamma": Model("GeneralizedGammaFitter", _gamma),
    "spline": Model("SplineFitter", _spline),
}


def survival(name: str, params: Floats, day: float, knots: Floats) -> float:
    """S(day) of a model; 1 on day 0."""
    if day <= 0:
        return 1.0
    return MODELS[name].survival(params, float(np.log(day)), knots)


def gradient(value: Callable[[Floats], float], params: Floats) -> Floats:
    """Central differences of a function of the parameters."""
    steps = 1e-5 * np.maximum(np.abs(params), 1e-2)
    shifts = np.diag(steps)
    return np.array([value(params + s) - value(params - s) for s in shifts]) / (2 * steps)
