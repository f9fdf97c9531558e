"""CTN-0094 from its tables to a cohort, on invented people; every fault of the folder is reported."""

from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stepdown.errors import ConfigError, DataError, IdentifierError
from stepdown.schema import DISCHARGES, DTYPES, FOLLOWUP, OBSERVATIONS, SERVICES, Cohort
from stepdown.sources import check_cohort, load
from support_ctn0094 import draw_tables, write_cohort, write_tables

pytestmark = pytest.mark.slow

PEOPLE = """
3: 51 Inpatient_NR-NTX 4 | detox -6 5 | induct 2 | dose 6 34 | visit 9 16 | temp 9 16 | heroin -20 14 30 | pattern -+oo
10: 27 Methadone 3 | dose 4 5 6 9 | induct 1 | visit 8 15 | temp 8 | opioid 15 | alcohol 9 | pattern -+-o
11: 30 Outpatient_BUP_+_SMM 0 | again 9 | induct 0 | visit 5 | missed WK2 is_left_study | pattern -o oo
12: 27 Outpatient_BUP 0 | induct never | missed WK2 is_in_jail | missed WK3 is_in_jail | missed WK4 is_dead | pattern oooo
13: 27 Methadone 2 | visit 9 16 23 29 | temp 9 16 23 29 | heroin 2 90 | induct 0 | pattern ----
14: 27 Methadone 2 | visit 9 | missed WK2 is_moved | induct 0 | pattern -ooo
99: 27 | visit 0
"""


@pytest.fixture
def tables() -> dict[str, pd.DataFrame]:
    return draw_tables(PEOPLE)


def loaded(folder: Path, tables: dict[str, pd.DataFrame], **options: str) -> Cohort:
    write_tables(folder / "tables", tables)
    return load(write_cohort(folder, **options))


@pytest.fixture(scope="module")
def cohort(tmp_path_factory: pytest.TempPathFactory) -> Cohort:
    return loaded(tmp_path_factory.mktemp("ctn0094"), draw_tables(PEOPLE))


def test_who_is_in_it_and_when_time_starts(cohort: Cohort) -> None:
    people = cohort.discharges
    assert people["client_id"].tolist() == ["3", "10", "11", "12", "13", "14"]
    assert people["randomization_day"].tolist() == [4, 3, 0, 0, 2, 2]
    assert people["admit_day"].tolist() == [-6, 0, 0, 0, 0, 0]
    assert people["discharge_day"].isna().tolist() == [False, True, True, True, True, True]
    assert people["level"].tolist() == ["withdrawal", *["outpatient"] * 5]
    assert people["trial"].tolist() == [
        "CTN-0051",
        "CTN-0027",
        "CTN-0030",
        "CTN-0027",
        "CTN-0027",
        "CTN-0027",
    ]
    assert people["second_day"].dropna().tolist() == [9]
    one = people.iloc[0]
    assert (one["age"], one["sex"], one["race_ethnicity"], one["home_environment"]) == (
        30,
        "male",
        "hispanic",
        "unstable",
    )
    assert (one["employed"], one["cooccurring"], one["injected"], one["smoker"]) == (True, True, True, False)


def test_doses_are_known_only_when_they_come(cohort: Cohort) -> None:
    people = cohort.discharges
    assert people["first_dose_day"].tolist() == [6, 4, 0, pd.NA, 2, 2]
    assert people["never_dosed"].tolist() == [False, False, False, True, False, False]
    assert cohort.known_day("first_dose_day").tolist() == [6, 4, 0, pd.NA, 2, 2]
    assert cohort.known_day("never_dosed").isna().all()
    assert (cohort.known_day("arm") == people["randomization_day"]).all()
    spans = cohort.services[["client_id", "start_day", "end_day"]].astype(str).agg(" ".join, axis=1)
    assert spans.tolist() == ["3 6 6", "3 34 34", "10 4 6", "10 9 9"]
    assert set(cohort.services["kind"]) == {"medication"}


def test_all_tables_are_typed_as_declared(tmp_path: Path, tables: dict[str, pd.DataFrame]) -> None:
    cohort = loaded(tmp_path, tables, patterns="rebuilt")
    for table in (DISCHARGES, SERVICES, OBSERVATIONS, FOLLOWUP):
        frame = getattr(cohort, table.name)
        declared = {column.name: column for column in (*table, *cohort.covariates)}
        assert {column.name for column in table.core} <= set(frame)
        for name in frame:
            assert str(frame[name].dtype) == DTYPES[declared[name].kind].replace("[pyarrow]", ""), name
    assert cohort.column("arm").codes == (
        "Inpatient NR-NTX",
        "Methadone",
        "Outpatient BUP",
        "Outpatient BUP + SMM",
    )


