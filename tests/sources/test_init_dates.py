"""One date format a file, chosen from all rows of all columns; what is no date is listed by row."""

import datetime as dt

import openpyxl
import pytest

from stepdown.sources import check_cohort, create_project, load
from stepdown.sources.map.dates import KNOWN

pytestmark = pytest.mark.slow

STAYS = [(dt.datetime(2025, 3, day, 13, 5, 9), dt.datetime(2025, 4, day, 9, 30)) for day in range(1, 29)]


def mapped(tmp_path, rows, *, basis="synthetic", header="client_id,admit_date,discharge_date"):
    """Lines of the cohort file that `init` writes for these stays, by canonical column."""
    lines = [f"c{number},{','.join(row)}" for number, row in enumerate(rows)]
    (tmp_path / "list.csv").write_text("\n".join([header, *lines]), encoding="utf-8")
    return project_lines(tmp_path, "list.csv", basis)


def project_lines(tmp_path, name, basis="synthetic"):
    create_project(tmp_path / name, tmp_path / "project", basis=basis)
    text = (tmp_path / "project" / "cohort.toml").read_text(encoding="utf-8")
    return dict(line.split(" = ", 1) for line in text.splitlines() if " = " in line)


def said(tmp_path):
    return [str(problem) for problem in check_cohort(tmp_path / "project" / "cohort.toml")]


@pytest.mark.parametrize("form", KNOWN)
def test_every_known_format_is_found(tmp_path, form):
    lines = mapped(tmp_path, [(f'"{a.strftime(form)}"', f'"{b.strftime(form)}"') for a, b in STAYS])
    assert lines["clock"].startswith('"date"')
    assert lines["data_cut"].startswith("2025-04-28")
    assert lines["discharge_day"].startswith(f'{{ from = "discharge_date", format = "{form}" }}')
    # Reading is the same for all of them: a sixth is read.
    assert KNOWN.index(form) % 6 or said(tmp_path) == []


@pytest.mark.parametrize(
    "header", ["client_id,admit_date,discharge_date", "client_id,admit_date,exit_date,seen"]
)
def test_what_one_column_decides_holds_for_all(tmp_path, header):
    rows = [("01/02/2025", "05/02/2025", "28/02/2025"), ("02/03/2025", "04/03/2025", "27/03/2025")]
    wide = header.endswith("seen")
    lines = mapped(tmp_path, rows if wide else [(a, c) for a, _, c in rows], header=header)
    assert lines["admit_day"] == '{ from = "admit_date", format = "%d/%m/%Y" }  # GUESS'
    assert '"%d/%m/%Y"' in lines["discharge_day"]
    assert lines["data_cut"][:10] == ("2025-03-04" if wide else "2025-03-27")


@pytest.mark.parametrize(
    ("form", "shown"),
    [("%B {day}, %Y", "%B %d, %Y"), ("'%Y-%m-%d", "%Y-%m-%d")],
)
def test_ordinals_and_the_apostrophe_of_a_spreadsheet_are_read(tmp_path, form, shown):
    ordinals = {1: "st", 2: "nd", 3: "rd", 21: "st", 22: "nd", 23: "rd"}

    def written(day):
        return '"' + day.strftime(form.replace("{day}", f"{day.day}{ordinals.get(day.day, 'th')}")) + '"'

    lines = mapped(tmp_path, [(written(a), written(b)) for a, b in STAYS])
    assert lines["discharge_day"].startswith(f'{{ from = "discharge_date", format = "{shown}" }}')
    assert said(tmp_path) == []
    days = load(tmp_path / "project" / "cohort.toml").discharges["discharge_day"]
    first = (dt.date(2025, 4, 1) - dt.date(1970, 1, 1)).days
    assert sorted(days) == list(range(first, first + 28))


