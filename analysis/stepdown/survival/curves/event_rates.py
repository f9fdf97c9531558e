"""Event rates in bands of days: the piecewise-constant hazard.

In a band (a, b] the rate is D / P, weighted events over weighted person-days, where a person contributes the
days of (entry, last day] in the band. An event on day 0 counts in a band that begins at 0 and adds no
person-time.

Without weights and clusters the standard error is the Poisson one, sqrt(D) / P, and the interval Garwood's
exact one for a Poisson count, with person-days taken as fixed; differences and ratios of rates join mid-p
limits, since those of two exact ones exclude no difference too rarely. With weights or clusters the influence
of a person on the rate is

    u_i = w_i (d_i - rate * t_i) / P,      d_i events and t_i person-days of the person in the band,

the variance is that of their sums within clusters, sum_g (sum_{i in g} u_i)^2, times G / (G - 1) with G
clusters, and the interval is rate exp(+-q se / rate), q from t on G - 1 degrees of freedom with clusters.
That is the sandwich of a Poisson regression with the log of person-days as offset. Without events the
interval is Garwood's for the person-time of the effective number of people (*Wilson's interval of a risk on
its effective size*).

References
----------
Breslow NE, Day NE (1987), Statistical Methods in Cancer Research II, ch. 2 and 4. Garwood F (1936),
Biometrika 28:437-442. Cohen GR, Yang SY (1994), Stat Med 13:2189-2203 (mid-p).
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from stepdown.errors import EstimateError
from stepdown.survival.core.confidence_intervals import (
    known_se,
    mid_p_poisson_interval,
    poisson_interval,
    tail_quantile,
)
from stepdown.survival.core.data_frames import reads_columns
from stepdown.survival.core.day_grid import NO_SPREAD, ONE_CLUSTER, few_clusters
from stepdown.survival.core.effective_size import kish
from stepdown.survival.core.estimands import NO_EVENTS, Estimands, Record
from stepdown.survival.core.influence_functions import clustered_variance
from stepdown.survival.core.mover import Limits, Pair
from stepdown.survival.core.presentation import Plotted
from stepdown.survival.core.sample import (
    ClusterCorrection,
    Floats,
    Sample,
    check,
    check_bands,
    check_level,
    check_per,
)

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
    correction: ClusterCorrection = "t",
    conf: str = "exact",
    per: float = 1.0,
    level: float = 0.95,
    counts: ArrayLike | None = None,
    data: pd.DataFrame | None = None,
) -> Rates:
    """Return the hazard, constant within bands, by arm.

    Parameters
    ----------
    days, event, arm, entry, weights, cluster, correction, level, counts, data
        As in `kaplan_meier`; for one of several causes pass `event == cause`.
    conf : {"exact", "log"}
        Interval of a plain count: Garwood's, or rate exp(+-z se / rate). With "exact" contrasts of rates
        are by the mid-p limits of both, with "log" Wald's. With weights or clusters the interval is
        symmetric on the log scale.
    cuts : sequence of float
        Bounds of the bands in days, ascending: [0, 30, 90] gives (0, 30] and (30, 90].
    per : float
        Person-days in the denominator of rates: 1, or `100 * DAYS_PER_MONTH`.

    Returns
    -------
    Rates
        Missing with a note where a band holds no person-time.

    Examples
    --------
    >>> import stepdown.survival as survival
    >>> days, relapsed, plan = [3, 5, 5, 8, 9, 12], [1, 1, 0, 1, 0, 0], list("aababb")
    >>> rates = survival.window_hazard(days, relapsed, cuts=[0, 5, 12]).table
    >>> rates[["start", "end", "events"]].values.tolist()
    [[0.0, 5.0, 2.0], [5.0, 12.0, 1.0]]
    """
    sample = check(
        days, event, arm=arm, entry=entry, weights=weights, cluster=cluster, correction=correction,
        single_cause=True,
    )  # fmt: skip
    check_level(level)
    if conf not in ("exact", "log"):
        raise EstimateError("conf must be one of exact, log. The default is exact.")
    bounds = check_bands("cuts", cuts)
    check_per(per)
    bands = [_band(sample, a, b, per, conf) for a, b in itertools.pairwise(bounds.tolist())]
    limits = tuple(limit for *_, found in bands for limit in found)
    by_band = pd.concat([band for band, *_ in bands], ignore_index=True)
    tail = (1 - level) / 2
    pairs = [(np.nan, np.nan) if limit is None else limit(tail) for limit in limits]
    by_band["conf_low"], by_band["conf_high"] = np.array(pairs).T
    order = np.arange(len(by_band)).reshape(len(bands), len(sample.labels)).T.ravel()
    shown = by_band.iloc[order].reset_index(drop=True).drop(columns="why")
    if sample.weight is None:
        shown = shown.drop(columns=["n_at_risk", "n_events"])
        shown = shown.astype({"events": np.int64, "at_risk": np.int64})
    influence = np.column_stack([part for _, part, _ in bands])
    joined = limits
    if sample.independent:
        joined = tuple(
            _mid_p_limits(count, days / per) if days > 0 else None
            for count, days in zip(by_band["n_events"].tolist(), by_band["person_days"], strict=True)
        )
    estimands = Estimands(
        _as_estimands(by_band, sample), influence, sample.labels, level, sample,
        joined if conf == "exact" else (), partial(_pooled, bounds, per),
    )  # fmt: skip
    return Rates(shown, per, level, estimands)


def _pooled(bounds: Floats, per: float, sample: Sample) -> Floats:
    together = sample.together()
    return np.column_stack(
        [_band(together, a, b, per, "log")[1] for a, b in itertools.pairwise(bounds.tolist())]
    )


def _band(
    sample: Sample, start: float, end: float, per: float, conf: str
) -> tuple[pd.DataFrame, Floats, list[Limits | None]]:
    """Return a band's row for each arm, each person's influence on the own arm's rate, and limits by arm."""
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
    limits: list[Limits | None]
    if sample.independent:
        se, why = _poisson_se(events, time, per)
        log = conf == "log"
        limits = [
            None
            if not days > 0
            else _log_limits(value * per, error, 0)
            if log
            else _exact_limits(count, days / per)
            for count, days, value, error in zip(n_events.tolist(), time, rate, se, strict=True)
        ]
        note = np.where(time > 0, "", NO_TIME) if conf == "exact" else why
    else:
        se, why, limits = _robust(sample, influence, rate * per, n_events, here, time / per)
        if conf == "log":
            limits = [limit if events else None for limit, events in zip(limits, n_events, strict=True)]
        note = why
    table = pd.DataFrame(
        {
            "arm": list(sample.labels), "start": start, "end": end, "at_risk": added(weight * here),
            "n_at_risk": added(here.astype(float)).astype(np.int64), "events": events, "n_events": n_events,
            "person_days": time, "rate": rate * per, "std_error": se, "conf_low": np.nan,
            "conf_high": np.nan, "note": note, "why": why,
        }
    )  # fmt: skip
    return table, influence, limits


