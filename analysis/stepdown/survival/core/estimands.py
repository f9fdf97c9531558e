"""Estimates by arm that keep each person's influence, so that arms can be contrasted.

An estimand is a value and a gradient for each arm; everything else (standard errors by person or by
cluster, differences, ratios) follows from the influence of `core.influence_functions` and the delta method.

Intervals of probabilities, by the `conf` of the curves: "small-sample" and "exact" are those of
`core.beta_product` where it applies (a Kaplan-Meier curve of unweighted, unclustered rows without entry; of
a risk and of a risk given no event before), and otherwise those of `core.effective_size`; there is one
without events too. "log-log", "log" and "plain" are Wald's, as in R. Of mean days, "small-sample" takes the
time lost, L, as a sum over D = (L / se)^2 events and has the gamma limits of a weighted Poisson count,

    L gamma_D(alpha / 2) / D,      (L + u) gamma_a(1 - alpha / 2) / a,      a = (L + u)^2 / (se^2 + u^2),

with gamma_a the quantile function of the gamma distribution of shape a and u what one more event adds: the
average se^2 / L of those seen (then a is D + 1), at least that of an average weight in the middle of the
stretch, half its length times sum w^2 / (sum w)^2. Each is moved away from L, on the log
scale, by the ratio of the quantiles of t and of the normal distribution where there are clusters. "log" is
L exp(+-q se / L). Both stay within the stretch; where no time was lost the upper limit of L is the whole
stretch times the upper limit of the risk by its end. "plain" is Wald's. Of rows without weights and clusters
the limits that are joined to those of another arm are mid-p: quantiles of the even mixture of both gamma
distributions, since differences of the others exclude 0 too rarely.

References
----------
Fay MP, Feuer EJ (1997), Stat Med 16:791-801 (gamma limits of weighted sums). Tiwari RC, Clegg LX, Zou Z
(2006), Stat Methods Med Res 15:547-569 (an average event more). Fay MP, Kim S (2017), Biom J 59:
549-566 (mid-p gamma).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any

import numpy as np
import pandas as pd
from scipy import optimize, special

from stepdown.survival.core import influence_functions
from stepdown.survival.core.beta_product import BetaProduct
from stepdown.survival.core.confidence_intervals import WALD, incidence_interval, known_se, tail_quantile
from stepdown.survival.core.day_grid import NO_SPREAD, ONE_CLUSTER, RESTS_ON_FEW, ArmDays, by_arm
from stepdown.survival.core.effective_size import (
    effective_size,
    exact_size_interval,
    few_clusters_share,
    kish,
    kish_size,
    of_events,
    size_interval,
)
from stepdown.survival.core.mover import Limits, Pair
from stepdown.survival.core.presentation import Plotted
from stepdown.survival.core.sample import Bools, Floats, Sample
from stepdown.survival.curves import gradients

NO_EVENTS = "no events"
TIE_BREAK = 1e-3
"""Share of the influence on an area that sets equal risks apart in a permutation."""
MANY = 1e10
"""Events from which on the normal distribution stands for the gamma distribution."""
Record = dict[str, Any]


@dataclass(frozen=True, eq=False)
class Value:
    """One arm's estimate, its gradient, shape (K, C), and what its interval needs where there is no variance.

    `most` is the number of people at risk at the start; `followed` gives those whose outcome is known;
    `product` gives the beta products of the share without the event. `anything` says that any value from 0
    to 1 fits, such as for a share of no events; `of_events` that it is a share of the `followed`, all events.
    """

    value: float
    gradient: Floats
    note: str = ""
    most: float = np.inf
    followed: Callable[[], Bools] | None = None
    product: Callable[[], BetaProduct] | None = None
    anything: bool = False
    of_events: bool = False


@dataclass(frozen=True, eq=False)
class Term:
    """One estimand: what is estimated, and how for one arm.

    `width` is the largest value that a time can take, or None for a probability; `lost` whether the value is
    time lost.
    """

    measure: str
    cause: int
    start: float
    time: float
    width: float | None
    evaluate: Callable[[ArmDays], Value]
    lost: bool = False


@dataclass(frozen=True, eq=False, repr=False)
class Estimands(Plotted):
    """Estimates by arm, with influence.

    Attributes
    ----------
    table : DataFrame
        `arm`, `measure`, `cause` (where causes compete), `start`, `time`, `estimate`, `std_error`,
        `conf_low`, `conf_high`, `n` (people of the arm), `events` (people with the event in (start, time],
        day 0 included where start is 0), `note` (why a number is missing; or a caution: few clusters, fewer
        than 10 at risk). One row for each estimand and arm.
    records : tuple of dict
        The rows of `table`.
    influence : ndarray, shape (n, estimands)
        Influence of each person on the own arm's estimate; missing where there is no estimate.
    arms : tuple
        Arms in order.
    level : float
        Confidence level.
    pooled : callable or None
        Influence of the people of a sample on the estimates of all its arms together, shape (n, estimands).
    """

    records: tuple[Record, ...] = field(repr=False)
    influence: Floats = field(repr=False)
    arms: tuple[object, ...]
    level: float
    sample: Sample = field(repr=False)
    limits: tuple[Limits | None, ...] = field(default=(), repr=False)
    pooled: Callable[[Sample], Floats] | None = field(default=None, repr=False)

    # Most estimates become rows of a larger table, so that a frame of each would be made for nothing.
    @cached_property
    def table(self) -> pd.DataFrame:
        """The records, as a frame."""
        return pd.DataFrame(list(self.records))


def estimate(
    sample: Sample,
    fits: tuple[ArmDays, ...],
    terms: list[Term],
    *,
    increments: bool,
    causes: bool,
    conf: str,
    level: float,
) -> Estimands:
    """Evaluate terms for every arm.

    `increments` asks for Greenwood's variance where rows are unweighted and unclustered (R's choice for
    Kaplan-Meier); `causes` for a cause column.
    """
    influence = np.full((sample.size, len(terms)), np.nan)
    rows: list[Record] = []
    every = []
    for column, term in enumerate(terms):
        for label, fit in zip(sample.labels, fits, strict=True):
            found = term.evaluate(fit)
            people = influence_functions.influence(fit, found.gradient)
            influence[fit.rows, column] = people if np.isfinite(found.value) else np.nan
            if increments and sample.independent:
                variance = influence_functions.increments_variance(fit, found.gradient)
            else:
                variance = fit.inflation * influence_functions.clustered_variance(people, fit.cluster)
            note, se = _note_and_se(fit, term, found, variance)
            limits = _limits(term, fit, found, se, conf, alone=True)
            low, high = (np.nan, np.nan) if limits is None else limits((1 - level) / 2)
            events = events_between(fit, term.cause, term.start, term.time)
            every.append(_limits(term, fit, found, se, conf, alone=False))
            rows.append({
                "arm": label, "measure": term.measure, **({"cause": term.cause} if causes else {}),
                "start": term.start,
                "time": term.time, "estimate": found.value, "std_error": se, "conf_low": low,
                "conf_high": high, "n": len(fit.rows), "events": events,
                "note": "; ".join([*([note] if note else []), *_cautions(fit, term, found)]),
            })  # fmt: skip
    known = () if conf in WALD else tuple(every)
    return Estimands(tuple(rows), influence, sample.labels, level, sample, known, partial(_pooled, terms))


def _pooled(terms: list[Term], sample: Sample) -> Floats:
    (fit,) = by_arm(sample.together())
    return np.column_stack([_tied_apart(term, fit) for term in terms])


def _tied_apart(term: Term, fit: ArmDays) -> Floats:
    """Influence on one estimate; of a probability with a little of that on its area, which breaks ties."""
    found = term.evaluate(fit)
    if not np.isfinite(found.value):
        return np.full(len(fit.rows), np.nan)
    own = influence_functions.influence(fit, found.gradient)
    if term.width is not None:
        return own
    _, slope = gradients.incidence_area(fit, term.cause, term.start, term.time)
    area = influence_functions.influence(fit, slope) / max(term.time - term.start, 1e-9)
    return own + TIE_BREAK * area


def events_between(fit: ArmDays, cause: int, start: float, end: float) -> int:
    """Count people with the event in (start, end]; day 0 belongs to the stretch that starts at 0."""
    first = fit.position(start) + 1 if start > 0 else 0
    return int(fit.n_events[first : fit.position(end) + 1, cause - 1].sum())


def _note_and_se(fit: ArmDays, term: Term, found: Value, variance: float) -> tuple[str, float]:
    """Return the note and the standard error; there is one only where there is no note."""
    lone = fit.one_cluster and found.note in ("", NO_EVENTS)
    note = ONE_CLUSTER if lone else found.note
    se = np.nan if note else float(known_se(np.array(found.value), np.array(variance), term.width or 1.0))
    return note or (NO_SPREAD if np.isnan(se) else ""), se


def _cautions(fit: ArmDays, term: Term, found: Value) -> tuple[str, ...]:
    if not np.isfinite(found.value):
        return ()
    few = term.width is None and fit.few_at_risk(term.time)
    return (*fit.cautions, *((RESTS_ON_FEW,) if few else ()))


def _limits(term: Term, fit: ArmDays, found: Value, se: float, conf: str, *, alone: bool) -> Limits | None:
    """Return the limits of an estimate by the probability beyond each; None where there are none.

    `alone` where they are printed, and not joined to those of another arm with the correlation of both, which
    the clusters have to show as well.
    """
    if found.anything and alone and conf not in WALD:
        return lambda tail: (0.0, 1.0)
    if not np.isfinite(found.value) or fit.one_cluster:
        return None
    if term.width is not None:
        return _mean_limits(term, fit, found, se, conf, alone=alone)
    if conf in WALD:
        return None if np.isnan(se) else _wald_limits(fit, found.value, se, conf)
    if found.product is not None and fit.plain:
        product = found.product()
        return lambda tail: _flipped(product.limits(tail, exact=conf == "exact"))
    return _sized_limits(fit, found, se, conf, alone=alone)


def _wald_limits(fit: ArmDays, value: float, se: float, conf: str) -> Limits:
    def limits(tail: float) -> Pair:
        at = np.array([value]), np.array([se])
        low, high = incidence_interval(*at, conf, 1 - 2 * tail, fit.degrees)
        return float(low[0]), float(high[0])

    return limits


def _sized_limits(fit: ArmDays, found: Value, se: float, conf: str, *, alone: bool) -> Limits:
    value = np.array(min(max(found.value, 0.0), 1.0))
    spare = kish_size(fit, found.followed()) if np.isnan(se) and found.followed is not None else 0.0
    events = None
    if found.of_events and fit.degrees and found.followed is not None:
        events = kish(fit.weight[found.followed()], None)

    def limits(tail: float) -> Pair:
        shrink = few_clusters_share(tail, fit.degrees)
        most = min(found.most if events is None else of_events(shrink) * events, len(fit.rows))
        # Limits that are joined have to show the correlation as well.
        most *= 1.0 if alone else np.sqrt(shrink)
        size = effective_size(value, np.array(se**2), most, spare, shrink=shrink)
        if conf == "exact":
            low, high = exact_size_interval(value, size, tail)
        else:
            low, high = size_interval(value, size, tail_quantile(tail))
        return float(low), float(high)

    return limits


def _mean_limits(
    term: Term, fit: ArmDays, found: Value, se: float, conf: str, *, alone: bool
) -> Limits | None:
    width = float(term.width or 0.0)
    lost = found.value if term.lost else width - found.value
    spare = 0.0
    # What one more event adds: that of an average weight, in the middle of the stretch.
    following = width / 2 * float(fit.weight @ fit.weight) / float(fit.weight.sum()) ** 2
    mid_p = not alone and fit.cluster is None and np.ptp(fit.weight) == 0
    if np.isnan(se):
        # Nothing was lost by anyone: only the risk by the end limits what may be.
        if conf == "plain" or lost > 0 or found.followed is None:
            return None
        spare = kish_size(fit, found.followed())

    def limits(tail: float) -> Pair:
        q = tail_quantile(tail, fit.degrees)
        if conf == "plain":
            return max(0.0, found.value - q * se), min(width, found.value + q * se)
        if np.isnan(se):
            low, high = 0.0, width * float(size_interval(np.array(0.0), np.array(spare), q)[1])
        else:
            plain = (q * se / lost,) * 2
            down, up = log_distances(lost, se, tail, q, following, mid_p) if conf == "gamma" else plain
            low, high = lost * float(np.exp(-down)), min(lost * float(np.exp(min(up, 700.0))), width)
        return (low, high) if term.lost else (width - high, width - low)

    return limits


def log_distances(
    lost: float, se: float, tail: float, q: float, following: float, mid_p: bool = False
) -> Pair:
    """Return how far the gamma limits of the time lost lie from it, on the log scale."""
    size, wider = (lost / se) ** 2, q / tail_quantile(tail)
    # Of very many events gamma limits are normal, and their inverse loses digits.
    if size > MANY:
        return q * se / lost, q * se / lost
    step = max(se**2 / lost, following)
    shape, longer = (lost + step) ** 2 / (se**2 + step**2), 1 + step / lost
    low = float(special.gammaincinv(size, tail)) / size
    high = longer * float(special.gammainccinv(shape, tail)) / shape
    if mid_p and 0 < low < high < np.inf:
        low, high = _mid_p_gamma(size, shape, longer, tail, (low, high))
    # The median of the mixture may lie on the other side of 1.
    return max(-float(np.log(max(low, 1e-300))), 0.0) * wider, float(np.log(max(high, 1.0))) * wider


def _mid_p_gamma(size: float, shape: float, longer: float, tail: float, outer: Pair) -> Pair:
    """Quantiles of the even mixture of both gamma distributions, between their own."""

    def below(ratio: float) -> float:
        return float(special.gammainc(size, size * ratio) + special.gammainc(shape, shape * ratio / longer))

    def above(ratio: float) -> float:
        return float(special.gammaincc(size, size * ratio) + special.gammaincc(shape, shape * ratio / longer))

    def between(of: Callable[[float], float], otherwise: float) -> float:
        # At tails near the smallest float the limits outside are rounded: they stand for those inside.
        if (of(outer[0]) - 2 * tail) * (of(outer[1]) - 2 * tail) >= 0:
            return otherwise
        return float(optimize.brentq(lambda ratio: of(ratio) - 2 * tail, *outer, xtol=1e-300, maxiter=5000))

    return between(below, outer[0]), between(above, outer[1])


def _flipped(limits: tuple[Floats, Floats]) -> Pair:
    """Return the limits of a risk from those of the share without the event."""
    return 1 - float(limits[1][0]), 1 - float(limits[0][0])
