"""Primary and secondary suppression: which counts of a table are not printed."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from stepdown.disclosure.count_tables import DEFAULT_THRESHOLD, CountTable
from stepdown.disclosure.hidden_cells import Program, cheapest, without
from stepdown.disclosure.outside_knowledge import LEAST, Knowledge, extreme

Flags = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Suppression:
    """Which cells of a table are hidden, and how near that is to the least possible.

    Attributes
    ----------
    names : tuple of str
        The printed cells that are hidden, in the order of the table. A reader is not shown which are small.
    primary : (n,) array of bool
        Cells that must not be known.
    hidden : (n,) array of bool
        All cells that are not published, those that are never printed included.
    total : float
        Sum of the hidden printed counts, each counted as 1 at least (or as `costs` states).
    least_total : float
        No choice of cells has a smaller sum. `total` is at most 1.05 times this, but for tables of several
        thousand cells, where the search may end before it has proved that.
    """

    names: tuple[str, ...]
    primary: Flags
    hidden: Flags
    total: float
    least_total: float


def suppress(
    table: CountTable,
    threshold: int = DEFAULT_THRESHOLD,
    *,
    zeros: bool = True,
    costs: Mapping[str, float] | None = None,
) -> Suppression:
    """Choose the cells that are not printed.

    Hidden are all counts of 1 to threshold - 1, shares of 0% and 100%, and as many others as it takes: for
    each of those, what is published allows a value of at most 1 and one of at least the threshold.

    Parameters
    ----------
    table : CountTable
    threshold : int
        Smallest count that may be shown, at least 5.
    zeros : bool
        Whether a 0 may be shown that is not a share of 0%.
    costs : mapping of str to float, optional
        What hiding a cell costs; otherwise its count, or 1 where that is less. An infinite cost keeps a cell.

    Returns
    -------
    Suppression

    Raises
    ------
    DisclosureError
        Where the threshold is below 5, or cells that must stay give a hidden count away.

    Examples
    --------
    >>> from stepdown.disclosure import count_table
    >>> counts = {"A": 4, "B": 30, "C": 25, "all": 59}
    >>> suppress(count_table(counts, [("all", ["A", "B", "C"])])).names
    ('A', 'C')
    """
    primary = table.sensitive(threshold, zeros=zeros)
    given = dict(costs or {})
    price = np.array(
        [given.get(name, max(int(count), 1)) for name, count in zip(table.names, table.counts, strict=True)]
    )
    first = primary | ~table.printed
    known = published(table, first)
    fixed = float(np.maximum(table.counts[first & table.printed], 1).sum())
    free = np.flatnonzero(~first & np.isfinite(price))
    program = Program(known, np.flatnonzero(primary), free)
    choice = cheapest([program], price[free], threshold, spent=fixed)
    hidden = first.copy()
    hidden[free[choice.hidden]] = True
    printed = hidden & table.printed
    return Suppression(
        names=tuple(name for name, gone in zip(table.names, printed, strict=True) if gone),
        primary=primary,
        hidden=hidden,
        total=fixed + choice.cost,
        least_total=fixed + choice.bound,
    )


def published(table: CountTable, hidden: Flags) -> Knowledge:
    """Return what the printed cells of a table let anyone know."""
    counts = table.counts.astype(float)
    known = Knowledge(table.relations, np.zeros(table.relations.shape[0]), counts, counts)
    return without(known, hidden)


def audit(
    table: CountTable, hidden: Flags, threshold: int = DEFAULT_THRESHOLD, *, zeros: bool = True
) -> pd.DataFrame:
    """Return what anyone can work out of each hidden count.

    Parameters
    ----------
    table : CountTable
    hidden : (n,) array of bool
        Cells that are not published.
    threshold : int
    zeros : bool
        As in `suppress`.

    Returns
    -------
    DataFrame
        A row for each hidden cell: `cell`, the `least` and `most` that it can be (infinite where nothing
        bounds it), whether it is `sensitive`, and whether it is `protected`: at most 1 and at least the
        threshold are both possible.

    Examples
    --------
    >>> from stepdown.disclosure import count_table
    >>> table = count_table({"A": 4, "B": 30, "all": 34}, [("all", ["A", "B"])])
    >>> audit(table, [True, False, False])["protected"].tolist()
    [False]
    >>> audit(table, [True, True, False])[["least", "most"]].to_numpy().tolist()
    [[0.0, 34.0], [0.0, 34.0]]
    """
    flags = np.asarray(hidden, dtype=bool)
    known = published(table, flags)
    cells = np.flatnonzero(flags)
    least = np.array([extreme(known, int(cell), -1) for cell in cells])
    most = np.array([extreme(known, int(cell), 1) for cell in cells])
    return pd.DataFrame(
        {
            "cell": [table.names[cell] for cell in cells],
            "least": least,
            "most": most,
            "sensitive": table.sensitive(threshold, zeros=zeros)[cells],
            "protected": (least <= LEAST) & (most >= threshold),
        }
    )
