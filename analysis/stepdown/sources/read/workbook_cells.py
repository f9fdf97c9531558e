"""Cells of a workbook: those that hold something, by number of the row (from 1) and of the column (from 0).

Workbooks are read by calamine, which is fast but lays a sheet out as a full rectangle. A sheet whose last
cell lies far from all others, as a slip of the hand leaves behind, is read by openpyxl, cell by cell.
"""

import re
import warnings
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

Cells = dict[int, dict[int, Any]]

_MOST_ROWS = 1_048_576  # of any sheet
# A rectangle with more cells than this is laid out only where a good part of it is filled.
_LARGE, _EMPTY_SHARE = 2_000_000, 20
_NO_RESULT = re.compile(rb"<c\b([^>]*)>\s*<f\b(?:[^>]*/>|[^>]*>[^<]*</f>)\s*(?:<v\s*/>|<v>\s*</v>)?\s*</c>")
_ERROR = re.compile(rb"<c\b([^>]*)>(?:<f\b(?:[^>]*/>|[^>]*>[^<]*</f>))?\s*<v>(#[^<]*)</v>")
_REFERENCE = re.compile(rb'<c\b[^>]*?\br="([A-Z]{1,3})')
_ROW = re.compile(rb'<row\b[^>]*?\br="(\d+)"')
_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_LINK = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


@dataclass(frozen=True, eq=False, kw_only=True)
class WorkbookSheet:
    """One sheet of a workbook.

    Attributes
    ----------
    name : str
        Its name.
    cells : mapping of int to mapping of int to object
        Cells that hold something, by number of the row (from 1) and of the column (from 0).
    without_result : tuple of int
        Rows with a formula that was never calculated.
    """

    name: str
    cells: Cells
    without_result: tuple[int, ...] = ()


def sheet_files(path: Path) -> Mapping[str, str]:
    """Return the file within the workbook of each sheet of cells, by its name; charts are none.

    Parameters
    ----------
    path : Path
        The workbook.

    Returns
    -------
    mapping of str to str
        In the order of the workbook.
    """
    with zipfile.ZipFile(path) as archive:
        links = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
        targets = {
            link.get("Id"): link.get("Target", "") for link in links if "/worksheet" in link.get("Type", "")
        }
        book = ElementTree.fromstring(archive.read("xl/workbook.xml"))
    named = {sheet.get("name", ""): targets.get(sheet.get(_LINK)) for sheet in book.iter(f"{_MAIN}sheet")}
    return {
        name: target.lstrip("/") if target.startswith("/") else f"xl/{target}"
        for name, target in named.items()
        if target
    }


def read_sheet(path: Path, name: str, file: str) -> WorkbookSheet:
    """Read one sheet.

    Parameters
    ----------
    path : Path
        The workbook.
    name, file : str
        The sheet, and its file within the workbook.

    Returns
    -------
    WorkbookSheet
    """
    with zipfile.ZipFile(path) as archive:
        xml = archive.read(file)
    cells = _by_cell(path, name) if _scattered(xml) else _by_rectangle(path, name)
    if errors := _errors(xml):
        for row, column, text in errors:
            cells.setdefault(row, {})[column] = text
        cells = dict(sorted(cells.items()))
    return WorkbookSheet(name=name, cells=cells, without_result=_never_calculated(xml))


def hidden_sheets(path: Path) -> frozenset[str]:
    """Return the names of the sheets that the spreadsheet does not show."""
    with zipfile.ZipFile(path) as archive:
        book = ElementTree.fromstring(archive.read("xl/workbook.xml"))
    states = {sheet.get("name", ""): sheet.get("state", "visible") for sheet in book.iter(f"{_MAIN}sheet")}
    return frozenset(name for name, state in states.items() if state != "visible")


def _scattered(xml: bytes) -> bool:
    """Return whether a sheet is a large rectangle of which little is filled."""
    columns = [_number(letters) for letters in set(_REFERENCE.findall(xml))]
    last = _ROW.findall(xml[max(0, xml.rfind(b"<row")) :])
    rows = max((int(row) for row in last), default=1)
    if not columns or rows * max(columns) <= _LARGE:
        return False
    return rows * max(columns) > _EMPTY_SHARE * xml.count(b"<c ")


def _number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = 26 * number + letter - 64
    return number


def _by_rectangle(path: Path, name: str) -> Cells:
    from python_calamine import CalamineWorkbook

    with CalamineWorkbook.from_path(path) as book:
        table = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
    return {
        place: cells
        for place, row in enumerate(table, start=1)
        if (cells := {number: cell for number, cell in enumerate(row) if cell != ""})
    }


def _errors(xml: bytes) -> list[tuple[int, int, str]]:
    """Return the cells whose formula failed: an empty cell in their place would hide what was meant."""
    if b't="e"' not in xml:
        return []
    found = []
    for attributes, value in _ERROR.findall(xml):
        place = re.search(rb'\br="([A-Z]{1,3})(\d+)"', attributes) if b't="e"' in attributes else None
        if place is not None:
            found.append((int(place[2]), _number(place[1]) - 1, value.decode()))
    return found


def _by_cell(path: Path, name: str) -> Cells:
    import openpyxl

    # openpyxl warns of drawings and validations, which do not matter here.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
        try:
            sheet: Any = book[name]
            sheet.reset_dimensions()
            return {
                place: cells
                for place, row in enumerate(sheet.iter_rows(values_only=True, max_row=_MOST_ROWS), start=1)
                if (cells := {number: cell for number, cell in enumerate(row) if cell not in (None, "")})
            }
        finally:
            book.close()


def _never_calculated(xml: bytes) -> tuple[int, ...]:
    """Return the rows with a formula that has no result: a program wrote it, and no spreadsheet opened it.

    A formula whose result is the empty text is a calculated one.
    """
    if b"<f" not in xml:
        return ()
    cells = (found[1] for found in _NO_RESULT.finditer(xml))
    rows = (re.search(rb'\br="[A-Z]+(\d+)"', cell) for cell in cells if b't="str"' not in cell)
    return tuple(sorted({int(row[1]) for row in rows if row}))
