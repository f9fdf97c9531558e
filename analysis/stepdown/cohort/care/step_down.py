"""Steps down through the levels of care after time zero: first day at each level, and the path.

A level (PHP, IOP, outpatient) is started on the first day with a service at it, from day 0 on, while the
discharge is still observed and event-free: a session on the day of a relapse comes after it. The path begins
with the level of the night before time zero. Both describe; comparing those who started a level with others
would credit care with the time that it took to start it (immortal-time bias).
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from stepdown.cohort.care.level_calendar import SERVICES, STEP_DOWN_LEVELS, History, care_history
from stepdown.cohort.care.pathways import prefixes
from stepdown.cohort.linkage import floats
from stepdown.cohort.people import CENSORED
from stepdown.schema import LEVELS, CareRules
from stepdown.survival import aalen_johansen

Ints = NDArray[np.int64]

# How far care stepped down, the least first.
EXTENTS = ("none", "outpatient only", "iop or php", "full step-down")


def levels_started(
    table: pd.DataFrame,
    discharges: pd.DataFrame,
    services: pd.DataFrame,
    *,
    horizon: int = 365,
    rules: CareRules | None = None,
    past: History | None = None,
) -> pd.DataFrame:
    """Return, by discharge, the first day at each level of care, and the path.

    Parameters
    ----------
    table : DataFrame
        `People.table`: `client_id, zero, days, event` are read.
    discharges, services : DataFrame
        Canonical tables of the cohort, all rows.
    horizon : int
        Last day since time zero that counts.
    rules : CareRules or None
        Gaps and current days; those of this version if None.
    past : History or None
        From `care_history` of the same tables and rules, where it has been made.

    Returns
    -------
    DataFrame
        One row a discharge, in order: `client_id`; `php, iop, outpatient` (day since time zero, missing where
        not started); `extent` ("none", "outpatient only", "iop or php", or "full step-down": PHP, then IOP
        on a later day, then outpatient care); `path`, such as `RES>PHP>IOP>OP`; `days, event` at which it
        ended, cut at the horizon.
    """
    past = past or care_history(discharges, services, rules=rules)
    client = past.calendar.of(table["client_id"])
    zero, days = (floats(table[name]).astype(np.int64) for name in ("zero", "days"))
    event = np.where(days > horizon, CENSORED, table["event"].to_numpy(dtype=np.int64))
    days = np.minimum(days, horizon)
    last = days - (event != CENSORED)
    first = {}
    for level in SERVICES:
        day = past.calendar.next_care(client, zero, levels=(level,)) - zero
        first[LEVELS[level]] = np.where(day <= last, day, np.nan)
    found = pd.DataFrame({"client_id": table["client_id"].array, **first})
    found["extent"] = pd.Categorical.from_codes(_how_far(found), categories=pd.Index(EXTENTS))
    return found.assign(path=_paths(past, client, zero, last), days=days, event=event)


def _how_far(found: pd.DataFrame) -> Ints:
    php, iop, outpatient = (found[level].to_numpy() for level in STEP_DOWN_LEVELS)
    full = (php < iop) & (iop < outpatient)
    intensive = ~(np.isnan(php) & np.isnan(iop))
    return np.select([full, intensive, ~np.isnan(outpatient)], [3, 2, 1], default=0)


def _paths(found: History, client: Ints, zero: Ints, last: Ints) -> "NDArray[np.object_]":
    low = np.searchsorted(found.key, found.calendar.key(client, zero - 1), side="right")
    high = np.searchsorted(found.key, found.calendar.key(client, zero + last), side="right")
    many = np.where(client >= 0, np.maximum(high - low, 0), 0)
    # One entry for the night before, then one a change.
    at = np.repeat(np.arange(len(client)), many + 1)
    place = np.arange(len(at)) - np.repeat(np.cumsum(many + 1) - (many + 1), many + 1)
    level = found.level_at(client, zero - 1)[at]
    change = np.repeat(low, many + 1) + place - 1
    later = place > 0
    level[later] = found.level[change[later]]
    path = prefixes(at, level)
    ends = np.cumsum(many + 1) - 1
    texts: NDArray[np.object_] = np.array(path.texts, dtype=object)[path.which[ends]]
    return texts


def path_frequencies(started: pd.DataFrame) -> pd.DataFrame:
    """Count the paths, the most frequent first.

    Parameters
    ----------
    started : DataFrame
        From `levels_started`.

    Returns
    -------
    DataFrame
        `path` (empty where no care is recorded), `discharges`, `clients`, `share` of all discharges. Paths
        that are as frequent are in alphabetical order.
    """
    groups = started.groupby("path", sort=True)["client_id"]
    table = pd.DataFrame({"discharges": groups.size(), "clients": groups.nunique()}, dtype="int64")
    table = table.reset_index()
    table["share"] = table["discharges"] / max(len(started), 1)
    return table.sort_values("discharges", ascending=False, kind="stable").reset_index(drop=True)


def level_start_times(started: pd.DataFrame, *, days: Sequence[int] = (7, 14, 30, 90)) -> pd.DataFrame:
    """Report how many started each level of care, how soon, and the share that had by some days.

    Parameters
    ----------
    started : DataFrame
        From `levels_started`.
    days : sequence of int
        Days since time zero.

    Returns
    -------
    DataFrame
        One row per level and day: `level, discharges, started, lower_quartile, median, upper_quartile` (days,
        among those who started it), `day`, and `share, conf_low, conf_high, note`: cumulative incidence by
        that day (Aalen-Johansen; the event before the level competes, loss censors; 95% intervals with
        clients as clusters).
    """
    ended = started["event"].to_numpy() != CENSORED
    frames = []
    for level in STEP_DOWN_LEVELS:
        day = started[level].to_numpy(dtype=float)
        came = ~np.isnan(day)
        quartiles = np.quantile(day[came], [0.25, 0.5, 0.75]) if came.any() else np.full(3, np.nan)
        head = {"level": level, "discharges": len(started), "started": int(came.sum())}
        named = zip(("lower_quartile", "median", "upper_quartile"), quartiles.tolist(), strict=True)
        head |= dict(named)
        frames += [head | share for share in _shares(started, day, came, ended, days)]
    return pd.DataFrame(frames)


def _shares(
    started: pd.DataFrame,
    day: NDArray[np.float64],
    came: NDArray[np.bool_],
    ended: NDArray[np.bool_],
    days: Sequence[int],
) -> list[dict[str, object]]:
    if not came.any():
        empty = {"share": 0.0, "conf_low": np.nan, "conf_high": np.nan, "note": ""}
        return [{"day": float(one), **empty} for one in days]
    until = np.where(came, day, started["days"].to_numpy(dtype=float))
    cause = np.where(came, 1, np.where(ended, 2, 0))
    shares = aalen_johansen(until, cause, cluster=started["client_id"].to_numpy()).at(*days)
    shares = shares[shares["cause"] == 1]
    shares = shares.rename(columns={"time": "day", "estimate": "share"})
    names = ["day", "share", "conf_low", "conf_high", "note"]
    return [dict(zip(names, row, strict=True)) for row in shares[names].itertuples(index=False)]
