"""Episodes of care: stays joined across transfers and short gaps, and discharges that did not end care.

Days of admission and discharge are calendar days on the own clock, and a gap is their difference: out on day
10 and in again on day 11 is a gap of 1.

- Stays of one client **at one level** whose gap is at most `max_gap_days` are one stay, from the first
  admission to the last discharge. Stays that overlap have no gap.
- What is left of one client, **whatever the level**, with such gaps is one *episode*: a transfer continues
  it. The gap counts from the latest discharge so far, so a short stay inside a long one opens nothing.
- A missing day of discharge means still in care: the stay never ends, and what comes later belongs to it.
- A missing day of admission: only the day of discharge is known to lie in the stay, so it starts there.
  A row without either day cannot be placed and is left out.
- A missing level counts as residential, which is what a row of `discharges` is by its declaration.

Joining twice changes nothing: after one pass every gap left is longer than `max_gap_days`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from stepdown.cohort.care.attendance import latest_end_before
from stepdown.cohort.care.pathways import prefixes, starts_of
from stepdown.cohort.linkage import floats, link
from stepdown.schema import LEVELS

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

RESIDENTIAL = LEVELS.index("residential")
# Care around the clock: going from one to the other does not end it.
ROUND_THE_CLOCK = ("withdrawal", "residential")
GAPS = (0, 1, 3, 7, 14)


@dataclass(frozen=True, eq=False, kw_only=True)
class Episodes:
    """Stays and episodes of clients.

    Attributes
    ----------
    stays : DataFrame
        One row per joined stay: `client_id, episode` (1, 2, ... of the client), `stay` (1, 2, ... of the
        episode), `level, admit_day, discharge_day` (own clock; missing where still in care). Sorted by
        client, episode and stay. Joining it again changes nothing.
    episodes : DataFrame
        One row per episode: `client_id, episode, stays, first_day, last_day` (missing where still in
        care), `path` (`WM>RES>PHP`: levels by day of admission, a level that follows itself is listed once).
    stay_of_row : array of int (n,)
        Row of `stays` that each row of the discharges became part of; -1 for a row without any day.
    """

    stays: pd.DataFrame
    episodes: pd.DataFrame
    stay_of_row: Ints


@dataclass(frozen=True, eq=False)
class StayDays:
    """Stays as arrays: level by its place in `LEVELS`, start, end (infinity where still in care)."""

    level: Ints
    start: Floats
    end: Floats


def stay_days(discharges: pd.DataFrame) -> StayDays:
    """Return the stays as arrays, in the order of the table; start and end are NaN where neither is known."""
    admit, leave = floats(discharges["admit_day"]), floats(discharges["discharge_day"])
    level = pd.Categorical(discharges["level"], categories=list(LEVELS)).codes.astype(np.int64)
    return StayDays(
        level=np.where(level < 0, RESIDENTIAL, level),
        start=np.where(np.isnan(admit), leave, admit),
        end=np.where(np.isnan(leave), np.where(np.isnan(admit), np.nan, np.inf), leave),
    )


def join_stays(discharges: pd.DataFrame, *, max_gap_days: int = 1) -> Episodes:
    """Join stays into longer stays, and these into episodes.

    Parameters
    ----------
    discharges : DataFrame
        Canonical discharges: `client_id, level, admit_day, discharge_day` are read.
    max_gap_days : int
        Longest gap, in days, that joins.

    Returns
    -------
    Episodes
        The same for any order of the rows.
    """
    given = stay_days(discharges)
    client, names = pd.factorize(discharges["client_id"], sort=True)
    placed = np.flatnonzero(~np.isnan(given.start))
    client, level = client.astype(np.int64)[placed], given.level[placed]
    start, end = given.start[placed], given.end[placed]

    by_level = client * len(LEVELS) + level
    order = np.lexsort((end, start, by_level))
    run = _runs(by_level[order], start[order], end[order], gap=max_gap_days)
    first = np.flatnonzero(starts_of(run))
    whose, at = client[order][first], level[order][first]
    begin = start[order][first]
    until = np.maximum.reduceat(end[order], first) if len(first) else end[:0]

    arrange = np.lexsort((at, until, begin, whose))
    whose, at, begin, until = whose[arrange], at[arrange], begin[arrange], until[arrange]
    episode = _runs(whose, begin, until, gap=max_gap_days)
    stay_of_row = np.full(len(discharges), -1, dtype=np.int64)
    stay_of_row[placed[order]] = np.argsort(arrange, kind="stable")[run]
    stays = pd.DataFrame(
        {
            "client_id": pd.Series(names.take(whose), dtype=discharges["client_id"].dtype),
            "episode": _numbers(whose, episode),
            "stay": np.arange(len(episode)) - _first_of(episode) + 1,
            "level": pd.Categorical.from_codes(at, categories=pd.Index(LEVELS)),
            "admit_day": _days(begin),
            "discharge_day": _days(until),
        }
    )
    return Episodes(
        stays=stays, episodes=_episodes(stays, episode, at, begin, until), stay_of_row=stay_of_row
    )


def _runs(group: Ints, start: Floats, end: Floats, *, gap: int) -> Ints:
    """Return the run (0, 1, ...) of each span, sorted by group and start; a longer gap parts runs."""
    return np.cumsum(starts_of(group) | (start > latest_end_before(group, end) + gap)) - 1


def _first_of(group: Ints) -> Ints:
    """Position of the first entry of each entry's group."""
    return np.maximum.accumulate(np.where(starts_of(group), np.arange(len(group)), 0))


