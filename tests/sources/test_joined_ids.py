"""Ids that files write differently, and numbers that mean a missing value in another column."""

import pytest

from stepdown.sources import check_cohort, checked_cohort, load
from support_sources import DISCHARGES, HEAD, SERVICES, said, write


@pytest.mark.parametrize(
    ("own", "other"),
    [
        ("0007", "7"),
        ("7", "007"),
        ("7.0", "7"),
        ("7", "7.0"),
        ("ab7", "AB7"),
        ("'7001", "7001"),
        ("7001", '"7,001"'),
        ("7001", "\u200b7001"),
        ("123456789012", "1.23457E+11"),
        ("900000000000", "9E+11"),
        ("A0001", "A1"),
        ("a1", "A0001"),
        ("SR-07", "sr-7"),
    ],
)
def test_ids_that_differ_only_in_form_are_joined(tmp_path, own, other):
    path = write(
        tmp_path,
        HEAD + DISCHARGES + SERVICES,
        discharges=f"id in out\n{own} 0 28\n12 0 28",
        services=f"id level day\n{other} iop 30\n12 iop 33",
    )
    found = checked_cohort(path)
    assert found.problems == ()
    assert said(found.warnings) == [
        "services.client_id differs from the id in discharges only in leading zeros, spaces, capitals, commas, an "
        'apostrophe, a final ".0" or shortening (1.2E+11): 1 row, at position 0 (row 2 of the file). These rows are joined with that client; write the ids '
        "alike if that is wrong."
    ]
    assert load(path).services["client_id"].tolist() == [own, "12"]


def test_an_id_that_fits_two_clients_is_joined_with_none(tmp_path):
    path = write(
        tmp_path,
        HEAD + DISCHARGES + SERVICES,
        discharges="id in out\n07 0 28\n007 0 28",
        services="id level day\n7 iop 30",
    )
    assert [problem.what for problem in check_cohort(path)] == ["is not a client of discharges"]


@pytest.mark.parametrize(
    ("own", "other"), [("A0001 A001", "A1"), ("A0001 B01", "A1 A01"), ("A0001 A1", "A01"), ("A0001 B7", "1")]
)
def test_zeros_behind_letters_tell_ids_apart_where_those_of_one_file_differ_in_them(tmp_path, own, other):
    path = write(
        tmp_path,
        HEAD + DISCHARGES + SERVICES,
        discharges="id in out\n" + "\n".join(f"{one} 0 28" for one in own.split()),
        services="id level day\n" + "\n".join(f"{one} iop 30" for one in other.split()),
    )
    found = checked_cohort(path)
    assert said(found.warnings) == []
    assert [(one.what, len(one.file_rows)) for one in found.problems] == [
        ("is not a client of discharges", len(other.split()))
    ]


def test_a_shortened_id_of_several_clients_is_joined_with_none(tmp_path):
    path = write(
        tmp_path,
        HEAD + DISCHARGES + SERVICES,
        discharges="id in out\n123456789012 0 28\n123456781234 0 28\n1.5E+11 0 28",
        services="id level day\n1.23457E+11 iop 30\n1.6E+11 iop 30",
    )
    found = [problem for problem in check_cohort(path) if "shortened" in problem.what]
    assert [(one.table, one.file_rows, one.kind) for one in found] == [
        ("discharges", (4,), "ids"),
        ("services", (2, 3), "ids"),
    ]


def test_a_number_that_is_missing_in_all_columns_may_be_an_id_or_a_day(tmp_path):
    config = HEAD.replace('missing = ["", "NA"]', 'missing = ["", 99]') + DISCHARGES + 'age = "age"\n'
    data = "id in out age\n1 0 99 99\n99 0 28 41\n3 0 30 52"
    what = "holds a number that missing lists for all columns"
    found = check_cohort(write(tmp_path, config, discharges=data))
    assert [(problem.column, problem.what, problem.file_rows) for problem in found[:2]] == [
        ("client_id", what, (3,)),
        ("discharge_day", what, (2,)),
    ]
    config = config.replace(", 99]", "]").replace('age = "age"', 'age = { from = "age", missing = ["99"] }')
    frame = load(write(tmp_path, config, discharges=data)).discharges
    assert frame["client_id"].tolist() == ["1", "99", "3"]
    assert frame["discharge_day"].tolist() == [99, 28, 30]
    assert frame["age"].fillna(0).tolist() == [0, 41, 52]
