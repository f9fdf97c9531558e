"""Where the table of a sheet is: title rows, group headers, total rows and footers are no rows of it.

A sheet is given as the cells that hold something, by number of the row (from 1) and of the column (from 0).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

Cells = Mapping[int, Mapping[int, Any]]

_SEARCHED = 30
_WIDE = 5
# A header has at least this share of the cells of the widest row.
_SHARE = 0.6
_VALUE = re.compile(r"[-+]?[\d.,]+%?|\d{1,4}([-/.])\d{1,2}\1\d{1,4}.*")
_TOTAL = re.compile(r"((grand|sub)[ -]?)?totals?\b|(sum|count|average|mean)\s*[:=]?$", re.IGNORECASE)
_FOOTER = re.compile(
    r"(note|notes|source|prepared|printed|page|report|generated|exported|legend|confidential)\b|\*",
    re.IGNORECASE,
)
_SPAN = re.compile(r"\d+\s*-?\s*(d|day|days|wk|week|weeks|mo|month|months)\b", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Layout:
    """Where the table of a sheet is.

    Attributes
    ----------
    header : int
        Row with the names of the columns; 0 where the sheet is empty.
    names : mapping of int to str
        Name by column.
    above : tuple of int
        Rows above the header that hold something: titles and groups of columns.
    totals, notes : tuple of int
        Rows below it that are no rows of the table: totals and repeated headers; footers and section titles.
    """

    header: int
    names: Mapping[int, str]
    above: tuple[int, ...] = ()
    totals: tuple[int, ...] = ()
    notes: tuple[int, ...] = ()

    @property
    def plain(self) -> bool:
        """Whether the first row that holds something is the header, and all rows below are rows."""
        return not (self.above or self.totals or self.notes)


def layout(cells: Cells) -> Layout:
    """Find the table of a sheet.

    Parameters
    ----------
    cells : mapping of int to mapping of int to object
        Cells that hold something.

    Returns
    -------
    Layout

    Examples
    --------
    >>> found = layout({1: {0: "Log"}, 2: {0: "MRN", 1: "Exit"}, 3: {0: 7, 1: 9}, 4: {0: "TOTAL", 1: 1}})
    >>> found.header, found.above, found.totals
    (2, (1,), (4,))
    """
    if not cells:
        return Layout(header=0, names={})
    header = _header(cells)
    above = tuple(row for row in cells if row < header)
    names = {column: str(cell).strip() for column, cell in cells[header].items()}
    if above:
        names = _grouped(names, cells[above[-1]], max(max(row) for row in cells.values()) + 1)
    width = len(cells[header])
    totals, notes = [], []
    for row, held in cells.items():
        if row <= header or len(held) > max(3, width // 2):
            if row > header and _same(held, cells[header]):
                totals.append(row)
            continue
        text = next(iter(held.values()))
        lead = text.strip() if isinstance(text, str) else ""
        if _same(held, cells[header]) or _TOTAL.match(lead):
            totals.append(row)
        elif width >= _WIDE and lead and (len(held) == 1 or (len(held) == 2 and _FOOTER.match(lead))):
            notes.append(row)
    return Layout(header=header, names=names, above=above, totals=tuple(totals), notes=tuple(notes))


def _header(cells: Cells) -> int:
    """Return the first row, or the first below it that is as wide as the table and holds only names."""
    first, *below = islice(cells, _SEARCHED)
    if not below:
        return first
    wide = max(len(cells[row]) for row in below)
    if len(cells[first]) >= _SHARE * wide:
        return first
    for row in below:
        if len(cells[row]) >= _SHARE * wide:
            return row if _names_only(cells[row]) else first
    return first


def _names_only(held: Mapping[int, Any]) -> bool:
    names = [cell for cell in held.values() if isinstance(cell, str) and not _VALUE.fullmatch(cell.strip())]
    return len(names) >= 2 and len(names) >= 0.8 * len(held)


def _same(held: Mapping[int, Any], header: Mapping[int, Any]) -> bool:
    same = sum(str(held.get(column)).strip() == str(name).strip() for column, name in header.items())
    return same >= 2 and same >= 0.8 * len(header)


def _grouped(names: dict[int, str], groups: Mapping[int, Any], width: int) -> dict[int, str]:
    """Put the group of columns before a name that needs it: one used twice, or one of a call due on a day."""
    texts = {column: str(cell).strip() for column, cell in groups.items() if isinstance(cell, str)}
    if len(texts) < 2:
        return names
    above, last = {}, ""
    for column in range(width):
        last = texts.get(column, last)
        above[column] = last
    twice = {name for name in names.values() if [*names.values()].count(name) > 1}
    return {
        column: f"{above[column]}: {name}"
        if above[column] and (name in twice or (_SPAN.search(above[column]) and not _SPAN.search(name)))
        else name
        for column, name in names.items()
    }