def _numbers(group: Ints, run: Ints) -> Ints:
    """Count runs anew in each group: 1, 2, ..."""
    return run - run[_first_of(group)] + 1 if len(run) else run


def _days(values: Floats) -> pd.Series:
    return pd.Series(np.where(np.isinf(values), np.nan, values)).astype("Int64")


def _episodes(stays: pd.DataFrame, episode: Ints, level: Ints, begin: Floats, until: Floats) -> pd.DataFrame:
    first = np.flatnonzero(starts_of(episode))
    last = np.append(first[1:], len(episode))[: len(first)] - 1
    path = prefixes(episode, level)
    ends = np.maximum.reduceat(until, first) if len(first) else until
    head = stays.iloc[first].reset_index(drop=True)
    return pd.DataFrame(
        {
            "client_id": head["client_id"],
            "episode": head["episode"],
            "stays": last - first + 1,
            "first_day": _days(begin[first]),
            "last_day": _days(ends),
            "path": np.array(path.texts, dtype=object)[path.which[last]],
        }
    )


def gap_sensitivity(discharges: pd.DataFrame, *, gaps: Sequence[int] = GAPS) -> pd.DataFrame:
    """Return the number of stays and episodes for several values of the longest gap.

    Parameters
    ----------
    discharges : DataFrame
        Canonical discharges.
    gaps : sequence of int
        Values of `max_gap_days`.

    Returns
    -------
    DataFrame
        `max_gap_days, discharges` (rows with a day), `stays, episodes, clients, continued` (discharges from
        care around the clock that did not end it: see `still_in_care`).
    """
    rows = []
    round_the_clock = np.flatnonzero(np.isin(stay_days(discharges).level, _places(ROUND_THE_CLOCK)))
    for gap in gaps:
        found = join_stays(discharges, max_gap_days=gap)
        rows.append(
            {
                "max_gap_days": gap,
                "discharges": int((found.stay_of_row >= 0).sum()),
                "stays": len(found.stays),
                "episodes": len(found.episodes),
                "clients": found.stays["client_id"].nunique(),
                "continued": int(still_in_care(discharges, round_the_clock, max_gap_days=gap).sum()),
            }
        )
    return pd.DataFrame(rows)


def _places(levels: Sequence[str]) -> list[int]:
    return [LEVELS.index(level) for level in levels]


def still_in_care(
    discharges: pd.DataFrame, rows: Ints, *, max_gap_days: int = 1, levels: Sequence[str] = ROUND_THE_CLOCK
) -> Bools:
    """Return which discharges did not end care around the clock: a transfer, or the same stay continued.

    Parameters
    ----------
    discharges : DataFrame
        All canonical discharges.
    rows : array of int (k,)
        Positions of the discharges in question.
    max_gap_days : int
        A stay that begins up to so many days after the discharge continues it.
    levels : sequence of str
        Levels whose stays continue it. A stay at PHP, IOP or outpatient level does not: it is the step-down
        that the study is about.

    Returns
    -------
    array of bool (k,)
        True where another stay of the client at one of `levels` has begun by then and lasts beyond the day
        of discharge. False where the day of discharge is missing.

    Notes
    -----
    A stay that begins within (0, max_gap_days] days is known only after the discharge. With a gap of one day
    that is a transfer overnight; with longer gaps, people who relapse and are admitted again within the gap
    would leave the cohort, so keep the gap short where the discharge is time zero.
    """
    stays = stay_days(discharges)
    rows = np.asarray(rows, dtype=np.int64)
    asked = discharges.iloc[rows]
    left = floats(asked["discharge_day"])
    pairs = link(asked, discharges)
    begun = stays.start[pairs.row] <= left[pairs.at] + max_gap_days
    lasts = stays.end[pairs.row] > left[pairs.at]
    counts = np.isin(stays.level, _places(levels))[pairs.row]
    found = np.zeros(len(rows), dtype=bool)
    # The discharge itself does not last beyond its own day, so it is never its own continuation.
    found[pairs.at[begun & lasts & counts]] = True
    return found
