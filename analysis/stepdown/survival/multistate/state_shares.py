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
clusters of the arm; `correction="none"` is R's form. Limits of a share are Wilson's on its effective size
p (1 - p) / Var, at most the people of the arm; of a share of 0 or 1, on Kish's size of those followed to the
day (under observation, or in a state that nobody leaves). A mean time m of w days has the gamma limits of
*Estimates by arm*, of the time outside the state where that is shorter. Where no person's time differs from
another's, such as in a state that nobody enters, they are w times Wilson's limits of m / w on Kish's size: a
time from 0 to w varies at most as w times a yes or no with the same mean does.

References
----------
Aalen OO, Johansen S (1978), Scand J Stat 5:141-150. Andersen PK, Keiding N (2002), Stat Methods Med Res
11:91-115. Therneau TM, Crowson C, Atkinson E (2024), survival vignette "Methods and multi-state variance".
Wilson EB (1927), JASA 22:209-212.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from stepdown.survival.core.argument_types import checks_arguments
from stepdown.survival.core.confidence_intervals import known_se, tail_quantile
from stepdown.survival.core.data_frames import reads_columns
from stepdown.survival.core.day_grid import BEFORE, BEYOND, BROKEN, NO_SPREAD, ONE_CLUSTER
from stepdown.survival.core.effective_size import effective_size, few_clusters_share, kish, size_interval
from stepdown.survival.core.estimands import log_distances
from stepdown.survival.core.presentation import Plotted
from stepdown.survival.core.sample import (
    TIE_TOLERANCE,
    Bools,
    ClusterCorrection,
    Floats,
    check_level,
    check_times,
)
from stepdown.survival.multistate.state_moves import Moves, read

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

    def place(self, day: float) -> int:
        """Position of the last row at or before a day; the first one where there is none."""
        return max(int(np.searchsorted(self.times, day * (1 + TIE_TOLERANCE), side="right")) - 1, 0)

    def after(self, place: int, day: float) -> bool:
        """Whether a day is later than that of a row."""
        return bool(day > self.times[place] * (1 + TIE_TOLERANCE))


@dataclass(frozen=True, eq=False, repr=False)
class MultiState(Plotted):
    """Shares of states by arm.

    Attributes
    ----------
    table : DataFrame
        `arm`, `state`, `time` (the earliest start, then every day with a move or an end of follow-up),
        `at_risk` (weighted rows in the state on that day), `estimate`, `std_error`, `conf_low`, `conf_high`.
        Missing after a day that leaves nobody at risk in a state that is occupied and that people leave.
        Shares of 0 or 1 have an interval and no standard error. Made when it is first asked for.
    shares : DataFrame
        The same without standard error and interval.
    states : tuple
        States in order.
    arms : tuple
        Arms in order; ("all",) where none were given.
    level : float
        Confidence level. Intervals are Wilson's on the effective size.
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
            edges = np.where(spread, _edges(walk.share[days]).any(axis=1) & ~late, False)
            spare = np.zeros(len(days))
            spare[edges] = [moves.followed_size(day, later=False) for day in days[edges]]
            for column, state in enumerate(self.states):
                value = np.where(late, np.nan, walk.share[days, column])
                frame = _frame(
                    label, (state,) * len(days), value, variance[:, column], spare, moves, self.level
                )
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
                place = walk.place(day)
                value = np.full(len(self.states), np.nan) if note else walk.share[place]
                variance = np.full(len(self.states), np.nan) if note else _squares_on(moves, walk, place)
                spare = np.full(len(value), moves.followed_size(place, later=walk.after(place, day)))
                frame = _frame(label, self.states, value, variance, spare, moves, self.level)
                frame.insert(2, "time", day)
                frames.append(
                    frame.assign(note=note or [_joined(text, walk.caution) for text in frame["note"]])
                )
        return pd.concat(frames, ignore_index=True)

    @checks_arguments
    def mean_time(self, tau: float) -> pd.DataFrame:
        """Return the mean days spent in each state from the earliest start (day 0 as a rule) to tau.

        `arm`, `state`, `time` (tau), `estimate`, `std_error`, `conf_low`, `conf_high`, `note`; the sum of an
        arm's estimates is the length of the stretch.
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
            limits = np.full((size, 2), np.nan)
            if not (note or alone):
                place = walk.place(day)
                spare = moves.followed_size(place, later=walk.after(place, day))
                least = kish(moves.weight[moves.final], None)
                limits = np.array([
                    _time_limits(*each, width, (spare, least), (1 - self.level) / 2, walk.degrees)
                    for each in zip(value, se, strict=True)
                ])  # fmt: skip
            notes = np.where(np.isnan(se), note or (ONE_CLUSTER if alone else NO_SPREAD), walk.caution)
            frames.append(pd.DataFrame({
                "arm": pd.Series([label] * size), "state": list(self.states), "time": day, "estimate": value,
                "std_error": se, "conf_low": limits[:, 0], "conf_high": limits[:, 1], "note": notes,
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


def _edges(value: Floats) -> Bools:
    """Whether a share is 0 or 1; rounding of many steps may leave it slightly off, or outside."""
    return (value < ROUNDING) | (value > 1 - ROUNDING)


def _frame(
    label: object,
    states: Sequence[object],
    value: Floats,
    variance: Floats,
    spare: Floats,
    moves: Moves,
    level: float,
) -> pd.DataFrame:
    """Return shares with their limits; `spare` is the size of those followed, for shares of 0 or 1."""
    value = np.where(_edges(value), np.round(value), value)
    alone, tail = moves.clusters == 1, (1 - level) / 2
    se = known_se(value, np.where(_edges(value), 0.0, variance))
    shrink = few_clusters_share(tail, moves.degrees)
    most = float(moves.final.sum())
    size = effective_size(value, se**2, most, spare, shrink=shrink)
    low, high = size_interval(value, size, tail_quantile(tail))
    if alone:
        se, low, high = (np.full(len(value), np.nan) for _ in _SPREAD)
    note = np.where(np.isnan(se), ONE_CLUSTER if alone else NO_SPREAD, "")
    columns = {"arm": pd.Series([label] * len(value)), "state": list(states), "estimate": value}
    spread = {"std_error": se, "conf_low": low, "conf_high": high, "note": note}
    return pd.DataFrame({**columns, **spread})


def _time_limits(
    value: float, se: float, width: float, sizes: tuple[float, float], tail: float, degrees: int
) -> tuple[float, float]:
    """Limits of a mean time up to `width`, with the sizes of those followed to its end and of all."""
    q = tail_quantile(tail, degrees)
    if np.isnan(se):
        ends = size_interval(np.array(value / width), np.array(sizes[0]), q)
        return width * float(ends[0]), width * float(ends[1])
    few = min(value, width - value)
    down, up = log_distances(few, se, tail, q, width / 2 / sizes[1])
    low, high = few * float(np.exp(-down)), min(few * float(np.exp(min(up, 700.0))), width)
    return (low, high) if value <= width / 2 else (width - high, width - low)


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
