"""Confidence intervals, each on a suitable scale.

With q the quantile (normal, or of t with clusters) and se the standard error of the estimate itself,

    survival   log-log  S^exp(+-q se / (S log S)),   log  S exp(+-q se / S),   plain  S +- q se, in [0, 1]
    risk       one minus those of 1 - F: log-log here is the complementary log-log of F
    rate       rate exp(+-q se / rate); of a plain count D over person-days P Garwood's exact
               (chi2_{2D}(alpha / 2), chi2_{2D+2}(1 - alpha / 2)) / (2 P); joined to that of another arm
               the mid-p limits m / P, with P(D' > D) + P(D' = D) / 2 = alpha / 2 for Poisson D' of mean m,
               and likewise above
    mean days  plain, between 0 and the length of the stretch

An estimated probability of exactly 0 or 1, after time zero, has no usable standard error (the formula gives
0, which would suggest certainty): its standard error and these intervals are missing. The intervals that
are the default hold there and in small arms: *Estimates by arm*.

References
----------
Kalbfleisch JD, Prentice RL (2002), 1.4 (log-log). Garwood F (1936), Biometrika 28:437-442 (Poisson).
Cohen GR, Yang SY (1994), Stat Med 13:2189-2203 (mid-p).
"""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
from scipy import optimize, special

from stepdown.errors import EstimateError
from stepdown.survival.core.sample import Floats, Ints

Scale = Literal["log-log", "log", "plain"]
CurveInterval = Literal["small-sample", "exact", "log-log", "log", "plain"]
WALD = get_args(Scale)
"""Intervals that are an estimate and its standard error on some scale, as in R."""

FARTHEST_QUANTILE = 1e6
"""Largest quantile: squares of those of t on few degrees of freedom would overflow."""
SMALLEST_STEP, MOST_STEPS = 1e-290, 5000
"""Absolute step below which a search may stop (the relative one decides), and most steps of it."""
SMALLEST_SE = 1e-7
"""Share of a value (or of its distance to the other end) below which a standard error is rounding error."""


def check_scale(conf: str) -> None:
    """Raise where a scale is not one of those known."""
    if conf not in get_args(Scale):
        raise EstimateError(f"conf must be one of {', '.join(get_args(Scale))}. The default is log-log.")


def check_interval(conf: str) -> None:
    """Raise where an interval of a curve is not one of those known."""
    if conf not in get_args(CurveInterval):
        raise EstimateError(
            f"conf must be one of {', '.join(get_args(CurveInterval))}. The default is small-sample."
        )


def check_mean_interval(conf: str) -> None:
    """Raise where a kind of interval of a cumulative hazard or a mean number is unknown."""
    if conf not in ("small-sample", "log", "plain"):
        raise EstimateError("conf must be one of small-sample, log, plain. The default is small-sample.")


def normal_quantile(level: float) -> float:
    """Two-sided standard normal quantile."""
    return float(special.ndtri((1 + level) / 2))


def quantile(level: float, degrees: int = 0) -> float:
    """Two-sided quantile: of t on so many degrees of freedom, of the normal distribution where 0."""
    return tail_quantile((1 - level) / 2, degrees)


def tail_quantile(tail: float, degrees: int = 0) -> float:
    """Quantile with probability `tail` above it: of t on so many degrees of freedom, normal where 0."""
    found = -float(special.stdtrit(degrees, tail)) if degrees else -float(special.ndtri(tail))
    return found if abs(found) < FARTHEST_QUANTILE else FARTHEST_QUANTILE  # of t it can overflow


def known_se(value: Floats, variance: Floats, width: float = 1.0) -> Floats:
    """Return the standard error; missing where it is 0 up to rounding, which is not certainty."""
    se = np.sqrt(variance)
    smallest = SMALLEST_SE * np.minimum(np.abs(value), np.abs(width - value))
    return np.where(se > smallest, se, np.nan)


