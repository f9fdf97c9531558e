"""Moves between states: one arm's rows of stretches in a state, checked and counted by day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from stepdown.errors import EstimateError
from stepdown.survival.core.day_grid import few_clusters
from stepdown.survival.core.effective_size import kish
from stepdown.survival.core.sample import (
    Bools,
    ClusterCorrection,
    Faults,
    Floats,
    Ints,
    Sample,
    check,
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
    begin, final : ndarray of bool, shape (m,)
        Rows that start on the earliest day; the last row of each person.
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
    final: Bools
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

    def followed_size(self, place: int, *, later: bool) -> float:
        """Kish's size of those followed to a day: that of a stop, or one `later`, before the next stop."""
        stays = np.asarray(~self.counts.any(axis=(0, 2)))
        ends = self.final & (self.origin != self.target) & stays[self.target]
        rows = ((self.first <= place) & (self.last >= place)) | (ends & (self.last < place))
        if not later:
            rows |= self.final & (self.last == place - 1)
        return kish(self.weight[rows], self.cluster[rows] if self.grouped else None)

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
    origin, target = _column(state_from), _column(state_to)
    people = _column(person)
    # Before the persons become clusters, which nobody gave.
    if not len(origin) == len(target) == len(people) == size:
        raise EstimateError(
            "state_from, state_to and id must have as many rows as stop. Give one value per row."
        )
    codes = pd.factorize(people)[0]
    faults = Faults()
    faults.where("id", codes < 0, "is missing", "Give the person of each row.")
    faults.stop()
    groups = person if cluster is None else cluster
    sample = check(
        stop, np.zeros(size), arm=arm, entry=start, weights=weights, cluster=groups, names=("stop", "start"),
        correction=correction,
    )  # fmt: skip
    if states is not None and np.ndim(np.asarray(states, dtype=object)) != 1:
        raise EstimateError("states must be a list of the states in order. Name each state once.")
    known = tuple(states) if states is not None else _found(origin, target)
    if len(set(known)) < len(known):
        raise EstimateError("states names a state twice. Name each state once.")
    place = {state: position for position, state in enumerate(known)}
    moved = ~pd.isna(target)
    before, after = _places(origin, place), _places(target, place)
    after[~moved] = before[~moved]
    every = "Name every state in states."
    faults.where("state_from", before < 0, "is missing or not one of states", every)
    faults.where("state_to", (after < 0) & moved, "is not one of states", every)
    _check_chains(sample, codes, before, after, faults)
    faults.stop()
    arms = tuple(
        _moves(
            sample,
            np.flatnonzero(sample.arm == position),
            codes,
            before,
            after,
            len(known),
            cluster is not None,
        )
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


def _moves(
    sample: Sample, rows: Ints, person: Ints, before: Ints, after: Ints, states: int, grouped: bool
) -> Moves:
    begin = sample.start[rows] if sample.start is not None else np.zeros(len(rows), dtype=np.int64)
    present, last = np.unique(sample.stop[rows], return_inverse=True)
    first = np.searchsorted(present, begin, side="right")
    days, origin, target = len(present), before[rows], after[rows]
    weight = sample.full_weight[rows]
    codes = rows if sample.cluster is None else sample.cluster[rows]
    groups, cluster = np.unique(codes, return_inverse=True)
    moved = origin != target
    order = np.lexsort((last, person[rows]))
    final = np.ones(len(rows), dtype=bool)
    final[order[:-1]] = np.diff(person[rows][order]) > 0
    cell = (last * states + origin) * states + target
    counts = np.bincount(cell[moved], weight[moved], days * states**2).astype(float)
    entered = np.bincount(first * states + origin, minlength=days * states).reshape(days, states)
    left = np.bincount(last * states + origin, minlength=days * states).reshape(days, states)
    n_at_risk = np.cumsum(entered, axis=0) - np.cumsum(left, axis=0) + left
    return Moves(
        times=sample.grid[present], opened=float(sample.grid[begin.min()]),
        counts=counts.reshape(days, states, states), n_at_risk=n_at_risk, first=first, last=last,
        origin=origin, target=target, begin=begin == begin.min(), final=final, weight=weight, cluster=cluster,
        clusters=len(groups), grouped=grouped,
        degrees=len(groups) - 1 if grouped and sample.correction == "t" else 0,
        entering=_by_day(first, days), leaving=_by_day(last, days),
    )  # fmt: skip


def _by_day(day: Ints, days: int) -> tuple[Ints, ...]:
    order = np.argsort(day, kind="stable")
    return tuple(np.split(order, np.searchsorted(day[order], np.arange(1, days))))
