"""The tables and numbers of a report as a workbook: no formula, and the same bytes for the same analysis."""

import datetime
import io
import math
import re
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from stepdown.display.drawing import Picture
from stepdown.display.text_and_tables import Table, Text, plain
from stepdown.report.column_meanings import COLUMN_MEANINGS
from stepdown.report.report_parts import FIRST, ReportPart, right_aligned
from stepdown.results import Analysis
from stepdown.results.analysis import inert
from stepdown.results.table import FLOATS, KEY, NUMBERS

# A workbook carries a date of creation; that of the run would change its bytes.
_CREATED = datetime.datetime(2000, 1, 1)
_MOST_ROWS, _MOST_LETTERS, _MOST_NAME = 1_048_576, 32_767, 31
_LINE = 110
_WIDEST, _WIDE, _NARROW, _HEIGHT = 62, 44, 9, 15.5
_RESULT_WIDE, _FILTER = 40, 4
"""The widest column of “All results”, and the space that the button of a filter takes in its header."""
_IN_WORDS = frozenset(("decisions",))
"""Sections whose sentences are written above their tables, which would say little without them."""
_SHEETS: Mapping[str, str] = {
    "people": "Discharges",
    "followup": "Follow-up",
    "speed": "Risk over time",
    "timing": "Risk by period",
    "arms": "Comparison",
    "comparison": "Who was compared",
    "trust": "Trust",
    "sensitivity": "Sensitivity",
    "quality": "Quality measures",
    "decisions": "Study decisions",
    "checklist": "Protocol and checklist",
}
_HEADER = {"bold": True, "bottom": 1, "text_wrap": True, "valign": "top", "bg_color": "#EDEDED"}
_NUMBER = re.compile(r"[+−]?(?:0|[1-9]\d*|[1-9]\d{0,2}(?:,\d{3})+)(?:\.\d+)?%?")
# A signed number with its interval begins with a plus sign, and is no formula.
_SIGNED = re.compile(r"\+[\d.,]+%?\s\((?:[+−]?[\d.,]+%?\sto\s[+−]?[\d.,]+%?|no interval)\)(?:, provisional)?")


def workbook(a: Analysis, parts: Sequence[ReportPart], *, banner: str) -> bytes:
    """Return a workbook: about, main findings, the tables of each section, all results, the columns.

    Parameters
    ----------
    a : Analysis
        What the report shows.
    parts : sequence of ReportPart
        Its sections.
    banner : str
        Words for the top of every sheet and printed page; empty for none.

    Returns
    -------
    bytes
        An XLSX file. Numbers are numbers, with the decimals of the report; a text that a spreadsheet would
        run as a formula has an apostrophe in front, as in results.csv.
    """
    import xlsxwriter

    held = io.BytesIO()
    book = xlsxwriter.Workbook(
        held,
        {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
            "default_date_format": None,
        },
    )
    book.set_properties({"title": a.wording.title[:255], "created": _CREATED, "comments": banner})
    book.set_size(2400, 1500)
    pages = _Pages(book, banner, a.wording.title)
    pages.about(a)
    for part in parts:
        if part.key in FIRST:
            pages.findings(part)
    for part in parts:
        if part.tables and part.key not in FIRST:
            pages.section(part)
    pages.results(a)
    pages.columns()
    book.close()
    return held.getvalue()


