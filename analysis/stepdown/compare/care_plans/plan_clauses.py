"""What a plan asks, clause by clause: who is asked on which days, what they do, and who departs when and why.

A clause counts days: a step has so many days from time zero, from the start of the step before, or from the
latest day of its care; a week of care kept up has seven. Each count is a window. On each of its days, once
events of the day are over, the person meets the clause (and the window ends), or does not; who has not met it
at the end of its last day departs on that day. A clause that forbids care is the other way round: who has
the care departs, and who has not by the end of the window is through. Within a day: event, then care, then
loss; so who has an event in a window has not departed, and a departure on day k counts from day k + 1 on.

1. **A step**: care at its levels. It may not be preceded by care that only a later step asks for ("IOP before
   PHP"): within the window of a step that care is a departure, unless the step starts on the same day.
2. **The next step** starts on a later day than the step before. With `after = "end"` each day of care of the
   step before begins the count anew, until the next step starts: its end is the last such day.
3. **Care kept up** (`min_weeks`): weeks are counted from the first day of the last step. A week is met on the
   day on which its hours reach `min_hours`; without it, by one day of care.
4. **Avoided care**: none from day 0 to `within`.
"""

from dataclasses import dataclass, replace

import numpy as np

from stepdown.compare.care_plans.care_days import NEVER, CareDays, LevelDays
from stepdown.errors import EstimateError
from stepdown.study import CareStep, Strategy
from stepdown.survival.core.sample import Bools, Floats, Ints

WEEK = 7
_ROUNDING = 1e-9
LEVEL_NAMES = {
    "withdrawal": "withdrawal management",
    "residential": "residential care",
    "php": "PHP",
    "iop": "IOP",
    "outpatient": "outpatient care",
}


@dataclass(frozen=True, eq=False, kw_only=True)
class Windows:
    """The counts of one clause; m windows.

    Attributes
    ----------
    person, begin : array of int (m,)
        Whose, and on which day since time zero it begins.
    last : array of int (m,)
        Last of its days, from 0, on which the person decides.
    hit : array of bool (m,)
        Whether the clause is met on that day; of a clause that forbids care, whether the care is received.
    since : array (m, columns)
        What the model knows of the way so far, apart from the day in the window.
    """

    person: Ints
    begin: Ints
    last: Ints
    hit: Bools
    since: Floats

    def select(self, kept: Bools | Ints) -> "Windows":
        """Return some windows."""
        return Windows(**{name: values[kept] for name, values in vars(self).items()})


@dataclass(frozen=True, eq=False, kw_only=True)
class Clause:
    """One condition of a plan.

    Attributes
    ----------
    decision : str
        The care that meets it, or that departs from it where it forbids care.
    forbids : bool
        Whether it forbids care.
    days : int
        Days of a whole window.
    first : bool
        Whether its days are counted from time zero.
    windows : Windows
        Of the people who followed the plan so far.
    short : bool
        Whether those who depart have too little of the care, rather than none.
    """

    decision: str
    forbids: bool
    days: int
    first: bool
    windows: Windows
    short: bool = False

    @property
    def reason(self) -> str:
        """What those who depart by it did."""
        if self.forbids:
            return self.decision
        return f"{'less than' if self.short else 'no'} {self.decision}"

    @property
    def departs(self) -> Bools:
        """Which windows end in a departure."""
        one = self.windows
        return one.hit if self.forbids else ~one.hit & (one.last == self.days - 1)


@dataclass(frozen=True, eq=False, kw_only=True)
class FollowedPlan:
    """How n people follow a plan.

    Attributes
    ----------
    clauses : tuple of Clause
        Its clauses, in the order in which the decisions of a day are made.
    departed : array of int (n,)
        Day of departure; -1 where never.
    by : array of int (n,)
        Clause by which; -1 where none.
    done : array of bool (n,)
        Who did all that the plan asks.
    """

    clauses: tuple[Clause, ...]
    departed: Ints
    by: Ints
    done: Bools


