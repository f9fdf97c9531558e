"""Multi-state Aalen-Johansen: the share in each state by day, from counting-process rows.

Rows are stretches (start, stop] of one person in one state, ending in a move to another state or not. With
N_jk(s) the (weighted) moves from j to k on day s and Y_j(s) those in j on it (start < s <= stop),

    p(t) = p(0) prod_{s <= t} (I + dA(s)),   dA_jk(s) = N_jk(s) / Y_j(s),   dA_jj(s) = - sum_k dA_jk(s)

and p(0) the shares of the states among those under observation from the earliest start, day 0 as a rule.
Ties: all moves of a day share that day's risk sets; moves come before the ends of follow-up; one person may
not move twice on one day. Mean time in a state up to day tau is the area under its share, from the earliest
start.

Variance: influence (infinitesimal jackknife) of each person, all rows of one person (or cluster) together.
From day to day, with w the row's weight,

    U(t) = U(t-) (I + dA) + w p_j(t-) / Y_j [ (e_k - e_j) 1(moves j to k) - dA_j. 1(at risk in j) ],
    U(0) = w (e_state - p(0)) / sum of w at the start,

summed as squares, as in R's `survfit` for multi-state data, including the sampling of the first states. On
one day t it is found without the days between: with P(s, t) the product of I + dA over (s, t] and

    C_j(s) = sum_{u <= s} p_j(u-) / Y_j(u) dA_j.(u) P(u, t),

a row in j on (a, b] adds w [ (e_k - e_j) p_j(b-) / Y_j(b) P(b, t) 1(moved by t) - C_j(min(b, t)) + C_j(a) ].
With `cluster` variances are times G / (G - 1) and limits by t on G - 1 degrees of freedom, with G the
clusters of the arm; `correction="none"` is R's form.

References
----------
Aalen OO, Johansen S (1978), Scand J Stat 5:141-150. Andersen PK, Keiding N (2002), Stat Methods Med Res
11:91-115. Therneau TM, Crowson C, Atkinson E (2024), survival vignette "Methods and multi-state variance".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from stepdown.errors import EstimateError
from stepdown.survival.core.argument_types import checks_arguments
from stepdown.survival.core.confidence_intervals import incidence_interval, known_se, quantile
from stepdown.survival.core.data_frames import reads_columns
from stepdown.survival.core.day_grid import BEFORE, BEYOND, BROKEN, NO_SPREAD, ONE_CLUSTER, few_clusters
from stepdown.survival.core.presentation import Plotted
from stepdown.survival.core.sample import (
    TIE_TOLERANCE,
    Bools,
    ClusterCorrection,
    Faults,
    Floats,
    Ints,
    Sample,
    check,
    check_level,
    check_times,
    order_within,
)


@dataclass(frozen=True, eq=False)
class Moves:
    """One arm: m rows, K days with a stop, S states, G clusters.

    Attributes
    ----------
    times : ndarray, shape (K,)
        Days with a stop.
    opened : float
        Earliest start.
    counts : ndarray, shape (K, S, S)
        Weighted moves from row state to column state.
    n_at_risk : ndarray of int, shape (K, S)
        Rows in each state on each day.
    first, last : ndarray of int, shape (m,)
        At risk on times[first], ..., times[last].
    origin, target : ndarray of int, shape (m,)
        States; the same where there is no move.
    begin : ndarray of bool, shape (m,)
        Rows that start on the earliest day.
    grouped : bool
        Whether clusters were given.
    degrees : int
        Degrees of freedom of t, clusters - 1; 0 for the normal distribution.
    """

    times: Floats
    opened: float
    counts: Floats
    n_at_risk: Ints
    first: Ints
    last: Ints
    origin: Ints
    target: Ints
    begin: Bools
    weight: Floats
    cluster: Ints
    clusters: int
    grouped: bool
    degrees: int
    entering: tuple[Ints, ...]
    leaving: tuple[Ints, ...]

    @property
    def inflation(self) -> float:
        """Factor on variances by cluster, G / (G - 1); 1 without clusters or correction."""
        return self.clusters / self.degrees if self.degrees else 1.0

    @property
    def caution(self) -> str:
        """What to say of the clusters where they are few."""
        return few_clusters(self.clusters, self.degrees) if self.grouped else ""

    def at_start(self) -> Floats:
        """Weighted rows in each state at the earliest start, shape (S,)."""
        rows = self.begin
        return np.bincount(self.origin[rows], self.weight[rows], self.counts.shape[1]).astype(float)

    def at_risk(self) -> Floats:
        """Weighted rows in each state on each day, shape (K, S); 0 where there is no row."""
        days, states = self.n_at_risk.shape
        cells, last = days * states, self.last * states + self.origin
        entered = np.bincount(self.first * states + self.origin, self.weight, cells + states)[:cells]
        left = np.bincount(last, self.weight, cells)
        # Summed from the last day, so that the small risk sets at the end are exact.
        until = np.cumsum(left.reshape(days, states)[::-1], axis=0)[::-1]
        later = np.cumsum(entered.reshape(days, states)[::-1], axis=0)[::-1]
        later = np.vstack([later[1:], np.zeros(states)])
        return np.where(self.n_at_risk > 0, until - later, 0.0)

    def opening_shares(self) -> Floats:
        """Shares at the earliest start, shape (S,)."""
        return self.at_start() / float(self.weight[self.begin].sum())

    def opening(self) -> Floats:
        """Influence on the shares at the earliest start, shape (S, G)."""
        total, share = float(self.weight[self.begin].sum()), self.opening_shares()
        people = np.zeros((len(share), self.clusters))
        rows = np.flatnonzero(self.begin)
        np.add.at(people, (self.origin[rows], self.cluster[rows]), self.weight[rows] / total)
        people -= share[:, None] * np.bincount(self.cluster[rows], self.weight[rows] / total, self.clusters)
        return people

    def enter(self, held: Floats, day: int) -> None:
        """Add the weight of those at risk from this day on."""
        rows = self.entering[day]
        np.add.at(held, (self.origin[rows], self.cluster[rows]), self.weight[rows])

    def leave(self, held: Floats, day: int) -> None:
        """Subtract the weight of those whose row ends on this day."""
        rows = self.leaving[day]
        np.subtract.at(held, (self.origin[rows], self.cluster[rows]), self.weight[rows])

    def jump(self, people: Floats, factor: Floats, day: int) -> None:
        """Add the influence of the moves of this day; `factor` is p_j / Y_j."""
        rows = self.leaving[day]
        rows = rows[self.origin[rows] != self.target[rows]]
        size = self.weight[rows] * factor[self.origin[rows]]
        np.add.at(people, (self.target[rows], self.cluster[rows]), size)
        np.subtract.at(people, (self.origin[rows], self.cluster[rows]), size)


def read(
    start: ArrayLike,
    stop: ArrayLike,
    state_from: ArrayLike,
    state_to: ArrayLike,
    person: ArrayLike,
    states: Sequence[object] | None,
    arm: ArrayLike | None,
    weights: ArrayLike | None,
    cluster: ArrayLike | None,
    correction: ClusterCorrection,
) -> tuple[tuple[object, ...], tuple[object, ...], tuple[Moves, ...]]:
    """Return states, arms and the moves of each arm, or raise an error that lists every fault."""
    size = len(np.atleast_1d(np.asarray(stop)))
    groups = person if cluster is None else cluster
    sample = check(
        stop, np.zeros(size), arm=arm, entry=start, weights=weights, cluster=groups, names=("stop", "start"),
        correction=correction,
    )  # fmt: skip
    origin, target = _column(state_from), _column(state_to)
    people = _column(person)
    if not len(origin) == len(target) == len(people) == size:
        raise EstimateError(
            "state_from, state_to and id must have as many rows as stop. Give one value per row."
        )
    if states is not None and np.ndim(np.asarray(states, dtype=object)) != 1:
        raise EstimateError("states must be a list of the states in order. Name each state once.")
    known = tuple(states) if states is not None else _found(origin, target)
    if len(set(known)) < len(known):
        raise EstimateError("states names a state twice. Name each state once.")
    place = {state: position for position, state in enumerate(known)}
    moved = ~pd.isna(target)
    before, after = _places(origin, place), _places(target, place)
    after[~moved] = before[~moved]
    codes = pd.factorize(people)[0]
    faults = Faults()
    every = "Name every state in states."
    faults.where("state_from", before < 0, "is missing or not one of states", every)
    faults.where("state_to", (after < 0) & moved, "is not one of states", every)
    faults.where("id", codes < 0, "is missing", "Drop these rows or give their person.")
    _check_chains(sample, codes, before, after, faults)
    faults.stop()
    arms = tuple(
        _moves(sample, np.flatnonzero(sample.arm == position), before, after, len(known), cluster is not None)
        for position in range(len(sample.labels))
    )
    return known, sample.labels, arms


def _column(values: ArrayLike) -> np.ndarray:
    return np.asarray(pd.Series(values).astype(object).array, dtype=object)


def _places(values: np.ndarray, place: dict[object, int]) -> Ints:
    """Position of each state; -1 where it is missing or unknown."""
    codes, different = pd.factorize(values)
    known: Ints = np.array([*(place.get(state, -1) for state in different), -1], dtype=np.int64)
    return known[codes]


def _found(origin: np.ndarray, target: np.ndarray) -> tuple[object, ...]:
    every = pd.unique(np.concatenate([origin, target]))
    return tuple(sorted((state for state in every if not pd.isna(state)), key=str))


def _check_chains(sample: Sample, person: Ints, before: Ints, after: Ints, faults: Faults) -> None:
    """Record rows that overlap the person's previous row, or begin in another state than it ended in."""
    begin = np.zeros(sample.size, dtype=np.int64) if sample.start is None else sample.start
    order, overlap = order_within(person, begin, sample.stop)
    one, two = order[:-1], order[1:]
    same = (person[one] == person[two]) & (begin[two] == sample.stop[one])
    jumped = np.zeros(sample.size, dtype=bool)
    jumped[two] = same & (before[two] != after[one])
    faults.where("start", overlap, "is before the person's last stop", "A person's rows may not overlap.")
    what = "is not the state that the person's last row ended in"
    remedy = "A row that begins as another ends begins in the state that was entered."
    faults.where("state_from", jumped, what, remedy)


