"""Files as exports leave them: separators, totals, hidden sheets, failed formulas, zones, codes for missing."""

import datetime as dt

import numpy as np
import openpyxl
import pandas as pd
import pyarrow as pa
import pytest

from stepdown.sources import check_cohort, create_project, load
from stepdown.sources.init.answers import Answers, answers_text, read_answers
from stepdown.sources.init.status_words import events_of_words

pytestmark = pytest.mark.slow

HEAD = ["client_id", "admit_date", "discharge_date", "relapse_date", "last_contact"]
ROWS = [
    ["1", "2026-01-05", "2026-02-01", "2026-03-01", "2026-05-02"],
    ["2", "2026-01-07", "2026-02-03", "", "2026-05-09"],
    ["3", "2026-01-09", "2026-02-04", "2026-02-20", "2026-04-02"],
]


def text(*rows, separator=","):
    return "\n".join(separator.join(row) for row in (HEAD, *ROWS, *rows)) + "\n"


def made(tmp_path, content, *, name="log.csv", basis="synthetic", **options):
    path = tmp_path / name
    if isinstance(content, pd.DataFrame):
        content.to_csv(path, index=False)
    elif isinstance(content, str):
        path.write_text(content, encoding="utf-8")
    else:
        content.save(path)
    project = create_project(path, tmp_path / "out", basis=basis, **options)
    return project, tmp_path / "out" / "cohort.toml"


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_a_csv_file_may_have_another_separator(tmp_path, separator):
    project, path = made(tmp_path, text(separator=separator))
    assert project.problems == ()
    assert load(path).discharges["client_id"].tolist() == ["1", "2", "3"]


def test_totals_and_footers_of_a_text_file_are_no_clients(tmp_path):
    total, footer = ["Total", "3", "", "", ""], ["Printed 5/10/2026", "", "", "", ""]
    project, path = made(tmp_path, text(total, footer))
    assert (len(load(path).discharges), project.problems) == (3, ())
    assert any("total rows (row 5)" in note for note in project.notes)
    assert any("notes (row 6)" in note for note in project.notes)


def book(*sheets, hidden=()):
    work = openpyxl.Workbook()
    work.remove(work.active)
    for name, rows in sheets:
        sheet = work.create_sheet(name)
        sheet.sheet_state = "hidden" if name in hidden else "visible"
        for row in (HEAD, *rows):
            sheet.append([dt.date.fromisoformat(cell) if "-" in cell else cell or None for cell in row])
    return work


def test_a_hidden_sheet_and_a_copy_of_a_sheet_are_named_and_not_read(tmp_path):
    sheets = [("Log", ROWS), ("old", ROWS[:2]), ("Backup", ROWS[1:]), ("2024", [["9", *ROWS[0][1:]]])]
    project, path = made(tmp_path, book(*sheets, hidden=["old"]), name="log.xlsx")
    assert sorted(load(path).discharges["discharge_day"]) == [20485, 20485, 20487, 20488]
    assert project.unused == (
        "log.xlsx, sheet old (is hidden, and another sheet holds discharges; to use it, say so under sheets in "
        "the answers)",
        "log.xlsx, sheet Backup (all its rows are in log.xlsx, sheet Log as well)",
    )


def test_a_failed_formula_is_no_empty_cell(tmp_path):
    work = book(("Log", ROWS))
    work["Log"]["E2"] = "#REF!"
    project, _ = made(tmp_path, work, name="log.xlsx")
    assert any(problem.column == "end_day" and problem.file_rows == (2,) for problem in project.problems)


def test_an_age_from_the_date_of_birth_passes_the_guard_of_the_copy(tmp_path):
    frame = pd.DataFrame(ROWS, columns=HEAD).assign(DOB=["1/2/1990", "5/6/1930", "7/30/1985"])
    project, path = made(tmp_path, frame, basis="own_operations")
    assert project.problems == ()
    assert sorted(load(path).discharges["age"]) == [36, 40, 90]