class _Pages:
    """The sheets of one workbook and how their cells look."""

    def __init__(self, book: Any, banner: str, title: str) -> None:
        self.book, self.banner, self.title = book, banner, title
        self.formats: dict[str, Any] = {
            "title": book.add_format({"bold": True, "font_size": 14}),
            "banner": book.add_format({"bold": True, "font_color": "#8A1C1C"}),
            "caption": book.add_format({"bold": True}),
            "header": book.add_format(_HEADER),
            "header_cell": book.add_format({**_HEADER, "align": "left", "indent": 1}),
            "header_right": book.add_format({**_HEADER, "align": "right"}),
            "text": book.add_format({"text_wrap": True, "valign": "top"}),
            "cell": book.add_format({"text_wrap": True, "valign": "top", "align": "left", "indent": 1}),
            "right": book.add_format({"text_wrap": True, "valign": "top", "align": "right"}),
            "note": book.add_format({"font_color": "#595959"}),
        }

    def sheet(self, name: str, *, wide: bool = True) -> Any:
        """Return a new sheet that prints on whole pages, with the banner and page numbers."""
        sheet = self.book.add_worksheet(_sheet_name(name))
        sheet.set_paper(1)
        if wide:
            sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        # The days and codes of a first column are names, not numbers.
        sheet.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})
        sheet.set_margins(left=0.5, right=0.5, top=0.8, bottom=0.7)
        # The banner is long: it is printed below the title, not over it, which takes two lines on both sides.
        sheet.set_header(f"&L{_printed(self.title, 100)}\n &R \n&B{_printed(self.banner, 100)}")
        sheet.set_footer("&L&A&RPage &P of &N")
        return sheet

    def headed(
        self, name: str, heading: str, introduction: str = "", *, wide: bool = True
    ) -> tuple[Any, int]:
        """Return a sheet with its heading, and the first free row."""
        sheet = self.sheet(name, wide=wide)
        sheet.write_string(0, 0, _safe(heading), self.formats["title"])
        row = 1
        if self.banner:
            sheet.write_string(1, 0, _safe(self.banner), self.formats["banner"])
            row = 2
        return sheet, self.lines(sheet, row, introduction, "note") + 1

    def lines(self, sheet: Any, row: int, text: str, look: str = "text") -> int:
        """Write a text over as many rows as it takes, and return the next row."""
        form = self.formats[look] if look != "text" else None
        for line in textwrap.wrap(plain(text), _LINE, break_on_hyphens=False):
            sheet.write_string(row, 0, _safe(line), form)
            row += 1
        return row

    def about(self, a: Analysis) -> None:
        """Write what the report is about and what it was made from."""
        sheet, row = self.headed("About", a.wording.title, wide=False)
        given = a.provenance
        facts = [
            *a.wording.header.items(),
            ("Study file, SHA-256", given.study_sha256),
            *((f"Input {name}, SHA-256", digest) for name, digest, _ in given.inputs),
            ("Seed", str(given.seed)),
            ("Legal basis of the data", given.basis),
            *((f"Version of {name}", version) for name, version in given.versions.items()),
        ]
        for name, fact in facts:
            sheet.write_string(row, 0, _safe(name), self.formats["text"])
            sheet.write_string(row, 1, _safe(fact), self.formats["text"])
            row += 1
        row = self.lines(
            sheet,
            row + 1,
            "Each sheet holds the tables of one section of the report, with its notes. “All results” holds "
            "every number of the report, as results.csv does, to filter rather than to print, and “Columns” "
            "states what its columns mean. A text that a spreadsheet would take for a formula has an "
            "apostrophe in front.",
            "note",
        )
        if len(a.results) >= _MOST_ROWS:
            self.lines(sheet, row, "“All results” is cut at the last row that a sheet can hold.", "note")
        sheet.set_column(0, 0, 34)
        sheet.set_column(1, 1, 70)

    def findings(self, part: ReportPart) -> None:
        """Write the main findings as sentences, and the tables beside them."""
        heading = next((text.heading for text in part.texts if text.heading), "Main findings")
        sheet, row = self.headed("Main findings", heading, wide=False)
        for one in part.shown:
            if not isinstance(one, Table | Picture):
                text = one if isinstance(one, Text) else Text(tuple(str(one).splitlines()))
                row = self.sentences(sheet, row, text, without=heading)
        self.tables(sheet, row, part)

    def sentences(self, sheet: Any, row: int, text: Text, *, without: str) -> int:
        """Write the sentences of a text, its heading unless the sheet has it."""
        if text.heading and text.heading != without:
            sheet.write_string(row, 0, _safe(plain(text.heading)), self.formats["caption"])
            row += 1
        for line in (*text.paragraphs, *(f"• {item}" for item in text.items)):
            row = self.lines(sheet, row, line)
        return row + 1

    def section(self, part: ReportPart) -> None:
        """Write the tables of a section."""
        name = _SHEETS.get(part.key, part.key.replace("_", " ").capitalize())
        sheet, row = self.headed(name, part.title or name, part.introduction)
        if part.key in _IN_WORDS:
            for text in part.texts:
                row = self.sentences(sheet, row, text, without=part.title)
        self.tables(sheet, row, part)

    def tables(self, sheet: Any, row: int, part: ReportPart) -> None:
        """Write tables one below the other, each with a name that a screen reader can list."""
        widths = _widths(part.tables)
        for place, width in enumerate(widths):
            sheet.set_column(place, place, width)
        for number, table in enumerate(part.tables, 1):
            sheet.write_string(row, 0, _safe(plain(table.caption)), self.formats["caption"])
            last = row + 1 + len(table.rows)
            corner = f"'{sheet.get_name()}'!${_letter(0)}${row + 2}"
            end = f"${_letter(len(table.columns) - 1)}${last + 1}"
            self.book.define_name(f"{part.key}_table_{number}", f"={corner}:{end}")
            if len(part.tables) == 1:
                sheet.freeze_panes(row + 2, 1)
                sheet.repeat_rows(row + 1)
            self.table(sheet, row + 1, table, widths)
            row = last + 1
            for note in table.notes:
                row = self.lines(sheet, row, note, "note")
            row += 1
        if len(part.tables) > 1:
            sheet.freeze_panes(1, 1)

    def table(self, sheet: Any, row: int, table: Table, widths: Sequence[int]) -> None:
        """Write one table; rows are as high as their longest cell needs."""
        for down, cells in enumerate((table.columns, *table.rows), row):
            lines = max(_lines(cell, width) for cell, width in zip(cells, widths, strict=False))
            if lines > 1:
                sheet.set_row(down, _HEIGHT * lines)
        right = right_aligned(table)
        for place, name in enumerate(table.columns):
            look = "header_right" if right[place] else "header_cell" if place else "header"
            sheet.write_string(row, place, _safe(plain(name)), self.formats[look])
        for down, cells in enumerate(table.rows, row + 1):
            for place, cell in enumerate(cells):
                # A number among words, such as a value of the study file, is a word like the others.
                value = _value_of(cell) if place and right[place] else None
                if value is not None:
                    sheet.write_number(down, place, value[0], self.number(value[1]))
                elif cell:
                    look = "right" if right[place] else "cell" if place else "text"
                    sheet.write_string(down, place, _safe(plain(cell)), self.formats[look])

    def number(self, form: str) -> Any:
        """Return the look of a number, made when it is first needed."""
        if form not in self.formats:
            self.formats[form] = self.book.add_format({"num_format": form, "valign": "top"})
        return self.formats[form]

    def results(self, a: Analysis) -> None:
        """Write every number: the rows of results.csv."""
        sheet = self.sheet("All results")
        table = a.results.table.iloc[: _MOST_ROWS - 1]
        for place, name in enumerate(table.columns):
            sheet.write_string(0, place, name, self.formats["header"])
            values, longest = table[name].tolist(), 0
            if name in FLOATS:
                _write_numbers(sheet, place, values)
                longest = 14 if any(map(math.isfinite, values)) else 0
            else:
                _write_texts(sheet, place, values)
                longest = max(map(len, values), default=0) + 2
            sheet.set_column(place, place, min(max(longest, len(name) + _FILTER), _RESULT_WIDE))
        sheet.freeze_panes(1, 0)
        last = len(table.columns) - 1
        sheet.autofilter(0, 0, len(table), last)
        # A long note runs on beyond its cell; without an area it would make every printed page wider.
        sheet.print_area(0, 0, len(table), last)
        sheet.fit_to_pages(2, 0)
        sheet.repeat_rows(0)

    def columns(self) -> None:
        """Write what the columns of the results mean."""
        sheet, row = self.headed("Columns", "Columns of “All results” and of results.csv")
        kinds = dict.fromkeys(KEY, "identifies a row") | dict.fromkeys(NUMBERS, "number")
        for place, name in enumerate(("Column", "Kind", "Meaning")):
            sheet.write_string(row, place, name, self.formats["header"])
        for down, (name, meaning) in enumerate(COLUMN_MEANINGS.items(), row + 1):
            for place, text in enumerate((name, kinds.get(name, "note"), plain(meaning))):
                sheet.write_string(down, place, text, self.formats["text"])
        sheet.freeze_panes(row + 1, 1)
        sheet.set_column(0, 1, 18)
        sheet.set_column(2, 2, 100)


