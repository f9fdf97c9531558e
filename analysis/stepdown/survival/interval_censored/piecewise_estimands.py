"""Estimands of a fitted piecewise-exponential model by arm: rates, risks and windows, with influence.

With the hazards l_c(t) of one or more causes, each constant within bands, and l = sum_c l_c,

    S(t) = exp(- int l),      F_c(b) - F_c(a) = sum over bands of (l_c / l) [S(start) - S(end)]

over the parts of the bands in (a, b]. Gradients in the parameters are computed by complex steps, which are
exact to rounding: f(x + i h) / h for a tiny h.

References
----------
Squire W, Trapp G (1998), SIAM Rev 40:110-112 (complex steps).
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stepdown.survival.core.confidence_intervals import incidence_interval, known_se, log_interval
from stepdown.survival.core.day_grid import BEFORE, BEYOND, NO_SPREAD, ONE_CLUSTER, few_clusters
from stepdown.survival.core.estimands import NO_EVENTS, Estimands
from stepdown.survival.core.influence_functions import clustered_variance
from stepdown.survival.core.sample import TIE_TOLERANCE, Bools, Floats, Ints, Sample
from stepdown.survival.curves.event_rates import NO_TIME
from stepdown.survival.interval_censored.piecewise_likelihood import Peak, PiecewiseInput

TINY = 1e-100
Numbers = NDArray[np.complex128]


@dataclass(frozen=True, eq=False)
class Part:
    """One arm's fit; m rows, P parameters: log rates of the bands in `free`, then coefficients.

    Attributes
    ----------
    rows : ndarray of bool, shape (n,)
        Rows of the arm.
    bounds : ndarray, shape (K + 1,)
        Bounds of the bands.
    free : ndarray of bool, shape (K,)
        Bands in which an event is possible; elsewhere the rate is 0.
    exposed : ndarray of bool, shape (K,)
        Bands with person-time.
    opened, last : float
        Earliest entry, and last day observed.
    unit : float
        Mean weight.
    center, scale : ndarray, shape (p,)
        Of the covariates.
    peak : Peak
        Of the likelihood.
    """

    rows: Bools
    bounds: Floats
    free: Bools
    exposed: Bools
    opened: float
    last: float
    unit: float
    center: Floats
    scale: Floats
    peak: Peak

    @property
    def theta(self) -> Floats:
        """Parameters, of covariates centered and scaled."""
        return self.peak.state.theta

    @property
    def influence(self) -> Floats:
        """Influence of each row on the parameters, shape (m, P)."""
        return self.peak.scores @ self.peak.inverse

    def rates(self, theta: Numbers, at: Floats) -> Numbers:
        """Rates of all bands, for given covariates."""
        bands = int(self.free.sum())
        effect = ((at - self.center) / self.scale) @ theta[bands:] if len(at) else 0.0
        result = np.zeros(len(self.free), dtype=complex)
        result[self.free] = np.exp(theta[:bands] + effect)
        return result

    def unknown(self, gradient: Floats) -> bool:
        """Whether a quantity changes along a direction that is not identifiable."""
        return bool(np.abs(gradient @ self.peak.unknown).max(initial=0.0) > 1e-6)

    def model_variance(self, gradient: Floats) -> float:
        """Variance by the inverse information, of rows without weights."""
        return float(gradient @ self.peak.inverse @ gradient)


def gradients(value: Callable[[list[Numbers]], complex], places: list[Floats]) -> tuple[float, list[Floats]]:
    """Return the value of a function of several parameter vectors, and its gradient in each of them."""
    start = [place.astype(complex) for place in places]
    found = float(value(start).real)
    slopes = []
    for number, place in enumerate(places):
        slope = np.empty(len(place))
        for column in range(len(place)):
            moved = [one.copy() for one in start]
            moved[number][column] += 1j * TINY
            slope[column] = value(moved).imag / TINY
        slopes.append(slope)
    return found, slopes


def window(
    rates: list[Numbers], bounds: Floats, opened: float, a: float, b: float
) -> tuple[complex, complex]:
    """Return F_c(b) - F_c(a) of the first cause, and S(a), everyone free of events on the day `opened`."""
    total = np.sum(rates, axis=0)
    left = np.exp(-_held(total, bounds, opened, a))
    risk = 0j
    before = left
    for band, (start, end) in enumerate(itertools.pairwise(bounds)):
        begin, stop = max(start, a), min(end, b)
        if stop <= begin or total[band] == 0:
            continue
        after = before * np.exp(-total[band] * (stop - begin))
        risk += rates[0][band] / total[band] * (before - after)
        before = after
    return risk, left


def _held(total: Numbers, bounds: Floats, start: float, end: float) -> complex:
    days = np.clip(np.minimum(bounds[1:], end) - np.maximum(bounds[:-1], start), 0.0, None)
    return complex(total @ days)


NOT_IDENTIFIED = "not identifiable from these data"
UNBOUNDED = "no finite estimate"
NOBODY_LEFT = "nobody is left at the start of the window"
NO_EVENTS_YET = "no events by the horizon: no share"

Request = tuple[str, float | None, float, float | None]
"""Measure, first day (None: the earliest entry), last day, horizon of a share."""


@dataclass(frozen=True, eq=False)
class _ArmEstimate:
    """One arm's estimate: value, standard error, influence of its rows, and why a number is missing."""

    value: float
    se: float
    people: Floats
    note: str

    @classmethod
    def of(
        cls,
        sample: Sample,
        parts: list[Part],
        measure: str,
        a: float | None,
        b: float,
        horizon: float | None,
        at: Floats,
        robust: bool,
    ) -> _ArmEstimate:
        one, start = parts[0], parts[0].opened if a is None else a
        nothing = np.full(int(one.rows.sum()), np.nan)
        note = _undefined_reason(one, start, max(b, horizon or b))
        if note:
            return cls(np.nan, np.nan, nothing, note)

        def value(thetas: list[Numbers]) -> complex:
            rates = [part.rates(theta, at) for part, theta in zip(parts, thetas, strict=True)]
            risk, left = window(rates, one.bounds, one.opened, start, b)
            if measure == "conditional_risk":
                return risk / left if left.real > 0 else complex(np.nan)
            if horizon is not None:
                whole = window(rates, one.bounds, one.opened, start, horizon)[0]
                return risk / whole if whole.real > 0 else complex(np.nan)
            return risk

        found, slopes = gradients(value, [part.theta for part in parts])
        if np.isnan(found):
            note = NOBODY_LEFT if measure == "conditional_risk" else NO_EVENTS_YET
            return cls(np.nan, np.nan, nothing, note)
        if any(part.unknown(slope) for part, slope in zip(parts, slopes, strict=True)):
            return cls(np.nan, np.nan, nothing, NOT_IDENTIFIED)
        people = sum(part.influence @ slope for part, slope in zip(parts, slopes, strict=True))
        pairs = zip(parts, slopes, strict=True)
        variance = sum(part.model_variance(slope) for part, slope in pairs)
        if robust:
            factor = sample.cluster_terms(one.rows)[0]
            variance = factor * clustered_variance(np.asarray(people), _clusters(sample, one.rows))
        se, note = _se_and_note(sample, one, found, variance, 1.0)
        return cls(found, se, np.asarray(people), note)


