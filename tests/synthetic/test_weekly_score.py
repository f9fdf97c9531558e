"""A weekly score that care lowers and that drives care and relapse: by hand, and exact against the simulation."""

import dataclasses

import numpy as np
import pytest

from stepdown.cohort import derive
from stepdown.compare import whole
from stepdown.estimate import estimate_design
from stepdown.sources import bundled, load
from stepdown.survival import aalen_johansen
from stepdown.synthetic import generate, truth, write
from stepdown.synthetic.bundled_cohorts import WORLDS_WITH_TRUTH
from stepdown.synthetic.cohort_files import DATA_CUT
from stepdown.synthetic.course import NEVER
from stepdown.synthetic.exact_risks import (
    CAUSES,
    advance,
    arms_at,
    at_discharge,
    by_level_at,
    observed_at,
    of_clients,
)
from stepdown.synthetic.known_truth import KEY, read_truth
from stepdown.synthetic.start_days import as_observed, start_chances
from stepdown.synthetic.transition_rates import IOP_1, Rates
from stepdown.synthetic.weekly_scores import CRAVING, mixed
from stepdown.synthetic.worlds import EFFECTS, WORLDS
from support_study import described
from support_synthetic import clients_with_uniforms, first_events, rates, run

pytestmark = pytest.mark.slow

TIMES = (30, 90, 365)
SETTINGS = {"world": WORLDS["feedback"], "effect": EFFECTS["standard"]}


def _assert_agrees(seen: np.ndarray, expected: np.ndarray, what: str) -> None:
    off = seen - expected
    score = off.mean() / max(off.std() / np.sqrt(len(off)), 1e-9)
    assert abs(score) < 4, (what, score, seen.mean(), expected.mean())


def test_by_hand_a_week_out_of_care_and_in_it():
    # One client, at the middle level for sure: out of care 0.2 down, 0.2 up; in care 0.5 down, 0.08 up.
    chance = np.zeros((2, 3))
    chance[:, 1] = [0.6, 0.4]
    after = mixed(chance, CRAVING, in_care=np.array([False, True]), falls=2.5)
    np.testing.assert_allclose(after[0], [0.12, 0.36, 0.12])
    np.testing.assert_allclose(after[1], [0.2, 0.168, 0.032])
    np.testing.assert_allclose(CRAVING.moves(2.5).sum(axis=1), 1.0)


def test_by_hand_the_score_multiplies_the_hazard_until_it_moves():
    people, _ = clients_with_uniforms(1, seed=1)
    of = rates(people, world="feedback")
    nothing = np.zeros(1)
    plain = {name: nothing for name in ("death", "incarceration", "loss", "dropout", "start", "outpatient")}
    plain |= {"relapse": np.ones(1), "php": nothing, "attend": nothing, "appointment": np.array([-1])}
    base = dataclasses.replace(of.baseline, relapse=np.log(2), peak_height=0.0)
    of = dataclasses.replace(of, **plain, by_state=np.ones(10), onward=np.zeros(10), baseline=base).by_level()
    risks = of_clients(advance(at_discharge(of, policy="none"), of, after=0, times=(1,), policy="none"), of)
    # Hazards log 2 times 0.5, 1 and 2: half survive as 2 ** -0.5, 1/2 and 1/4.
    np.testing.assert_allclose(risks.incidence[0, 0], 1 - (0.3 * 2**-0.5 + 0.4 / 2 + 0.3 / 4))


