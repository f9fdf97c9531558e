"""Problems as a workbook, for the person who corrects the data."""

import datetime as dt
import zipfile
from collections.abc import Sequence
from pathlib import Path

from stepdown.errors import ConfigError, Problem

_HEADER = (
    "Number",
    "Table",
    "Column",
    "Problem",
    "Rows",
    "First positions",
    "First rows of the file",
    "File",
    "What to do",
)
_WIDTHS = (8, 16, 28, 50, 10, 24, 24, 24, 70)
_TITLE = "Problems of the data"
_CREATED = dt.datetime(2000, 1, 1)


def save_problems(problems: Sequence[Problem], path: str | Path) -> None:
    """Write problems to a workbook, one a row; the same problems give the same bytes.

    Parameters
    ----------
    problems : sequence of Problem
        What `check` found; it holds no values.
    path : str or Path
        Where to write; ends in .xlsx. An earlier workbook of problems is written over, nothing else.

    Raises
    ------
    ConfigError
        The path cannot be used.
    """
    import xlsxwriter

    path = Path(path)
    _allow(path)

    with xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        book.set_properties({"title": _TITLE, "created": _CREATED})
        bold, wrapped = book.add_format({"bold": True}), book.add_format({"text_wrap": True, "valign": "top"})
        sheet = book.add_worksheet("Problems")
        sheet.freeze_panes(1, 0)
        sheet.write_row(0, 0, _HEADER, bold)
        for number, problem in enumerate(problems, 1):
            cells = (
                number,
                problem.table,
                problem.column,
                problem.what,
                problem.count or "",
                ", ".join(str(row) for row in problem.rows),
                ", ".join(str(row) for row in problem.file_rows),
                problem.file,
                problem.remedy,
            )
            sheet.write_row(number, 0, cells, wrapped)
        for number, width in enumerate(_WIDTHS):
            sheet.set_column(number, number, width)
        sheet.autofilter(0, 0, len(problems), len(_HEADER) - 1)


def _allow(path: Path) -> None:
    what, remedy = "", ""
    if path.suffix.lower() != ".xlsx":
        what, remedy = "is not the name of a workbook", "Give it the extension .xlsx."
    elif not path.parent.is_dir():
        what, remedy = "is in a folder that does not exist", "Make the folder first."
    elif path.exists() and not _ours(path):
        what, remedy = (
            "exists already",
            "Name a new file; only an earlier list of problems is overwritten.",
        )
    if what:
        raise ConfigError([Problem(table=path.name, what=what, remedy=remedy)])


def _ours(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            return _TITLE.encode() in archive.read("docProps/core.xml")
    except (OSError, KeyError, zipfile.BadZipFile):
        return False
