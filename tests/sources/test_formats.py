"""Each format gives the same cohort; a damaged file gives one clear line."""

import builtins
import datetime as dt
import decimal
import gzip
import zipfile

import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stepdown.sources import check_cohort, load
from support_sources import DATES, DISCHARGES, HEAD, said, write

pytestmark = pytest.mark.slow

DAYS = {"id": ["07", "08"], "in": [0, 5], "out": [28, 30]}


def named(tmp_path, name, config=HEAD):
    return write(tmp_path, config + DISCHARGES.replace("discharges.csv", name))


def cohort_of(tmp_path, name, config=HEAD):
    return values_of(named(tmp_path, name, config))


def values_of(path):
    frame = load(path).discharges
    return frame[["client_id", "admit_day", "discharge_day"]].astype(object).to_numpy().tolist()


TEXT = "id,in,out\n07,0,28\n08,5,30\n"
EXPECTED = [["07", 0, 28], ["08", 5, 30]]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("d.csv", TEXT.encode()),
        ("d.csv", b"\xef\xbb\xbf" + TEXT.replace("\n", "\r\n").encode()),
        ("d.csv", TEXT.replace(",", ";").encode()),
        ("d.csv", b'"id","in","out"\n"07 ", 0 ,28\n 08,5,30\n\n'),
        ("d.tsv", TEXT.replace(",", "\t").encode()),
        ("D.CSV.GZ", gzip.compress(TEXT.encode(), mtime=0)),
        ("d.tsv.gz", gzip.compress(TEXT.replace(",", "\t").encode(), mtime=0)),
    ],
)
def test_text(tmp_path, name, data):
    (tmp_path / name).write_bytes(data)
    assert cohort_of(tmp_path, name) == EXPECTED


@pytest.mark.parametrize("kind", ["string", "large_string", "dictionary"])
def test_parquet(tmp_path, kind):
    types = {
        "string": pa.string(),
        "large_string": pa.large_string(),
        "dictionary": pa.dictionary(pa.int8(), pa.string()),
    }
    table = pa.table(
        {"id": pa.array(DAYS["id"]).cast(types[kind]), "in": pa.array([0.0, 5.0]), "out": DAYS["out"]}
    )
    pq.write_table(table, tmp_path / "d.parquet")
    assert cohort_of(tmp_path, "d.parquet") == EXPECTED


def test_parquet_rows_have_no_numbers_of_a_spreadsheet(tmp_path):
    pq.write_table(pa.table({"id": ["1"], "in": [9], "out": [0]}), tmp_path / "d.parquet")
    assert said(check_cohort(named(tmp_path, "d.parquet"))) == [
        "discharges.discharge_day is before admit_day: 1 row, at position 0. Correct the two days."
    ]


@pytest.mark.parametrize("suffix", ["dta", "sav", "xpt"])
def test_statistics_files(tmp_path, suffix):
    pyreadstat = pytest.importorskip("pyreadstat")
    writer = {"dta": pyreadstat.write_dta, "sav": pyreadstat.write_sav, "xpt": pyreadstat.write_xport}[suffix]
    # "in" is a reserved word of Stata.
    writer(pd.DataFrame(DAYS).rename(columns={"in": "start"}), str(tmp_path / f"d.{suffix}"))
    path = write(
        tmp_path, HEAD + DISCHARGES.replace("discharges.csv", f"d.{suffix}").replace('"in"', '"start"')
    )
    assert values_of(path) == EXPECTED


@pytest.mark.parametrize("suffix", ["dta", "sav"])
def test_value_labels_of_statistics_files_are_used_where_all_values_have_one(tmp_path, suffix):
    pyreadstat = pytest.importorskip("pyreadstat")
    writer = {"dta": pyreadstat.write_dta, "sav": pyreadstat.write_sav}[suffix]
    frame = pd.DataFrame({"id": ["1", "2"], "start": [0, 0], "out": [9, 28], "sex": [1, 2], "age": [30, 99]})
    labels = {"sex": {1: "Male", 2: "Female"}, "age": {99: "Not known"}}
    writer(frame, str(tmp_path / f"d.{suffix}"), variable_value_labels=labels)
    config = HEAD + DISCHARGES.replace("discharges.csv", f"d.{suffix}").replace('"in"', '"start"')
    config += 'sex = { from = "sex", codes = { "Male" = "male", "Female" = "female" } }\n'
    config += 'age = { from = "age", missing = ["99"] }\n'
    found = load(write(tmp_path, config)).discharges
    assert found["sex"].tolist() == ["male", "female"]
    assert found["age"].fillna(0).tolist() == [30, 0]


