"""A year of birth is judged against the latest date of the data, not against a constant or the clock."""

import datetime as dt

import pyarrow as pa
import pytest

from stepdown.identifiers import scan


def columns(year, **others):
    named = {"yob": [year, "1980", "1975"], **others}
    return {name: pa.chunked_array([pa.array(values)]) for name, values in named.items()}


@pytest.mark.parametrize(
    ("year", "exit_date", "stopped"),
    [
        ("1936", ["2026-01-05", "2025-12-30", ""], True),
        ("1937", ["2026-01-05", "2025-12-30", ""], False),
        ("1936", ["12/30/2025", "1/2/2024", ""], False),
        ("1935", ["12/30/2025", "1/2/2024", ""], True),
        ("1920", ["2008-01-05", "2009-12-30", ""], False),
        ("1919", [dt.date(2009, 1, 1), dt.date(2008, 1, 1), None], True),
        ("1920", [dt.date(2009, 1, 1), dt.date(2008, 1, 1), None], False),
        # 2099 is a code for no date.
        ("1940", ["2026-01-05", "2099-12-31", ""], False),
        # Without any date the data are no earlier than this version.
        ("1936", ["a", "b", "c"], True),
        ("1937", ["a", "b", "c"], False),
    ],
)
def test_the_age_is_that_of_the_latest_year_of_the_data(year, exit_date, stopped):
    found = scan(columns(year, exit_day=exit_date), basis="limited_data_set")
    assert [(one.column, one.what) for one in found] == ([("yob", "ages over 89")] if stopped else [])


def test_dates_of_birth_are_no_dates_of_the_data():
    found = scan(columns("1936", dob=["1936-02-01", "1980-01-01", "1975-01-01"]), basis="limited_data_set")
    assert "ages over 89" in {one.what for one in found}
