"""The course of each client, day by day: vectorized over clients, looped over days.

The days of relapse, death, incarceration and loss come from one exponential number each: the event happens
on the first day on which the cumulative hazard is at least that number. So the same seed gives the same
numbers whatever the care, and under a sharp null the same days.
"""

from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from stepdown.synthetic.arrays import Flags, Floats, Ints
from stepdown.synthetic.transition_rates import (
    CARRY_OVER,
    EARLY_OUTPATIENT,
    HORIZON,
    IN_CARE,
    INTENSIVE,
    IOP_1,
    NEXT,
    NONE,
    PHP,
    REMOVED,
    Policy,
    Rates,
    in_states,
)
from stepdown.synthetic.weekly_scores import WEEK

NEVER = 100_000


@dataclass(frozen=True, eq=False, kw_only=True)
class Paths:
    """What happened to each client, recorded or not. Days since discharge; NEVER for none.

    Attributes
    ----------
    state : array of int8, shape (366, clients)
        State of care at the end of each day; REMOVED from the day of death or incarceration on.
    started : array of int
        Day of the first session of IOP or PHP.
    relapse, death, incarceration, loss : array of int
        Days of the first use, and of the others.
    level : array of int8, shape (53, clients)
        Level of the weekly score at the end of days 0, 7, ..., 364; no rows where the world has none.
    """

    state: npt.NDArray[np.int8]
    started: Ints
    relapse: Ints
    death: Ints
    incarceration: Ints
    loss: Ints
    level: npt.NDArray[np.int8]

    @property
    def removal(self) -> Ints:
        """Day of death or incarceration."""
        return np.minimum(self.death, self.incarceration)

    def take(self, index: Ints) -> "Paths":
        """Return the paths of some clients, in the order of the index."""
        return Paths(**{name: getattr(self, name)[..., index] for name in _FIELDS})

    def join(self, other: "Paths") -> "Paths":
        """Return these paths and others."""
        both = {name: (getattr(self, name), getattr(other, name)) for name in _FIELDS}
        return Paths(**{name: np.concatenate(pair, axis=-1) for name, pair in both.items()})


_FIELDS = tuple(field.name for field in fields(Paths))


class _Clock:
    """First day on which a cumulative hazard is at least an exponential threshold."""

    def __init__(self, threshold: Floats) -> None:
        self.left = threshold
        self.day = np.full(len(threshold), NEVER, dtype=np.int64)

    def tick(self, day: int, hazard: Floats, *, may: Flags) -> Flags:
        """Add the day's hazard where it applies; return who has the event on this day."""
        self.left = self.left - np.where(may, hazard, 0.0)
        now = may & (self.left <= 0) & (self.day == NEVER)
        self.day[now] = day
        return np.asarray(now)


def simulate(
    rates: Rates,
    entry: Floats,
    *,
    rng: np.random.Generator,
    loss_after_relapse: float = 1.0,
    policy: Policy = "natural",
) -> Paths:
    """Run every client from discharge to day 365.

    Parameters
    ----------
    rates : Rates
        Daily rates of the clients.
    entry : array of float
        Uniform number of each: enters at PHP where it is below `rates.php`.
    rng : Generator
        Generator; care never changes how many numbers are drawn.
    loss_after_relapse : float
        Multiple of the hazard of loss after first use.
    policy : Policy
        How care starts: see `Rates.start_on`.
    """
    people, base = len(entry), rates.baseline
    relapse, death, custody, loss = (_Clock(rng.exponential(size=people)) for _ in range(4))
    history = np.empty((HORIZON + 1, people), dtype=np.int8)
    started = np.full(people, NEVER, dtype=np.int64)
    state = np.full(people, NONE, dtype=np.int64)
    scores = _Scores(rates, people, rng)
    for day in range(HORIZON + 1):
        here = state != REMOVED
        if day:
            fresh = here & (relapse.day == NEVER)
            hazard = rates.baseline_hazard(day) * rates.relapse * rates.by_state[state] * scores.relapse
            today = relapse.tick(day, hazard, may=fresh)
            worse = np.where(relapse.day < day, base.death_after_relapse, 1.0)
            dies = death.tick(day, rates.death * worse, may=here & ~today)
            taken = custody.tick(day, rates.incarceration, may=here & ~today & ~dies)
            state = np.where(dies | taken, REMOVED, state)
        after = relapse.day <= day
        start = rates.start_at(day, scores.level, policy=policy)
        begins, state = _care(state, rng.random(people), rates, entry, start=start, day=day, after=after)
        scores.end_of(day, state)
        started[begins] = day
        if day:
            hazard = rates.loss * rates.loss_by_state[state] * np.where(after, loss_after_relapse, 1.0)
            loss.tick(day, hazard, may=state != REMOVED)
        history[day] = state
    return Paths(
        state=history,
        started=started,
        relapse=relapse.day,
        death=death.day,
        incarceration=custody.day,
        loss=loss.day,
        level=scores.history,
    )


class _Scores:
    """The weekly score of each client; numbers of worlds without one stay: it has its own generator."""

    def __init__(self, rates: Rates, people: int, rng: np.random.Generator) -> None:
        self.score, self.falls = rates.score, rates.score_falls
        self.level: Ints | None = None
        self.weeks: list[npt.NDArray[np.int8]] = []
        self.people = people
        if self.score is not None:
            self.rng = rng.spawn(1)[0]
            self.level = self.score.drawn(self.rng.random(people))

    @property
    def relapse(self) -> Floats | float:
        """Hazard ratio of relapse of each client now."""
        if self.score is None or self.level is None:
            return 1.0
        return np.asarray(np.array(self.score.relapse)[self.level])

    @property
    def history(self) -> npt.NDArray[np.int8]:
        """The levels at the end of each seventh day."""
        return np.array(self.weeks, dtype=np.int8).reshape(len(self.weeks), self.people)

    def end_of(self, day: int, state: Ints) -> None:
        """Let the score move, where a week ends."""
        if self.score is None or self.level is None or day % WEEK:
            return
        if day:
            uniform = self.rng.random(self.people)
            care = in_states(state, IN_CARE)
            self.level = self.score.moved(self.level, uniform, in_care=care, falls=self.falls)
        self.weeks.append(self.level.astype(np.int8))


def _care(
    state: Ints, chance: Floats, rates: Rates, entry: Floats, *, start: Floats, day: int, after: Flags
) -> tuple[Flags, Ints]:
    base = rates.baseline
    start = start * np.where(after, base.start_after_relapse, 1.0)
    outpatient = rates.outpatient_on(day)
    waiting = (state == NONE) | (state == EARLY_OUTPATIENT)
    begins = waiting & (chance < start)
    joins = (state == NONE) & ~begins & (chance < start + outpatient)
    quits = (state == EARLY_OUTPATIENT) & ~begins & (chance < start + rates.onward[EARLY_OUTPATIENT])
    dropout = np.minimum(rates.dropout * np.where(after, base.dropout_after_relapse, 1.0), 0.5)
    drops = in_states(state, INTENSIVE) & (chance < dropout)
    leaving = np.where(in_states(state, INTENSIVE), dropout, 0.0)
    moves = (state >= PHP) & (state != REMOVED) & ~drops & (chance < leaving + rates.onward[state])
    new = np.where(moves | quits, NEXT[state], state)
    new = np.where(drops, CARRY_OVER, new)
    new = np.where(joins, EARLY_OUTPATIENT, new)
    new = np.where(begins, np.where(entry < rates.php, PHP, IOP_1), new)
    return begins, new
