"""Counting-process rows: each discharge cut where its level of care changes, without reading ahead.

A row is at risk on (start, stop], and its state is the level as known at the end of day `start`. So a session
on day d changes the state **from day d + 1 on**: an event on the day of the session belongs to the row that
ends on it, whose state is that of the days before. Within a day the event comes first, and care that began
on the day of a relapse, or because of it, gets neither blame nor credit.

Rows begin at time zero, in the state at the end of day 0; a session on day 0 counts from day 1. Who leaves
the risk set on day 0 has no row, because no care was known before it; they are counted.

The level on a day rests on that day and the days before (`level_calendar`), never on a spell's end, which
only the future shows: care that is given up is left behind when its gap has passed, not on the last session.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from stepdown.cohort.care.level_calendar import SERVICES, Calendar, History, care_history
from stepdown.cohort.care.pathways import NONE, STATES, distinct
from stepdown.cohort.linkage import floats
from stepdown.cohort.people import CAUSES, CENSORED
from stepdown.schema import CareRules
from stepdown.survival import MultiState, multi_state

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

# States of the table from which occupancy is drawn, in the order in which they are stacked.
OCCUPANCY = ("residential", "php", "iop", "outpatient", "none", "relapsed", "incarcerated", "dead")
_ENTERED = {CAUSES["relapse"]: "relapsed", CAUSES["death"]: "dead", CAUSES["incarceration"]: "incarcerated"}


@dataclass(frozen=True, eq=False, kw_only=True)
class CareRows:
    """Rows for time-varying models.

    Attributes
    ----------
    table : DataFrame
        Sorted by discharge and start:

        - `at`: row of the people's table; `client_id`.
        - `start, stop`: at risk on (start, stop], days since time zero.
        - `state`: withdrawal, residential, php, iop, outpatient or none, as known on day `start`.
        - `sessions`: rows of `services` at PHP, IOP or outpatient level attended on day 0 to `start`.
        - `most_intensive`: the most intensive of php, iop, outpatient since time zero, or none.
        - `event`: 0, or on the last row of a discharge 1 relapse, 2 death, 3 incarceration.
        - the covariates asked for.
    on_day_zero : int
        Discharges without a row: they left the risk set on day 0.
    """

    table: pd.DataFrame
    on_day_zero: int


def care_rows(
    table: pd.DataFrame,
    discharges: pd.DataFrame,
    services: pd.DataFrame,
    *,
    horizon: int = 365,
    covariates: Sequence[str] = (),
    cuts: Sequence[int] = (),
    rules: CareRules | None = None,
) -> CareRows:
    """Return one row for each stretch of a discharge at one level of care.

    Parameters
    ----------
    table : DataFrame
        `People.table`: `client_id, zero, days, event` and the covariates are read.
    discharges, services : DataFrame
        Canonical tables of the cohort, all rows.
    horizon : int
        Last day; later days are cut and count as censored there.
    covariates : sequence of str
        Columns of the table to repeat on its rows.
    cuts : sequence of int
        Further days on which rows are cut, so that `sessions` is reported anew: `range(7, 365, 7)`.
    rules : CareRules or None
        Gaps and current days; those of this version if None.

    Returns
    -------
    CareRows
    """
    past = care_history(discharges, services, rules=rules)
    return _care_rows(past, table, horizon=horizon, covariates=covariates, cuts=cuts)


def _care_rows(
    past: History, table: pd.DataFrame, *, horizon: int, covariates: Sequence[str], cuts: Sequence[int] = ()
) -> CareRows:
    client = past.calendar.of(table["client_id"])
    zero = floats(table["zero"]).astype(np.int64)
    days = floats(table["days"]).astype(np.int64)
    event = np.where(days > horizon, CENSORED, table["event"].to_numpy(dtype=np.int64))
    days = np.minimum(days, horizon)
    at, start = _starts(past, client, zero, days, cuts)
    last = np.append(at[1:] != at[:-1], True)[: len(at)]
    stop = np.where(last, days[at], np.append(start[1:], 0)[: len(at)])
    state = past.level_at(client[at], zero[at] + start)
    rows = pd.DataFrame(
        {
            "at": at,
            "client_id": table["client_id"].array[at],
            "start": start,
            "stop": stop,
            "state": pd.Categorical.from_codes(state, categories=pd.Index(STATES)),
            "sessions": _sessions(past.calendar, client[at], zero[at], start),
            "most_intensive": pd.Categorical.from_codes(
                _most_intensive(at, state), categories=pd.Index(STATES)
            ),
            "event": np.where(last, event[at], CENSORED),
        }
    )
    given = {name: table[name].array[at] for name in covariates}
    return CareRows(table=rows.assign(**given), on_day_zero=int((days <= 0).sum()))


def _starts(past: History, client: Ints, zero: Ints, days: Ints, cuts: Sequence[int]) -> tuple[Ints, Ints]:
    """Return the days since time zero on which rows start, by row of the people's table."""
    people = np.flatnonzero(days > 0)
    low = np.searchsorted(past.key, past.calendar.key(client, zero), side="right")
    high = np.searchsorted(past.key, past.calendar.key(client, zero + days), side="left")
    many = np.where((days > 0) & (client >= 0), np.maximum(high - low, 0), 0)
    whose = np.repeat(np.arange(len(client)), many)
    change = np.arange(many.sum()) + np.repeat(low - (np.cumsum(many) - many), many)
    at, start = [people, whose], [np.zeros(len(people), dtype=np.int64), past.day[change] - zero[whose]]
    for cut in sorted({int(cut) for cut in cuts if cut > 0}):
        longer = np.flatnonzero(days > cut)
        at.append(longer)
        start.append(np.full(len(longer), cut))
    longest = int(days.max(initial=0)) + 1
    key = distinct(np.concatenate(at) * longest + np.concatenate(start))
    return key // longest, key % longest


