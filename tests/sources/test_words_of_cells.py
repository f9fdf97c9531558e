"""Exact words about cells, dates and mappings of a cohort file, and about projects and their keys."""

from pathlib import Path

import pytest

from stepdown.errors import ConfigError
from stepdown.sources import check_cohort, create_project, refresh_project
from support_sources import DATES, DISCHARGES, HEAD, said, write

COVARIATES = "[tables.discharges.covariates]\n"
COLUMNS = "cohort.toml.tables.discharges.columns"


def dated(form: str) -> str:
    return DATES + DISCHARGES.replace('"out"', f'{{ from = "out", format = "{form}" }}')


@pytest.mark.parametrize(
    ("config", "data", "words"),
    [
        (
            HEAD.replace('["", "NA"]', '["", "NA", "99"]') + DISCHARGES,
            "id in out\n99 0 9\n2 0 9",
            "discharges.client_id holds a number that missing lists for all columns: 1 row, at position 0 (row 2 of the "
            "file). It may be an id or a day: list it under missing of the columns in which it means a missing value, "
            "instead of for all columns.",
        ),
        (
            HEAD + DISCHARGES,
            "id in out\n1.2E+11 0 9\n2 0 9",
            "discharges.client_id is a number that a spreadsheet shortened, as in 1.2E+11: its last figures are gone: 1 "
            "row, at position 0 (row 2 of the file). Format the column of ids as text, or as a number without decimals, "
            "and export again.",
        ),
        (
            HEAD + DISCHARGES,
            "id in out\n1 0 20260131",
            "discharges.discharge_day is more than 100,000 days away: 1 row, at position 0 (row 2 of the file). Correct "
            'column "out" of the file, or if these are dates such as 20260131, write clock = "date" and their format.',
        ),
        (
            dated("%Y-%m-%d"),
            "id in out\n1 2026-01-01 2226-01-09",
            "discharges.discharge_day is before 1900 or after 2100: 1 row, at position 0 (row 2 of the file). Correct "
            'column "out" of the file, or its format.',
        ),
        (
            dated("unix_seconds"),
            "id in out\n1 2026-01-01 1769500000",
            "discharges.discharge_day is a moment in UTC, whose day depends on the time zone: 1 row, at position 0 (row 2 "
            'of the file). Write timezone = "America/Denver" (that of your program) at the top of cohort.toml.',
        ),
        (
            dated("excel"),
            "id in out\n1 2026-01-01 soon",
            "discharges.discharge_day is not a day number of a spreadsheet: 1 row, at position 0 (row 2 of the file). "
            'Correct column "out" of the file, or its format.',
        ),
        (
            dated("%Y-%m-%d"),
            "id in out\n1 2026-01-01 1769500000",
            "discharges.discharge_day is not written as %Y-%m-%d: 1 row, at position 0 (row 2 of the file). They look like "
            'numbers of time; write format = "unix_seconds" (seconds since 1970-01-01 in UTC (Unix)) or format = '
            '"seconds_since_1960" (seconds since 1960-01-01, as SAS writes times).',
        ),
        (
            dated("%Y-%m-%d"),
            "id in out\n1 2026-01-01 2026-01-31\n2 2026-01-01 31.01.2026",
            "discharges.discharge_day mixes date formats: these rows are not written as %Y-%m-%d: 1 row, at position 1 "
            '(row 3 of the file). Write all dates in column "out" as %Y-%m-%d.',
        ),
        (
            dated("%Y-%m-%d"),
            "id in out\n1 2026-01-01 2026-01-31\n2 2026-01-01 soon",
            "discharges.discharge_day is not a date written as %Y-%m-%d: 1 row, at position 1 (row 3 of the file). Write "
            'all dates in column "out" as %Y-%m-%d, or add the text to missing.',
        ),
    ],
)
def test_words_about_cells(tmp_path: Path, config: str, data: str, words: str) -> None:
    assert said(check_cohort(write(tmp_path, config, discharges=data)))[0] == words


