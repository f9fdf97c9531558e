"""Tests in small samples by permutation of arms, of scores that do not depend on arms.

A person's score phi_i is the influence on the estimate of all arms together (of the log-rank test: events
less those expected of the whole cohort), so that permuting arms leaves it as it is. To that on a risk a
thousandth of the influence on the mean days lost by then is added, which sets permutations with the same
numbers of events apart. With U_j the sum of phi in arm j less n_j times the mean of phi, and S the
covariance of phi, the statistic of independent people is

    sum_j U_j' S^- U_j / n_j

With clusters, s_g holds the part of cluster g in the differences of the arms' means of phi, and the
statistic is s' V^- s with s the mean of s_g and V = sum_g (s_g - s) (s_g - s)': Hotelling's, whose
distribution under permutation allows for clusters that differ. Arms are permuted within clusters where 6
clusters or more are in several arms, and among whole clusters where none is and there are 40 arrangements or
more; otherwise there is no permutation. With weights a person is a cluster, phi has the weight in it and
means are weighted. Of one covariate x (Fine-Gray, accelerated failure time and piecewise exponential
regression) the statistic is |sum_i c_i x_i|, with c_i the score of a person at a coefficient of 0, and x is
permuted. p = (1 + b) / (1 + B) with b of B = 1,999 permutations at least as extreme as the one observed; the
seed is fixed. It holds its level exactly where arms are alike in the event, the loss to follow-up, the entry
and the weights; where arms may differ in these (weights of inverse probability), studentized statistics hold
it in large samples.

References
----------
Neuhaus G (1993), Ann Stat 21:1760-1779. Janssen A (1997), Stat Probab Lett 36:9-21 (studentized permutation).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy import special

from stepdown.errors import EstimateError
from stepdown.survival.core.day_grid import FEWEST_CLUSTERS
from stepdown.survival.core.sample import Floats, Ints, Sample
from stepdown.survival.curve_tests.exact_tests import ALIKE, MOST_CELLS, PERMUTATIONS, SEED

FEWEST_ARRANGEMENTS = 40
"""Arrangements of whole clusters of which the two most extreme are less than 5% of all (8 clusters)."""
FEW_PEOPLE = 100
"""People an arm below which p is by permutation."""
PERMUTED = "p by permutation of arms: under 100 people an arm"
ROUNDED = 9
"""Digits of scores by which people are ordered, so that p does not depend on the order of rows."""
NOT_PERMUTABLE = (
    "exact takes clusters only where arms can be permuted within 6 of them or among whole ones. Leave it out."
)
Statistic = Callable[[Ints], Floats]


def by_permutation(sample: Sample, exact: bool | None) -> bool:
    """Return whether p is by permutation: where asked for, or by default where it can be and people are few.

    Raises
    ------
    EstimateError
        Where it is asked for and cannot be.
    """
    if exact and not _permutable(sample):
        raise EstimateError(NOT_PERMUTABLE)
    few = sample.size < FEW_PEOPLE * len(sample.labels)
    return _permutable(sample) if exact or (exact is None and few) else False


def _permutable(sample: Sample) -> bool:
    """Whether arms can be permuted among people, or within or among clusters."""
    return sample.cluster is None or (sample.correction == "t" and _groups(sample) is not None)


def permuted_p(scores: Floats, sample: Sample) -> float:
    """Return p of scores, shape (n, q), of arms that can be permuted; missing where scores do not vary."""
    scale = np.abs(scores).max(axis=0)
    used = scores[:, scale > 0] / scale[scale > 0]
    if not used.shape[1] or not np.isfinite(used).all():
        return np.nan
    arm, arms = _in_order(used, sample.arm), len(sample.labels)
    if sample.independent:
        return _of_people(used - used.mean(axis=0), arm, arms)
    if sample.cluster is None:
        return _of_clusters(used, arm, np.arange(sample.size), sample.full_weight, False)
    return _of_clusters(used, arm, sample.cluster, sample.full_weight, bool(_groups(sample)))


def _in_order(scores: Floats, arm: Ints) -> Ints:
    """Return arms numbered by their size and scores, so that p does not depend on their names."""
    size = np.bincount(arm)
    sums = np.array([scores[arm == j].sum(axis=0) for j in range(len(size))])
    order = np.lexsort((*np.round(sums, ROUNDED).T, size))
    return np.argsort(order)[arm]


def _groups(sample: Sample) -> bool | None:
    """Whether arms are permuted within clusters, and not among whole ones; None where neither can be done."""
    assert sample.cluster is not None
    arms = len(sample.labels)
    pairs = np.unique(sample.cluster * arms + sample.arm)
    several = np.count_nonzero(np.unique(pairs // arms, return_counts=True)[1] > 1)
    if not several:
        enough = _arrangements(np.bincount(pairs % arms, minlength=arms)) >= FEWEST_ARRANGEMENTS
        return False if enough else None
    return True if several >= FEWEST_CLUSTERS else None


def _arrangements(sizes: Ints) -> float:
    """Return in how many ways so many clusters of each arm can be arranged."""
    return float(np.exp(special.gammaln(sizes.sum() + 1) - special.gammaln(sizes + 1).sum()))


def _of_people(scores: Floats, arm: Ints, arms: int) -> float:
    order = np.lexsort(np.round(scores, ROUNDED).T)
    scores = scores[order] @ _root(scores.T @ scores)
    size = np.bincount(arm, minlength=arms)

    def statistic(labels: Ints) -> Floats:
        total = np.zeros(len(labels))
        for j in range(arms):
            total += (((labels == j) @ scores) ** 2).sum(axis=1) / size[j]
        return total

    return _share(statistic, arm[order], _of_all(tuple(size.tolist())))


def _of_clusters(scores: Floats, arm: Ints, cluster: Ints, weight: Floats, crossed: bool) -> float:
    arms, rounded = int(arm.max()) + 1, np.round(scores, ROUNDED)
    order = np.lexsort((*rounded.T, arm, cluster))
    # Clusters in the order of what they hold, so that p does not depend on their names.
    held = np.split(np.column_stack([arm, rounded])[order], np.flatnonzero(np.diff(cluster[order])) + 1)
    place = sorted(range(len(held)), key=lambda g: (len(held[g]), held[g].tobytes()))
    rank = np.empty(len(held), dtype=np.int64)
    rank[place] = np.arange(len(held))
    code = rank[np.unique(cluster[order], return_inverse=True)[1]]
    again = np.argsort(code, kind="stable")
    scores, arm, weight, code = scores[order][again], arm[order][again], weight[order][again], code[again]
    begins = np.flatnonzero(np.diff(code, prepend=-1))
    if not crossed:
        by_cluster, least = arm[begins], float(weight.min())
        sums, weights = np.add.reduceat(scores, begins), np.add.reduceat(weight, begins)
        drawn = _of_all(tuple(np.bincount(by_cluster, minlength=arms).tolist()))
        # Labels drawn for arms in order, given to clusters in the order of what they hold.
        return _share(_WholeClusters(sums, weights, least, arms), by_cluster, drawn)

    def statistic(labels: Ints) -> Floats:
        means = []
        for j in range(arms):
            mine = (labels == j) / np.maximum((labels == j) @ weight, weight.min())[:, None]
            means.append(np.add.reduceat(mine[:, :, None] * scores, begins, axis=1))
        parts = np.concatenate([one - means[-1] for one in means[:-1]], axis=2)
        middle = parts.mean(axis=1)
        # About 0 instead of the mean: the same order of permutations, and no division by no variance.
        spread = np.einsum("bgp,bgq->bpq", parts, parts)
        return _hotelling(middle, spread)

    return _share(statistic, arm, _within(arm, code))


@dataclass(frozen=True, eq=False)
class _WholeClusters:
    """The statistic of clusters that are in one arm each, from their sums of scores (G, q) and weights."""

    sums: Floats
    weights: Floats
    least: float
    arms: int

    def __call__(self, labels: Ints) -> Floats:
        """Return it for arms of clusters, shape (permutations, G)."""
        (count, terms), last = self.sums.shape, self.arms - 1
        products = (self.sums[:, :, None] * self.sums[:, None, :]).reshape(count, -1)
        means, squares = [], []
        for j in range(self.arms):
            mine = (labels == j).astype(float)
            weight = np.maximum(mine @ self.weights, self.least)[:, None]
            means.append(mine @ self.sums / weight)
            squares.append((mine @ products / weight**2).reshape(-1, terms, terms))
        middle = np.concatenate([one - means[last] for one in means[:last]], axis=1) / count
        # The last arm is in all differences, the others in their own.
        spread = np.tile(squares[last], (1, last, last))
        for j in range(last):
            own = slice(j * terms, (j + 1) * terms)
            spread[:, own, own] += squares[j]
        return _hotelling(middle, spread)


def _hotelling(middle: Floats, spread: Floats) -> Floats:
    """Return m' V^- m of many permutations."""
    if middle.shape[1] == 1:
        square, over = middle[:, 0] ** 2, spread[:, 0, 0]
        return np.divide(square, over, out=np.zeros(len(over)), where=over > 0)
    found = np.einsum("bp,bpq,bq->b", middle, np.linalg.pinv(spread, hermitian=True), middle)
    return np.asarray(found)