def _moves(sample: Sample, rows: Ints, before: Ints, after: Ints, states: int, grouped: bool) -> Moves:
    begin = sample.start[rows] if sample.start is not None else np.zeros(len(rows), dtype=np.int64)
    present, last = np.unique(sample.stop[rows], return_inverse=True)
    first = np.searchsorted(present, begin, side="right")
    days, origin, target = len(present), before[rows], after[rows]
    weight = sample.full_weight[rows]
    codes = rows if sample.cluster is None else sample.cluster[rows]
    groups, cluster = np.unique(codes, return_inverse=True)
    moved = origin != target
    cell = (last * states + origin) * states + target
    counts = np.bincount(cell[moved], weight[moved], days * states**2).astype(float)
    entered = np.bincount(first * states + origin, minlength=days * states).reshape(days, states)
    left = np.bincount(last * states + origin, minlength=days * states).reshape(days, states)
    n_at_risk = np.cumsum(entered, axis=0) - np.cumsum(left, axis=0) + left
    return Moves(
        times=sample.grid[present], opened=float(sample.grid[begin.min()]),
        counts=counts.reshape(days, states, states), n_at_risk=n_at_risk, first=first, last=last,
        origin=origin, target=target, begin=begin == begin.min(), weight=weight, cluster=cluster,
        clusters=len(groups), grouped=grouped,
        degrees=len(groups) - 1 if grouped and sample.correction == "t" else 0,
        entering=_by_day(first, days), leaving=_by_day(last, days),
    )  # fmt: skip


