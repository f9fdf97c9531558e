"""Cohorts from data frames: the same tables and the same checks as from files, and no value in a message."""

import doctest

import pandas as pd
import pytest

import stepdown as sd
from stepdown.errors import ConfigError, DataError, IdentifierError, StudyError
from stepdown.schema import Schedule
from stepdown.sources import bundled, frames
from support_sources import said

pytestmark = pytest.mark.slow

STAYS = pd.DataFrame({"client_id": ["a", "b"], "admit_day": [0, 0], "discharge_day": [28, 30]})
SEEN = pd.DataFrame({"client_id": ["a"], "day": [60], "finding": ["positive"]})
SPANS = pd.DataFrame({"client_id": ["a", "b"], "start_day": [28, 30], "end_day": [120, 110]})
PLAIN = {"basis": "synthetic", "clock": "day"}


def test_examples_of_the_docstrings() -> None:
    assert doctest.testmod(frames) == (0, doctest.testmod(frames).attempted)
    assert doctest.testmod(frames).attempted > 6


@pytest.fixture(scope="module")
def from_files():
    return sd.load(bundled("synthetic") / "one_site" / "cohort.toml")


@pytest.fixture(scope="module")
def from_memory():
    folder = bundled("synthetic") / "one_site"
    read = {
        name: pd.read_csv(folder / f"{name}.csv", dtype=str, keep_default_na=False)
        for name in ("discharges", "services", "observations", "followup")
    }
    days = {
        table: {f"{name.removesuffix('date')}day": {"from": name} for name in read[table] if "date" in name}
        for table in read
    }
    days["discharges"] |= {"level": {"value": "residential"}}
    schedule = {"visits": [30, 90, 180], "before": 5, "after": 9}
    return sd.from_frames(
        **read,
        basis="synthetic",
        clock="date",
        data_cut="2026-09-30",
        columns=days,
        schedule=schedule,
        sites={"01": "Site 01"},
    )


def test_frames_give_the_tables_that_files_give(from_files, from_memory) -> None:
    for name in ("discharges", "services", "observations", "followup"):
        expected = getattr(from_files, name)
        pd.testing.assert_frame_equal(getattr(from_memory, name)[list(expected)], expected)
    assert from_memory.schedule == from_files.schedule
    assert [(one.name, one.rows) for one in from_memory.inputs] == [
        (one.name.removesuffix(".csv"), one.rows) for one in from_files.inputs[1:]
    ]


def test_analyze_of_objects_gives_the_numbers_of_the_files(from_memory) -> None:
    folder = bundled("synthetic") / "one_site"
    study = sd.Study.read(folder / "study.toml")
    by_file = sd.analyze(folder / "study.toml").results.table
    pd.testing.assert_frame_equal(sd.analyze(from_memory, study).results.table, by_file)
    pd.testing.assert_frame_equal(
        sd.analyze(folder / "cohort.toml", folder / "study.toml").results.table, by_file
    )


def test_analyze_says_what_it_needs() -> None:
    cohort = sd.from_frames(discharges=STAYS, **PLAIN)
    study = sd.Study(title="A study", seed=1)
    with pytest.raises(StudyError, match=r"^Give analyze a cohort and a study, or a study alone"):
        sd.analyze(cohort)
    with pytest.raises(StudyError, match=r"^Give analyze a cohort and a study, or a study alone"):
        sd.analyze(study, study)
    with pytest.raises(StudyError, match=r"^The study names no cohort file\."):
        sd.analyze(study)


def test_types_of_pandas_are_read_and_frames_are_not_changed() -> None:
    stays = pd.DataFrame(
        {
            "client_id": pd.Categorical([7, 8]),
            "admit_day": pd.to_datetime(["2026-01-01", "2026-01-02"]),
            "discharge_day": pd.array(["2026-02-01", "2026-02-02"], dtype="string"),
            "age": [30.0, None],
        },
        index=["x", "y"],
    )
    before = stays.copy(deep=True)
    cohort = sd.from_frames(
        discharges=stays, basis="synthetic", clock="date", data_cut=pd.Timestamp(2026, 3, 1)
    )
    pd.testing.assert_frame_equal(stays, before)
    assert cohort.discharges["client_id"].tolist() == ["7", "8"]
    assert cohort.discharges["admit_day"].tolist() == [20454, 20455]
    assert cohort.discharges["discharge_day"].tolist() == [20485, 20486]
    assert cohort.discharges["age"].isna().tolist() == [False, True]


def test_all_problems_come_at_once_with_positions() -> None:
    stays = STAYS.assign(admit_day=[0, 99]).set_axis(["Jane", "John"])
    seen = SEEN.assign(finding=["maybe"], client_id=["c"])
    with pytest.raises(DataError) as caught:
        sd.from_frames(discharges=stays, observations=seen, followup=SPANS, **PLAIN)
    assert said(caught.value.problems) == [
        'observations.finding has codes that are not listed: 1 row, at position 0. Allowed: positive, negative, '
            'missing, refused, inconclusive, death, incarceration, admission, emergency. Correct column "finding" of '
        "the frame, or map them with codes = { theirs = ours }.",
        "discharges.discharge_day is before admit_day: 1 row, at position 1. Correct the two days.",
        "observations.client_id is not a client of discharges: 1 row, at position 0. Add the discharge, or remove "
        "the rows.",
    ]  # fmt: skip


def test_a_missing_column_is_reported_with_the_columns_that_exist() -> None:
    with pytest.raises(DataError) as caught:
        sd.from_frames(
            discharges=STAYS.rename(columns={"client_id": "id"}),
            columns={"discharges": {"age": "years"}},
            **PLAIN,
        )
    assert said(caught.value.problems) == [
        "discharges.client_id is missing. The frame has the columns id, admit_day, discharge_day.",
        "discharges.years is missing. The frame has the columns id, admit_day, discharge_day.",
    ]


