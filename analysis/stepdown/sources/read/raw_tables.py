"""A file as read, before its columns are mapped, and the file extensions that can be read."""

from dataclasses import dataclass
from pathlib import PurePath

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from stepdown.errors import ROWS_SHOWN, Problem

TEXT = (".csv", ".tsv")
PARQUET = (".parquet",)
EXCEL = (".xlsx", ".xlsm")
STATISTICS = (".dta", ".sas7bdat", ".xpt", ".sav", ".zsav")
SUFFIXES: tuple[str, ...] = (*TEXT, *(f"{ending}.gz" for ending in TEXT), *PARQUET, *EXCEL, *STATISTICS)


def suffix(name: str) -> str:
    """Return the extension of a file name in lower case, ".csv.gz" as one."""
    endings = PurePath(name.lower()).suffixes
    return "".join(endings[-2:]) if endings[-1:] == [".gz"] else "".join(endings[-1:])


@dataclass(frozen=True, eq=False, kw_only=True)
class Raw:
    """A file as read.

    Attributes
    ----------
    name : str
        File name without folder.
    table : pyarrow.Table
        Columns as in the file. Text files give text only; others give their own types.
    sha256 : str
        Hash of the file's bytes.
    numbered : bool
        Rows have numbers that a person sees (text files and workbooks), the header being row 1.
    skipped : tuple of int
        Rows of the file, numbered so, that hold nothing.
    noun : str
        What a person calls it: "file" or "frame".
    place : str
        File and sheet, where the name of the file alone does not say whose rows are meant; else empty.
    """

    name: str
    table: pa.Table
    sha256: str
    numbered: bool
    skipped: tuple[int, ...] = ()
    noun: str = "file"
    place: str = ""

    def file_rows(self, positions: NDArray[np.int64]) -> tuple[int, ...]:
        """Return the numbers that the spreadsheet shows for the first of these row positions."""
        if not self.numbered:
            return ()
        shown = []
        for position in positions[:ROWS_SHOWN]:
            row = int(position) + 2
            for empty in self.skipped:
                row += empty <= row
            shown.append(row)
        return tuple(shown)


def row_problems(
    table: str,
    column: str,
    what: str,
    remedy: str,
    positions: NDArray[np.int64],
    *,
    raw: Raw | None = None,
    kind: str = "",
) -> list[Problem]:
    """Return the problem of the rows at these positions of a table, or nothing where there are none."""
    if not positions.size:
        return []
    return [
        Problem(
            table=table,
            column=column,
            what=what,
            remedy=remedy,
            count=int(positions.size),
            rows=tuple(int(position) for position in positions[:ROWS_SHOWN]),
            file_rows=raw.file_rows(positions) if raw is not None else (),
            file=raw.place if raw is not None else "",
            kind=kind,
        )
    ]


class ReadError(Exception):
    """A file cannot be read; carries the problems. Never leaves this package."""

    def __init__(self, *problems: Problem) -> None:
        self.problems = problems
        super().__init__()


def no_reader(name: str) -> ReadError:
    """Return the error for a format whose reader is an extra that is not installed."""
    remedy = "Install the extra: python -m pip install 'stepdown[formats]'."
    return unreadable(name, "needs a reader that is not installed", remedy)


def unreadable(
    name: str,
    what: str,
    remedy: str,
    *,
    column: str = "",
    file_rows: tuple[int, ...] = (),
    file: str = "",
) -> ReadError:
    """Return the error for a file that cannot be read."""
    return ReadError(
        Problem(
            table=name,
            column=column,
            what=what,
            remedy=remedy,
            count=len(file_rows),
            rows=tuple(row - 2 for row in file_rows)[:ROWS_SHOWN],
            file_rows=file_rows[:ROWS_SHOWN],
            file=file,
            kind="files",
        )
    )