def _se_and_note(
    sample: Sample, part: Part, value: float, variance: float, width: float
) -> tuple[float, str]:
    """Return the standard error, and the note where there is none."""
    cluster = _clusters(sample, part.rows)
    if value == 0:
        return np.nan, NO_EVENTS
    if cluster is not None and cluster.min() == cluster.max():
        return np.nan, ONE_CLUSTER
    se = float(known_se(np.array(value), np.array(variance), width))
    return se, NO_SPREAD if np.isnan(se) else ""


def _undefined_reason(part: Part, start: float, end: float) -> str:
    """Return why the model is not defined over a stretch; empty where it is."""
    if start < part.opened:
        return BEFORE
    if end > part.last * (1 + TIE_TOLERANCE):
        return BEYOND
    touched = (part.bounds[:-1] < end) & (part.bounds[1:] > part.opened)
    return NO_TIME if (touched & ~part.exposed).any() else ""


def alike(one: PiecewiseInput, two: PiecewiseInput) -> bool:
    """Return whether two inputs describe the same people, bands and weights."""
    a, b = one.sample, two.sample
    pairs = ((one.bounds, two.bounds), (a.arm, b.arm), (a.weight, b.weight), (a.cluster, b.cluster))
    return a.labels == b.labels and all(
        (x is None) == (y is None) and (x is None or np.array_equal(x, np.asarray(y))) for x, y in pairs
    )


