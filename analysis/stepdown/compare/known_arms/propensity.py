"""Propensity scores: the chance of each arm given covariates, by multinomial logistic regression.

With two arms it is logistic regression. The last arm is the reference: eta_ia = x_i b_a, b_last = 0. A ridge
on standardized columns keeps the estimate finite where a covariate pattern is never in an arm; 0 is maximum
likelihood.
"""

from dataclasses import dataclass

import numpy as np
from scipy import special

from stepdown.compare.known_arms.arm_predictors import ArmPredictors
from stepdown.compare.refitting import Again
from stepdown.errors import EstimateError
from stepdown.survival.core.sample import Floats, Ints

NAME = "the arm"
_STEPS, _TOLERANCE, _LONGEST = 100, 1e-9, 4.0


@dataclass(frozen=True, eq=False, kw_only=True)
class Propensity(ArmPredictors):
    """Fitted propensity scores of n people in K arms.

    Attributes
    ----------
    chance : array (n, K)
        Chance of each arm.
    coefficients : array (p, K - 1)
        Log odds of each arm against the last.
    information : array ((K - 1) p, (K - 1) p)
        Penalized information, arm by arm.
    influence : array (n, (K - 1) p)
        Influence of each person on the coefficients, arm by arm.
    """

    chance: Floats
    coefficients: Floats
    information: Floats
    influence: Floats

    def informed(self, moved: Floats) -> Floats:
        """Return each person's information by predictor times how their predictors move, (n, K - 1)."""
        chance = self.chance[:, :-1]
        return np.asarray(chance * (moved - (chance * moved).sum(axis=1, keepdims=True)))


def fit_propensity(
    arm: Ints, covariates: Floats, penalty: Floats, *, arms: int, again: Again | None = None
) -> Propensity:
    """Fit by Newton's method.

    Parameters
    ----------
    arm : array of int (n,)
        Arm of each person, 0 to `arms` - 1.
    covariates : array (n, z)
        Standardized covariates.
    penalty : array (z,)
        Ridge of each.
    arms : int
        Number of arms.
    again : Again, optional
        Fit to people who count several times, without any influence.

    Raises
    ------
    EstimateError
        The fit does not converge, as where a covariate separates the arms and there is no ridge.
    """
    columns = np.concatenate([np.ones((len(arm), 1)), covariates], axis=1)
    n, p, others = len(arm), columns.shape[1], arms - 1
    ridge = np.tile(np.concatenate([[0.0], penalty]), others)
    member = (arm[:, None] == np.arange(others)).astype(float)
    many = np.ones(n) if again is None else again.many
    share = np.bincount(arm, many, minlength=arms) / n
    if share.min() == 0:
        raise EstimateError("An arm without people has no propensity. Nothing can be compared.")
    beta = np.zeros((others, p))
    beta[:, 0] = np.log(share[:-1] / share[-1])
    if again is not None:
        beta = again.begin(NAME, beta.size).reshape(beta.shape)
    for _ in range(_STEPS):
        chance = _chances(columns, beta)
        scores, information = _sums(columns, chance, member, ridge, many)
        try:
            step = np.linalg.solve(information, scores.sum(axis=0) - ridge * beta.ravel())
        except np.linalg.LinAlgError:
            break
        longest = float(np.abs(step).max())
        beta = beta + step.reshape(beta.shape) * min(1.0, _LONGEST / max(longest, 1e-300))
        if longest < _TOLERANCE:
            chance = _chances(columns, beta)
            influence = np.zeros((0, beta.size))
            if again is None:
                scores, information = _sums(columns, chance, member, ridge, many)
                influence = scores @ np.linalg.inv(information).T
            return Propensity(
                chance=chance,
                columns=columns,
                coefficients=beta.T,
                information=information,
                influence=influence,
            )
    raise EstimateError(
        f"The propensity model did not converge in {_STEPS} steps: covariates predict the arm almost "
        "perfectly. Join rare values of covariates, or restrict eligibility to people who could be in "
        "each arm."
    )


def _chances(columns: Floats, beta: Floats) -> Floats:
    eta = np.concatenate([columns @ beta.T, np.zeros((len(columns), 1))], axis=1)
    return np.asarray(special.softmax(eta, axis=1))


def _sums(
    columns: Floats, chance: Floats, member: Floats, ridge: Floats, many: Floats
) -> tuple[Floats, Floats]:
    others, p = member.shape[1], columns.shape[1]
    rest = (member - chance[:, :others]) * many[:, None]
    scores = (rest[:, :, None] * columns[:, None, :]).reshape(len(columns), -1)
    information = np.zeros((others * p, others * p))
    for one in range(others):
        for other in range(others):
            value = many * chance[:, one] * ((one == other) - chance[:, other])
            block = (columns * value[:, None]).T @ columns
            information[one * p : (one + 1) * p, other * p : (other + 1) * p] = block
    return scores, information + np.diag(ridge + 1e-10)
