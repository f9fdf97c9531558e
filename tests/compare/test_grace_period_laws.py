"""Laws of clone-censor-weight: what must not change an answer, and the answers known otherwise."""

import numpy as np
import pandas as pd
import pytest

from stepdown.compare.grace_period import StartStrategy, clone_censor_weight
from stepdown.compare.grace_period.estimating_equations import LaterValues, RiskTarget, StateHazards
from stepdown.compare.grace_period.person_influence import Setting, estimated
from stepdown.compare.grace_period.start_laws import START_LAWS, start_chance_gradient, start_chances
from stepdown.compare.grace_period.start_weights import StartModels, block_decisions, block_weights
from stepdown.errors import EstimateError
from stepdown.survival import aalen_johansen, risk
from support_grace_period import Drawn, drawn, frame, parts
from tools.validation.few_sites import RATES
from tools.validation.few_sites import compared as few_sites

HORIZON, GRACE = 40, 7
COHORT = drawn(400, seed=11, horizon=HORIZON)
ASKED = {"grace": GRACE, "times": (20, 40), "window": (20, 40), "rmst": 40}
TARGETS = (RiskTarget("risk", 20), RiskTarget("risk", HORIZON), RiskTarget("rmst", HORIZON))


def compared(cohort: Drawn, **changes: object) -> object:
    asked = {**ASKED, "covariates": frame(cohort.covariates), **changes}
    return clone_censor_weight(cohort.last_day, cohort.event, cohort.start, **asked)


def test_weighted_estimates_are_those_of_the_curve_engine_on_weighted_person_days() -> None:
    fitted = parts(COHORT, grace=GRACE, horizon=HORIZON)
    people = fitted.people
    made = [block_decisions(people, block, fitted.models) for block in people.blocks]
    for kind in ("start", "no_start"):
        strategy = StartStrategy(name=kind, kind=kind, within=GRACE)
        found = estimated(
            Setting(
                people=people, models=fitted.models, decisions=made, outcome=None, strategy=strategy,
                targets=TARGETS, law="as_observed", cap=np.inf, leverage=0.5, owner=None,
            )
        )  # fmt: skip
        weight = np.concatenate(
            [block_weights(one, strategy, law="as_observed", cap=np.inf).weight for one in made]
        )
        person, day = np.nonzero(weight)
        event = np.where(people.last_day[person] == day, people.event[person], 0)
        curve = aalen_johansen(day, event, entry=day - 1, weights=weight[person, day], cluster=person)
        assert found.estimate[:2] == pytest.approx(
            risk(curve, 20, 40, cause=1).table["estimate"].to_numpy(), abs=1e-12
        )


def test_starts_on_one_day_give_no_chance_above_1() -> None:
    # After day 3 the model gives chances far below the rounding of 1: q of the law is then h over their sum.
    chance = np.array([[1e-22, 1e-9, 0.4, 1.0, 1e-19, 1e-20, 1e-20]])
    q = start_chances("as_observed", chance)[0]
    assert q[4:].tolist() == pytest.approx([1e-19 / 1.2e-19, 0.5, 1.0])
    assert q[2:4].tolist() == [0.4, 1.0]
    gradient = start_chance_gradient("as_observed", chance, np.ones_like(chance))
    assert np.isfinite(gradient).all()


@pytest.mark.filterwarnings("error")
def test_all_starts_on_one_day_overflow_nowhere() -> None:
    one_day = np.where(np.isfinite(COHORT.start), 3.0, np.nan)
    found = compared(Drawn(COHORT.last_day, COHORT.event, one_day, COHORT.covariates, COHORT.history))
    assert found.table["estimate"].notna().all()