def _by_day(day: Ints, days: int) -> tuple[Ints, ...]:
    order = np.argsort(day, kind="stable")
    return tuple(np.split(order, np.searchsorted(day[order], np.arange(1, days))))


_SPREAD = ("std_error", "conf_low", "conf_high")
ROUNDING = 1e-13
"""Share at or below which a state that everyone has left holds a rounding error."""


@dataclass(frozen=True, eq=False)
class Walk:
    """One arm's shares by day, shape (K + 1, S); row 0 is the earliest start.

    Attributes
    ----------
    times : ndarray, shape (K + 1,)
        The earliest start, then the days of the moves.
    at_risk, share : ndarray, shape (K + 1, S)
        Weighted rows in each state on a day, and its share from that day on.
    steps : ndarray, shape (K, S, S)
        I + dA by day.
    factors : ndarray, shape (K, S)
        p(t-) / Y by day; 0 where nobody is at risk.
    end : float
        Last day with defined shares; infinity where nothing more can happen.
    """

    times: Floats
    at_risk: Floats
    share: Floats
    steps: Floats
    factors: Floats
    end: float
    broken: bool
    alone: bool
    degrees: int
    caution: str

    def undefined_reason(self, day: float) -> str:
        """Return why the shares are not defined on a day; empty where they are."""
        if day < self.times[0]:
            return BEFORE
        if day <= self.end * (1 + TIE_TOLERANCE):
            return ""
        return BROKEN if self.broken else BEYOND