def _sessions(where: Calendar, client: Ints, zero: Ints, start: Ints) -> Ints:
    """Count rows of services from day 0 up to day `start`."""
    so_far = np.searchsorted(where.sessions, where.key(client, zero + start), side="right")
    before = np.searchsorted(where.sessions, where.key(client, zero), side="left")
    return np.where(client >= 0, so_far - before, 0).astype(np.int64)


def _most_intensive(at: Ints, state: Ints) -> Ints:
    """Return the most intensive level with services so far, by row."""
    level = np.where(np.isin(state, SERVICES), state, NONE)
    offset = at * (NONE + 1)
    # Discharges rise, so an offset that falls with them keeps their running minima apart.
    return np.minimum.accumulate(level - offset) + offset if len(at) else level


def state_rows(
    table: pd.DataFrame,
    discharges: pd.DataFrame,
    services: pd.DataFrame,
    *,
    horizon: int = 365,
    covariates: Sequence[str] = (),
    rules: CareRules | None = None,
    past: History | None = None,
) -> pd.DataFrame:
    """Return the multi-state table: rows for `stepdown.survival.multi_state`.

    Parameters
    ----------
    table, discharges, services, horizon, covariates, rules
        As for `care_rows`.
    past : History or None
        From `care_history` of the same tables and rules, where it has been made.

    Returns
    -------
    DataFrame
        `at, client_id, start, stop, state_from, state_to` and the covariates. States are those of
        `OCCUPANCY`; withdrawal management counts as residential. Relapse, incarceration and death end the
        rows of a discharge: no one comes back. `state_to` is missing where observation ended, and equal to
        `state_from` where only the level within the state changed. A death that does not compete is still
        shown as one. Who left on day 0 has a row (0, 0.5] in the state that was entered, or of the end of
        that day: so the shares are those of everyone, and no one is at risk too long.
    """
    past = past or care_history(discharges, services, rules=rules)
    found = _care_rows(past, table, horizon=horizon, covariates=covariates).table
    state = _merged(found)
    at = found["at"].to_numpy()
    last = np.append(at[1:] != at[:-1], True)[: len(at)]
    following = np.concatenate([state[1:], [None]])[: len(at)]
    ended = _ended(table, found["event"], at, found["stop"].to_numpy())
    to = np.where(last, ended, following)
    moved = pd.Series(to, dtype="object").where(pd.notna(to), None)
    rows = found[["at", "client_id", "start", "stop", *covariates]].assign(state_from=state, state_to=moved)
    gone = np.flatnonzero(floats(table["days"]) <= 0)
    if not len(gone):
        return rows
    early = _on_day_zero(past, table, gone, covariates)[list(rows)]
    return pd.concat([rows, early]).sort_values(["at", "start"], kind="stable", ignore_index=True)