@pytest.mark.parametrize("policy", ["natural", "as_observed", "uniform", "catch_up", "none"])
def test_recursion_is_what_the_simulation_tends_to(policy):
    people, uniforms = clients_with_uniforms(4_000, seed=21)
    of = Rates.of(people, **SETTINGS)
    if policy == "as_observed":
        of = dataclasses.replace(of, start_law=as_observed(start_chances(people, uniforms, **SETTINGS)))
    paths = run(people, of, policy=policy, seed=22)
    columns = of.by_level()
    risks = advance(at_discharge(columns, policy=policy), columns, after=0, times=TIMES, policy=policy)
    risks = of_clients(risks, columns)
    days = {"relapse": paths.relapse, "death": paths.death, "incarceration": paths.incarceration}
    first = np.minimum(paths.relapse, paths.removal)
    for row, cause in enumerate(CAUSES):
        for column, time in enumerate(TIMES):
            happened = (days[cause] <= time) & (days[cause] == first)
            _assert_agrees(happened, risks.incidence[row, column], f"{cause} {time}")
    _assert_agrees(np.minimum(first, 90), risks.free_days, "free days")


def test_the_landmark_by_the_score_of_that_day():
    people, _ = clients_with_uniforms(5_000, seed=23)
    of = Rates.of(people, **SETTINGS)
    paths = run(people, of, seed=24)
    columns = of.by_level()
    first = np.minimum(paths.relapse, paths.removal)
    there = (first > 14) & (paths.loss >= 14)
    for arm, chance in arms_at(observed_at(columns, day=14)).items():
        for level, (alone, place) in enumerate(by_level_at(chance, columns)):
            inside = there & ((paths.started <= 14) == (arm == "early")) & (paths.level[2] == level)
            _assert_agrees(inside, alone[:, place].sum(axis=0), f"{arm} {level}")
            risks = of_clients(advance(alone, columns, after=14, times=(90,), policy="natural"), columns)
            _assert_agrees(inside & (paths.relapse <= 90), risks.incidence[0, 0], f"{arm} {level} by day 90")


def test_the_start_law_is_that_of_those_without_an_event():
    people, uniforms = clients_with_uniforms(4_000, seed=25)
    h = start_chances(people, uniforms, **SETTINGS)
    paths = run(people, Rates.of(people, **SETTINGS), seed=26)
    first = np.minimum(paths.relapse, paths.removal)
    for day in (0, 3, 9, 14):
        waits = (first > day) & (paths.started >= day)
        _assert_agrees((paths.started == day)[waits], h[day][waits], f"start on {day}")


def test_care_lowers_the_score_and_the_score_drives_both():
    people, _ = clients_with_uniforms(4_000, seed=27)
    of = Rates.of(people, **SETTINGS)
    paths = run(people, of, seed=28)
    early = paths.started <= 7
    assert paths.level[4][early].mean() < paths.level[4][paths.started == NEVER].mean() - 0.3
    by_level = [(paths.started[paths.level[0] == level] <= 6).mean() for level in range(3)]
    assert by_level[0] < by_level[1] < by_level[2]
    relapse = [(paths.relapse[paths.level[0] == level] <= 7).mean() for level in range(3)]
    assert relapse[0] < relapse[1] < relapse[2]
    assert (paths.state == IOP_1).any()


def test_without_an_effect_of_care_no_strategy_differs():
    table = truth("feedback", effect="none", points=64, batches=1).table
    risks = table[(table["population"] == "discharge") & table["quantity"].isin(["risk", "rmst"])]
    spread = risks.groupby(["quantity", "cause", "time"])["value"].agg(np.ptp)
    assert spread.max() < 1e-9


def test_scores_are_recorded_weekly_and_come_back_from_files(tmp_path):
    frames = generate(300, seed=5, world="feedback")
    cohort = load(write(frames, tmp_path, world="feedback"))
    assert len(cohort.assessments) == len(frames["assessments"]) > 300
    assert set(cohort.assessments["value"]) == {2.0, 5.0, 8.0}
    zero = frames["discharges"].groupby("client_id")["discharge_day"].min()
    since = frames["assessments"]["day"] - frames["assessments"]["client_id"].map(zero)
    assert (since[since <= 365] % 7 == 0).all()
    assert generate(50, seed=5)["assessments"].empty