@dataclass(frozen=True, eq=False, repr=False)
class MultiState(Plotted):
    """Shares of states by arm.

    Attributes
    ----------
    table : DataFrame
        `arm`, `state`, `time` (the earliest start, then every day with a move or an end of follow-up),
        `at_risk` (weighted rows in the state on that day), `estimate`, `std_error`, `conf_low`, `conf_high`.
        Missing after a day that leaves nobody at risk in a state that is occupied and that people leave.
        Shares of 0 or 1 have no standard error. Made when it is first asked for.
    shares : DataFrame
        The same without standard error and interval.
    states : tuple
        States in order.
    arms : tuple
        Arms in order; ("all",) where none were given.
    level : float
        Confidence level. Intervals are complementary log-log, as for incidences.
    """

    _line = "step"
    _axis = "Share in the state"

    states: tuple[object, ...]
    arms: tuple[object, ...]
    level: float
    moves: tuple[Moves, ...] = field(repr=False)
    walks: tuple[Walk, ...] = field(repr=False)
    whole_days: bool = field(default=False, repr=False)

    @cached_property
    def table(self) -> pd.DataFrame:
        """The shares by day, with their intervals."""
        return self._by_day(spread=True)

    @cached_property
    def shares(self) -> pd.DataFrame:
        """The shares by day."""
        return self._by_day(spread=False)

    def _by_day(self, *, spread: bool) -> pd.DataFrame:
        frames = []
        for label, moves, walk in zip(self.arms, self.moves, self.walks, strict=True):
            days = np.flatnonzero(walk.times % 1 == 0) if self.whole_days else np.arange(len(walk.times))
            late = walk.times[days] > walk.end * (1 + TIE_TOLERANCE)
            variance = (
                _squares_by_day(moves, walk)[days] if spread else np.zeros((len(days), len(self.states)))
            )
            for column, state in enumerate(self.states):
                value = np.where(late, np.nan, walk.share[days, column])
                frame = _frame(label, (state,) * len(days), value, variance[:, column], walk, self.level)
                frame = frame.drop(columns="note" if spread else ["note", *_SPREAD])
                frame.insert(2, "time", walk.times[days])
                frame.insert(3, "at_risk", walk.at_risk[days, column])
                frames.append(frame)
        return pd.concat(frames, ignore_index=True)

    @checks_arguments
    def at(self, *times: float) -> pd.DataFrame:
        """Return the shares on given days, with columns as in `table` and `note`."""
        frames = []
        for label, moves, walk in zip(self.arms, self.moves, self.walks, strict=True):
            for day in (float(time) for time in check_times("times", *times)):
                note = walk.undefined_reason(day)
                place = max(int(np.searchsorted(walk.times, day * (1 + TIE_TOLERANCE), side="right")) - 1, 0)
                value = np.full(len(self.states), np.nan) if note else walk.share[place]
                variance = np.full(len(self.states), np.nan) if note else _squares_on(moves, walk, place)
                frame = _frame(label, self.states, value, variance, walk, self.level)
                frame.insert(2, "time", day)
                frames.append(
                    frame.assign(note=note or [_joined(text, walk.caution) for text in frame["note"]])
                )
        return pd.concat(frames, ignore_index=True)

    @checks_arguments
    def mean_time(self, tau: float) -> pd.DataFrame:
        """Return the mean days spent in each state from the earliest start (day 0 as a rule) to tau.

        `arm`, `state`, `time` (tau), `estimate`, `std_error`, `conf_low`, `conf_high` (plain, within 0 and
        the length of the stretch), `note`; the sum of an arm's estimates is that length.
        """
        day = float(check_times("tau", tau)[0])
        frames = []
        for label, moves, walk in zip(self.arms, self.moves, self.walks, strict=True):
            note, alone = walk.undefined_reason(day), walk.alone
            size = len(self.states)
            value, variance = np.full((2, size), np.nan)
            if not note:
                value, variance = _area(moves, walk, day)
            width = day - moves.opened
            se = np.full(size, np.nan) if alone else known_se(value, moves.inflation * variance, width)
            margin = quantile(self.level, walk.degrees) * se
            notes = np.where(np.isnan(se), note or (ONE_CLUSTER if alone else NO_SPREAD), walk.caution)
            frames.append(pd.DataFrame({
                "arm": pd.Series([label] * size), "state": list(self.states), "time": day, "estimate": value,
                "std_error": se, "conf_low": np.maximum(value - margin, 0.0),
                "conf_high": np.minimum(value + margin, width), "note": notes,
            }))  # fmt: skip
        return pd.concat(frames, ignore_index=True)


