"""Daily rates of all events, used by both the simulation and the exact recursion.

Time is whole days since discharge, 0 to 365. On each day from 1 on, in this order: relapse with chance
1 - exp(-h), with h = baseline(day) x covariates x effect of the care that the client is in since the day
before; else death; else incarceration (constant hazards); then the care of the client may change; then the
client may be lost to follow-up. On day 0 only care may start. So a start of care on day k is a start by one
who is event-free through day k, and acts from day k + 1.

Care is one of the states below. PHP ends in IOP; IOP has three phases of equal mean length and ends in
outpatient care; after leaving PHP or IOP early, or ending outpatient care, its effect carries over until it
has worn off. Durations are geometric by phase, which keeps the process a Markov chain given the covariates.
"""

from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from scipy.special import expit

from stepdown.synthetic.arrays import Flags, Floats, Ints
from stepdown.synthetic.clients import Clients, linear
from stepdown.synthetic.parameters import Baseline, course
from stepdown.synthetic.weekly_scores import WeeklyScore
from stepdown.synthetic.worlds import Effect, World

HORIZON = 365
GRACE = 14

NONE, EARLY_OUTPATIENT, PHP, IOP_1, IOP_2, IOP_3, OUTPATIENT, CARRY_OVER, WORN_OFF, REMOVED = range(10)
# The state that follows when a spell has run its course.
NEXT = np.array([NONE, NONE, IOP_1, IOP_2, IOP_3, OUTPATIENT, CARRY_OVER, WORN_OFF, WORN_OFF, REMOVED])
INTENSIVE = (PHP, IOP_1, IOP_2, IOP_3)
IN_CARE = (EARLY_OUTPATIENT, *INTENSIVE, OUTPATIENT)

Policy = Literal["natural", "as_observed", "uniform", "catch_up", "none"]


@dataclass(frozen=True, eq=False, kw_only=True)
class Rates:
    """Daily hazards and chances of each client, before the effects of day and state of care.

    Attributes
    ----------
    relapse : array
        Multiple of the baseline hazard of the day, out of care.
    death, incarceration, loss : array
        Daily hazards.
    dropout : array
        Daily chance of leaving PHP or IOP.
    start : array
        Chance of starting IOP or PHP on day 0 without an appointment.
    attend : array
        Chance of keeping the appointment.
    appointment : array of int
        Its day; -1 for none.
    outpatient : array
        Chance of starting outpatient care on day 0.
    php : array
        Chance of entering at PHP.
    by_state, onward, loss_by_state : array, shape (10,)
        Hazard ratio of relapse, chance to move on, and multiple of the hazard of loss by state of care.
    baseline : Baseline
        The stated numbers.
    start_law : array, shape (15, clients), or None
        Chance to start on each of days 0 to 14 under the policy "as_observed".
    score : WeeklyScore or None
        The weekly score of the world.
    score_falls : float
        What care does to it.
    level : array of int or None
        Level of the score of each column, where a client has a column for each: see `by_level`.
    """

    relapse: Floats
    death: Floats
    incarceration: Floats
    loss: Floats
    dropout: Floats
    start: Floats
    attend: Floats
    appointment: Ints
    outpatient: Floats
    php: Floats
    by_state: Floats
    onward: Floats
    loss_by_state: Floats
    baseline: Baseline
    start_law: Floats | None = None
    score: WeeklyScore | None = None
    score_falls: float = 1.0
    level: Ints | None = None

    @classmethod
    def of(cls, clients: Clients, *, world: World, effect: Effect) -> "Rates":
        """Return the rates of these clients in a world, under an effect of care."""
        numbers, base, sites = course(), course().baseline, clients.sites
        by = numbers.coefficients
        hidden = world.hidden * clients.hidden
        warm = np.where(clients.flags["warm_handoff"], np.log(effect.warm_handoff), 0.0)
        start = linear(clients, by["start"], site=sites.access) - hidden
        daily = np.where(clients.flags["referred"], base.start, base.start_unreferred)
        dropout = base.dropout * np.exp(linear(clients, by["dropout"], site=sites.outcome))
        return cls(
            relapse=np.exp(linear(clients, by["relapse"], site=sites.outcome) + hidden + warm),
            death=base.death * np.exp(linear(clients, by["death"], site=sites.outcome)),
            incarceration=base.incarceration
            * np.exp(linear(clients, by["incarceration"], site=sites.outcome)),
            loss=base.loss * np.exp(linear(clients, by["loss"], site=sites.outcome)),
            dropout=1 - np.exp(-dropout),
            start=expit(np.log(daily / (1 - daily)) + start),
            attend=expit(base.attend + start + _handed_over(clients)),
            appointment=clients.appointment,
            outpatient=np.where(clients.flags["referred"], base.outpatient, base.outpatient / 2),
            php=clients.php,
            by_state=_by_state(effect),
            onward=_onward(base),
            loss_by_state=np.where(np.isin(np.arange(10), IN_CARE), base.loss_in_care, 1.0),
            baseline=base,
            score=world.score,
            score_falls=effect.score_falls,
        )

    @property
    def levels(self) -> int:
        """Columns that each client has."""
        return 1 if self.score is None or self.level is None else self.score.levels

    def by_level(self) -> "Rates":
        """Return rates with a column for each level of the score and client, the levels one after another.

        Without a score they are returned as they are.
        """
        if self.score is None:
            return self
        tiled: dict[str, Any] = {
            name: np.tile(getattr(self, name), self.score.levels)
            for name in _OF_CLIENTS
            if getattr(self, name) is not None
        }
        level = np.repeat(np.arange(self.score.levels), len(self.start))
        tiled["relapse"] = tiled["relapse"] * np.array(self.score.relapse)[level]
        return replace(self, **tiled, level=level)

    def start_at(self, day: int, level: Ints | None, *, policy: Policy) -> Floats:
        """Return `start_on` for clients whose score has some level: it acts where they start as simulated."""
        chance = self.start_on(day, policy=policy)
        if self.score is None or level is None or not _as_simulated(policy, day):
            return chance
        return np.asarray(np.minimum(chance * np.array(self.score.start)[level], 1.0))

    def baseline_hazard(self, day: int) -> float:
        """Return the baseline hazard of relapse on a day, 1 to 365."""
        base = self.baseline
        early = day / base.peak_day
        return base.relapse * (1 + base.peak_height * early * float(np.exp(1 - early)))

    def start_on(self, day: int, *, policy: Policy) -> Floats:
        """Return the chance that a client who has not started IOP or PHP starts on this day.

        "natural": as simulated. "as_observed": on days 0 to 14 as `start_law` says. "uniform": the start day
        is uniform over days 0 to 14 for every client. "catch_up": as simulated on days 0 to 13; all who have
        not started then start on day 14. "none": no start on days 0 to 14, then as simulated.
        """
        if policy == "as_observed" and day <= GRACE:
            if self.start_law is None:
                raise ValueError("The policy as_observed needs start_law; see start_days.as_observed.")
            return np.asarray(self.start_law[day])
        if policy == "uniform" and day <= GRACE:
            return np.full(len(self.start), 1 / (GRACE + 1 - day))
        if policy == "catch_up" and day == GRACE:
            return np.ones(len(self.start))
        if policy == "none" and day <= GRACE:
            return np.zeros(len(self.start))
        fading = float(np.exp(-day / self.baseline.start_fading))
        on_own = self.start * fading
        waits, missed = self.appointment > day, (self.appointment >= 0) & (self.appointment < day)
        chance = np.where(missed, on_own * self.baseline.start_after_missed, on_own)
        chance = np.where(waits, on_own * self.baseline.start_before_due, chance)
        return np.where(self.appointment == day, self.attend, chance)

    def outpatient_on(self, day: int) -> Floats:
        """Return the chance that a client out of care starts outpatient care on this day."""
        return self.outpatient * float(np.exp(-day / self.baseline.start_fading))


