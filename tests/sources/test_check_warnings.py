"""Warnings of `check`, and what it finds in sheets that no map reads."""

import openpyxl
import pytest
from typer.testing import CliRunner

from stepdown.cli.application import app
from stepdown.sources import check_cohort, checked_cohort, load
from support_sources import DATES, DISCHARGES, FOLLOWUP, HEAD, OBSERVATIONS, SERVICES, said, write


def test_a_header_without_rows_is_a_warning_for_events_and_a_problem_for_discharges(tmp_path):
    config = HEAD + DISCHARGES + SERVICES
    path = write(tmp_path, config, discharges="id in out\n1 0 9", services="id level day")
    found = checked_cohort(path)
    assert found.problems == ()
    assert said(found.warnings) == [
        "services.csv has no rows below its header, so there are no services. Export it again if it should "
        "have rows."
    ]
    assert len(load(path).services) == 0
    (tmp_path / "services.csv").write_text("id,level,day", encoding="utf-8")
    assert checked_cohort(path) == found
    path = write(tmp_path, config, discharges="id in out", services="id level day\n1 iop 12")
    assert said(check_cohort(path)) == [
        "discharges.csv has no rows below its header. Export it again, with a header and rows."
    ]


def test_rows_states_how_many_rows_a_file_has(tmp_path):
    data = "id in out\n1 0 9\n2 0 9"
    config = HEAD + DISCHARGES.replace('file = "discharges.csv"', 'file = "discharges.csv"\nrows = {0}')
    assert check_cohort(write(tmp_path, config.replace("{0}", "2"), discharges=data)) == []
    assert said(check_cohort(write(tmp_path, config.replace("{0}", "1200"), discharges=data))) == [
        "discharges.csv has 2 rows below its header, not 1,200 as rows states. Read the whole export, or "
        "correct rows in the cohort file."
    ]


@pytest.mark.parametrize("without", [0, 1])
def test_clients_followed_without_a_finding_are_counted(tmp_path, without):
    config = HEAD + DISCHARGES + OBSERVATIONS + FOLLOWUP
    ids = range(1, 6)
    path = write(
        tmp_path,
        config,
        discharges="id in out\n" + "\n".join(f"{n} 0 9" for n in ids),
        observations="id day finding\n" + "\n".join(f"{n} 40 negative" for n in ids if n > without),
        followup="id from to\n" + "\n".join(f"{n} 9 99" for n in ids),
    )
    found = checked_cohort(path)
    assert found.problems == ()
    assert [problem.what for problem in found.warnings] == without * [
        "has 1 of 5 clients followed without any finding, positive or negative: they count as observed and "
        "free of relapse"
    ]
    done = CliRunner().invoke(app, ["check", str(path)])
    assert done.stdout.count("Warning: followup has 1 of 5 clients") == without
    assert done.stdout.endswith("No problems found.\n")
    assert done.exit_code == 0


def test_a_sheet_that_is_not_mapped_is_scanned_for_identifiers(tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["id", "in", "out"])
    book.active.append([1, 0, 9])
    other = book.create_sheet("Contacts")
    other.append(["Last name", "phone"])
    for number in range(10):
        other.append(["Smith", f"617-555-01{number:02d}"])
    book.create_sheet("Empty")
    book.save(tmp_path / "log.xlsx")
    config = HEAD + DISCHARGES.replace("discharges.csv", "log.xlsx")
    found = checked_cohort(write(tmp_path, config))
    assert said(found.warnings) == [
        "log.xlsx, sheet Contacts is not mapped. Map it in the cohort file, or leave it if the study does not "
        "need it."
    ]
    assert [(problem.table, problem.column) for problem in found.problems] == [
        ("log.xlsx, sheet Contacts", "Last name"),
        ("log.xlsx, sheet Contacts", "phone"),
    ]
    own = checked_cohort(write(tmp_path, config.replace("synthetic", "own_operations")))
    assert own.problems == ()
    assert len(own.warnings) == 1