@reads_columns
def multi_state(
    start: ArrayLike,
    stop: ArrayLike,
    state_from: ArrayLike,
    state_to: ArrayLike,
    id: ArrayLike,
    *,
    states: Sequence[object] | None = None,
    arm: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    correction: ClusterCorrection = "t",
    level: float = 0.95,
    data: pd.DataFrame | None = None,
) -> MultiState:
    """Aalen-Johansen shares of each state by day, by arm.

    Parameters
    ----------
    start, stop : array-like, shape (n,)
        Each row is at risk on (start, stop].
    state_from : array-like, shape (n,)
        State during the row.
    state_to : array-like, shape (n,)
        State entered at `stop`; missing (None, NaN), or the same state, where there was no move: the end of
        follow-up, or a row split in two.
    id : array-like, shape (n,)
        Person of each row. A person's rows may not overlap; where one begins as another ends it begins in
        the state that was entered.
    states : sequence, optional
        All states in order; sorted as text if not given.
    arm, weights, level, data
        As in `kaplan_meier`; weights may differ between rows of a person.
    cluster : array-like, shape (n,), optional
        People who belong together; the person if not given.
    correction : {"t", "none"}
        For few clusters, as in `kaplan_meier`.

    Returns
    -------
    MultiState
        With one row of `.table` for each arm, state and day.

    Raises
    ------
    EstimateError
        Where input is missing or impossible, rows of a person overlap or contradict each other.

    Examples
    --------
    >>> import stepdown.survival as survival
    >>> move = survival.multi_state([0, 4], [4, 9], ["home", "care"], ["care", None], [1, 1])
    >>> move.at(5)["estimate"].tolist()
    [1.0, 0.0]
    """
    check_level(level)
    known, labels, moves = read(
        start, stop, state_from, state_to, id, states, arm, weights, cluster, correction
    )
    return MultiState(known, labels, level, moves, tuple(_walk(one) for one in moves))


def _frame(
    label: object, states: Sequence[object], value: Floats, variance: Floats, walk: Walk, level: float
) -> pd.DataFrame:
    # Rounding of a product of many steps may leave a share slightly off 0 or 1, or outside.
    value = np.select([value < ROUNDING, value > 1 - ROUNDING], [0.0, 1.0], value)
    variance = np.where((value == 0) | (value == 1), 0.0, variance)
    se = np.full(len(value), np.nan) if walk.alone else known_se(value, variance)
    low, high = incidence_interval(value, se, "log-log", level, walk.degrees)
    note = np.where(np.isnan(se), ONE_CLUSTER if walk.alone else NO_SPREAD, "")
    columns = {"arm": pd.Series([label] * len(value)), "state": list(states), "estimate": value}
    spread = {"std_error": se, "conf_low": low, "conf_high": high, "note": note}
    return pd.DataFrame({**columns, **spread})


