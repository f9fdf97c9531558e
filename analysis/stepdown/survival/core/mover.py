"""Limits of a difference and of a ratio from the limits of both estimates (MOVER), and their test.

With estimates a and b, limits (l, u) of each, and r the correlation of the estimates,

    a - b - sqrt[(a - l_a)^2 + (u_b - b)^2 - 2 r (a - l_a)(u_b - b)]      is the lower limit of a - b
    a - b + sqrt[(u_a - a)^2 + (b - l_b)^2 - 2 r (u_a - a)(b - l_b)]      the upper one,

    {A - sqrt[A^2 - l_a (2 a - l_a) u_b (2 b - u_b)]} / [u_b (2 b - u_b)]      the lower limit of a / b
    {B + sqrt[B^2 - u_a (2 a - u_a) l_b (2 b - l_b)]} / [l_b (2 b - l_b)]      the upper one,
    A = a b - r (a - l_a)(u_b - b),   B = a b - r (u_a - a)(b - l_b)

so that limits of an estimate of 0 or 1 carry over. The upper limit of a ratio to an estimate whose own
lower limit is 0 is infinite. Both intervals exclude no difference (0, or 1) together; p is twice the tail
at which they just do. r comes from the influence of shared clusters; without clusters the arms are
independent and r is 0.

References
----------
Zou GY, Donner A (2008), Stat Med 27:1693-1702. Newcombe RG (1998), Stat Med 17:873-890. Donner A, Zou GY
(2012), Stat Methods Med Res 21:347-359 (ratios).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy import optimize, special

Pair = tuple[float, float]
Limits = Callable[[float], Pair]
"""Limits of one estimate with a given probability beyond each."""

FARTHEST = 37.0
"""Normal deviate beyond which p is below the smallest float."""


def difference_limits(a: float, b: float, of_a: Pair, of_b: Pair, r: float) -> Pair:
    """Lower and upper limit of a - b."""
    down = _joined(a - of_a[0], of_b[1] - b, r)
    up = _joined(of_a[1] - a, b - of_b[0], r)
    return a - b - down, a - b + up


def ratio_limits(a: float, b: float, of_a: Pair, of_b: Pair, r: float) -> Pair:
    """Lower and upper limit of a / b; the upper one may be infinite."""
    low = _ratio(a, b, of_a[0], of_b[1], r, -1.0)
    high = _ratio(a, b, of_a[1], of_b[0], r, 1.0)
    return (0.0 if np.isnan(low) else abs(max(low, 0.0))), (np.inf if np.isnan(high) else high)


def two_sided_p(a: float, b: float, of_a: Limits, of_b: Limits, r: float) -> float:
    """Twice the tail at which the interval of a - b just reaches 0."""
    if a == b:
        return 1.0

    def beyond(z: float) -> float:
        tail = float(special.ndtr(-z))
        low, high = difference_limits(a, b, of_a(tail), of_b(tail), r)
        return low if a > b else -high

    if beyond(1e-6) <= 0:
        return 1.0
    near, far = 1e-6, 1.0
    while beyond(far) >= 0:
        if far >= FARTHEST:
            return 0.0
        near, far = far, min(far * 2, FARTHEST)
    return 2 * float(special.ndtr(-optimize.brentq(beyond, near, far, xtol=1e-8)))


def _joined(one: float, other: float, r: float) -> float:
    if not r:
        return float(np.hypot(one, other))
    return float(np.sqrt(max(one * one + other * other - 2 * r * one * other, 0.0)))


def _ratio(a: float, b: float, of_a: float, of_b: float, r: float, sign: float) -> float:
    middle = a * b + r * (a - of_a) * (b - of_b)
    below = of_b * (2 * b - of_b)
    root = np.sqrt(max(middle * middle - of_a * (2 * a - of_a) * below, 0.0))
    if abs(below) <= 1e-14 * max(b * b, of_b * of_b, 1e-300):
        # The quadratic is linear there: its other root is infinite.
        return np.nan if sign > 0 or middle <= 0 else of_a * (2 * a - of_a) / (2 * middle)
    found = (middle + sign * root) / below
    return float(found) if found >= 0 or sign < 0 else np.nan