def test_without_starts_and_loss_models_not_starting_is_the_plain_curve() -> None:
    nobody = Drawn(COHORT.last_day, COHORT.event, np.full(400, np.nan), COHORT.covariates, COHORT.history)
    fitted = parts(nobody, grace=GRACE, horizon=HORIZON)
    models = StartModels(start=fitted.start, law=fitted.law, loss=None)
    made = [block_decisions(fitted.people, block, models) for block in fitted.people.blocks]
    strategy = StartStrategy(name="none", kind="no_start", within=GRACE)
    found = estimated(
        Setting(
            people=fitted.people, models=models, decisions=made, outcome=None, strategy=strategy,
            targets=TARGETS, law="as_observed", cap=np.inf, leverage=0.0, owner=None,
        )
    )  # fmt: skip
    curve = aalen_johansen(COHORT.last_day, COHORT.event)
    table = risk(curve, 20, 40, cause=1).table
    assert found.estimate[:2] == pytest.approx(table["estimate"].to_numpy(), abs=1e-12)
    error = np.sqrt((found.influence**2).sum(axis=0))
    assert error[:2] == pytest.approx(table["std_error"].to_numpy(), rel=0.01)


@pytest.mark.parametrize("law", START_LAWS)
def test_order_of_people_does_not_matter(law: str) -> None:
    order = np.random.default_rng(3).permutation(400)
    one = compared(COHORT, law=law, history=COHORT.history)
    other = compared(COHORT.ordered(order), law=law, history=COHORT.history[order])
    numbers = ["estimate", "degrees_of_freedom", "effective_size"]
    assert one.table[numbers].to_numpy(float) == pytest.approx(
        other.table[numbers].to_numpy(float), rel=1e-6, nan_ok=True
    )
    for name, influence in one.influence.items():
        assert other.influence[name] == pytest.approx(influence[order], abs=1e-9)
    assert one.deviation.to_numpy()[order].tolist() == other.deviation.to_numpy().tolist()


def test_units_of_covariates_do_not_matter() -> None:
    moved = Drawn(
        COHORT.last_day, COHORT.event, COHORT.start, COHORT.covariates * [1000, 0.01] + 7, COHORT.history
    )
    one, other = compared(COHORT), compared(moved)
    assert one.table["estimate"].to_numpy() == pytest.approx(other.table["estimate"].to_numpy(), abs=1e-9)


def test_a_constant_covariate_is_left_out_with_a_warning() -> None:
    wide = frame(COHORT.covariates).assign(program="A")
    one, other = compared(COHORT), compared(COHORT, covariates=wide)
    assert one.table["estimate"].tolist() == pytest.approx(other.table["estimate"].tolist(), abs=1e-12)
    assert 'The covariate "program" has one value for everyone and was left out.' in other.warnings


def test_what_is_left_out_of_the_start_stays_in_the_hazards() -> None:
    found = [compared(COHORT, leave_out=names).one("risk", 40)["estimate"] for names in ((), ("x1",))]
    assert 0 < abs(found[0] - found[1]) < 0.01


def test_two_grace_periods_are_each_as_on_their_own() -> None:
    week, days = (
        StartStrategy(name="7", kind="start", within=7),
        StartStrategy(name="3", kind="start", within=3),
    )
    none = StartStrategy(name="none", kind="no_start", within=7)
    three = compared(COHORT, strategies=(days, week, none))
    for strategies in ((week, none), (days, none)):
        alone = compared(COHORT, strategies=strategies)
        name = strategies[0].name
        for number in ("estimate", "degrees_of_freedom"):
            same = alone.one("risk", 40, strategy=name)[number]
            assert three.one("risk", 40, strategy=name)[number] == pytest.approx(same, rel=1e-9)


def test_a_cap_that_cuts_nothing_changes_nothing() -> None:
    table = compared(COHORT, cap=1e6).table
    main, uncapped = (table[table["estimator"] == name] for name in ("doubly_robust", "uncapped"))
    assert main["estimate"].to_numpy() == pytest.approx(uncapped["estimate"].to_numpy(), abs=1e-12)


