"""Inputs that once came out wrong, each with its right answer; skipped, and said so, where they are absent.

They are kept outside the project. For each kind a test of the project draws an input of its own.
"""

import re
import shutil
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest

import stepdown as sd
from stepdown.cohort import eligible, with_outcome
from stepdown.cohort.linkage import coded
from stepdown.cohort.measures.measure_rates import measure
from stepdown.compare import whole
from stepdown.errors import StudyError
from stepdown.identifiers import scan
from stepdown.schema import Cohort, read_measures
from stepdown.sections.page_one import text as page_one
from stepdown.sections.relapse import text
from stepdown.sources import Project, check_cohort, checked_cohort, create_project, load
from support_real import VARIABLE, real_data

pytestmark = [pytest.mark.real, pytest.mark.slow]


def cases() -> Path:
    """Return the folder of the cases, beside the real cohorts or one folder further up, or skip the test."""
    real = real_data().resolve()
    found = [folder / "cases" for folder in real.parents[:2] if (folder / "cases").is_dir()]
    if not found:
        pytest.skip(f"CASES NOT TESTED: no folder cases beside that of {VARIABLE}")
    return found[0]


@pytest.fixture
def case(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Return a copy of the case that the test is about, its studies in today's words."""
    folder = cases() / request.param
    if not folder.is_dir():
        pytest.skip(f"CASES NOT TESTED: {request.param} is absent")
    copy = tmp_path / "case"
    shutil.copytree(folder, copy)
    for path in copy.rglob("*.toml"):
        path.chmod(0o644)
        path.write_text(path.read_text(encoding="utf-8").replace("rungs = ", "steps = "), encoding="utf-8")
    return copy


def of(*names: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("case", names, indirect=True)


def begun(path: Path, **options: object) -> tuple[Project, str]:
    """Return the project that `init` makes of a file, and its cohort file."""
    out = path.parent / f"project_{path.stem}"
    project = create_project(path, out, basis="synthetic", **options)  # type: ignore[arg-type]
    return project, (out / "cohort.toml").read_text(encoding="utf-8")


def whats(path: Path) -> list[tuple[str, str]]:
    return [(problem.column, problem.what) for problem in check_cohort(path / "cohort.toml")]


def risk(study: Path, day: int, arm: str = "") -> float:
    """Return the risk of relapse: of everyone, or in an arm of the comparison."""
    protocol = sd.Study.read(study)
    people = sd.derive(load(study.parent / protocol.cohort), protocol)
    made = sd.design(people, protocol) if arm else whole(people, protocol)
    found = sd.estimate_design(made, protocol).table
    asked = (found["estimand"] == "risk") & (found["cause"] == "relapse") & (found["time"] == day)
    asked &= (found["arm"] == arm) & (found["statistic"] == "estimate")
    return float(found.loc[asked, "estimate"].iloc[0])


@of("L-date-formats")
def test_every_form_of_dates_is_recognized(case: Path) -> None:
    for path in sorted(case.glob("*.csv")):
        project, text = begun(path)
        assert project.problems == ()
        assert 'clock = "date"' in text


@of("L-dmy-per-column")
def test_one_file_has_one_order_of_day_and_month(case: Path) -> None:
    begun(case / "dmy.csv")
    stays = load(case / "project_dmy" / "cohort.toml").discharges
    assert (stays["discharge_day"] - stays["admit_day"]).tolist() == [27, 25, 27, 21]


@of("L-indicator-as-day")
def test_an_indicator_is_no_day(case: Path) -> None:
    begun(case / "flags.csv")
    assert risk(case / "project_flags" / "study.toml", 30) == pytest.approx(0.5)


@of("L-one-bad-cell")
def test_a_bad_cell_does_not_end_a_guess(case: Path) -> None:
    project, text = begun(case / "onebad.csv")
    assert 'discharge_date", format = "%m/%d/%Y"' in text
    assert [problem.count for problem in project.problems] == [1, 1, 1]


@of("L-redcap-events")
def test_rows_of_events_become_clients(case: Path) -> None:
    begun(case / "redcap.csv")
    assert len(load(case / "project_redcap" / "cohort.toml").discharges) == 2
    assert "has neither a day of admission nor one of discharge" in dict(whats(case)).values()


@of("L-relapse-known-day-unknown")
def test_a_known_relapse_without_a_day_is_an_interval(case: Path) -> None:
    begun(case / "help.csv")
    found = load(case / "project_help" / "cohort.toml").observations
    given = pd.read_csv(case / "help.csv")
    assert len(found) == given["used"].sum()
    assert found["since_day"].notna().sum() == (given["used"].eq(1) & given["days"].isna()).sum()


@of("L-sas-dates-as-excel")
def test_days_since_1960_are_no_serials(case: Path) -> None:
    _, text = begun(case / "sasnum.csv")
    assert 'format = "days_since_1960"' in text
    assert "data_cut = 2025-02-03" in text


@of("L-sentinel-dates")
def test_a_far_day_is_reported_and_is_no_data_cut(case: Path) -> None:
    for path in sorted(case.glob("*.csv")):
        project, text = begun(path)
        assert "data_cut = 2025" in text
        assert project.problems != ()


@of("L-workbook-dates-and-a-text")
def test_dates_of_a_workbook_stay_dates(case: Path) -> None:
    project, _ = begun(case / "mixtime.xlsx")
    assert [problem.count for problem in project.problems] == [1]


@of("L-ids-two-files")
def test_ids_that_differ_in_form_are_joined(case: Path) -> None:
    for kind in ("fid", "zeros"):
        folder = case / kind
        folder.mkdir()
        for path in case.glob(f"{kind}_*.csv"):
            shutil.copy(path, folder / path.name)
        begun(folder)
        found = checked_cohort(case / f"project_{kind}" / "cohort.toml")
        assert found.problems == ()
        assert "only in leading zeros" in str(found.warnings[0])


@of("L-missing-99")
def test_a_number_for_missing_empties_no_day_and_no_id_unseen(case: Path) -> None:
    assert ("client_id", "holds a number that missing lists for all columns") in whats(case)


@of("L-finding-after-death", "L-session-after-died-in-stay")
def test_what_is_after_a_death_is_a_problem(case: Path) -> None:
    assert [what for _, what in whats(case)] == ["is after the client's death"]


@of("L-daanes-words-for-ratings")
def test_ratings_in_words_are_numbers(case: Path) -> None:
    assert load(case / "cohort.toml").discharges["asam_dim1"].notna().all()


@of("L-when-true")
def test_when_compares_as_people_do(case: Path) -> None:
    assert risk(case / "study.toml", 90) == pytest.approx(0.5)


def counted(folder: Path, name: str) -> tuple[int, int]:
    """Return denominator and numerator of the first window of a measure."""
    cohort: Cohort = load(folder / "cohort.toml")
    spec = read_measures()[name]
    row = measure(cohort, spec).table.iloc[0]
    return int(row["denominator"]), int(row["numerator"])


MEASURES = {
    "M-fui-detox-medication": ("fui@2", (1, 0)),
    "M-iet-34days-after-discharge": ("iet_engagement@2", (1, 1)),
    "M-iet-day13-14": ("iet_initiation@2", (4, 3)),
    "M-iet-medication-opens-episode": ("iet_initiation@2", (1, 1)),
    "M-iet-sessions-inside-stay": ("iet_engagement@2", (1, 0)),
    "M-iet-visit-and-medication-same-day": ("iet_engagement@2", (2, 1)),
    "M-pass-fui": ("fui@2", (3, 3)),
    "M-pod-stay-8-days": ("medication_180@2", (0, 0)),
}


@of(*MEASURES)
def test_measures_count_as_their_texts(case: Path, request: pytest.FixtureRequest) -> None:
    name, expected = MEASURES[request.node.callspec.params["case"]]
    assert counted(case, name) == expected


@of("M-cms137")
def test_cms137_counts_as_its_test_deck(case: Path) -> None:
    """Three things the flattened days do not show; the measure declares each beside its number.

    Hospice care is not recorded; a long-acting medication is one only once it is named; and whether a treatment
    60 days before was an encounter or a procedure, which is history but opens no episode.
    """
    wrong, unseen = [], []
    for path in sorted(case.glob("*/case.md")):
        text = path.read_text(encoding="utf-8")
        pairs = [tuple(map(int, pair)) for pair in re.findall(r"\((\d), (\d)\)", text.partition("exp [")[2])]
        if re.search("ospice|Treatment that starts 60", text):
            unseen.append(path)
            continue
        if "Long Acting" in text:
            _name_the_injections(path.parent)
        for name, expected in zip(("initiation", "engagement"), pairs[:2], strict=True):
            found = counted(path.parent, f"cms137_{name}@1")
            if found != expected:
                wrong.append((path.parent.name, name, expected, found))
    assert (wrong, len(unseen)) == ([], 8)
    for name in ("initiation", "engagement"):
        declared = read_measures()[f"cms137_{name}@1"].deviations
        assert "Not looked at: hospice" in declared
        assert "a procedure may be history without being an encounter" in declared
        assert "is not known to be long-acting" in declared


def _name_the_injections(folder: Path) -> None:
    """Say of each medication given which it was, as the deck does and the flattened rows do not."""
    services = pd.read_csv(folder / "services.csv", dtype=str)
    given = services["kind"] == "medication"
    services.assign(medication=given.map({True: "naltrexone_long_acting", False: ""})).to_csv(
        folder / "services.csv", index=False
    )
    config = folder / "cohort.toml"
    text = config.read_text(encoding="utf-8")
    config.write_text(
        text.replace('kind = "kind"', 'kind = "kind"\nmedication = "medication"'), encoding="utf-8"
    )


@of("M-nested-withdrawal-stay")
def test_withdrawal_management_inside_a_stay_is_part_of_it(case: Path) -> None:
    assert whats(case) == []


@of("R-guard-misses")
def test_the_guard_stops_at_every_column_of_identifiers(case: Path) -> None:
    columns = {problem.column for problem in check_cohort(case / "cohort.toml")}
    assert {"client_id", "LName", "FName", "contact", "last4", "Medicaid", "card"} <= columns


@of("R-header-cp1252", "R-ragged-cp1252")
def test_text_that_is_not_utf_8_is_named(case: Path) -> None:
    assert any("is not UTF-8 text" in what for _, what in whats(case))


@of("R-headerless-leak", "R-headerless-id-leak")
def test_no_message_prints_a_cell_of_a_file_without_a_header(case: Path) -> None:
    cells = {cell for cell in (case / "discharges.csv").read_text(encoding="utf-8").split("\n")[0].split(",")}
    text = " ".join(str(problem) for problem in check_cohort(case / "cohort.toml"))
    assert text
    assert [
        cell
        for cell in cells
        if len(cell) > 3 and cell != "none" and re.search(rf"\b{re.escape(cell)}\b", text)
    ] == []


@of("R-init-copy")
def test_the_copy_holds_mapped_columns_alone(case: Path) -> None:
    create_project(case / "own.csv", case / "project")
    header = (case / "project" / "data" / "discharges.csv").read_text(encoding="utf-8").split("\n")[0]
    for name in ("last4", "employer", "room", "zip_home", "tattoo", "FirstName"):
        assert name not in header
    for path in (case / "project").rglob("*"):
        assert path.stat().st_mode & 0o077 == 0
    text = (case / "project" / "cohort.toml").read_text(encoding="utf-8")
    assert "Zelda" not in text
    assert "Ofc" not in text


@of("R-xlsx-dimension")
def test_a_workbook_is_read_by_what_it_holds(case: Path) -> None:
    cohort = load(case / "cohort.toml")
    assert (len(cohort.services), len(cohort.observations)) == (726, 459)
    assert risk(case / "study.toml", 90) == pytest.approx(0.233, abs=5e-4)


@of("S-episode-last")
def test_the_last_episode_is_refused(case: Path) -> None:
    with pytest.raises(StudyError, match="selects on the future"):
        sd.Study.read(case / "study.toml")


@of("S-stepdown-episodes-in-discharges")
def test_episodes_among_the_discharges_are_care(case: Path) -> None:
    study = sd.Study.read(case / "study.toml")
    design = sd.design(sd.derive(load(case / "cohort.toml"), study), study)
    arms = design.readings[0].arm
    assert [int((arms == place).sum()) for place in (0, 1)] == [21, 19]
    assert counted(case, "fui@2") == (40, 21)


@of("found/init_flag_as_day")
def test_a_flag_is_no_day_of_relapse(case: Path) -> None:
    _, text = begun(case / "own.csv")
    header = (case / "own.csv").read_text(encoding="utf-8").split("\n")[0].split(",")
    flags = [name for name in header if name in ("relapse", "relapsed", "used")]
    assert [f'day = "{name}"' in text for name in flags] == [False] * len(flags)


@of("found/never_followed")
def test_clients_never_followed_are_no_one_at_risk(case: Path) -> None:
    """Kaplan-Meier by hand, as R gives it without the rows of time 0 and no event: 6 at risk on day 0."""
    begun(case / "flat.csv")
    path = case / "project_flat" / "study.toml"
    path.write_text(path.read_text("utf-8").replace('day_zero = "exclude"', 'day_zero = "event"'), "utf-8")
    rows = pd.read_csv(case / "flat.csv").query("last > 0 or relapsed == 1")
    free = 1.0
    for day in sorted(rows.loc[rows["relapsed"] == 1, "last"].unique()):
        at_risk, events = rows["last"] >= day, (rows["last"] == day) & (rows["relapsed"] == 1)
        free *= 1 - events.sum() / at_risk.sum()
    assert len(rows) == 6
    assert risk(path, 90) == pytest.approx(1 - free)
    study = sd.Study.read(path)
    flow = sd.derive(load(path.parent / study.cohort), study).flow_of_observed
    assert any("Followed after day 0" in str(step) for step in flow)


@of("found/no_data_cut_after_init")
def test_dates_and_the_data_cut_are_kept(case: Path) -> None:
    """The project of `init` gives the numbers of the cohort file written by hand, quarters too."""
    project = create_project(case / "discharges.xlsx", case / "project")
    assert project.problems == ()
    own, by_hand = (load(case / name / "cohort.toml") for name in ("project", "dates_and_cut"))
    assert (own.clock, own.data_cut) == ("date", by_hand.data_cut)
    spec = read_measures()["fui@2"]
    pd.testing.assert_frame_equal(measure(own, spec).table, measure(by_hand, spec).table)
    shutil.copy(case / "dates_and_cut" / "study.toml", case / "project" / "study.toml")
    lost, same = (
        sd.analyze(case / name / "study.toml")
        .results.table.query("estimand == 'followed'")["estimate"]
        .tolist()
        for name in ("project", "dates_and_cut")
    )
    assert lost == same


@of("found/imputed_vs_arms")
def test_arms_use_the_days_of_the_whole_cohort(case: Path) -> None:
    """The file ends follow-up with calls that no one answered, and `check` says so.

    Once it ends with the last answered call, arms and everyone agree with the cohort as it was made: 30.4% and
    42.3% of those free of relapse on day 14, and 44% of all.
    """
    folder = case / "proj7"
    checked = checked_cohort(folder / "cohort.toml")
    (problem,) = checked.problems
    assert problem.what == "is after the client's death"
    assert any("of a contact that was not answered" in warning.what for warning in checked.warnings)
    log = pd.read_excel(folder / "log.xlsx", sheet_name="Log").drop(
        index=[row - 2 for row in problem.file_rows]
    )
    calls = [
        log[f"{due} day call date"].where(log[f"{due} r"].isin(["positive", "negative"])) for due in (30, 90)
    ]
    log["Last contact"] = pd.concat(calls, axis=1).max(axis=1).fillna(log["Discharge Date"])
    log.to_excel(folder / "log.xlsx", sheet_name="Log", index=False)
    assert whats(folder) == []
    for name in ("imputed", "midpoint"):
        study = folder / f"s_{name}.toml"
        assert risk(study, 90) == pytest.approx(0.44, abs=0.06)
        assert risk(study, 90, "IOP or PHP within 14 days") == pytest.approx(0.304, abs=0.03)
        assert risk(study, 90, "No step-down within 14 days") == pytest.approx(0.423, abs=0.07)


PROGRAMS = Path(__file__).parents[2] / "data" / "synthetic" / "programs"
ONE_SITE = PROGRAMS.parent / "one_site"


@of("found/quarter_lost")
def test_a_quarter_counts_its_lost_and_those_without_90_days(case: Path) -> None:
    """The case is about the bundled cohort; its lost are counted here from the follow-up itself."""
    assert "None of 267 lost" in (case / "README").read_text(encoding="utf-8")
    analysis = sd.analyze(PROGRAMS / "study.toml", quarter="2026Q3")
    cohort, study = load(PROGRAMS / "cohort.toml"), sd.Study.read(PROGRAMS / "study.toml")
    people = with_outcome(eligible(coded(cohort), study, quarter="2026Q3"), study).table
    assert cohort.data_cut is not None
    observable = (cohort.data_cut - people["zero"]).clip(upper=90)
    lost = int(((people["event"] == 0) & ~people["died"] & (people["days"] < observable)).sum())
    short = int((observable < 90).sum())
    said = " ".join(text.people(analysis).paragraphs)
    assert (len(people), lost, short) == (267, 12, 261)
    assert f"{lost} of 267 discharges (4.5%) were lost to follow-up before day 90" in said
    assert f"{short} of 267 discharges had fewer than 90 days between day 0 and the data cut" in said


@of("found/vs_label")
def test_a_label_with_vs_is_one_label(case: Path) -> None:
    for path in ONE_SITE.glob("*.*"):
        shutil.copy(path, case / path.name) if path.name != "study.toml" else None
    study = case / "study.toml"
    study.write_text(
        study.read_text("utf-8").replace('interval = "bounds"', 'interval = "midpoint"'), "utf-8"
    )
    analysis = sd.analyze(study)
    table = analysis.results.table[analysis.results.table["analysis"] != "quarters"]
    assert set(table["reference"]) == {"", "No step-down"}
    assert set(table["arm"]) == {"", "IOP vs PHP early", "No step-down"}
    said = " ".join(page_one.answer(analysis).paragraphs)
    assert "with “IOP vs PHP early” than with “No step-down”" in said


def test_a_birth_year_is_judged_against_the_data() -> None:
    """As in found/yob.py; in data that end in 2026 those born in 1936 or before are over 89."""
    source = cases() / "found" / "yob.py"
    years = re.findall(r"'(\d{4})'", source.read_text(encoding="utf-8").splitlines()[2])
    ends = pa.chunked_array([["2026-01-05", "2025-12-30", "2025-01-30"]])
    stopped = [
        year
        for year in years
        if scan({"yob": pa.chunked_array([[year, "1980", "1975"]]), "out": ends}, basis="limited_data_set")
    ]
    assert (years, stopped) == (["1934", "1935", "1936", "1937"], ["1934", "1935", "1936"])


@of("found/messy_log")
def test_the_messy_workbook_reaches_a_right_first_page(case: Path) -> None:
    (case / "answers.toml").write_text('format = 1\noverlapping_stays = "join"\n', encoding="utf-8")
    project = create_project(case / "discharge_log.xlsx", case / "project", answers=case / "answers.toml")
    assert (project.problems, project.todo) == ((), ())
    assert risk(case / "project" / "study.toml", 90) == pytest.approx(0.437, abs=0.08)
