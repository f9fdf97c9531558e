"""Event rates in bands of days: the piecewise-constant hazard.

In a band (a, b] the rate is events / person-days, where a person contributes the days of (entry, last
day] that lie in the band. An event on day 0 counts in a band that begins at 0 and adds no person-time.
The interval is Garwood's exact one for a Poisson count, with person-days taken as fixed.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from stepdown.errors import EstimateError
from stepdown.survival._input import Floats, check, check_level, check_times
from stepdown.survival._intervals import poisson_interval

DAYS_PER_MONTH = 30.4375
"""A month, as a twelfth of 365.25 days: `per=100 * DAYS_PER_MONTH` gives rates per 100 person-months."""


@dataclass(frozen=True, eq=False)
class Rates:
    """Rates by arm and band.

    Attributes
    ----------
    table : DataFrame
        `arm`, `start`, `end` (the band is (start, end]), `at_risk` (people who spend time, or have their
        event, in the band), `events`, `person_days`, `rate`, `low`, `high` (per `per` person-days),
        `note`.
    per : float
        Person-days that a rate is per.
    level : float
        Confidence level.
    """

    table: pd.DataFrame
    per: float
    level: float


def window_hazard(
    days: ArrayLike,
    event: ArrayLike,
    cuts: Sequence[float],
    *,
    arm: ArrayLike | None = None,
    entry: ArrayLike | None = None,
    per: float = 1.0,
    level: float = 0.95,
) -> Rates:
    """Return the hazard, constant within bands, by arm.

    Parameters
    ----------
    days, event, arm, entry : array-like, shape (n,)
        As in `kaplan_meier`; for one of several causes pass `event == cause`.
    cuts : sequence of float
        Bounds of the bands in days, ascending: [0, 30, 90] gives (0, 30] and (30, 90].
    per : float
        Person-days that rates are given per: 1, or `100 * DAYS_PER_MONTH`.
    level : float
        Confidence level.

    Returns
    -------
    Rates
        Missing with a note where a band holds no person-time.
    """
    sample = check(days, event, arm=arm, entry=entry, single_cause=True)
    check_level(level)
    bounds = check_times("cuts", *cuts)
    if len(bounds) < 2 or not np.all(np.diff(bounds) > 0):
        raise EstimateError("cuts must hold at least two days, ascending. [0, 30, 90] gives two bands.")
    if not (np.isfinite(per) and per > 0):
        raise EstimateError("per must be a positive number of person-days. Use 1 for a daily rate.")
    last = sample.grid[sample.stop]
    first = np.zeros(sample.size) if sample.start is None else sample.grid[sample.start]
    arms = len(sample.labels)
    frames = []
    for start, end in itertools.pairwise(bounds.tolist()):
        inside = (last <= end) & ((last > start) | (start == 0))
        spent = np.clip(np.minimum(last, end) - np.maximum(first, start), 0.0, None)
        here = (spent > 0) | (inside & (sample.cause > 0))
        frames.append(
            pd.DataFrame(
                {
                    "arm": list(sample.labels),
                    "start": start,
                    "end": end,
                    "at_risk": np.bincount(sample.arm, weights=here, minlength=arms).astype(np.int64),
                    "events": np.bincount(sample.arm, weights=inside & (sample.cause > 0), minlength=arms),
                    "person_days": np.bincount(sample.arm, weights=spent, minlength=arms),
                }
            )
        )
    order = np.arange(arms * len(frames)).reshape(len(frames), arms).T.ravel()
    table = pd.concat(frames, ignore_index=True).iloc[order].reset_index(drop=True)
    return Rates(_with_rates(table, per, level), per, level)


def _with_rates(table: pd.DataFrame, per: float, level: float) -> pd.DataFrame:
    events = table["events"].to_numpy().astype(np.int64)
    time = table["person_days"].to_numpy()
    low, high = poisson_interval(events, level)
    return table.assign(
        events=events,
        rate=_per(events.astype(float), time, per),
        low=_per(low, time, per),
        high=_per(high, time, per),
        note=np.where(time > 0, "", "no person-time"),
    )


def _per(count: Floats, time: Floats, per: float) -> Floats:
    result: Floats = np.divide(count * per, time, out=np.full(len(time), np.nan), where=time > 0)
    return result