_OF_CLIENTS = (
    "relapse", "death", "incarceration", "loss", "dropout", "start", "attend", "appointment", "outpatient",
    "php", "start_law",
)  # fmt: skip


def _as_simulated(policy: Policy, day: int) -> bool:
    """Return whether care starts on a day under a policy as it does in the simulated programs."""
    return policy == "natural" or day > GRACE or (policy == "catch_up" and day < GRACE)


def _handed_over(clients: Clients) -> Floats:
    chances = course().handoff
    return np.asarray(
        chances.attend_warm * clients.flags["warm_handoff"]
        + chances.attend_intake * clients.flags["intake_started"]
        + chances.attend_same_team * clients.flags["same_team"]
        + chances.attend_gap_day * np.maximum(clients.appointment, 0)
    )


def _by_state(effect: Effect) -> Floats:
    by_state = np.ones(10)
    by_state[PHP] = effect.php
    by_state[[IOP_1, IOP_2, IOP_3]] = effect.iop
    by_state[[EARLY_OUTPATIENT, OUTPATIENT]] = effect.outpatient
    by_state[CARRY_OVER] = effect.carry_over
    return by_state


def _onward(base: Baseline) -> Floats:
    onward = np.zeros(10)
    onward[PHP] = 1 / base.php_days
    onward[[IOP_1, IOP_2, IOP_3]] = 3 / base.iop_days
    onward[[EARLY_OUTPATIENT, OUTPATIENT]] = 1 / base.outpatient_days
    onward[CARRY_OVER] = 1 / base.carry_over_days
    return onward


def in_states(state: npt.NDArray[np.integer], states: tuple[int, ...]) -> Flags:
    """Return which elements are in one of the states."""
    table = np.zeros(10, dtype=np.bool_)
    table[list(states)] = True
    return np.asarray(table[state])
