"""CSV and TSV, plain or gzipped: every cell is read as text."""

import gzip
import re
import zlib
from csv import Error as ReaderError
from csv import reader
from io import BytesIO
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from stepdown.errors import Problem
from stepdown.sources.read.raw_tables import ReadError, unreadable
from stepdown.sources.read.sheet_layout import layout

_BLOCK = 1 << 25  # one row may take as many bytes
_TOP, _FIRST_ROWS = 1 << 16, 30  # bytes and rows in which title rows are looked for
_EMPTY_ROWS = re.compile(rb'(?:[ \t,;"]*\r?\n)+')
# A table packs to a hundredth at most; a small one may repeat itself.
_UNPACKED, _RATIO = 1 << 27, 100
_SAVE = 'Save it as "CSV UTF-8" in the spreadsheet.'
_MARKS = {b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16"}


def text_table(path: Path, ending: str, *, titles: bool = False) -> tuple[pa.Table, tuple[int, ...]]:
    """Read a text file.

    Parameters
    ----------
    path : Path
        The file.
    ending : str
        Its ending, such as ".csv.gz".
    titles : bool
        Leave out title rows above the header.

    Returns
    -------
    table : pyarrow.Table
        All columns text; no cell is missing.
    skipped : tuple of int
        Numbers of empty rows, the header being row 1.

    Raises
    ------
    ReadError
        Wrong encoding, ragged rows, a damaged archive, a field too long.
    """
    data, above = _below_empty_rows(_bytes(path, ending))
    if titles:
        data, more = _below_titles(data)
        above += more
    encoding = _not_utf8(path.name, data, above)
    if encoding:
        # Every byte is a character of Latin-1, so that the other problems can be found too.
        data = data.decode("latin-1").encode()
    table, skipped, ragged = _cells(path.name, ending, data, above)
    if problems := [*encoding, *ragged]:
        raise ReadError(*problems)
    return table, (*range(1, above + 1), *(row + above for row in skipped))


def _cells(
    name: str, ending: str, data: bytes, above: int
) -> tuple[pa.Table, tuple[int, ...], tuple[Problem, ...]]:
    """Return the table, its empty rows, and the problem of its ragged rows where it has any."""
    header = data[:_BLOCK].split(b"\n", 1)[0]
    # Programs write other separators too, whatever the ending says; a comma where none is frequent.
    delimiter = (
        "\t" if ending.startswith(".tsv") else max(",;\t|", key=lambda one: header.count(one.encode()))
    )
    ragged = _Ragged()
    try:
        table = _parse(data, delimiter, ragged, threads=True)
        if ragged.seen:
            # Only a reader on one thread knows the numbers of rows.
            ragged = _Ragged()
            table = _parse(data, delimiter, ragged, threads=False)
    except pa.ArrowException as error:
        raise _explain(name, str(error)) from None
    problems: tuple[Problem, ...] = ()
    if ragged.rows:
        problems = unreadable(
            name,
            "has rows with more or fewer cells than the header",
            "Look for a missing quotation mark or a separator within a cell there.",
            file_rows=tuple(row + above for row in ragged.rows),
        ).problems
    return *_without_empty_rows(table), problems


def _below_empty_rows(data: bytes) -> tuple[bytes, int]:
    """Cut off empty rows above the header; return how many there were."""
    found = _EMPTY_ROWS.match(data)
    return (data[found.end() :], found[0].count(b"\n")) if found else (data, 0)


def title_rows(path: Path, ending: str) -> tuple[int, ...]:
    """Return the rows above the header of a text file that hold something; none of another file."""
    if not ending.startswith((".csv", ".tsv")):
        return ()
    data, above = _below_empty_rows(_bytes(path, ending))
    return tuple(range(above + 1, above + 1 + _below_titles(data)[1]))


def _below_titles(data: bytes) -> tuple[bytes, int]:
    """Cut off title rows above the header; return how many rows there were, empty ones too."""
    lines = data[:_TOP].splitlines(keepends=True)[:_FIRST_ROWS]
    text = b"".join(lines).decode("latin-1")
    separator = max(",;\t|", key=text.count)
    try:
        rows = [*reader(text.splitlines(), delimiter=separator)]
    except ReaderError:
        return data, 0
    cells = {
        number: held
        for number, row in enumerate(rows, start=1)
        if (held := {place: cell for place, cell in enumerate(row) if cell.strip()})
    }
    above = layout(cells).header - 1 if len(rows) == len(lines) and len(cells) > 2 else 0
    return data[sum(map(len, lines[:above])) :], max(above, 0)


def _without_empty_rows(table: pa.Table) -> tuple[pa.Table, tuple[int, ...]]:
    empty = np.ones(table.num_rows, dtype=bool)
    for column in table.columns:
        if not empty.any():
            return table, ()
        empty &= pc.equal(column, "").to_numpy(zero_copy_only=False)
    if not empty.any():
        return table, ()
    last = int(np.flatnonzero(~empty).max(initial=-1))
    skipped = tuple(int(position) + 2 for position in np.flatnonzero(empty[: last + 1]))
    return table.filter(pa.array(~empty)), skipped


class _Ragged:
    """Collects rows that do not have as many cells as the header."""

    def __init__(self) -> None:
        self.seen = 0
        self.rows: list[int] = []

    def __call__(self, row: csv.InvalidRow) -> str:
        self.seen += 1
        if row.number is not None:
            self.rows.append(row.number)
        return "skip"


def _parse(data: bytes, delimiter: str, ragged: _Ragged, *, threads: bool) -> pa.Table:
    names = _names(data, delimiter)
    return csv.read_csv(
        pa.BufferReader(data),
        read_options=csv.ReadOptions(block_size=_BLOCK, use_threads=threads),
        parse_options=csv.ParseOptions(
            delimiter=delimiter,
            newlines_in_values=True,
            ignore_empty_lines=False,
            invalid_row_handler=ragged,
        ),
        convert_options=csv.ConvertOptions(column_types={name: pa.string() for name in names}),
    )


def _names(data: bytes, delimiter: str) -> list[str]:
    """Names of the columns: types must be given by name, before anything is read."""
    stream = csv.open_csv(
        pa.BufferReader(data if len(data) < _BLOCK else data[:_BLOCK].rpartition(b"\n")[0] or data[:_BLOCK]),
        read_options=csv.ReadOptions(block_size=_BLOCK, use_threads=False),
        parse_options=csv.ParseOptions(
            delimiter=delimiter, newlines_in_values=True, invalid_row_handler=lambda _: "skip"
        ),
    )
    return list(stream.schema.names)


def _bytes(path: Path, ending: str) -> bytes:
    data = path.read_bytes()
    if ending.endswith(".gz"):
        try:
            data = _unpacked(path.name, data)
        except (OSError, EOFError, zlib.error):
            raise unreadable(
                path.name, "is damaged or not a gzip file", "Copy the complete file again."
            ) from None
    if data[:2] in _MARKS or b"\x00" in data:
        raise unreadable(path.name, "is not UTF-8 text", _SAVE)
    if len(data) < _BLOCK and not data.strip():
        raise unreadable(path.name, "is empty", "Export it again, with a header and rows.")
    # A header alone is a line too.
    return data if len(data) >= _BLOCK or data.endswith(b"\n") else data + b"\n"


def _unpacked(name: str, packed: bytes) -> bytes:
    """Unpack gzip, and stop where the content is far larger than that of any table."""
    most = _UNPACKED + _RATIO * len(packed)
    with gzip.open(BytesIO(packed)) as stream:
        data = stream.read(most + 1)
    if len(data) > most:
        raise unreadable(
            name,
            f"unpacks to more than {_RATIO} times its size",
            "Export the table again, unpacked.",
        )
    return data


def _not_utf8(name: str, data: bytes, above: int) -> tuple[Problem, ...]:
    """Return the problem of the rows that are not UTF-8 text, where there are any."""
    if data.isascii() or _is_utf8(data):
        return ()
    found: dict[int, None] = {}
    row, quoted = above + 1, False
    for line in data.split(b"\n"):
        if not _is_utf8(line):
            found[row] = None
        # A line break between quotation marks is part of a cell.
        quoted ^= line.count(b'"') % 2 == 1
        row += not quoted
    what = "is not UTF-8 text" + (", from its header on" if above + 1 in found else "")
    below = tuple(row for row in found if row > above + 1)
    return unreadable(name, what, _SAVE, file_rows=below).problems


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _explain(name: str, message: str) -> ReadError:
    """Replace a message of Arrow, which may hold cells."""
    if "straddl" in message or "block" in message:
        return unreadable(
            name,
            f"has a row of more than {_BLOCK:,} bytes",
            "A quotation mark may be missing; correct the cell.",
        )
    return unreadable(name, "is not a text table", "Save it as CSV, with a header and one row on each line.")
