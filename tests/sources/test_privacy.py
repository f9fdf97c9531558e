"""Identifiers stop the load or are left out, and no message or traceback ever holds a value."""

import traceback

import pytest

from stepdown.errors import DataError, IdentifierError, StepdownError
from stepdown.sources import check_cohort, create_project, load
from support_sources import DATES, DISCHARGES, FOLLOWUP, HEAD, OBSERVATIONS, SERVICES, said, write

pytestmark = pytest.mark.slow

SECRET = "Zebra"
BASES = ("safe_harbor", "limited_data_set", "expert_determination", "synthetic")


def based(basis, config=HEAD):
    return config.replace("synthetic", basis)


@pytest.mark.parametrize("basis", BASES)
def test_an_identifier_that_is_not_mapped_stops_the_load(tmp_path, basis):
    path = write(tmp_path, based(basis) + DISCHARGES, discharges="id in out mail\n1 0 9 a@example.org")
    with pytest.raises(IdentifierError) as raised:
        load(path)
    assert said(raised.value.problems) == [
        "discharges.csv.mail seems to hold e-mail addresses. Remove the column from the file; "
        "if it is not an identifier, give the reason under [allow]."
    ]


def test_own_operations_leaves_it_out_but_stops_where_it_is_mapped(tmp_path):
    data = "id in out mail\n1 0 9 a@example.org"
    path = write(tmp_path, based("own_operations") + DISCHARGES, discharges=data)
    assert load(path).dropped == ("discharges.csv: mail",)
    covariate = '[tables.discharges.covariates]\nm = { from = "mail", type = "text", known = "admission" }\n'
    path = write(tmp_path, based("own_operations") + DISCHARGES + covariate, discharges=data)
    with pytest.raises(
        IdentifierError,
        match=r"discharges.csv.mail seems to hold e-mail addresses. Remove the column "
        "from the file and from the map; if it is not an identifier",
    ):
        load(path)


def test_a_written_reason_lets_a_column_past(tmp_path):
    config = HEAD + DISCHARGES + '[allow]\nmail = "Test mailboxes, reviewed by the officer"\n'
    cohort = load(write(tmp_path, config, discharges="id in out mail\n1 0 9 a@example.org"))
    assert cohort.allowed == {"mail": "Test mailboxes, reviewed by the officer"}


def test_client_ids_that_are_hashes_stop_every_basis(tmp_path):
    data = "id in out\n5d41402abc4b2a76b9719d911017c592 0 9\n7d793037a0760186574b0282f2f435e7 0 9"
    for basis in (*BASES, "own_operations"):
        path = write(tmp_path, based(basis) + DISCHARGES, discharges=data)
        with pytest.raises(IdentifierError, match=r"discharges.csv.id seems to hold hashes"):
            load(path)


def test_dates_and_quarters_stop_only_safe_harbor(tmp_path):
    data = "id in out q\n1 2026-01-02 2026-01-20 2026Q1"
    for basis in ("limited_data_set", "expert_determination", "own_operations", "synthetic"):
        assert check_cohort(write(tmp_path, based(basis, DATES) + DISCHARGES, discharges=data)) == []
    path = write(tmp_path, based("safe_harbor", DATES) + DISCHARGES, discharges=data)
    assert [(problem.column, problem.what) for problem in check_cohort(path)] == [
        ("in", "seems to hold dates"),
        ("out", "seems to hold dates"),
        ("q", "seems to hold quarters of a year"),
    ]


def test_an_age_over_89_stops_the_load(tmp_path):
    path = write(tmp_path, HEAD + DISCHARGES + 'age = "years"\n', discharges="id in out years\n1 0 9 93")
    with pytest.raises(IdentifierError, match=r"discharges.csv.years seems to hold ages over 89"):
        load(path)


def test_quarters_are_not_made_under_safe_harbor(tmp_path):
    allow = (
        '[allow]\nin = "Shifted at random, client by client"\nout = "Shifted at random, client by client"\n'
    )
    path = write(
        tmp_path,
        based("safe_harbor", DATES) + DISCHARGES + allow,
        discharges="id in out\n1 2026-01-02 2026-01-20",
    )
    assert load(path).discharges["quarter"].isna().all()


def test_a_reason_counts_for_its_column_only(tmp_path):
    config = HEAD + DISCHARGES + '[allow]\nmail = "Test mailboxes, reviewed by the officer"\n'
    path = write(tmp_path, config, discharges="id in out mail ssn\n1 0 9 a@example.org 111-22-3333")
    assert [problem.column for problem in check_cohort(path)] == ["ssn"]


