"""Hours of care a week: in weeks from the first service of a spell, and over any seven days.

- A **week** is seven days counted from the first service of the spell, whatever the day of the calendar
  week, so that it means the same where only study days are held. Every week but the last is whole. The last
  runs its seven days too (a week in which the client stopped coming is a whole week with few hours), unless
  it could not go on: the client entered another level, or the data were cut. It is then a **partial week**,
  of so many days, and its hours are pro rated: times 7 / days.
- The hours of a span are spread evenly over its days. Where any row of a week has no hours, its hours are not
  known.
- A week **meets** a minimum as one week where the hours delivered do, even if it was partial; a partial
  week whose pro rated hours do counts as days / 7 of a week. So one session before a change of level does not
  make a week.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from stepdown.cohort._link import floats
from stepdown.cohort.ladder._sessions import Spells, days_of

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

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
