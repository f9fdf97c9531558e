"""Days of care by person: one entry for each day on which care was received at a level.

Hours of a span are spread evenly over its days. Care on the day of an event is no care: within a day the
event comes first.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from stepdown.errors import EstimateError
from stepdown.schema import LEVELS
from stepdown.survival.core.sample import Floats, Ints

NEVER = 2**30
"""A day after any follow-up."""


@dataclass(frozen=True, eq=False, kw_only=True)
class CareDays:
    """Days of care, by person and day.

    Attributes
    ----------
    person, day, level : array of int (m,)
        Person, day since time zero, and place in `LEVELS`.
    hours : array (m,)
        Hours; NaN where they are not known.
    size : int
        People, also those without care.
    """

    person: Ints
    day: Ints
    level: Ints
    hours: Floats
    size: int

    def at(self, levels: tuple[str, ...]) -> "LevelDays":
        """Return the days with care at any of some levels."""
        kept = np.isin(self.level, [LEVELS.index(level) for level in levels])
        key, place = np.unique(self.person[kept] * NEVER + self.day[kept], return_inverse=True)
        hours = self.hours[kept]
        return LevelDays(
            key=key,
            hours=np.bincount(place, np.nan_to_num(hours), len(key)).astype(float),
            unknown=int(np.isnan(hours).sum()),
        )


@dataclass(frozen=True, eq=False, kw_only=True)
class LevelDays:
    """Days with care at some levels: keys that rise by person, then by day, and the hours of each.

    Attributes
    ----------
    key : array of int (m,)
        Person times `NEVER`, plus the day.
    hours : array (m,)
        Known hours of the day.
    unknown : int
        Entries whose hours are not known.
    """

    key: Ints
    hours: Floats
    unknown: int

    @property
    def person(self) -> Ints:
        """Person of each day."""
        return self.key // NEVER

    @property
    def day(self) -> Ints:
        """The days."""
        return self.key % NEVER

    def first(self, person: Ints, day: Ints) -> Ints:
        """Return the first day of care of people on or after a day; `NEVER` for none."""
        place = np.searchsorted(self.key, person * NEVER + np.minimum(day, NEVER - 1))
        held = np.append(self.key, -1)[place]
        return np.where(held // NEVER == person, held % NEVER, NEVER)


def care_days(spans: pd.DataFrame, last: Ints) -> CareDays:
    """Return the days of care from day 0 to each person's last one.

    Parameters
    ----------
    spans : DataFrame
        `row` (the person), `level` (place in `LEVELS`), `start`, `end` (days since time zero, infinite while
        it goes on), `hours` (missing where not known).
    last : array of int (n,)
        Last day on which care of each person counts.

    Examples
    --------
    >>> spans = pd.DataFrame({"row": [0, 1], "level": [3, 3], "start": [2.0, 5.0], "end": [4.0, 5.0],
    ...     "hours": [9.0, 3.0]})
    >>> found = care_days(spans, np.array([3, 4]))
    >>> found.day.tolist(), found.hours.tolist()
    ([2, 3], [3.0, 3.0])
    """
    person = spans["row"].to_numpy(dtype=np.int64)
    start, end = (spans[name].to_numpy(dtype=float) for name in ("start", "end"))
    if (end < start).any():
        raise EstimateError(
            f"Spans of care that end before they start: {int((end < start).sum()):,}. Correct them."
        )
    first = np.maximum(start, 0).astype(np.int64)
    many = np.maximum(np.minimum(end, last[person]) - first + 1, 0).astype(np.int64)
    at = np.repeat(np.arange(len(many)), many)
    day = first[at] + np.arange(len(at)) - np.repeat(np.cumsum(many) - many, many)
    each = spans["hours"].to_numpy(dtype=float) / (end - start + 1)
    level = spans["level"].to_numpy(dtype=np.int64)
    order = np.lexsort((day, person[at]))
    return CareDays(
        person=person[at][order],
        day=day[order],
        level=level[at][order],
        hours=each[at][order],
        size=len(last),
    )
