"""How a definition recodes missing and mixed weeks of a pattern before its rule is applied.

Positions are places in what is left of a pattern. Where missing weeks are dropped they are not weeks any
more, so each position keeps the week that it came from: days are always computed from that.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from stepdown.cohort.relapse.weekly.urine_patterns import (
    MISSING,
    MIXED,
    NEGATIVE,
    PAST,
    POSITIVE,
    Codes,
    Ints,
    WeeklyPatterns,
)

Missing = Literal["positive", "negative", "dropped", "last", "kept"]
Mixed = Literal["positive", "kept"]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Kept:
    """Patterns as a definition reads them.

    Attributes
    ----------
    codes : array of uint8 (discharges, positions)
        Character codes; 0 after the end.
    week : array of int (discharges, positions)
        The week of each position.
    length : array of int (discharges,)
        Positions of each pattern.
    """

    codes: Codes
    week: Ints
    length: Ints


def recode(patterns: WeeklyPatterns, *, missing: Missing, mixed: Mixed, first: int = 1) -> Kept:
    """Return patterns as a definition reads them.

    Parameters
    ----------
    patterns : WeeklyPatterns
        As observed.
    missing : str
        `o` becomes "positive" or "negative", is "dropped", takes the "last" result seen before it (and
        stays where there is none), or is "kept".
    mixed : str
        `*` becomes "positive", or is "kept".
    first : int
        Weeks before this one are left out.

    Returns
    -------
    Kept
        Recoded, shortened by what was dropped.
    """
    codes = patterns.codes
    absent = codes == MISSING
    if missing == "positive":
        codes = np.where(absent, np.uint8(POSITIVE), codes)
    elif missing == "negative":
        codes = np.where(absent, np.uint8(NEGATIVE), codes)
    elif missing == "last":
        codes = _carried(codes)
    if mixed == "positive":
        codes = np.where(codes == MIXED, np.uint8(POSITIVE), codes)
    week = np.broadcast_to(_weeks(codes), codes.shape)[:, first - 1 :]
    codes = codes[:, first - 1 :]
    if missing == "dropped":
        codes, week = _without(codes, week, codes == MISSING)
    return Kept(codes=codes, week=week, length=np.asarray(np.count_nonzero(codes, axis=1)))


def last_seen_week(patterns: WeeklyPatterns) -> Ints:
    """Return the last week with a result, by discharge; 0 where there is none."""
    seen = _seen(patterns.codes)
    return np.asarray(np.where(seen, _weeks(seen), 0).max(axis=1, initial=0), dtype=np.int64)


def seen_before(patterns: WeeklyPatterns) -> Ints:
    """Return, for each week, the last week before it with a result; 0 where there is none."""
    seen = _seen(patterns.codes)
    last = np.maximum.accumulate(np.where(seen, _weeks(seen), 0), axis=1)
    return np.concatenate([np.zeros((len(patterns), 1), dtype=np.int64), last[:, :-1]], axis=1)


def _weeks(like: NDArray[np.generic]) -> Ints:
    return np.arange(1, like.shape[1] + 1, dtype=np.int64)


def _seen(codes: Codes) -> Bools:
    return np.isin(codes, (POSITIVE, NEGATIVE, MIXED))


def _carried(codes: Codes) -> Codes:
    seen = _seen(codes)
    source = np.maximum.accumulate(np.where(seen, np.arange(codes.shape[1]), -1), axis=1)
    fill = (codes == MISSING) & (source >= 0)
    return np.where(fill, np.take_along_axis(codes, np.maximum(source, 0), axis=1), codes)


def _without(codes: Codes, week: Ints, drop: Bools) -> tuple[Codes, Ints]:
    if not drop.any():
        return codes, week
    order = np.argsort(drop, axis=1, kind="stable")
    left = codes.shape[1] - np.count_nonzero(drop, axis=1)
    moved = np.take_along_axis(codes, order, axis=1)
    moved[np.arange(codes.shape[1]) >= left[:, None]] = PAST
    return moved, np.take_along_axis(week, order, axis=1)
