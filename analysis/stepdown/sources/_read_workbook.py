"""Excel workbooks: cells become text, columns of real dates stay dates."""

import datetime as dt
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from stepdown.sources._raw import unreadable

_Rows = list[tuple[Any, ...]]


def workbook_table(path: Path, *, sheet: str | None) -> tuple[pa.Table, tuple[int, ...]]:
    """Read one sheet of a workbook; its first row is the header.

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
    rows = _cells(path, sheet)
    if not rows:
        return pa.table({}), ()
    header, body = rows[0], rows[1:]
    filled = [any(cell not in (None, "") for cell in row) for row in body]
    last = max((number for number, any_cell in enumerate(filled) if any_cell), default=-1)
    skipped = tuple(number + 2 for number, any_cell in enumerate(filled[:last]) if not any_cell)
    kept = [row for row, any_cell in zip(body, filled, strict=True) if any_cell]
    names, columns = [], []
    for number, name in enumerate(header):
        cells = [row[number] if number < len(row) else None for row in kept]
        names.append("" if name is None else str(name))
        columns.append(_column(cells))
    return pa.Table.from_arrays(columns, names=names), skipped


def _cells(path: Path, sheet: str | None) -> _Rows:
    import openpyxl

    try:
        # openpyxl warns of drawings and validations, which do not matter here.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            book = openpyxl.load_workbook(path, read_only=True, data_only=True)
            try:
                names = book.sheetnames
                if sheet is None or sheet in names:
                    return [tuple(row) for row in book[sheet or names[0]].iter_rows(values_only=True)]
            finally:
                book.close()
    except Exception:  # damaged workbooks raise errors of many kinds, and these may hold cells
        raise unreadable(
            path.name,
            "is damaged, protected by a password, or no Excel workbook",
            "Save it again as .xlsx without a password.",
        ) from None
    raise unreadable(path.name, "has no sheet of the name given", f"Allowed: {', '.join(names)}.")


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
