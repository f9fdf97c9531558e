"""Influence functions: each model's gradient against numerical derivatives, leverage against refits."""

from dataclasses import replace

import numpy as np
import pytest

from stepdown.compare.grace_period import StartStrategy, clone_censor_weight
from stepdown.compare.grace_period.estimating_equations import RiskTarget
from stepdown.compare.grace_period.person_influence import (
    Contributions,
    Setting,
    degrees_of_freedom,
    weight_sums,
)
from stepdown.compare.grace_period.start_laws import START_LAWS
from stepdown.compare.grace_period.start_weights import block_decisions
from support_grace_period import Parts, drawn, frame, parts

pytestmark = pytest.mark.slow

HORIZON, GRACE = 25, 5
TARGETS = (RiskTarget("risk", 3), RiskTarget("risk", HORIZON), RiskTarget("rmst", 20))
COHORT = drawn(300, seed=21, horizon=HORIZON)
FITTED = parts(COHORT, grace=GRACE, horizon=HORIZON)


def setting(fitted: Parts, kind: str, law: str, *, hazards: bool) -> Setting:
    made = [block_decisions(fitted.people, block, fitted.models) for block in fitted.people.blocks]
    return Setting(
        people=fitted.people,
        models=fitted.models,
        decisions=made,
        outcome=fitted.outcome if hazards else None,
        strategy=StartStrategy(name=kind, kind=kind, within=GRACE),
        targets=TARGETS,
        law=law,
        cap=3.0 if hazards else np.inf,
        leverage=0.0,
        owner=None,
    )


def contributions(asked: Setting, fixed: Contributions | None) -> Contributions:
    """Return the contributions; with the normalizer and pooled hazards of other ones held fixed."""
    sums, expected = weight_sums(asked)
    some = sums.total > 0
    ratio = np.divide(expected, sums.total, out=np.ones_like(expected), where=some)
    found = Contributions(asked, sums, ratio, expected)
    if fixed is not None:
        found.ratio = fixed.ratio
        if asked.outcome is None:
            found.pooled, found.values = fixed.pooled, fixed.values
    for block, made in zip(asked.people.blocks, asked.decisions, strict=True):
        found.add(block, made)
    return found


@pytest.mark.parametrize("hazards", [True, False])
@pytest.mark.parametrize(
    ("kind", "law"), [*(("start", law) for law in START_LAWS), ("no_start", "as_observed")]
)
def test_gradients_are_the_numerical_derivatives(kind: str, law: str, hazards: bool) -> None:
    asked = setting(FITTED, kind, law, hazards=hazards)
    base = contributions(asked, None)
    names = ["start", "loss", *(["law"] if kind == "start" and law != "uniform" else [])]
    names += ["event", "competing"] if hazards else []
    assert sorted(base.through.gradient) == sorted(names)
    for name in names:
        theta = getattr(FITTED, name).theta
        for column in range(len(theta)):
            step = np.zeros(len(theta))
            step[column] = 1e-5
            up, down = (
                contributions(
                    setting(FITTED.moved(name, theta + sign * step), kind, law, hazards=hazards), base
                )
                for sign in (1, -1)
            )
            slope = (up.phi.sum(axis=0) - down.phi.sum(axis=0)) / 2e-5
            assert base.through.gradient[name][column] == pytest.approx(slope, rel=1e-4, abs=2e-4), (
                name,
                column,
            )


