"""Frames of the generator: types, rules, reproducibility, and agreement of its curves with the truth."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stepdown.schema import DTYPES, TABLES
from stepdown.sources import check_cohort
from stepdown.survival import aalen_johansen
from stepdown.synthetic import EFFECTS, WORLDS, generate, truth, write
from stepdown.synthetic.cohort_files import DATA_CUT
from stepdown.synthetic.generator import FIRST_DAY
from support_synthetic import first_events

pytestmark = pytest.mark.slow

HORIZON = 365


@pytest.fixture(scope="module")
def frames() -> dict[str, pd.DataFrame]:
    return generate(30_000, seed=7)


def test_types_codes_and_ranges_are_the_declared_ones(frames):
    for table in TABLES:
        frame = frames[table.name]
        assert list(frame.index) == list(range(len(frame)))
        assert set(frame) <= set(table.names)
        assert {column.name for column in table.core} <= set(frame)
        for column in (table[name] for name in frame):
            values = frame[column.name]
            assert values.dtype == DTYPES[column.kind], column.name
            if column.kind == "code":
                assert tuple(values.cat.categories) == column.codes, column.name
            if column.never_missing:
                assert values.notna().all(), column.name
            if column.low is not None:
                assert values.min() >= column.low, column.name
            if column.high is not None:
                assert values.max() <= column.high, column.name


def test_same_seed_same_frames_other_seed_others():
    one, same, other = generate(300, seed=3), generate(300, seed=3), generate(300, seed=4)
    for name, frame in one.items():
        pd.testing.assert_frame_equal(frame, same[name])
    assert not one["discharges"]["age"].equals(other["discharges"]["age"])


def test_the_calendar_shifts_days_and_nothing_else():
    one, later = generate(300, seed=3), generate(300, seed=3, start_day_epoch=FIRST_DAY + 731)
    days = {
        table.name: [c.name for c in table if c.kind == "day" and c.name in one[table.name]]
        for table in TABLES
    }
    for name, frame in one.items():
        moved = later[name].copy()
        moved[days[name]] -= 731
        without = ["quarter"] if name == "discharges" else []
        pd.testing.assert_frame_equal(frame.drop(columns=without), moved.drop(columns=without))
    assert sorted(one["discharges"]["quarter"].unique())[0] == "2024Q4"
    assert sorted(one["discharges"]["quarter"].unique())[-1] == "2026Q3"
    assert sorted(later["discharges"]["quarter"].unique())[0] == "2026Q4"


def test_some_clients_have_a_second_stay_after_the_first_year(frames):
    stays = frames["discharges"].sort_values(["client_id", "discharge_day"])
    counts = stays.groupby("client_id").size()
    assert (counts == 2).mean() == pytest.approx(0.04, abs=0.001)
    assert counts.max() == 2
    before = stays.groupby("client_id")["discharge_day"].shift()
    assert (stays["admit_day"] - before).min() > HORIZON
    assert len(stays) == 30_000
    assert not stays["episode_id"].duplicated().any()


@pytest.mark.parametrize("number", [1, 2, 27, 53])
def test_any_number_of_discharges(number):
    frames = generate(number, seed=number)
    assert len(frames["discharges"]) == len(frames["followup"]) == number


def test_errors_name_what_is_allowed():
    with pytest.raises(
        ValueError,
        match=r"^There is no world 'dirty'; choose one of clean, detection, mnar, unmeasured, program, feedback, phone\.$",
    ):
        generate(10, seed=1, world="dirty")
    with pytest.raises(ValueError, match=r"^There is no effect 'big'; choose one of standard, none\.$"):
        generate(10, seed=1, effect="big")
    with pytest.raises(ValueError, match=r"^n must be at least 1, not 0\.$"):
        generate(0, seed=1)


@settings(max_examples=12, deadline=None)
@given(
    number=st.integers(1, 400),
    seed=st.integers(0, 2**31),
    world=st.sampled_from(list(WORLDS)),
    effect=st.sampled_from(list(EFFECTS)),
    sites=st.integers(1, 30),
    form=st.sampled_from(["sessions", "spans"]),
)
def test_every_cohort_passes_every_check(number, seed, world, effect, sites, form, tmp_path_factory):
    frames = generate(number, seed=seed, world=world, effect=effect, sites=sites, form=form)
    path = write(frames, tmp_path_factory.mktemp("cohort"), world=world)
    assert [str(problem) for problem in check_cohort(path)] == []
    zero = frames["discharges"].groupby("client_id")["discharge_day"].min()
    for name, day in (("services", "start_day"), ("observations", "day"), ("followup", "start_day")):
        rows = frames[name]
        assert (rows[day] >= rows["client_id"].map(zero)).all()
    dead = frames["observations"].query("finding == 'death'").set_index("client_id")["day"]
    after = frames["services"]["end_day"] > frames["services"]["client_id"].map(dead)
    assert not after.fillna(False).any()
    assert frames["followup"]["end_day"].max() <= DATA_CUT


def test_curves_of_a_large_cohort_agree_with_the_truth(frames):
    """Loss and the data cut depend a little on covariates: up to 0.001 by day 90, 0.006 by day 365."""
    days, event = first_events(frames)
    curves = aalen_johansen(days, event).at(30, 90, 180, 365)
    known = truth("clean", points=2048, batches=4)
    for cause, number in (("relapse", 1), ("death", 2), ("incarceration", 3)):
        mine = curves[curves["cause"].astype(str) == str(number)].set_index("time")
        for time, bias in ((30, 0.0005), (90, 0.0015), (180, 0.004), (365, 0.007)):
            exact = known.one("discharge", "natural_course", "", "risk", cause, time)
            tolerance = 3.5 * mine.loc[time, "std_error"] + bias
            assert mine.loc[time, "estimate"] == pytest.approx(exact, abs=tolerance), (cause, time)