def survival_interval(
    value: Floats, se: Floats, conf: str, level: float, degrees: int = 0
) -> tuple[Floats, Floats]:
    """Interval of a survival probability, within [0, 1]; missing where the value is 0 or 1."""
    z = quantile(level, degrees)
    inside = (value > 0) & (value < 1) & np.isfinite(se)
    p = np.where(inside, value, 0.5)
    e = np.where(inside, se, np.nan)
    if conf == "log-log":
        width = np.exp(np.clip(z * e / (p * -np.log(p)), None, 700))
        low, high = p**width, p ** (1 / width)
    elif conf == "log":
        low, high = p * np.exp(-z * e / p), p * np.exp(np.clip(z * e / p, None, 700))
    else:
        low, high = p - z * e, p + z * e
    return np.clip(low, 0, 1), np.clip(high, 0, 1)


def incidence_interval(
    value: Floats, se: Floats, conf: str, level: float, degrees: int = 0
) -> tuple[Floats, Floats]:
    """Interval of a risk: one minus that of 1 - risk, so that 1 - Kaplan-Meier has the same one."""
    low, high = survival_interval(1 - value, se, conf, level, degrees)
    return 1 - high, 1 - low


def log_interval(value: Floats, se: Floats, level: float, degrees: int = 0) -> tuple[Floats, Floats]:
    """Interval of a positive number such as a rate: value exp(+-z se / value); missing where it is 0."""
    share = np.divide(se, value, out=np.full(np.shape(value), np.nan), where=np.asarray(value) > 0)
    factor = np.exp(np.clip(quantile(level, degrees) * share, None, 700))
    return value / factor, value * factor


def mean_interval(
    value: Floats, se: Floats, conf: str, level: float, degrees: int = 0
) -> tuple[Floats, Floats]:
    """Interval of a cumulative hazard or a mean number, at least 0, on the log or the plain scale."""
    if conf in ("small-sample", "log"):
        return log_interval(value, se, level, degrees)
    margin = quantile(level, degrees) * se
    return np.maximum(value - margin, 0.0), value + margin


def counted_interval(value: Floats, size: Floats, tail: float) -> tuple[Floats, Floats]:
    """Garwood's interval of a mean number per person with `size` people: for a value without a variance."""
    people = np.maximum(size, 1e-9)
    events = value * people
    low = np.where(events > 0, special.gammaincinv(np.where(events > 0, events, 1.0), tail), 0.0)
    return low / people, special.gammainccinv(events + 1, tail) / people


def poisson_interval(events: Ints, level: float) -> tuple[Floats, Floats]:
    """Garwood's exact interval of a Poisson mean."""
    tail = (1 - level) / 2
    low = np.where(events > 0, special.gammaincinv(np.maximum(events, 1), tail), 0.0)
    high = special.gammainccinv(events + 1, tail)
    return low, np.asarray(high)


def mid_p_poisson_interval(events: int, tail: float) -> tuple[float, float]:
    """Mid-p interval of a Poisson mean: half the probability of the count itself lies beyond each limit."""

    def above(mean: float) -> float:
        return float(special.gammainc(events, mean) + special.gammainc(events + 1, mean)) / 2 - tail

    def below(mean: float) -> float:
        return float(special.gammaincc(events, mean) + special.gammaincc(events + 1, mean)) / 2 - tail

    if not events:
        return 0.0, max(-float(np.log(2 * tail)), 0.0)
    # Beyond the quantile of any tail that a float can hold.
    far = events + 80 * np.sqrt(events) + 1500
    low = (
        optimize.brentq(above, 0, events, xtol=SMALLEST_STEP, maxiter=MOST_STEPS)
        if above(events) > 0
        else float(events)
    )
    high = (
        optimize.brentq(below, events, far, xtol=SMALLEST_STEP, maxiter=MOST_STEPS)
        if below(events) > 0
        else float(events)
    )
    return float(low), float(high)
