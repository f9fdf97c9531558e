"""The workbook: every number of the report, nothing that a spreadsheet would run, the same bytes each time."""

import csv
import io
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest

import support_analysis
from stepdown.display.text_and_tables import Table
from stepdown.report.column_meanings import COLUMN_MEANINGS
from stepdown.report.report_parts import ReportPart, report_parts
from stepdown.report.workbook import workbook
from stepdown.results import Analysis, Results, write_table
from stepdown.results.table import COLUMNS

BANNER = "INTERNAL: not reviewed"


def opened(a: Analysis, parts: tuple[ReportPart, ...] | None = None) -> Any:
    made = workbook(a, report_parts(a) if parts is None else parts, banner=BANNER)
    return openpyxl.load_workbook(io.BytesIO(made))


@pytest.fixture(scope="module")
def exact() -> Analysis:
    """An analysis without the days of its curves, which take time and add nothing here."""
    a = support_analysis.exact()
    return replace(a, results=Results(a.results.table[a.results.table["statistic"] != "curve"]))


@pytest.fixture(scope="module")
def few(exact: Analysis) -> Analysis:
    return replace(exact, results=Results(exact.results.table.head(20)))


@pytest.fixture(scope="module")
def book(exact: Analysis) -> Any:
    return opened(exact)


def cells(sheet: Any) -> list[list[Any]]:
    return [[cell.value for cell in row] for row in sheet.iter_rows()]


def test_sheets_come_in_the_order_of_the_report(book: Any) -> None:
    assert book.sheetnames == [
        "About", "Main findings", "Discharges", "Risk over time", "Risk by period", "Comparison", "Study decisions",
        "Protocol and checklist", "All results", "Columns",
    ]  # fmt: skip
    for sheet in book:
        assert sheet.oddFooter.right.text == "Page &P of &N"
        # Two lines on both sides: a program centers the shorter side beside the other.
        assert BANNER in sheet.oddHeader.right.text
        assert sheet.oddHeader.left.text.count("\n") == sheet.oddHeader.right.text.count("\n") == 1
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
    assert all(book[name]["A2"].value == BANNER for name in book.sheetnames if name != "All results")


def test_about_names_the_study_and_what_it_was_made_from(few: Analysis) -> None:
    header = {"Program": "Site 01", "Data cut": "September 30, 2026"}
    sheet = opened(replace(few, wording=replace(few.wording, header=header)), ())["About"]
    facts = dict(row[:2] for row in cells(sheet) if row[0])
    assert sheet["A1"].value == "IOP or PHP within 14 days"
    assert facts["Program"] == "Site 01"
    assert facts["Data cut"] == "September 30, 2026"
    assert facts["Study file, SHA-256"] == "ab" * 32
    assert facts["Input discharges.csv, SHA-256"] == "ef" * 32


def test_all_results_are_those_of_the_csv(exact: Analysis, book: Any, tmp_path: Path) -> None:
    write_table(exact.results, tmp_path / "results.csv")
    with (tmp_path / "results.csv").open(encoding="utf-8", newline="") as file:
        kept = list(csv.reader(file))
    sheet = book["All results"]
    shown = [["" if value is None else value for value in row] for row in cells(sheet)]
    assert shown[0] == kept[0]
    assert len(shown) == len(kept)
    for mine, theirs in zip(shown, kept, strict=True):
        assert [f"{one:.10g}" if isinstance(one, float | int) else one for one in mine] == theirs
    assert sheet.freeze_panes == "A2"
    assert sheet.print_title_rows == "$1:$1"


TABLE = Table(
    "Counts and shares",
    ("Site", "Discharges", "Share", "Change", "With interval", "Seed"),
    (
        ("01", "1,204", "14.5%", "−0.6", "+3.1 (+1.0\xa0to\xa0+5.2)", "20260930"),
        ("02", "7", "0.0%", "+2.0", "not shown", "5"),
        ("03", "007", "no events", "0.0", "1.0 (no interval)", ""),
    ),
    notes=("First note with `code`.",),
)


def test_numbers_are_numbers_with_the_decimals_of_the_report(few: Analysis) -> None:
    part = ReportPart(key="made_up", title="A section", introduction="What it shows.", shown=(TABLE,))
    sheet = opened(few, (part,))["Made up"]
    # Row 1 heading, 2 banner, 3 introduction, 5 caption, 6 headers, 7-9 the table, 10 its note.
    assert [sheet.cell(row, 1).value for row in range(1, 11)] == [
        "A section", BANNER, "What it shows.", None, "Counts and shares", "Site", "01", "02", "03",
        "First note with code.",
    ]  # fmt: skip
    found = {cell.coordinate: (cell.value, cell.number_format) for row in sheet["B7:F9"] for cell in row}
    assert found["B7"] == (1204, "#,##0")
    assert found["C7"] == (0.145, "#,##0.0%")
    assert found["D7"] == (-0.6, "+#,##0.0;−#,##0.0;#,##0.0")
    assert found["E7"] == ("+3.1 (+1.0\xa0to\xa0+5.2)", "General")
    assert found["F7"] == (20260930, "0")
    assert found["C8"] == (0, "#,##0.0%")
    assert found["B9"] == ("007", "General")
    assert sheet.freeze_panes == "B7"
    assert sheet.column_dimensions["A"].width > 5


