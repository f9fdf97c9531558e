"""Exact risks of each client by recursion over days: the Markov chain of the simulation."""

from dataclasses import dataclass

import numpy as np

from stepdown.synthetic.arrays import Floats
from stepdown.synthetic.transition_rates import (
    CARRY_OVER,
    EARLY_OUTPATIENT,
    INTENSIVE,
    IOP_1,
    NEXT,
    NONE,
    OUTPATIENT,
    PHP,
    WORN_OFF,
    Policy,
    Rates,
)

CAUSES = ("relapse", "death", "incarceration")
STATES = WORN_OFF + 1


@dataclass(frozen=True, eq=False, kw_only=True)
class Risks:
    """Risks of each client.

    Attributes
    ----------
    incidence : array, shape (3, times, clients)
        Probability of each cause by each time, in the order of `CAUSES`.
    free_days : array, shape (clients,)
        Expected event-free days up to day 90 from the first day of the recursion.
    """

    incidence: Floats
    free_days: Floats


def at_discharge(rates: Rates, *, policy: Policy) -> Floats:
    """Return the chance of each state of care at the end of day 0, shape (9, clients)."""
    chance = np.zeros((STATES, len(rates.start)))
    chance[NONE] = 1.0
    return _care(chance, rates, day=0, policy=policy)


def advance(
    chance: Floats,
    rates: Rates,
    *,
    after: int,
    times: tuple[int, ...],
    policy: Policy,
    restricted: int = 90,
) -> Risks:
    """Run the chain from the end of day `after` to the last of `times`.

    Parameters
    ----------
    chance : array, shape (9, clients)
        Chance of each state of care at the end of day `after`, event-free; need not add up to 1.
    rates : Rates
        Daily rates.
    after : int
        Day at whose end the chain starts.
    times : tuple of int
        Days by which to count events, increasing; those up to `after` count none.
    policy : Policy
        How care starts.
    restricted : int
        Day up to which event-free days are counted.
    """
    clients = chance.shape[1]
    so_far, free = np.zeros((len(CAUSES), clients)), np.zeros(clients)
    incidence = np.zeros((len(CAUSES), len(times), clients))
    for day in range(after + 1, times[-1] + 1):
        if day <= restricted:
            free += chance.sum(axis=0)
        chance, events = _events(chance, rates, day=day)
        so_far += events
        chance = _care(chance, rates, day=day, policy=policy)
        if day in times:
            incidence[:, times.index(day)] = so_far
    return Risks(incidence=incidence, free_days=free)


def observed_at(rates: Rates, *, day: int) -> Floats:
    """Return the chance of each state of care, event-free and still followed at the end of a day.

    Loss on the day itself comes last in it, so the client still counts as followed.
    """
    chance = at_discharge(rates, policy="natural")
    for past in range(1, day + 1):
        chance, _ = _events(chance, rates, day=past)
        chance = _care(chance, rates, day=past, policy="natural")
        if past < day:
            chance = chance * np.exp(-rates.loss_by_state[:STATES, None] * rates.loss)
    return chance


def _events(chance: Floats, rates: Rates, *, day: int) -> tuple[Floats, Floats]:
    hazard = rates.baseline_hazard(day) * rates.relapse
    kept = {ratio: np.exp(-hazard * ratio) for ratio in set(rates.by_state[:STATES].tolist())}
    stays = np.stack([chance[state] * kept[rates.by_state[state]] for state in range(STATES)])
    total = stays.sum(axis=0)
    alive, free = np.exp(-rates.death), np.exp(-rates.incarceration)
    events = np.stack([chance.sum(axis=0) - total, total * (1 - alive), total * alive * (1 - free)])
    return stays * (alive * free), events


def _care(chance: Floats, rates: Rates, *, day: int, policy: Policy) -> Floats:
    start, onward = rates.start_on(day, policy=policy), rates.onward
    new = np.empty_like(chance)
    begins = (chance[NONE] + chance[EARLY_OUTPATIENT]) * start
    joins = chance[NONE] * np.minimum(rates.outpatient_on(day), 1 - start)
    quits = chance[EARLY_OUTPATIENT] * np.minimum(onward[EARLY_OUTPATIENT], 1 - start)
    new[NONE] = chance[NONE] * (1 - start) - joins + quits
    new[EARLY_OUTPATIENT] = chance[EARLY_OUTPATIENT] * (1 - start) - quits + joins
    new[PHP:] = chance[PHP:] * (1 - onward[PHP:STATES, None])
    for state in range(PHP, OUTPATIENT + 2):
        new[NEXT[state]] += chance[state] * onward[state]
    dropout = np.minimum(rates.dropout, 0.5)
    for state in INTENSIVE:
        drops = chance[state] * dropout
        new[state] -= drops
        new[CARRY_OVER] += drops
    new[PHP] += begins * rates.php
    new[IOP_1] += begins * (1 - rates.php)
    return new


def arms_at(chance: Floats) -> dict[str, Floats]:
    """Split the chances at a landmark into those who have started IOP or PHP and those who have not."""
    begun = np.zeros_like(chance)
    begun[PHP:] = chance[PHP:]
    return {"early": begun, "none": chance - begun}
