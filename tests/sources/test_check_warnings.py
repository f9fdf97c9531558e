"""Warnings of `check`, and what it finds in sheets that no map reads."""

import openpyxl
import pytest
from typer.testing import CliRunner

from stepdown.cli.application import app
from stepdown.sources import check_cohort, checked_cohort, load
from support_sources import DISCHARGES, FOLLOWUP, HEAD, OBSERVATIONS, SERVICES, said, write


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
