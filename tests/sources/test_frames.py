"""Cohorts from data frames: the same tables and the same checks as from files, and no value in a message."""

import doctest

import numpy as np
import pandas as pd
import pytest

import stepdown as sd
from stepdown.errors import ConfigError, DataError, IdentifierError, StudyError
from stepdown.schema import Schedule
from stepdown.sources import bundled, frames
from support_sources import said

pytestmark = pytest.mark.slow
PANDAS_3 = int(pd.__version__.partition(".")[0]) >= 3

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
        "observations.client_id is not a client of discharges: 1 row, at position 0. Correct the ids, or add the "
        "discharges; only rows of people outside the program may be removed.",
    ]  # fmt: skip


def test_a_frame_whose_header_is_a_client_shows_numbers() -> None:
    frame = pd.DataFrame({"A7": ["A8", "A9"], "Zelda Canarian": ["Bob Quarrel", "Ann Smith"]})
    maps = {"client_id": "id", "discharge_day": "out"}
    with pytest.raises(DataError) as caught:
        sd.from_frame(frame, discharges=maps, **PLAIN)
    remedy = "The frame has none of the columns mapped: is its first row the header?"
    assert said(caught.value.problems) == [f"data.{name} is missing. {remedy}" for name in ("id", "out")]


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
        *[
            (
                wrong,
                "discharges has columns whose names are not text. Name the columns: frame.columns = [...].",
            )
            for wrong in (
                STAYS.set_axis([0, 1, 2], axis=1),
                pd.concat({"a": STAYS}, axis=1),
                # pandas 3 makes no such name.
                *(() if PANDAS_3 else (STAYS.rename(columns={"client_id": "\ud800"}),)),
            )
        ],
        (
            STAYS.set_index("client_id"),
            "discharges.client_id is the index, not a column. Use frame.reset_index().",
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
        "observations, followup, assessments.",
        "from_frames.columns.services maps columns of a frame that was not given. Give services a frame, or "
        "remove the map.",
        "from_frames.basis has a value that is not allowed. Allowed: 'safe_harbor', 'limited_data_set', "
        "'expert_determination', 'own_operations' or 'synthetic'.",
    ]
    with pytest.raises(ConfigError) as caught:
        sd.from_frames(discharges=STAYS, columns={"discharges": {"agee": "admit_day"}}, **PLAIN)
    (line,) = said(caught.value.problems)
    assert line.startswith(
        "from_frames.columns.discharges.agee is not a column of discharges. Allowed: client_id, "
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


MAP = {key: key for key in STAYS}
IOP = {"level": {"value": "iop"}, "start_day": "iop"}
WRONG_TYPE = "must be a dict. Give a dict: {key: value}."
NO_LIST = "must be a list. Put it in square brackets."


@pytest.mark.parametrize(
    ("given", "line"),
    [
        ({"columns": ["client_id"]}, f"columns {WRONG_TYPE}"),
        ({"columns": {"discharges": "client_id"}}, f"columns.discharges {WRONG_TYPE}"),
        ({"columns": {"discharges": None}}, f"columns.discharges {WRONG_TYPE}"),
        ({"columns": {"discharges": {"age": 3}}}, f"columns.discharges.age {WRONG_TYPE}"),
        ({"covariates": {"plan": "plan"}}, f"covariates.plan {WRONG_TYPE}"),
        ({"schedule": [30, 90]}, f"schedule {WRONG_TYPE}"),
        ({"sites": ["North"]}, f"sites {WRONG_TYPE}"),
        ({"allow": ["plan"]}, f"allow {WRONG_TYPE}"),
        *[
            (
                {"schedule": {"visits": visits}},
                "schedule.visits cannot be used: give the days in increasing order, each once. Correct the "
                "argument.",
            )
            for visits in ([90, 30], [30, 30])
        ],
        *[
            (
                {"clock": clock, "data_cut": cut},
                "cannot be used: data_cut is more than 100,000 days away. Correct the argument.",
            )
            for clock, cut in (("day", 10**6), ("day", -(10**6)), ("date", "9999-12-31"))
        ],
        ({"missing": "NA"}, f"missing {NO_LIST}"),
        ({"missing": -9}, f"missing {NO_LIST}"),
        ({"discharges": None}, "discharges is missing. Give a value."),
        ({"clock": None}, "clock is missing. Give a value."),
        (
            {"data_cut": "9/30/2026"},
            'data_cut cannot be used: give a date, such as "2026-09-30" (clock = "date") or a whole number '
            '(clock = "day"). Correct the argument.',
        ),
        (
            {"discharges": STAYS[["client_id"]]},
            "columns.discharges has no day that could be time zero. Map at least one of admit_day, "
            "discharge_day, randomization_day.",
        ),
    ],
)
def test_a_wrong_argument_of_from_frames_is_named(given, line) -> None:
    with pytest.raises(ConfigError) as caught:
        sd.from_frames(**{"discharges": STAYS, **PLAIN, **given})
    assert said(caught.value.problems) == [
        f"from_frames {line}" if line.startswith("cannot") else f"from_frames.{line}"
    ]


@pytest.mark.parametrize(
    ("given", "line"),
    [
        ({"services": IOP}, f"services {NO_LIST}"),
        ({"services": "iop"}, f"services {NO_LIST}"),
        ({"services": 3}, f"services {NO_LIST}"),
        ({"services": ["iop"]}, f"services.1 {WRONG_TYPE}"),
        ({"services": [{**IOP, "when": "plan"}]}, f"services.1.when {WRONG_TYPE}"),
        ({"discharges": STAYS}, f"discharges {WRONG_TYPE}"),
        (
            {"discharges": {"admit_day": "admit_day"}},
            "discharges.client_id is missing. Name the column of the frame that holds it.",
        ),
    ],
)
def test_a_wrong_argument_of_from_frame_is_named(given, line) -> None:
    with pytest.raises(ConfigError) as caught:
        sd.from_frame(STAYS.assign(iop=35), **{"discharges": MAP, **PLAIN, **given})
    assert said(caught.value.problems) == [f"from_frame.{line}"]


def test_a_forgotten_argument_is_an_error_of_stepdown() -> None:
    with pytest.raises(ConfigError, match=r"^from_frames: missing a required argument: 'basis'\. See help"):
        sd.from_frames(discharges=STAYS, clock="day")
    with pytest.raises(
        ConfigError, match=r"^from_frame: got an unexpected keyword argument 'tables'\. See help"
    ):
        sd.from_frame(STAYS, discharges=MAP, tables={}, **PLAIN)


UNREADABLE = (
    "has a type that cannot be read: 2 rows, at positions 0, 1. Write it as text, number, date or yes and no."
)
MIXED = "mixes types, or has one that cannot be read. Make all its values text, numbers, dates, or True and False."


@pytest.mark.parametrize(
    ("values", "line"),
    [
        (pd.period_range("2026-01-01", periods=2), UNREADABLE),
        (pd.interval_range(0, 2), UNREADABLE),
        (pd.Categorical(pd.interval_range(0, 2)), UNREADABLE),
        (pd.to_timedelta([0, 1], unit="D"), UNREADABLE),
        ([[0], [1]], UNREADABLE),
        ([b"0", b"1"], UNREADABLE),
        ([0j, 1j], MIXED),
        ([10**30, 0], MIXED),
        *(() if PANDAS_3 else ((["\ud800", "0"], MIXED),)),
        (
            [True, False],
            "is not a whole number of days: 2 rows, at positions 0, 1. Correct column "
            '"admit_day" of the frame, or add the text to missing.',
        ),
        (
            [float("inf"), 0],
            "is not a whole number of days: 1 row, at position 0. Correct column "
            '"admit_day" of the frame, or add the text to missing.',
        ),
        (
            pd.to_datetime(["2026-01-01", None]).tz_localize("US/Eastern"),
            'holds dates, but clock = "day": 1 row, at position 0. Write clock = "date", or map days.',
        ),
    ],
)
def test_a_wrong_type_is_reported_by_row(values, line) -> None:
    with pytest.raises(DataError) as caught:
        sd.from_frames(discharges=STAYS.assign(admit_day=values), **PLAIN)
    assert said(caught.value.problems) == [f"discharges.admit_day {line}"]


@pytest.mark.parametrize(
    "days",
    [
        pd.Categorical([0, 1]),
        pd.array([0, 1], dtype="Int64"),
        pd.array([0, 1], dtype="int64[pyarrow]"),
        pd.arrays.SparseArray([0, 1]),
        pd.array(["0", "1"], dtype="string"),
        [0.0, 1.0],
    ],
)
def test_every_type_that_holds_whole_numbers_is_read(days) -> None:
    repeated = STAYS.assign(admit_day=days).set_axis(["same", "same"])
    assert sd.from_frames(discharges=repeated, **PLAIN).discharges["admit_day"].tolist() == [0, 1]


def test_dates_with_a_time_zone_keep_their_local_day() -> None:
    late = pd.to_datetime(["2026-01-01 23:30", "2026-01-02 00:30"]).tz_localize("US/Pacific")
    stays = STAYS.assign(admit_day=late, discharge_day=late.astype("category"))
    cohort = sd.from_frames(
        discharges=stays, basis="synthetic", clock="date", data_cut=np.datetime64("2026-09-30")
    )
    assert cohort.discharges["admit_day"].tolist() == [20454, 20455]
    assert cohort.discharges["discharge_day"].tolist() == [20454, 20455]
    assert cohort.data_cut == 20726


def test_numbers_of_numpy_and_keys_that_are_numbers_are_accepted() -> None:
    cohort = sd.from_frames(
        discharges=STAYS.assign(site_id=[1, 2], s=[1.0, 2.0]),
        columns={"discharges": {"sex": {"from": "s", "codes": {1: "female", 2.0: "male"}}}},
        schedule={"visits": np.array([30, 90])},
        sites={np.int64(1): "North", 2: "South"},
        data_cut=np.int64(400),
        missing=(np.int64(-9),),
        **PLAIN,
    )
    assert cohort.discharges["sex"].tolist() == ["female", "male"]
    assert cohort.schedule == Schedule(visits=(30, 90))
    assert cohort.sites == {"1": "North", "2": "South"}
    assert cohort.data_cut == 400


def test_one_row_and_empty_frames_make_a_cohort() -> None:
    cohort = sd.from_frames(
        discharges=STAYS[:1], services=pd.DataFrame(), observations=SEEN[:0], followup=SPANS[:1], **PLAIN
    )
    tables = (cohort.discharges, cohort.services, cohort.observations, cohort.followup)
    assert [len(table) for table in tables] == [1, 0, 0, 1]
    assert sd.from_frame(STAYS[:1].assign(iop=None), discharges=MAP, services=[IOP], **PLAIN).services.empty


def test_rows_are_chosen_by_no_column_of_an_unreadable_type() -> None:
    data = STAYS.assign(iop=35, plan=pd.to_timedelta([0, 1], unit="D"))
    with pytest.raises(DataError) as caught:
        sd.from_frame(data, discharges=MAP, services=[{**IOP, "when": {"plan": "0"}}], **PLAIN)
    assert said(caught.value.problems) == [
        "data.plan has no row that meets when. Write the value of when as the file has it, or remove the block."
    ]


def test_a_cohort_is_shown_by_its_counts_and_never_by_rows() -> None:
    cohort = sd.from_frames(discharges=STAYS.assign(client_id=["p-1", "p-2"]), **PLAIN)
    assert repr(cohort) == (
        "Cohort: 2 clients, 2 discharges, 0 services, 0 observations, 0 followup; basis synthetic, clock day"
    )
    assert cohort._repr_html_() == f"<p>{cohort!r}</p>"
