"""Excel workbooks: cells become text, columns of real dates stay dates."""

import datetime as dt
import re
import warnings
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from stepdown.sources.read.raw_tables import unreadable
from stepdown.sources.read.sheet_layout import Layout

# Cells that hold something, by number of the row (from 1) and of the column (from 0).
_Rows = dict[int, dict[int, Any]]
_MOST_ROWS = 1_048_576  # of any sheet
_NO_RESULT = re.compile(rb"<c\b([^>]*)>\s*<f\b(?:[^>]*/>|[^>]*>[^<]*</f>)\s*(?:<v\s*/>|<v>\s*</v>)?\s*</c>")


@dataclass(frozen=True, eq=False, kw_only=True)
class WorkbookSheet:
    """One sheet of a workbook.

    Attributes
    ----------
    name : str
        Its name.
    cells : mapping of int to mapping of int to object
        Cells that hold something, by number of the row (from 1) and of the column (from 0).
    without_result : tuple of int
        Rows with a formula that was never calculated.
    """

    name: str
    cells: _Rows
    without_result: tuple[int, ...] = ()


def workbook_table(path: Path, *, sheet: str | None) -> tuple[pa.Table, tuple[int, ...]]:
    """Read one sheet of a workbook; its first row that is not empty is the header.

    Parameters
    ----------
    path : Path
        The workbook.
    sheet : str or None
        Name of the sheet; the first one where None.

    Returns
    -------
    table : pyarrow.Table
        A column whose cells are all dates has the type timestamp; the others are text.
    skipped : tuple of int
        Numbers of empty rows.

    Raises
    ------
    ReadError
        The workbook is damaged, protected by a password, or lacks the sheet.
    """
    (found,) = _sheets(path, [sheet])
    refuse_formulas(path.name, found)
    if not found.cells:
        return pa.table({}), ()
    first = min(found.cells)
    names = {column: str(cell) for column, cell in found.cells[first].items()}
    return sheet_table(found.cells, Layout(header=first, names=names))


def workbook_sheets(path: Path) -> tuple[WorkbookSheet, ...]:
    """Read all sheets of a workbook.

    Parameters
    ----------
    path : Path
        The workbook.

    Returns
    -------
    tuple of WorkbookSheet
        In the order of the workbook; those that hold nothing too.

    Raises
    ------
    ReadError
        The workbook is damaged or protected by a password.
    """
    return _sheets(path, [])


def sheet_table(cells: _Rows, found: Layout) -> tuple[pa.Table, tuple[int, ...]]:
    """Return the table of a sheet, and the numbers of the rows above and between that are none of it."""
    outside = {*found.above, *found.totals, *found.notes}
    filled = [row for row in cells if row > found.header and row not in outside]
    skipped = sorted(set(range(1, max(cells) + 1)) - {found.header, *filled})
    names, columns = [], []
    for number in sorted({*found.names, *(number for row in filled for number in cells[row])}):
        names.append(found.names.get(number, f"column {number + 1}"))
        columns.append(_column([cells[row].get(number) for row in filled]))
    return pa.Table.from_arrays(columns, names=names), tuple(skipped)


def refuse_formulas(name: str, sheet: WorkbookSheet) -> None:
    """Raise a ReadError where formulas of a sheet have no results."""
    if sheet.without_result:
        raise unreadable(
            name,
            "holds formulas that were never calculated",
            "Open it in the spreadsheet, save it there, and run again.",
            file_rows=sheet.without_result,
        )


def _sheets(path: Path, wanted: Sequence[str | None]) -> tuple[WorkbookSheet, ...]:
    """Return the sheets that are wanted, by default the first one; all where the list is empty."""
    import openpyxl

    try:
        # openpyxl warns of drawings and validations, which do not matter here.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            book = openpyxl.load_workbook(path, read_only=True, data_only=True)
            try:
                there = [sheet.title for sheet in book.worksheets]
                names = [name or there[0] for name in wanted] or there
                if set(names) <= set(there):
                    with zipfile.ZipFile(path) as archive:
                        return tuple(
                            WorkbookSheet(
                                name=name,
                                cells=_held(book[name]),
                                without_result=_never_calculated(archive.read(book[name]._worksheet_path)),
                            )
                            for name in names
                        )
            finally:
                book.close()
    except Exception:  # damaged workbooks raise errors of many kinds, and these may hold cells
        raise unreadable(
            path.name,
            "is damaged, protected by a password, or not an Excel workbook",
            "Save it again as .xlsx without a password.",
        ) from None
    raise unreadable(path.name, "has no sheet of the name given", f"Allowed: {', '.join(there)}.")


def _held(sheet: Any) -> _Rows:
    """Return the cells that hold something, whatever extent the workbook states for the sheet."""
    sheet.reset_dimensions()
    rows: _Rows = {}
    for place, row in enumerate(sheet.iter_rows(values_only=True, max_row=_MOST_ROWS), start=1):
        if cells := {number: cell for number, cell in enumerate(row) if cell not in (None, "")}:
            rows[place] = cells
    return rows


def _never_calculated(xml: bytes) -> tuple[int, ...]:
    """Return the rows with a formula that has no result: a program wrote it, and no spreadsheet opened it.

    A formula whose result is the empty text is a calculated one.
    """
    cells = (found[1] for found in _NO_RESULT.finditer(xml))
    rows = (re.search(rb'\br="[A-Z]+(\d+)"', cell) for cell in cells if b't="str"' not in cell)
    return tuple(sorted({int(row[1]) for row in rows if row}))


def _column(cells: Sequence[Any]) -> pa.Array:
    held = [cell for cell in cells if cell is not None]
    if held and all(isinstance(cell, dt.date) for cell in held):
        moments = [
            cell if isinstance(cell, dt.datetime | None) else dt.datetime.combine(cell, dt.time())
            for cell in cells
        ]
        return pa.array(moments, type=pa.timestamp("us"))
    return pa.array([None if cell is None else _text(cell) for cell in cells], type=pa.string())


def _text(cell: Any) -> str:
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, dt.datetime):
        # Beside texts, a date keeps its day alone, so that the column has one format.
        return cell.date().isoformat()
    return cell.isoformat() if isinstance(cell, dt.date) else str(cell)