def test_custody_and_death_are_dated_to_the_planned_visit(cohort: Cohort) -> None:
    seen = cohort.observations
    out = seen[seen["source"] == "registry"]
    assert list(zip(out["client_id"], out["day"], out["finding"], strict=True)) == [
        ("12", 14, "incarceration"),
        ("12", 28, "death"),
    ]


def test_use_that_was_told(cohort: Cohort) -> None:
    seen = cohort.observations
    reported = seen[seen["source"] == "self_report"]
    # Alcohol is no opioid, and day 90 lies after the pattern of client 13.
    assert list(zip(reported["client_id"], reported["day"], reported["substance"], strict=True)) == [
        ("3", -20, "Heroin"),
        ("3", 14, "Heroin"),
        ("3", 30, "Heroin"),
        ("13", 2, "Heroin"),
    ]


def test_follow_up_ends_where_nothing_more_was_learned(cohort: Cohort) -> None:
    spans = cohort.followup
    shown = [
        (row.client_id, row.start_day, row.end_day, row.reason)
        for row in spans.itertuples()  # in order of client
    ]
    assert shown == [
        ("3", -20, 30, "data_cut"),  # reported on day 30; its pattern ends on day 32
        ("10", 3, 24, "lost"),  # the third week of its pattern ends on day 24, and the fourth has nothing
        ("11", 0, 7, "withdrew"),
        ("12", 0, 0, "lost"),
        ("12", 14, 14, "lost"),
        ("12", 28, 28, "died"),
        ("13", 2, 30, "data_cut"),
        ("14", 2, 9, "moved"),
    ]


def test_rebuilt_words_come_from_the_findings(tmp_path: Path, tables: dict[str, pd.DataFrame]) -> None:
    cohort = loaded(tmp_path, tables, patterns="rebuilt")
    seen = cohort.observations
    mine = seen[(seen["client_id"] == "10") & (seen["source"] == "urine") & (seen["day"] <= 24)]
    assert list(zip(mine["day"], mine["finding"], strict=True)) == [
        (8, "negative"),
        (15, "positive"),
        (24, "missing"),
    ]
    assert "derived_weeklyOpioidPattern.parquet" not in {file.name for file in cohort.inputs}


def test_inputs_are_named_with_their_hash(tmp_path: Path, tables: dict[str, pd.DataFrame]) -> None:
    import hashlib

    cohort = loaded(tmp_path, tables)
    files = {file.name: file for file in cohort.inputs}
    assert next(iter(files)) == "cohort.toml"
    assert len(files) == len(tables) + 1
    for name, frame in tables.items():
        path = tmp_path / "tables" / f"{name}.parquet"
        assert files[path.name].sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
        assert files[path.name].rows == len(frame)


def test_own_operations_replaces_the_ids(tmp_path: Path, tables: dict[str, pd.DataFrame]) -> None:
    cohort = loaded(tmp_path, tables, basis="own_operations")
    # Numbered in the order of the ids as text, whatever the order of the rows: 3 comes after 14.
    assert cohort.discharges["client_id"].tolist() == ["6", "1", "2", "3", "4", "5"]
    assert set(cohort.observations["client_id"]) <= set(cohort.discharges["client_id"])


def test_every_column_goes_past_the_guard(tmp_path: Path, tables: dict[str, pd.DataFrame]) -> None:
    tables["asi"]["e_mail"] = [f"someone{number}@example.org" for number in range(7)]
    with pytest.raises(IdentifierError) as caught:
        loaded(tmp_path, tables)
    assert "asi.parquet.e_mail seems to hold e-mail addresses" in str(caught.value)
    assert "@" not in str(caught.value)


def test_what_is_missing_is_told_at_once(tmp_path: Path, tables: dict[str, pd.DataFrame]) -> None:
    path = write_cohort(tmp_path)
    assert [str(problem) for problem in check_cohort(path)] == [
        "cohort.toml.source.folder names a folder that does not exist. Check the path; it is relative to the "
        "cohort file."
    ]
    folder = write_tables(tmp_path / "tables", tables)
    for name in ("uds", "visit"):
        (folder / f"{name}.parquet").unlink()
    with pytest.raises(ConfigError) as caught:
        load(path)
    assert [str(problem) for problem in caught.value.problems] == [
        f"cohort.toml.source.folder names a folder without {name}.parquet. Copy the whole data set there, "
        "its files named as published."
        for name in ("visit", "uds")
    ]


