"""Exact words in which files, cohort files and answers are refused, where no other test states them."""

import re
import traceback

import pandas as pd
import pytest

from stepdown.errors import ConfigError, DataError
from stepdown.sources import check_cohort, checked_cohort, create_project, data_folders, load
from stepdown.sources.init.answers import meanings
from stepdown.sources.read.files import read_file
from stepdown.sources.read.text_files import ReadError, _explain
from support_sources import DISCHARGES, FOLLOWUP, HEAD, OBSERVATIONS, said, write

DATA = {"discharges": "id in out\n1 0 9\n2 0 9"}
DATE = HEAD.replace('"day"', '"date"')


@pytest.mark.parametrize(
    ("head", "words"),
    [
        (
            HEAD + 'data_cut = "2026-09-30"\n',
            'cohort.toml.data_cut cannot be used: write a date without quotes (clock = "date") or a whole number (clock '
            '= "day"). Correct the key.',
        ),
        (
            HEAD + "data_cut = 2026-09-30\n",
            'cohort.toml cannot be used: data_cut must be a date when clock = "date" and a whole number when clock = '
            '"day". Correct the key.',
        ),
        (
            DATE,
            'cohort.toml cannot be used: data_cut is needed when clock = "date", such as data_cut = 2026-09-30. Correct '
            "the key.",
        ),
    ],
)
def test_words_about_the_data_cut(tmp_path, head, words):
    assert said(check_cohort(write(tmp_path, head + DISCHARGES, **DATA))) == [words]


def test_words_about_clients_without_any_finding(tmp_path):
    path = write(
        tmp_path, HEAD + DISCHARGES + OBSERVATIONS + FOLLOWUP, **DATA,
        observations="id day finding\n1 12 negative", followup="id from to\n1 9 40\n2 9 40",
    )  # fmt: skip
    assert (
        "followup has 1 of 2 clients followed without any finding, positive or negative: they count as observed and free "
        "of relapse. Map their contacts, or end their follow-up on the day of the last one."
    ) in said(checked_cohort(path).warnings)


def test_words_about_files_that_cannot_be_opened(tmp_path, monkeypatch):
    def closed(path):
        raise PermissionError(13, "denied", str(path))

    words = "cannot be opened. Close it in other programs, and check its permissions."
    (tmp_path / "list.csv").write_text("client_id,discharge_date\na,2026-01-20\n", encoding="utf-8")
    pd.DataFrame({"client_id": ["a"]}).to_excel(tmp_path / "log.xlsx", index=False)
    monkeypatch.setattr("stepdown.sources.read.files.file_hash", closed)
    monkeypatch.setattr("stepdown.sources.read.sheets.file_hash", closed)
    with pytest.raises(ReadError) as caught:
        read_file(tmp_path / "list.csv")
    assert said(caught.value.problems) == [f"list.csv {words}"]
    with pytest.raises(DataError) as caught:
        create_project(tmp_path / "log.xlsx", tmp_path / "project")
    assert said(caught.value.problems) == [f"log.xlsx {words}"]


def test_words_about_text_that_is_no_table():
    (problem,) = _explain("list.csv", "whatever Arrow states").problems
    assert str(problem) == (
        "list.csv is not a text table. Save it as CSV, with a header and one row on each line."
    )


def test_words_about_files_without_discharges(tmp_path):
    (tmp_path / "list.csv").write_text("client_id,start_date,level\na,2026-01-20,IOP\n", encoding="utf-8")
    answers = tmp_path / "answers.toml"
    answers.write_text('[sheets]\n"list.csv" = "services"\n', encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        create_project(tmp_path / "list.csv", tmp_path / "project", answers=answers)
    assert said(caught.value.problems) == [
        "list.csv has no file or sheet that seems to hold discharges. One of them needs a column of client ids and one "
        "of the day of discharge, such as client_id and discharge_date, or the name discharges."
    ]


def test_words_about_rows_without_a_client(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "discharges.csv").write_text(
        "client_id,admit_date,discharge_date\na,2026-01-02,2026-01-20\n", encoding="utf-8"
    )
    (tmp_path / "in" / "sessions.csv").write_text("session_date,level\n2026-01-25,IOP\n", encoding="utf-8")
    answers = tmp_path / "answers.toml"
    answers.write_text(
        'overlapping_stays = "join"\n[sheets]\n"sessions.csv" = "services"\n', encoding="utf-8"
    )
    with pytest.raises(ConfigError) as caught:
        create_project(tmp_path / "in", tmp_path / "project", answers=answers)
    assert said(caught.value.problems) == [
        "sessions.csv has no column of client ids, so its rows cannot be joined with those of other sheets. Name the "
        "column of client ids client_id in every sheet, and run init again."
    ]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ('means = "exit_day"', f"means must be one of {', '.join(meanings())}"),
        (
            'means = "discharge_day"\ndue = 30',
            "due is the day after discharge on which a call was due: give it with call_date, call_result and "
            "call_first_use, and with nothing else",
        ),
        (
            'means = "call_date"',
            "due is the day after discharge on which a call was due: give it with call_date, call_result and "
            "call_first_use, and with nothing else",
        ),
    ],
)
def test_words_about_answers(tmp_path, answer, words):
    (tmp_path / "list.csv").write_text("client_id,Exit\na,2026-01-20\n", encoding="utf-8")
    answers = tmp_path / "answers.toml"
    answers.write_text(f'[columns."Exit"]\n{answer}\n', encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        create_project(tmp_path / "list.csv", tmp_path / "project", answers=answers)
    assert said(caught.value.problems) == [
        f"answers.toml.columns.Exit cannot be used: {words}. Correct the key."
    ]


def test_words_about_arguments_that_are_missing_and_about_a_fault_of_ours(tmp_path, monkeypatch):
    with pytest.raises(ConfigError) as caught:
        create_project()
    assert (
        str(caught.value) == "create_project: missing a required argument: 'path'. See help(create_project)."
    )

    def broken(*arguments, **keywords):
        raise ValueError("a cell of the data")

    monkeypatch.setattr("stepdown.sources.loading.table_problems", broken)
    with pytest.raises(DataError) as caught:
        load(write(tmp_path, HEAD + DISCHARGES, **DATA))
    assert re.fullmatch(
        r"The data could not be read because of an error in stepdown \(ValueError in loading\.py, line \d+\)\. Please "
        r"report it with this line, and without any data\.",
        str(caught.value),
    )
    assert "a cell of the data" not in "".join(traceback.format_exception(caught.value))


def test_words_about_an_incomplete_installation(tmp_path, monkeypatch):
    monkeypatch.setattr(data_folders, "_PACKAGE", tmp_path / "site-packages" / "stepdown")
    with pytest.raises(FileNotFoundError) as caught:
        data_folders.bundled("notebooks")
    assert str(caught.value) == "The installation lacks its folder notebooks; install stepdown again."
