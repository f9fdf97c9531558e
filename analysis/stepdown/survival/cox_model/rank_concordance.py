"""Harrell's concordance: how often the person with the higher risk score has the event first.

A pair counts where i has an event on day t and j is at risk on t and stays event-free through it (same
stratum; a censoring on t is later than an event on t). It weighs w_i w_j, and is concordant where the score
of i is higher. C = (concordant + tied / 2) / all.

References
----------
Harrell FE, Califf RM, Pryor DB, Lee KL, Rosati RA (1982), JAMA 247:2543-2546.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np

from stepdown.survival.core.sample import TIE_TOLERANCE, Floats, Ints


@dataclass(frozen=True)
class Concordance:
    """Concordance and the pairs behind it.

    Attributes
    ----------
    estimate : float
        Missing where no pair can be compared.
    concordant, discordant, tied : float
        Weighted pairs; tied in the score.
    """

    estimate: float
    concordant: float
    discordant: float
    tied: float


def concordance(
    score: Floats, weight: Floats, last: Ints, first: Ints, event: Ints, *, late: bool
) -> Concordance:
    """Return the concordance of a score.

    Parameters
    ----------
    score, weight : ndarray, shape (m,)
        Risk score; scores within 1e-9 of each other are tied.
    last, first : ndarray of int, shape (m,)
        At risk on the slots first + 1, ..., last.
    event : ndarray of int
        Rows with an event, on slot `last`.
    late : bool
        Whether `first` matters: delayed entry, or several strata.
    """
    rank = _ranks(score)
    position = 2 * last + 1
    position[event] -= 1
    events = (position[event], rank[event], weight[event])
    pairs = _later(events, (position, rank, weight))
    if late:
        pairs = pairs - _later(events, (2 * first + 1, rank, weight))
    concordant, tied, discordant = (float(value) for value in pairs)
    total = concordant + tied + discordant
    estimate = (concordant + tied / 2) / total if total > 0 else np.nan
    return Concordance(estimate, concordant, discordant, tied)


def _ranks(score: Floats) -> Ints:
    order = np.argsort(score, kind="stable")
    held = score[order]
    new = np.zeros(len(score), dtype=np.int64)
    new[1:] = np.diff(held) > TIE_TOLERANCE * np.maximum(1, np.abs(held[1:]))
    rank = np.empty(len(score), dtype=np.int64)
    rank[order] = np.cumsum(new)
    return rank


def _later(events: tuple[Ints, Ints, Floats], points: tuple[Ints, Ints, Floats]) -> Floats:
    """Weighted pairs with a point's position above the given one: points of lower, same, higher rank.

    Two positions differ first, from the top, in one bit: the pairs of that bit are found by sorting.
    """
    ranks = int(points[1].max()) + 1
    total = np.zeros(3)
    top = max(int(points[0].max()), int(events[0].max()))
    for bit in range(top.bit_length()):
        low = (events[0] >> bit) & 1 == 0
        high = (points[0] >> bit) & 1 == 1
        key = (points[0][high] >> (bit + 1)) * ranks + points[1][high]
        order = np.argsort(key)
        key = key[order]
        running = np.concatenate([[0.0], np.cumsum(points[2][high][order])])
        group = (events[0][low] >> (bit + 1)) * ranks
        place = group + events[1][low]
        edges = (group, place, place + 1, group + ranks)
        sums = [running[np.searchsorted(key, edge)] for edge in edges]
        weight = events[2][low]
        total += [weight @ (after - before) for before, after in itertools.pairwise(sums)]
    return total