def test_attributes_of_sites_become_covariates_known_at_admission(tmp_path):
    sites = '[sites]\n"a" = { label = "North", accredited = true, evening = false }\n"b" = "South"\n'
    config = HEAD + DISCHARGES + 'site_id = "site"\n' + sites
    data = "id in out site\n1 0 9 a\n2 0 9 b\n3 0 9 c"
    cohort = load(write(tmp_path, config, discharges=data))
    assert cohort.sites == {"a": "North", "b": "South"}
    assert [(column.name, column.known) for column in cohort.covariates] == [
        ("accredited", "admission"),
        ("evening", "admission"),
    ]
    assert cohort.discharges["accredited"].astype(object).fillna("?").tolist() == [True, "?", "?"]
    assert cohort.discharges["evening"].astype(object).fillna("?").tolist() == [False, "?", "?"]
    assert cohort.known_day("evening").tolist() == [0, 0, 0]
    wrong = config.replace("accredited = true", 'accredited = "yes"')
    (problem,) = check_cohort(write(tmp_path, wrong, discharges=data))
    assert problem.column == "sites.a.accredited"


def test_copies_of_a_row_are_a_warning_where_every_column_of_the_file_is_the_same(tmp_path):
    sessions = "id level day hour\n1 iop 12 9\n1 iop 12 9\n1 iop 12 14"
    path = write(tmp_path, HEAD + DISCHARGES + SERVICES, discharges="id in out\n1 0 9", services=sessions)
    assert said(checked_cohort(path).warnings) == [
        "services.client_id is on a row that repeats another one in every column of the file: 1 row, at position 1 "
        "(row 3 of the file). Remove the copies if the export wrote rows twice; two events of a day need a column "
        "that differs."
    ]


def test_follow_up_beyond_a_death_is_a_warning(tmp_path):
    tables = {
        "discharges": "id in out\n1 0 9",
        "observations": "id day finding\n1 40 death",
        "followup": "id from to\n1 9 90",
    }
    path = write(tmp_path, HEAD + DISCHARGES + OBSERVATIONS + FOLLOWUP, **tables)
    found = checked_cohort(path)
    assert found.problems == ()
    assert said(found.warnings) == [
        "followup.end_day is after the client's death: 1 row, at position 0 (row 2 of the file). End the follow-up "
        "on the day of death; later days are not counted."
    ]


def test_a_total_row_with_days_is_no_client(tmp_path):
    path = write(tmp_path, HEAD + DISCHARGES, discharges="id in out\n1 0 9\nTOTAL 0 9")
    assert said(check_cohort(path)) == [
        "discharges.client_id is the word total, so that the row is no client: 1 row, at position 1 (row 3 of the "
        "file). Clear the row, and other rows of totals or notes."
    ]


def test_a_day_far_from_all_discharges_is_a_code_for_one_that_is_not_known(tmp_path):
    tables = {
        "discharges": "id in out\n1 2026-01-05 2026-02-01",
        "observations": "id day finding\n1 1970-01-01 positive",
        "followup": "id from to\n1 2026-02-01 2026-05-01",
    }
    path = write(tmp_path, DATES + DISCHARGES + OBSERVATIONS + FOLLOWUP, **tables)
    assert said(check_cohort(path)) == [
        "observations.day is more than 20 years from most discharges: 1 row, at position 0 (row 2 of the file). "
        "Correct the day, or list its text under missing if it means that no day is known."
    ]


@pytest.mark.parametrize(("end", "warned"), [("90", True), ("30", False)])
def test_follow_up_that_ends_with_an_unanswered_call_is_a_warning(tmp_path, end, warned):
    tables = {
        "discharges": "id in out\n1 -20 0\n2 -20 0",
        "observations": "id day finding\n1 30 negative\n1 90 missing\n2 30 negative\n2 90 negative",
        "followup": f"id from to\n1 0 {end}\n2 0 90",
    }
    path = write(tmp_path, HEAD + DISCHARGES + OBSERVATIONS + FOLLOWUP, **tables)
    warnings = said(checked_cohort(path).warnings)
    assert warnings == warned * [
        "followup.end_day is the day of a contact that was not answered: up to then the client counts as free of "
        "relapse: 1 row, at position 0 (row 2 of the file). End the follow-up on the day of the last contact that was "
        "answered."
    ]


def test_check_of_a_study_prints_the_warnings_of_its_cohort(tmp_path):
    write(tmp_path, HEAD + DISCHARGES + SERVICES, discharges="id in out\n1 0 9", services="id level day")
    (tmp_path / "study.toml").write_text(
        'format = 1\ntitle = "One"\ncohort = "cohort.toml"\nseed = 1\n[time_zero]\nevent = "discharge"\n'
        '[outcome]\nendpoint = "first_use@1"\nwindow = [30, 90]\ntimes = [30, 90]\n',
        encoding="utf-8",
    )
    done = CliRunner().invoke(app, ["check", str(tmp_path / "study.toml")])
    assert "Warning: services.csv has no rows below its header" in done.output
