"""Exact risks of each client by recursion over days: the Markov chain of the simulation."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from stepdown.synthetic.arrays import Floats
from stepdown.synthetic.transition_rates import (
    CARRY_OVER,
    EARLY_OUTPATIENT,
    GRACE,
    IN_CARE,
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
from stepdown.synthetic.weekly_scores import WEEK, mixed

_IN_CARE = np.isin(np.arange(WORN_OFF + 1), IN_CARE)
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
    return care_after(no_care(rates), rates, day=0, policy=policy)


def no_care(rates: Rates) -> Floats:
    """Return the chances before any care: one for each client, spread over the levels of the score."""
    chance = np.zeros((STATES, len(rates.start)))
    chance[NONE] = 1.0
    if rates.score is not None and rates.level is not None:
        chance[NONE] = np.array(rates.score.at_discharge)[rates.level]
    return chance


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
        chance, events = events_of(chance, rates, day=day)
        so_far += events
        chance = care_after(chance, rates, day=day, policy=policy)
        if day in times:
            incidence[:, times.index(day)] = so_far
    return Risks(incidence=incidence, free_days=free)


def waiting_and_starting(rates: Rates, *, until: int) -> Iterator[tuple[Floats, Floats]]:
    """Yield for each day the chance to start IOP or PHP, and that of not having started before, by client.

    Both are chances to be free of events on that day too; columns of one client are added up.
    """
    shape = (rates.levels, -1)
    chance = no_care(rates)
    for day in range(until + 1):
        if day:
            chance, _ = events_of(chance, rates, day=day)
        waits = chance[NONE] + chance[EARLY_OUTPATIENT]
        begins = waits * rates.start_at(day, rates.level, policy="natural")
        yield begins.reshape(shape).sum(axis=0), waits.reshape(shape).sum(axis=0)
        chance = care_after(chance, rates, day=day, policy="natural")


def before_care(chance: Floats, rates: Rates, *, until: int) -> Iterator[Floats]:
    """Yield the chances of those event-free and still followed before the care of days 0 to `until`.

    `chance` is that before any care.
    """
    for day in range(until + 1):
        if day:
            chance = chance * np.exp(-rates.loss_by_state[:STATES, None] * rates.loss) if day > 1 else chance
            chance, _ = events_of(chance, rates, day=day)
        yield chance
        chance = care_after(chance, rates, day=day, policy="natural")


def not_started(chance: Floats) -> Floats:
    """Return the chances of those who have not started IOP or PHP."""
    found = np.zeros_like(chance)
    found[[NONE, EARLY_OUTPATIENT]] = chance[[NONE, EARLY_OUTPATIENT]]
    return found


def trial_risks(rates: Rates, followed: Iterable[Floats], *, days: int) -> dict[str, Floats]:
    """Return the risks of relapse of the entries of sequential trials, a trial on each day, by column.

    Parameters
    ----------
    rates : Rates
        Daily rates.
    followed : iterable of array
        Chances before the care of days 0, 1, ..., as from `before_care`.
    days : int
        Days after the day of the trial by which relapses count.

    Returns
    -------
    dict of array (columns,)
        Sums over the trials of the chance of an entry (`entries`), and of a relapse had all started on the
        day of the trial (`early`), had none on that day (`none`), had none up to day 14
        (`none_until_day_14`).
    """
    size = len(rates.start)
    found = {name: np.zeros(size) for name in ("entries", "early", "none", "none_until_day_14")}
    everyone = replace(rates, start_law=np.ones((GRACE + 1, size)))
    for trial, chance in enumerate(followed):
        waits = not_started(chance)
        found["entries"] += waits.sum(axis=0)
        arms: tuple[tuple[str, Rates, Policy, Policy], ...] = (
            ("early", everyone, "as_observed", "natural"),
            ("none", rates, "none", "natural"),
            ("none_until_day_14", rates, "none", "none"),
        )
        for name, those, today, later in arms:
            begins = care_after(waits, those, day=trial, policy=today)
            risks = advance(begins, rates, after=trial, times=(trial + days,), policy=later)
            found[name] += risks.incidence[0, 0]
    return found


def observed_at(rates: Rates, *, day: int) -> Floats:
    """Return the chance of each state of care, event-free and still followed at the end of a day.

    Loss on the day itself comes last in it, so the client still counts as followed.
    """
    chance = at_discharge(rates, policy="natural")
    for past in range(1, day + 1):
        chance, _ = events_of(chance, rates, day=past)
        chance = care_after(chance, rates, day=past, policy="natural")
        if past < day:
            chance = chance * np.exp(-rates.loss_by_state[:STATES, None] * rates.loss)
    return chance


def events_of(chance: Floats, rates: Rates, *, day: int) -> tuple[Floats, Floats]:
    """Return the chances of those without an event on a day, and of each event, shape (3, clients)."""
    """Return the chances of those without an event on a day, and of each event, shape (3, clients)."""
    hazard = rates.baseline_hazard(day) * rates.relapse
    kept = {ratio: np.exp(-hazard * ratio) for ratio in set(rates.by_state[:STATES].tolist())}
    stays = np.stack([chance[state] * kept[rates.by_state[state]] for state in range(STATES)])
    total = stays.sum(axis=0)
    alive, free = np.exp(-rates.death), np.exp(-rates.incarceration)
    events = np.stack([chance.sum(axis=0) - total, total * (1 - alive), total * alive * (1 - free)])
    return stays * (alive * free), events


def care_after(chance: Floats, rates: Rates, *, day: int, policy: Policy) -> Floats:
    """Return the chances at the end of a day, once care has started, gone on or ended."""
    """Return the chances at the end of a day, once care has started, gone on or ended."""
    start, onward = rates.start_at(day, rates.level, policy=policy), rates.onward
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
    return _scored(new, rates, day=day)


def _scored(chance: Floats, rates: Rates, *, day: int) -> Floats:
    """Return the chances after the weekly move of the score, where there is one."""
    if rates.score is None or rates.level is None or not day or day % WEEK:
        return chance
    return mixed(chance, rates.score, in_care=_IN_CARE, falls=rates.score_falls)


def of_clients(risks: Risks, rates: Rates) -> Risks:
    """Return the risks of clients from those of their columns."""
    if rates.levels == 1:
        return risks
    shape = (rates.levels, -1)
    return Risks(
        incidence=risks.incidence.reshape(*risks.incidence.shape[:2], *shape).sum(axis=2),
        free_days=risks.free_days.reshape(shape).sum(axis=0),
    )


def by_level_at(chance: Floats, rates: Rates) -> Iterator[tuple[Floats, slice]]:
    """Yield the chances of those with each level of the score now, and where their columns are."""
    size = chance.shape[1] // rates.levels
    for level in range(rates.levels):
        place = slice(level * size, (level + 1) * size)
        alone = np.zeros_like(chance)
        alone[:, place] = chance[:, place]
        yield alone, place


def arms_at(chance: Floats) -> dict[str, Floats]:
    """Split the chances at a landmark into those who have started IOP or PHP and those who have not."""
    begun = np.zeros_like(chance)
    begun[PHP:] = chance[PHP:]
    return {"early": begun, "none": chance - begun}
