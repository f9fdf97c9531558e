"""Risk sets of a partial likelihood as sums by (stratum, day with an event).

Such a day is a slot; every stratum has one more slot before its first, so that everyone is at risk on the
slots after `first` up to `last`. With theta_i = w_i exp(x_i b + offset_i), the sums over those at risk on a
slot, S0 = sum theta and S1 = sum theta x, are cumulative sums from the end of what leaves less what enters.
One sparse product adds rows into slots in the order of memory, so nothing is sorted.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from stepdown.survival.core.sample import Bools, Floats, Ints
from stepdown.survival.cox_model.design_matrix import CoxInput

BLOCK = 2048
"""Rows worked on at a time: they stay in cache."""

LONG = 50
"""Average length from which stretches are summed one by one."""


@dataclass(frozen=True, eq=False)
class Grid:
    """m rows (those at risk on some slot), p terms, K slots, T terms of tied events.

    Attributes
    ----------
    rows : ndarray of int, shape (m,), or None
        Positions in the input; None where all rows are used.
    x : ndarray, shape (m, p)
        Standardized covariates.
    weight, offset : ndarray, shape (m,)
        Ones and zeros where none were given; the offset is centered.
    last, first : ndarray of int, shape (m,)
        At risk on the slots first + 1, ..., last.
    late : bool
        Whether anyone enters after the first slot of a stratum.
    event : ndarray of int
        Rows with an event, and
    event_slot : ndarray of int
        their slots.
    bounds : ndarray of int, shape (m + 1,)
        Number of events among the rows before each row.
    base : ndarray of int, shape (strata,)
        First slot of each stratum, on which nothing happens.
    stratum, day : ndarray of int, shape (K,)
        Of each slot: position of the stratum; position of the day in the sample's grid (-1: base).
    count, weighted : ndarray, shape (K,)
        Events and their summed weight.
    term_slot, fraction : ndarray, shape (T,)
        Efron: one for each event, with fraction l / m for l = 0, ..., m - 1 of m tied events. Breslow: one
        for each slot, with fraction 0.
    busy, begins : ndarray of int
        Slots with events, and where their terms begin.
    mean_weight : ndarray, shape (K,)
        Weight of one term of each slot.
    event_x : ndarray, shape (K, p)
        Sum of weight times covariates over the events.
    n : int
        Rows of the input.
    """

    rows: Ints | None
    x: Floats
    weight: Floats
    offset: Floats
    last: Ints
    first: Ints
    late: bool
    event: Ints
    event_slot: Ints
    bounds: Ints
    base: Ints
    stratum: Ints
    day: Ints
    count: Ints
    weighted: Floats
    term_slot: Ints
    fraction: Floats
    busy: Ints
    begins: Ints
    mean_weight: Floats
    event_x: Floats

    n: int

    @property
    def slots(self) -> int:
        """Number of slots."""
        return len(self.count)

    @property
    def positions(self) -> Ints:
        """Positions of the grid's rows in the input, shape (m,)."""
        return np.arange(self.n) if self.rows is None else self.rows

    def all_rows(self, values: Floats) -> Floats:
        """Return values of all n rows of the input; 0 for rows at risk on no slot."""
        if self.rows is None:
            return values
        result = np.zeros((self.n, *values.shape[1:]))
        result[self.rows] = values
        return result

    def at_risk(self, theta: Floats) -> tuple[Floats, Floats]:
        """S0 and S1, shapes (K,) and (K, p)."""
        s0 = np.bincount(self.last, theta, self.slots).astype(float)
        s1 = scatter(theta, self.last, None, self.slots) @ self.x
        if self.late:
            s0 -= np.bincount(self.first, theta, self.slots)
            s1 -= scatter(theta, self.first, None, self.slots) @ self.x
        return self.from_end(s0), self.from_end(s1)

    def tied(self, theta: Floats) -> tuple[Floats, Floats]:
        """Return sums of theta and theta x over the events of each slot, shapes (K,) and (K, p)."""
        own = theta[self.event]
        d0 = np.bincount(self.event_slot, own, self.slots).astype(float)
        d1: Floats = scatter(own, self.event_slot, self.bounds, self.slots) @ self.x
        return d0, d1

    def so_far(self, values: Floats) -> Floats:
        """Cumulative sum over the slots of each stratum, that slot included."""
        return sums_within(values, np.append(self.base, self.slots))

    def from_end(self, values: Floats) -> Floats:
        """Cumulative sum from the end of each stratum, that slot included."""
        return sums_within(values[::-1], self.slots - np.append(self.base, self.slots)[::-1])[::-1]

    def while_at_risk(self, values: Floats) -> Floats:
        """Return the sum of the slots' values while each row is at risk, shape (m,)."""
        running = self.so_far(values)
        gained: Floats = running[self.last]
        return gained - running[self.first] if self.late else gained

    def add_while_at_risk(self, rows: Floats, values: Floats, theta: Floats) -> None:
        """Add to `rows` the sum of the slots' values, shape (K, p), while at risk, times theta."""
        running = self.so_far(values)
        for start in range(0, len(rows), BLOCK):
            block = slice(start, start + BLOCK)
            through = running[self.last[block]]
            if self.late:
                through -= running[self.first[block]]
            through *= theta[block, None]
            rows[block] += through