def _write_numbers(sheet: Any, place: int, values: Iterable[float]) -> None:
    for row, value in enumerate(values, 1):
        if math.isfinite(value):
            sheet.write_number(row, place, float(f"{value:.10g}"))
        elif math.isinf(value):
            sheet.write_string(row, place, _safe(str(value)))


def _write_texts(sheet: Any, place: int, values: Iterable[str]) -> None:
    for row, value in enumerate(values, 1):
        if value:
            sheet.write_string(row, place, _safe(value))


def _safe(text: str) -> str:
    """Return a text as a cell may hold it: no formula, and not longer than a cell."""
    held = text if _SIGNED.fullmatch(text) else inert(text)
    return held if len(held) <= _MOST_LETTERS else f"{held[: _MOST_LETTERS - 1]}…"


def _printed(text: str, most: int) -> str:
    """Return a text for the head of a printed page, where "&" begins a code."""
    return " ".join(text.split())[:most].replace("&", "&&")


def _sheet_name(name: str) -> str:
    return re.sub(r"[\[\]:*?/\\']", "", name)[:_MOST_NAME]


def _letter(column: int) -> str:
    letters = ""
    column += 1
    while column:
        column, place = divmod(column - 1, 26)
        letters = chr(65 + place) + letters
    return letters


def _value_of(cell: str) -> tuple[float, str] | None:
    """Return a cell's number and how it is written, where it is a number and nothing else."""
    if not _NUMBER.fullmatch(cell):
        return None
    digits = cell.replace(",", "").replace("−", "-").removesuffix("%")
    decimals = len(digits.partition(".")[2])
    whole = "#,##0" if "," in cell or len(digits.partition(".")[0].lstrip("+-")) < 4 else "0"
    form = whole + ("." + "0" * decimals if decimals else "") + ("%" if cell.endswith("%") else "")
    if cell[0] in "+−":
        form = f"+{form};−{form};{form}"
    value = float(digits)
    return (round(value / 100, decimals + 2) if cell.endswith("%") else value), form


def _widths(tables: Sequence[Table]) -> list[int]:
    """Return how wide each column has to be, long texts over several lines."""
    found = [_NARROW] * max((len(table.columns) for table in tables), default=0)
    for table in tables:
        for place, name in enumerate(table.columns):
            longest = max((len(row[place]) for row in table.rows), default=0)
            words = max((len(word) for word in name.split()), default=0)
            wanted = max(longest, words, min(len(name), 24)) + 3
            most = _WIDE if place == 0 or wanted < _WIDEST else _WIDEST
            found[place] = max(found[place], min(wanted, most))
    return found


def _lines(text: str, width: int) -> int:
    return max(len(textwrap.wrap(text, width)), 1)
