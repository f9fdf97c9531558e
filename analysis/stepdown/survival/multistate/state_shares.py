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

summed as squares, as in R's `survfit` for multi-state data, including the sampling of the first states.
With `cluster` variances are times G / (G - 1) and limits by t on G - 1 degrees of freedom, with G the
clusters of the arm; `correction="none"` is R's form.

References
----------
Aalen OO, Johansen S (1978), Scand J Stat 5:141-150. Andersen PK, Keiding N (2002), Stat Methods Med Res
11:91-115. Therneau TM, Crowson C, Atkinson E (2024), survival vignette "Methods and multi-state variance".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

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

    def opening(self) -> tuple[Floats, Floats]:
        """Shares at the earliest start, shape (S,), and their influence, shape (S, G)."""
        total = float(self.weight[self.begin].sum())
        share = self.at_start() / total
        people = np.zeros((len(share), self.clusters))
        rows = np.flatnonzero(self.begin)
        np.add.at(people, (self.origin[rows], self.cluster[rows]), self.weight[rows] / total)
        people -= share[:, None] * np.bincount(self.cluster[rows], self.weight[rows] / total, self.clusters)
        return share, people

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


ROUNDING = 1e-13
"""Share at or below which a state that everyone has left holds a rounding error."""


@dataclass(frozen=True, eq=False)
class Walk:
    """One arm's shares by day, shape (K, S), with the squares of influence; row 0 is the earliest start."""

    times: Floats
    at_risk: Floats
    share: Floats
    variance: Floats
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
        Shares of 0 or 1 have no standard error.
    states : tuple
        States in order.
    arms : tuple
        Arms in order; ("all",) where none were given.
    level : float
        Confidence level. Intervals are complementary log-log, as for incidences.
    """

    _line = "step"
    _axis = "Share in the state"

    table: pd.DataFrame
    states: tuple[object, ...]
    arms: tuple[object, ...]
    level: float
    moves: tuple[Moves, ...] = field(repr=False)
    walks: tuple[Walk, ...] = field(repr=False)

    @checks_arguments
    def at(self, *times: float) -> pd.DataFrame:
        """Return the shares on given days, with columns as in `table` and `note`."""
        frames = []
        for label, walk in zip(self.arms, self.walks, strict=True):
            for day in (float(time) for time in check_times("times", *times)):
                note = walk.undefined_reason(day)
                place = max(int(np.searchsorted(walk.times, day * (1 + TIE_TOLERANCE), side="right")) - 1, 0)
                value = np.full(len(self.states), np.nan) if note else walk.share[place]
                variance = np.full(len(self.states), np.nan) if note else walk.variance[place]
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
                value, variance = _steps(moves, day)[3:]
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
    walks = tuple(_walk(one) for one in moves)
    frames = []
    for label, walk in zip(labels, walks, strict=True):
        late = walk.times > walk.end * (1 + TIE_TOLERANCE)
        for column, state in enumerate(known):
            value = np.where(late, np.nan, walk.share[:, column])
            frame = _frame(label, (state,) * len(late), value, walk.variance[:, column], walk, level)
            frame = frame.drop(columns="note")
            frame.insert(2, "time", walk.times)
            frame.insert(3, "at_risk", walk.at_risk[:, column])
            frames.append(frame)
    return MultiState(pd.concat(frames, ignore_index=True), known, labels, level, moves, walks)


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
    at_risk, share, variance, _, _ = _steps(moves, None)
    leaves = moves.counts.any(axis=(0, 2))
    # A state that people leave, occupied on a day with nobody at risk in it, and later days.
    stuck = (at_risk[1:] <= 0) & (share[:-1] > 1e-12) & leaves
    short = np.flatnonzero(stuck.any(axis=1))
    end = float(moves.times[-1])
    if len(short):
        end = float(moves.times[max(int(short[0]) - 1, 0)]) if short[0] else moves.opened
    times = np.concatenate([[moves.opened], moves.times])
    alone = moves.clusters == 1
    # Once everyone is in states that nobody leaves, nothing more can happen.
    if not len(short) and share[-1][leaves].sum() <= 1e-12:
        end = np.inf
    return Walk(
        times, at_risk, share, moves.inflation * variance, end, bool(len(short)), alone, moves.degrees,
        moves.caution,
    )  # fmt: skip


def _joined(*texts: str) -> str:
    return "; ".join(text for text in texts if text)


def _steps(moves: Moves, tau: float | None) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    """Return at risk, share and variance by day, and the time spent up to tau with its variance.

    Influence and, below it, weight at risk are held by state and cluster, shape (2 S, G): states come first,
    so that a day is one product of a small matrix with long rows.
    """
    share, people = moves.opening()
    size = len(share)
    both = np.vstack([people, np.zeros_like(people)])
    people, held, fresh = both[:size], both[size:], np.empty_like(people)
    area, area_people = np.zeros(size), np.zeros((size, 0 if tau is None else moves.clusters))
    shares, at_risks, variances = [share], [moves.at_start()], [_squares(people)]
    now, until = moves.opened, -np.inf if tau is None else tau
    for day, time in enumerate(moves.times):
        if tau is not None:
            spent = max(min(float(time), until) - now, 0.0)
            area, now = area + spent * share, float(time)
            area_people += spent * people
            if time > until:
                break
        moves.enter(held, day)
        at_risk = np.where(moves.n_at_risk[day] > 0, held.sum(axis=1), 0.0)
        step = moves.counts[day] / np.where(at_risk > 0, at_risk, 1.0)[:, None]
        np.fill_diagonal(step, 1 - step.sum(axis=1))
        factor = share / np.where(at_risk > 0, at_risk, np.inf)
        drawn = -(step - np.eye(size)) * factor[:, None]
        np.matmul(np.vstack([step, drawn]).T, both, out=fresh)
        people[:] = fresh
        moves.jump(people, factor, day)
        share = share @ step
        moves.leave(held, day)
        shares.append(share)
        at_risks.append(at_risk)
        variances.append(_squares(people))
    if tau is not None:
        spent = max(until - now, 0.0)
        area, area_people = area + spent * share, area_people + spent * people
    return np.array(at_risks), np.array(shares), np.array(variances), area, _squares(area_people)


def _squares(people: Floats) -> Floats:
    """Sum of squared influence in each state."""
    result: Floats = np.einsum("sg,sg->s", people, people)
    return result