def _poisson_se(events: Floats, time: Floats, per: float) -> tuple[Floats, np.ndarray]:
    se = np.sqrt(events) * per / np.where((time > 0) & (events > 0), time, np.nan)
    return se, np.select([time <= 0, events == 0], [NO_TIME, NO_EVENTS], "")


def _exact_limits(events: int, exposure: float) -> Limits:
    def limits(tail: float) -> Pair:
        low, high = poisson_interval(np.array(events), 1 - 2 * tail)
        return float(low) / exposure, float(high) / exposure

    return limits


def _mid_p_limits(events: int, exposure: float) -> Limits:
    def limits(tail: float) -> Pair:
        low, high = mid_p_poisson_interval(events, tail)
        return low / exposure, high / exposure

    return limits


def _log_limits(rate: float, se: float, degrees: int) -> Limits | None:
    def limits(tail: float) -> Pair:
        factor = float(np.exp(min(tail_quantile(tail, degrees) * se / rate, 700.0)))
        return rate / factor, rate * factor

    return limits if np.isfinite(se) else None


def _robust(
    sample: Sample, influence: Floats, rate: Floats, n_events: np.ndarray, here: np.ndarray, exposure: Floats
) -> tuple[Floats, np.ndarray, list[Limits | None]]:
    """Return standard errors, notes and limits of rates with weights or clusters, by arm."""
    se, why = np.full(len(rate), np.nan), []
    found: list[Limits | None] = []
    for position, value in enumerate(rate.tolist()):
        mine = sample.arm == position
        cluster = None if sample.cluster is None else sample.cluster[mine]
        count = 0 if cluster is None else int(np.count_nonzero(np.bincount(cluster)))
        degrees = max(count - 1, 0) if sample.correction == "t" else 0
        limits: Limits | None = None
        note = few_clusters(count, degrees)
        if not np.isfinite(value):
            note = NO_TIME
        elif count == 1:
            note = ONE_CLUSTER
        elif not n_events[position]:
            note = "; ".join([NO_EVENTS, *([note] if note else [])])
            limits = _spared_limits(sample, mine & here, exposure[position])
        else:
            variance = clustered_variance(influence[mine], cluster) * (count / degrees if degrees else 1.0)
            se[position] = known_se(np.array(value), np.array(variance), np.inf)
            limits = _log_limits(value, float(se[position]), degrees)
            note = note if limits else NO_SPREAD
        why.append(note)
        found.append(limits)
    return se, np.array(why), found


def _spared_limits(sample: Sample, rows: np.ndarray, exposure: float) -> Limits:
    """Limits of a rate without events: Garwood's, with the person-time of the effective number of people."""
    weight = sample.full_weight[rows]
    size = kish(weight, None if sample.cluster is None else sample.cluster[rows])
    return _exact_limits(0, exposure * size / float(weight.sum()))


def _as_estimands(by_band: pd.DataFrame, sample: Sample) -> tuple[Record, ...]:
    sizes = dict(zip(sample.labels, np.bincount(sample.arm, minlength=len(sample.labels)), strict=True))
    found = by_band.drop(columns=["events", "note"]).assign(measure="rate", n=by_band["arm"].map(sizes))
    found = found.rename(columns={"end": "time", "rate": "estimate", "n_events": "events", "why": "note"})
    columns = ["arm", "measure", "start", "time", "estimate", "std_error", "conf_low", "conf_high"]
    return tuple(found[[*columns, "n", "events", "note"]].to_dict("records"))  # type: ignore[arg-type]
