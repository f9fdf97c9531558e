"""Excel workbooks: cells become text, columns of real dates stay dates."""

import datetime as dt
import re
import warnings
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from stepdown.sources.read.raw_tables import unreadable

# Cells that hold something, by number of the row (from 1) and of the column (from 0).
_Rows = dict[int, dict[int, Any]]
_MOST_ROWS = 1_048_576  # of any sheet
_NO_RESULT = re.compile(rb"<c\b([^>]*)>\s*<f\b(?:[^>]*/>|[^>]*>[^<]*</f>)\s*(?:<v\s*/>|<v>\s*</v>)?\s*</c>")


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
    rows, without_result = _cells(path, sheet)
    if without_result:
        raise unreadable(
            path.name,
            "holds formulas that were never calculated",
            "Open it in the spreadsheet, save it there, and run again.",
            file_rows=without_result,
        )
    if not rows:
        return pa.table({}), ()
    above, *filled = rows
    skipped = tuple(sorted(set(range(1, max(rows) + 1)) - rows.keys()))
    header = rows[above]
    names, columns = [], []
    for number in sorted({number for row in rows.values() for number in row}):
        names.append(str(header.get(number, f"column {number + 1}")))
        columns.append(_column([rows[place].get(number) for place in filled]))
    return pa.Table.from_arrays(columns, names=names), skipped


def _cells(path: Path, sheet: str | None) -> tuple[_Rows, tuple[int, ...]]:
    import openpyxl

    try:
        # openpyxl warns of drawings and validations, which do not matter here.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            book = openpyxl.load_workbook(path, read_only=True, data_only=True)
            try:
                names = book.sheetnames
                if sheet is None or sheet in names:
                    chosen = book[sheet or names[0]]
                    with zipfile.ZipFile(path) as archive:
                        without_result = _never_calculated(archive.read(chosen._worksheet_path))
                    return _held(chosen), without_result
            finally:
                book.close()
    except Exception:  # damaged workbooks raise errors of many kinds, and these may hold cells
        raise unreadable(
            path.name,
            "is damaged, protected by a password, or not an Excel workbook",
            "Save it again as .xlsx without a password.",
        ) from None
    raise unreadable(path.name, "has no sheet of the name given", f"Allowed: {', '.join(names)}.")


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
