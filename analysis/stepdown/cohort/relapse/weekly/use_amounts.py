"""Amounts of use in weekly urine patterns. A mixed week counts half throughout.

Positions count from 1 and are those of `Kept`: places in what is left of a pattern after its recoding.
"""

import numpy as np

from stepdown.cohort.relapse.weekly.pattern_rules import Floats, flag, has_run, thinned
from stepdown.cohort.relapse.weekly.recoding import Kept
from stepdown.cohort.relapse.weekly.urine_patterns import (
    MISSING,
    MIXED,
    NEGATIVE,
    PAST,
    POSITIVE,
    Codes,
    Ints,
)


def negative_share(kept: Kept, *, first: int = 1, last: int | None = None) -> Floats:
    """Return the share of negative weeks at positions first..last; 0 where a pattern has none of them."""
    span = kept.codes[:, first - 1 : last]
    return _halves(span, NEGATIVE) / np.maximum(_weeks(span), 1)


def negative_share_while_seen(kept: Kept) -> Floats:
    """Return the share of negative weeks up to the last that is not missing; 0 where all are missing."""
    return _halves(kept.codes, NEGATIVE) / np.maximum(retention(kept), 1)


def thinned_negative_share(kept: Kept) -> Floats:
    """Return the share of negative weeks in weeks 1-15, seen as `thinned` does."""
    return negative_share(thinned(kept), last=15)


def unused_share(kept: Kept, *, first: int = 1, last: int | None = None, step: int = 1) -> Floats:
    """Return the share of weeks not positive at every `step`-th of positions first..last; NaN without any."""
    span = kept.codes[:, first - 1 : last : step]
    weeks = _weeks(span)
    return np.where(weeks > 0, 1 - _halves(span, POSITIVE) / np.maximum(weeks, 1), np.nan)


def negative_weeks(kept: Kept, *, last: int) -> Floats:
    """Return the number of negative weeks up to a position."""
    return _halves(kept.codes[:, :last], NEGATIVE)


def unused_weeks(kept: Kept) -> Floats:
    """Return the number of weeks that are not positive."""
    return kept.length - _halves(kept.codes, POSITIVE)


def seven_tenths_negative(kept: Kept) -> Floats:
    """Return whether at least seven tenths of the first 15 weeks are negative."""
    span = kept.codes[:, :15]
    weeks = _weeks(span)
    return flag((weeks > 0) & (10 * _halves(span, NEGATIVE) >= 7 * weeks))


def half_negative_at_the_end(kept: Kept) -> Floats:
    """Return whether at least half of the last 12 weeks are negative."""
    position = np.arange(1, kept.codes.shape[1] + 1)
    span = np.where(position > (kept.length - 12)[:, None], kept.codes, np.uint8(PAST))
    weeks = _weeks(span)
    return flag((weeks > 0) & (2 * _halves(span, NEGATIVE) >= weeks))


def filled_by_habit(kept: Kept) -> Floats:
    """Return the share of negative weeks, each missing one filled with the more frequent result.

    For that a mixed week counts as positive, and a tie too. 0 where retention is below 8 weeks.
    """
    mostly = _count(kept.codes, NEGATIVE) > _count(kept.codes, POSITIVE) + _count(kept.codes, MIXED)
    negative = _halves(kept.codes, NEGATIVE) + np.where(mostly, _count(kept.codes, MISSING), 0)
    return np.where(retention(kept) >= 8, negative / np.maximum(kept.length, 1), 0.0)


def clean_month_of_the_retained(kept: Kept) -> Floats:
    """Return whether weeks 1-15 hold four consecutive negative weeks, with a retention of 15 weeks or more.

    A single missing week between two negative ones counts as negative. (The source fills it with the mean
    of its neighbors, which is negative only where both are.)
    """
    codes = kept.codes.copy()
    between = (codes[:, :-2] == NEGATIVE) & (codes[:, 2:] == NEGATIVE)
    codes[:, 1:-1][between & (codes[:, 1:-1] == MISSING)] = NEGATIVE
    span = Kept(codes=codes[:, :15], week=kept.week[:, :15], length=np.minimum(kept.length, 15))
    return has_run(span, length=4) * flag(retention(kept) >= 15)


def retention(kept: Kept) -> Ints:
    """Return the last position that is not missing; 0 where there is none."""
    there = (kept.codes != PAST) & (kept.codes != MISSING)
    position = np.arange(1, there.shape[1] + 1, dtype=np.int64)
    return np.asarray(np.where(there, position, 0).max(axis=1, initial=0), dtype=np.int64)


def _halves(codes: Codes, mark: int) -> Floats:
    return _count(codes, mark) + 0.5 * _count(codes, MIXED)


def _count(codes: Codes, mark: int) -> Ints:
    return np.asarray(np.count_nonzero(codes == mark, axis=1), dtype=np.int64)


def _weeks(codes: Codes) -> Ints:
    return np.asarray(np.count_nonzero(codes, axis=1), dtype=np.int64)