@pytest.mark.parametrize(
    ("frame", "line"),
    [
        ("stays.csv", "discharges is not a DataFrame. Give a pandas DataFrame."),
        (STAYS.iloc[:0], "discharges has no rows. Give one row a discharge."),
        (
            STAYS.set_axis([0, 1, 2], axis=1),
            "discharges has columns whose names are not text. Name the columns: frame.columns = [...].",
        ),
        (
            STAYS.set_axis(["client_id", "admit_day", "admit_day"], axis=1),
            "discharges.admit_day is the name of more than one column. Give every column a name of its own.",
        ),
        (
            STAYS.assign(client_id=["Jane", 5]),
            "discharges.client_id mixes types, or has one that cannot be read. Make all its values text, "
            "numbers, dates, or True and False.",
        ),
    ],
)
def test_what_is_no_table_is_refused(frame, line) -> None:
    with pytest.raises(DataError) as caught:
        sd.from_frames(discharges=frame, **PLAIN)
    assert said(caught.value.problems) == [line]


def test_arguments_are_checked_as_a_cohort_file_is() -> None:
    with pytest.raises(ConfigError) as caught:
        sd.from_frames(discharges=STAYS, basis="mine", clock="date", columns={"visits": {}, "services": {}})
    assert said(caught.value.problems) == [
        "from_frames.columns.visits maps columns of a frame that was not given. Allowed: discharges, services, "
        "observations, followup.",
        "from_frames.columns.services maps columns of a frame that was not given. Give services a frame, or "
        "remove the map.",
        "from_frames.basis has a value that is not allowed. Allowed: 'safe_harbor', 'limited_data_set', "
        "'expert_determination', 'own_operations' or 'synthetic'.",
    ]
    with pytest.raises(ConfigError) as caught:
        sd.from_frames(discharges=STAYS, columns={"discharges": {"agee": "admit_day"}}, **PLAIN)
    (line,) = said(caught.value.problems)
    assert line.startswith(
        "from_frames.discharges.columns.agee is not a column of discharges. Allowed: client_id, "
    )
    with pytest.raises(ConfigError) as caught:
        sd.from_frame(STAYS, discharges={"client_id": "client_id"}, **PLAIN)
    assert said(caught.value.problems) == [
        "from_frame.discharges has no day that could be time zero. Map at least one of admit_day, discharge_day, "
        "randomization_day."
    ]


@pytest.mark.parametrize("name", ["from_frames", "from_frame"])
def test_identifiers_are_refused_and_never_shown(name) -> None:
    stays = STAYS.assign(contact=["jane.doe@example.org", "john.doe@example.org"])
    flat = (stays,) if name == "from_frame" else ()
    discharges = {key: key for key in STAYS} if flat else stays
    with pytest.raises(IdentifierError) as caught:
        getattr(sd, name)(*flat, discharges=discharges, **PLAIN)
    assert said(caught.value.problems) == [
        f"{'discharges' if name == 'from_frames' else 'data'}.contact seems to hold e-mail addresses. Remove the "
        "column from the frame; if it is not an identifier, give the reason under allow."
    ]
    allowed = sd.from_frames(discharges=stays, allow={"contact": "Made up for this test"}, **PLAIN)
    assert dict(allowed.allowed) == {"contact": "Made up for this test"}


def test_own_operations_get_new_ids_and_lose_identifiers() -> None:
    stays = STAYS.assign(contact=["jane.doe@example.org", "john.doe@example.org"])
    cohort = sd.from_frames(discharges=stays, basis="own_operations", clock="day")
    assert cohort.discharges["client_id"].tolist() == ["1", "2"]
    assert cohort.dropped == ("discharges: contact",)


def test_an_unforeseen_fault_shows_no_value(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: object, **keywords: object) -> None:
        raise ValueError("Jane Doe")

    monkeypatch.setattr(frames, "load_frames", broken)
    with pytest.raises(DataError) as caught:
        sd.from_frames(discharges=STAYS, **PLAIN)
    assert "Jane" not in str(caught.value)
    assert caught.value.__context__ is None


def test_a_flat_frame_gives_the_tables_of_its_maps() -> None:
    data = STAYS.assign(iop=[35, None], use=[None, 50], last=[120, 110], plan=["x", "y"])
    cohort = sd.from_frame(
        data,
        discharges={key: key for key in STAYS},
        services=[{"level": {"value": "iop"}, "start_day": "iop", "when": {"plan": "x"}}],
        observations=[{"finding": {"value": "positive"}, "day": "use"}],
        followup=[{"start_day": "discharge_day", "end_day": "last"}],
        covariates={"plan": {"from": "plan", "type": "category", "known": "discharge"}},
        schedule=Schedule(visits=(30,), before=5),
        **PLAIN,
    )
    assert cohort.services[["client_id", "start_day"]].values.tolist() == [["a", 35]]
    assert cohort.observations[["client_id", "day"]].values.tolist() == [["b", 50]]
    assert cohort.followup["end_day"].tolist() == [120, 110]
    assert [column.codes for column in cohort.covariates] == [("x", "y")]
    assert cohort.schedule == Schedule(visits=(30,), before=5)


def test_the_same_frame_has_the_same_hash() -> None:
    def hash_of(frame: pd.DataFrame) -> str:
        return sd.from_frames(discharges=frame, **PLAIN).inputs[0].sha256

    assert hash_of(STAYS) == hash_of(STAYS.copy())
    assert hash_of(STAYS) != hash_of(STAYS.assign(discharge_day=[28, 31]))