def test_what_a_cap_cuts_off_is_reported() -> None:
    found, free = compared(COHORT, cap=2.0), compared(COHORT, cap=1e6)
    assert (found.strategies["share_capped"] > 0).all()
    uncapped = found.table[found.table["estimator"] == "uncapped"]["estimate"].to_numpy()
    whole = free.table[free.table["estimator"] == "doubly_robust"]["estimate"].to_numpy()
    assert uncapped == pytest.approx(whole, abs=1e-10)


def test_window_risk_is_a_difference_of_risks() -> None:
    found = compared(COHORT)
    for kind in ("estimate", "difference"):
        window, late, early = (
            found.one(*key, kind)["estimate"] for key in (("window_risk", 40), ("risk", 40), ("risk", 20))
        )
        assert window == pytest.approx(late - early, abs=1e-12)


def test_too_few_effective_people_have_no_interval() -> None:
    few = compared(drawn(120, seed=2, horizon=HORIZON)).one("risk", 40)
    assert np.isnan(few["conf_low"])
    assert np.isfinite(few["estimate"])
    assert few["note"] == "too few effective people for an interval"


def test_few_clusters_have_an_interval_by_t_by_hand() -> None:
    cohort = drawn(800, seed=11, horizon=HORIZON)
    cluster = np.arange(800) % 5
    found = compared(cohort, cluster=cluster)
    row = found.one("risk", 40)
    first, last = found.influence.values()
    sums = np.bincount(cluster, first[:, 1] - last[:, 1])
    assert row["std_error"] == pytest.approx(np.sqrt(5 / 4 * (sums**2).sum()))
    # The 97.5% quantile of t on 4 degrees of freedom is 2.776445.
    assert row["conf_high"] - row["estimate"] == pytest.approx(2.776445 * row["std_error"], rel=1e-6)
    assert row["note"] == "5 clusters: by t on 4 degrees of freedom"
    # A site is no person: what one person weighs is the same.
    assert found.warnings == compared(cohort).warnings
    alone = compared(cohort, cluster=np.zeros(800, int)).one("risk", 40)
    assert alone["note"] == "too few effective people for an interval"
    assert np.isnan(alone["conf_low"])


def test_intervals_of_few_sites_hold_the_truth() -> None:
    # Where sites differ, intervals that do not allow for them hold it too rarely.
    kept = pd.read_csv(RATES).set_index("sites")
    assert kept["draws"].min() >= 200
    noise = np.sqrt(0.95 * 0.05 / kept["draws"])
    assert (kept["by_site"] >= 0.95 - 3 * noise).all()
    assert kept.loc[5, "by_people"] < 0.9
    assert np.isfinite(few_sites(5, seed=0, by_site=True).one("risk", 90)["conf_low"])


def test_start_laws_draw_the_days_they_promise() -> None:
    chance = np.random.default_rng(5).uniform(0.02, 0.4, size=(6, 5))
    q = {law: start_chances(law, chance) for law in START_LAWS}
    first = {
        law: one * np.cumprod(np.column_stack([np.ones(6), 1 - one]), axis=1)[:, :5] for law, one in q.items()
    }
    natural = chance * np.cumprod(np.column_stack([np.ones(6), 1 - chance]), axis=1)[:, :5]
    assert first["as_observed"] == pytest.approx(natural / natural.sum(axis=1, keepdims=True))
    assert first["uniform"] == pytest.approx(np.full((6, 5), 0.2))
    assert first["natural"][:, :4] == pytest.approx(natural[:, :4])
    assert all(one.sum(axis=1) == pytest.approx(np.ones(6)) for one in first.values())