def test_the_natural_course_of_a_cohort_agrees_with_the_truth():
    frames = generate(3000, seed=31, world="feedback")
    curves = aalen_johansen(*first_events(frames)).at(30, 90)
    known = truth("feedback", points=128, batches=2)
    mine = curves[curves["cause"] == 1].set_index("time")
    for time in (30, 90):
        exact = known.one("discharge", "natural_course", "", "risk", "relapse", time)
        tolerance = 3.5 * mine.loc[time, "std_error"] + 0.01  # the truth of so few points
        assert mine.loc[time, "estimate"] == pytest.approx(exact, abs=tolerance), time
    # Care lowers the score too, so that starting it does more than while in it alone.
    early = known.one("discharge", "early", "uniform", "risk", "relapse", 365)
    assert early < known.one("discharge", "none", "", "risk", "relapse", 365) - 0.03


def test_the_bounds_of_phone_calls_hold_the_truth(tmp_path):
    cohort = load(write(generate(1500, seed=32, world="phone"), tmp_path, world="phone"))
    study = described(outcome__times=[30, 90], outcome__interval="bounds")
    people = derive(cohort, study)
    table = estimate_design(whole(people, study), study).table
    risks = table[(table["estimand"] == "risk") & (table["cause"] == "relapse") & (table["time"] == 90)]
    ends = risks[risks["method"] != "Turnbull"].set_index("bound")["estimate"]
    exact = truth("phone", points=256, batches=2).one(
        "discharge", "natural_course", "", "risk", "relapse", 90
    )
    assert ends["lowest"] - 0.03 < exact < ends["highest"] + 0.03
    assert ends["highest"] - ends["lowest"] > 0.02


def test_about_six_in_ten_calls_are_answered_in_the_world_phone():
    frames = generate(2000, seed=6, world="phone")
    zero = frames["discharges"].groupby("client_id")["discharge_day"].min()
    calls = frames["observations"].dropna(subset=["due_day"])
    due = calls["due_day"] - calls["client_id"].map(zero)
    assert set(due[due < 300]) == {30, 90}
    answered = calls[calls["finding"].isin(["positive", "negative"])]
    due_at_30 = zero.index[zero + 39 <= DATA_CUT]
    answers = answered.loc[due == 30, "client_id"].isin(due_at_30).sum()
    assert answers / len(due_at_30) == pytest.approx(0.6, abs=0.035)


def test_one_row_a_client_keeps_the_weekly_scores(tmp_path):
    frames = generate(120, seed=3, world="feedback")
    cohort = load(write(frames, tmp_path, world="feedback", as_="flat"))
    zero = frames["discharges"].drop_duplicates("client_id").set_index("client_id")["discharge_day"]
    scores = frames["assessments"]
    since = scores["day"] - scores["client_id"].map(zero)
    kept = scores[(since >= 0) & (since <= 365) & (since % 7 == 0)]
    order = ["client_id", "day", "instrument", "value"]
    found, expected = (
        frame[order].astype({"client_id": str}).sort_values(order, ignore_index=True)
        for frame in (cohort.assessments, kept)
    )
    assert found.astype(str).equals(expected.astype(str))


@pytest.mark.parametrize("world", WORLDS_WITH_TRUTH)
def test_the_installed_truth_of_a_world_is_that_of_its_recursion(world):
    document, stored = read_truth(bundled("synthetic") / world / "truth.json")
    again = truth(world, points=256, batches=4)
    both = stored.merge(again.table, on=KEY, suffixes=("", "_again"), validate="one_to_one")
    assert (document["world"], document["effect"], len(both)) == (world, "standard", len(stored))
    # Four batches tell their own error badly, so the largest of each kind stands for all.
    days = (both["quantity"] == "rmst").to_numpy()
    allowed = np.where(days, 0.005, 0.00005) + 6 * np.where(
        days, both["error"][days].max(), both["error"][~days].max()
    )
    assert (np.abs(both["value"] - both["value_again"]).to_numpy() < allowed).all()