def _clusters(sample: Sample, rows: Bools) -> Ints | None:
    return None if sample.cluster is None else sample.cluster[rows]


def _known(given: PiecewiseInput, rows: Bools, start: float, end: float) -> int:
    """Count people whose event is known to be in (start, end]; day 0 counts where start is 0."""
    low, high = given.low[rows], given.high[rows]
    after = np.where(low == high, (low > start) | (start == 0), low >= start)
    return int((after & (high <= end) & np.isfinite(high)).sum())


def of_windows(
    given: PiecewiseInput,
    models: list[tuple[Part, ...]],
    requested: list[Request],
    at: Floats,
    *,
    robust: bool,
    level: float,
) -> Estimands:
    """Return the estimands requested of the first of several models of competing causes, for each arm."""
    sample = given.sample
    influence = np.full((sample.size, len(requested)), np.nan)
    rows = []
    for column, (measure, a, b, horizon) in enumerate(requested):
        for number, label in enumerate(sample.labels):
            parts = [model[number] for model in models]
            found = _ArmEstimate.of(sample, parts, measure, a, b, horizon, at, robust)
            influence[parts[0].rows, column] = found.people
            degrees = sample.cluster_terms(parts[0].rows)[1]
            low, high = incidence_interval(
                np.array([found.value]), np.array([found.se]), "log-log", level, degrees
            )
            since = parts[0].opened if a is None else a
            rows.append({
                "arm": label, "measure": measure, "start": since, "time": b, "estimate": found.value,
                "std_error": found.se, "conf_low": low[0], "conf_high": high[0],
                "n": int(parts[0].rows.sum()), "events": _known(given, parts[0].rows, since, b),
                "note": found.note or few_clusters(sample.cluster_count(parts[0].rows), degrees),
            })  # fmt: skip
    return Estimands(tuple(rows), influence, sample.labels, level, sample)


def of_rates(
    given: PiecewiseInput, parts: tuple[Part, ...], *, robust: bool, per: float, level: float
) -> Estimands:
    """Return the rates, band by band, where all covariates are 0."""
    sample, bounds = given.sample, given.bounds
    influence = np.full((sample.size, len(bounds) - 1), np.nan)
    rows = []
    for band in range(len(bounds) - 1):
        for label, part in zip(sample.labels, parts, strict=True):
            value, se, people, note = _rate(sample, part, band, robust)
            influence[part.rows, band] = people * per
            degrees = sample.cluster_terms(part.rows)[1]
            low, high = log_interval(np.array([value * per]), np.array([se * per]), level, degrees)
            events = _known(given, part.rows, bounds[band], bounds[band + 1])
            rows.append({
                "arm": label, "measure": "rate", "start": bounds[band], "time": bounds[band + 1],
                "estimate": value * per, "std_error": se * per, "conf_low": low[0], "conf_high": high[0],
                "n": int(part.rows.sum()), "events": events,
                "note": note or few_clusters(sample.cluster_count(part.rows), degrees),
            })  # fmt: skip
    return Estimands(tuple(rows), influence, sample.labels, level, sample)


def _rate(sample: Sample, part: Part, band: int, robust: bool) -> tuple[float, float, Floats, str]:
    """Return a band's rate, its standard error, the influence of the rows, and why a number is missing."""
    nothing = np.full(int(part.rows.sum()), np.nan)
    if not part.exposed[band]:
        return np.nan, np.nan, nothing, NO_TIME
    if not part.free[band]:
        return 0.0, np.nan, np.zeros_like(nothing), NO_EVENTS
    place = int(part.free[:band].sum())
    drift = part.peak.drift[place]
    if drift:
        return (0.0, np.nan, nothing, NO_EVENTS) if drift < 0 else (np.inf, np.nan, nothing, UNBOUNDED)
    zero = np.zeros(len(part.center))
    value, (slope,) = gradients(lambda thetas: complex(part.rates(thetas[0], zero)[band]), [part.theta])
    share = slope / value  # of the log rate, because rates are small numbers
    if part.unknown(share):
        return np.nan, np.nan, nothing, NOT_IDENTIFIED
    people = part.influence @ share
    variance = part.model_variance(share)
    if robust:
        factor = sample.cluster_terms(part.rows)[0]
        variance = factor * clustered_variance(people, _clusters(sample, part.rows))
    se, note = _se_and_note(sample, part, 1.0, variance, np.inf)
    return value, se * value, people * value, note