def test_statistics_files_need_the_extra(tmp_path, monkeypatch):
    real = builtins.__import__

    def without(name, *arguments, **keywords):
        if name == "pyreadstat":
            raise ImportError
        return real(name, *arguments, **keywords)

    (tmp_path / "d.sav").write_bytes(b"anything")
    monkeypatch.setattr(builtins, "__import__", without)
    assert said(check_cohort(named(tmp_path, "d.sav"))) == [
        "d.sav needs a reader that is not installed. "
        "Install the extra: python -m pip install 'stepdown[formats]'."
    ]


def workbook(path, rows, *, title="Sheet"):
    book = openpyxl.Workbook()
    book.active.title = title
    for row in rows:
        book.active.append(row)
    book.save(path)


def test_excel_keeps_texts_and_numbers(tmp_path):
    workbook(tmp_path / "d.xlsx", [["id", "in", "out", None], ["07", 0, 28.0], [None], ["08", "5", 30]])
    assert cohort_of(tmp_path, "d.xlsx") == EXPECTED


def test_excel_dates_need_no_format(tmp_path):
    day = dt.datetime(2026, 1, 20)
    workbook(tmp_path / "d.xlsx", [["id", "in", "out"], ["07", day, dt.datetime(2026, 1, 21, 13, 5)]])
    assert cohort_of(tmp_path, "d.xlsx", DATES) == [["07", 20473, 20474]]


def test_excel_dates_among_texts_are_told_by_row(tmp_path):
    rows = [
        ["id", "in", "out"],
        ["1", dt.datetime(2026, 1, 2), "2026-01-20"],
        ["2", "1/2/2026", "2026-01-20"],
    ]
    workbook(tmp_path / "d.xlsx", rows)
    assert said(check_cohort(named(tmp_path, "d.xlsx", DATES))) == [
        "discharges.admit_day mixes date formats: these rows are not written as %Y-%m-%d: 1 row, at position 1 "
        '(row 3 of d.xlsx, sheet Sheet). Write all dates in column "in" as %Y-%m-%d.'
    ]


