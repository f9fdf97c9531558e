"""Which counts stay hidden because a sum would give them away, although printed counts are rounded."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from stepdown.disclosure import round_to
from stepdown.disclosure.hidden_cells import Program, cheapest, without
from stepdown.disclosure.outside_knowledge import Knowledge, breaches
from stepdown.errors import DisclosureError

Floats = NDArray[np.float64]
REST = ""
"""Name of what is left of a total beside the parts that the results hold; it is never printed."""


@dataclass(frozen=True)
class Partition:
    """Parts that add up to a total which a reader may know.

    Attributes
    ----------
    name : str
        What is divided.
    total : int
        The true total. A reader is taken to know it exactly.
    parts : mapping of str to int
        True count of each part; `REST` is what is left of the total.
    whole : str
        Name of the total; empty where the results do not hold it.
    """

    name: str
    total: int
    parts: Mapping[str, int]
    whole: str = ""


Divided = tuple[Partition, frozenset[str]]
"""A sum, and the parts of it that are hidden."""


def further_hidden(
    partition: Partition, hidden: frozenset[str], *, threshold: int, base: int
) -> frozenset[str]:
    """Return the parts that have to be hidden beside those that are, at the least sum of their counts.

    Counts are printed rounded to the base. A hidden count that is small stays unknown where everything
    printed allows a value of at most 1 and one of at least the threshold.

    Parameters
    ----------
    partition : Partition
    hidden : frozenset of str
        Parts that are hidden already, all small ones among them.
    threshold, base : int

    Raises
    ------
    DisclosureError
        Where all parts are hidden and the total still says too much.

    Examples
    --------
    With rounded counts two others leave enough open; with one the sum gives 4 away:

    >>> sites = Partition("site", 59, {"A": 4, "B": 30, "C": 25})
    >>> sorted(further_hidden(sites, frozenset("A"), threshold=11, base=5))
    ['C']
    """
    small = _small(partition, hidden, threshold)
    if not small or _is_open(partition, hidden, threshold=threshold, base=base):
        return frozenset()
    known, names = knowledge([(partition, hidden)], base=base)
    parts = [name for name in names if name in partition.parts]
    free = [name for name in parts if name not in hidden and name != REST]
    program = Program(
        known,
        np.array([names.index(name) for name in small], dtype=np.int64),
        np.array([names.index(name) for name in free], dtype=np.int64),
    )
    costs = np.array([max(partition.parts[name], 1) for name in free], dtype=float)
    chosen = cheapest([program], costs, threshold).hidden
    return frozenset(name for name, unseen in zip(free, chosen, strict=True) if unseen)


def _is_open(partition: Partition, hidden: frozenset[str], *, threshold: int, base: int) -> bool:
    """Return whether a sum alone leaves each of its hidden parts at most 1 and at least the threshold."""
    shown = [count for name, count in partition.parts.items() if name not in hidden and name != REST]
    low, high = _limits(np.array(shown, dtype=float), base=base)
    left = len(partition.parts) - len(shown)
    return bool(partition.total - low.sum() >= threshold and (left > 1 or partition.total - high.sum() <= 1))


def _limits(true: Floats, *, base: int) -> tuple[Floats, Floats]:
    """Return the smallest and largest count that is printed like each of these."""
    printed = np.asarray(round_to(true, base))
    # A 0 is printed as it is.
    low = np.where(true == 0, 0.0, printed - base // 2)
    return low, np.where(true == 0, 0.0, printed - base // 2 + base - 1)


def _small(partition: Partition, hidden: frozenset[str], threshold: int) -> list[str]:
    """Return the parts that must stay unknown."""
    return [
        name
        for name, count in partition.parts.items()
        if 0 < count < threshold and (name in hidden or name == REST)
    ]


def knowledge(partitions: Sequence[Divided], *, base: int) -> tuple[Knowledge, list[str]]:
    """Return what a reader knows of the parts of sums, and their names; parts of one name are one count."""
    counts: dict[str, int] = {}
    unseen: set[str] = set()
    lines = []
    for number, (partition, hidden) in enumerate(partitions):
        names = {name: f"{REST}{number}" if name == REST and number else name for name in partition.parts}
        for name, own in names.items():
            counts[own] = partition.parts[name]
            if name in hidden or name == REST:
                unseen.add(own)
        lines.append((partition.total, list(names.values())))
    names_of = list(counts)
    place = {name: number for number, name in enumerate(names_of)}
    matrix = sparse.lil_array((len(lines), len(names_of)))
    for row, (_, parts) in enumerate(lines):
        for name in parts:
            matrix[row, place[name]] = 1.0
    true = np.array([counts[name] for name in names_of], dtype=float)
    low, high = _limits(true, base=base)
    known = Knowledge(sparse.csr_array(matrix), np.array([float(total) for total, _ in lines]), low, high)
    return without(known, np.array([place[name] for name in sorted(unseen)], dtype=np.int64)), names_of


def known_too_well(partitions: Sequence[Divided], *, threshold: int, base: int) -> list[str]:
    """Return the small counts that follow from all sums taken together."""
    found: list[str] = []
    for together in _components(partitions):
        if all(
            not _small(*one, threshold)
            or (len(together) == 1 and _is_open(*one, threshold=threshold, base=base))
            for one in together
        ):
            continue
        known, names = knowledge(together, base=base)
        place = {name: number for number, name in enumerate(names)}
        small = {place[name] for one in together for name in _small(*one, threshold) if name != REST}
        cells = np.array(sorted(small), dtype=np.int64)
        found += [names[one.cell] for one in breaches(known, cells, threshold)]
    return list(dict.fromkeys(found))


def _components(partitions: Sequence[Divided]) -> list[list[Divided]]:
    """Return the sums in groups that share parts; sums of two groups say nothing about each other."""
    of_part: dict[str, int] = {}
    groups: dict[int, list[Divided]] = {}
    for number, one in enumerate(partitions):
        merged = [one]
        for other in dict.fromkeys(of_part[name] for name in one[0].parts if name in of_part):
            merged = [*groups.pop(other), *merged]
        groups[number] = merged
        for each, _ in merged:
            of_part |= dict.fromkeys((name for name in each.parts if name != REST), number)
    return list(groups.values())


def audit_partitions(partitions: Sequence[Divided], *, threshold: int, base: int) -> None:
    """Refuse a release whose sums, all taken together, give a small count away.

    Raises
    ------
    DisclosureError
        A small count follows.
    """
    cells = known_too_well(partitions, threshold=threshold, base=base)
    if cells:
        raise DisclosureError(
            f"{len(cells)} small {'count follows' if len(cells) == 1 else 'counts follow'} from the sums of "
            f"this release, the first of them {cells[0]!r}. Nothing is published."
        )
