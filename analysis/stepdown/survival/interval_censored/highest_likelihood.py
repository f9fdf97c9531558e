"""The maximum of a log likelihood in a few unbounded parameters, by Newton's method from several starts.

Slopes and curvature are by central differences; where the likelihood is not concave a step goes along the
absolute curvature, and steps are halved until the likelihood rises. A search has converged where half the
Newton decrement, the rise that is left, is below 1e-9, and ends with that step. The highest of all starts
that converged is taken, unless a search that did not converge went higher by more than 1e-6: then there is
no maximum that was reached.

References
----------
Nocedal J, Wright SJ (2006), Numerical Optimization, ch. 3.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from stepdown.survival.core.sample import Floats

Likelihood = Callable[[Floats], float]
SHIFT = 1e-4
"""Half-width of differences; parameters are of the order of 1."""
LONGEST = 2.0
"""Largest change of a parameter by one step."""
LEFT = 1e-9
"""Rise of the log likelihood that may be left at a maximum."""
SAME = 1e-6
"""Difference of two log likelihoods that counts as none."""
MOST_STEPS, MOST_HALVES = 200, 40
FLAT = 1e-5
"""Curvature of the log likelihood below which a parameter is not determined."""


@dataclass(frozen=True, eq=False)
class LikelihoodMaximum:
    """Where a search ended: parameters, log likelihood, its second derivatives, and whether it converged."""

    at: Floats
    value: float
    curvature: Floats
    converged: bool

    @property
    def flat(self) -> bool:
        """Whether some direction is not determined: there is no maximum, or no single one."""
        return bool(np.linalg.eigvalsh(self.curvature)[-1] > -FLAT)


def highest(likelihood: Likelihood, starts: Sequence[Floats]) -> LikelihoodMaximum | None:
    """Return the highest peak from all starts; None where the likelihood is 0 at each of them."""
    peaks = [_climbed(likelihood, start) for start in starts if np.isfinite(likelihood(start))]
    reached = [peak for peak in peaks if peak.converged and not peak.flat]
    if not peaks:
        return None
    top = max(peaks, key=lambda peak: peak.value)
    best = max(reached, key=lambda peak: peak.value, default=top)
    return top if top.value > best.value + SAME else best


def _climbed(likelihood: Likelihood, start: Floats) -> LikelihoodMaximum:
    at, here = start, likelihood(start)
    for _ in range(MOST_STEPS):
        slope, curvature = _derivatives(likelihood, at, here)
        if not (np.isfinite(slope).all() and np.isfinite(curvature).all()):
            return LikelihoodMaximum(at, here, np.zeros_like(curvature), False)
        values, vectors = np.linalg.eigh(curvature)
        along = vectors.T @ slope
        step = vectors @ (along / np.maximum(np.abs(values), 1e-10 + 1e-12 * np.abs(values).max()))
        if slope @ step / 2 < LEFT:
            tried = likelihood(at + step)
            end = at + step if tried >= here else at
            return LikelihoodMaximum(end, max(tried, here), curvature, True)
        step *= min(1.0, LONGEST / np.abs(step).max())
        for _ in range(MOST_HALVES):
            tried = likelihood(at + step)
            if tried > here:
                break
            step = step / 2
        else:
            return LikelihoodMaximum(at, here, curvature, False)
        at, here = at + step, tried
    return LikelihoodMaximum(at, here, curvature, False)


def _derivatives(likelihood: Likelihood, at: Floats, here: float) -> tuple[Floats, Floats]:
    size = len(at)
    shifts = np.eye(size) * SHIFT
    up, down = (np.array([likelihood(at + sign * shift) for shift in shifts]) for sign in (1, -1))
    curvature = np.diag((up - 2 * here + down) / SHIFT**2)
    for j in range(size):
        for k in range(j):
            both = shifts[j] + shifts[k]
            # Both off-diagonal corners; the others are known.
            corners = likelihood(at + both) + likelihood(at - both)
            mixed = (corners - up[j] - up[k] - down[j] - down[k] + 2 * here) / (2 * SHIFT**2)
            curvature[j, k] = curvature[k, j] = mixed
    return (up - down) / (2 * SHIFT), curvature