@pytest.mark.parametrize(
    ("config", "words"),
    [
        (
            HEAD
            + '[flat]\nfile = "discharges.csv"\nclient_ids = "rows"\n[flat.discharges]\nclient_id = "id"\n'
            'admit_day = "in"\ndischarge_day = "out"\n',
            'cohort.toml.flat.discharges.client_id cannot be used with client_ids = "rows". Remove one of the two.',
        ),
        (
            HEAD
            + DISCHARGES
            + COVARIATES
            + 'wave = { from = "age", type = "number", known = "admission", codes = { "1" = "a" } }\n',
            "cohort.toml.tables.discharges.covariates.wave.codes cannot be used with the type number. Use the type "
            '"category" or "flag".',
        ),
        (
            HEAD + DISCHARGES + 'age = { from = "age", codes = { "x" = "young" } }\n',
            f"{COLUMNS}.age.codes maps to a text, but age is a number. Write numbers without quotes.",
        ),
        (
            HEAD + DISCHARGES + 'age = { value = "x" }\n',
            f"{COLUMNS}.age.value does not fit age. Write a number without quotes.",
        ),
        (
            HEAD + DISCHARGES + "rural = { value = 1 }\n",
            f"{COLUMNS}.rural.value does not fit rural. Write true or false without quotes.",
        ),
        (
            HEAD + DISCHARGES + 'prior_treatments = { value = "x" }\n',
            f"{COLUMNS}.prior_treatments.value does not fit prior_treatments. Write a whole number without quotes.",
        ),
        (
            DATES + DISCHARGES + "randomization_day = { value = 3 }\n",
            f'{COLUMNS}.randomization_day.value does not fit clock = "date". Write a date without quotes.',
        ),
        (
            HEAD + DISCHARGES + 'randomization_day = { value = "x" }\n',
            f'{COLUMNS}.randomization_day.value does not fit clock = "day". Write a whole number.',
        ),
    ],
)
def test_words_about_mappings(tmp_path: Path, config: str, words: str) -> None:
    assert said(check_cohort(write(tmp_path, config, discharges="id in out age\n1 0 9 30"))) == [words]


def refused(call) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        call()
    return said(caught.value.problems)


def test_words_about_projects_and_keys(tmp_path: Path) -> None:
    rows, project, key = tmp_path / "list.csv", tmp_path / "project", tmp_path / "key.csv"
    rows.write_text("Entry,Exit\n2026-01-02,2026-01-20\n", encoding="utf-8")
    assert refused(lambda: create_project(rows, project, key=key)) == [
        "list.csv has no column of client ids, so that no key can recognize a client in the next extract. Leave the key "
        "out, or name the column client_id."
    ]
    assert refused(lambda: create_project(rows, project, key=project / "key.csv")) == [
        "key.csv is inside the project. Keep the key of client ids outside the project."
    ]
    project.mkdir()
    key.write_text("a,b\n1,2\n", encoding="utf-8")
    assert refused(lambda: refresh_project(project, rows, key=key)) == [
        "project holds no cohort.toml. Name the folder that init made."
    ]
    (project / "cohort.toml").write_text("", encoding="utf-8")
    assert refused(lambda: refresh_project(project, rows, key=key)) == [
        "project maps its files where they are: it holds no copy. Replace the data file itself, and run `stepdown check "
        "cohort.toml`."
    ]
    (project / "data").mkdir()
    lost = (
        "Without the key of random ids no client can be recognized: each would get a new id, and the link of earlier "
        "reports to your records would be lost. Give the key, or start a new project with init --key."
    )
    assert refused(lambda: refresh_project(project, rows, key=key)) == [
        f"key.csv is not a key of random ids. {lost}"
    ]
    assert refused(lambda: refresh_project(project, tmp_path / "next.csv", key=tmp_path / "no.csv")) == [
        "next.csv does not exist. Check the path.",
        f"no.csv does not exist. {lost}",
    ]
