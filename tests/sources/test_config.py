"""A wrong cohort file is refused with every key named and the allowed values said."""

import pytest

from stepdown.errors import ConfigError
from stepdown.sources import check_cohort, read_cohort_file
from support_sources import DISCHARGES, HEAD, OBSERVATIONS, said, write

DATA = {"discharges": "id in out\n1 0 9", "observations": "id day finding\n1 9 negative"}
CODES = "withdrawal, residential, php, iop, outpatient"


@pytest.mark.parametrize(
    ("config", "line"),
    [
        (
            HEAD + DISCHARGES + "[gates]\nsmd = 0.1\n",
            "cohort.toml.gates is not a known key. Remove it, or check its spelling. Known keys here: allow, "
            "basis, clock, data_cut, flat, format, made_from, missing, schedule, sites, source, tables, timezone.",
        ),
        (
            HEAD + DISCHARGES + 'age = { from = "age", units = "months" }\n',
            "cohort.toml.tables.discharges.columns.age.units is not a known key. Remove it, or check its "
            "spelling. Known keys here: add_days, at_least, codes, format, from, missing, unit, unknown, value.",
        ),
        (
            HEAD.replace("synthetic", "public") + DISCHARGES,
            "cohort.toml.basis has a value that is not allowed. Allowed: 'safe_harbor', 'limited_data_set', "
            "'expert_determination', 'own_operations' or 'synthetic'.",
        ),
        (
            HEAD,
            "cohort.toml cannot be used: give exactly one of [tables.discharges], [flat] and [source]. "
            "Correct the key.",
        ),
        (
            HEAD + DISCHARGES.replace('client_id = "id"\n', ""),
            "cohort.toml.tables.discharges.columns.client_id is missing. "
            "Name the column of the file that holds it.",
        ),
        (
            HEAD + DISCHARGES.replace('admit_day = "in"\ndischarge_day = "out"\n', ""),
            "cohort.toml.tables.discharges.columns has no day that could be time zero. "
            "Map at least one of admit_day, discharge_day, randomization_day.",
        ),
        (
            HEAD + DISCHARGES.replace("discharges.csv", "gone.csv"),
            "cohort.toml.tables.discharges.file names a file that does not exist. "
            "Check the path; it is relative to the cohort file.",
        ),
        (
            HEAD + DISCHARGES.replace("discharges.csv", "discharges.xls"),
            "cohort.toml.tables.discharges.file has a file extension that is not supported. Allowed: .csv, .tsv, "
            ".csv.gz, .tsv.gz, .parquet, .xlsx, .xlsm, .dta, .sas7bdat, .xpt, .sav, .zsav.",
        ),
        (
            HEAD + DISCHARGES + 'level = { value = "rehab" }\n',
            f"cohort.toml.tables.discharges.columns.level.value has a value that is not allowed. Allowed: {CODES}.",
        ),
        (
            HEAD + DISCHARGES + 'level = { from = "id", codes = { 1 = "rehab" } }\n',
            f"cohort.toml.tables.discharges.columns.level.codes maps to a code that is not allowed. Allowed: {CODES}.",
        ),
        (
            HEAD + DISCHARGES + 'level = { from = "id", unknown = "other" }\n',
            'cohort.toml.tables.discharges.columns.level.unknown cannot be "other": the column has no such '
            'code. Use "refuse" or "missing".',
        ),
        (
            HEAD + DISCHARGES + 'age = { from = "in", unit = "weeks" }\n',
            "cohort.toml.tables.discharges.columns.age.unit cannot be used for age. Allowed: years, months, days.",
        ),
        (
            HEAD + DISCHARGES.replace('"out"', '{ from = "out", format = "%Y" }'),
            "cohort.toml.tables.discharges.columns.discharge_day.format is only for days when "
            'clock = "date". Remove it.',
        ),
        (
            HEAD + DISCHARGES.replace('"out"', "{ value = 2026-01-01 }"),
            "cohort.toml.tables.discharges.columns.discharge_day.value does not fit "
            'clock = "day". Write a whole number.',
        ),
        (
            HEAD + DISCHARGES + "employed = { value = 1 }\n",
            "cohort.toml.tables.discharges.columns.employed.value does not fit employed. "
            "Write true or false without quotes.",
        ),
        (
            HEAD + DISCHARGES.replace('"in"', '{ from = "in", value = 3 }'),
            "cohort.toml.tables.discharges.columns.admit_day cannot be used: give either from "
            "(a column of the file) or value, not both. Correct the key.",
        ),
        (
            HEAD + DISCHARGES + '[tables.discharges.covariates]\nx = { from = "in", type = "number" }\n',
            "cohort.toml.tables.discharges.covariates.x.known is missing. Add the key.",
        ),
        (
            HEAD
            + DISCHARGES
            + '[tables.discharges.covariates]\nx = { from = "in", type = "number", known = "soon" }\n',
            "cohort.toml.tables.discharges.covariates.x.known has a value that is not allowed. "
            "Allowed: admission, admit_day, discharge, discharge_day, later, randomization.",
        ),
        (
            HEAD
            + DISCHARGES
            + '[tables.discharges.covariates]\nage = { from = "in", type = "number", known = "later" }\n',
            "cohort.toml.tables.discharges.covariates.age has the name of a column of discharges. "
            "Map it among the columns, or give it another name.",
        ),
        (
            HEAD + DISCHARGES + OBSERVATIONS,
            "cohort.toml.followup is missing, though observations are mapped: without it no client is observed. "
            "Map followup: the periods over which each client was observed.",
        ),
        (
            HEAD + DISCHARGES + '[allow]\nin = "fine"\n',
            "cohort.toml.allow.in is too short. Write at least 10 characters.",
        ),
        (
            HEAD + DISCHARGES + '[allow]\nother = "Reviewed by the officer"\n',
            "cohort.toml.allow.other names a column that no file has. Remove it, or check its spelling.",
        ),
        (
            HEAD + DISCHARGES + '[sites]\n"7" = "Ward of a@example.org"\n',
            "cohort.toml.sites.7 seems to hold an identifier, and the report prints it. Write it without.",
        ),
        (
            HEAD + DISCHARGES + '[allow]\nin = "Says 617-555-0101, reviewed"\n',
            "cohort.toml.allow.in seems to hold an identifier, and the report prints it. Write it without.",
        ),
        ("format = ", "cohort.toml is not valid TOML (at end of document). Correct that line."),
    ],
)
def test_one_fault_gives_one_line(tmp_path, config, line):
    assert said(check_cohort(write(tmp_path, config, **DATA))) == [line]