def sums_within(values: Floats, bounds: Ints) -> Floats:
    """Cumulative sums along the first axis that restart at each of the bounds (0, ..., len(values)).

    No differences of a common total, because one stratum's sum can be 1e20 times another's.
    """
    if len(bounds) == 2:
        return np.cumsum(values, axis=0, dtype=float)
    if len(bounds) * LONG < len(values):
        result = np.empty(values.shape)
        for begin, end in itertools.pairwise(bounds.tolist()):
            np.cumsum(values[begin:end], axis=0, out=result[begin:end])
        return result
    # Many short stretches: add the value 1, 2, 4, ... places before, within the stretch.
    result = np.array(values, dtype=float)
    place = np.arange(len(values)) - np.repeat(bounds[:-1], np.diff(bounds))
    step = 1
    while step <= place.max(initial=0):
        here = np.flatnonzero(place >= step)
        result[here] += result[here - step]
        step *= 2
    return result


def gram(x: Floats, values: Floats | None = None) -> Floats:
    """Return x' diag(values) x, shape (p, p), in blocks that stay in cache and below BLAS's threads."""
    total = np.zeros((x.shape[1], x.shape[1]))
    for start in range(0, len(x), BLOCK):
        block = x[start : start + BLOCK]
        scaled = block if values is None else block * values[start : start + BLOCK, None]
        total += scaled.T @ block
    return (total + total.T) / 2


def build_grid(given: CoxInput) -> Grid:
    """Group the rows once."""
    sample, strata = given.sample, len(given.strata)
    happened = sample.cause > 0
    days = len(sample.grid)
    key = given.stratum * days + sample.stop
    slot_keys = np.unique(key[happened])
    last = np.searchsorted(slot_keys, key, side="right") + given.stratum
    base = np.searchsorted(slot_keys, np.arange(strata) * days) + np.arange(strata)
    first = base[given.stratum]
    if sample.start is not None:
        entered = np.searchsorted(slot_keys, given.stratum * days + sample.start, side="right")
        first = entered + given.stratum
    slots = len(slot_keys) + strata
    stratum = np.repeat(np.arange(strata), np.diff(np.append(base, slots)))
    day = np.full(slots, -1)
    day[np.setdiff1d(np.arange(slots), base, assume_unique=True)] = slot_keys % days
    rows, (x, weight, offset, last, first, happened) = _at_risk_somewhere(given, last, first, happened)
    event = np.flatnonzero(happened)
    event_slot = last[event]
    count = np.bincount(event_slot, minlength=slots)
    weighted = np.bincount(event_slot, weight[event], slots).astype(float)
    busy = np.flatnonzero(count)
    if given.ties == "efron":
        term_slot = np.repeat(busy, count[busy])
        begins = np.cumsum(count[busy]) - count[busy]
        fraction = (np.arange(len(term_slot)) - np.repeat(begins, count[busy])) / count[term_slot]
        mean_weight = weighted / np.maximum(count, 1)
    else:
        term_slot, fraction, mean_weight = busy, np.zeros(len(busy)), weighted
        begins = np.arange(len(busy))
    bounds = np.concatenate([[0], np.cumsum(happened)])
    return Grid(
        rows=rows, x=x, weight=weight, offset=offset, last=last, first=first,
        late=sample.start is not None and bool(np.any(first != base[stratum[first]])),
        event=event, event_slot=event_slot, bounds=bounds, base=base, stratum=stratum, day=day,
        count=count, weighted=weighted, term_slot=term_slot, fraction=fraction,
        busy=busy, begins=begins, mean_weight=mean_weight,
        event_x=scatter(weight[event], event_slot, bounds, slots) @ x, n=sample.size,
    )  # fmt: skip


def _at_risk_somewhere(
    given: CoxInput, last: Ints, first: Ints, happened: Bools
) -> tuple[Ints | None, tuple[Floats, Floats, Floats, Ints, Ints, Bools]]:
    weight = given.sample.full_weight
    offset = np.zeros(len(weight)) if given.offset is None else given.offset - given.offset.mean()
    used = (last > first) | given.competing
    if used.all():
        return None, (given.x.values, weight, offset, last, first, happened)
    rows = np.flatnonzero(used)
    kept = (given.x.values[rows], weight[rows], offset[rows], last[rows], first[rows], happened[rows])
    return rows, kept


def scatter(values: Floats, slot: Ints, bounds: Ints | None, slots: int) -> sparse.csc_array:
    """Return the matrix that adds rows, times `values`, into slots; `bounds` skips rows without a value."""
    if bounds is None:
        bounds = np.arange(len(slot) + 1)
    shape = (slots, len(bounds) - 1)
    return sparse.csc_array((values, slot.astype(np.int32), bounds.astype(np.int32)), shape=shape)