@pytest.mark.parametrize("estimator", ["doubly_robust", "weighted"])
@pytest.mark.parametrize("law", ["as_observed", "uniform"])
def test_full_leverage_is_the_change_when_a_person_is_left_out(estimator: str, law: str) -> None:
    cohort = drawn(300, seed=31, horizon=40)
    asked = {
        "grace": 7,
        "times": (40,),
        "window": None,
        "rmst": None,
        "estimator": estimator,
        "law": law,
        "cap": 1e6,
    }

    def fit(one: object, leverage: float) -> object:
        return clone_censor_weight(
            one.last_day, one.event, one.start, frame(one.covariates), leverage=leverage, **asked
        )

    found = fit(cohort, 1.0)
    early, none = (values[:, 0] for values in found.influence.values())
    influence, estimate = early - none, found.one("risk", 40)["estimate"]
    ranked = np.argsort(-np.abs(influence))
    chosen = [*ranked[:8], *ranked[40:280:40]]
    change = np.array(
        [estimate - fit(cohort.without(int(i)), 0.0).one("risk", 40)["estimate"] for i in chosen]
    )
    slope = (change @ influence[chosen]) / (change @ change)
    assert np.corrcoef(change, influence[chosen])[0, 1] > 0.995
    assert 0.97 < slope < 1.05


def test_full_leverage_of_a_cluster_is_the_change_when_it_is_left_out() -> None:
    cohort, cluster = drawn(400, seed=41, horizon=30), np.arange(400) // 4
    asked = {"grace": 7, "times": (30,), "window": None, "rmst": None, "cap": 1e6}

    def fit(kept: np.ndarray) -> object:
        one = cohort.ordered(np.flatnonzero(kept))
        return clone_censor_weight(
            one.last_day,
            one.event,
            one.start,
            frame(one.covariates),
            cluster=cluster[kept],
            leverage=1.0,
            **asked,
        )

    found = fit(cluster >= 0)
    early, none = (np.bincount(cluster, values[:, 0]) for values in found.influence.values())
    influence, estimate = early - none, found.one("risk", 30)["estimate"]
    chosen = np.argsort(-np.abs(influence))[[0, 1, 2, 3, 10, 20, 40, 60]]
    change = np.array([estimate - fit(cluster != one).one("risk", 30)["estimate"] for one in chosen])
    assert np.corrcoef(change, influence[chosen])[0, 1] > 0.995
    assert 0.95 < (change @ influence[chosen]) / (change @ change) < 1.07


def test_half_leverage_lies_between_none_and_full() -> None:
    errors = []
    for leverage in (0.0, 0.5, 1.0):
        found = clone_censor_weight(
            COHORT.last_day,
            COHORT.event,
            COHORT.start,
            frame(COHORT.covariates),
            grace=GRACE,
            times=(25,),
            window=None,
            rmst=None,
            leverage=leverage,
        )
        early, none = (values[:, 0] for values in found.influence.values())
        errors.append(np.sqrt(((early - none) ** 2).sum()))
    assert errors[0] < errors[1] < errors[2]


def test_own_score_sums_to_the_ridge() -> None:
    # Influence solves H b = s, so the scores of everyone sum to penalty times parameters.
    for name in ("start", "law", "loss", "event", "competing"):
        model = getattr(FITTED, name)
        total = (model.influence @ model.information).sum(axis=0)
        assert total == pytest.approx(model.terms.penalty * model.theta, abs=1e-5)


def test_a_model_of_what_never_happens_has_chance_zero_and_no_influence() -> None:
    without = replace(COHORT, event=np.where(COHORT.event == 2, 0, COHORT.event))
    fitted = parts(without, grace=GRACE, horizon=HORIZON).competing
    assert fitted.chance(FITTED.people.blocks[0], 5).max() < 1e-200
    assert not fitted.influence.any()


def test_degrees_of_freedom_have_no_scale_and_are_none_of_an_infinite_influence() -> None:
    # Four people of influence 1, 1, 1, 3: 2 / (84 / 12^2 - 1/4) = 6.
    assert degrees_of_freedom(np.array([1.0, 1.0, 1.0, 3.0])) == pytest.approx(6.0)
    assert degrees_of_freedom(np.array([1.0, -1.0, 1.0, 3.0]) * 1e200) == pytest.approx(6.0)
    assert degrees_of_freedom(np.array([1.0, np.inf])) == 0.0
    assert degrees_of_freedom(np.zeros(3)) == 0.0
