"""Event rates in bands of days: the piecewise-constant hazard.

In a band (a, b] the rate is D / P, weighted events over weighted person-days, where a person contributes the
days of (entry, last day] in the band. An event on day 0 counts in a band that begins at 0 and adds no
person-time.

Without weights and clusters the standard error is the Poisson one, sqrt(D) / P, and the interval Garwood's
exact one for a Poisson count, with person-days taken as fixed. With weights or clusters the influence of a
person on the rate is

    u_i = w_i (d_i - rate * t_i) / P,      d_i events and t_i person-days of the person in the band,

the variance is that of their sums within clusters, sum_g (sum_{i in g} u_i)^2, without a factor for few
clusters, and the interval is rate exp(+-z se / rate). That is the sandwich of a Poisson regression with the
log of person-days as offset. Without events it has no interval.

References
----------
Breslow NE, Day NE (1987), Statistical Methods in Cancer Research II, ch. 2 and 4. Garwood F (1936),
Biometrika 28:437-442.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from stepdown.survival.core.confidence_intervals import known_se, log_interval, poisson_interval
from stepdown.survival.core.data_frames import reads_columns
from stepdown.survival.core.day_grid import NO_SPREAD, ONE_CLUSTER
from stepdown.survival.core.estimands import NO_EVENTS, Estimands
from stepdown.survival.core.influence_functions import clustered_variance
from stepdown.survival.core.presentation import Plotted
from stepdown.survival.core.sample import Floats, Sample, check, check_bands, check_level, check_per

DAYS_PER_MONTH = 30.4375
"""A month, as a twelfth of 365.25 days: `per=100 * DAYS_PER_MONTH` gives rates per 100 person-months."""

NO_TIME = "no person-time"


@dataclass(frozen=True, eq=False, repr=False)
class Rates(Plotted):
    """Rates by arm and band.

    Attributes
    ----------
    table : DataFrame
        `arm`, `start`, `end` (the band is (start, end]), `at_risk` (people with time, or their event, in the
        band), `events`, `person_days`, `rate`, `std_error`, `conf_low`, `conf_high` (per `per` person-days),
        `note`. With weights `at_risk`, `events` and `person_days` are weighted, and `n_at_risk` and
        `n_events` are numbers of people.
    per : float
        Person-days in the denominator of a rate.
    level : float
        Confidence level.
    estimands : Estimands
        The same with influence, measure `rate`; `contrast(rates)` reads them.
    """

    _axis = "Rate"

    table: pd.DataFrame
    per: float
    level: float
    estimands: Estimands = field(repr=False)


@reads_columns
def window_hazard(
    days: ArrayLike,
    event: ArrayLike,
    arm: ArrayLike | None = None,
    *,
    cuts: Sequence[float],
    entry: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    per: float = 1.0,
    level: float = 0.95,
    data: pd.DataFrame | None = None,
) -> Rates:
    """Return the hazard, constant within bands, by arm.

    Parameters
    ----------
    days, event, arm, entry, weights, cluster, level, data
        As in `kaplan_meier`; for one of several causes pass `event == cause`.
    cuts : sequence of float
        Bounds of the bands in days, ascending: [0, 30, 90] gives (0, 30] and (30, 90].
    per : float
        Person-days in the denominator of rates: 1, or `100 * DAYS_PER_MONTH`.

    Returns
    -------
    Rates
        Missing with a note where a band holds no person-time; without an interval, with a note, where
        weights or clusters are given and a band holds no events.

    Examples
    --------
    >>> import stepdown.survival as survival
    >>> days, relapsed, plan = [3, 5, 5, 8, 9, 12], [1, 1, 0, 1, 0, 0], list("aababb")
    >>> rates = survival.window_hazard(days, relapsed, cuts=[0, 5, 12]).table
    >>> rates[["start", "end", "events"]].values.tolist()
    [[0.0, 5.0, 2.0], [5.0, 12.0, 1.0]]
    """
    sample = check(days, event, arm=arm, entry=entry, weights=weights, cluster=cluster, single_cause=True)
    check_level(level)
    bounds = check_bands("cuts", cuts)
    check_per(per)
    bands = [_band(sample, a, b, per, level) for a, b in itertools.pairwise(bounds.tolist())]
    arms = len(sample.labels)
    by_band = pd.concat([band for band, _ in bands], ignore_index=True)
    order = np.arange(len(by_band)).reshape(len(bands), arms).T.ravel()
    shown = by_band.iloc[order].reset_index(drop=True).drop(columns="why")
    if sample.weight is None:
        shown = shown.drop(columns=["n_at_risk", "n_events"])
        shown = shown.astype({"events": np.int64, "at_risk": np.int64})
    influence = np.column_stack([part for _, part in bands])
    estimands = Estimands(_as_estimands(by_band, sample), influence, sample.labels, level, sample)
    return Rates(shown, per, level, estimands)


def _band(sample: Sample, start: float, end: float, per: float, level: float) -> tuple[pd.DataFrame, Floats]:
    """Return a band's row for each arm, and each person's influence on the own arm's rate."""
    last, weight = sample.grid[sample.stop], sample.full_weight
    spent = np.clip(np.minimum(last, end) - np.maximum(sample.entry, start), 0.0, None)
    hit = (last <= end) & ((last > start) | (start == 0)) & (sample.cause > 0)
    here = (spent > 0) | hit

    def added(values: Floats) -> Floats:
        return np.bincount(sample.arm, weights=values, minlength=len(sample.labels)).astype(float)

    events, time = added(weight * hit), added(weight * spent)
    rate = np.divide(events, time, out=np.full(len(time), np.nan), where=time > 0)
    influence = weight * (hit - rate[sample.arm] * spent) * (per / np.where(time > 0, time, 1.0))[sample.arm]
    n_events = added(hit.astype(float)).astype(np.int64)
    if sample.independent:
        se, why = _poisson_se(events, time, per)
        exposure = np.where(time > 0, time, np.nan)
        low, high = (bound * per / exposure for bound in poisson_interval(n_events, level))
        note = np.where(time > 0, "", NO_TIME)
    else:
        se, why = _robust_se(sample, influence, rate * per, n_events)
        low, high = log_interval(rate * per, se, level)
        note = why
    table = pd.DataFrame(
        {
            "arm": list(sample.labels), "start": start, "end": end, "at_risk": added(weight * here),
            "n_at_risk": added(here.astype(float)).astype(np.int64), "events": events, "n_events": n_events,
            "person_days": time, "rate": rate * per, "std_error": se, "conf_low": low, "conf_high": high,
            "note": note, "why": why,
        }
    )  # fmt: skip
    return table, influence


