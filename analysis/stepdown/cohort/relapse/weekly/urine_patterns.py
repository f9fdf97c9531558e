"""Weekly urine patterns: one character per week for each discharge, held as one array.

`+` positive; `-` negative; `*` both in one week; `o` due, but nothing usable; `_` nothing due.

Week k = 1, 2, ... covers the days 7(k-1)+1 to 7k since time zero. Day 0 and earlier days are baseline and
lie in no week. An event of week k is known to lie on one of these days.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from stepdown.cohort.linkage import Link, floats, link
from stepdown.cohort.observation_end import due_until, observe
from stepdown.cohort.people import People
from stepdown.schema import Cohort, Schedule

Codes = NDArray[np.uint8]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

POSITIVE, NEGATIVE, MIXED, MISSING, NOT_DUE = (ord(mark) for mark in "+-*o_")
PAST = 0
"""Fills the array after the end of a pattern."""
_MARKS = np.array([PAST, POSITIVE, NEGATIVE, MIXED, MISSING, NOT_DUE], dtype=np.uint8)


@dataclass(frozen=True, eq=False)
class WeeklyPatterns:
    """The weekly urine patterns of some discharges.

    Attributes
    ----------
    codes : array of uint8 (discharges, weeks)
        Character codes; column 0 is week 1; 0 after the end of a pattern. Read-only.
    known : array of float (discharges, weeks) or None
        Day since time zero by which a week was known, where that may be after its last day; None where
        it is its last day.
    """

    codes: Codes
    known: Floats | None = None

    def __post_init__(self) -> None:
        """Check the characters, and keep a read-only copy."""
        codes = np.array(self.codes, dtype=np.uint8, ndmin=2)
        filled = codes != PAST
        foreign = (~np.isin(codes, _MARKS)).any(axis=1)
        foreign |= (filled[:, 1:] & ~filled[:, :-1]).any(axis=1)
        if foreign.any():
            count, first = int(foreign.sum()), int(np.flatnonzero(foreign)[0])
            raise ValueError(
                f"{count:,} of {len(codes):,} patterns hold characters other than + - * o _ "
                f"(first in row {first})"
            )
        codes.flags.writeable = False
        object.__setattr__(self, "codes", codes)

    @classmethod
    def read(cls, texts: Sequence[str]) -> Self:
        """Return the patterns written in texts; ValueError for any other character."""
        # What is not ASCII becomes "?", which is not a character of a pattern either.
        encoded = np.array(
            [text.encode("ascii", "replace").replace(b"\0", b"?") for text in texts], dtype=np.bytes_
        )
        return cls(encoded.view(np.uint8).reshape(len(texts), encoded.itemsize))

    @property
    def length(self) -> Ints:
        """Weeks of each pattern."""
        return np.asarray(np.count_nonzero(self.codes, axis=1), dtype=np.int64)

    def texts(self) -> list[str]:
        """Return the patterns as texts."""
        if not self.codes.shape[1]:
            return [""] * len(self)
        rows = np.ascontiguousarray(self.codes)
        texts: list[str] = rows.view(f"S{rows.shape[1]}").ravel().astype(str).tolist()
        return texts

    def __len__(self) -> int:
        """Count the discharges."""
        return len(self.codes)


DAYS = 7
NOTHING_USABLE = ("missing", "refused", "inconclusive")
_POSITIVE, _NEGATIVE, _DUE = 1, 2, 4
# The character for each combination of the three bits; a finding outranks that something was due.
_CHARACTERS = np.array(
    [NOT_DUE, POSITIVE, NEGATIVE, MIXED, MISSING, POSITIVE, NEGATIVE, MIXED], dtype=np.uint8
)


def week_of(day: Floats) -> Ints:
    """Return the week of whole days since time zero; 0 and less for baseline."""
    return (-(-day // DAYS)).astype(np.int64)


def first_day(week: NDArray[np.generic]) -> Floats:
    """Return the first day of weeks."""
    return DAYS * (np.asarray(week, dtype=np.float64) - 1) + 1


def last_day(week: NDArray[np.generic]) -> Floats:
    """Return the last day of weeks."""
    return DAYS * np.asarray(week, dtype=np.float64)


def weekly_patterns(
    observations: pd.DataFrame,
    pairs: Link,
    zero: Floats,
    *,
    sources: tuple[str, ...] = ("urine",),
    schedule: Schedule | None = None,
    until: Floats | None = None,
) -> WeeklyPatterns:
    """Return the pattern of each discharge, to the last week in which anything was due or found.

    A usable finding counts in the week of its day, and settles its `due_day`, in whatever week that is.
    One without a usable result counts in the week of its `due_day`, or of its day where it has none. A
    scheduled visit counts as missing in the week for which it was scheduled, unless a usable finding,
    or one without a usable result and without a `due_day`, lies within its tolerance: one missed contact
    is one missing week. Where a week has a finding, that counts, whatever else was due in it.

    Parameters
    ----------
    observations : DataFrame
        Canonical observations.
    pairs : Link
        Observations by discharge.
    zero : array (discharges,)
        Time zero on the own clock.
    sources : tuple of str
        Values of `source` that are read. Observations without a source are not.
    schedule : Schedule or None
        Visits in days since time zero.
    until : array (discharges,) or None
        Day since time zero up to which a scheduled visit counts as due: it does if its tolerance ends by
        then, as it does not after the data cut, or after a death. None for no limit.

    Returns
    -------
    WeeklyPatterns
        One row a discharge.
    """
    meets, week, bits, known = _findings(observations, pairs, zero, sources=sources)
    at = pairs.at
    if schedule is not None:
        day = floats(observations["day"])[pairs.row] - zero[at]
        late = _unmet(schedule, day[meets], at[meets], np.full(len(zero), np.inf) if until is None else until)
        at, week, bits = np.r_[at, late[0]], np.r_[week, late[1]], np.r_[bits, np.full(len(late[0]), _DUE)]
        known = np.r_[known, late[2]]
    inside = (week >= 1) & (bits > 0)
    at, week, bits, known = at[inside], week[inside], bits[inside], known[inside]
    weeks = int(week.max(initial=0))
    cells = np.zeros(len(zero) * weeks, dtype=np.uint8)
    for bit in (_POSITIVE, _NEGATIVE, _DUE):
        cells[(at * weeks + week - 1)[bits == bit]] |= np.uint8(bit)
    bits_of = cells.reshape(len(zero), weeks)
    past = np.maximum.accumulate(bits_of[:, ::-1] > 0, axis=1)[:, ::-1]
    missed = np.full(bits_of.shape, np.inf)
    due = bits == _DUE
    np.minimum.at(missed, (at[due], week[due] - 1), known[due])
    over = last_day(np.arange(1, weeks + 1))
    return WeeklyPatterns(
        np.where(past, _CHARACTERS[bits_of], np.uint8(PAST)),
        # What was found in a week is known at its end; that something was missed may be known later.
        known=np.where(bits_of == _DUE, np.maximum(missed, over), over),
    )


def _findings(
    observations: pd.DataFrame, pairs: Link, zero: Floats, *, sources: tuple[str, ...]
) -> tuple[NDArray[np.bool_], Ints, Ints, Floats]:
    """Return which pairs can be a scheduled visit, and for each its week, what it shows, and its day."""
    finding = observations["finding"]
    shows = np.zeros(len(observations), dtype=np.int64)
    shows[_is(finding, ("positive",))] = _POSITIVE
    shows[_is(finding, ("negative",))] = _NEGATIVE
    shows[_is(finding, NOTHING_USABLE)] = _DUE
    shows[~_is(observations["source"], sources)] = 0
    usable = (shows == _POSITIVE) | (shows == _NEGATIVE)
    meets = shows > 0
    day = floats(observations["day"])
    if "due_day" in observations:
        due = floats(observations["due_day"])
        counted_elsewhere = ~usable & ~np.isnan(due)
        day = np.where(counted_elsewhere, due, day)
        meets &= ~counted_elsewhere
    found = floats(observations["day"])[pairs.row] - zero[pairs.at]
    return meets[pairs.row], week_of(day[pairs.row] - zero[pairs.at]), shows[pairs.row], found


def _is(values: pd.Series, among: tuple[str, ...]) -> NDArray[np.bool_]:
    return values.isin(among).to_numpy(dtype=bool)


def _unmet(schedule: Schedule, day: Floats, at: Ints, until: Floats) -> tuple[Ints, Ints, Floats]:
    """Return discharge, week and the day it was known of every scheduled visit that was due and not met."""
    who, week, known = [], [], []
    for visit in schedule.visits:
        met = np.zeros(len(until), dtype=bool)
        met[at[(day >= visit - schedule.before) & (day <= visit + schedule.after)]] = True
        missed = np.flatnonzero(~met & (visit + schedule.after <= until))
        who.append(missed)
        week.append(np.full(len(missed), int(week_of(np.array([float(visit)]))[0])))
        known.append(np.full(len(missed), float(visit + schedule.after)))
    if not who:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64), np.zeros(0)
    return np.concatenate(who), np.concatenate(week), np.concatenate(known)


def pattern_table(people: People, cohort: Cohort, *, sources: tuple[str, ...] = ("urine",)) -> pd.DataFrame:
    """Return the pattern of each discharge, as a table.

    Parameters
    ----------
    people : People
        Discharges with time zero.
    cohort : Cohort
        The cohort they come from.
    sources : tuple of str
        Values of `source` that are read.

    Returns
    -------
    DataFrame
        `client_id, episode_id, pattern`, a row for each of `people.table`.
    """
    table = people.table
    zero, findings = floats(table["zero"]), link(table, cohort.observations)
    spans = link(table, cohort.followup)
    seen = observe(cohort.followup, cohort.observations, spans=spans, findings=findings, zero=zero)
    cut = due_until(cohort, spans, zero)
    texts = patterns_of(cohort, findings, zero, cut=cut, death=seen.death, sources=sources).texts()
    return table[["client_id", "episode_id"]].assign(pattern=pd.array(texts, dtype="string"))


def patterns_of(
    cohort: Cohort,
    findings: Link,
    zero: Floats,
    *,
    cut: Floats,
    death: Floats,
    sources: tuple[str, ...] = ("urine",),
) -> WeeklyPatterns:
    """Return the patterns of discharges.

    A scheduled visit counts as due only where its tolerance ended by the data cut, and before a death.

    Parameters
    ----------
    cohort : Cohort
        The cohort they come from.
    findings : Link
        Observations by discharge.
    zero : array (discharges,)
        Time zero on the own clock.
    cut : array (discharges,)
        Last day since time zero by which a contact can have been due, as in `due_until`.
    death : array (discharges,)
        Day of death since time zero; infinity for none.
    sources : tuple of str
        Values of `source` that are read.

    Returns
    -------
    WeeklyPatterns
        One row a discharge.
    """
    return weekly_patterns(
        cohort.observations,
        findings,
        zero,
        sources=sources,
        schedule=cohort.schedule,
        until=np.minimum(cut, death - 1),
    )
