"""What a release states: every count once, with the values that its printed numbers allow."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from stepdown.disclosure.count_tables import sum_matrix
from stepdown.disclosure.release_ledger import Release

Flags = NDArray[np.bool_]
Floats = NDArray[np.float64]
Limits = tuple[float, float]


@dataclass(frozen=True, eq=False)
class StatedCounts:
    """The counts of a release; one that has several names is one count.

    Attributes
    ----------
    names : tuple of tuple of str
        The names of each count.
    lower, upper : (n,) arrays
        The smallest and the largest value that what is printed allows.
    shown : (n,) array of bool
        Whether a count is printed, under one of its names at least.
    relations : (m, n) sparse array
        The sums: a total has -1 and its parts have 1.
    place : mapping of str to int
        Where the count of a name is.
    """

    names: tuple[tuple[str, ...], ...]
    lower: Floats
    upper: Floats
    shown: Flags
    relations: sparse.csr_array
    place: Mapping[str, int]


def count_limits(value: int, base: int, threshold: int) -> Limits:
    """Return the smallest and largest count that is printed as a value; one below the threshold is 0.

    Examples
    --------
    >>> count_limits(40, 5, 11), count_limits(0, 5, 11), count_limits(40, 1, 11)
    ((38.0, 42.0), (0.0, 0.0), (40.0, 40.0))
    """
    low, high = value - base // 2, value - base // 2 + base - 1
    if low < threshold:
        low = 0 if value == 0 else min(threshold, high)
    return float(low), float(high if high >= threshold else value)


def size_limits(value: int, base: int, threshold: int) -> Limits:
    """Return the smallest and largest group whose size is printed as that of a larger group.

    The larger group has at most as many people more as the threshold.

    Examples
    --------
    >>> size_limits(1925, 5, 11)
    (1912.0, 1927.0)
    """
    first, high = count_limits(value, base, threshold)
    return max(first - threshold, float(threshold)), high


def stated_counts(release: Release) -> StatedCounts:
    """Return what a release states of each of its counts.

    Examples
    --------
    >>> sums = (("all", ("A", "B")), ("A", ("A again",)))
    >>> cells = {"all": 60, "A": None, "B": 40, "A again": 20}
    >>> release = Release(name="April", inputs="", threshold=11, base=5, cells=cells, sums=sums)
    >>> found = stated_counts(release)
    >>> found.names
    (('all',), ('A', 'A again'), ('B',))
    >>> found.lower.tolist(), found.upper.tolist()
    ([58.0, 18.0, 38.0], [62.0, 22.0, 42.0])
    """
    groups = groups_of(release.cells, (line for line in release.sums if len(line[1]) == 1))
    place = {name: number for number, group in enumerate(groups) for name in group}
    lower, upper = np.zeros(len(groups)), np.full(len(groups), np.inf)
    shown = np.zeros(len(groups), dtype=bool)
    sizes = set(release.sizes)
    for name, value in release.cells.items():
        if value is not None:
            limits = size_limits if name in sizes else count_limits
            low, high = limits(value, release.base, release.threshold)
            at = place[name]
            lower[at], upper[at], shown[at] = max(lower[at], low), min(upper[at], high), True
    upper[[place[name] for name in release.lacking]] = release.threshold
    lines = {
        (str(place[total]), *sorted(str(place[name]) for name in parts))
        for total, parts in release.sums
        if len(parts) > 1
    }
    relations = sum_matrix(
        [(total, parts) for total, *parts in sorted(lines)], {str(at): at for at in range(len(groups))}
    )
    return StatedCounts(tuple(map(tuple, groups)), lower, upper, shown, relations, place)


def groups_of(
    names: Mapping[str, object] | Sequence[str], lines: Iterator[tuple[str, Sequence[str]]]
) -> list[list[str]]:
    """Return names in groups that lines link, in the order of their first names.

    Examples
    --------
    >>> groups_of(["a", "b", "c", "d"], iter([("a", ["c"]), ("c", ["d"])]))
    [['a', 'c', 'd'], ['b']]
    """
    leader = {name: name for name in names}

    def first(name: str) -> str:
        while leader[name] != name:
            leader[name] = leader[leader[name]]
            name = leader[name]
        return name

    for total, parts in lines:
        for name in parts:
            leader[first(name)] = first(total)
    groups: dict[str, list[str]] = {}
    for name in names:
        groups.setdefault(first(name), []).append(name)
    return list(groups.values())