def followed_plan(plan: Strategy, care: CareDays, eventless: Ints) -> FollowedPlan:
    """Return how people follow a plan.

    Parameters
    ----------
    plan : Strategy
        Steps in their order, and care to avoid.
    care : CareDays
        Days of care.
    eventless : array of int (n,)
        Last day of each person without an event.

    Raises
    ------
    EstimateError
        Hours that a plan asks for are not recorded.
    """
    people = np.arange(care.size)
    clauses: list[Clause] = []
    start, done = np.zeros(care.size, dtype=np.int64), eventless >= 0
    before: LevelDays | None = None
    for number, step in enumerate(plan.steps):
        days, later = care.at(step.level), _later_levels(plan, number)
        known = start < NEVER
        own = days.first(people, start + 1 if number else start)
        own = np.where(known & (own <= eventless), own, NEVER)
        care_in_time = _in_time(plan, number)
        if step.after == "end" and before is not None:
            found, own = _after_end(before, days, start, own, eventless, step.within)
            clauses.append(
                Clause(decision=care_in_time, forbids=False, days=step.within, first=False, windows=found)
            )
        else:
            begin, length = (start + 1, step.within) if number else (start, step.within + 1)
            skips = _early(care, later, people, begin, own)
            windows = _from(begin, own, np.minimum(eventless, skips), length, known)
            since = np.zeros((len(windows.person), 0))
            if number:
                since = start[windows.person, None].astype(float)
            windows = replace(windows, since=since)
            own = np.where(own < begin + length, own, NEVER)
            clauses.append(
                Clause(decision=care_in_time, forbids=False, days=length, first=not number, windows=windows)
            )
            if later:
                # On the days of the window on which the step does not start.
                hit = np.minimum(skips, NEVER - 1)
                over = np.minimum(np.minimum(eventless, own - 1), begin + length - 1)
                kept = known & (over >= begin)
                last = np.minimum(over, hit) - begin
                asked = Windows(
                    person=people[kept],
                    begin=begin[kept],
                    last=last[kept],
                    hit=(hit <= over)[kept],
                    since=start[kept, None].astype(float) if number else np.zeros((int(kept.sum()), 0)),
                )
                early = f"{names(later)} before {names(step.level)}"
                clauses.append(
                    Clause(decision=early, forbids=True, days=length, first=not number, windows=asked)
                )
        start, before = own, days
        done = done & (own < NEVER)
        if step.min_weeks:
            clause, kept_up = _weeks(step, days, start, eventless)
            clauses.append(clause)
            done = done & kept_up
    for step in plan.avoid:
        clause = _avoided(step, care, eventless)
        clauses.append(clause)
        through = np.zeros(care.size, dtype=bool)
        through[clause.windows.person] = ~clause.windows.hit & (clause.windows.last == step.within)
        done = done & through
    return _until_departure(clauses, done)


def names(levels: tuple[str, ...]) -> str:
    """Return levels of care as words.

    Examples
    --------
    >>> names(("iop", "php"))
    'IOP or PHP'
    """
    return " or ".join(LEVEL_NAMES[level] for level in levels)


def _in_time(plan: Strategy, number: int) -> str:
    step = plan.steps[number]
    what = names(step.level)
    if not number:
        return f"{what} by day {step.within}"
    return f"{what} within {step.within} days of the {step.after} of {names(plan.steps[number - 1].level)}"


def _later_levels(plan: Strategy, number: int) -> tuple[str, ...]:
    """Return the levels that only later steps than one ask for."""
    so_far = {level for step in plan.steps[: number + 1] for level in step.level}
    later = (level for step in plan.steps[number + 1 :] for level in step.level)
    return tuple(dict.fromkeys(level for level in later if level not in so_far))


def _early(care: CareDays, levels: tuple[str, ...], people: Ints, begin: Ints, own: Ints) -> Ints:
    """Return the day on which care of a later step comes before a step starts; `NEVER` where it does not."""
    if not levels:
        return np.full(len(people), NEVER)
    day = care.at(levels).first(people, begin)
    return np.where(day < own, day, NEVER)


def _from(begin: Ints, own: Ints, over: Ints, length: int, known: Bools) -> Windows:
    """Return one window a person, from a day on; `over` is the last day on which the person decides."""
    end = np.minimum(np.minimum(over, own), begin + length - 1)
    kept = np.flatnonzero(known & (end >= begin))
    return Windows(
        person=kept,
        begin=begin[kept],
        last=(end - begin)[kept],
        hit=(own == end)[kept],
        since=np.zeros((len(kept), 0)),
    )