MESSY = """
id in out age sex note
Zebra1 0 Zebra 40 Zebra 1
Zebra2 9 3 Zebra male 1
Zebra2 9 3 300 male 1
"""


def test_no_message_or_traceback_holds_a_value(tmp_path):
    config = HEAD + DISCHARGES + 'age = "age"\nsex = "sex"\n' + SERVICES + OBSERVATIONS + FOLLOWUP
    path = write(
        tmp_path,
        config,
        discharges=MESSY,
        services="id level day\nZebra1 Zebra Zebra\nZebra9 iop 4\nZebra2 iop 0",
        observations="id day finding\nZebra1 5 Zebra\nZebra2 500 positive",
        followup="id from to\nZebra1 9 0\nZebra2 Zebra 9",
    )
    with pytest.raises(DataError) as raised:
        load(path)
    assert len(raised.value.problems) >= 12
    assert SECRET not in "".join(traceback.format_exception(raised.value))


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("d.csv", b"id,in,out\nZebra,\xff,1\n"),
        ("d.csv", b"id,in,out\nZebra,1\n"),
        ("d.csv", b'id,in,out\n"Zebra,1,1\n2,3,4\n'),
        ("d.csv", b"Zebra"),
        ("d.csv.gz", b"Zebra"),
        ("d.xlsx", b"Zebra"),
        ("d.parquet", b"Zebra"),
        ("d.dta", b"Zebra"),
        ("d.sas7bdat", b"Zebra" * 500),
    ],
)
def test_no_library_speaks_through(tmp_path, name, data):
    (tmp_path / name).write_bytes(data)
    path = write(tmp_path, HEAD + DISCHARGES.replace("discharges.csv", name))
    with pytest.raises(StepdownError) as raised:
        load(path)
    shown = "".join(traceback.format_exception(raised.value))
    assert SECRET not in shown
    assert "arrow" not in shown.lower()


def test_a_fault_of_ours_says_where_and_nothing_else(tmp_path, monkeypatch):
    def broken(*arguments, **keywords):
        raise ValueError(f"cannot cast {SECRET}")

    path = write(tmp_path, HEAD + DISCHARGES, discharges="id in out\n1 0 9")
    monkeypatch.setattr("stepdown.sources.loading.table_problems", broken)
    with pytest.raises(
        DataError, match=r"because of an error in stepdown \(ValueError in .*, line \d+\)"
    ) as raised:
        load(path)
    assert f"cast {SECRET}" not in "".join(traceback.format_exception(raised.value))
    assert raised.value.__cause__ is None
    assert raised.value.__context__ is None


def test_a_project_of_a_file_that_makes_us_fail_shows_nothing_either(tmp_path, monkeypatch):
    def broken(*arguments, **keywords):
        raise ValueError(f"cannot cast {SECRET}")

    (tmp_path / "list.csv").write_text("client_id,exit_date\na,2026-01-20\n", encoding="utf-8")
    monkeypatch.setattr("stepdown.sources.init.new_files.guess_table", broken)
    with pytest.raises(DataError, match=r"because of an error in stepdown \(ValueError") as raised:
        create_project(tmp_path / "list.csv", tmp_path / "project")
    assert raised.value.__context__ is None


COVARIATE = (
    '[tables.discharges.covariates]\nwave = { from = "wave", type = "category", known = "admission" }\n'
)


@pytest.mark.parametrize(
    ("rows", "levels", "stopped"), [(199, 50, False), (199, 51, True), (400, 20, False), (400, 21, True)]
)
def test_a_category_of_many_levels_stops_unless_allowed(tmp_path, rows, levels, stopped):
    data = "id in out wave\n" + "\n".join(f"c{n} 0 9 t{n % levels}x" for n in range(rows))
    path = write(tmp_path, HEAD + DISCHARGES + COVARIATE, discharges=data)
    expected = (
        f"discharges.csv.wave is a category with {levels} levels in {rows} rows: reports could single out clients. "
        "Give codes that join them, or the reason under [allow]."
    )
    assert said(check_cohort(path)) == ([expected] if stopped else [])
    config = HEAD + DISCHARGES + COVARIATE + '[allow]\nwave = "Regions of the state, reviewed"\n'
    assert said(check_cohort(write(tmp_path, config, discharges=data))) == []
