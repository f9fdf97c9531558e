"""The counts of released rows, for the list of releases."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from stepdown.release.belonging_rows import NUMERIC, Row, is_size
from stepdown.release.hidden_rows import HiddenRows, cell_name, family
from stepdown.release.released_numbers import Numbers
from stepdown.release.row_classes import COUNT, DERIVED, FREE
from stepdown.results.table import WITHHELD

_REPEATED = ("definitions", "definitions_compared", "simple_comparison", "sensitivity")
"""Analyses that repeat another one, under other definitions or assumptions."""
_LESS = 0.25
_IDENTIFYING = ("characteristic", "contact_difference", "covariate_balance", "path", "departure")


@dataclass(frozen=True)
class PublishedCount:
    """A count of a released row.

    Attributes
    ----------
    name : str
        The same in every release.
    count : int
        The true count, which is never published.
    stated : int
        The count that is printed rounded: of a size, that of the group with which it is published.
    hidden : bool
    identifies : bool
        Whether its name may identify someone, so that a hidden one must not be listed.
    size : bool
        Whether it is the size of a group.
    printed : bool
        Whether any row has it: what is left of a total beside other counts is in none.
    worth : float
        How much is lost by hiding it, as a part of what another count as large is worth.
    """

    name: str
    count: int
    stated: int
    hidden: bool
    identifies: bool
    size: bool
    printed: bool = True
    worth: float = 1.0


def identifies(row: Row) -> bool:
    """Return whether the name of a row may identify someone, where its numbers are hidden.

    That a rare value occurs at all may; and the name of a site stands for a few people.
    """
    return row["estimand"] in _IDENTIFYING or bool(row["site"])


def published_counts(
    rows: Sequence[Row], names: Sequence[str], published: Sequence[Numbers | None], found: HiddenRows
) -> dict[tuple[int, str], PublishedCount]:
    """Return every count that is published, or would be if it were not hidden, by row and number.

    Parameters
    ----------
    rows : sequence of dict
    names : sequence of str
        The class of each row.
    published : sequence of (mapping or None)
        The numbers that are published of each row: none of a hidden one, an empty mapping of one left out.
    found : HiddenRows
    """
    return {
        (place, what): one
        for place, (row, name, numbers) in enumerate(zip(rows, names, published, strict=True))
        if numbers != {} and row["status"] != WITHHELD and name != DERIVED
        for what, one in _counts(row, name, numbers is None, found)
    }


def _counts(row: Row, name: str, unseen: bool, found: HiddenRows) -> Iterator[tuple[str, PublishedCount]]:
    of_row = (
        ("n", name in NUMERIC or name == FREE),
        ("events", name in NUMERIC and row["estimand"] != "testing_rate"),
        ("estimate", name == COUNT),
    )
    for what, counted in of_row:
        value = float(row[what])  # type: ignore[arg-type]
        if not counted or not math.isfinite(value):
            continue
        size = what == "n" or (what == "estimate" and is_size(row) and value > 0)
        anchor = found.sizes.anchor(family(row), value) if size and not unseen else None
        yield (
            what,
            PublishedCount(
                cell_name(row, what),
                round(value),
                round(value) if anchor is None else anchor,
                unseen or (size and anchor is None),
                identifies(row),
                size,
                worth=_LESS if row["analysis"] in _REPEATED else 1.0,
            ),
        )
