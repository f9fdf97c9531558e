"""Sizes of groups: groups that differ by fewer people than the threshold are published as one size."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from stepdown.disclosure import round_to

Family = tuple[str, ...]
LARGEST_SHIFT = 0.1
"""No size is published as that of a group that is larger by more than this part of it."""
LARGEST_SHIFT_BY_COUNTS = 0.05
"""The same of a number of people beside a count of another unit, which is hidden instead."""


@dataclass(frozen=True)
class PublishedSizes:
    """The published size of each group.

    Attributes
    ----------
    anchors : mapping of (family, size) to int or None
        The true size of the group as which a size is published; None where it is not published.
    base, threshold : int
        What sizes are rounded to, and the smallest that is published.
    """

    anchors: Mapping[tuple[Family, int], int | None]
    base: int
    threshold: int

    def anchor(self, family: Family, size: float) -> int | None:
        """Return the count that is published, before rounding, for a size; None where none may be."""
        own = round(size)
        if round_to(own, self.base) < self.threshold:
            return None
        return self.anchors.get((family, own), own)

    def published(self, family: Family, size: float) -> int | None:
        """Return the published size; None where none may be published."""
        found = self.anchor(family, size)
        return None if found is None else int(round_to(found, self.base))


def published_sizes(
    sizes: Iterable[tuple[Family, float]],
    *,
    threshold: int,
    base: int,
    counted: Iterable[tuple[Family, float]] = (),
) -> PublishedSizes:
    """Return which sizes are published as one.

    1,924 discharges before a step of the flow and 1,922 after it would say that the step removed 2. Both
    are published as the larger one, so that 0 to 11 are possible. In small groups that would change a size by
    more than a tenth: there the size that most rows have is published, and those near it are not. Counts of
    another unit, such as new treatment events beside discharges, are published as one with those near them
    too, but for those that would change a number of people by more than a twentieth: they are not published.

    Parameters
    ----------
    sizes : iterable of (family, size)
        The size of each row; groups of one family may lie within each other, such as all of one arm.
    threshold, base : int
    counted : iterable of (family, count)
        The counts of another unit.

    Examples
    --------
    >>> sizes = published_sizes([((), 1924), ((), 1922), ((), 1850)], threshold=11, base=5)
    >>> [sizes.published((), size) for size in (1924, 1922, 1850, 8)]
    [1925, 1925, 1850, None]
    >>> sizes = published_sizes([((), 60), ((), 57), ((), 57)], threshold=11, base=5)
    >>> [sizes.published((), size) for size in (60, 57)]
    [None, 55]
    >>> sizes = published_sizes([((), 145)], counted=[((), 154), ((), 140), ((), 130)], threshold=11, base=5)
    >>> [sizes.published((), size) for size in (145, 154, 140, 130)]
    [145, None, 145, 130]
    """
    families: dict[Family, tuple[Counter[int], Counter[int]]] = {}
    for place, of_unit in enumerate((sizes, counted)):
        for family, size in of_unit:
            families.setdefault(family, (Counter(), Counter()))[place][round(size)] += 1
    anchors: dict[tuple[Family, int], int | None] = {}
    for family, (people, others) in families.items():
        every, apart = people + others, set(others) - set(people)
        found = _anchors(every, threshold)
        while too_large := apart.intersection(
            anchor
            for size in people
            if (anchor := found[size]) and anchor - size > LARGEST_SHIFT_BY_COUNTS * size
        ):
            apart -= too_large
            every -= Counter({count: every[count] for count in too_large})
            found = _anchors(every, threshold) | dict.fromkeys(set(others) - set(every))
        anchors |= {(family, size): anchor for size, anchor in found.items()}
    return PublishedSizes(anchors, base, threshold)


def _anchors(sizes: Counter[int], threshold: int) -> dict[int, int | None]:
    """Return the size as which each size of one family is published."""
    anchors: dict[int, int | None] = {}
    anchor = -1
    for size in sorted(sizes, reverse=True):
        if anchor - size > threshold or anchor < 0:
            anchor = size
        # All sizes of a group that begins here are large enough.
        if anchor - threshold >= threshold / LARGEST_SHIFT:
            anchors[size] = anchor
    shown: list[int] = []
    for size in sorted(sizes, key=lambda one: (-sizes[one], -one)):
        if size not in anchors:
            near = any(abs(size - other) < threshold for other in shown)
            anchors[size] = None if near else size
            shown += [] if near else [size]
    return anchors
