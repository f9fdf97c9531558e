"""Wilson's interval of a risk on its effective size, and the size where no event was seen.

With p the estimate and V its variance the effective size is the number of people of whom a plain proportion
would be as certain,

    n = (z / t)^2 p (1 - p) / V,       at most the people at risk at the start,

with z the normal quantile and t that of t on G - 1 degrees of freedom with clusters (z without), and
Wilson's limits are

    [p + z^2 / 2n +- z sqrt(p (1 - p) / n + z^2 / 4n^2)] / (1 + z^2 / n).

For few clusters that is t in place of z, except that the number of people bounds n after it was lowered:
where rows are as good as independent the clusters add no uncertainty. In limits that are joined to those of
another arm z / t of the people bound n, since the clusters have to show the correlation as well. Clusters
need not differ in the share of their events that is early, and bounded by the number of events the limits
would contain the share in 98.3% of samples of 4 clusters that do not: P(|Z| < max(z, t sqrt(X / 3))) with X
of chi-square on 3 degrees of freedom. Of a share of events n is therefore at most (t / z)^(3/2) times Kish's
size of the events, and the people at risk; the power is chosen by simulation (`docs/validation.md`).

With conf "exact" they are Clopper and Pearson's on n people of whom n p had the event. Where nobody or
everybody had the event V is 0, and n is Kish's size of those followed to the day, (sum w)^2 / sum w^2. Rows
of a cluster cannot then show how far they agree: n is the larger of Kish's size of clusters, and of rows
divided by 1 + (m - 1) / 10, with m the size-weighted mean cluster and 1/10 an intracluster correlation that
few programs exceed.

References
----------
Wilson EB (1927), JASA 22:209-212. Kish L (1965), Survey Sampling. Korn EL, Graubard BI (1998), Survey
Methodology 24:193-201 (effective size in place of the sample's, lowered by (z / t)^2). Clopper CJ, Pearson
ES (1934), Biometrika 26:404-413.
"""

from __future__ import annotations

import numpy as np
from scipy import special

from stepdown.survival.core.confidence_intervals import tail_quantile
from stepdown.survival.core.day_grid import ArmDays
from stepdown.survival.core.sample import Bools, Floats, Ints

CORRELATION = 0.1
"""Intracluster correlation assumed where no event shows it."""


def effective_size(
    value: Floats,
    variance: Floats,
    most: Floats | float,
    otherwise: Floats | float,
    *,
    shrink: float = 1.0,
) -> Floats:
    """Return `shrink` times p (1 - p) / V, or times `otherwise` where V is missing or rounding error.

    It is at most `most`.
    """
    spread = value * (1 - value)
    known = np.isfinite(variance) & (variance > 0) & (spread > 1e-14)
    size = np.divide(spread, variance, out=np.zeros(np.shape(value)), where=known)
    return np.asarray(np.minimum(shrink * np.where(known, np.maximum(size, 1e-3), otherwise), most))


def few_clusters_share(tail: float, degrees: int) -> float:
    """Return (z / t)^2, by which few clusters lower an effective size; 1 without clusters."""
    return (tail_quantile(tail) / tail_quantile(tail, degrees)) ** 2


def of_events(shrink: float) -> float:
    """Return (t / z)^(3/2), by which Kish's size of events in clusters is multiplied, of (z / t)^2."""
    return float(shrink ** (-3 / 4))


def kish_size(arm: ArmDays, rows: Bools) -> float:
    """Effective number of some rows of an arm, where they have shown no variation."""
    return kish(arm.weight[rows], None if arm.cluster is None else arm.cluster[rows])


def followed_size(arm: ArmDays, days: Ints, tail: float) -> Floats:
    """Effective number of those followed to each day, for limits with so much beyond each."""
    at_risk = arm.at_risk[days]
    if arm.cluster is None and np.ptp(arm.weight) == 0:
        return np.asarray(at_risk / arm.weight[0])
    shrink = few_clusters_share(tail, arm.degrees)
    return np.array([shrink * kish_size(arm, (arm.stop >= day) & (arm.start <= day)) for day in days])


def kish(weight: Floats, cluster: Ints | None) -> float:
    """Effective number of rows with these weights and clusters."""
    if not len(weight):
        return 0.0
    size = float(weight.sum() ** 2 / (weight @ weight))
    if cluster is None:
        return size
    sums, counts = np.bincount(cluster, weight), np.bincount(cluster)
    mean = float(counts @ counts) / len(weight)
    return max(float(weight.sum() ** 2 / (sums @ sums)), size / (1 + (mean - 1) * CORRELATION))


def size_interval(value: Floats, size: Floats, quantile: float) -> tuple[Floats, Floats]:
    """Wilson's limits; 0 and 1 where the size is 0."""
    n = np.maximum(size, 1e-9)
    square = quantile**2
    middle = value + square / (2 * n)
    half = quantile * np.sqrt(value * (1 - value) / n + square / (4 * n * n))
    low, high = (middle - half) / (1 + square / n), (middle + half) / (1 + square / n)
    return np.where(value <= 0, 0.0, np.clip(low, 0, 1)), np.where(value >= 1, 1.0, np.clip(high, 0, 1))


def exact_size_interval(value: Floats, size: Floats, tail: float) -> tuple[Floats, Floats]:
    """Clopper and Pearson's limits on `size` people."""
    n = np.maximum(size, 1e-9)
    x, rest = n * value, n * (1 - value)
    low = special.betaincinv(np.maximum(x, 1e-300), rest + 1, tail)
    high = special.betaincinv(x + 1, np.maximum(rest, 1e-300), 1 - tail)
    return np.where(value <= 0, 0.0, low), np.where(value >= 1, 1.0, high)