def restated(path, extent, *, last=b""):
    """State another extent for the first sheet of a workbook; add a last row without values."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    sheet = parts["xl/worksheets/sheet1.xml"]
    start = sheet.index(b"<dimension")
    end = sheet.index(b">", start) + 1
    sheet = sheet[:start] + extent + sheet[end:]
    parts["xl/worksheets/sheet1.xml"] = sheet.replace(b"</sheetData>", last + b"</sheetData>")
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data)


@pytest.mark.parametrize("extent", ["A1", "A1:B2", "B2:C3", "A1:XFD1048576", ""])
def test_excel_is_read_by_its_cells_whatever_extent_it_states(tmp_path, extent):
    workbook(tmp_path / "d.xlsx", [["id", "in", "out"], ["07", 0, 28], ["08", 5, 30]])
    stated = f'<dimension ref="{extent}"/>'.encode() if extent else b""
    restated(tmp_path / "d.xlsx", stated)
    assert cohort_of(tmp_path, "d.xlsx") == EXPECTED


def test_excel_last_cell_without_value_is_none(tmp_path):
    workbook(tmp_path / "d.xlsx", [["id", "in", "out"], ["07", 0, 28], ["08", 5, 30]])
    last = b'<row r="1048576"><c r="XFD1048576" s="0"/></row><row r="9999999999"><c r="A9999999999"/></row>'
    restated(tmp_path / "d.xlsx", b'<dimension ref="A1:XFD1048576"/>', last=last)
    assert cohort_of(tmp_path, "d.xlsx") == EXPECTED


def test_excel_columns_without_header_are_named_by_number(tmp_path):
    rows = [["id", "in", "out"], ["07", 0, 28], ["08", 5, 30, None, "ann@example.com"]]
    workbook(tmp_path / "d.xlsx", rows)
    assert said(check_cohort(named(tmp_path, "d.xlsx"))) == [
        "d.xlsx.column 5 seems to hold e-mail addresses. Remove the column from the file; if it is not an "
        "identifier, give the reason under [allow]."
    ]


def test_excel_sheet(tmp_path):
    workbook(tmp_path / "d.xlsx", [["id", "in", "out"], ["07", 0, 28], ["08", 5, 30]], title="Stays")
    config = HEAD + DISCHARGES.replace('"discharges.csv"', '"d.xlsx"\nsheet = "Stays"')
    assert len(load(write(tmp_path, config)).discharges) == 2
    config = config.replace('"Stays"', '"Clients"')
    assert said(check_cohort(write(tmp_path, config))) == [
        "d.xlsx has no sheet of the name given. Allowed: Stays."
    ]


DAMAGED = [
    ("d.csv", b"", "d.csv is empty. Export it again, with a header and rows."),
    ("d.csv", b"\n \n", "d.csv is empty. Export it again, with a header and rows."),
    ("d.csv", b"id,in,out\n", "d.csv has no rows below its header. Export it again, with a header and rows."),
    (
        "d.csv",
        "id,in,out\n1,0,9\n2,0,Zoë\n".encode("latin-1"),
        'd.csv is not UTF-8 text: 1 row, at position 1 (row 3 of the file). Save it as "CSV UTF-8" in the '
        "spreadsheet.",
    ),
    ("d.csv", TEXT.encode("utf-16"), 'd.csv is not UTF-8 text. Save it as "CSV UTF-8" in the spreadsheet.'),
    (
        "d.csv",
        b"id,in,out\n1,0,9\n2,0\n3,0,9,9\n",
        "d.csv has rows with more or fewer cells than the header: 2 rows, at positions 1, 2 "
        "(rows 3, 4 of the file). Look for a missing quotation mark or a separator within a cell there.",
    ),
    (
        "d.csv",
        b"id,in,out\n1,0,9\n2,0," + b"9" * 10_000_000 + b"\n",
        "d.csv.out holds a text of more than 100,000 characters: 1 row, at position 1 (row 3 of the file). "
        "A quotation mark may be missing there; correct the cell.",
    ),
    (
        "d.csv",
        b"id,in,out\n1,0,9\n2,0," + b"9" * 70_000_000 + b"\n",
        "d.csv has a row of more than 33,554,432 bytes. A quotation mark may be missing; correct the cell.",
    ),
    (
        "d.csv",
        'id,in,out\n1,0,Zoë\n2,0,9\n3,0,Renée,9\n"4\n4",0,Zoë\n'.encode("cp1252"),
        "d.csv is not UTF-8 text: 3 rows, at positions 0, 2, 3 (rows 2, 4, 5 of the file). Save it as "
        '"CSV UTF-8" in the spreadsheet.\n'
        "d.csv has rows with more or fewer cells than the header: 1 row, at position 2 (row 4 of the file). "
        "Look for a missing quotation mark or a separator within a cell there.",
    ),
    (
        "d.csv",
        "id,in,out,Sévérité\n1,0,9,2\n2,0,9,Zoë\n".encode("cp1252"),
        "d.csv is not UTF-8 text, from its header on: 1 row, at position 1 (row 3 of the file). "
        'Save it as "CSV UTF-8" in the spreadsheet.',
    ),
    (
        "d.csv",
        "id,in,out,Sévérité\n1,0,9,2\n".encode("cp1252"),
        'd.csv is not UTF-8 text, from its header on. Save it as "CSV UTF-8" in the spreadsheet.',
    ),
    (
        "d.csv",
        b"id,in,out,Zelda,Zelda\n1,0,9,x,y\n",
        "d.csv.columns 4, 5 have the same name. Give every column a name of its own.",
    ),
    (
        "d.csv",
        b"id,in,in\n1,0,9\n",
        "d.csv.in is the name of more than one column. Give every column a name of its own.",
    ),
    ("d.csv.gz", b"id,in,out\n", "d.csv.gz is damaged or not a gzip file. Copy the complete file again."),
    (
        "d.csv.gz",
        gzip.compress(TEXT.encode(), mtime=0)[:-9],
        "d.csv.gz is damaged or not a gzip file. Copy the complete file again.",
    ),
    (
        "d.xlsx",
        b"PK\x03\x04 not a book",
        "d.xlsx is damaged, protected by a password, or not an Excel workbook. Save it again as .xlsx without a password.",
    ),
    (
        "d.parquet",
        b"PAR1 not whole",
        "d.parquet is damaged or not a Parquet file. Write or copy the complete file again.",
    ),
    ("d.sav", b"no data", "d.sav is damaged or not a .sav file. Write or copy the complete file again."),
    (
        "d.sas7bdat",
        b"no data",
        "d.sas7bdat is damaged or not a .sas7bdat file. Write or copy the complete file again.",
    ),
]


@pytest.mark.parametrize(("name", "data", "line"), DAMAGED, ids=range(len(DAMAGED)))
def test_damaged_files(tmp_path, name, data, line):
    (tmp_path / name).write_bytes(data)
    assert said(check_cohort(named(tmp_path, name))) == line.split("\n")


def test_truncated_parquet(tmp_path):
    path = tmp_path / "d.parquet"
    pq.write_table(
        pa.table({"id": [str(number) for number in range(5000)], "in": range(5000), "out": range(5000)}), path
    )
    whole = path.read_bytes()
    for part in (len(whole) // 2, len(whole) - 3):
        path.write_bytes(whole[:part])
        assert said(check_cohort(named(tmp_path, "d.parquet"))) == [
            "d.parquet is damaged or not a Parquet file. Write or copy the complete file again."
        ]
    middle = len(whole) // 3
    path.write_bytes(whole[:middle] + b"\xff" * 400 + whole[middle + 400 :])
    assert check_cohort(named(tmp_path, "d.parquet"))


def test_one_changed_digit_in_parquet_is_seen_by_the_checksum_of_its_page(tmp_path):
    path, table = (
        tmp_path / "d.parquet",
        pa.table({"id": ["client7", "client8"], "in": [0, 5], "out": [28, 30]}),
    )
    for checked in (True, False):
        plain = {"compression": "none", "use_dictionary": False, "write_statistics": False}
        pq.write_table(table, path, write_page_checksum=checked, **plain)
        whole = path.read_bytes()
        path.write_bytes(whole.replace(b"client8", b"client9"))
        assert path.read_bytes() != whole
        damaged = ["d.parquet is damaged or not a Parquet file. Write or copy the complete file again."]
        assert said(check_cohort(named(tmp_path, "d.parquet"))) == (damaged if checked else [])


TYPES = [
    (pa.array([decimal.Decimal("9.00")]), [9]),
    (pa.array([9], pa.uint64()), [9]),
    (pa.array([3_000]), [3_000]),
    (pa.array([20260131]), "is more than 100,000 days away"),
    (pa.array([2**60 + 1]), "is more than 100,000 days away"),
    (pa.array([-(2**63)]), "is more than 100,000 days away"),
    (pa.array([9.0]), [9]),
    (pa.array(["9"]).dictionary_encode(), [9]),
    (pa.array([[1, 2]]), "has a type that cannot be read"),
    (pa.array([b"x"]), "has a type that cannot be read"),
    (pa.array([dt.time(1, 2)]), "has a type that cannot be read"),
    (pa.array([2**63], pa.uint64()), "is not a whole number of days"),
    (pa.array([float("inf")]), "is not a whole number of days"),
    (pa.array([9.5]), "is not a whole number of days"),
    (pa.array([True]), "is not a whole number of days"),
    (pa.array([dt.date(2026, 1, 1)]), 'holds dates, but clock = "day"'),
]


@pytest.mark.parametrize(("days", "expected"), TYPES, ids=range(len(TYPES)))
def test_any_type_of_parquet_is_read_or_told(tmp_path, days, expected):
    pq.write_table(pa.table({"id": pa.array([2**62 + 1]), "in": [0], "out": days}), tmp_path / "d.parquet")
    path = named(tmp_path, "d.parquet", HEAD.replace('"NA"', '"NA", "-9"'))
    if isinstance(expected, str):
        assert [problem.what for problem in check_cohort(path)] == [expected]
    else:
        frame = load(path).discharges
        assert (frame["client_id"].tolist(), frame["discharge_day"].tolist()) == ([str(2**62 + 1)], expected)


def test_names_of_columns_are_tidied(tmp_path):
    (tmp_path / "d.csv").write_bytes(b'"id ", in,"ou\nt",,\n1,0,9,,\n')
    assert said(check_cohort(named(tmp_path, "d.csv"))) == [
        "d.csv.out is missing. The file has the columns id, in, ou t."
    ]
    (tmp_path / "d.csv").write_bytes(b"id ,in, out,,\n1,0,9,,x\n")
    assert check_cohort(named(tmp_path, "d.csv")) == []
