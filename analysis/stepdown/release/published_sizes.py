"""Sizes of groups: groups that differ by fewer people than the threshold are published as one size."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from stepdown.disclosure import round_to

Family = tuple[str, ...]
LARGEST_SHIFT = 0.1
"""A size that the size of a larger group would change by more than this part is not published."""


@dataclass(frozen=True)
class PublishedSizes:
    """The published size of each group.

    Attributes
    ----------
    anchors : mapping of (family, size) to int
        The true size of the largest group that differs by fewer people than the threshold.
    base, threshold : int
        What sizes are rounded to, and the smallest that is published.
    """

    anchors: Mapping[tuple[Family, int], int]
    base: int
    threshold: int

    def anchor(self, family: Family, size: float) -> int | None:
        """Return the count that is published, before rounding, for a size; None where none may be."""
        own = round(size)
        found = self.anchors.get((family, own), own)
        if round_to(own, self.base) < self.threshold:
            return None
        return found if found - own <= LARGEST_SHIFT * own else None

    def published(self, family: Family, size: float) -> int | None:
        """Return the published size; None where none may be published."""
        found = self.anchor(family, size)
        return None if found is None else int(round_to(found, self.base))


def published_sizes(sizes: Iterable[tuple[Family, float]], *, threshold: int, base: int) -> PublishedSizes:
    """Return which sizes are published as one.

    1,924 discharges before a step of the flow and 1,922 after it would say that the step removed 2. Both are
    published as the larger one, so that 0 to 10 are possible.

    Parameters
    ----------
    sizes : iterable of (family, size)
        Sizes of groups; groups of one family may lie within each other, such as all of one arm.
    threshold, base : int

    Examples
    --------
    >>> sizes = published_sizes([((), 1924), ((), 1922), ((), 1850)], threshold=11, base=5)
    >>> [sizes.published((), size) for size in (1924, 1922, 1850, 8)]
    [1925, 1925, 1850, None]
    """
    families: dict[Family, set[int]] = {}
    for family, size in sizes:
        families.setdefault(family, set()).add(round(size))
    anchors: dict[tuple[Family, int], int] = {}
    for family, values in families.items():
        anchor = -1
        for size in sorted(values, reverse=True):
            if anchor - size >= threshold or anchor < 0:
                anchor = size
            anchors[family, size] = anchor
    return PublishedSizes(anchors, base, threshold)