def _on_day_zero(past: History, table: pd.DataFrame, gone: Ints, covariates: Sequence[str]) -> pd.DataFrame:
    """Return rows of half a day: they count among everyone on day 0, and are at risk on no later day."""
    one_day = table.iloc[gone].assign(days=1.0, event=CENSORED)
    found = _care_rows(past, one_day, horizon=1, covariates=covariates).table
    event = table["event"].iloc[gone].reset_index(drop=True)
    ended = _ended(table, event, gone, np.zeros(len(gone)))
    state = np.where(pd.isna(ended), _merged(found), ended)
    return found.assign(at=gone, stop=0.5, state_from=state, state_to=None)


def _merged(found: pd.DataFrame) -> "NDArray[np.object_]":
    """Return the states, withdrawal management among residential care."""
    states = found["state"].astype("object").replace("withdrawal", "residential")
    return np.asarray(states.to_numpy(dtype=object), dtype=object)


def _ended(
    table: pd.DataFrame, event: pd.Series, at: Ints, stop: NDArray[np.generic]
) -> "NDArray[np.object_]":
    """Return where rows that end on a day go: the event, or a death that does not compete."""
    ended = event.map(_ENTERED).astype("object").to_numpy(dtype=object)
    died = table.get("died", pd.Series(False, index=table.index)).to_numpy(dtype=bool)[at]
    in_time = stop == np.maximum(floats(table["days"])[at], 0)
    return np.asarray(np.where(died & in_time & (event == CENSORED), "dead", ended), dtype=object)


def occupancy(rows: pd.DataFrame, *, arm: str | None = None, level: float = 0.95) -> MultiState:
    """Return the share of discharges in each state by day (Aalen-Johansen), clients as clusters.

    Those lost on day 0 count among everyone when the share with an event on that day is past, and then as
    those who stayed: the others weigh as much more, so the interval is a hair too wide where many were lost.

    Parameters
    ----------
    rows : DataFrame
        From `state_rows`.
    arm : str or None
        A covariate of the rows that names the arms; it must be known at time zero.
    level : float
        Confidence level.
    """
    weight = _weight(rows, arm)
    used, weight = rows[weight > 0], weight[weight > 0]
    found = multi_state(
        used["start"],
        used["stop"],
        used["state_from"],
        used["state_to"],
        used["at"],
        states=OCCUPANCY,
        arm=None if arm is None else used[arm],
        weights=weight,
        cluster=used["client_id"],
        level=level,
    )
    return replace(found, whole_days=True)


def _weight(rows: pd.DataFrame, arm: str | None) -> NDArray[np.float64]:
    """Return weights of rows: 1, but on day 0, see `occupancy`, where those lost have none.

    Whose arm no one was followed beyond day 0 in keeps all rows, and describes day 0 alone.
    """
    early = (rows["stop"] < 1).to_numpy()
    ended = rows["state_from"].isin(list(_ENTERED.values())).to_numpy()
    group = np.zeros(len(rows)) if arm is None else rows[arm].to_numpy()
    later = rows["at"].where(~early).groupby(group).transform("nunique").to_numpy()
    lost = pd.Series(early & ~ended, index=rows.index).groupby(group).transform("sum").to_numpy()
    on_day_zero = np.where(ended, later / np.maximum(later + lost, 1), 0.0)
    return np.asarray(np.where(early & (later > 0), on_day_zero, 1.0), dtype=np.float64)
