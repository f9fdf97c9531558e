"""Rules of weekly definitions, over the patterns of all discharges at once.

Positions count from 1 and are those of `Kept`: places in what is left of a pattern after its recoding.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stepdown.cohort.relapse.weekly.recoding import Kept
from stepdown.cohort.relapse.weekly.urine_patterns import MISSING, NEGATIVE, NOT_DUE, PAST, POSITIVE, Ints

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class Window:
    """The first `width` consecutive positions with at least `least` of a mark among them.

    Attributes
    ----------
    mark : int
        Character code that is counted.
    width, least : int
        Size of the window, and how many of the mark make the event.
    whole : bool
        Whether a pattern shorter than the window cannot be judged; else it has no event.
    """

    mark: int
    width: int
    least: int
    whole: bool = True


@dataclass(frozen=True, eq=False)
class Found:
    """The first window that makes the event, by discharge.

    Attributes
    ----------
    event : array of bool
    judged : array of bool
        False where the pattern is too short.
    at : array of int
        Position to which the event is dated: the start of the window + (width - least). Without an event
        the same of the last window, up to which none was dated; 0 where the pattern is shorter than a window.
    last : array of int
        Last position of the window with the event; 0 without.
    """

    event: Bools
    judged: Bools
    at: Ints
    last: Ints


def slide(kept: Kept, rule: Window) -> Found:
    """Slide a window over patterns and return the first with enough of the mark."""
    hits = np.cumsum(kept.codes == rule.mark, axis=1, dtype=np.int32)
    hits = np.concatenate([np.zeros((len(hits), 1), dtype=np.int32), hits], axis=1)
    within = hits[:, rule.width :] - hits[:, : -rule.width]
    starts = np.arange(1, within.shape[1] + 1)
    windows = np.maximum(kept.length - rule.width + 1, 0)
    enough = (within >= rule.least) & (starts <= windows[:, None])
    event: Bools = np.any(enough, axis=1)
    start = np.where(event, enough.argmax(axis=1) + 1 if within.shape[1] else 0, windows)
    shift = rule.width - rule.least
    return Found(
        event=event,
        judged=(windows > 0) | np.bool_(not rule.whole),
        at=np.where(windows > 0, start + shift, 0),
        last=np.where(event, start + rule.width - 1, 0),
    )


def longest_run(kept: Kept) -> Floats:
    """Return the longest run of negative weeks."""
    run = best = np.zeros(len(kept.codes), dtype=np.int64)
    for week in kept.codes.T:
        run = np.where(week == NEGATIVE, run + 1, 0)
        best = np.maximum(best, run)
    return best.astype(np.float64)


def has_run(kept: Kept, *, length: int) -> Floats:
    """Return whether there are this many consecutive negative weeks."""
    return flag(longest_run(kept) >= length)


def negatives(kept: Kept, *, first: int = 1, last: int | None = None) -> Floats:
    """Count the negative weeks at positions first..last."""
    hits = np.count_nonzero(kept.codes[:, first - 1 : last] == NEGATIVE, axis=1)
    return np.asarray(hits, dtype=np.float64)


def never_positive(kept: Kept, *, first: int, last: int) -> Floats:
    """Return whether no week at positions first..last is positive; NaN where nothing was due in them."""
    span = kept.codes[:, first - 1 : last]
    due = ((span != PAST) & (span != NOT_DUE)).any(axis=1)
    return np.where(due, ~(span == POSITIVE).any(axis=1), np.nan)


def negative_at(kept: Kept, *, week: int) -> Floats:
    """Return whether one week is negative."""
    return negatives(kept, first=week, last=week)


def negative_at_the_end(kept: Kept) -> Floats:
    """Return whether the last week is negative and at most one of the three before it positive.

    NaN for patterns shorter than these four weeks.
    """
    back = kept.length[:, None] - np.arange(1, 5)
    judged = back[:, -1] >= 0
    if not judged.any():
        return np.full(len(back), np.nan)
    ending = np.take_along_axis(kept.codes, np.maximum(back, 0), axis=1)
    met = (ending[:, 0] == NEGATIVE) & (np.count_nonzero(ending[:, 1:] == POSITIVE, axis=1) <= 1)
    return np.where(judged, met, np.nan)


def four_weeks_of_abstinence(kept: Kept) -> Floats:
    """Return whether three or four of weeks 12-15 are negative, and the one that is not is missing."""
    span = kept.codes[:, 11:15]
    negative = np.count_nonzero(span == NEGATIVE, axis=1)
    missing = np.count_nonzero(span == MISSING, axis=1)
    return flag((negative >= 3) & (negative + missing == 4))


def thinned(kept: Kept) -> Kept:
    """Keep weeks 1-7, 9, 11, 13 and 15 of patterns only.

    Each week skipped between (8, 10, 12, 14) takes the value of the week before it.
    """
    codes = kept.codes.copy()
    skipped = np.arange(7, min(14, codes.shape[1]), 2)
    codes[:, skipped] = np.where(codes[:, skipped] == PAST, np.uint8(PAST), codes[:, skipped - 1])
    return Kept(codes=codes, week=kept.week, length=kept.length)


def mostly_negative(kept: Kept) -> Floats:
    """Return whether, thinned, week 8 is negative, and two in three of weeks 5-7, and five in six of 9-15."""
    seen = thinned(kept)
    early, late = negatives(seen, first=5, last=7), negatives(seen, first=9, last=15)
    return flag((3 * early >= 2 * 3) & (negative_at(seen, week=8) == 1) & (6 * late >= 5 * 7))


def flag(met: Bools) -> Floats:
    """Return 1 for yes and 0 for no."""
    return met.astype(np.float64)
