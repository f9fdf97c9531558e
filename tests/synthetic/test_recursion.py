"""The exact recursion: by hand, against the simulation under every strategy, and under the null."""

import dataclasses

import numpy as np
import pytest

from stepdown.synthetic import truth
from stepdown.synthetic.course import NEVER
from stepdown.synthetic.exact_risks import CAUSES, advance, arms_at, at_discharge, observed_at
from stepdown.synthetic.start_days import as_observed, start_chances
from stepdown.synthetic.transition_rates import IOP_1, NONE, Rates
from stepdown.synthetic.worlds import EFFECTS, WORLDS
from support_size import quick_or_long
from support_synthetic import clients, clients_with_uniforms, rates, run

pytestmark = pytest.mark.slow

TIMES = (30, 60, 90, 180, 365)


def one_person(**changes: object) -> Rates:
    """A client who relapses with hazard 1 x log 2 a day out of care, and nothing else happens."""
    nothing = np.zeros(1)
    of = rates(clients(1))
    base = dataclasses.replace(of.baseline, relapse=np.log(2), peak_height=0.0)
    plain = {name: nothing for name in ("death", "incarceration", "loss", "dropout", "start", "outpatient")}
    plain |= {"relapse": np.ones(1), "php": nothing, "attend": nothing, "appointment": np.array([-1])}
    plain |= {"by_state": np.ones(10), "onward": np.zeros(10), "baseline": base}
    return dataclasses.replace(of, **{**plain, **changes})


def test_by_hand_half_relapse_each_day():
    of = one_person()
    risks = advance(
        at_discharge(of, policy="none"), of, after=0, times=(1, 2, 5), policy="none", restricted=3
    )
    np.testing.assert_allclose(risks.incidence[0, :, 0], [1 / 2, 3 / 4, 31 / 32])
    # Free at the start of days 1, 2, 3: 1 + 1/2 + 1/4.
    np.testing.assert_allclose(risks.free_days, [1.75])


def test_by_hand_causes_come_in_order_within_a_day():
    of = one_person(death=np.full(1, np.log(2)), incarceration=np.full(1, np.log(2)))
    risks = advance(at_discharge(of, policy="none"), of, after=0, times=(1, 2), policy="none")
    assert CAUSES == ("relapse", "death", "incarceration")
    np.testing.assert_allclose(risks.incidence[:, 0, 0], [1 / 2, 1 / 4, 1 / 8])
    np.testing.assert_allclose(risks.incidence[:, 1, 0], [1 / 2 + 1 / 16, 1 / 4 + 1 / 32, 1 / 8 + 1 / 64])


def test_by_hand_the_landmark_counts_only_those_still_followed():
    of = one_person(relapse=np.zeros(1), loss=np.full(1, np.log(2)), loss_by_state=np.ones(10))
    # Half are lost at the end of each of days 1 and 2; a loss on day 3 itself comes after the landmark.
    np.testing.assert_allclose(observed_at(of, day=3).sum(axis=0), [1 / 4])


def test_by_hand_a_start_acts_from_the_next_day():
    by_state = np.ones(10)
    by_state[IOP_1] = 0.0
    of = one_person(by_state=by_state)
    # Start law uniform over days 0 to 14: 1/15 start on day 0 and never relapse. On day 1 half of the
    # 14/15 relapse; 1/14 of the rest start; on day 2 half of what is left relapse.
    risks = advance(at_discharge(of, policy="uniform"), of, after=0, times=(1, 2), policy="uniform")
    first = 14 / 15 / 2
    np.testing.assert_allclose(risks.incidence[0, :, 0], [first, first + first * (13 / 14) / 2])


@pytest.mark.parametrize("policy", ["natural", "as_observed", "uniform", "catch_up", "none"])
@pytest.mark.parametrize(("world", "effect"), [("clean", "standard"), ("program", "standard")])
def test_recursion_is_what_the_simulation_tends_to(policy, world, effect):
    people, uniforms = clients_with_uniforms(quick_or_long(5_000, 20_000), seed=11)
    settings = {"world": WORLDS[world], "effect": EFFECTS[effect]}
    of = Rates.of(people, **settings)
    of = dataclasses.replace(of, start_law=as_observed(start_chances(people, uniforms, **settings)))
    paths = run(people, of, policy=policy, seed=sum(map(ord, policy + world)))
    risks = advance(at_discharge(of, policy=policy), of, after=0, times=TIMES, policy=policy)
    days = {"relapse": paths.relapse, "death": paths.death, "incarceration": paths.incarceration}
    first = np.minimum(paths.relapse, paths.removal)
    for row, cause in enumerate(CAUSES):
        for column, time in enumerate(TIMES):
            happened = (days[cause] <= time) & (days[cause] == first)
            _assert_agrees(happened, risks.incidence[row, column], f"{cause} {time}")
    _assert_agrees(np.minimum(first, 90), risks.free_days, "free days")


def test_the_law_as_observed_by_hand():
    # A chance of 1/4 every day: with 3, 2 and 1 days left (1/4) / (37/64), (1/4) / (7/16) and 1.
    chances = np.full((15, 1), 0.25)
    np.testing.assert_allclose(as_observed(chances)[-3:, 0], [(1 / 4) / (37 / 64), (1 / 4) / (7 / 16), 1])
    # The days it draws are those of starters: 1/4, 3/16, 9/64, ... over their sum.
    law = as_observed(chances)[:, 0]
    drawn = law * np.concatenate([[1], np.cumprod(1 - law)[:-1]])
    natural = 0.25 * 0.75 ** np.arange(15)
    np.testing.assert_allclose(drawn, natural / natural.sum())


