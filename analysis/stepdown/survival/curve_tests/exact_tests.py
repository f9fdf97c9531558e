"""Tests that hold where few events are expected: exact log-rank of two arms, and permutation of arms.

Two arms, log-rank: given who is at risk on each day (and in each stratum), the number of events of an arm
on a day with d events is hypergeometric, and the days are taken as independent. Their sum has the
distribution of the convolution; p is the probability of all sums no more probable than the one observed. It
does not assume that both arms are lost to follow-up alike.

Otherwise arms are permuted among people (within strata). For the log-rank test the score of arm j is the
sum over its people of c_i = event_i - sum_{t <= T_i} d(t) / Y(t) (less the same at entry), which
permutation does not change, and the statistic is sum_j U_j^2 / n_j within strata; Gray's statistic is
computed anew. p = (1 + b) / (1 + B) with b of B permutations at least as extreme as the arms observed; the
seed is fixed, so that p is the same on every run. Permutation assumes that arms are lost to follow-up
alike.

References
----------
Thomas DG (1975), Comput Biomed Res 8:423-446. Heinze G, Gnant M, Schemper M (2003), Biometrics 59:1151-1157.
Neuhaus G (1993), Ann Stat 21:1760-1779 (permutation under unequal censoring).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from stepdown.survival.core.sample import Floats, Ints, Sample

FEW_EXPECTED = 5.0
"""Expected events of an arm below which chi-square is not trusted."""
PERMUTATIONS = 1999
MOST_CELLS = 2_000_000
"""Numbers held at a time."""
SEED = 1
ALIKE = 1e-7
"""Relative difference within which two probabilities, or statistics, count as the same."""


def exact_two_arms(at_risk: Floats, events: Floats) -> float:
    """Return the exact two-sided p of the first arm's events; inputs have shape (days, 2)."""
    law = np.ones(1)
    lowest = 0
    for (one, other), happened in zip(at_risk.astype(int), events.sum(axis=1).astype(int), strict=True):
        if happened and one and other:
            least, most = max(0, happened - other), min(happened, one)
            counts = np.arange(least, most + 1)
            law = np.convolve(law, _hypergeometric(counts, one, other, happened))
            lowest += least
        elif happened and one:
            lowest += happened
    seen = int(events[:, 0].sum()) - lowest
    return float(min(1.0, law[law <= law[seen] * (1 + ALIKE)].sum()))


def _hypergeometric(counts: Ints, one: int, other: int, drawn: int) -> Floats:
    """Return the probabilities of how many of the first arm are drawn; `counts` holds all that can be."""
    lower = counts[:-1]
    growth = (one - lower) * (drawn - lower) / ((lower + 1) * (other - drawn + lower + 1))
    logs = np.append(0.0, np.cumsum(np.log(growth)))
    weights = np.exp(logs - logs.max())
    return np.asarray(weights / weights.sum())


def permuted_scores(scores: Floats, arm: Ints, groups: list[Ints], arms: int) -> float:
    """Return the p of sum_j U_j^2 / n_j over permutations of arms within groups of rows."""

    def statistics(labels: Ints) -> Floats:
        total = np.zeros(len(labels))
        for rows in groups:
            held = labels[:, rows]
            size = by_label(held, np.zeros_like(rows), 1, arms)[:, 0]
            sums = by_label(held, np.zeros_like(rows), 1, arms, scores[rows])[:, 0]
            total += (sums**2 / np.maximum(size, 1)).sum(axis=1)
        return total

    return permuted(statistics, arm, groups, len(arm))


def permuted(statistics: Callable[[Ints], Floats], arm: Ints, groups: list[Ints], cells: int) -> float:
    """Return the share of permutations of arms, within groups of rows, that are at least as extreme.

    `statistics` takes labels of shape (permutations, n) and needs `cells` numbers for each permutation.
    """
    observed = statistics(arm[None])[0]
    if not np.isfinite(observed):
        return np.nan
    extreme = 0
    for labels in _permutations(arm, groups, max(MOST_CELLS // max(cells, 1), 1)):
        extreme += int(np.count_nonzero(~(statistics(labels) < observed * (1 - ALIKE))))
    return (1 + extreme) / (1 + PERMUTATIONS)


def by_label(labels: Ints, place: Ints, places: int, arms: int, weight: Floats | None = None) -> Floats:
    """Count rows, or sum their weights, by permutation, place and arm; labels: (permutations, n)."""
    count = len(labels)
    cell = (np.arange(count)[:, None] * places + place) * arms + labels
    weights = None if weight is None else np.broadcast_to(weight, labels.shape).ravel()
    sums = np.bincount(cell.ravel(), weights, minlength=count * places * arms)
    return sums.astype(float).reshape(count, places, arms)


def in_fixed_order(sample: Sample, groups: list[Ints]) -> list[Ints]:
    """Order the rows of each group by what they hold, so that p does not depend on their order."""
    start = np.zeros_like(sample.stop) if sample.start is None else sample.start
    keys = (sample.arm, sample.cause, start, sample.stop)
    return [rows[np.lexsort(tuple(key[rows] for key in keys))] for rows in groups]


def _permutations(arm: Ints, groups: list[Ints], most: int) -> Iterator[Ints]:
    """Yield permuted arms, shape (up to `most`, n)."""
    random = np.random.default_rng(SEED)
    for begun in range(0, PERMUTATIONS, most):
        labels = np.tile(arm, (min(most, PERMUTATIONS - begun), 1))
        for row in labels:
            for rows in groups:
                row[rows] = random.permutation(arm[rows])
        yield labels
