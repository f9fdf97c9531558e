"""Weights of a strategy: how much more often it would have a person's course of starting than that occurs.

The decision to start is made on each day k <= K on which a person is followed, free of events and has not
started. Under a strategy with chance q_k of starting its factor is q_k / p_k where the person starts and
(1 - q_k) / (1 - p_k) where not; on other days it is 1. The weight of day t is the product over the days
before t, times that of 1 / (1 - c) over the days on which the person could have been lost, with c the hazard
of loss. Whoever departs from the strategy on a day has weight 0 from the next day on: the clone is censored,
and no row is copied.

The product of the start factors is cut at a cap. What is cut off is carried by the outcome hazards; a weight
at its cap no longer moves with the model of starting.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stepdown.compare.clone_censor_weight.daily_hazard import DailyHazard

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, eq=False, kw_only=True)
class Decisions:
    """Who decided what on each day of the grace period, (n, K + 1): started, or had not and did not."""

    started: Bools
    waited: Bools


@dataclass(frozen=True, eq=False, kw_only=True)
class StrategyWeights:
    """Weights of a strategy.

    Attributes
    ----------
    weight : array (n, horizon + 1)
        0 on days on which a person is not at risk.
    uncapped : array of bool (n, horizon + 1)
        Days on which the start factor is below the cap.
    """

    weight: Floats
    uncapped: Bools

    def effective_size(self, day: int) -> float:
        """Return Kish's effective number of people at risk on a day."""
        weight = self.weight[:, day]
        squares = float((weight**2).sum())
        return float(weight.sum()) ** 2 / squares if squares else 0.0

    @property
    def largest(self) -> float:
        """The largest weight."""
        return float(self.weight.max(initial=0.0))

    def capped_share(self, at_risk: Bools) -> float:
        """Return the share of people whose weight is cut on some day at risk."""
        return float((~self.uncapped & at_risk).any(axis=1).mean())

    def share(self, total: Floats) -> Floats:
        """Return each person's share of a day's total, at most 0.9, as the leverage needs it."""
        part = np.divide(self.weight, total, out=np.zeros_like(self.weight), where=total > 0)
        return np.minimum(part, 0.9)


def strategy_weights(
    decisions: Decisions,
    start: DailyHazard,
    loss: DailyHazard | None,
    chance: Floats | None,
    at_risk: Bools,
    *,
    cap: float,
) -> StrategyWeights:
    """Return the weights of a strategy.

    Parameters
    ----------
    decisions : Decisions
        Who started, and who waited.
    start, loss : DailyHazard
        Fitted models; without a model of loss nobody is lost.
    chance : array (n, K + 1) or None
        Chance of starting under the strategy; None where it keeps everybody from starting.
    at_risk : array of bool (n, horizon + 1)
        At risk of an event.
    cap : float
        Largest product of start factors.
    """
    wanted = np.zeros_like(start.hazard) if chance is None else chance
    factor = np.ones_like(start.hazard)
    np.divide(wanted, start.hazard, out=factor, where=decisions.started)
    np.divide(1 - wanted, 1 - start.hazard, out=factor, where=decisions.waited)
    grace = factor.shape[1] - 1
    product = np.ones(at_risk.shape)
    product[:, 1 : grace + 2] = np.cumprod(factor, axis=1)
    product[:, grace + 2 :] = product[:, [grace + 1]]
    uncapped = product <= cap
    weight = np.minimum(product, cap)
    if loss is not None:
        stayed = 1 / (1 - np.where(loss.at_risk, loss.hazard, 0.0))
        weight[:, 1:] *= np.cumprod(stayed, axis=1)
    return StrategyWeights(weight=np.where(at_risk, weight, 0.0), uncapped=uncapped)


def start_adjoint(
    decisions: Decisions, start: DailyHazard, weights: StrategyWeights, correction: Floats
) -> Floats:
    """Return the derivative of each contribution in the logits of the start hazard, (n, K + 1)."""
    after = tail(correction * weights.uncapped)[:, 1 : start.hazard.shape[1] + 1]
    hazard = start.hazard
    return np.asarray(
        np.where(decisions.waited, hazard * after, 0.0)
        - np.where(decisions.started, (1 - hazard) * after, 0.0)
    )


def chance_adjoint(
    decisions: Decisions, chance: Floats, weights: StrategyWeights, correction: Floats
) -> Floats:
    """Return the derivative of each contribution, through its weight, in the chances of starting."""
    after = tail(correction * weights.uncapped)[:, 1 : chance.shape[1] + 1]
    out = np.zeros_like(chance)
    np.divide(after, chance, out=out, where=decisions.started)
    waited = np.zeros_like(chance)
    np.divide(after, 1 - chance, out=waited, where=decisions.waited & (chance < 1))
    return out - waited


def tail(correction: Floats) -> Floats:
    """Return the sum of the corrections from each day on."""
    reverse = correction[:, ::-1].cumsum(axis=1)[:, ::-1]
    return np.concatenate([reverse, np.zeros((len(reverse), 1))], axis=1)
