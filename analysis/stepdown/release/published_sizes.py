"""Sizes of groups: groups that differ by fewer people than the threshold are published as one size."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from stepdown.disclosure import round_to

Family = tuple[str, ...]
LARGEST_SHIFT = 0.1
"""No size is published as that of a group that is larger by more than this part of it."""


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


def published_sizes(sizes: Iterable[tuple[Family, float]], *, threshold: int, base: int) -> PublishedSizes:
    """Return which sizes are published as one.

    1,924 discharges before a step of the flow and 1,922 after it would say that the step removed 2. Both
    are published as the larger one, so that 0 to 11 are possible. In small groups that would change a size by
    more than a tenth: there the size that most rows have is published, and those near it are not.

    Parameters
    ----------
    sizes : iterable of (family, size)
        The size of each row; groups of one family may lie within each other, such as all of one arm.
    threshold, base : int

    Examples
    --------
    >>> sizes = published_sizes([((), 1924), ((), 1922), ((), 1850)], threshold=11, base=5)
    >>> [sizes.published((), size) for size in (1924, 1922, 1850, 8)]
    [1925, 1925, 1850, None]
    >>> sizes = published_sizes([((), 60), ((), 57), ((), 57)], threshold=11, base=5)
    >>> [sizes.published((), size) for size in (60, 57)]
    [None, 55]
    """
    families: dict[Family, Counter[int]] = {}
    for family, size in sizes:
        families.setdefault(family, Counter())[round(size)] += 1
    anchors: dict[tuple[Family, int], int | None] = {}
    for family, values in families.items():
        anchor = -1
        for size in sorted(values, reverse=True):
            if anchor - size > threshold or anchor < 0:
                anchor = size
            # All sizes of a group that begins here are large enough.
            if anchor - threshold >= threshold / LARGEST_SHIFT:
                anchors[family, size] = anchor
        shown: list[int] = []
        for size in sorted(values, key=lambda one: (-values[one], -one)):
            if (family, size) not in anchors:
                near = any(abs(size - other) < threshold for other in shown)
                anchors[family, size] = None if near else size
                shown += [] if near else [size]
    return PublishedSizes(anchors, base, threshold)
