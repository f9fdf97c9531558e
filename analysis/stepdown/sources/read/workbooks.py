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

_Rows = list[tuple[Any, ...]]
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
    filled = [number for number, row in enumerate(rows) if any(cell not in (None, "") for cell in row)]
    if not filled:
        return pa.table({}), ()
    skipped = tuple(sorted({number + 1 for number in range(filled[-1])} - {number + 1 for number in filled}))
    width = max(len(row) for row in rows)
    header = rows[filled[0]] + (None,) * (width - len(rows[filled[0]]))
    kept = [rows[number] for number in filled[1:]]
    names, columns = [], []
    for number, name in enumerate(header):
        cells = [row[number] if number < len(row) else None for row in kept]
        names.append("" if name is None else str(name))
        columns.append(_column(cells))
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
                    return [tuple(row) for row in chosen.iter_rows(values_only=True)], without_result
            finally:
                book.close()
    except Exception:  # damaged workbooks raise errors of many kinds, and these may hold cells
        raise unreadable(
            path.name,
            "is damaged, protected by a password, or not an Excel workbook",
            "Save it again as .xlsx without a password.",
        ) from None
    raise unreadable(path.name, "has no sheet of the name given", f"Allowed: {', '.join(names)}.")


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
        return cell.date().isoformat() if cell.time() == dt.time() else cell.isoformat(sep=" ")
    return cell.isoformat() if isinstance(cell, dt.date) else str(cell)
