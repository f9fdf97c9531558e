"""Laws: the fast rules between tables agree with slow ones that look at every pair; formats agree."""

import datetime as dt
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stepdown.sources import check_cohort, load
from support_size import quick_or_long
from support_sources import DATES, DISCHARGES, FOLLOWUP, HEAD, OBSERVATIONS, write

pytestmark = pytest.mark.slow

DAY = st.integers(0, 12)
CLIENT = st.sampled_from("abc")
SPAN = st.tuples(CLIENT, DAY, DAY).map(lambda row: (row[0], min(row[1:]), max(row[1:])))
LAW = settings(max_examples=quick_or_long(20, 60), deadline=None)


def lines(header, rows):
    return "\n".join([header, *(" ".join(str(cell) for cell in row) for row in rows)])


def count(problems, what):
    return sum(problem.count for problem in problems if problem.what.startswith(what))


@LAW
@given(st.lists(SPAN, min_size=1, max_size=6), st.lists(st.tuples(CLIENT, DAY), min_size=1, max_size=6))
def test_a_finding_needs_a_span_of_its_client(spans, findings):
    with TemporaryDirectory() as folder:
        path = write(
            Path(folder),
            HEAD + DISCHARGES + OBSERVATIONS + FOLLOWUP,
            discharges="id in out\na 0 0\nb 0 0\nc 0 0",
            observations=lines("id day finding", [(*row, "positive") for row in findings]),
            followup=lines("id from to", spans),
        )
        outside = sum(
            not any(who == of and start <= day <= end for of, start, end in spans) for who, day in findings
        )
        assert count(check_cohort(path), "is outside the client's follow-up") == outside


@LAW
@given(st.lists(SPAN, min_size=1, max_size=6))
def test_stays_overlap_when_two_share_an_inner_day(stays):
    with TemporaryDirectory() as folder:
        path = write(Path(folder), HEAD + DISCHARGES, discharges=lines("id in out", stays))
        clash = any(
            one[0] == two[0]
            and (
                (max(one[1], two[1]) < min(one[2], two[2]) and one[1] != one[2])
                or one == two
                or (one[1] < two[1] < one[2])
                or (two[1] < one[1] < two[2])
            )
            for number, one in enumerate(stays)
            for two in stays[:number]
        )
        assert (count(check_cohort(path), "overlaps another stay") > 0) == clash


@settings(max_examples=quick_or_long(5, 15), deadline=None)
@given(st.lists(st.dates(dt.date(1927, 1, 1), dt.date(2026, 9, 30)), min_size=1, max_size=5))
def test_a_day_is_the_days_since_1970(dates):
    for form in ("%Y-%m-%d", "%m/%d/%Y", "%d.%m.%Y", "%Y%m%d"):
        rows = [(number, day.strftime(form).zfill(8), day.isoformat()) for number, day in enumerate(dates)]
        config = DATES + DISCHARGES.replace('"in"', f'{{ from = "in", format = "{form}" }}')
        with TemporaryDirectory() as folder:
            frame = load(write(Path(folder), config, discharges=lines("id in out", rows))).discharges
        expected = [(day - dt.date(1970, 1, 1)).days for day in dates]
        assert frame["admit_day"].tolist() == frame["discharge_day"].tolist() == expected
        assert frame["quarter"].tolist() == [f"{day.year}Q{(day.month + 2) // 3}" for day in dates]


@LAW
@given(st.lists(st.tuples(DAY, st.one_of(st.none(), st.integers(12, 20))), min_size=1, max_size=6))
def test_csv_and_parquet_give_the_same_cohort(rows):
    with TemporaryDirectory() as folder:
        table = pa.table(
            {
                "id": [str(n) for n in range(len(rows))],
                "in": [a for a, _ in rows],
                "out": [b for _, b in rows],
            }
        )
        cells = [(n, a, "NA" if b is None else b) for n, (a, b) in enumerate(rows)]
        path = write(Path(folder), HEAD + DISCHARGES, discharges=lines("id in out", cells))
        one = load(path).discharges
        pq.write_table(table, Path(folder) / "discharges.parquet")
        path.write_text(
            path.read_text(encoding="utf-8").replace("discharges.csv", "discharges.parquet"), encoding="utf-8"
        )
        assert load(path).discharges.equals(one)
