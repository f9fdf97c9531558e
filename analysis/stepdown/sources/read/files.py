"""Files of any supported format, by extension; every fault of a file becomes a problem without a value."""

import hashlib
import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from stepdown.errors import Problem
from stepdown.identifiers import identifying
from stepdown.schema.declarations import no_file
from stepdown.sources.read.raw_tables import (
    EXCEL,
    PARQUET,
    STATISTICS,
    Raw,
    ReadError,
    no_reader,
    row_problems,
    suffix,
    unreadable,
)
from stepdown.sources.read.text_files import text_table
from stepdown.sources.read.workbooks import workbook_table

LONGEST = 100_000
_VALUE = re.compile(r"[-+]?\d+([.,]\d+)?|\d{1,4}([-/.])\d{1,2}\2\d{1,4}.*")
_CHUNK = 1 << 22
_EXPORT = "Export it again, with a header and rows."
_COPY = "Write or copy the complete file again."


def read_file(
    path: Path,
    *,
    sheet: str | None = None,
    known: Collection[str] = (),
    titles: bool = False,
    may_be_empty: bool = False,
) -> Raw:
    """Read a file of any known format.

    Parameters
    ----------
    path : Path
        The file; its ending picks the reader.
    sheet : str, optional
        Sheet of a workbook; the first one by default.
    known : collection of str
        Names of columns that the file should have. A file with none of them may have a client in its first
        row: its columns are numbered.
    titles : bool
        Leave out title rows above the header of a text file.
    may_be_empty : bool
        A header without rows below it is a table too.

    Returns
    -------
    Raw

    Raises
    ------
    ReadError
        The file cannot be read, is empty, or is damaged.
    """
    ending = suffix(path.name)
    skipped: tuple[int, ...] = ()
    fault = no_file(path)
    if fault:
        raise unreadable(path.name, *fault)
    try:
        before, sha256 = _state(path), file_hash(path)
        if path.stat().st_size == 0:
            raise unreadable(path.name, "is empty", _EXPORT)
        if ending in PARQUET:
            table = _parquet(path)
        elif ending in EXCEL:
            table, skipped = workbook_table(path, sheet=sheet)
        elif ending in STATISTICS:
            table = _statistics(path, ending)
        else:
            table, skipped = text_table(path, ending, titles=titles)
        if _state(path) != before:
            raise unreadable(
                path.name, "changed while it was read", "Wait until it is written to the end, and run again."
            )
    except OSError:
        raise unreadable(
            path.name, "cannot be opened", "Close it in other programs, and check its permissions."
        ) from None
    numbered = ending not in (*PARQUET, *STATISTICS)
    raw = Raw(name=path.name, table=table, sha256=sha256, numbered=numbered, skipped=skipped)
    return checked(raw, known=known, may_be_empty=may_be_empty)


def checked(raw: Raw, *, known: Collection[str] = (), may_be_empty: bool = False) -> Raw:
    """Return a table as read with its names tidied, or raise a ReadError with what is wrong with it."""
    table = _named(raw.table)
    raw = replace(raw, table=table)
    problems = _header(raw, known, may_be_empty=may_be_empty)
    raw = replace(raw, table=headed(table, known))
    problems += _long_texts(raw)
    if problems:
        raise ReadError(*problems)
    return raw


def headed(table: pa.Table, known: Collection[str]) -> pa.Table:
    """Return a table with its columns numbered where it has none of the known names: they may be data."""
    names = table.column_names
    if not known or not set(known).isdisjoint(names):
        return table
    return table.rename_columns([f"column {number}" for number in range(1, len(names) + 1)])


