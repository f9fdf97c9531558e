"""People by day since discharge: who decides on a start, who is at risk of an event, who can be lost.

Order within a day: event, then start, then loss. So a start on the day of an event never happened, a start on
the day of loss did, and a deviation on day k counts from day k + 1 on. Day 0 has no event.

Every set of rows is the days from a first one to a last one of each person, and what is modeled can happen on
the last only. No table of person-days or clones is made: people are sorted by start group and last day and
worked through in blocks, whose members share their start day.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import groupby, pairwise

import numpy as np
from numpy.typing import ArrayLike

from stepdown.errors import EstimateError
from stepdown.survival.core.sample import Bools, Floats, Ints, as_floats

NEVER = 2**31
"""Start day of those who do not start while followed."""
BLOCK = 256
"""People in a block: their days and states fit in a processor's cache."""


@dataclass(frozen=True)
class PeopleBlock:
    """People with one start group, next to each other after sorting.

    Attributes
    ----------
    rows : slice
        Their rows.
    group : int
        Day of start; grace + 1 where none by the end of the grace period.
    last : int
        Largest last day among them.
    """

    rows: slice
    group: int
    last: int


@dataclass(frozen=True, eq=False)
class DayRows:
    """The days that a model of daily chances is fitted to.

    Attributes
    ----------
    first : int
        First day of everyone.
    last : array of int (n,)
        Last day; below `first` where a person has none.
    hit : array of bool (n,)
        Whether what is modeled happens on the last day.
    """

    first: int
    last: Ints
    hit: Bools

    def within(self, rows: slice, days: int) -> Bools:
        """Return which of the days 0 to days - 1 belong to each person, shape (people, days)."""
        day = np.arange(days)
        return (day >= self.first) & (day <= self.last[rows, None])


@dataclass(frozen=True, eq=False, kw_only=True)
class PersonDays:
    """Checked follow-up, sorted by start group and last day; n people.

    Attributes
    ----------
    last_day : array of int (n,)
        Last day at risk, at most `horizon`.
    event : array of int (n,)
        What happens on it: 0 nothing, 1 the event, 2 a competing event.
    start : array of int (n,)
        Day of start, `NEVER` for none while followed.
    order : array of int (n,)
        Position of each person in the caller's arrays.
    grace, horizon : int
        Last day on which a start counts as in time; last day of the analysis.
    blocks : tuple of PeopleBlock
        All people.
    decisions : DayRows
        Days on which a person may start within the grace period.
    losses : DayRows
        Days at whose end a person may be lost.
    """

    last_day: Ints
    event: Ints
    start: Ints
    order: Ints
    grace: int
    horizon: int
    blocks: tuple[PeopleBlock, ...]
    decisions: DayRows
    losses: DayRows

    def at_risk(self, cause: int) -> DayRows:
        """Days at risk of an event, with those who have the event of this cause."""
        return DayRows(1, self.last_day, self.event == cause)


def person_days(
    last_day: ArrayLike, event: ArrayLike, start_day: ArrayLike, *, grace: int, horizon: int
) -> PersonDays:
    """Check and sort follow-up; what comes after the horizon is cut off.

    Parameters
    ----------
    last_day : array_like (n,)
        Day of the event or of the end of observation, whole days since discharge.
    event : array_like (n,)
        0 none, 1 the event, 2 a competing event, on that day.
    start_day : array_like (n,)
        Day of the first session of care; missing or infinite where there was none.
    grace, horizon : int
        Last day of the grace period, and of the analysis.

    Raises
    ------
    EstimateError
        A value that no rule covers, with how many and what to do.
    """
    days, code, start = as_floats(last_day), as_floats(event), as_floats(start_day)
    if not days.ndim == code.ndim == start.ndim == 1 or not 0 < len(days) == len(code) == len(start):
        raise EstimateError("days, event and start need one value per person, and at least one.")
    start = np.where(np.isnan(start), np.inf, start)
    if not 0 <= grace < horizon:
        raise EstimateError("The grace period must end before the last day of the analysis. Change either.")
    whole = np.isfinite(start)
    _refuse(~np.isfinite(days) | (days < 0) | (days % 1 != 0), "days is not a whole day from 0 up")
    _refuse(~np.isin(code, (0, 1, 2)), "event is not 0, 1 or 2")
    _refuse((start < 0) | (whole & (np.where(whole, start, 0) % 1 != 0)), "start is not a whole day")
    _refuse((days == 0) & (code > 0), "an event on day 0, before follow-up begins")
    code = np.where(days > horizon, 0, code)
    days = np.minimum(days, horizon)
    start = np.where((start > days) | ((start == days) & (code > 0)), NEVER, start)
    group = np.where(start <= grace, start, grace + 1)
    order = np.lexsort((days, group))
    sort: Callable[[Floats], Ints] = lambda values: values[order].astype(np.int64)  # noqa: E731
    last, by_group, ends, begins = sort(days), sort(group), sort(code), sort(start)
    eventless = last - (ends > 0)
    decided = np.minimum(np.minimum(eventless, begins), grace)
    return PersonDays(
        last_day=last,
        event=ends,
        start=begins,
        order=order,
        grace=grace,
        horizon=horizon,
        blocks=blocks_of(by_group, last),
        decisions=DayRows(0, decided, begins <= decided),
        losses=DayRows(0, np.minimum(eventless, horizon - 1), (ends == 0) & (last < horizon)),
    )


def blocks_of(group: Ints, last: Ints) -> tuple[PeopleBlock, ...]:
    """Return the blocks of people sorted by group and last day."""
    edges = np.flatnonzero(np.diff(group, prepend=-1, append=np.iinfo(np.int64).max))
    return tuple(
        PeopleBlock(slice(at, stop), int(group[at]), int(last[at:stop].max()))
        for begin, end in pairwise(edges.tolist())
        for at in range(begin, end, BLOCK)
        for stop in (min(at + BLOCK, end),)
    )


def joined(blocks: tuple[PeopleBlock, ...]) -> tuple[PeopleBlock, ...]:
    """Return fewer blocks where start groups are small, for a model that has one group of terms."""
    found: list[PeopleBlock] = []
    for block in blocks:
        before = found[-1] if found else None
        if before is not None and block.rows.stop - before.rows.start <= BLOCK:
            rows = slice(before.rows.start, block.rows.stop)
            found[-1] = PeopleBlock(rows, before.group, max(before.last, block.last))
        else:
            found.append(block)
    return tuple(found)


def every_of(blocks: tuple[PeopleBlock, ...], step: int) -> tuple[PeopleBlock, ...]:
    """Return blocks of every so many people of each start group, a sample of early and late last days."""
    found = []
    for group, members in groupby(blocks, key=lambda block: block.group):
        held = list(members)
        begin, end, last = held[0].rows.start, held[-1].rows.stop, held[-1].last
        for at in range(begin, end, BLOCK * step):
            found.append(PeopleBlock(slice(at, min(at + BLOCK * step, end), step), group, last))
    return tuple(found)


def _refuse(bad: Bools, what: str) -> None:
    if bad.any():
        raise EstimateError(f"{int(bad.sum()):,} of {len(bad):,} people: {what}. Correct or exclude them.")


def happened(people: PersonDays, block: PeopleBlock) -> tuple[Floats, Floats]:
    """Return dN1 and dN of each day, shape (people, H + 1)."""
    rows = block.rows
    event = np.zeros((rows.stop - rows.start, people.horizon + 1))
    every = np.zeros_like(event)
    code, last = people.event[rows], people.last_day[rows]
    event[code == 1, last[code == 1]] = 1
    every[code > 0, last[code > 0]] = 1
    return event, every