def _poisson_se(events: Floats, time: Floats, per: float) -> tuple[Floats, np.ndarray]:
    se = np.sqrt(events) * per / np.where((time > 0) & (events > 0), time, np.nan)
    return se, np.select([time <= 0, events == 0], [NO_TIME, NO_EVENTS], "")


def _robust_se(
    sample: Sample, influence: Floats, rate: Floats, n_events: np.ndarray
) -> tuple[Floats, np.ndarray]:
    se, why = np.full(len(rate), np.nan), []
    for position, value in enumerate(rate):
        mine = sample.arm == position
        cluster = None if sample.cluster is None else sample.cluster[mine]
        if not np.isfinite(value):
            why.append(NO_TIME)
        elif not n_events[position]:
            why.append(NO_EVENTS)
        elif cluster is not None and cluster.min() == cluster.max():
            why.append(ONE_CLUSTER)
        else:
            variance = clustered_variance(influence[mine], cluster)
            se[position] = known_se(np.array(value), np.array(variance), np.inf)
            why.append(NO_SPREAD if np.isnan(se[position]) else "")
    return se, np.array(why)


def _as_estimands(by_band: pd.DataFrame, sample: Sample) -> pd.DataFrame:
    sizes = dict(zip(sample.labels, np.bincount(sample.arm, minlength=len(sample.labels)), strict=True))
    found = by_band.drop(columns=["events", "note"]).assign(measure="rate", n=by_band["arm"].map(sizes))
    found = found.rename(columns={"end": "time", "rate": "estimate", "n_events": "events", "why": "note"})
    columns = ["arm", "measure", "start", "time", "estimate", "std_error", "conf_low", "conf_high"]
    return found[[*columns, "n", "events", "note"]]
