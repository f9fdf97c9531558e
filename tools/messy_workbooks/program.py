"""The course of clients of an invented program: relapse, start of care after discharge, and calls.

Relapse has a constant daily rate, lower for clients who start IOP or PHP; who relapses before the planned
start never starts. Calls are due on days 30 and 90 and are answered, whatever happened, by some clients.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
LANDMARK = 14
DAYS = (30, 90)
_RATE, _RATE_IN_CARE = 1 / 150, 1 / 260
_LAGS = (1, 1, 2, 2, 3, 4, 6, 7, 9, 12, 15, 22, 29)
_TRUTH = 400_000


@dataclass(frozen=True, eq=False, kw_only=True)
class Courses:
    """What truly happened to clients.

    Attributes
    ----------
    completed : array of bool (n,)
        Completed the stay.
    relapse : array of float (n,)
        Whole days from discharge to first use, at least 1.
    care : array of float (n,)
        Days from discharge to the start of IOP or PHP; infinity for none.
    """

    completed: NDArray[np.bool_]
    relapse: Floats
    care: Floats


def courses(count: int, rng: np.random.Generator) -> Courses:
    """Draw the courses of clients."""
    completed = rng.random(count) < 0.65
    planned = rng.random(count) < np.where(completed, 0.6, 0.25)
    rate = np.where(planned, _RATE_IN_CARE, _RATE)
    relapse = np.floor(rng.exponential(1 / rate)) + 1
    lag = rng.choice(_LAGS, count).astype(float)
    care = np.where(planned & (lag < relapse), lag, np.inf)
    return Courses(completed=completed, relapse=relapse, care=care)


def truth() -> Floats:
    """Return the true risks by day 30 and 90: of everyone, after early care, and after none."""
    drawn = courses(_TRUTH, np.random.default_rng(1))
    free = drawn.relapse > LANDMARK
    early = free & (drawn.care <= LANDMARK)
    groups = (np.ones(_TRUTH, dtype=bool), early, free & ~early)
    return np.array([np.mean(drawn.relapse[group] <= day) for group in groups for day in DAYS])