@pytest.mark.parametrize(
    ("table", "change", "problem"),
    [
        (
            "tlfb",
            lambda frame: frame.drop(columns="when"),
            "tlfb.parquet.when is missing. Copy the complete file again.",
        ),
        (
            "visit",
            lambda frame: frame.assign(when="soon"),
            "visit.parquet.when does not hold whole numbers. Copy the complete file again.",
        ),
        (
            "treatment",
            lambda frame: frame.assign(when=frame["when"] + 0.5),
            "treatment.parquet.when does not hold whole numbers. Copy the complete file again.",
        ),
        (
            "randomization",
            lambda frame: pd.concat([frame, frame[:2]]),
            "randomization.who is missing or duplicated: 2 rows, at positions 7, 8. Copy the complete file "
            "again.",
        ),
        (
            "randomization",
            lambda frame: frame.assign(treatment=frame["treatment"].replace("Methadone", "Placebo")),
            "randomization.treatment names an arm that is not known: 3 rows, at positions 1, 5, 6. Copy the "
            "complete file again.",
        ),
        (
            "everybody",
            lambda frame: frame.assign(project=frame["project"].replace("51", "52")),
            "randomization.who has no known trial in everybody: 1 row, at position 0. Copy the complete file "
            "again.",
        ),
        (
            "derived_weeklyOpioidPattern",
            lambda frame: frame[frame["who"] != 12],
            "derived_weeklyOpioidPattern has no pattern for some who were randomized: 1 row, at position 3. Copy "
            'the complete file again, or set patterns = "rebuilt".',
        ),
        (
            "demographics",
            lambda frame: frame.assign(age=7),
            "discharges.age is not between 12 and 90 years: 6 rows, first at positions 0, 1, 2, 3, 4. Correct "
            "the cells, their unit, or list their code under missing.",
        ),
    ],
)
def test_faults_of_a_table(
    tmp_path: Path, tables: dict[str, pd.DataFrame], table: str, change: object, problem: str
) -> None:
    folder = write_tables(tmp_path / "tables", tables)
    changed = change(tables[table])  # type: ignore[operator]
    pq.write_table(pa.Table.from_pandas(changed, preserve_index=False), folder / f"{table}.parquet")
    with pytest.raises(DataError) as caught:
        load(write_cohort(tmp_path))
    assert [str(one) for one in caught.value.problems] == [problem]


def test_a_damaged_table(tmp_path: Path, tables: dict[str, pd.DataFrame]) -> None:
    folder = write_tables(tmp_path / "tables", tables)
    (folder / "uds.parquet").write_bytes(b"PAR1")
    assert [str(one) for one in check_cohort(write_cohort(tmp_path))] == [
        "uds.parquet is damaged or not a Parquet file. Write or copy the complete file again."
    ]


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        ('patterns = "mine"', "has a value that is not allowed. Allowed: 'published' or 'rebuilt'."),
        ("trial = 51", "is not a known key."),
    ],
)
def test_keys_of_the_source(tmp_path: Path, more: str, problem: str) -> None:
    path = tmp_path / "cohort.toml"
    head = 'format = 1\nbasis = "safe_harbor"\nclock = "day"\n[source]\nname = "ctn0094"\nfolder = "t"\n'
    path.write_text(f"{head}{more}\n", encoding="utf-8")
    (found,) = check_cohort(path)
    assert problem in str(found)
    assert found.column == f"source.{more.split()[0]}"


def test_a_source_and_a_map_exclude_each_other(tmp_path: Path) -> None:
    path = write_cohort(
        tmp_path, more='[tables.discharges]\nfile = "d.csv"\ncolumns = { client_id = "id" }\n'
    )
    (found,) = check_cohort(path)
    assert found.what == "cannot be used: give exactly one of [tables.discharges], [flat] and [source]"


def test_study_days_are_not_dates(tmp_path: Path) -> None:
    path = write_cohort(tmp_path)
    path.write_text(path.read_text().replace('"day"', '"date"') + "", encoding="utf-8")
    (found,) = check_cohort(path)
    assert found.what == 'cannot be used: [source] ctn0094 holds study days: write clock = "day"'
