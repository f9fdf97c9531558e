"""Every kind of fault in the data is reported at once, in exact words, without a value."""

import pytest

from stepdown.errors import DataError
from stepdown.sources import check_cohort, load
from support_sources import DATES, DISCHARGES, FOLLOWUP, HEAD, OBSERVATIONS, SERVICES, said, write

pytestmark = pytest.mark.slow

ALL = HEAD + DISCHARGES + SERVICES + OBSERVATIONS + FOLLOWUP
GOOD = {
    "discharges": "id in out\n1 0 28\n2 0 30",
    "services": "id level day\n1 iop 35",
    "observations": "id day finding\n1 60 positive",
    "followup": "id from to\n1 28 90\n2 30 60",
}


def test_good_tables_have_no_problem(tmp_path):
    assert check_cohort(write(tmp_path, ALL, **GOOD)) == []


@pytest.mark.parametrize(
    ("stays", "clash"),
    [
        (["0 28 residential", "0 5 withdrawal"], []),
        (["0 28 residential", "20 28 withdrawal"], []),
        (["0 28 residential", "20 29 withdrawal"], [1]),
        (["0 5 withdrawal", "4 28 residential"], [1]),
        (["0 28 residential", "5 20 residential"], [1]),
        (["0 90 outpatient", "10 40 iop", "20 30 residential"], []),
        (["0 90 iop", "10 40 iop"], [1]),
    ],
)
def test_care_of_different_levels_may_overlap(tmp_path, stays, clash):
    config = HEAD + DISCHARGES.rstrip() + '\nlevel = "level"\n'
    text = "\n".join(["id in out level", *(f"1 {stay}" for stay in stays)])
    problems = [
        one for one in check_cohort(write(tmp_path, config, discharges=text)) if "overlaps" in one.what
    ]
    assert [list(one.rows) for one in problems] == ([clash] if clash else [])


@pytest.mark.parametrize(
    ("table", "text", "line"),
    [
        (
            "discharges",
            "id in out\n1 0 28\n2 31 30",
            "discharges.discharge_day is before admit_day: 1 row, at position 1 (row 3 of the file). "
            "Correct the two days.",
        ),
        (
            "discharges",
            "id in out\n1 0 28\n2 0 soon",
            "discharges.discharge_day is not a whole number of days: 1 row, at position 1 (row 3 of the file). "
            'Correct column "out" of the file, or add the text to missing.',
        ),
        (
            "discharges",
            "id in out\n1 0 28\n2 0 30\n2 29 40",
            "discharges.admit_day overlaps another stay of the same client: 1 row, at position 2 "
            '(row 4 of the file). Correct their days, or join the stays: with overlapping_stays = "join" in its answers, stepdown init keeps the first admission and the last discharge.',
        ),
        (
            "discharges",
            "id in out\n1 0 28\n2 0 30\nNA 0 40",
            "discharges.client_id is missing: 1 row, at position 2 (row 4 of the file). "
            "Fill the cells; rows of totals or notes may be removed.",
        ),
        (
            "services",
            "id level day\n1 iop 35\n1 detox 36",
            "services.level has codes that are not listed: 1 row, at position 1 (row 3 of the file). "
            "Allowed: withdrawal, residential, php, iop, outpatient. "
            'Correct column "level" of the file, or map them with codes = { theirs = ours }.',
        ),
        (
            "services",
            "id level day\n1 iop -1",
            "services.start_day is before the client's first admission: 1 row, at position 0 "
            "(row 2 of the file). Correct the day, or remove earlier care from the table.",
        ),
        (
            "services",
            "id level day\n9 iop 35\n8 iop 35",
            "services.client_id is not a client of discharges: 2 rows, at positions 0, 1 "
            "(rows 2, 3 of the file). Correct the ids, or add the discharges; only rows of people outside the "
            "program may be removed.",
        ),
        (
            "observations",
            "id day finding\n1 60 positive\n1 91 negative\n1 95 missing",
            "observations.day is outside the client's follow-up: 1 row, at position 1 (row 3 of the file). "
            "Extend the follow-up period that should contain the day, or correct the day.",
        ),
        (
            "observations",
            "id day finding\n1 30 death",
            "services.start_day is after the client's death: 1 row, at position 0 (row 2 of the file). "
            "Correct this day or the day of death.",
        ),
        (
            "followup",
            "id from to\n1 28 90\n2 30 60\n2 59 80",
            "followup.start_day overlaps another period of the same client: 1 row, at position 2 "
            "(row 4 of the file). Merge the periods, or correct their days.",
        ),
        (
            "followup",
            "id from to\n1 28 90\n2 30 20",
            "followup.end_day is before start_day: 1 row, at position 1 (row 3 of the file). "
            "Correct the two days.",
        ),
    ],
)
def test_one_fault_gives_one_line(tmp_path, table, text, line):
    assert said(check_cohort(write(tmp_path, ALL, **{**GOOD, table: text}))) == [line]


