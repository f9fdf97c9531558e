"""Checks rows of people who may have an event more than once."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from stepdown.survival.core.sample import Bools, Faults, Ints, Sample, check, code_labels, order_within


@dataclass(frozen=True, eq=False)
class PersonRows:
    """Checked rows, n of them.

    Attributes
    ----------
    sample : Sample
        With clusters always: those given, or the people.
    person : ndarray of int, shape (n,)
        Person of each row, coded.
    order : ndarray of int, shape (n,)
        Rows by person and day.
    final : ndarray of bool, shape (n,)
        The person's last row.
    """

    sample: Sample
    person: Ints
    order: Ints
    final: Bools

    @property
    def joined(self) -> Bools:
        """Rows that begin where the person's previous row ended, shape (n,); False for first rows."""
        result = np.zeros(self.sample.size, dtype=bool)
        one, two = self.order[:-1], self.order[1:]
        begin = begins(self.sample)
        result[two] = (self.person[one] == self.person[two]) & (begin[two] == self.sample.stop[one])
        return result


def begins(sample: Sample) -> Ints:
    """Position of each row's entry in the grid; -1 where everyone is at risk from the start."""
    return np.full(sample.size, -1) if sample.start is None else sample.start


def check_people(
    days: ArrayLike,
    event: ArrayLike,
    person: ArrayLike,
    *,
    entry: ArrayLike | None,
    arm: ArrayLike | None,
    weights: ArrayLike | None,
    cluster: ArrayLike | None,
) -> PersonRows:
    """Return the checked rows, or raise one error that lists every fault of a kind.

    Raises
    ------
    EstimateError
        As `check`; and where a person is missing, has rows that overlap, or belongs to several arms or
        clusters.
    """
    sample = check(days, event, arm=arm, entry=entry, weights=weights, cluster=cluster, single_cause=True)
    faults = Faults()
    size = sample.size
    faults.lengths("days", size, {"id": person})
    codes, _ = code_labels("id", person, size, faults)
    faults.stop()
    order, overlap = order_within(codes, begins(sample), sample.stop)
    column, what = "days", "is a second row"
    if sample.start is not None:
        column, what = "entry", "is before the end of the person's previous row"
    remedy = "A person's rows may not overlap: give entry, and end each row where the next begins."
    faults.where(column, overlap, what, remedy)
    what, fixed = "is not the same on all rows of a person", "An arm is fixed at time zero."
    remedy = f"{fixed} Use a covariate of andersen_gill for what changes later."
    faults.where("arm", _differs(codes, sample.arm), what, remedy)
    if sample.cluster is not None:
        remedy = "All rows of a person belong to one cluster."
        faults.where("cluster", _differs(codes, sample.cluster), what, remedy)
    faults.stop()
    if sample.cluster is None:
        sample = replace(sample, cluster=codes)
    final = np.ones(size, dtype=bool)
    final[order[:-1]] = codes[order[:-1]] != codes[order[1:]]
    return PersonRows(sample, codes, order, final)


def _differs(person: Ints, code: Ints) -> Bools:
    _, first = np.unique(person, return_index=True)
    result: Bools = code != code[first][person]
    return result
