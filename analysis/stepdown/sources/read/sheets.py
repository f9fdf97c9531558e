"""All sheets of a workbook, or the one table of another file, with what is around the table left out."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from stepdown.errors import ROWS_SHOWN, Problem
from stepdown.sources.read.files import checked, file_hash, read_file
from stepdown.sources.read.raw_tables import EXCEL, Raw, ReadError, suffix, unreadable
from stepdown.sources.read.sheet_layout import layout
from stepdown.sources.read.text_files import title_rows
from stepdown.sources.read.workbook_cells import WorkbookSheet, hidden_sheets
from stepdown.sources.read.workbooks import refuse_formulas, sheet_table, workbook_sheets

_OTHER_ROWS = (
    ("total rows", r"(?i)^\s*(((grand|sub)[ -]?)?totals?\b|(sum|count|average|mean)\s*[:=]?$)"),
    (
        "notes",
        r"(?i)^\s*((notes?|source|prepared|printed|page|report|generated|exported|legend|confidential)\b|\*)",
    ),
)


@dataclass(frozen=True, eq=False, kw_only=True)
class Sheet:
    """A table as a person keeps it, ready to be mapped.

    Attributes
    ----------
    path : Path
        Its file.
    name : str
        Name of the sheet; empty where the file holds one table.
    raw : Raw or None
        The table; None where it cannot be read.
    left_out : tuple of str
        What around the table is no row of it, in words.
    problems : tuple of Problem
        Why it cannot be read.
    plain : bool
        The first row that holds something is the header, and all rows below it are rows of the table.
    hidden : bool
        The spreadsheet does not show it.
    """

    path: Path
    name: str = ""
    raw: Raw | None = None
    left_out: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    plain: bool = True
    hidden: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """Names by which a person may call it."""
        return tuple(name for name in (self.name, self.path.name, self.label) if name)

    @property
    def label(self) -> str:
        """What a person calls it."""
        return f"{self.path.name}, sheet {self.name}" if self.name else self.path.name


def read_sheets(path: Path) -> list[Sheet]:
    """Read all tables of a file.

    Parameters
    ----------
    path : Path
        A file of any known format.

    Returns
    -------
    list of Sheet
        One, or those of a workbook that hold anything.
    """
    try:
        if suffix(path.name) not in EXCEL:
            return [_one(path)]
        if path.stat().st_size == 0:
            read_file(path)
        sheets = [sheet for sheet in workbook_sheets(path) if sheet.cells]
        if not sheets:
            raise unreadable(
                path.name, "has no rows below its header", "Export it again, with a header and rows."
            )
        digest, hidden = file_hash(path), hidden_sheets(path)
    except ReadError as error:
        return [Sheet(path=path, problems=error.problems)]
    except OSError:
        remedy = "Close it in other programs, and check its permissions."
        found = unreadable(path.name, "cannot be opened", remedy)
        return [Sheet(path=path, problems=found.problems)]
    return [replace(_of_workbook(path, one, digest), hidden=one.name in hidden) for one in sheets]


def other_sheets(path: Path, mapped: Collection[str | None]) -> list[Sheet]:
    """Read the sheets of a workbook that are not mapped and hold anything.

    Parameters
    ----------
    path : Path
        A file of any known format; other than a workbook, it has no other sheets.
    mapped : collection of str or None
        Names of the sheets that are mapped; None is the first one.

    Returns
    -------
    list of Sheet
    """
    if suffix(path.name) not in EXCEL:
        return []
    left = [sheet for sheet in workbook_sheets(path, other_than=mapped) if sheet.cells]
    digest = file_hash(path) if left else ""
    return [_of_workbook(path, sheet, digest) for sheet in left]


def rows_left_out(what: str, rows: Sequence[int], count: int) -> str:
    """Return in words which rows of a sheet are left out."""
    shown = ", ".join(str(row) for row in rows[:ROWS_SHOWN]) + (
        ", ..." if count > len(rows[:ROWS_SHOWN]) else ""
    )
    return f"{what} ({'row' if count == 1 else 'rows'} {shown})"


def _one(path: Path) -> Sheet:
    raw = read_file(path, titles=True)
    above = title_rows(path, suffix(path.name))
    left_out = [rows_left_out("title rows", above, len(above))] if above else []
    for what, pattern in _OTHER_ROWS:
        rows = _outside(raw.table, pattern)
        if rows.size:
            left_out.append(rows_left_out(what, raw.file_rows(rows), rows.size))
            raw = _without(raw, rows)
    return Sheet(path=path, raw=raw, left_out=tuple(left_out), plain=not left_out)


def _without(raw: Raw, rows: NDArray[np.int64]) -> Raw:
    """Return a table without some rows, the others with their own numbers."""
    numbers = {raw.file_rows(rows[place : place + 1])[0] for place in range(rows.size)}
    keep = np.ones(raw.table.num_rows, dtype=bool)
    keep[rows] = False
    return replace(
        raw, table=raw.table.filter(pa.array(keep)), skipped=tuple(sorted({*raw.skipped, *numbers}))
    )


def _outside(table: pa.Table, pattern: str) -> NDArray[np.int64]:
    """Return positions of rows that begin with a word and have few other cells: no rows of the table."""
    first = table.column(0)
    if not pa.types.is_string(first.type):
        return np.zeros(0, dtype=np.int64)
    rows = np.flatnonzero(
        pc.match_substring_regex(first, pattern).fill_null(False).to_numpy(zero_copy_only=False)
    )
    few = max(2, table.num_columns // 3)
    filled = [sum(cell not in (None, "") for cell in row.values()) for row in table.take(rows).to_pylist()]
    found: NDArray[np.int64] = rows[np.array(filled, dtype=np.int64) <= few]
    return found


def _of_workbook(path: Path, sheet: WorkbookSheet, digest: str) -> Sheet:
    found = layout(sheet.cells)
    kinds = (
        ("title rows", found.above),
        ("total rows or repeated headers", found.totals),
        ("notes and section titles", found.notes),
    )
    left_out = tuple(rows_left_out(what, rows, len(rows)) for what, rows in kinds if rows)
    try:
        refuse_formulas(path.name, sheet)
        table, skipped = sheet_table(sheet.cells, found)
        raw = checked(Raw(name=path.name, table=table, sha256=digest, numbered=True, skipped=skipped))
    except ReadError as error:
        return Sheet(path=path, name=sheet.name, left_out=left_out, problems=error.problems)
    return Sheet(path=path, name=sheet.name, raw=raw, left_out=left_out, plain=found.plain)