def test_touching_spans_and_findings_on_their_ends_are_fine(tmp_path):
    path = write(
        tmp_path,
        ALL,
        discharges="id in out\n1 0 28\n1 28 40",
        services="id level day\n1 iop 0\n1 iop 90",
        observations="id day finding\n1 28 negative\n1 90 death",
        followup="id from to\n1 28 50\n1 50 90",
    )
    assert check_cohort(path) == []


def test_a_long_first_span_holds_days_after_a_short_second_one(tmp_path):
    lines = said(
        check_cohort(
            write(
                tmp_path,
                ALL,
                **{
                    **GOOD,
                    "followup": "id from to\n1 28 90\n1 30 40",
                    "observations": "id day finding\n1 60 positive",
                },
            )
        )
    )
    assert len(lines) == 1
    assert lines[0].startswith("followup.start_day overlaps another period")


def test_all_problems_come_at_once(tmp_path):
    path = write(
        tmp_path,
        ALL + 'reason = "why"\n',
        discharges="id in out\n1 0 x\n2 9 8",
        services="id level day\n1 iop 35",
        observations="id date finding\n1 60 positive",
        followup="id from to why\n1 28 90 gone\n2 30 60 lost",
    )
    with pytest.raises(DataError) as raised:
        load(path)
    assert str(raised.value) == (
        "4 problems found:\n"
        "  1. discharges.discharge_day is not a whole number of days: 1 row, at position 0 (row 2 of the file). "
        'Correct column "out" of the file, or add the text to missing.\n'
        "  2. observations.csv.day is missing. The file has the columns id, date, finding.\n"
        "  3. followup.reason has codes that are not listed: 1 row, at position 0 (row 2 of the file). "
        'Allowed: data_cut, lost, moved, withdrew, died. Correct column "why" of the file, '
        "or map them with codes = { theirs = ours }.\n"
        "  4. discharges.discharge_day is before admit_day: 1 row, at position 1 (row 3 of the file). "
        "Correct the two days."
    )