def file_hash(path: Path) -> str:
    """Return the SHA-256 of a file's bytes."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_CHUNK):
            digest.update(block)
    return digest.hexdigest()


def _state(path: Path) -> tuple[int, int, int]:
    """Return what differs once a file is written to, or another takes its place."""
    known = path.stat()
    return known.st_size, known.st_mtime_ns, known.st_ino


def _named(table: pa.Table) -> pa.Table:
    """Tidy the names of columns; one without name and cells, as spreadsheets leave behind, is none."""
    names = [" ".join(name.split()) for name in table.column_names]
    kept = [number for number, name in enumerate(names) if name or not _blank(table.column(number))]
    columns = [table.column(number) for number in kept]
    return pa.Table.from_arrays(columns, [names[number] or f"column {number + 1}" for number in kept])


def _blank(column: pa.ChunkedArray) -> bool:
    if column.null_count == len(column):
        return True
    return pa.types.is_string(column.type) and not bool(pc.any(pc.not_equal(column, "")).as_py())


def _header(raw: Raw, known: Collection[str], *, may_be_empty: bool) -> list[Problem]:
    if not raw.table.num_columns or not (raw.table.num_rows or may_be_empty):
        return list(unreadable(raw.name, "has no rows below its header", _EXPORT).problems)
    names = raw.table.column_names
    if sum(bool(_VALUE.fullmatch(name)) for name in names) * 2 >= len(names):
        what = "seems to have no header: half or more of its first row are numbers or dates"
        remedy = "Put the names of the columns in the first row; a name is more than a number."
        return [Problem(table=raw.name, what=what, remedy=remedy)]
    return name_problems(raw.name, names, known)


def name_problems(table: str, names: Sequence[str], known: Collection[str]) -> list[Problem]:
    """Return what is wrong with the names of columns: a name that is an identifier, or one used twice.

    Only known names are shown: others may be data of a table without a header.
    """
    if positions := identifying(names):
        return [
            Problem(
                table=table,
                column=f"column {position + 1}",
                what="has an identifier as its name, or there is no header",
                remedy="Put column names in the first row.",
            )
            for position in positions
        ]
    if known and set(known).isdisjoint(names):
        return []
    twice = sorted(name for name, count in Counter(names).items() if count > 1)
    problems = []
    for name in twice:
        places = [str(place) for place, other in enumerate(names, start=1) if other == name]
        shown = name if name in known else f"columns {', '.join(places)}"
        what = "is the name of more than one column" if name in known else "have the same name"
        remedy = "Give every column a name of its own."
        problems.append(Problem(table=table, column=shown, what=what, remedy=remedy))
    return problems


def _long_texts(raw: Raw) -> list[Problem]:
    found: list[Problem] = []
    for name, column in zip(raw.table.column_names, raw.table.columns, strict=True):
        if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
            continue
        if all(chunk.nbytes <= LONGEST for chunk in column.chunks):
            continue
        too_long = pc.greater(pc.utf8_length(column), LONGEST).fill_null(False)
        found += row_problems(
            raw.name,
            name,
            f"holds a text of more than {LONGEST:,} characters",
            "A quotation mark may be missing there; correct the cell.",
            np.flatnonzero(too_long.to_numpy(zero_copy_only=False)),
            raw=raw,
        )
    return found


def _parquet(path: Path) -> pa.Table:
    try:
        table = pq.ParquetFile(path, memory_map=True, page_checksum_verification=True).read()
        table.validate(full=True)
        return table
    except (pa.ArrowException, OSError, ValueError):
        raise unreadable(path.name, "is damaged or not a Parquet file", _COPY) from None


def _labelled(column: pd.Series, labels: Mapping[Any, str]) -> pd.Series:
    """Return a column by its value labels, where every value that it holds has one."""
    held = column.dropna().unique()
    return column.map(labels) if len(held) and set(held) <= set(labels) else column


def _statistics(path: Path, ending: str) -> pa.Table:
    try:
        import pyreadstat
    except ImportError:
        raise no_reader(path.name) from None
    readers: dict[str, Any] = {
        ".dta": pyreadstat.read_dta,
        ".sas7bdat": pyreadstat.read_sas7bdat,
        ".xpt": pyreadstat.read_xport,
        ".sav": pyreadstat.read_sav,
        ".zsav": pyreadstat.read_sav,
    }
    try:
        frame, meta = readers[ending](str(path))
        labels = meta.variable_value_labels
        columns = {name: _labelled(frame[name], labels.get(name, {})) for name in frame.columns}
        return pa.table({str(name): pa.array(held, from_pandas=True) for name, held in columns.items()})
    except Exception:  # the library's own errors are of many kinds, and may hold values
        raise unreadable(path.name, f"is damaged or not a {ending} file", _COPY) from None