def test_an_unknown_column_is_told_with_the_allowed_ones(tmp_path):
    path = write(tmp_path, HEAD + DISCHARGES + 'agee = "age"\n', **DATA)
    with pytest.raises(ConfigError) as raised:
        read_cohort_file(path)
    (problem,) = raised.value.problems
    assert problem.column == "tables.discharges.columns.agee"
    assert problem.what == "is not a column of discharges"
    assert problem.remedy.startswith("Allowed: client_id, episode_id, site_id, admit_day, ")
    assert problem.remedy.endswith("plan_started_day. Other columns go under covariates.")


def test_all_faults_come_at_once(tmp_path):
    config = HEAD.replace('clock = "day"', 'clock = "hour"').replace("format = 1", "format = 2") + DISCHARGES
    assert [problem.column for problem in check_cohort(write(tmp_path, config, **DATA))] == [
        "format",
        "clock",
    ]
    config = (
        HEAD
        + DISCHARGES.replace("discharges.csv", "gone.csv")
        + 'level = { value = "x" }\nage = { value = "x" }\n'
    )
    assert [problem.column for problem in check_cohort(write(tmp_path, config, **DATA))] == [
        "tables.discharges.file",
        "tables.discharges.columns.level.value",
        "tables.discharges.columns.age.value",
    ]


def test_a_file_that_is_not_there(tmp_path):
    assert said(check_cohort(tmp_path / "cohort.toml")) == ["cohort.toml does not exist. Check the path."]


def test_the_data_cut_needs_the_kind_of_the_clock(tmp_path):
    path = write(tmp_path, HEAD + 'data_cut = "2026-09-30"\n' + DISCHARGES, **DATA)
    (line,) = said(check_cohort(path))
    assert "data_cut cannot be used: write a date without quotes" in line
    path = write(tmp_path, HEAD.replace('"day"', '"date"') + DISCHARGES, **DATA)
    (line,) = said(check_cohort(path))
    assert "data_cut is needed when clock" in line