@pytest.mark.parametrize(
    ("data", "line"),
    [
        (
            "id in out\n1 2026-01-01 2026-01-20\n2 2026-01-01 01/20/2026\n3 2026-01-01 2026-13-20",
            [
                "discharges.discharge_day mixes date formats: these rows are not written as %Y-%m-%d: 1 row, "
                'at position 1 (row 3 of the file). Write all dates in column "out" as %Y-%m-%d.',
                "discharges.discharge_day is not a date written as %Y-%m-%d: 1 row, at position 2 "
                '(row 4 of the file). Write all dates in column "out" as %Y-%m-%d, or add the text to missing.',
            ],
        ),
        (
            "id in out\n1 2026-01-01 01/20/2026\n2 2026-01-01 01/02/2026",
            [
                "discharges.discharge_day is not written as %Y-%m-%d: 2 rows, at positions 0, 1 "
                '(rows 2, 3 of the file). All rows fit another format; write format = "%m/%d/%Y".'
            ],
        ),
        (
            "id in out\n1 2026-01-01 46042",
            [
                "discharges.discharge_day is not written as %Y-%m-%d: 1 row, at position 0 (row 2 of the file). "
                'They look like day numbers of a spreadsheet; write format = "excel".'
            ],
        ),
        (
            "id in out\n1 1826-01-01 2026-01-20",
            [
                "discharges.admit_day is before 1900 or after 2100: 1 row, at position 0 (row 2 of the file). "
                'Correct column "in" of the file, or its format.'
            ],
        ),
        (
            "id in out\n1 2026-01-01 2026-10-01",
            [
                "discharges.discharge_day is after data_cut: 1 row, at position 0 (row 2 of the file). "
                "Correct the day, or move data_cut in the cohort file."
            ],
        ),
    ],
)
def test_dates(tmp_path, data, line):
    assert said(check_cohort(write(tmp_path, DATES + DISCHARGES, discharges=data))) == line


def test_day_numbers_of_a_spreadsheet(tmp_path):
    config = DATES + DISCHARGES.replace('"out"', '{ from = "out", format = "excel" }')
    cohort = load(write(tmp_path, config, discharges="id in out\n1 2026-01-01 46042.5"))
    # In a spreadsheet 46042 is 20 January 2026.
    assert cohort.discharges["discharge_day"].tolist() == [20473]


def test_ranges_numbers_flags_and_duplicates(tmp_path):
    config = HEAD + DISCHARGES + 'episode_id = "ep"\nage = "age"\nemployed = "job"\nasam_dim1 = "dim"\n'
    data = """
    id in out ep age job dim
    1 0 9 a 11 yes 4
    1 10 19 a 40 perhaps 5
    2 0 9 a old 1 1.5
    """
    assert said(check_cohort(write(tmp_path, config, discharges=data))) == [
        "discharges.age is not a number: 1 row, at position 2 (row 4 of the file). "
        'Correct column "age" of the file, or add the text to missing.',
        "discharges.employed is neither yes nor no: 1 row, at position 1 (row 3 of the file). "
        'Correct column "job" of the file, or state under codes which value is true and which false.',
        "discharges.asam_dim1 is not a whole number: 1 row, at position 2 (row 4 of the file). "
        'Correct column "dim" of the file, or add the text to missing.',
        "discharges.age is not between 12 and 90 years: 1 row, at position 0 (row 2 of the file). "
        "Correct the cells, their unit, or list their code under missing.",
        "discharges.asam_dim1 is not between 0 and 4: 1 row, at position 1 (row 3 of the file). "
        "Correct the cells, their unit, or list their code under missing.",
        "discharges.client_id is duplicated: more than one row has the same episode_id: 1 row, at position 1 "
        "(row 3 of the file). Keep one row a stay.",
    ]


def test_only_the_first_rows_are_listed(tmp_path):
    rows = "\n".join(f"{number} 9 0" for number in range(1, 1201))
    assert said(check_cohort(write(tmp_path, HEAD + DISCHARGES, discharges=f"id in out\n{rows}"))) == [
        "discharges.discharge_day is before admit_day: 1,200 rows, first at positions 0, 1, 2, 3, 4 "
        "(rows 2, 3, 4, 5, 6 of the file). Correct the two days."
    ]


def test_rows_are_counted_as_the_spreadsheet_does(tmp_path):
    path = write(tmp_path, HEAD + DISCHARGES, discharges="id in out\n1 0 9")
    (tmp_path / "discharges.csv").write_bytes(b'id,in,out\n\n"1",0,9\n,,\n"2\nb",9,0\n')
    assert said(check_cohort(path)) == [
        "discharges.discharge_day is before admit_day: 1 row, at position 1 (row 5 of the file). "
        "Correct the two days."
    ]
