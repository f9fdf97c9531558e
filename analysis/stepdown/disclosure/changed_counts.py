"""What changed between releases: counts of the same name, and by how much they may differ."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from stepdown.disclosure.outside_knowledge import Knowledge, check_possible, lowest
from stepdown.disclosure.stated_counts import StatedCounts

Floats = NDArray[np.float64]
Pair = tuple[int, int]
_SLACK = 1e-6


def joint_knowledge(releases: Sequence[StatedCounts]) -> tuple[list[int], Knowledge]:
    """Return where the counts of each release begin, and what all releases state."""
    sizes = [len(one.names) for one in releases]
    starts = [sum(sizes[:number]) for number in range(len(sizes))]
    relations = sparse.csr_array(sparse.block_diag([one.relations for one in releases]))
    return starts, Knowledge(
        relations,
        np.zeros(relations.shape[0]),
        np.concatenate([one.lower for one in releases]),
        np.concatenate([one.upper for one in releases]),
    )


def with_changes(
    known: Knowledge, links: Sequence[tuple[int, int, float]], *, least: float = 0.0
) -> Knowledge:
    """Add a change for each link, of at least so much: newer = older + sign * (change - least)."""
    size, many = len(known.lower), len(links)
    if not many:
        return known
    rows = np.tile(np.arange(many), 3)
    old, new, sign = (np.array(one) for one in zip(*links, strict=True))
    columns = np.concatenate([new, old, size + np.arange(many)]).astype(np.int64)
    weights = np.concatenate([np.ones(many), -np.ones(many), -sign])
    extra = sparse.csr_array((weights, (rows, columns)), shape=(many, size + many))
    wide = sparse.hstack([known.relations, sparse.csr_array((known.relations.shape[0], many))])
    return Knowledge(
        sparse.csr_array(sparse.vstack([wide, extra])),
        np.append(known.totals, -least * np.array(sign, dtype=float)),
        np.append(known.lower, np.full(many, least)),
        np.append(known.upper, np.full(many, np.inf)),
    )


def _changes(known: Knowledge, pairs: Sequence[Pair]) -> tuple[Knowledge, Floats]:
    """Add what each count has gained and lost since, and return which variables these are."""
    cells, many = len(known.lower), len(pairs)
    # newer = older + more - fewer
    wide = with_changes(known, [(*pair, 1.0) for pair in pairs])
    fewer = sparse.csr_array(
        (np.ones(many), (known.relations.shape[0] + np.arange(many), np.arange(many))),
        shape=(wide.relations.shape[0], many),
    )
    found = Knowledge(
        sparse.csr_array(sparse.hstack([wide.relations, fewer])),
        wide.totals,
        np.append(wide.lower, np.zeros(many)),
        np.append(wide.upper, np.full(many, np.inf)),
    )
    return found, np.where(np.arange(len(found.lower)) >= cells, 1.0, 0.0)


def least_change(known: Knowledge, pairs: Sequence[Pair]) -> float:
    """Return how much linked counts have to have changed in sum.

    Where two printed values of a count differ, rounding leaves open by how much it has changed: the sum
    may be as much larger.
    """
    changed = [
        (low, high)
        for low, high in pairs
        if known.lower[low] != known.lower[high] and np.isfinite(known.upper[low] + known.upper[high])
    ]
    widths = known.upper - known.lower
    left = sum(float(widths[old] + widths[new]) for old, new in changed)
    wide, changes = _changes(known, pairs)
    solved = lowest(wide, changes)
    if solved.x is None:
        check_possible(wide)
    return float(np.ceil(solved.fun - _SLACK) + left)


def shrunk(known: Knowledge, pairs: Sequence[Pair]) -> list[Pair]:
    """Return the counts that have become smaller, where as little as possible has been lost in all.

    Nobody who sees all of it can take these for counts that have not.
    """
    if not pairs:
        return []
    wide, _ = _changes(known, pairs)
    lost = np.arange(len(wide.lower)) >= len(wide.lower) - len(pairs)
    solved = lowest(wide, np.where(lost, 1.0, 0.0))
    if solved.x is None:
        check_possible(wide)
    return [pair for pair, less in zip(pairs, solved.x[lost], strict=True) if less > _SLACK]


def changed_by(known: Knowledge, pairs: Sequence[Pair], most: float) -> Knowledge:
    """Add that linked counts have changed by so much in sum at most."""
    wide, changes = _changes(known, pairs)
    # The last variable is what the changes fall short of that sum.
    relations = sparse.vstack(
        [
            sparse.hstack([wide.relations, sparse.csr_array((wide.relations.shape[0], 1))]),
            sparse.csr_array(np.append(changes, 1.0)[None, :]),
        ]
    )
    return Knowledge(
        sparse.csr_array(relations),
        np.append(wide.totals, most),
        np.append(wide.lower, 0.0),
        np.append(wide.upper, np.inf),
    )