@pytest.mark.parametrize("basis", ["synthetic", "own_operations"])
def test_99_for_an_age_or_9_for_a_rating_is_missing(tmp_path, basis):
    frame = pd.DataFrame(ROWS, columns=HEAD).assign(age=[30, 99, 41], asam_dim2=[9, 4, 0])
    _, path = made(tmp_path, frame, basis=basis)
    stays = load(path).discharges
    assert sorted(stays["age"].dropna()) == [30, 41]
    assert sorted(stays["asam_dim2"].dropna()) == [0, 4]


def test_times_with_a_zone_become_the_day_there_once_the_zone_is_said(tmp_path):
    frame = pd.DataFrame(ROWS, columns=HEAD)
    frame[HEAD[1:]] = frame[HEAD[1:]].map(lambda day: f"{day}T03:00:00Z" if day else "")
    project, _ = made(tmp_path, frame)
    assert any("timezone in the answers" in line for line in project.todo)
    (tmp_path / "answers.toml").write_text(answers_text(Answers(timezone="America/Denver")), encoding="utf-8")
    assert read_answers(tmp_path / "answers.toml").timezone == "America/Denver"
    create_project(
        tmp_path / "log.csv", tmp_path / "said", basis="synthetic", answers=tmp_path / "answers.toml"
    )
    days = load(tmp_path / "said" / "cohort.toml").discharges["discharge_day"]
    assert sorted(days) == [20484, 20486, 20487]


def test_a_year_that_no_client_has_does_not_hide_a_column(tmp_path):
    frame = pd.DataFrame(ROWS, columns=HEAD).replace({"relapse_date": {"": "9999-12-31"}})
    _, path = made(tmp_path, frame)
    (problem,) = check_cohort(path)
    assert (problem.column, problem.file_rows) == ("day", (3,))


@pytest.mark.parametrize(
    ("column", "values", "days"),
    [
        ("relapsed", ["Relapsed", "censored", "Relapsed"], [12, 40]),
        ("status", ["relapse", "no relapse", "died"], [12, 40]),
        ("status", ["event", "censored", "event"], [12, 40]),
        ("cause", ["lost to follow-up", "drinking", "alive"], [55]),
    ],
)
def test_words_of_a_status_show_its_events(tmp_path, column, values, days):
    frame = pd.DataFrame({"id": [1, 2, 3], "time": [12, 55, 40], column: values})
    _, path = made(tmp_path, frame)
    assert sorted(load(path).observations["day"]) == days


def test_three_numbers_of_a_status_are_a_question(tmp_path):
    frame = pd.DataFrame({"id": [1, 2, 3, 4], "ftime": [12, 55, 40, 7], "fstatus": [0, 1, 2, 0]})
    project, _ = made(tmp_path, frame)
    assert any("which value means the event is not known" in line for line in project.todo)


@pytest.mark.parametrize(("unit", "days"), [("weeks", [11, 21]), ("months", [49, 91])])
def test_times_in_other_units_become_whole_days(tmp_path, unit, days):
    frame = pd.DataFrame({"id": [1, 2, 3], unit: [1.6, 3, 9], "relapse": [1, 1, 0]})
    _, path = made(tmp_path, frame)
    assert sorted(load(path).observations["day"]) == days


def test_a_time_to_relapse_is_a_day_only_where_some_have_none(tmp_path):
    frame = pd.DataFrame({"id": [1, 2], "days_to_relapse": [12, np.nan], "days_followed": [90, 90]})
    _, path = made(tmp_path, frame)
    assert load(path).observations["day"].tolist() == [12]
    create_project(_saved(frame.fillna(30), tmp_path / "full.csv"), tmp_path / "full", basis="synthetic")
    assert len(load(tmp_path / "full" / "cohort.toml").observations) == 0


def _saved(frame, path):
    frame.to_csv(path, index=False)
    return path


def test_words_of_a_status_that_are_not_usual_show_nothing():
    assert events_of_words(pa.chunked_array([["green", "red"]])) == {}
    assert events_of_words(pa.chunked_array([["relapsed", "relapsed"]])) == {}
