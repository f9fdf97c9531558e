"""A date becomes the day that a calendar showed where it was written; a format must give a complete date."""

import datetime as dt

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stepdown.sources import check_cohort, load
from stepdown.sources.map.dates import KNOWN, parse, possible
from support_sources import DATES, DISCHARGES, said, write


def formatted(form):
    return DATES + DISCHARGES.replace('"out"', f'{{ from = "out", format = "{form}" }}')


@pytest.mark.parametrize(
    "form",
    ["%Q", "%d", "%m/%d", "%Y-%m", "%Y", "dates", "%Y-%m-%d %H:%M:%S%z"],
)
def test_a_format_that_tells_no_day_or_one_of_another_place_is_refused(tmp_path, form):
    path = write(tmp_path, formatted(form), discharges="id in out\n1 2026-01-01 2026-01-09")
    assert said(check_cohort(path)) == [
        "cohort.toml.tables.discharges.columns.discharge_day.format does not give year, month and day. "
        'Write it as in "%Y-%m-%d" or "%m/%d/%Y", without a time zone; for numbers "excel", "excel_1904", '
        '"days_since_1960", "seconds_since_1960", "unix_seconds" or "unix_milliseconds".'
    ]


@pytest.mark.parametrize(
    ("form", "cell"),
    [
        ("%m/%d/%y", "3/1/24"),
        ("%d%b%Y", "01MAR2024"),
        ("%Y-%j", "2024-061"),
        ("%Y-%m-%dT%H:%M:%SZ", "2024-03-01T23:59:59Z"),
        ("excel", "45352.9"),
        ("%Y%j", "2024061"),
        ("%Y-%m-%d-%H.%M.%S.%f", "2024-03-01-23.59.59.000001"),
        ("seconds_since_1960", "2024956799"),
        ("unix_seconds", "1709251200"),
        ("unix_milliseconds", "1709251200000"),
    ],
)
def test_formats_of_any_order(tmp_path, form, cell):
    path = write(tmp_path, formatted(form), discharges=f"id in out\n1 2024-02-29 {cell}")
    days = load(path).discharges.loc[0, ["admit_day", "discharge_day"]]
    assert days.tolist() == [19782, 19783]


def test_a_moment_with_a_time_zone_counts_on_the_day_of_its_own_place(tmp_path):
    zone = pa.timestamp("us", "America/New_York")
    # 03:00 in Greenwich is still the evening before in New York.
    moments = [dt.datetime(2026, 1, 3, 3), dt.datetime(2026, 1, 9, 3)]
    columns = {name: pa.array([moment], zone) for name, moment in zip(("in", "out"), moments, strict=True)}
    pq.write_table(pa.table({"id": ["1"], **columns}), tmp_path / "discharges.parquet")
    path = write(tmp_path, DATES + DISCHARGES.replace(".csv", ".parquet"))
    days = load(path).discharges.loc[0, ["admit_day", "discharge_day"]]
    assert days.tolist() == [(dt.date(2026, 1, day) - dt.date(1970, 1, 1)).days for day in (2, 8)]


ZONED = "id in out\n1 2026-01-02T03:30:00Z 2026-02-01T06:59:00+00:00\n"


def test_a_time_with_a_zone_is_refused_without_the_zone_of_the_program(tmp_path):
    path = write(tmp_path, DATES + DISCHARGES, discharges=ZONED)
    remedy = (
        'They have a time zone: write timezone = "America/Denver" (that of your program) and format = '
        '"%Y-%m-%dT%H:%M:%S%z".'
    )
    assert said(check_cohort(path))[:2] == [
        f"discharges.{name} is not written as %Y-%m-%d: 1 row, at position 0 (row 2 of the file). {remedy}"
        for name in ("admit_day", "discharge_day")
    ]


def test_a_time_with_a_zone_becomes_the_day_of_the_program(tmp_path):
    mapped = DISCHARGES
    for name in ("in", "out"):
        mapped = mapped.replace(f'= "{name}"', f'= {{ from = "{name}", format = "%Y-%m-%dT%H:%M:%S%z" }}')
    for zone, days in (
        ("America/Denver", ["2026-01-01", "2026-01-31"]),
        ("UTC", ["2026-01-02", "2026-02-01"]),
    ):
        config = DATES.replace("format = 1\n", f'format = 1\ntimezone = "{zone}"\n', 1) + mapped
        frame = load(write(tmp_path, config, discharges=ZONED)).discharges
        found = [frame["admit_day"][0], frame["discharge_day"][0]]
        assert [str(dt.date(1970, 1, 1) + dt.timedelta(days=int(day))) for day in found] == days
    config = config.replace("UTC", "Denver")
    assert [one.what for one in check_cohort(write(tmp_path, config, discharges=ZONED))] == [
        "cannot be used: write the name of a time zone, such as America/Denver"
    ]


def test_formats_left_out_unread_would_not_fit():
    day = dt.datetime(2024, 11, 5, 9, 30, 5)
    for form in KNOWN[::6]:
        for text in (day.strftime(form), day.strftime(form).upper(), day.strftime(form) + "Z"):
            left_out = sorted(set(KNOWN) - set(possible([text])))
            assert len(left_out) > 50
            assert [form for form in left_out if parse([text], [form])[0] > 0] == []
