"""Weights of those who follow a strategy so far: start decisions as the strategy makes them, nobody lost.

On each day with a start decision the weight is multiplied by the chance of what the person did under the
strategy, over the chance of it as observed; and on each day by 1 over the chance of not being lost. The
weight of day t counts the days before t, so a deviation on day k sets it to 0 from day k + 1 on, and an
event on day k still counts.

The product of the start factors may be cut off at a cap. A weight at the cap does not move with the start
model. Only the doubly robust estimator is computed from capped weights: its hazards carry what is cut off.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import overload

import numpy as np

from stepdown.compare.grace_period.nuisance_models import DayModel
from stepdown.compare.grace_period.person_days import PeopleBlock, PersonDays
from stepdown.compare.grace_period.start_laws import StartLaw, start_chances
from stepdown.compare.grace_period.strategies import StartStrategy
from stepdown.compare.processes import LARGEST
from stepdown.survival.core.sample import Bools, Floats


@dataclass(frozen=True, eq=False, kw_only=True)
class StartModels:
    """Fitted models of start and loss.

    Attributes
    ----------
    start : DayModel
        Daily chance of a start given all covariates: the denominator.
    law : DayModel
        The same given covariates at discharge only: the start law. May be `start`.
    loss : DayModel or None
        Daily chance to be lost; None where nobody is.
    """

    start: DayModel
    law: DayModel
    loss: DayModel | None


@dataclass(frozen=True, eq=False, kw_only=True)
class ObservedDecisions:
    """Decisions of a block as observed.

    Attributes
    ----------
    loss : array (people, H) or None
        Daily chance to be lost, 0 where it does not apply.
    kept : array (people, H + 1)
        1 over the chance of being still followed; 0 when not at risk.
    """

    loss: Floats | None
    kept: Floats


@dataclass(frozen=True, eq=False, kw_only=True)
class Decisions(ObservedDecisions):
    """Decisions about the start of care, with their fitted chances.

    Attributes
    ----------
    chance, law : array (people, K + 1)
        p and h: daily chance of a start, given all covariates and given those at discharge.
    started, waited : array of bool (people, K + 1)
        Decisions: start, or no start, on that day.
    """

    chance: Floats
    law: Floats
    started: Bools
    waited: Bools


@dataclass(frozen=True, eq=False, kw_only=True)
class BlockWeights:
    """Weights of a block under one strategy.

    Attributes
    ----------
    q : array (people, K + 1)
        Chance of a start under the strategy.
    weight, uncapped : array (people, H + 1)
        Weight on each day, 0 when not at risk or no longer compatible.
    free : array of bool (people, H + 1)
        Whether the start factor is below the cap.
    """

    q: Floats
    weight: Floats
    uncapped: Floats
    free: Bools


def block_decisions(people: PersonDays, block: PeopleBlock, models: StartModels) -> Decisions:
    """Return the decisions of a block and their chances."""
    rows, days, decided = block.rows, people.grace + 1, people.decisions
    chance = models.start.chance(block, days)
    made = decided.within(rows, days)
    started = np.zeros_like(made)
    hit = np.flatnonzero(decided.hit[rows])
    started[hit, decided.last[rows][hit]] = True
    loss, kept = still_followed(people, block, models.loss)
    return Decisions(
        chance=chance,
        law=chance if models.law is models.start else models.law.chance(block, days),
        started=started,
        waited=made & ~started,
        loss=loss,
        kept=kept,
    )


class DecisionsByBlock(Sequence[Decisions]):
    """The decisions of every block; of very many people they are made anew each time, for want of memory.

    Parameters
    ----------
    people : PersonDays
        Follow-up.
    models : StartModels
        Fitted models.
    """

    def __init__(self, people: PersonDays, models: StartModels) -> None:
        self._people, self._models = people, models
        kept = people.blocks if len(people.order) <= LARGEST else ()
        self._kept = tuple(block_decisions(people, block, models) for block in kept)

    def __len__(self) -> int:
        """Return how many blocks there are."""
        return len(self._people.blocks)

    @overload
    def __getitem__(self, number: int) -> Decisions: ...
    @overload
    def __getitem__(self, number: slice) -> Sequence[Decisions]: ...
    def __getitem__(self, number: int | slice) -> Decisions | Sequence[Decisions]:
        """Return the decisions of a block, or of some."""
        if isinstance(number, slice):
            return [self[one] for one in range(*number.indices(len(self)))]
        if self._kept:
            return self._kept[number]
        return block_decisions(self._people, self._people.blocks[number], self._models)


def still_followed(
    people: PersonDays, block: PeopleBlock, model: DayModel | None
) -> tuple[Floats | None, Floats]:
    """Return the daily chance to be lost, and 1 over that of being still followed, as in `Decisions`."""
    loss, kept = None, np.ones((block.rows.stop - block.rows.start, people.horizon + 1))
    if model is not None:
        loss = model.chance(block, people.horizon) * people.losses.within(block.rows, people.horizon)
        kept[:, 1:] = np.cumprod(1 / (1 - loss), axis=1)
    kept *= people.at_risk(0).within(block.rows, people.horizon + 1)
    return loss, kept


def start_factors(chance: Floats, q: Floats, started: Bools, waited: Bools) -> Floats:
    """Return the factor of each decision: q / p of a start, (1 - q) / (1 - p) of none, 1 without decision."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(started, q / chance, np.where(waited, (1 - q) / (1 - chance), 1.0))


def block_weights(
    decisions: Decisions, strategy: StartStrategy, *, law: StartLaw, cap: float
) -> BlockWeights:
    """Return the weights of a block."""
    chance, kept = decisions.chance, decisions.kept
    q = start_chances(law, decisions.law) if strategy.starts else np.zeros_like(chance)
    factor = np.ones_like(kept)
    running = np.cumprod(start_factors(chance, q, decisions.started, decisions.waited), axis=1)
    days = running.shape[1]
    factor[:, 1 : days + 1] = running
    factor[:, days + 1 :] = running[:, -1:]
    return BlockWeights(
        q=q, weight=np.minimum(factor, cap) * kept, uncapped=factor * kept, free=factor <= cap
    )
