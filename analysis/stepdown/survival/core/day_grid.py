"""Sums by day for one arm: the kernel of every curve, variance and influence function.

Each person is at risk on (entry, days]; without entry, from the start, day 0 included. On one day the
events come before the censorings. People are grouped once by (arm, day); a risk set is then a reversed
cumulative sum of exits less one of entries, so delayed entry costs nothing.

    h_c(t) = d_c(t) / Y(t),   S(t) = prod_{s <= t} (1 - sum_c h_c(s)),   F_c(t) = sum_{s <= t} S(s-) h_c(s)

with d and Y the (weighted) events and people at risk on day t.

References
----------
Aalen OO, Johansen S (1978), Scand J Stat 5:141-150. Therneau TM, Grambsch PM (2000), Modeling Survival
Data, ch. 2 (risk sets).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stepdown.survival.core.sample import TIE_TOLERANCE, Floats, Ints, Sample

BEFORE = "before the first entry"
BEYOND = "beyond the last follow-up"
BROKEN = "after a day that left nobody at risk"
NO_SPREAD = "no variation"
FEW_CLUSTERS = 40
"""Clusters below which results say how many there are."""
FEWEST_CLUSTERS = 6
"""Clusters below which there is no test."""
FEW_AT_RISK = 10
"""People at risk below which an estimate says so."""
RESTS_ON_FEW = "fewer than 10 at risk on the last day with an event"
TOO_FEW_TO_TEST = "fewer than 6 clusters: no test"
ONE_CLUSTER = "only one cluster"


@dataclass(frozen=True, eq=False)
class ArmDays:
    """One arm: m rows, K unique last days, C causes.

    Attributes
    ----------
    rows : ndarray of int, shape (m,)
        Positions of the arm's rows in the sample.
    times : ndarray, shape (K,)
        Days with an event or a censoring.
    stop, start : ndarray of int, shape (m,)
        At risk on times[start], ..., times[stop].
    cause : ndarray of int, shape (m,)
        0 censored, 1.. the cause.
    last, first : ndarray, shape (m,)
        Last day and entry of each row, ties merged (entry 0 where none was given).
    weight : ndarray, shape (m,)
        Ones where no weights were given.
    cluster : ndarray of int, shape (m,), or None
        Clusters, coded.
    clusters : int
        Their number; 0 where none were given.
    degrees : int
        Degrees of freedom of t, clusters - 1; 0 for the normal distribution.
    at_risk, events, censored : ndarray, shape (K,), (K, C), (K,)
        Weighted sums.
    n_at_risk, n_events, n_censored : ndarray, shape (K,), (K, C), (K,)
        Numbers of people.
    survival, incidence : ndarray, shape (K,), (K, C)
        S and F just after each day's events.
    opened, end : float
        First entry; last day on which the curve is defined. It ends early where nobody is left at risk, or
        free of events, although others enter then or later.
    broken : bool
        Whether it ends early.
    plain : bool
        Whether there is one cause, no weights, no clusters and no entry.
    """

    rows: Ints
    times: Floats
    stop: Ints
    start: Ints
    cause: Ints
    last: Floats
    first: Floats
    weight: Floats
    cluster: Ints | None
    clusters: int
    degrees: int
    at_risk: Floats
    events: Floats
    censored: Floats
    n_at_risk: Ints
    n_events: Ints
    n_censored: Ints
    survival: Floats
    incidence: Floats
    opened: float
    end: float
    broken: bool
    plain: bool

    @property
    def before(self) -> Floats:
        """S just before each day, shape (K,)."""
        return np.concatenate([[1.0], self.survival[:-1]])

    @property
    def hazard(self) -> Floats:
        """Hazard of each cause on each day, shape (K, C); 0 where nobody is at risk."""
        return self.events * inverse(self.at_risk)[:, None]

    @property
    def staying(self) -> Floats:
        """Share at risk that has no event on each day, shape (K,); exactly 0 where all have one."""
        return _staying(self.at_risk, self.events, self.n_at_risk, self.n_events)

    @property
    def one_cluster(self) -> bool:
        """Whether all rows are one cluster: influence then adds up to 0, which is no variance."""
        return self.clusters == 1

    @property
    def inflation(self) -> float:
        """Factor on variances by cluster, G / (G - 1); 1 without clusters or correction."""
        return self.clusters / self.degrees if self.degrees else 1.0

    @property
    def cautions(self) -> tuple[str, ...]:
        """What to say of the clusters where they are few."""
        found = few_clusters(self.clusters, self.degrees)
        return (found,) if found else ()

    def few_at_risk(self, time: float) -> bool:
        """Whether fewer than 10 people were at risk on the last day with an event by `time`."""
        happened = np.flatnonzero(self.n_events[: self.position(time) + 1].any(axis=1))
        return bool(len(happened)) and bool(self.n_at_risk[happened[-1]] < FEW_AT_RISK)

    def undefined_reason(self, time: float) -> str:
        """Return why the curve is not defined at `time`; empty where it is.

        After the last day it is defined only where everyone at risk has had an event by then, so that nothing
        more can happen. A curve that ends above 0 does not determine later days.
        """
        if time < self.opened:
            return BEFORE
        if time <= self.end * (1 + TIE_TOLERANCE):
            return ""
        if self.broken:
            return BROKEN
        return "" if self.survival[-1] == 0 else BEYOND

    def position(self, time: float) -> int:
        """Position of the last day at or before `time`; -1 where there is none."""
        return int(np.searchsorted(self.times, time * (1 + TIE_TOLERANCE), side="right")) - 1

    def snap(self, time: float) -> float:
        """Return the day of the grid that `time` is tied with, or `time` itself."""
        near = self.position(time)
        if near >= 0 and abs(self.times[near] - time) <= TIE_TOLERANCE * time:
            return float(self.times[near])
        return time


def few_clusters(clusters: int, degrees: int) -> str:
    """Return what to say of clusters that are few; empty where they are not."""
    if not 1 < clusters < FEW_CLUSTERS:
        return ""
    if degrees:
        return f"{clusters} clusters: by t on {degrees} degrees of freedom"
    return f"{clusters} clusters: the standard error is likely to be too small"


def inverse(values: Floats) -> Floats:
    """Return 1 / values, and 0 where a value is 0."""
    return np.divide(1.0, values, out=np.zeros_like(values), where=values > 0)


def by_arm(sample: Sample) -> tuple[ArmDays, ...]:
    """Group the sample once by arm and day."""
    order = np.argsort(sample.arm, kind="stable")
    bounds = np.cumsum(np.bincount(sample.arm, minlength=len(sample.labels)))[:-1]
    return tuple(_one_arm(sample, rows) for rows in np.split(order, bounds))


def _one_arm(sample: Sample, rows: Ints) -> ArmDays:
    on_grid = sample.stop[rows]
    present = np.bincount(on_grid, minlength=len(sample.grid)) > 0
    seen = np.cumsum(present)
    times, stop = sample.grid[present], seen[on_grid] - 1
    start: Ints = np.zeros_like(stop) if sample.start is None else np.asarray(seen[sample.start[rows]])
    cause, weight, first, last = (
        sample.cause[rows], sample.full_weight[rows], sample.entry[rows], sample.grid[on_grid],
    )  # fmt: skip
    at_risk, events, censored = _sums(stop, start, cause, weight, (len(times), sample.causes))
    counts = _sums(stop, start, cause, np.ones(len(rows)), (len(times), sample.causes))
    n_at_risk, n_events, n_censored = (np.rint(values).astype(np.int64) for values in counts)
    survival: Floats = np.cumprod(_staying(at_risk, events, n_at_risk, n_events), dtype=float)
    incidence: Floats = 1 - survival[:, None]
    if sample.causes > 1:
        before = np.concatenate([[1.0], survival[:-1]])
        incidence = np.cumsum((before * inverse(at_risk))[:, None] * events, axis=0, dtype=float)
    end, broken = _end(times, stop, first, survival)
    cluster = None if sample.cluster is None else sample.cluster[rows]
    clusters = 0 if cluster is None else int(np.count_nonzero(np.bincount(cluster)))
    return ArmDays(
        rows=rows, times=times, stop=stop, start=start, cause=cause, last=last, first=first, weight=weight,
        cluster=cluster, clusters=clusters, degrees=max(clusters - 1, 0) if sample.correction == "t" else 0,
        at_risk=at_risk, events=events,
        censored=censored, n_at_risk=n_at_risk, n_events=n_events, n_censored=n_censored, survival=survival,
        incidence=incidence, opened=float(first.min()), end=end, broken=broken,
        plain=sample.independent and sample.start is None and sample.causes == 1,
    )  # fmt: skip


def _sums(
    stop: Ints, start: Ints, cause: Ints, weight: Floats, shape: tuple[int, int]
) -> tuple[Floats, Floats, Floats]:
    days, causes = shape
    counts = np.bincount(stop * (causes + 1) + cause, weights=weight, minlength=days * (causes + 1))
    cells = counts.astype(float).reshape(days, causes + 1)
    at_risk = np.cumsum(cells.sum(axis=1)[::-1])[::-1].copy()
    if start.any():
        entering = np.bincount(start, weights=weight, minlength=days + 1)
        at_risk -= np.cumsum(entering[::-1])[::-1][1:]
    return at_risk, cells[:, 1:].copy(), cells[:, 0].copy()


def _staying(at_risk: Floats, events: Floats, n_at_risk: Ints, n_events: Ints) -> Floats:
    share: Floats = 1 - events.sum(axis=1) * inverse(at_risk)
    # Weighted sums leave a rounding error where everyone at risk has the event; the counts do not.
    share[n_events.sum(axis=1) == n_at_risk] = 0.0
    return share


def _end(times: Floats, stop: Ints, first: Floats, survival: Floats) -> tuple[float, bool]:
    if not first.any():
        return float(times[-1]), False
    entered = np.searchsorted(np.sort(first), times, side="right")
    left = np.cumsum(np.bincount(stop, minlength=len(times)))
    # A curve at 0 does not describe those who enter afterwards.
    empty = np.flatnonzero((entered == left) | (survival == 0))
    return float(times[empty[0]]), bool(empty[0] < len(times) - 1)
