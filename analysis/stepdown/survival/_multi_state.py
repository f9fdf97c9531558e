"""Multi-state Aalen-Johansen: the share in each state by day, from counting-process rows.

Rows are stretches (start, stop] of one person in one state, ending in a move to another state or not. With
N_jk(s) the (weighted) moves from j to k on day s and Y_j(s) those in j on it (start < s <= stop),

    p(t) = p(0) prod_{s <= t} (I + dA(s)),   dA_jk(s) = N_jk(s) / Y_j(s),   dA_jj(s) = - sum_k dA_jk(s)

and p(0) the shares of the states among those under observation from the earliest start, day 0 as a rule.
Ties: all moves of a day share that day's sets at risk; moves come before the ends of follow-up; one person
may not move twice on one day. Mean time in a state up to day tau is the area under its share, from the
earliest start.

Variance: influence (infinitesimal jackknife) of each person, all rows of one person (or cluster) together.
From day to day, with w the row's weight,

    U(t) = U(t-) (I + dA) + w p_j(t-) / Y_j [ (e_k - e_j) 1(moves j to k) - dA_j. 1(at risk in j) ],
    U(0) = w (e_state - p(0)) / sum of w at the start,

summed as squares. It is R's `survfit` for multi-state data, the sampling of the first states included.

References
----------
Aalen OO, Johansen S (1978), Scand J Stat 5:141-150. Andersen PK, Keiding N (2002), Stat Methods Med Res
11:91-115. Therneau TM, Crowson C, Atkinson E (2024), survival vignette "Methods and multi-state variance".
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from stepdown.survival._days import BEFORE, BEYOND, BROKEN, ONE_CLUSTER
from stepdown.survival._input import TIE_TOLERANCE, Floats, check_level, check_times
from stepdown.survival._intervals import incidence_interval, known_se, normal_quantile
from stepdown.survival._multi_state_rows import Moves, read

CERTAIN = "no variation: no standard error"
CRUMB = 1e-13
"""Share that is what rounding leaves of a state that everyone has left."""


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

    def trouble(self, day: float) -> str:
        """Say why the shares cannot be read on a day; empty where they can."""
        if day < self.times[0]:
            return BEFORE
        if day <= self.end * (1 + TIE_TOLERANCE):
            return ""
        return BROKEN if self.broken else BEYOND


@dataclass(frozen=True, eq=False)
class MultiState:
    """Shares of states by arm.

    Attributes
    ----------
    table : DataFrame
        `arm`, `state`, `time` (the earliest start, then every day with a move or an end of follow-up),
        `at_risk` (weighted rows in the state on that day), `estimate`, `se`, `low`, `high`. Missing after a
        day that leaves nobody at risk in a state that is occupied and that people leave. Shares of 0 or 1
        have no standard error.
    states : tuple
        States in order.
    arms : tuple
        Arms in order; ("all",) where none were given.
    level : float
        Confidence level. Intervals are complementary log-log, as for incidences.
    """

    table: pd.DataFrame
    states: tuple[object, ...]
    arms: tuple[object, ...]
    level: float
    moves: tuple[Moves, ...] = field(repr=False)
    walks: tuple[Walk, ...] = field(repr=False)

    def at(self, *times: float) -> pd.DataFrame:
        """Return the shares on given days: `arm`, `state`, `time`, `estimate, se, low, high`, `note`."""
        frames = []
        for label, walk in zip(self.arms, self.walks, strict=True):
            for day in (float(time) for time in check_times("times", *times)):
                note = walk.trouble(day)
                place = max(int(np.searchsorted(walk.times, day * (1 + TIE_TOLERANCE), side="right")) - 1, 0)
                value = np.full(len(self.states), np.nan) if note else walk.share[place]
                variance = np.full(len(self.states), np.nan) if note else walk.variance[place]
                frame = _frame(label, self.states, value, variance, walk.alone, self.level)
                frame.insert(2, "time", day)
                frames.append(frame.assign(note=note or frame["note"]))
        return pd.concat(frames, ignore_index=True)

    def mean_time(self, tau: float) -> pd.DataFrame:
        """Return the mean days spent in each state from the earliest start (day 0 as a rule) to tau.

        `arm`, `state`, `time` (tau), `estimate`, `se`, `low`, `high` (plain, within 0 and the length of the
        stretch), `note`; the estimates of an arm add up to that length.
        """
        day = float(check_times("tau", tau)[0])
        frames = []
        for label, moves, walk in zip(self.arms, self.moves, self.walks, strict=True):
            note, alone = walk.trouble(day), walk.alone
            size = len(self.states)
            value, variance = np.full((2, size), np.nan)
            if not note:
                value, variance = _steps(moves, day)[3:]
            width = day - moves.opened
            se = np.full(size, np.nan) if alone else known_se(value, variance, width)
            reach = normal_quantile(self.level) * se
            columns = {"arm": pd.Series([label] * size), "state": list(self.states), "time": day}
            limits = {"low": np.maximum(value - reach, 0.0), "high": np.minimum(value + reach, width)}
            notes = np.where(np.isnan(se), note or (ONE_CLUSTER if alone else CERTAIN), "")
            frames.append(pd.DataFrame({**columns, "estimate": value, "se": se, **limits, "note": notes}))
        return pd.concat(frames, ignore_index=True)


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
    level: float = 0.95,
) -> MultiState:
    """Aalen-Johansen shares of each state by day, one set an arm.

    Parameters
    ----------
    start, stop : array-like, shape (n,)
        Each row is at risk on (start, stop].
    state_from : array-like, shape (n,)
        State during the row.
    state_to : array-like, shape (n,)
        State entered at `stop`; missing (None, NaN), or the same state, where there was no move: the end of
        follow-up, or a row cut in two.
    id : array-like, shape (n,)
        Person of each row. A person's rows may not overlap; where one begins as another ends it begins in
        the state that was entered.
    states : sequence, optional
        All states in order; sorted as text if not given.
    arm, weights : array-like, shape (n,), optional
        As in `kaplan_meier`; a row's weight holds for that row.
    cluster : array-like, shape (n,), optional
        People who belong together; the person if not given.
    level : float
        Confidence level.

    Returns
    -------
    MultiState
        With one row of `.table` for each arm, state and day.

    Raises
    ------
    EstimateError
        Where input is missing or impossible, rows of a person overlap or contradict each other.
    """
    check_level(level)
    known, labels, moves = read(start, stop, state_from, state_to, id, states, arm, weights, cluster)
    walks = tuple(_walk(one) for one in moves)
    frames = []
    for label, walk in zip(labels, walks, strict=True):
        late = walk.times > walk.end * (1 + TIE_TOLERANCE)
        for column, state in enumerate(known):
            value = np.where(late, np.nan, walk.share[:, column])
            frame = _frame(label, (state,) * len(late), value, walk.variance[:, column], walk.alone, level)
            frame = frame.drop(columns="note")
            frame.insert(2, "time", walk.times)
            frame.insert(3, "at_risk", walk.at_risk[:, column])
            frames.append(frame)
    return MultiState(pd.concat(frames, ignore_index=True), known, labels, level, moves, walks)


def _frame(
    label: object, states: Sequence[object], value: Floats, variance: Floats, alone: bool, level: float
) -> pd.DataFrame:
    # Rounding of a product of many steps may leave a share a hair off 0 or 1, or outside.
    value = np.select([value < CRUMB, value > 1 - CRUMB], [0.0, 1.0], value)
    variance = np.where((value == 0) | (value == 1), 0.0, variance)
    se = np.full(len(value), np.nan) if alone else known_se(value, variance)
    low, high = incidence_interval(value, se, "log-log", level)
    note = np.where(np.isnan(se), ONE_CLUSTER if alone else CERTAIN, "")
    table = pd.DataFrame({"state": list(states), "estimate": value, "se": se, "low": low, "high": high})
    table.insert(0, "arm", pd.Series([label] * len(value)))
    return table.assign(note=note)


def _walk(moves: Moves) -> Walk:
    at_risk, share, variance, _, _ = _steps(moves, None)
    leaves = moves.counts.any(axis=(0, 2))
    # A state that people leave, occupied on a day with nobody seen in it, and days still to come.
    stuck = (at_risk[1:] <= 0) & (share[:-1] > 1e-12) & leaves
    short = np.flatnonzero(stuck.any(axis=1))
    end = float(moves.times[-1])
    if len(short):
        end = float(moves.times[max(int(short[0]) - 1, 0)]) if short[0] else moves.opened
    times = np.concatenate([[moves.opened], moves.times])
    alone = moves.clusters == 1
    # After everyone has reached states that nobody leaves, nothing more can happen.
    if not len(short) and share[-1][leaves].sum() <= 1e-12:
        end = np.inf
    return Walk(times, at_risk, share, variance, end, bool(len(short)), alone)


def _steps(moves: Moves, tau: float | None) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    """Walk through the days; return at risk, share and variance by day, and time spent up to tau with its.

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
