"""Counting-process rows of a multi-state cohort: checked, coded, in the order of days."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from stepdown.errors import ROWS_SHOWN, EstimateError, Problem
from stepdown.survival._input import Bools, Floats, Ints, Sample, check


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
    entering: tuple[Ints, ...]
    leaving: tuple[Ints, ...]

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
        """Take away the weight of those whose row ends on this day."""
        rows = self.leaving[day]
        np.subtract.at(held, (self.origin[rows], self.cluster[rows]), self.weight[rows])

    def jump(self, people: Floats, factor: Floats, day: int) -> None:
        """Add to the influence what the moves of this day add; `factor` is p_j / Y_j."""
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
) -> tuple[tuple[object, ...], tuple[object, ...], tuple[Moves, ...]]:
    """Return states, arms and the moves of each arm, or raise an error that lists every fault."""
    size = len(np.atleast_1d(np.asarray(stop)))
    sample = check(
        stop,
        np.zeros(size),
        arm=arm,
        entry=start,
        weights=weights,
        cluster=person if cluster is None else cluster,
        names=("stop", "start"),
    )
    origin, target = _column(state_from), _column(state_to)
    people = _column(person)
    if not len(origin) == len(target) == len(people) == size:
        raise EstimateError(
            "state_from, state_to and id must have as many rows as stop. Give one value a row."
        )
    known = tuple(states) if states is not None else _found(origin, target)
    if len(set(known)) < len(known):
        raise EstimateError("states names a state twice. Name each state once.")
    place = {state: position for position, state in enumerate(known)}
    moved = ~pd.isna(target)
    before, after = _places(origin, place), _places(target, place)
    after[~moved] = before[~moved]
    codes = pd.factorize(people)[0]
    problems = [
        _problem("state_from", before < 0, "is missing or not one of states", "Name every state in states."),
        _problem("state_to", (after < 0) & moved, "is not one of states", "Name every state in states."),
        _problem("id", codes < 0, "is missing", "Drop these rows or say whose they are."),
        *_chains(sample, codes, before, after),
    ]
    found = [problem for problem in problems if problem is not None]
    if found:
        raise EstimateError("\n".join(str(problem) for problem in found))
    arms = tuple(
        _moves(sample, np.flatnonzero(sample.arm == position), before, after, len(known))
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


def _problem(column: str, bad: Bools, what: str, remedy: str) -> Problem | None:
    rows = np.flatnonzero(bad)
    if not len(rows):
        return None
    first = tuple(int(row) for row in rows[:ROWS_SHOWN])
    return Problem(table=column, what=what, remedy=remedy, count=len(rows), rows=first)


def _chains(sample: Sample, person: Ints, before: Ints, after: Ints) -> list[Problem | None]:
    """Find rows that overlap the person's row before them, or begin in another state than it ended in."""
    begin = np.zeros(sample.size, dtype=np.int64) if sample.start is None else sample.start
    order = np.lexsort((begin, person))
    one, two = order[:-1], order[1:]
    same = person[one] == person[two]
    overlap, jumped = np.zeros((2, sample.size), dtype=bool)
    overlap[two] = same & (begin[two] < sample.stop[one])
    jumped[two] = same & (begin[two] == sample.stop[one]) & (before[two] != after[one])
    return [
        _problem("start", overlap, "is before the person's last stop", "A person's rows may not overlap."),
        _problem(
            "state_from",
            jumped,
            "is not the state that the person's last row ended in",
            "A row that begins as another ends begins in the state that was entered.",
        ),
    ]


def _moves(sample: Sample, rows: Ints, before: Ints, after: Ints, states: int) -> Moves:
    begin = sample.start[rows] if sample.start is not None else np.zeros(len(rows), dtype=np.int64)
    present, last = np.unique(sample.stop[rows], return_inverse=True)
    first = np.searchsorted(present, begin, side="right")
    days, origin, target = len(present), before[rows], after[rows]
    weight = np.ones(len(rows)) if sample.weight is None else sample.weight[rows]
    codes = rows if sample.cluster is None else sample.cluster[rows]
    groups, cluster = np.unique(codes, return_inverse=True)
    moved = origin != target
    cell = (last * states + origin) * states + target
    counts = np.bincount(cell[moved], weight[moved], days * states**2).astype(float)
    entered = np.bincount(first * states + origin, minlength=days * states).reshape(days, states)
    gone = np.bincount(last * states + origin, minlength=days * states).reshape(days, states)
    n_at_risk = np.cumsum(entered, axis=0) - np.cumsum(gone, axis=0) + gone
    return Moves(
        times=sample.grid[present], opened=float(sample.grid[begin.min()]),
        counts=counts.reshape(days, states, states), n_at_risk=n_at_risk, first=first, last=last,
        origin=origin, target=target, begin=begin == begin.min(), weight=weight, cluster=cluster,
        clusters=len(groups), entering=_by_day(first, days), leaving=_by_day(last, days),
    )  # fmt: skip


def _by_day(day: Ints, days: int) -> tuple[Ints, ...]:
    order = np.argsort(day, kind="stable")
    return tuple(np.split(order, np.searchsorted(day[order], np.arange(1, days))))
