"""Rows of people who may have an event more than once: what must hold within a person."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from stepdown.survival.core.sample import Bools, Faults, Ints, Sample, check, code_labels


@dataclass(frozen=True, eq=False)
class PersonRows:
    """Checked rows, n of them.

    Attributes
    ----------
    sample : Sample
        With clusters always: those given, or the people.
    person : ndarray of int, shape (n,)
        Whose row it is, coded.
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
        """Rows that begin where the person's row before them ended, shape (n,); False for first rows."""
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
    if np.shape(person) != (size,):
        found = np.shape(person)[0] if np.ndim(person) else 1
        faults.say("id", f"has {found:,} rows where days has {size:,}", "Give one value a row.")
    faults.stop()
    codes, _ = code_labels("id", person, size, faults)
    faults.stop()
    order, overlap = _overlaps(sample, codes)
    faults.where(
        "entry" if sample.start is not None else "days",
        overlap,
        "is before the end of the person's row before it" if sample.start is not None else "is a second row",
        "A person's rows may not overlap: give entry, and end each row where the next begins.",
    )
    faults.where(
        "arm",
        _differs(codes, sample.arm),
        "is not the same on all rows of a person",
        "An arm is fixed at time zero. What changes later is a covariate, for andersen_gill.",
    )
    if sample.cluster is not None:
        faults.where(
            "cluster",
            _differs(codes, sample.cluster),
            "is not the same on all rows of a person",
            "All rows of a person belong to one cluster.",
        )
    faults.stop()
    if sample.cluster is None:
        sample = replace(sample, cluster=codes)
    final = np.ones(size, dtype=bool)
    final[order[:-1]] = codes[order[:-1]] != codes[order[1:]]
    return PersonRows(sample, codes, order, final)


def _overlaps(sample: Sample, person: Ints) -> tuple[Ints, Bools]:
    """Order rows by person and day, and find those that begin before the row before them has ended."""
    begin = begins(sample)
    order = np.lexsort((sample.stop, begin, person))
    one, two = order[:-1], order[1:]
    overlap = np.zeros(sample.size, dtype=bool)
    overlap[two] = (person[one] == person[two]) & (begin[two] < sample.stop[one])
    return order, overlap


def _differs(person: Ints, code: Ints) -> Bools:
    _, first = np.unique(person, return_index=True)
    result: Bools = code != code[first][person]
    return result