@pytest.mark.parametrize("law", START_LAWS)
def test_gradient_of_start_laws(law: str) -> None:
    rng = np.random.default_rng(6)
    eta, direction, step = rng.normal(-2, 1, size=(4, 6)), rng.normal(size=(4, 6)), 1e-6
    value = lambda eta: (direction * start_chances(law, 1 / (1 + np.exp(-eta)))).sum(axis=1)  # noqa: E731
    found = start_chance_gradient(law, 1 / (1 + np.exp(-eta)), direction)
    for day in range(6):
        moved = np.zeros((4, 6))
        moved[:, day] = step
        assert found[:, day] == pytest.approx(
            (value(eta + moved) - value(eta - moved)) / (2 * step), abs=1e-6
        )


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"law": "late"}, "law must be one of as_observed, uniform, natural."),
        ({"estimator": "best"}, "estimator must be one of doubly_robust, weighted."),
        ({"window": (40, 20)}, "window needs an earlier and a later day."),
        (
            {"covariates": pd.DataFrame({"x": [np.nan] * 3 + [1.0] * 397})},
            "Covariates are missing for some people: x \\(3\\). Fill them in, or add a category for unknown.",
        ),
        (
            {"covariates": pd.DataFrame({"x": [1.0]})},
            "covariates must have one row per person, in the order of days.",
        ),
        ({"leave_out": ("y",)}, "leave_out names no covariate: y."),
        ({"history": np.zeros((400, 3))}, "history needs shape \\(people, days, scores\\)"),
        ({"history": np.full((400, 40), np.nan)}, "history is missing or infinite for 400 of 400 people."),
        ({"grace": 40}, "The grace period must end before the last day of the analysis."),
        ({"cap": 0.5}, "cap must be at least 1"),
    ],
)
def test_refused_requests(changes: dict[str, object], message: str) -> None:
    with pytest.raises(EstimateError, match=message):
        compared(COHORT, **changes)


@pytest.mark.parametrize("kind", ["start", "no_start"])
@pytest.mark.parametrize("day", [3, GRACE, GRACE + 1, 25, HORIZON])
@pytest.mark.parametrize("estimand", ["risk", "rmst"])
def test_values_are_those_of_the_backward_recursion(kind: str, day: int, estimand: str) -> None:
    rng = np.random.default_rng(day)
    states = GRACE + 2 if kind == "start" else 1
    event, competing = (rng.uniform(0, 0.05, (HORIZON + 1, states, 3)) for _ in range(2))
    q = np.r_[rng.uniform(0.1, 0.9, (GRACE, 3)), np.ones((1, 3))]  # the last day takes all who are left
    strategy = StartStrategy(name="plan", kind=kind, within=GRACE)
    hazards = StateHazards(strategy, q, event, competing)
    target = RiskTarget(estimand, day)
    value, after = np.zeros((states, 3)), np.zeros((HORIZON + 1, states, 3))
    for t in range(day, 0, -1):
        after[t] = value
        if kind == "start" and t <= GRACE:
            after[t, 0] = q[t] * value[t + 1] + (1 - q[t]) * value[0]
        value = target.per_day + target.per_event * event[t] + (1 - event[t] - competing[t]) * after[t]
    expected = q[0] * value[1] + (1 - q[0]) * value[0] if kind == "start" else value[0]

    later = LaterValues(hazards, (target, RiskTarget("risk", HORIZON)))
    first, early, _ = hazards.backward(target, later)
    assert first == pytest.approx(expected, rel=1e-12)
    for state in range(1, states) if kind == "start" else (0,):
        found = later.own(target, state, until=day)
        assert found == pytest.approx(after[later.first : day + 1, state], rel=1e-9, abs=1e-13)
        reached = slice(state if kind == "start" else later.first, min(later.first, day + 1))
        assert early[reached, state] == pytest.approx(after[reached, state], rel=1e-12)
    # Summed over days, states and columns at once, and one by one.
    adjoint, columns = rng.normal(size=event.shape), rng.normal(size=(HORIZON + 1, states, 2))
    (summed,) = later.gradients(adjoint, columns, (target,), per_event=True)
    days = slice(later.first, day + 1)
    kept = slice(1, None) if kind == "start" else slice(0, 1)
    rest = adjoint[days, kept] * (target.per_event - after[days, kept])
    assert summed == pytest.approx(np.einsum("dsi,dsa->ia", rest, columns[days, kept]), rel=1e-9, abs=1e-12)
