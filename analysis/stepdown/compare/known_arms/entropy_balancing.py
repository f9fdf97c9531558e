"""Entropy balancing: weights nearest to equal ones that give each arm the means of the population exactly.

In arm a the weight of a person is exp(x_i l_a), x_i with 1 and the standardized covariates, and l_a such that

    sum_{i in a} exp(x_i l_a) x_i = sum_i t_i x_i,

where t_i is 1 for everyone, or marks the people of the first arm, whose own weights are then 1. Hainmueller J
(2012), Polit Anal 20:25-46; with outcome models it is doubly robust (Zhao Q, Percival D (2017), J Causal
Inference 5).
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from stepdown.compare.known_arms.arm_predictors import ArmPredictors
from stepdown.compare.known_arms.populations import Population, PopulationWeights
from stepdown.compare.refitting import Again
from stepdown.errors import EstimateError
from stepdown.survival.core.sample import Floats, Ints

WeightedBy = Literal["propensity", "entropy_balancing"]
BALANCED: tuple[Population, ...] = ("everyone", "treated")
"""Populations whose means are known before any model is fitted."""
_STEPS, _TOLERANCE, _CLOSE, _LONGEST, _HALVINGS = 200, 1e-10, 1e-5, 2.0, 30
_REDUNDANT = 1e-8
"""Keeps columns that others hold already from stopping the search; the weights still balance exactly."""


@dataclass(frozen=True, eq=False, kw_only=True)
class BalancingWeights(ArmPredictors):
    """Fitted balancing weights of n people in K arms; what the influence of an estimate needs of them.

    Attributes
    ----------
    own : array (n, K)
        Weight in the own arm, where it is fitted; else 0.
    information : array (K p, K p)
        Derivative of the sums, arm by arm; the identity where nothing is fitted.
    influence : array (n, K p)
        Influence of each person on the coefficients, arm by arm.
    """

    own: Floats
    information: Floats
    influence: Floats

    def informed(self, moved: Floats) -> Floats:
        """Return each person's information by predictor times how their predictors move, (n, K)."""
        return np.asarray(self.own * moved)


def balance(
    arm: Ints, covariates: Floats, population: Population, *, arms: int, again: Again | None = None
) -> tuple[BalancingWeights, PopulationWeights]:
    """Return the weights of everyone, and how they move with their coefficients.

    Parameters
    ----------
    arm : array of int (n,)
        Arm of each person, 0 to `arms` - 1.
    covariates : array (n, z)
        Standardized covariates.
    population : {"everyone", "treated"}
        Whose means each arm is to have.
    arms : int
        Number of arms.
    again : Again, optional
        Balance people who count several times, without any influence.

    Raises
    ------
    EstimateError
        Another population, or no positive weights give an arm these means.

    Examples
    --------
    >>> import numpy as np
    >>> arm, x = np.array([0, 0, 0, 1, 1, 1]), np.array([[1.0], [1], [0], [1], [0], [0]])
    >>> fitted, weights = balance(arm, x, "treated", arms=2)
    >>> weights.weight.round(6).tolist()
    [1.0, 1.0, 1.0, 2.0, 0.5, 0.5]
    """
    if population not in BALANCED:
        raise EstimateError(
            f'Entropy balancing needs means that are known beforehand, and those of "{population}" are not. '
            'Use the population "everyone" or "treated".'
        )
    columns = np.concatenate([np.ones((len(arm), 1)), covariates], axis=1)
    n, p = columns.shape
    many = np.ones(n) if again is None else again.many
    meant = np.ones(n) if population == "everyone" else (arm == 0).astype(float)
    fitted = [number for number in range(arms) if population == "everyone" or number > 0]
    own, weight = np.zeros((n, arms)), np.ones(n)
    information, scores = np.eye(arms * p), np.zeros((n, arms * p))
    small = _REDUNDANT * np.eye(p)
    for number in fitted:
        mine, place = arm == number, slice(number * p, (number + 1) * p)
        sums = (many * meant) @ columns
        own[mine, number] = weight[mine] = _weights(columns[mine], sums, many[mine])
        information[place, place] = (columns * own[:, [number]]).T @ columns + small
        scores[:, place] = (meant - own[:, number])[:, None] * columns
    slope = ((arm[:, None] == np.arange(arms)) & np.isin(np.arange(arms), fitted)).astype(float)
    model = BalancingWeights(
        columns=columns, own=own, information=information,
        influence=np.linalg.solve(information, scores.T).T.astype(float),
    )  # fmt: skip
    nothing = np.zeros((n, arms))
    return model, PopulationWeights(weight=weight, weight_slope=slope, tilt=meant, tilt_slope=nothing)


def _weights(columns: Floats, sums: Floats, many: Floats) -> Floats:
    """Return the weights of one arm by Newton's method on a convex function, steps halved until it falls."""
    size = sums[0]
    beta = np.zeros(columns.shape[1])
    if not (size > 0 and many.sum() > 0):
        raise EstimateError("An arm without people has no weights. Nothing can be compared.")
    beta[0] = np.log(size / many.sum())

    def objective(coefficients: Floats) -> float:
        with np.errstate(over="ignore"):
            return float(many @ np.exp(columns @ coefficients) - sums @ coefficients)

    for _ in range(_STEPS):
        weight = np.exp(columns @ beta)
        counted = many * weight
        gap = sums - counted @ columns
        if np.abs(gap).max() < _TOLERANCE * size:
            return weight
        step = np.linalg.solve((columns * counted[:, None]).T @ columns + _REDUNDANT * np.eye(len(gap)), gap)
        step *= min(1.0, _LONGEST / max(float(np.abs(columns @ step).max()), 1e-300))
        now = objective(beta)
        # Close to the end rounding decides whether the function falls, and whole steps are right.
        for _ in range(_HALVINGS if np.abs(gap).max() > _CLOSE * size else 0):
            if objective(beta + step) <= now:
                break
            step /= 2
        beta = beta + step
    raise EstimateError(
        "No weights give each group the means of the covariates: in one of them some value is missing, or "
        "too few people are on one side of a mean. Join rare values of covariates, or set "
        'analysis.adjust.weights to "propensity".'
    )