@pytest.mark.parametrize(
    ("rows", "form", "order"),
    [
        # The dates of the column lie within weeks one way, and over years the other.
        ([("24-01-05", "24-02-12"), ("24-03-06", "24-04-11"), ("24-02-07", "24-03-09")], "%y-%m-%d", ""),
        ([("05-01-24", "22-02-24"), ("16-03-24", "11-04-24"), ("07-02-24", "19-03-24")], "%d-%m-%y", ""),
        # Both ways fit: a person says which.
        ([("20-01-19", "20-02-21")], "%d-%m-%y and %y-%m-%d both fit", ""),
        ([("20-01-19", "20-02-21")], "%y-%m-%d", "year_first"),
        ([("10-01-09", "10-02-11")], "%m-%d-%y and %d-%m-%y and %y-%m-%d all fit", ""),
    ],
)
def test_two_figures_first_are_a_year_where_that_brings_dates_together(tmp_path, rows, form, order):
    text = "".join(f"c{number},{a},{b}\n" for number, (a, b) in enumerate(rows))
    (tmp_path / "list.csv").write_text(f"client_id,admit_date,discharge_date\n{text}", encoding="utf-8")
    (tmp_path / "answers.toml").write_text(
        f'format = 1\n[date_order]\n"list.csv" = "{order}"\n' if order else "format = 1\n", encoding="utf-8"
    )
    create_project(
        tmp_path / "list.csv", tmp_path / "project", basis="synthetic", answers=tmp_path / "answers.toml"
    )
    text = (tmp_path / "project" / "cohort.toml").read_text(encoding="utf-8")
    line = next(line for line in text.splitlines() if line.startswith("discharge_day"))
    assert form in line
    assert ("fit" in line) == ("fit" in form)


def test_columns_that_prove_two_formats_keep_them(tmp_path):
    rows = [("01/22/2025", "28/02/2025"), ("02/13/2025", "27/03/2025")]
    lines = mapped(tmp_path, rows)
    assert '"%m/%d/%Y"' in lines["admit_day"]
    assert '"%d/%m/%Y"' in lines["discharge_day"]


FAR = (
    "a day more than 20 years from most dates of the file in 1 of 3 rows (row 2): correct the cells, or list "
)
CUT = "Correct the day, or move data_cut in the cohort file."


@pytest.mark.parametrize(
    ("first", "form", "column", "line"),
    [
        (
            ("1900-01-01", "2025-02-01"),
            "%Y-%m-%d",
            "admit_day",
            "is more than 100 years before data_cut: 1 row, at position 0 (row 2 of the file). Correct the day, or "
            "list its text under missing if it means that no day is known.",
        ),
        (
            ("2025-01-01", "2099-12-31"),
            "%Y-%m-%d",
            "discharge_day",
            f"is after data_cut: 1 row, at position 0 (row 2 of the file). {CUT}",
        ),
        (
            ("01/15/25", "02/01/68"),
            "%m/%d/%y",
            "discharge_day",
            f"is after data_cut: 1 row, at position 0 (row 2 of the file). {CUT}",
        ),
    ],
)
def test_a_code_for_no_date_is_not_the_data_cut(tmp_path, first, form, column, line):
    others = [tuple(dt.date(2025, m, 20).strftime(form) for m in (month, month + 1)) for month in (1, 2)]
    lines = mapped(tmp_path, [first, *others])
    assert lines["data_cut"].startswith("2025-03-20")
    assert FAR in lines[column]
    assert f"discharges.{column} {line}" in said(tmp_path)


def test_the_copy_has_no_day_of_a_code_for_no_date(tmp_path):
    lines = mapped(
        tmp_path, [("1900-01-01", "2025-02-01"), ("2025-01-01", "2025-02-01")] * 2, basis="own_operations"
    )
    assert "in 2 of 4 rows (row 2, 4)" in lines["admit_day"]
    copy = (tmp_path / "project" / "data" / "discharges.csv").read_text(encoding="utf-8")
    assert sorted(row.split(",", 1)[1] for row in copy.splitlines()[1:]) == [
        ",2025-02-01",
        ",2025-02-01",
        "2025-01-01,2025-02-01",
        "2025-01-01,2025-02-01",
    ]


