"""Odd cells and rows: empty rows above the header, formulas, error cells, no header, decimals as codes."""

import datetime as dt
import zipfile

import openpyxl
import openpyxl.utils.datetime
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter

from stepdown.errors import DataError
from stepdown.sources import check_cohort, create_project, load
from support_sources import DATES, DISCHARGES, HEAD, said, write

pytestmark = pytest.mark.slow

BAD_DAY = (
    "discharges.discharge_day is not a whole number of days: 1 row, at position 1 (row {} of {}). "
    'Correct column "out" of the file, or add the text to missing.'
)


def raw(folder, data, name="discharges.csv", extra=""):
    """Write one file as it is, and its cohort file."""
    (folder / name).write_bytes(data if isinstance(data, bytes) else data.encode())
    return write(folder, HEAD + DISCHARGES.replace("discharges.csv", name) + extra)


def book(folder, rows):
    workbook = openpyxl.Workbook()
    for row in rows:
        workbook.active.append(row)
    workbook.save(folder / "discharges.xlsx")
    return write(folder, HEAD + DISCHARGES.replace(".csv", ".xlsx"))


@pytest.mark.parametrize(
    ("data", "row"),
    [
        ("id,in,out\n1,0,9\n2,0,soon\n", 3),
        ('id,in,out\n"1\n1",0,9\n2,0,soon\n', 3),
        ("\nid,in,out\n1,0,9\n2,0,soon\n", 4),
        (",,\n\nid,in,out\n1,0,9\n\n2,0,soon\n", 6),
    ],
)
def test_rows_are_told_as_a_spreadsheet_counts_them(tmp_path, data, row):
    assert said(check_cohort(raw(tmp_path, data))) == [BAD_DAY.format(row, "the file")]
    assert said(check_cohort(raw(tmp_path, data.replace("\n", "\r\n")))) == [BAD_DAY.format(row, "the file")]


def test_the_row_of_a_wrong_encoding_and_of_a_ragged_one_are_told_likewise(tmp_path):
    encoded = '\nid,in,out\n"1\n1",0,9\n2é,0,9\n'.encode("latin-1")
    assert check_cohort(raw(tmp_path, encoded))[0].file_rows == (4,)
    assert check_cohort(raw(tmp_path, '\nid,in,out\n"1\n1",0,9\n2,0\n'))[0].file_rows == (4,)


def test_a_workbook_may_begin_with_empty_rows(tmp_path):
    path = book(tmp_path, [[], [], ["id", "in", "out"], ["1", 0, 9], ["2", 0, "soon"]])
    assert said(check_cohort(path)) == [BAD_DAY.format(5, "discharges.xlsx, sheet Sheet")]


def test_a_cell_far_from_all_others_is_read_too(tmp_path):
    workbook = openpyxl.Workbook()
    for row in (["id", "in", "out"], ["1", 0, 9], ["2", 0, 19]):
        workbook.active.append(row)
    workbook.active.cell(row=1_048_576, column=16_384, value=" ")
    workbook.save(tmp_path / "discharges.xlsx")
    path = write(tmp_path, HEAD + DISCHARGES.replace(".csv", ".xlsx"))
    assert said(check_cohort(path)) == [
        "discharges.client_id is missing: 1 row, at position 2 (row 1048576 of discharges.xlsx, sheet Sheet). "
        "Fill the cells; rows of totals or notes may be removed."
    ]


def test_a_workbook_of_the_epoch_of_1904_keeps_its_dates(tmp_path):
    workbook = openpyxl.Workbook()
    workbook.epoch = openpyxl.utils.datetime.MAC_EPOCH
    for row in (["id", "in", "out"], ["1", dt.datetime(2026, 1, 2), dt.datetime(2026, 1, 9)]):
        workbook.active.append(row)
    workbook.save(tmp_path / "discharges.xlsx")
    path = write(tmp_path, DATES + DISCHARGES.replace(".csv", ".xlsx"))
    assert load(path).discharges["discharge_day"].tolist() == [
        (dt.date(2026, 1, 9) - dt.date(1970, 1, 1)).days
    ]


def test_cells_beyond_the_header_go_past_the_guard_too(tmp_path):
    path = book(tmp_path, [["id", "in", "out"], ["1", 0, 9, "a@example.org"]])
    assert said(check_cohort(path)) == [
        "discharges.xlsx.column 4 seems to hold e-mail addresses. Remove the column from the file; "
        "if it is not an identifier, give the reason under [allow]."
    ]


def test_formulas_without_a_result_are_refused(tmp_path):
    path = book(tmp_path, [["id", "in", "out"], ["1", 0, 9], ["2", 0, "=B3+9"]])
    assert said(check_cohort(path)) == [
        "discharges.xlsx holds formulas that were never calculated: 1 row, at position 1 (row 3 of discharges.xlsx, sheet Sheet). "
        "Open it in the spreadsheet, save it there, and run again."
    ]


