"""Problems as a workbook, for the person who mends the data."""

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

from stepdown.errors import Problem

_HEADER = (
    "Number",
    "Table",
    "Column",
    "Problem",
    "Rows",
    "First positions",
    "First rows of the file",
    "What to do",
)
_WIDTHS = (8, 16, 28, 50, 10, 24, 24, 70)
_CREATED = dt.datetime(2000, 1, 1)


def save_problems(problems: Sequence[Problem], path: str | Path) -> None:
    """Write problems to a workbook, one a row; the same problems give the same bytes.

    Parameters
    ----------
    problems : sequence of Problem
        What `check` found; it holds no values.
    path : str or Path
        Where to write; ends in .xlsx.
    """
    import xlsxwriter

    with xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        book.set_properties({"title": "Problems of the data", "created": _CREATED})
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
                problem.remedy,
            )
            sheet.write_row(number, 0, cells, wrapped)
        for number, width in enumerate(_WIDTHS):
            sheet.set_column(number, number, width)
        sheet.autofilter(0, 0, len(problems), len(_HEADER) - 1)