@pytest.mark.parametrize(
    ("zero", "form", "note"),
    [
        (
            dt.date(1960, 1, 1),
            "days_since_1960",
            "days since 1960-01-01, as SAS and Stata write them; for a spreadsheet write excel",
        ),
        (
            dt.date(1899, 12, 30),
            "excel",
            "day numbers of a spreadsheet, of the epoch of 1900 or 1904 (excel_1904): choose the right one",
        ),
    ],
)
@pytest.mark.parametrize("name", ["admit_date", "admitted"])
def test_day_numbers_are_distinguished_by_the_years_that_they_give(tmp_path, zero, form, note, name):
    rows = [tuple(str((day.date() - zero).days) for day in stay) for stay in STAYS]
    lines = mapped(tmp_path, rows, header=f"client_id,{name},discharge_date")
    assert lines["admit_day"] == f'{{ from = "{name}", format = "{form}" }}  # GUESS: {note}'
    assert lines["data_cut"].startswith("2025-04-28")


@pytest.mark.parametrize(("zero", "form"), [((1899, 12, 30), "excel"), ((1904, 1, 1), "excel_1904")])
def test_the_epoch_of_a_spreadsheet_is_that_of_the_other_dates_or_a_question(tmp_path, zero, form):
    rows = [(f"{admit:%Y-%m-%d}", str((exit.date() - dt.date(*zero)).days)) for admit, exit in STAYS]
    lines = mapped(tmp_path, rows)
    assert f'format = "{form}"' in lines["discharge_day"]
    assert "choose" not in lines["discharge_day"]
    numbers = [tuple(str((day.date() - dt.date(*zero)).days) for day in stay) for stay in STAYS]
    text = "\n".join(
        ["client_id,admit_date,discharge_date", *(f"A{n},{a},{b}" for n, (a, b) in enumerate(numbers))]
    )
    (tmp_path / "numbers.csv").write_text(text, encoding="utf-8")
    epoch = "epoch_1904" if form == "excel_1904" else "epoch_1900"
    create_project(
        tmp_path / "numbers.csv",
        tmp_path / "asked",
        basis="synthetic",
        ask=lambda one: epoch if "day number" in one.text else "",
    )
    found = load(tmp_path / "asked" / "cohort.toml").discharges["discharge_day"].tolist()
    assert found == [(exit.date() - dt.date(1970, 1, 1)).days for _, exit in STAYS]


def test_a_few_words_do_not_end_a_guess_and_are_listed(tmp_path):
    rows = [
        (f"03/{day:02d}/2025", f"04/{day:02d}/2025", str(20 + day), "FM"[day % 2]) for day in range(1, 29)
    ]
    rows[3] = ("Unknown", rows[3][1], "n/a", "U")
    rows[7] = (rows[7][0], "pending", "30", "F")
    lines = mapped(tmp_path, rows, header="client_id,admit_date,discharge_date,age,sex")
    word = "a word instead of a value in 1 of 28 rows (row {0}): correct the cells, or list their text under missing"
    form = '{{ from = "{0}", format = "%m/%d/%Y" }}  # GUESS: '
    assert lines["admit_day"] == form.format("admit_date") + word.format(5)
    assert lines["discharge_day"] == form.format("discharge_date") + word.format(9)
    assert lines["age"] == '"age"  # GUESS: ' + word.format(5)
    assert lines["sex"] == (
        '{ from = "sex", codes = { "F" = "female", "M" = "male" }, unknown = "missing" }  '
        "# GUESS: 1 row has other values, read as missing"
    )
    assert [line.split(":")[0] for line in said(tmp_path)] == [
        "discharges.admit_day is not a date written as %m/%d/%Y",
        "discharges.discharge_day is not a date written as %m/%d/%Y",
        "discharges.age is not a number",
    ]


def test_many_words_end_a_guess(tmp_path):
    rows = [("2025-03-01", "2025-04-01")] * 10 + [("pending", "2025-04-01")] * 4
    assert mapped(tmp_path, rows)["# admit_day"] == (
        '"admit_date"  # TODO: not all cells are dates in one format, or whole days'
    )


