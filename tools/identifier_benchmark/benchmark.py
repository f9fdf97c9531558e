"""The columns of the benchmark, their files' sizes, and their hash."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import cycle

from tools.identifier_benchmark import (
    identifying_kinds,
    identifying_numbers,
    innocent_kinds,
    innocent_numbers,
)
from tools.identifier_benchmark.draws import Drawer, Draws
from tools.identifier_benchmark.kinds import BARE_NAMES, Kind

SEED = 20261129
ROWS = (45, 500, 1_000, 5_000)
LARGE_ROWS, LARGE_COLUMNS = 100_000, 12

IDENTIFYING = (
    *identifying_kinds.NAMES,
    *identifying_kinds.CONTACTS,
    *identifying_kinds.PLACES,
    *identifying_kinds.DATES,
    *identifying_kinds.NOTES,
    *identifying_kinds.DERIVED,
    *identifying_numbers.NUMBERS,
)
INNOCENT = (
    *innocent_kinds.TRAPS,
    *innocent_kinds.TREATMENT,
    *innocent_kinds.PERSON,
    *innocent_numbers.CODES,
    *innocent_numbers.MEASURED,
    *innocent_numbers.TIMES,
)

_BLANK_SHARES = (0.0, 0.0, 0.03, 0.1, 0.35)
_BLANKS = ("", "", "", "N/A", "n/a", "NA", "unknown", "NULL", ".")
_CASES = ("kept", "kept", "kept", "kept", "kept", "kept", "kept", "upper", "upper", "lower")


@dataclass(frozen=True)
class BenchmarkColumn:
    """A column of a file, and whether it identifies people.

    Parameters
    ----------
    name : str
        Name of the column.
    kind : str
        What it holds.
    identifying : bool
        Does the column identify people under 45 CFR 164.514(b)(2)?
    named : bool
        Is its kind one of those of which a recall of 99% is asked?
    rows : int
        Rows of the file.
    """

    name: str
    kind: str
    identifying: bool
    named: bool
    rows: int
    _drawer: Drawer = field(repr=False, compare=False)
    _seed: int = field(repr=False)
    _number: int = field(repr=False)

    @property
    def values(self) -> tuple[str, ...]:
        """Cells of the column; drawn at each access, always the same. A missing value is "" or a word."""
        draws = Draws(self._seed, self._number)
        cells = self._drawer(draws, self.rows)
        match draws.one(_CASES):
            case "upper":
                cells = [cell.upper() for cell in cells]
            case "lower":
                cells = [cell.lower() for cell in cells]
        share, blank = draws.one(_BLANK_SHARES), draws.one(_BLANKS)
        if share:
            missing = draws.chance(share, self.rows)
            missing[0] = False  # a rare identifier is sure to be in the first row
            cells = [blank if empty else cell for cell, empty in zip(cells, missing, strict=True)]
        return tuple(cells)


def columns(seed: int = SEED) -> list[BenchmarkColumn]:
    """Give all columns of the benchmark, those that identify people first.

    Parameters
    ----------
    seed : int
        Seed of the sizes of the files and of all values. Names and kinds are the same for every seed.

    Returns
    -------
    list of BenchmarkColumn
        At least 300 columns that identify people and 300 that do not.

    Examples
    --------
    >>> first = columns(1)[0]
    >>> first.name, first.kind, first.identifying
    ('PatientName', 'full name', True)
    >>> len(first.values) == first.rows
    True
    """
    drawn: list[BenchmarkColumn] = []
    for group, kinds in enumerate((IDENTIFYING, INNOCENT)):
        plans = list(_plans(kinds))
        sizes = _sizes(Draws(seed, group), len(plans))
        for (name, kind, drawer), rows in zip(plans, sizes, strict=True):
            number = len(drawn) + 2
            drawn.append(
                BenchmarkColumn(name, kind.kind, kind.identifying, kind.named, rows, drawer, seed, number)
            )
    return drawn


def _plans(kinds: Iterable[Kind]) -> Iterator[tuple[str, Kind, Drawer]]:
    """Yield name, kind and drawer of each column."""
    bare = cycle(BARE_NAMES)
    for kind in kinds:
        names = [*kind.column_names, *(next(bare) for _ in range(kind.bare))]
        for name, drawer in zip(names, cycle(kind.drawers)):
            yield name, kind, drawer


def _sizes(draws: Draws, count: int) -> list[int]:
    """Give each column its rows, in a random order: a few large files, the others evenly."""
    sizes = [0] * count
    for place, column in enumerate(draws.shuffled(count)):
        sizes[column] = LARGE_ROWS if place < LARGE_COLUMNS else ROWS[place % len(ROWS)]
    return sizes


def digest(drawn: Iterable[BenchmarkColumn]) -> str:
    """Hash names, kinds, labels and values of columns (SHA-256, hexadecimal)."""
    hashed = hashlib.sha256()
    for column in drawn:
        head = (column.name, column.kind, str(column.identifying), str(column.named), str(column.rows))
        hashed.update("\x1f".join((*head, *column.values)).encode() + b"\x1e")
    return hashed.hexdigest()