def test_a_number_among_words_is_a_word(few: Analysis) -> None:
    keys = Table("Keys", ("Key", "Value"), (("seed", "20260930"), ("title", "A study")))
    part = ReportPart(key="made_up", title="T", introduction="", shown=(keys,))
    values = {row[0]: row[1] for row in cells(opened(few, (part,))["Made up"]) if len(row) > 1}
    assert (values["seed"], values["title"]) == ("20260930", "A study")


def test_a_provisional_change_is_no_formula_and_has_no_apostrophe(few: Analysis) -> None:
    change = Table(
        "T",
        ("", "Change"),
        (("a", "+0.9 (−5.3\xa0to\xa0+7.1), provisional"), ("b", "+1 (evil), provisional")),
    )
    part = ReportPart(key="made_up", title="T", introduction="", shown=(change,))
    values = {row[0]: row[1] for row in cells(opened(few, (part,))["Made up"]) if len(row) > 1}
    assert values["a"] == "+0.9 (−5.3\xa0to\xa0+7.1), provisional"
    assert values["b"] == "'+1 (evil), provisional"


def test_the_sheet_of_the_study_decisions_states_them(book: Any) -> None:
    texts = [str(row[0]) for row in cells(book["Study decisions"])]
    assert any(text.startswith("• Relapse: ") for text in texts)
    assert any(text.startswith("• Day 0 is the day of discharge.") for text in texts)


def test_columns_of_all_results_are_as_wide_as_what_they_hold(few: Analysis) -> None:
    table = few.results.table.copy()
    table["population"] = "a population of 33 letters or so."
    table["note"] = "A note. " * 20
    sheet = opened(replace(few, results=Results(table)), ())["All results"]
    wide = {cell.value: sheet.column_dimensions[cell.column_letter].width for cell in sheet[1]}
    assert round(wide["population"]) == 36
    assert round(wide["note"]) == 41
    assert round(wide["site"]) == 9
    assert sheet.print_area == f"'All results'!$A$1:$AD${len(table) + 1}"


def test_no_cell_is_a_formula_whatever_the_texts_are(few: Analysis) -> None:
    evil = (
        "=1+1",
        "+1+cmd|' /C calc'!A0",
        "-2+3",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "+3.1 (evil to 5.2)",
        "[a]:*?/\\'&P",
    )
    table = few.results.table.copy()
    table["site"] = [evil[place % len(evil)] for place in range(len(table))]
    hostile = Table("=A caption", tuple(f"{one} " for one in evil), (evil, evil), notes=evil)
    part = ReportPart(key="made_up", title="=title", introduction="=introduction", shown=(hostile,))
    words = replace(few.wording, title="=HYPERLINK(1)", header=dict.fromkeys(evil, "=fact"))
    book = opened(replace(few, results=Results(table), wording=words), (part,))
    texts = [
        cell.value for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None
    ]
    kinds = {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row}
    assert "f" not in kinds
    assert [text for text in texts if isinstance(text, str) and re.match(r"[=+\-@\t\r]", text)] == []
    assert "'=1+1" in texts
    assert "[a]:*?/\\'&P" in texts
    assert book["About"].oddHeader.left.text == "=HYPERLINK(1)\n "


def test_long_texts_are_cut_at_what_a_cell_can_hold(few: Analysis) -> None:
    long = Table("Long", ("A", "B"), (("x", "y" * 40_000),))
    sheet = opened(few, (ReportPart(key="long", title="L", introduction="", shown=(long,)),))["Long"]
    assert [len(value) for row in cells(sheet) for value in row if value and value[0] == "y"] == [32_767]


def test_every_column_of_the_results_has_its_meaning(book: Any) -> None:
    assert tuple(COLUMN_MEANINGS) == COLUMNS
    rows = cells(book["Columns"])
    assert [row[:2] for row in rows if row[0] in ("analysis", "estimate", "note")] == [
        ["analysis", "identifies a row"], ["estimate", "number"], ["note", "note"],
    ]  # fmt: skip


def test_same_analysis_same_bytes_and_no_clock(few: Analysis, book: Any) -> None:
    part = ReportPart(key="made_up", title="A section", introduction="", shown=(TABLE,))
    assert workbook(few, (part,), banner=BANNER) == workbook(few, (part,), banner=BANNER)
    assert str(book.properties.created) == "2000-01-01 00:00:00"
    names = book.defined_names
    assert names["people_table_1"].attr_text == "'Discharges'!$A$6:$D$9"
    assert {"arms_table_1", "timing_table_3", "decisions_table_1"} <= set(names)
