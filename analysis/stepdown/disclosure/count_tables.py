"""Counts with the sums between them: tables, margins, subgroups and tables that share cells."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from stepdown.errors import DisclosureError

LEAST_THRESHOLD = 5
DEFAULT_THRESHOLD = 11


@dataclass(frozen=True, eq=False)
class CountTable:
    """Counts and every linear relation between them.

    Attributes
    ----------
    names : tuple of str
        Name of each cell, such as "2026Q3, site A, relapsed"; unique.
    counts : (n,) array of int
        The true counts.
    relations : (m, n) sparse array
        `relations @ counts` is 0: a total has -1 and its parts have 1.
    printed : (n,) array of bool
        False for a cell that is never printed but follows from others, such as those without the event.
    zero_discloses : (n,) array of bool
        True where a count of 0 states something of everybody in a group: nobody, or everybody, has the event.
    stated : (n,) array of int
        The count that is printed, before rounding: of the size of a group, that of a larger group.
    is_size : (n,) array of bool
        Whether a count is printed as that of a larger group.
    lacking : (n,) array of bool
        Whether a count is known to be at most the threshold: what a size lacks to that of the larger group.
    """

    names: tuple[str, ...]
    counts: NDArray[np.int64]
    relations: sparse.csr_array
    printed: NDArray[np.bool_]
    zero_discloses: NDArray[np.bool_]
    stated: NDArray[np.int64]
    is_size: NDArray[np.bool_]
    lacking: NDArray[np.bool_]

    def sensitive(self, threshold: int = DEFAULT_THRESHOLD, *, zeros: bool = True) -> NDArray[np.bool_]:
        """Return which counts must not be known: 1 to threshold - 1, and zeros that disclose.

        Parameters
        ----------
        threshold : int
            Smallest count that may be shown, at least 5.
        zeros : bool
            Whether other zeros may be shown.
        """
        check_threshold(threshold)
        small = (self.counts > 0) & (self.counts < threshold)
        empty = (self.counts == 0) & (self.zero_discloses | (not zeros))
        return np.asarray(small | empty, dtype=np.bool_)


def check_threshold(threshold: int) -> None:
    """Refuse a threshold below 5."""
    if threshold < LEAST_THRESHOLD:
        raise DisclosureError(
            f"The threshold is {threshold}, and counts below {LEAST_THRESHOLD} are never shown. "
            f"Give {LEAST_THRESHOLD} or more; the default is {DEFAULT_THRESHOLD}."
        )


def count_table(
    counts: Mapping[str, int],
    sums: Sequence[tuple[str, Sequence[str]]] = (),
    *,
    shares: Sequence[tuple[str, str]] = (),
    unprinted: Sequence[str] = (),
    sizes: Mapping[str, int] | None = None,
    lacking: Sequence[str] = (),
) -> CountTable:
    """Make a table from named counts.

    Parameters
    ----------
    counts : mapping of str to int
        Name and count of each cell. A cell that two tables share is given once.
    sums : sequence of (str, sequence of str)
        A total, and the parts that it is the sum of. Give every sum that a reader may know, those over
        subgroups and between tables included.
    shares : sequence of (str, str)
        A count with an event, and that of its group. The rest of the group is added as a cell that is not
        printed, "GROUP without EVENT", and a share of 0% or 100% counts as disclosure of a whole group.
    unprinted : sequence of str
        Cells that will not be printed, and must not follow from those that are.
    sizes : mapping of str to int, optional
        Sizes of groups, each with the count of the larger group as which it is printed.
    lacking : sequence of str
        What such sizes lack to those of the larger groups.

    Returns
    -------
    CountTable

    Raises
    ------
    DisclosureError
        Where a name is not in the table, a count is negative, or a sum does not hold.

    Examples
    --------
    >>> table = count_table({"relapsed": 4, "all": 50}, shares=[("relapsed", "all")])
    >>> table.names
    ('relapsed', 'all', 'all without relapsed')
    >>> table.sensitive().tolist()
    [True, False, False]
    """
    cells = {name: int(count) for name, count in counts.items()}
    lines = [(total, tuple(parts)) for total, parts in sums]
    hidden = list(unprinted)
    named = {name for total, parts in lines for name in (total, *parts)}
    unknown = sorted((named | set(hidden) | {name for pair in shares for name in pair}) - cells.keys())
    if unknown:
        raise DisclosureError(
            f"{len(unknown)} of the names are not in the table, the first of them {unknown[0]!r}. "
            "Give the count of each cell that a sum names."
        )
    disclosing = set()
    for part, group in shares:
        rest = f"{group} without {part}"
        if cells[group] > 0:
            disclosing |= {part, rest}
        cells[rest] = cells[group] - cells[part]
        lines.append((group, (part, rest)))
        hidden.append(rest)
    _check_counts(cells, lines)
    place = {name: number for number, name in enumerate(cells)}
    larger, unseen, differences = dict(sizes or {}), {*hidden, *lacking}, set(lacking)
    return CountTable(
        names=tuple(cells),
        counts=np.fromiter(cells.values(), dtype=np.int64, count=len(cells)),
        relations=sum_matrix(lines, place),
        printed=np.array([name not in unseen for name in cells], dtype=bool),
        zero_discloses=np.array([name in disclosing for name in cells], dtype=bool),
        stated=np.array([larger.get(name, count) for name, count in cells.items()], dtype=np.int64),
        is_size=np.array([larger.get(name, count) != count for name, count in cells.items()], dtype=bool),
        lacking=np.array([name in differences for name in cells], dtype=bool),
    )


def sum_matrix(lines: Sequence[tuple[str, Sequence[str]]], place: Mapping[str, int]) -> sparse.csr_array:
    """Return a row for each sum: -1 for the total, 1 for each part."""
    rows, columns, weights = [], [], []
    for row, (total, parts) in enumerate(lines):
        for name, weight in ((total, -1.0), *((name, 1.0) for name in parts)):
            rows.append(row)
            columns.append(place[name])
            weights.append(weight)
    return sparse.csr_array((weights, (rows, columns)), shape=(len(lines), len(place)), dtype=float)


def _check_counts(cells: Mapping[str, int], lines: Sequence[tuple[str, Sequence[str]]]) -> None:
    negative = [name for name, count in cells.items() if count < 0]
    if negative:
        raise DisclosureError(
            f"{len(negative)} counts are below 0, the first of them {negative[0]!r}. A part is never more "
            "than its whole: correct the counts."
        )
    broken = [total for total, parts in lines if cells[total] != sum(cells[name] for name in parts)]
    if broken:
        raise DisclosureError(
            f"{len(broken)} of {len(lines)} sums do not hold, the first of them that of {broken[0]!r}. "
            "Give counts that add up, or leave the sum out."
        )