def _after_end(
    before: LevelDays, days: LevelDays, start: Ints, own: Ints, eventless: Ints, within: int
) -> tuple[Windows, Ints]:
    """Return the windows after each day of care of the step before, and when the step starts in time.

    Parameters
    ----------
    before, days : LevelDays
        Care of the step before, and of the step.
    start, own : array of int (n,)
        First day of the step before, and of the step.
    eventless : array of int (n,)
        Last day without an event.
    within : int
        Days of a window.
    """
    person, day = before.person, before.day
    kept = (day >= start[person]) & (day < own[person]) & (day < eventless[person])
    person, day = person[kept], day[kept]
    again = before.first(person, day + 1)
    upto = np.minimum(again, own[person])
    end = np.minimum(np.minimum(upto, eventless[person]), day + within)
    spent = (day - start[person]).astype(float)
    since = np.column_stack([spent, np.log1p(spent), start[person]])
    found = Windows(person=person, begin=day + 1, last=end - day - 1, hit=upto == end, since=since)
    late = ~found.hit & (found.last == within - 1)
    missed = np.full(len(own), NEVER)
    np.minimum.at(missed, person[late], end[late])
    # A start after the first window that was missed is too late.
    return found, np.where(own <= missed, own, NEVER)


def _weeks(step: CareStep, days: LevelDays, start: Ints, eventless: Ints) -> tuple[Clause, Bools]:
    """Return the clause that care of the last step goes on, a window for each week, and who met all weeks."""
    weeks, least = step.min_weeks or 0, step.min_hours or 0.0
    if least and days.unknown:
        raise EstimateError(
            f"Hours are not known on {days.unknown:,} day{'' if days.unknown == 1 else 's'} of "
            f"{names(step.level)}, and a plan asks for {least:g} a week. Map the hours of services, or leave "
            "out min_hours."
        )
    met = np.full((len(start), weeks), NEVER)
    person = days.person
    week = (days.day - start[person]) // WEEK
    inside = (days.day >= start[person]) & (week < weeks)
    person, week, day, hours = person[inside], week[inside], days.day[inside], days.hours[inside]
    if len(day):
        group = person * weeks + week
        new = np.append(True, group[1:] != group[:-1])
        so_far = np.cumsum(hours)
        so_far -= (so_far - hours)[new][np.cumsum(new) - 1]
        reached = np.flatnonzero(so_far >= least - _ROUNDING)
        np.minimum.at(met.reshape(-1), group[reached], day[reached])
    begin = start[:, None] + WEEK * np.arange(weeks)
    end = np.minimum(np.minimum(met, eventless[:, None]), begin + WEEK - 1)
    # Without hours to reach, the first day of the step meets the first week.
    kept = (start < NEVER)[:, None] & (end >= begin) & ((np.arange(weeks) > 0) | (least > 0))
    who, which = np.nonzero(kept)
    first = (which == 0).astype(float)
    what = f"{least:g} hours of {names(step.level)}" if least else names(step.level)
    windows = Windows(
        person=who,
        begin=begin[who, which],
        last=(end - begin)[who, which],
        hit=(met == end)[who, which],
        since=np.column_stack([which, first, start[who]]).astype(float),
    )
    clause = Clause(
        decision=f"{what} in a week",
        forbids=False,
        days=WEEK,
        first=False,
        windows=windows,
        short=bool(least),
    )
    return clause, np.asarray((met < NEVER).all(axis=1))


def _avoided(step: CareStep, care: CareDays, eventless: Ints) -> Clause:
    people, begin = np.arange(care.size), np.zeros(care.size, dtype=np.int64)
    own = care.at(step.level).first(people, begin)
    own = np.where(own <= eventless, own, NEVER)
    windows = _from(begin, own, eventless, step.within + 1, eventless >= 0)
    early = f"{names(step.level)} by day {step.within}"
    return Clause(decision=early, forbids=True, days=step.within + 1, first=True, windows=windows)


def _until_departure(clauses: list[Clause], done: Bools) -> FollowedPlan:
    """Return the clauses with the windows up to each person's first departure, and who departs by which."""
    departed, by = np.full(len(done), NEVER), np.full(len(done), -1)
    for number, clause in enumerate(clauses):
        one = clause.windows
        first = np.full(len(done), NEVER)
        np.minimum.at(first, one.person[clause.departs], (one.begin + one.last)[clause.departs])
        # Of two departures on a day the later clause says more: the care that came instead.
        earlier = (first < NEVER) & (first <= departed)
        departed[earlier], by[earlier] = first[earlier], number
    kept = []
    for clause in clauses:
        one = clause.windows.select(clause.windows.begin <= departed[clause.windows.person])
        last = np.minimum(one.last, departed[one.person] - one.begin)
        kept.append(replace(clause, windows=replace(one, last=last, hit=one.hit & (last == one.last))))
    stays = departed == NEVER
    return FollowedPlan(clauses=tuple(kept), departed=np.where(stays, -1, departed), by=by, done=done & stays)
