"""What can be asked of a client on a day: level, path, steps up and down, gaps, dropout.

Every answer for a day rests on what had happened by the end of that day. The **path so far** begins anew when
the client enters care around the clock after more than a day at no level; a pause in outpatient care does
not break it. A **step** is a move between two levels of care: up to a more intensive one, down to a less
intensive one, whatever time lies between. The **day of dropout** is the last day with a service before a gap
longer than `gap_days` of the last level; it is reported only once that gap has passed, and taken back when
care begins again.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from stepdown.cohort.care.level_calendar import NEVER, NIGHTS, History, care_history
from stepdown.cohort.care.pathways import NONE, STATES, Prefixes, prefixes, starts_of
from stepdown.cohort.linkage import floats
from stepdown.schema import CareRules

Ints = NDArray[np.int64]

# A day between two stays, as in a transfer overnight, does not begin a new path.
_PAUSE = 1


@dataclass(frozen=True, eq=False)
class Steps:
    """By change of level: the path so far, and the changes that were the last step up and down (-1: none)."""

    path: Prefixes
    up: Ints
    down: Ints


def steps(found: History) -> Steps:
    """Return path and steps at every change of level."""
    client, level, day = found.client, found.level, found.day
    group = np.cumsum(_begins(client, level, day)) - 1
    before = _care_before(group, level)
    moved = (level != NONE) & (before != NONE) & (level != before)
    return Steps(
        path=prefixes(group, level),
        up=_latest(group, moved & (level < before)),
        down=_latest(group, moved & (level > before)),
    )


def _begins(client: Ints, level: Ints, day: Ints) -> NDArray[np.bool_]:
    """Return which changes begin a path."""
    new = starts_of(client)
    away = np.concatenate([[False], level[:-1] == NONE])[: len(level)]
    since = np.diff(day, prepend=day[:1])
    again: NDArray[np.bool_] = np.isin(level, NIGHTS) & away & (since > _PAUSE)
    return new | again


def _latest(group: Ints, marked: NDArray[np.bool_]) -> Ints:
    """Return the position of the latest marked entry of the group so far; -1 where there is none."""
    here = np.arange(len(group))
    latest = np.maximum.accumulate(np.where(marked, here, -1)) if len(group) else here
    first = np.maximum.accumulate(np.where(starts_of(group), here, 0)) if len(group) else here
    return np.where(latest >= first, latest, -1)


def _care_before(group: Ints, level: Ints) -> Ints:
    """Return the last level of care of the group before each entry, NONE where there was none."""
    latest = _latest(group, level != NONE)
    earlier = np.concatenate([[-1], latest[:-1]])[: len(level)]
    earlier = np.where(starts_of(group), -1, earlier)
    return np.where(earlier >= 0, level[earlier], NONE) if len(level) else level


def client_days(
    asked: pd.DataFrame,
    discharges: pd.DataFrame,
    services: pd.DataFrame,
    *,
    rules: CareRules | None = None,
) -> pd.DataFrame:
    """Return the facts of client-days, each from what had happened by the end of the day.

    Parameters
    ----------
    asked : DataFrame
        `client_id, day` (own clock), one row a question.
    discharges, services : DataFrame
        Canonical tables.
    rules : CareRules or None
        Gaps and current days; those of this version if None.

    Returns
    -------
    DataFrame
        One row a question, in order; days on the own clock, numbers of days missing where they do not apply.

        - `level`: withdrawal, residential, php, iop, outpatient or none.
        - `days_since_service`: since the last session, or day of a span, that was attended (0: today).
        - `days_since_discharge`: since the end of the last stay around the clock; missing during a stay.
        - `first_session_gap`: days from that end to the first session on or after it; missing until then.
        - `path`: path so far, such as `RES>PHP>IOP`.
        - `step_up_day, step_down_day`: the latest of the path so far.
        - `dropout_day`: last day with a service before the gap that is going on.
    """
    selected = care_history(discharges, services, rules=rules)
    where = selected.calendar
    client = where.of(asked["client_id"])
    day = floats(asked["day"]).astype(np.int64)
    made, place = steps(selected), selected.place(client, day)
    level = np.append(selected.level, NONE)[place]
    service, night = where.last_service(client, day), where.last_night(client, day)
    left = np.where((night > NEVER) & (night < day), night + 1, NEVER)
    first = where.next_care(client, np.maximum(left, where.base))
    dropped = (level == NONE) & (service > night)
    days = np.append(selected.day, 0)
    return pd.DataFrame(
        {
            "client_id": asked["client_id"],
            "day": asked["day"],
            "level": pd.Categorical.from_codes(level, categories=pd.Index(STATES)),
            "days_since_service": _where(service > NEVER, day - service),
            "days_since_discharge": _where(left > NEVER, day - left),
            "first_session_gap": _where((left > NEVER) & (first <= day), first - left),
            "path": np.array(made.path.texts, dtype=object)[np.append(made.path.which, 0)[place]],
            "step_up_day": _day_of(made.up, place, days),
            "step_down_day": _day_of(made.down, place, days),
            "dropout_day": _where(dropped, service),
        },
        index=asked.index,
    )


def _where(known: NDArray[np.bool_], values: Ints) -> pd.arrays.IntegerArray:
    return pd.arrays.IntegerArray(np.where(known, values, 0).astype(np.int64), ~known)


def _day_of(latest: Ints, place: Ints, days: Ints) -> pd.arrays.IntegerArray:
    at = np.append(latest, -1)[place]
    return _where(at >= 0, days[at])
