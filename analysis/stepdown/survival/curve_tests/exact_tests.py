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

    def statistic(labels: Ints) -> float:
        total = 0.0
        for rows in groups:
            held = labels[rows]
            size = np.bincount(held, minlength=arms)
            sums = np.bincount(held, scores[rows], arms)
            total += float((sums**2 / np.maximum(size, 1)).sum())
        return total

    return permuted(statistic, arm, groups)


def permuted(statistic: Callable[[Ints], float], arm: Ints, groups: list[Ints]) -> float:
    """Return the share of permutations of arms, within groups of rows, that are at least as extreme."""
    observed = statistic(arm)
    if not np.isfinite(observed):
        return np.nan
    extreme = sum(
        not statistic(labels) < observed * (1 - ALIKE) for labels in _permutations(arm, groups, PERMUTATIONS)
    )
    return (1 + extreme) / (1 + PERMUTATIONS)


def in_fixed_order(sample: Sample, groups: list[Ints]) -> list[Ints]:
    """Order the rows of each group by what they hold, so that p does not depend on their order."""
    start = np.zeros_like(sample.stop) if sample.start is None else sample.start
    keys = (sample.arm, sample.cause, start, sample.stop)
    return [rows[np.lexsort(tuple(key[rows] for key in keys))] for rows in groups]


def _permutations(arm: Ints, groups: list[Ints], count: int) -> Iterator[Ints]:
    random = np.random.default_rng(SEED)
    labels = arm.copy()
    for _ in range(count):
        for rows in groups:
            labels[rows] = random.permutation(arm[rows])
        yield labels