def test_formulas_with_a_result_are_read_even_an_empty_one(tmp_path):
    path = book(tmp_path, [["id", "in", "out"]])
    with xlsxwriter.Workbook(tmp_path / "made.xlsx") as workbook:
        sheet = workbook.add_worksheet()
        sheet.write_row(0, 0, ["id", "in", "out"])
        sheet.write_row(1, 0, ["1", 0])
        sheet.write_formula(1, 2, "=B2+9", value=9)
        sheet.write_row(2, 0, ["2", 0])
        sheet.write_formula(2, 2, '=IF(B3=0,"","x")', value="gone")
    # Spreadsheets keep an empty result as a text without characters.
    with (
        zipfile.ZipFile(tmp_path / "made.xlsx") as made,
        zipfile.ZipFile(tmp_path / "discharges.xlsx", "w") as kept,
    ):
        for name in made.namelist():
            kept.writestr(name, made.read(name).replace(b"<v>gone</v>", b"<v></v>"))
    days = load(path).discharges["discharge_day"]
    assert days[0] == 9
    assert days.isna().tolist() == [False, True]


def test_error_cells_are_no_ids(tmp_path):
    path = raw(tmp_path, "id,in,out\n#N/A,0,9\n#REF!,10,19\n3,0,9\n")
    assert said(check_cohort(path)) == [
        "discharges.client_id holds error cells of a spreadsheet, such as #N/A: 2 rows, at positions 0, 1 "
        '(rows 2, 3 of the file). Correct column "id" of the file, or add the text to missing.'
    ]


@pytest.mark.parametrize("data", ["Zebra,0,9\nb,0,9\n", "Zebra,2026-01-01,2026-02-03\nb,0,9\n"])
def test_a_file_without_a_header_is_refused_and_its_first_client_not_shown(tmp_path, data):
    path = raw(tmp_path, data)
    assert said(check_cohort(path)) == [
        "discharges.csv seems to have no header: half or more of its first row are numbers or dates. "
        "Put the names of the columns in the first row; a name is more than a number."
    ]
    with pytest.raises(DataError, match="seems to have no header"):
        create_project(tmp_path / "discharges.csv", tmp_path / "project")
    assert not (tmp_path / "project").exists()


def test_an_identifier_in_the_header_is_told_by_its_place(tmp_path):
    path = raw(tmp_path, "id,in,out,zebra@example.org\n1,0,9,x\n")
    assert said(check_cohort(path)) == [
        "discharges.csv.column 4 has an identifier as its name, or there is no header. "
        "Put column names in the first row."
    ]


def test_columns_are_listed_only_where_the_first_row_is_a_header(tmp_path):
    assert {problem.remedy for problem in check_cohort(raw(tmp_path, "Zebra,male,North\nb,0,9\n"))} == {
        "The file has none of the columns mapped: is its first row the header?"
    }
    assert [problem.remedy for problem in check_cohort(raw(tmp_path, "id,entry,out\n1,0,9\n"))] == [
        "The file has the columns id, entry, out."
    ]


def test_without_a_header_columns_are_named_by_number(tmp_path):
    path = raw(tmp_path, "A7,Zelda Canarian,A7\nA8,Bob Quarrel,A8\nA9,Ann Smith,A9\nB1,Zoe Miller,B1\n")
    remedy = "The file has none of the columns mapped: is its first row the header?"
    assert said(check_cohort(path)) == [
        "discharges.csv.column 2 seems to hold names of persons. Remove the column from the file; if it is "
        "not an identifier, give the reason under [allow].",
        *[f"discharges.csv.{name} is missing. {remedy}" for name in ("id", "in", "out")],
    ]


def test_text_with_a_null_byte_anywhere_is_refused(tmp_path):
    path = raw(tmp_path, b"id,in,out\n" + b"1,0,9\n" * 300 + b"2\x00,0,9\n")
    assert said(check_cohort(path)) == [
        'discharges.csv is not UTF-8 text. Save it as "CSV UTF-8" in the spreadsheet.'
    ]


def test_parquet_with_broken_text_is_refused(tmp_path):
    broken = pa.Array.from_buffers(pa.string(), 2, pa.array([b"\xffZebra", b"a"]).buffers())
    pq.write_table(pa.table({"id": broken, "in": [0, 0], "out": [1, 1]}), tmp_path / "d.parquet")
    path = write(tmp_path, HEAD + DISCHARGES.replace("discharges.csv", "d.parquet"))
    assert said(check_cohort(path)) == [
        "d.parquet is damaged or not a Parquet file. Write or copy the complete file again."
    ]


def test_whole_codes_may_be_written_as_decimals(tmp_path):
    extra = 'age = "age"\nsex = { from = "sex", codes = { 1 = "male" }, unknown = "other" }\n'
    path = raw(tmp_path, "id,in,out,age,sex\n1,0,9,-9.0,1.0\n2,0,9,40.0,2.0\n", extra=extra)
    path.write_text(path.read_text().replace('"NA"', '"-9"'))
    table = load(path).discharges
    assert table["sex"].tolist() == ["male", "other"]
    assert table["age"].isna().tolist() == [True, False]