def _walk(moves: Moves) -> Walk:
    """Return an arm's shares by day."""
    share, at_risks = moves.opening_shares(), moves.at_risk()
    held = np.where(at_risks > 0, at_risks, np.inf)
    steps = moves.counts / held[:, :, None]
    steps += np.eye(len(share)) * (1 - steps.sum(axis=2))[:, :, None]
    shares, factors = [share], np.empty_like(held)
    for day, step in enumerate(steps):
        factors[day] = share / held[day]
        share = share @ step
        shares.append(share)
    every, at_risk = np.array(shares), np.vstack([moves.at_start(), at_risks])
    leaves = moves.counts.any(axis=(0, 2))
    # A state that people leave, occupied on a day with nobody at risk in it, and later days.
    stuck = (at_risks <= 0) & (every[:-1] > 1e-12) & leaves
    short = np.flatnonzero(stuck.any(axis=1))
    end = float(moves.times[-1])
    if len(short):
        end = float(moves.times[max(int(short[0]) - 1, 0)]) if short[0] else moves.opened
    # Once everyone is in states that nobody leaves, nothing more can happen.
    if not len(short) and every[-1][leaves].sum() <= 1e-12:
        end = np.inf
    times = np.concatenate([[moves.opened], moves.times])
    alone = moves.clusters == 1
    return Walk(
        times, at_risk, every, steps, factors, end, bool(len(short)), alone, moves.degrees, moves.caution
    )


def _joined(*texts: str) -> str:
    return "; ".join(text for text in texts if text)


def _squares_on(moves: Moves, walk: Walk, place: int) -> Floats:
    """Return the variance of the shares on one day, shape (S,), from the rows before it."""
    size = walk.share.shape[1]
    after = np.empty((place + 1, size, size))
    after[place] = np.eye(size)
    drawn = np.zeros_like(after)
    for day in range(place - 1, -1, -1):
        drawn[day + 1] = walk.factors[day][:, None] * ((walk.steps[day] - np.eye(size)) @ after[day + 1])
        after[day] = walk.steps[day] @ after[day + 1]
    drawn = np.cumsum(drawn, axis=0)
    begun, until = np.minimum(moves.first, place), np.minimum(moves.last + 1, place)
    moved = np.flatnonzero((moves.last < place) & (moves.origin != moves.target))
    days, left, entered = moves.last[moved], moves.origin[moved], moves.target[moved]
    jump, opening = walk.factors[days, left], after[0].T @ moves.opening()
    total = np.empty(size)
    for state in range(size):
        people = drawn[begun, moves.origin, state] - drawn[until, moves.origin, state]
        people[moved] += jump * (after[days + 1, entered, state] - after[days + 1, left, state])
        summed = np.bincount(moves.cluster, moves.weight * people, moves.clusters) + opening[state]
        total[state] = summed @ summed
    return moves.inflation * total


def _squares_by_day(moves: Moves, walk: Walk) -> Floats:
    """Return the variance of the shares on every day, shape (K + 1, S)."""
    found = [_squares(people) for people in _influences(moves, walk)]
    return moves.inflation * np.array(found)


def _area(moves: Moves, walk: Walk, tau: float) -> tuple[Floats, Floats]:
    """Return the time spent in each state up to tau and its variance, both of shape (S,)."""
    ends = np.append(walk.times[1:], np.inf)
    widths = np.clip(np.minimum(ends, tau) - walk.times, 0, None)
    people = np.zeros((walk.share.shape[1], moves.clusters))
    for width, influence in zip(widths, _influences(moves, walk), strict=True):
        if width <= 0:
            break
        people += width * influence
    return widths @ walk.share, _squares(people)


def _influences(moves: Moves, walk: Walk) -> Iterator[Floats]:
    """Yield the influence on the shares by state and cluster, shape (S, G), at the start and on every day.

    The same array is changed from day to day. Influence and, below it, weight at risk are held together, so
    that a day is one product of a small matrix with long rows.
    """
    opening = moves.opening()
    size = len(opening)
    both = np.vstack([opening, np.zeros_like(opening)])
    people, held, fresh = both[:size], both[size:], np.empty_like(opening)
    yield people
    for day, (step, factor) in enumerate(zip(walk.steps, walk.factors, strict=True)):
        moves.enter(held, day)
        drawn = -(step - np.eye(size)) * factor[:, None]
        np.matmul(np.vstack([step, drawn]).T, both, out=fresh)
        people[:] = fresh
        moves.jump(people, factor, day)
        moves.leave(held, day)
        yield people


def _squares(people: Floats) -> Floats:
    """Sum of squared influence in each state."""
    result: Floats = np.einsum("sg,sg->s", people, people)
    return result
