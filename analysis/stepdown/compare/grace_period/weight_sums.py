"""Sums of weights by day, added up block by block, and how much leverage a weight gives."""

from dataclasses import dataclass

import numpy as np

from stepdown.compare.grace_period.person_days import PeopleBlock, PersonDays
from stepdown.survival.core.sample import Floats, Ints

LARGEST_SHARE = 0.9


@dataclass(frozen=True, eq=False, kw_only=True)
class WeightSums:
    """Sums of weights by day over everyone, shape (H + 1,), and what describes their spread.

    Attributes
    ----------
    total, squared, event, competing : array (H + 1,)
        Sums of the weights, of their squares, and of the weights of those with either event that day.
    uncapped : array (H + 1,)
        Sum of the weights without cap.
    by_cluster : array (clusters, H + 1) or None
        Sum of the weights of each cluster.
    largest : float
        Largest weight.
    largest_share : float
        Largest share of one person in the sum of weights of a day.
    capped : float
        Share of people with a weight at the cap on any day at risk.
    """

    total: Floats
    squared: Floats
    event: Floats
    competing: Floats
    uncapped: Floats
    by_cluster: Floats | None
    largest: float
    largest_share: float
    capped: float

    def effective_size(self, day: int) -> float:
        """Return the square of the sum of weights over the sum of squares, of those at risk on a day."""
        return float(self.total[day] ** 2 / self.squared[day]) if self.squared[day] else 0.0


class WeightTally:
    """Adds up the weights of an arm or strategy.

    Parameters
    ----------
    people : PersonDays
        Follow-up.
    owner : array of int (n,) or None
        Cluster of each person.
    many : array (n,) or None
        How often each person counts, in a replicate; once where it is left out.
    """

    def __init__(self, people: PersonDays, owner: Ints | None, many: Floats | None = None) -> None:
        self.people, self.owner, self.many = people, owner, many
        days = people.horizon + 1
        self.total, self.squared, self.event, self.every, self.uncapped, self.most = np.zeros((6, days))
        self.by_cluster = None if owner is None else np.zeros((int(owner.max()) + 1, days))
        self.largest, self.capped = 0.0, 0

    def add(self, block: PeopleBlock, weight: Floats, uncapped: Floats, *, capped: int) -> None:
        """Add the weights of a block (people, days), and how many of its people are at the cap."""
        days, rows, size = slice(0, weight.shape[1]), block.rows, len(self.total)
        last, code = self.people.last_day[rows], self.people.event[rows]
        if self.many is not None:
            weight, uncapped = weight * self.many[rows, None], uncapped * self.many[rows, None]
        on_last = weight[np.arange(len(last)), last]
        self.total[days] += weight.sum(axis=0)
        self.squared[days] += np.einsum("mt,mt->t", weight, weight)
        self.event += np.bincount(last, on_last * (code == 1), size)
        self.every += np.bincount(last, on_last * (code > 0), size)
        self.uncapped[days] += uncapped.sum(axis=0)
        most = weight.max(axis=0)
        self.most[days] = np.maximum(self.most[days], most)
        self.largest = max(self.largest, float(most.max()))
        self.capped += capped
        if self.by_cluster is not None and self.owner is not None:
            np.add.at(self.by_cluster[:, days], self.owner[rows], weight)

    def add_constant(self, weight: Floats, uncapped: Floats) -> None:
        """Add everybody's weights (n,) that are alike on all days at risk, for the sums by day alone."""
        many = 1.0 if self.many is None else self.many
        last, code, size = self.people.last_day, self.people.event, len(self.total)

        def by_day(values: Floats) -> Floats:
            return np.bincount(last, values, size).astype(float)

        self.total += np.cumsum(by_day(weight * many)[::-1])[::-1]
        self.uncapped += np.cumsum(by_day(uncapped * many)[::-1])[::-1]
        self.event += by_day(weight * many * (code == 1))
        self.every += by_day(weight * many * (code > 0))

    def result(self) -> WeightSums:
        """Return the sums once all blocks are added."""
        most = self.most
        if self.by_cluster is not None and 2 * len(self.by_cluster) > len(self.people.order):
            # Clusters are persons with a discharge or a few, and not sites.
            most = self.by_cluster.max(axis=0)
        share = np.divide(most, self.total, out=np.zeros_like(most), where=self.total > 0)
        return WeightSums(
            total=self.total,
            squared=self.squared,
            event=self.event,
            competing=self.every - self.event,
            uncapped=self.uncapped,
            by_cluster=self.by_cluster,
            largest=self.largest,
            largest_share=float(share.max()),
            capped=self.capped / len(self.people.order),
        )


def leverage_gain(
    sums: WeightSums, block: PeopleBlock, weight: Floats, *, owner: Ints | None, leverage: float
) -> Floats | None:
    """Return by how much each weighted residual grows for leverage, (people, days) as weights.

    None without leverage. Members of a cluster count by the weight of all of it.
    """
    if not leverage:
        return None
    of_day, days = weight, weight.shape[1]
    if sums.by_cluster is not None and owner is not None:
        of_day = sums.by_cluster[owner[block.rows], :days]
    share = of_day * np.divide(1, sums.total, out=np.zeros_like(sums.total), where=sums.total > 0)[:days]
    rest = 1 - np.minimum(share, LARGEST_SHARE, out=share)
    return np.asarray((1 / np.sqrt(rest) if leverage == 0.5 else rest**-leverage) - 1)
