"""Files of the generator: the bundled cohorts come back byte for byte, and every form loads."""

import json
from pathlib import Path

import pandas as pd
import pytest

from stepdown.cohort import derive
from stepdown.schema import TABLES
from stepdown.sources import load
from stepdown.study import Study
from stepdown.synthetic import BUNDLED, WORLDS, Bundled, generate, write
from stepdown.synthetic.bundled_cohorts import write_cohort

pytestmark = pytest.mark.slow

DATA = Path(__file__).resolve().parents[2] / "data" / "synthetic"
# The bundled cohorts have no scores.
HELD = [table.name for table in TABLES if table.name != "assessments"]
NAMES = sorted([*(f"{name}.csv" for name in HELD), "cohort.toml", "study.toml"])


@pytest.mark.parametrize("cohort", BUNDLED, ids=lambda one: one.name)
def test_bundled_cohorts_come_back_byte_for_byte(cohort: Bundled, tmp_path: Path):
    write_cohort(cohort, tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == NAMES
    # The bundled study with an adjusted comparison is written by hand.
    more = ["truth.json"]
    assert sorted(path.name for path in (DATA / cohort.name).iterdir()) == sorted([*NAMES, *more])
    for name in NAMES:
        assert (tmp_path / name).read_bytes() == (DATA / cohort.name / name).read_bytes(), name


@pytest.mark.parametrize("cohort", BUNDLED, ids=lambda one: one.name)
def test_bundled_cohorts_load_and_are_what_was_generated(cohort: Bundled):
    loaded = load(DATA / cohort.name / "cohort.toml")
    made = generate(cohort.n, seed=cohort.seed, world=cohort.world, sites=cohort.sites)
    for table in TABLES:
        frame = getattr(loaded, table.name)
        assert set(frame) <= set(made[table.name])
        pd.testing.assert_frame_equal(frame, made[table.name][list(frame)])
        absent = made[table.name].drop(columns=list(frame))
        assert absent.isna().all(axis=None)
    assert loaded.schedule is not None
    assert loaded.schedule.visits == cohort.world.recording.visits
    study = Study.read(DATA / cohort.name / "study.toml")
    people = derive(loaded, study)
    assert people.exact == (cohort.name == "programs")


def test_bundled_cohorts_are_as_described():
    programs, one_site = (load(DATA / name / "cohort.toml") for name in ("programs", "one_site"))
    assert len(programs.discharges) == 2000
    assert programs.discharges["site_id"].nunique() == 20
    assert programs.discharges["quarter"].nunique() == 8
    a_quarter = one_site.discharges["quarter"].value_counts()
    assert len(one_site.discharges) == 8 * 140
    assert a_quarter.between(125, 155).all()
    assert "urine" not in set(one_site.observations["source"])
    calls = one_site.observations[one_site.observations["source"] == "self_report"]
    assert calls.loc[calls["finding"] == "positive", "since_day"].notna().all()
    zero = one_site.discharges.groupby("client_id")["discharge_day"].min()
    due = zero[zero <= one_site.data_cut - 180 - 14].index
    made = calls[calls["client_id"].isin(due) & (calls["finding"] != "missing")]
    assert len(made) / (3 * len(due)) == pytest.approx(0.55, abs=0.05)
    for folder in DATA.iterdir():
        assert sum(path.stat().st_size for path in folder.iterdir()) < 4_000_000


@pytest.mark.parametrize("name", ["programs", "one_site"])
def test_stored_truth_is_exact_enough_and_says_how_it_was_made(name: str):
    document = json.loads((DATA / name / "truth.json").read_text())
    assert document["monte_carlo_error"]["risk"] < 0.0002
    assert document["monte_carlo_error"]["days"] < 0.02
    assert document["default_start_law"] == "as_observed"
    assert set(document["values"]["discharge"]) == {"natural_course", "early", "none"}
    assert (
        set(document["values"]["discharge"]["early"])
        == {"as_observed", "uniform", "natural"}
        == set(document["start_laws"])
    )
    natural = document["values"]["discharge"]["natural_course"]
    assert set(natural["risk"]) == {"relapse", "death", "incarceration"}
    assert list(natural["risk"]["relapse"]) == ["30", "60", "90", "180", "365"]
    assert natural["rmst"]["90"] == round(natural["rmst"]["90"], 2)
    for population in ("landmark_14", "landmark_14_standardized"):
        assert set(document["values"][population]) >= {"early", "none"}
    trials = document["values"]["sequential_trials"]
    early, none, kept = (
        trials[name]["risk"]["relapse"]["90"] for name in ("early", "none", "none_until_day_14")
    )
    # Those who wait may start later, so that the groups of the trials as started are more alike.
    assert early < none < kept


def test_the_flat_form_tells_the_same_first_events(tmp_path: Path):
    frames = generate(400, seed=21, world="program")
    tables = load(write(frames, tmp_path / "tables", world="program"))
    flat = load(write(frames, tmp_path / "flat", world="program", as_="flat"))
    study = Study.read(DATA / "programs" / "study.toml")
    one, other = (derive(cohort, study).table.set_index("client_id") for cohort in (tables, flat))
    columns = ["days", "event", "days_earliest", "event_earliest"]
    assert set(one.index) == set(other.index)
    same = (one[columns].to_numpy() == other.reindex(one.index)[columns].to_numpy()).all(axis=1)
    # One row holds one positive finding: where two overlap the tables have more.
    assert same.mean() > 0.97
    clean = generate(400, seed=22)
    tables = load(write(clean, tmp_path / "tables_clean"))
    flat = load(write(clean, tmp_path / "flat_clean", as_="flat"))
    one, other = (derive(cohort, study).table.set_index("client_id") for cohort in (tables, flat))
    pd.testing.assert_frame_equal(
        one[["days", "event"]], other.reindex(one.index)[["days", "event"]], check_dtype=False
    )


@pytest.mark.parametrize("world", list(WORLDS))
def test_parquet_loads_as_it_was_generated(world: str, tmp_path: Path):
    frames = generate(200, seed=5, world=world, form="spans")
    loaded = load(write(frames, tmp_path, world=world, format="parquet"))
    for table in TABLES:
        frame = getattr(loaded, table.name)
        pd.testing.assert_frame_equal(frame, frames[table.name][list(frame)])


def test_same_frames_same_bytes(tmp_path: Path):
    for as_, format_ in (("tables", "csv"), ("flat", "csv"), ("tables", "parquet")):
        for place in ("a", "b"):
            write(generate(50, seed=1), tmp_path / format_ / as_ / place, as_=as_, format=format_)
        for path in (tmp_path / format_ / as_ / "a").iterdir():
            again = tmp_path / format_ / as_ / "b" / path.name
            assert path.read_bytes() == again.read_bytes()
            if path.suffix == ".csv":
                assert b"\r" not in path.read_bytes()
                assert b'"' not in path.read_bytes()