def test_dates_of_a_workbook_stay_dates_beside_a_word(tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["Client ID", "Admit Date", "Discharge Date"])
    for number, stay in enumerate(STAYS[:4]):
        book.active.append([f"A{number}", *(("Unknown", stay[1]) if number == 1 else stay)])
    book.save(tmp_path / "list.xlsx")
    lines = project_lines(tmp_path, "list.xlsx")
    assert lines["admit_day"].startswith('{ from = "Admit Date", format = "%Y-%m-%d" }  # GUESS: a word')
    assert said(tmp_path) == [
        "discharges.admit_day is not a date written as %Y-%m-%d: 1 row, at position 1 (row 3 of list.xlsx, sheet Sheet). "
        'Write all dates in column "Admit Date" as %Y-%m-%d, or add the text to missing.'
    ]


def test_a_day_of_one_figure_is_not_read_as_iso(tmp_path):
    rows = [("2025-03-01", "2025-04-1"), ("2025-03-02", "2025-04-02")]
    assert "# TODO: not all cells are dates" in mapped(tmp_path, rows)["discharge_day"]


EPOCHS = {"unix_seconds": (1970, 1), "unix_milliseconds": (1970, 1000), "seconds_since_1960": (1960, 1)}


def counted(day, form, hour=0):
    """A day and hour as a number of seconds, or of parts of one."""
    year, parts = EPOCHS[form]
    return str(int((day + dt.timedelta(hours=hour) - dt.datetime(year, 1, 1)).total_seconds()) * parts)


@pytest.mark.parametrize("form", EPOCHS)
def test_seconds_are_dates_and_other_dates_of_the_file_choose_their_epoch(tmp_path, form):
    days = [dt.datetime(2025, 3, day) for day in range(1, 29)]
    rows = [(counted(day, form), f"{day + dt.timedelta(days=30):%Y-%m-%d}") for day in days]
    lines = mapped(tmp_path, rows)
    assert lines["admit_day"].startswith(f'{{ from = "admit_date", format = "{form}" }}')
    stays = load(tmp_path / "project" / "cohort.toml").discharges
    assert set(stays["discharge_day"] - stays["admit_day"]) == {30}


def test_seconds_of_two_epochs_are_a_question(tmp_path):
    days = [dt.datetime(2025, 3, day) for day in range(1, 29)]
    lines = mapped(tmp_path, [(counted(day, "unix_seconds"),) * 2 for day in days])
    assert "or since 1960 as SAS counts (seconds_since_1960): choose" in lines["discharge_day"]


def test_moments_of_unix_need_the_time_zone(tmp_path):
    days = [dt.datetime(2025, 3, day) for day in range(1, 29)]
    lines = mapped(tmp_path, [(counted(day, "unix_milliseconds", hour=3),) * 2 for day in days])
    assert "TODO: the times are counted in UTC (Unix)" in lines["discharge_day"]
    answers = tmp_path / "answers.toml"
    answers.write_text('format = 1\ntimezone = "America/Denver"\n', encoding="utf-8")
    create_project(tmp_path / "list.csv", tmp_path / "again", basis="synthetic", answers=answers)
    read = load(tmp_path / "again" / "cohort.toml").discharges["discharge_day"]
    # 3:00 in UTC is the evening before in Denver.
    assert read.min() == (dt.date(2025, 2, 28) - dt.date(1970, 1, 1)).days


def test_a_few_days_that_do_not_exist_do_not_end_a_guess(tmp_path):
    rows = [(f"{a:%m/%d/%Y}", f"{b:%m/%d/%Y}") for a, b in STAYS]
    rows[4] = (rows[4][0], "02/30/2025")
    lines = mapped(tmp_path, rows)
    assert lines["clock"].startswith('"date"')
    assert "such as 02/30 or the year 9999 in 1 of 28 rows (row 6)" in lines["discharge_day"]
    assert [problem.file_rows for problem in check_cohort(tmp_path / "project" / "cohort.toml")] == [(6,)]