def test_start_chances_average_over_the_handoff_given_the_rest():
    # The chance of a start among those who waited, counted in simulated courses of clients alike but for
    # the handoff, is the mean of h over clients within 4 standard errors.
    size = quick_or_long(10_000, 40_000)
    people, uniforms = clients_with_uniforms(size, seed=14)
    settings = {"world": WORLDS["clean"], "effect": EFFECTS["none"]}
    chances = start_chances(people, uniforms, **settings)
    of = dataclasses.replace(Rates.of(people, **settings), relapse=np.zeros(size), death=np.zeros(size))
    started = run(people, dataclasses.replace(of, incarceration=np.zeros(size))).started
    left = np.concatenate([np.ones((1, size)), np.cumprod(1 - chances, axis=0)[:-1]])
    for day in (0, 3, 7, 14):
        _assert_agrees(started == day, (left * chances)[day], f"start on {day}")


def test_the_policy_as_observed_needs_its_law():
    of = rates(clients(2))
    with pytest.raises(ValueError) as caught:  # noqa: PT011
        at_discharge(of, policy="as_observed")
    assert str(caught.value) == "The policy as_observed needs start_law; see start_days.as_observed."


def test_landmark_is_what_the_simulation_tends_to():
    people = clients(quick_or_long(10_000, 30_000), seed=12)
    of = rates(people)
    paths = run(people, of, seed=13)
    first = np.minimum(paths.relapse, paths.removal)
    there = (first > 14) & (paths.loss >= 14)
    for arm, chance in arms_at(observed_at(of, day=14)).items():
        inside = there & ((paths.started <= 14) == (arm == "early"))
        _assert_agrees(inside, chance.sum(axis=0), arm)
        risks = advance(chance, of, after=14, times=TIMES, policy="natural")
        _assert_agrees(inside & (paths.relapse <= 90), risks.incidence[0, TIMES.index(90)], f"{arm} 90")
        _assert_agrees(np.where(inside, np.minimum(first, 90) - 14, 0), risks.free_days, f"{arm} days")


def _assert_agrees(seen: np.ndarray, expected: np.ndarray, what: str) -> None:
    off = seen - expected
    score = off.mean() / max(off.std() / np.sqrt(len(off)), 1e-9)
    assert abs(score) < 4, (what, score, seen.mean(), expected.mean())


def test_start_day_is_uniform_among_those_who_follow_the_strategy():
    people = clients(15_000)
    of = dataclasses.replace(rates(people), relapse=np.zeros(len(people)), death=np.zeros(len(people)))
    of = dataclasses.replace(of, incarceration=np.zeros(len(people)))
    started = run(people, of, policy="uniform").started
    counts = np.bincount(started)
    assert len(counts) == 15
    assert ((counts - 1000) ** 2 / 1000).sum() < 36.1  # chi-square, 14 degrees of freedom, one in 1,000
    assert (run(people, of, policy="none").started > 14).all()
    assert run(people, of, policy="catch_up").started.max() == 14
    assert (run(people, of).started == NEVER).any()


def test_everyone_is_somewhere_at_the_end_of_every_day():
    of = rates(clients(200))
    start = at_discharge(of, policy="natural")
    np.testing.assert_allclose(start.sum(axis=0), 1.0)
    assert (start[NONE] < 1).any()
    still = dataclasses.replace(of, relapse=np.zeros(200), death=np.zeros(200), incarceration=np.zeros(200))
    risks = advance(start, still, after=0, times=(365,), policy="natural")
    np.testing.assert_allclose(risks.free_days, 90.0)


def test_under_the_null_no_strategy_and_no_adjusted_landmark_differs():
    table = truth("unmeasured", effect="none", points=512, batches=2).table
    risks = table[table["quantity"].isin(["risk", "rmst"])]
    key = ["quantity", "cause", "time"]
    for population in ("discharge", "landmark_14_standardized"):
        spread = risks[risks["population"] == population].groupby(key)["value"].agg(np.ptp)
        assert spread.max() < 1e-9
    crude = risks[risks["population"] == "landmark_14"].groupby(key)["value"].agg(np.ptp)
    assert crude["risk", "relapse", 365] > 0.05


def test_truth_meets_the_cited_figures():
    """C01: 40 to 60 % relapse in the year; C03: about 59 % of those by day 90 (as cited)."""
    known = truth("clean", points=2048, batches=2)
    year = known.one("discharge", "natural_course", "", "risk", "relapse", 365)
    assert 0.45 < year < 0.55
    by_90 = known.one("discharge", "natural_course", "", "risk", "relapse", 90)
    assert by_90 / year == pytest.approx(0.59, abs=0.01)
    people = clients(20_000)
    assert (run(people, rates(people)).started <= 14).mean() == pytest.approx(0.45, abs=0.02)
    with pytest.raises(LookupError) as caught:
        known.one("discharge", "early", "", "risk", "relapse", 90)
    assert str(caught.value) == (
        "The truth holds 0 values of these keys. Its table shows the keys that exist."
    )
