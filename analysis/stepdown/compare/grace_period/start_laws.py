"""Start laws: on which day of the grace period a strategy lets a person start.

The law is part of the estimand. It gives q_k, the chance to start on day k of a person who is event-free and
has not started; everyone left starts on the last day (q_K = 1). With h_k the daily chance of a start given
the covariates at discharge:

as_observed   q_k = h_k / (1 - prod_{j=k..K} (1 - h_j)): the days on which those who start in time do start
uniform       q_k = 1 / (K + 1 - k): every day alike
natural       q_k = h_k for k < K: as they would have started, all others on the last day
"""

from typing import Literal

import numpy as np

from stepdown.survival.core.sample import Floats

StartLaw = Literal["as_observed", "uniform", "natural"]
START_LAWS: tuple[StartLaw, ...] = ("as_observed", "uniform", "natural")
_SMALLEST = 1e-300


def start_chances(law: StartLaw, chance: Floats) -> Floats:
    """Return q.

    Parameters
    ----------
    law : {"as_observed", "uniform", "natural"}
        Start law.
    chance : array (people, K + 1)
        h: daily chance of a start among the unstarted, given covariates at discharge.

    Returns
    -------
    array (people, K + 1)

    Examples
    --------
    >>> start_chances("uniform", np.full((1, 4), 0.1)).round(2).tolist()
    [[0.25, 0.33, 0.5, 1.0]]
    """
    days = chance.shape[1]
    if law == "uniform":
        return np.broadcast_to(1 / np.arange(days, 0, -1.0), chance.shape).copy()
    q = chance.copy() if law == "natural" else chance / _some_from(chance)
    q[:, -1] = 1.0
    return q


def start_chance_gradient(law: StartLaw, chance: Floats, gradient: Floats) -> Floats:
    """Turn derivatives with respect to q into derivatives with respect to the log odds of h.

    Parameters
    ----------
    law, chance
        As for `start_chances`.
    gradient : array (..., people, K + 1)
        Derivatives with respect to q.
    """
    if law == "uniform":
        return np.zeros_like(gradient)
    by_q = gradient.copy()
    by_q[..., -1] = 0.0
    if law == "natural":
        return np.asarray(by_q * chance * (1 - chance))
    some = _some_from(chance)
    none = 1 - some
    later = np.cumsum(by_q * chance * none / some**2, axis=-1)
    return np.asarray(by_q * chance * (1 - chance) / some - chance * later)


def _some_from(chance: Floats) -> Floats:
    """Return the chance of a start from each day to the end of the grace period.

    By logarithms: 1 less a product that is 1 but for rounding would be 0, and q above 1. That happens where
    all start on one day, so that the model gives later days chances of 1e-20.
    """
    with np.errstate(divide="ignore"):  # a chance of 1
        none = np.log1p(-chance.clip(_SMALLEST))
    return np.asarray(-np.expm1(np.cumsum(none[:, ::-1], axis=1)[:, ::-1]))
