"""Sessions into spells: runs of care at one level that no longer gap parts.

Hours of care a week: in weeks from the first service of a spell, and over any seven days.

- A **week** is seven days counted from the first service of the spell, whatever the day of the calendar
  week, so that it means the same where only study days are held. Every week but the last is whole. The last
  runs its seven days too (a week in which the client stopped coming is a whole week with few hours), unless
  it could not go on: the client entered another level, or the data were cut. It is then a **partial week**,
  of so many days, and its hours are pro rated: times 7 / days.
- The hours of a span are spread evenly over its days. Where any row of a week has no hours, its hours are not
  known. An episode (a row of `discharges`) adds no hours to those of the sessions inside it; of a spell
  without any session, the hours of no week are known.
- A week **meets** a minimum as one week where the hours delivered do, even if it was partial; a partial
  week whose pro rated hours do counts as days / 7 of a week. So one session before a change of level does not
  make a week.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from stepdown.cohort.care.attendance import attended_care
from stepdown.cohort.care.level_calendar import NEVER, NIGHTS, SERVICES, Calendar, calendar_of
from stepdown.cohort.care.pathways import starts_of
from stepdown.cohort.care.received_care import ReceivedCare, received_care
from stepdown.cohort.linkage import floats
from stepdown.schema import LEVELS, CareRules

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, eq=False, kw_only=True)
class Spells:
    """Spells, and the rows of services that belong to them.

    Attributes
    ----------
    client, level, start, end : array of int (s,)
        By spell, sorted by client (by name), start and level; level by its place in `LEVELS`.
    limit : array of int (s,)
        Last day on which the spell's last week could have held more of it.
    quiet : array of bool (s,)
        No care at any level followed within the gap, and the data reach beyond it.
    row, of : array of int (r,)
        Position in the services, and the spell it belongs to; planned sessions that were missed among them.
    came : array of bool (r,)
        Whether it was attended.

    A spell that is recorded as episodes alone has no rows.
    """

    names: pd.Series
    client: Ints
    level: Ints
    start: Ints
    end: Ints
    limit: Ints
    quiet: Bools
    row: Ints
    of: Ints
    came: Bools

    def __len__(self) -> int:
        """Return the number of spells."""
        return len(self.start)

    @property
    def sessions_recorded(self) -> Bools:
        """Which spells have an attended session in `services`."""
        return self.total(self.came) > 0

    def total(self, values: NDArray[np.generic], rows: Bools | None = None) -> Floats:
        """Add up values of rows by spell; only some rows where `rows` is given."""
        of = self.of if rows is None else self.of[rows]
        return np.bincount(of, values if rows is None else values[rows], minlength=len(self)).astype(float)


def find_spells(
    services: pd.DataFrame,
    discharges: pd.DataFrame,
    *,
    data_cut: int | None,
    rules: CareRules,
    levels: tuple[int, ...] = SERVICES,
) -> Spells:
    """Return the spells of everyone at PHP, IOP and outpatient level, or at some of these levels.

    A row goes on with the spell if it starts at most `gap_days` of its level after the last day so far. An
    episode (a row of `discharges`) is part of the spell like a session; one that is not over lasts to the
    last day that the data show. A missed session belongs to the spell of its level that it lies in, or that
    ended at most the gap before.
    """
    care = received_care(discharges, services)
    where = calendar_of(care, discharges, rules=rules)
    rank = np.argsort(where.clients.argsort().to_numpy())
    care = care.select(np.isin(care.level, levels))
    client, start, end = (
        where.of(care.clients["client_id"]),
        care.start.astype(np.int64),
        _ended(care, data_cut),
    )
    group = rank[client] * len(LEVELS) + care.level if len(rank) else care.level
    mine = np.lexsort((end, start, group))
    reach = pd.Series(end[mine]).groupby(group[mine], sort=False).cummax().to_numpy(dtype=np.int64)
    before = np.concatenate([[NEVER], reach[:-1]])[: len(mine)]
    new = starts_of(group[mine]) | (start[mine] > before + where.gap[care.level[mine]])
    spell = np.cumsum(new) - 1
    first = np.flatnonzero(new)
    last = np.append(first[1:], len(mine))[: len(first)] - 1
    begun, ended, kind = start[mine][first], reach[last], care.level[mine][first]
    missed, into = _missed(services, where, rank, levels, spells=(group[mine][first], begun, ended))
    who = client[mine][first]
    limit, quiet = _after(where, who, kind, begun, ended, data_cut)
    order = np.lexsort((kind, begun, rank[who] if len(rank) else who))
    place = np.argsort(order, kind="stable")
    session = care.of_services[mine]
    return Spells(
        names=where.clients,
        client=who[order],
        level=kind[order],
        start=begun[order],
        end=ended[order],
        limit=limit[order],
        quiet=quiet[order],
        row=np.concatenate([care.row[mine][session], missed]),
        of=place[np.concatenate([spell[session], into])],
        came=np.arange(int(session.sum()) + len(missed)) < int(session.sum()),
    )


def _ended(care: ReceivedCare, data_cut: int | None) -> Ints:
    """Return the last day of care; of care that is not over, the last day that the data show."""
    last = np.max(care.end, where=np.isfinite(care.end), initial=np.max(care.start, initial=0.0))
    still = np.maximum(care.start, last if data_cut is None else data_cut)
    return np.where(np.isinf(care.end), still, care.end).astype(np.int64)


def _missed(
    services: pd.DataFrame,
    where: Calendar,
    rank: Ints,
    levels: tuple[int, ...],
    *,
    spells: tuple[Ints, Ints, Ints],
) -> tuple[Ints, Ints]:
    """Return the rows of services at these levels that were missed or are no care, and their spells."""
    code = pd.Categorical(services["level"], categories=list(LEVELS)).codes.astype(np.int64)
    rows = np.flatnonzero(~attended_care(services) & np.isin(code, levels))
    client = where.of(services["client_id"].iloc[rows])
    known = client >= 0
    rows, code, client = rows[known], code[rows[known]], client[known]
    group = rank[client] * len(LEVELS) + code if len(rank) else code
    inside, into = _into(group, days_of(services)[0][rows], spells=spells, gap=where.gap[code])
    return rows[inside], into


def days_of(services: pd.DataFrame) -> tuple[Ints, Ints]:
    """Return the first and last day of rows of services; a row without an end is a session of one day."""
    end = services["end_day"].fillna(services["start_day"])
    return floats(services["start_day"]).astype(np.int64), floats(end).astype(np.int64)


def _into(group: Ints, start: Ints, *, spells: tuple[Ints, Ints, Ints], gap: Ints) -> tuple[Bools, Ints]:
    """Return which rows lie in a spell or just after one, and the spells of these."""
    whose, begun, ended = spells
    if not len(begun) or not len(start):
        return np.zeros(len(start), dtype=bool), group[:0]
    low = min(int(begun.min()), int(start.min()))
    width = max(int(begun.max()), int(start.max())) - low + 1
    place = np.searchsorted(whose * width + begun - low, group * width + start - low, side="right") - 1
    inside = (place >= 0) & (whose[place] == group) & (start <= ended[place] + gap)
    return inside, place[inside]


def _after(
    where: Calendar, client: Ints, level: Ints, start: Ints, end: Ints, data_cut: int | None
) -> tuple[Ints, Bools]:
    """Return the last day of the last week that could hold more, and whether all care stopped."""
    other, own = np.full(len(end), -NEVER), np.full(len(end), -NEVER)
    for one in SERVICES:
        rows = np.flatnonzero(level == one)
        rest = (*NIGHTS, *(place for place in SERVICES if place != one))
        other[rows] = where.next_care(client[rows], end[rows] + 1, levels=rest)
        # No session of the level follows within the gap, but a stay at it may, or go on.
        own[rows] = where.next_care(client[rows], end[rows] + 1, levels=(one,))
    week = start + (end - start) // 7 * 7 + 6
    cut = -NEVER if data_cut is None else data_cut
    limit = np.maximum(end, np.minimum(np.minimum(week, other - 1), cut))
    gone = end + where.gap[level]
    return limit, (np.minimum(other, own) > gone) & (gone < cut)


WEEK = 7
# A span spread over its days adds up to its hours but for rounding, which may not decide about a minimum.
DIGITS = 9


@dataclass(frozen=True, eq=False)
class DayHours:
    """Days with a service by spell, sorted: hours, and rows whose hours are not known."""

    spell: Ints
    day: Ints
    hours: Floats
    unknown: Ints


def hours_by_day(found: Spells, services: pd.DataFrame) -> DayHours:
    """Return the hours of each day of each spell."""
    row, of = found.row[found.came], found.of[found.came]
    start, end = (days[row] for days in days_of(services))
    hours = floats(services["hours"])[row] if "hours" in services else np.full(len(row), np.nan)
    many = end - start + 1
    spell = np.repeat(of, many)
    day = np.arange(len(spell)) - np.repeat(np.cumsum(many) - many, many) + np.repeat(start, many)
    each = np.repeat(hours / many, many)
    low = int(day.min(initial=0))
    width = int(day.max(initial=0)) - low + 1
    key, place = np.unique(spell * width + day - low, return_inverse=True)
    known = ~np.isnan(each)
    return DayHours(
        spell=key // width,
        day=key % width + low,
        hours=np.bincount(place, np.where(known, each, 0.0), len(key)).astype(float),
        unknown=np.bincount(place, ~known, len(key)).astype(np.int64),
    )


@dataclass(frozen=True, eq=False)
class Weeks:
    """Weeks of spells in order: which week (from 0), its days, hours delivered (NaN: not known)."""

    spell: Ints
    week: Ints
    days: Ints
    hours: Floats

    @property
    def a_week(self) -> Floats:
        """Hours, pro rated to seven days."""
        return self.hours * WEEK / self.days

    def credit(self, least: Floats) -> Floats:
        """Return how much of a week each counts for a minimum; NaN where hours are not known."""
        part = np.where(self.a_week >= least, self.days / WEEK, 0.0)
        credit = np.where(self.hours >= least, 1.0, part)
        return np.where(np.isnan(self.hours) | np.isnan(least), np.nan, credit)


def weeks_of(found: Spells, days: DayHours) -> Weeks:
    """Return the weeks of every spell."""
    many = (found.end - found.start) // WEEK + 1
    spell = np.repeat(np.arange(len(found)), many)
    first = np.cumsum(many) - many
    week = np.arange(len(spell)) - np.repeat(first, many)
    begin = found.start[spell] + WEEK * week
    covered = np.minimum(WEEK, found.limit[spell] - begin + 1)
    place = first[days.spell] + (days.day - found.start[days.spell]) // WEEK
    hours = np.bincount(place, days.hours, len(spell)).astype(float)
    unknown = np.bincount(place, days.unknown, len(spell)) > 0
    unknown |= ~found.sessions_recorded[spell]
    return Weeks(spell, week, covered, np.where(unknown, np.nan, np.round(hours, DIGITS)))


def rolling(found: Spells, days: DayHours) -> tuple[Ints, Floats]:
    """Return, for each day with a service, how many of the last seven lie in the spell, and their hours."""
    width = int((days.day - found.start[days.spell]).max(initial=0)) + WEEK + 1
    since = days.day - found.start[days.spell]
    key = days.spell * width + since
    low = np.searchsorted(key, days.spell * width + np.maximum(since - WEEK + 1, 0), side="left")
    here = np.arange(1, len(key) + 1)
    total = np.concatenate([[0.0], np.cumsum(days.hours)])
    lost = np.concatenate([[0], np.cumsum(days.unknown)])
    hours = np.where(lost[here] > lost[low], np.nan, np.round(total[here] - total[low], DIGITS))
    return np.minimum(since + 1, WEEK), hours
