"""Excel workbooks: cells become text, columns of real dates stay dates."""

import datetime as dt
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from stepdown.sources.read.raw_tables import unreadable
from stepdown.sources.read.sheet_layout import Layout
from stepdown.sources.read.workbook_cells import Cells, WorkbookSheet, read_sheet, sheet_files


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


def first_sheet(path: Path) -> str:
    """Return the name of the first sheet of a workbook that can be read."""
    return next(iter(sheet_files(path)))


def workbook_sheets(path: Path, *, other_than: Collection[str | None] = ()) -> tuple[WorkbookSheet, ...]:
    """Read all sheets of a workbook, or those that are left.

    Parameters
    ----------
    path : Path
        The workbook.
    other_than : collection of str or None
        Names of sheets to leave out; None is the first one.

    Returns
    -------
    tuple of WorkbookSheet
        In the order of the workbook; those that hold nothing too.

    Raises
    ------
    ReadError
        The workbook is damaged or protected by a password.
    """
    return _sheets(path, [], other_than)


def sheet_table(cells: Cells, found: Layout) -> tuple[pa.Table, tuple[int, ...]]:
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
            file=f"{name}, sheet {sheet.name}",
        )


def _sheets(
    path: Path, wanted: Sequence[str | None], other_than: Collection[str | None] = ()
) -> tuple[WorkbookSheet, ...]:
    """Return the sheets that are wanted, the first one for None; all others where the list is empty."""
    try:
        there = sheet_files(path)
        left_out = {name or next(iter(there)) for name in other_than}
        names = [name or next(iter(there)) for name in wanted] or [
            name for name in there if name not in left_out
        ]
        if set(names) <= set(there):
            return tuple(read_sheet(path, name, there[name]) for name in names)
    except Exception:  # damaged workbooks raise errors of many kinds, and these may hold cells
        raise unreadable(
            path.name,
            "is damaged, protected by a password, or not an Excel workbook",
            "Save it again as .xlsx without a password.",
        ) from None
    raise unreadable(path.name, "has no sheet of the name given", f"Allowed: {', '.join(there)}.")


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
