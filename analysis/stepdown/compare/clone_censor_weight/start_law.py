"""On which day of the grace period people start where a strategy makes them start.

With h_k the chance to start on day k of those who have not, K the last day of the grace period and q_k the
chance that the strategy gives to day k among those who have not started yet,

    as_observed   q_k = h_k / (1 - (1 - h_k) ... (1 - h_K)): as those who start in time do start
    uniform       q_k = 1 / (K + 1 - k): every day of the grace period alike
    natural       q_k = h_k before day K: as everybody starts, and all the others on the last day

and q_K = 1. `start_law_adjoint` carries a derivative in q back to one in the logits of h.
"""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Law = Literal["as_observed", "uniform", "natural"]
LAWS: tuple[str, ...] = get_args(Law)


def start_law(law: str, hazard: Floats) -> Floats:
    """Return the chance to start on each day of those who have not; shape as `hazard`."""
    days = hazard.shape[1]
    if law == "uniform":
        return np.repeat((1 / np.arange(days, 0, -1))[None], len(hazard), axis=0)
    chance = hazard.copy() if law == "natural" else hazard / (1 - _none_from(hazard))
    chance[:, -1] = 1.0
    return chance


def start_law_adjoint(law: str, hazard: Floats, adjoint: Floats) -> Floats:
    """Return derivatives in the logits of the hazard from those in the chances; both (n, K + 1)."""
    if law == "uniform":
        return np.zeros_like(hazard)
    free = adjoint.copy()
    free[:, -1] = 0.0  # The last chance is 1, whatever the hazard.
    spread = hazard * (1 - hazard)
    if law == "natural":
        return free * spread
    none = _none_from(hazard)
    earlier = np.cumsum(free * hazard * none / (1 - none) ** 2, axis=1)
    return np.asarray(free * spread / (1 - none) - hazard * earlier)


def _none_from(hazard: Floats) -> Floats:
    """Return the chance that somebody who has not started by day k starts on none of days k to K."""
    return np.asarray(np.cumprod((1 - hazard)[:, ::-1], axis=1)[:, ::-1])
