"""Greedy nearest-neighbor matching without replacement.

In each of k rounds the people of the first arm choose, from the largest score down, the nearest one left of
the other arm, if any is within the caliper and has the same values of the exact columns; of two equally near
the one with the smaller score.

Rosenbaum PR, Rubin DB (1985), Am Stat 39:33-38; Austin PC (2011), Pharm Stat 10:150-161 (caliper of 0.2
standard deviations of the logit).
"""

import numpy as np

from stepdown.survival.core.sample import Bools, Floats, Ints


def matched_sets(
    score: Floats, first: Bools, *, ratio: int = 1, caliper: float = np.inf, exact: Ints | None = None
) -> Ints:
    """Return the matches of each person of the first arm.

    Parameters
    ----------
    score : array (n,)
        What is matched on, such as the logit of the propensity.
    first : array of bool (n,)
        Who is in the first arm.
    ratio : int
        Matches of each.
    caliper : float
        Largest distance, in units of the score.
    exact : array of int (n,), optional
        Code of the values that matches must share.

    Returns
    -------
    array of int (people of the first arm, ratio)
        Positions of the matches, in the order of the first arm; -1 for none.

    Examples
    --------
    >>> score, first = np.array([0.5, 0.9, 0.8, 0.4]), np.array([True, True, False, False])
    >>> matched_sets(score, first).tolist()
    [[3], [2]]
    >>> matched_sets(score, first, caliper=0.05).tolist()
    [[-1], [-1]]
    """
    group = np.zeros(len(score), dtype=np.int64) if exact is None else exact
    mine, others = np.flatnonzero(first), np.flatnonzero(~first)
    found = np.full((len(mine), ratio), -1, dtype=np.int64)
    pools = {
        int(code): _Pool(score, others[group[others] == code]) for code in np.unique(group[others]).tolist()
    }
    order = mine[np.argsort(-score[mine], kind="stable")]
    place = np.searchsorted(mine, order)
    for round_ in range(ratio):
        for person, row in zip(order.tolist(), place.tolist(), strict=True):
            pool = pools.get(int(group[person]))
            if pool is not None:
                found[row, round_] = pool.nearest(float(score[person]), caliper)
    return found


class _Pool:
    """People who can still be chosen, by score; links lead past those taken."""

    def __init__(self, score: Floats, people: Ints) -> None:
        order = np.argsort(score[people], kind="stable")
        self.people, self.score = people[order].tolist(), score[people][order]
        self.values: list[float] = self.score.tolist()
        size = len(self.people)
        # Places are shifted by one: 0 and size + 1 mean that nobody is left on that side.
        self.left, self.right = list(range(size + 2)), list(range(size + 2))

    @staticmethod
    def _free(link: list[int], place: int) -> int:
        root = place
        while link[root] != root:
            root = link[root]
        while link[place] != root:
            link[place], place = root, link[place]
        return root

    def nearest(self, value: float, caliper: float) -> int:
        """Take the nearest one left within the caliper; return the position, or -1."""
        at = int(np.searchsorted(self.score, value, side="right"))
        low, high = self._free(self.left, at), self._free(self.right, at + 1)
        below = value - self.values[low - 1] if low > 0 else np.inf
        above = self.values[high - 1] - value if high <= len(self.values) else np.inf
        if min(below, above) > caliper or (low == 0 and high > len(self.values)):
            return -1
        place = low if below <= above else high
        self.left[place], self.right[place] = place - 1, place + 1
        return int(self.people[place - 1])