def _share(statistic: Statistic, arm: Ints, permuted: Iterator[Ints]) -> float:
    observed = statistic(arm[None])[0]
    extreme = sum(int(np.count_nonzero(~(statistic(part) < observed * (1 - ALIKE)))) for part in permuted)
    return (1 + extreme) / (1 + PERMUTATIONS)


def _of_all(size: tuple[int, ...]) -> Iterator[Ints]:
    """Yield arms of so many members each, permuted, shape (some, n)."""
    yield _drawn(size)


@lru_cache(maxsize=8)
def _drawn(size: tuple[int, ...]) -> Ints:
    arm = np.repeat(np.arange(len(size), dtype=np.int8), size)
    random = np.random.default_rng(SEED)
    return np.asarray(random.permuted(np.tile(arm, (PERMUTATIONS, 1)), axis=1))


def _within(arm: Ints, code: Ints) -> Iterator[Ints]:
    """Yield arms permuted within clusters, which are in order."""
    random = np.random.default_rng(SEED)
    most = max(MOST_CELLS // len(arm), 1)
    for begun in range(0, PERMUTATIONS, most):
        keys = code + random.random((min(most, PERMUTATIONS - begun), len(arm)))
        yield arm[np.argsort(keys, axis=1)]


def _root(products: Floats) -> Floats:
    """Return R with R R' the generalized inverse of a matrix of products."""
    values, vectors = np.linalg.eigh(products)
    kept = values > values[-1] * 1e-10
    return np.asarray(vectors[:, kept] / np.sqrt(values[kept]))


def permuted_term(x: Floats, scores: Floats) -> float:
    """Return p of one covariate by its permutation; scores at a coefficient of 0 add up to 0."""
    x, scores = x - x.mean(), np.round(scores / np.abs(scores).max(), ROUNDED)
    observed = abs(float(scores @ x))
    random = np.random.default_rng(SEED)
    drawn = random.permuted(np.tile(np.sort(x), (PERMUTATIONS, 1)), axis=1)
    extreme = np.count_nonzero(np.abs(drawn @ np.sort(scores)) >= observed * (1 - ALIKE))
    return (1 + int(extreme)) / (1 + PERMUTATIONS)
