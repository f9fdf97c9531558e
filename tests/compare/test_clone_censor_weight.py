"""Clone-censor-weight: by hand, laws, derivatives, and leave-one-out refits."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stepdown.compare.clone_censor_weight import clone_censor_weight
from stepdown.compare.clone_censor_weight import comparison as module
from stepdown.compare.clone_censor_weight.daily_hazard import Predictor, fit_daily_hazard
from stepdown.compare.clone_censor_weight.nuisance_models import NuisanceModels
from stepdown.compare.clone_censor_weight.one_step import event_free_days, risk_by, strategy_values
from stepdown.compare.clone_censor_weight.person_days import PersonDays
from stepdown.compare.clone_censor_weight.start_law import LAWS, start_law, start_law_adjoint
from stepdown.compare.clone_censor_weight.start_weights import strategy_weights
from stepdown.errors import EstimateError
from stepdown.survival import aalen_johansen, risk

pytestmark = pytest.mark.slow


def world(n: int, seed: int, *, effect: float = 0.55, confounded: float = 0.6) -> dict[str, object]:
    """People with one covariate that drives relapse and start; some are lost, some die."""
    draw = np.random.default_rng(seed)
    x = draw.normal(size=n)
    days, event, start = np.full(n, 90), np.zeros(n, dtype=int), np.full(n, np.inf)
    open_ = np.ones(n, dtype=bool)
    for day in range(91):
        if day:
            relapse = np.exp(-4.7 + 0.4 * x) * np.where(start < day, effect, 1.0)
            for code, chance in ((1, relapse), (2, np.full(n, 0.0008))):
                hit = open_ & (draw.random(n) < chance)
                days[hit], event[hit] = day, code
                open_ &= ~hit
        if day <= 20:
            starts = open_ & np.isinf(start) & (draw.random(n) < 1 / (1 + np.exp(3.2 + confounded * x)))
            start[starts] = day
        if 0 < day < 90:
            lost = open_ & (draw.random(n) < 0.002 * np.exp(0.2 * x))
            days[lost] = day
            open_ &= ~lost
    return {"days": days, "event": event, "start": start, "covariates": pd.DataFrame({"x": x})}


def fitted(n: int, seed: int, **changes: object) -> module.CloneCensorWeight:
    return clone_censor_weight(**{**world(n, seed), "times": (90,), "window": (30, 90)} | changes)


def number(
    found: module.CloneCensorWeight, strategy: str, estimand: str = "risk", time: int = 90
) -> pd.Series:
    table = found.table
    return table[
        (table["strategy"] == strategy) & (table["estimand"] == estimand) & (table["time"] == time)
    ].iloc[0]


# Grace to day 2. a starts on day 1, relapses on day 3; b never starts, relapses on day 2; c starts on day 2, is
# followed to day 4; d never starts and is followed to day 4; e dies on day 1, before any decision of that day.
DAYS, EVENT, START = [3, 2, 4, 4, 1], [1, 1, 0, 0, 2], [1, np.inf, 2, np.inf, np.inf]


def drawn() -> PersonDays:
    return PersonDays(DAYS, EVENT, START, grace=2, times=(4,), window=(0, 4), law="uniform", cluster=None)


def test_who_decides_on_which_day_by_hand() -> None:
    given_ = drawn()
    assert given_.decisions.started.astype(int).tolist() == [
        [0, 1, 0],
        [0, 0, 0],
        [0, 0, 1],
        [0, 0, 0],
        [0, 0, 0],
    ]
    # a decides on days 0 and 1; b has its event on day 2, before the decision; e dies on day 1.
    assert given_.decisions.waited.astype(int).tolist() == [
        [1, 0, 0],
        [1, 1, 0],
        [1, 1, 0],
        [1, 1, 1],
        [1, 0, 0],
    ]
    assert given_.course.at_risk.astype(int).tolist() == [
        [0, 1, 1, 1, 0],
        [0, 1, 1, 0, 0],
        [0, 1, 1, 1, 1],
        [0, 1, 1, 1, 1],
        [0, 1, 0, 0, 0],
    ]
    # Day 4 is the horizon: nobody is lost on it.
    assert not given_.lost.any()


def weights_of(chance: list[float] | None, p: float = 0.25, cap: float = np.inf) -> np.ndarray:
    given_ = drawn()
    predictor = Predictor(
        basis=np.ones((1, 3, 1)), group=np.zeros(5, dtype=np.int64), covariates=np.zeros((5, 0)),
        histories=np.zeros((5, 0, 0)), penalty=np.zeros(1),
    )  # fmt: skip
    model = fit_daily_hazard(predictor, given_.decisions.started, given_.deciding, name="start")
    object.__setattr__(model, "hazard", np.full((5, 3), p))
    wanted = None if chance is None else np.tile(chance, (5, 1))
    return strategy_weights(given_.decisions, model, None, wanted, given_.course.at_risk, cap=cap).weight


def test_weights_by_hand() -> None:
    # Everybody may start with chance 1/4 on each day. Kept from starting: each day waited weighs 1 / (3/4), a start 0.
    none = weights_of(None)
    assert none[0].tolist() == pytest.approx([0, 4 / 3, 0, 0, 0])  # a departs on day 1: out from day 2 on.
    assert none[1].tolist() == pytest.approx([0, 4 / 3, 16 / 9, 0, 0])
    assert none[3].tolist() == pytest.approx([0, 4 / 3, 16 / 9, 64 / 27, 64 / 27])
    assert none[4].tolist() == pytest.approx([0, 4 / 3, 0, 0, 0])  # The death counts in both strategies.
    # Made to start evenly on days 0-2: chances 1/3, 1/2, 1.
    early = weights_of([1 / 3, 1 / 2, 1.0])
    assert early[0].tolist() == pytest.approx([0, 8 / 9, 16 / 9, 16 / 9, 0])
    assert early[1].tolist() == pytest.approx([0, 8 / 9, 8 / 9 * 2 / 3, 0, 0])
    assert early[2].tolist() == pytest.approx([0, 8 / 9, 16 / 27, 64 / 27, 64 / 27])
    assert early[3].tolist() == pytest.approx([0, 8 / 9, 16 / 27, 0, 0])  # Not started by day 2: out.
    # A cap cuts the product of the start factors.
    assert weights_of(None, cap=2.0)[3].tolist() == pytest.approx([0, 4 / 3, 16 / 9, 2, 2])


def test_the_chances_of_the_laws_by_hand() -> None:
    hazard = np.array([[0.5, 0.25, 0.5]])
    assert start_law("uniform", hazard)[0].tolist() == pytest.approx([1 / 3, 1 / 2, 1])
    assert start_law("natural", hazard)[0].tolist() == pytest.approx([0.5, 0.25, 1])
    # Of those who start by day 2 (13/16) half a person starts on day 0: 8/13; then 1/8 of 5/16; then all.
    assert start_law("as_observed", hazard)[0].tolist() == pytest.approx([8 / 13, 2 / 5, 1])


@pytest.mark.parametrize("law", LAWS)
def test_derivatives_of_the_laws(law: str) -> None:
    draw = np.random.default_rng(1)
    logit, adjoint = draw.normal(-1, 1, (3, 6)), draw.normal(size=(3, 6))

    def total(eta: np.ndarray) -> float:
        return float((start_law(law, 1 / (1 + np.exp(-eta))) * adjoint).sum())

    found = start_law_adjoint(law, 1 / (1 + np.exp(-logit)), adjoint)
    for i, k in np.ndindex(logit.shape):
        step = np.zeros_like(logit)
        step[i, k] = 1e-6
        assert found[i, k] == pytest.approx((total(logit + step) - total(logit - step)) / 2e-6, abs=1e-6)


@pytest.mark.parametrize("functional", [risk_by(40), event_free_days(40)])
def test_derivatives_of_the_outcome_hazards(functional: object) -> None:
    given_ = PersonDays(
        *(world(60, 5)[name] for name in ("days", "event", "start")), grace=5, times=(40,), window=(0, 40),
        law="as_observed", cluster=None,
    )  # fmt: skip
    models = NuisanceModels(given_, world(60, 5)["covariates"], ())
    chance = start_law("as_observed", models.start.hazard)
    weights = np.where(given_.course.at_risk, 1.3, 0.0)

    def total(events: tuple[object, ...]) -> float:
        found = strategy_values(given_.course, events, functional, start=chance, weights=weights)
        return float(found.plug_in.sum() + found.correction.sum())

    found = strategy_values(given_.course, models.both, functional, start=chance, weights=weights)
    for which in (0, 1):
        model = models.events[which]
        for place in range(model.predictor.size):
            sums = []
            for sign in (1, -1):
                moved = model.coefficients.copy()
                moved[place] += sign * 1e-5
                other = object.__new__(type(model))
                for name, value in vars(model).items():
                    object.__setattr__(other, name, value)
                object.__setattr__(other, "coefficients", moved)
                events = list(models.events)
                events[which] = other
                sums.append(total(tuple(events)))
            assert found.coefficients[which][place] == pytest.approx(
                (sums[0] - sums[1]) / 2e-5, rel=2e-4, abs=2e-3
            )


def test_without_any_covariate_it_is_the_weighted_curve() -> None:
    # Hazards without covariates that fit the day exactly would be the curve itself; with a smooth course of the day
    # the one step brings the estimate onto it, up to what the scale of the weights takes away.
    found = fitted(2500, 3, covariates=pd.DataFrame(index=range(2500)))
    for strategy in ("start", "no_start"):
        one = number(found, strategy)
        assert one["estimate"] == pytest.approx(one["weighted"], abs=0.004)


def test_where_nobody_can_depart_it_is_the_plain_curve() -> None:
    # Everybody starts on day 0: under "start within 0 days" all weights are 1. One person does not.
    data = world(1500, 8)
    start = np.zeros(1500)
    start[:40] = np.inf
    found = clone_censor_weight(
        data["days"], data["event"], start, data["covariates"], grace=0, times=(90,), window=(0, 90)
    )
    kept = np.arange(1500) >= 40
    curves = aalen_johansen(np.asarray(data["days"])[kept], np.asarray(data["event"])[kept])
    plain = risk(curves, 90, cause=1).table.iloc[0]
    one = number(found, "start")
    # Loss depends on x here, so that the weights of loss move the answer a little.
    assert one["weighted"] == pytest.approx(plain["estimate"], abs=0.01)
    assert one["estimate"] == pytest.approx(plain["estimate"], abs=0.01)


@settings(max_examples=4, deadline=None)
@given(seed=st.integers(0, 50))
def test_the_order_of_people_and_the_scale_of_covariates_say_nothing(seed: int) -> None:
    data = world(500, seed)
    order = np.random.default_rng(seed).permutation(500)
    moved = {name: np.asarray(data[name])[order] for name in ("days", "event", "start")}
    covariates = data["covariates"].iloc[order].reset_index(drop=True) * 7 + 3
    first = clone_censor_weight(**data, times=(90,), window=(0, 90))
    second = clone_censor_weight(**moved, covariates=covariates, times=(90,), window=(0, 90))
    for name in ("estimate", "std_error", "df"):
        np.testing.assert_allclose(first.table[name], second.table[name], rtol=1e-7)


def test_influence_is_what_leaving_a_person_out_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    n = 600
    data = world(n, 21)
    # The whole leverage correction is the jackknife; the product uses half of it.
    found = _jackknife(data, monkeypatch)
    whole = number(fitted(n, 21), "difference")["estimate"]
    people = np.argsort(-np.abs(found))[:6].tolist() + list(range(0, n, 40))
    changes = []
    for person in people:
        kept = np.arange(n) != person
        less = {name: np.asarray(data[name])[kept] for name in ("days", "event", "start")}
        refit = clone_censor_weight(
            **less, covariates=data["covariates"][kept].reset_index(drop=True), times=(90,), window=(30, 90)
        )
        changes.append((n - 1) / n * (whole - number(refit, "difference")["estimate"]) * n / (n - 1))
    slope = float(np.polyfit(found[people], changes, 1)[0])
    assert np.corrcoef(found[people], changes)[0, 1] > 0.995
    assert 0.95 < slope < 1.06


def _jackknife(data: dict[str, object], monkeypatch: pytest.MonkeyPatch) -> np.ndarray:
    real = module._Arm.estimate

    def whole(self: module._Arm, functional: object) -> module._Estimate:
        with pytest.MonkeyPatch.context() as patch:
            share = type(self.weights).share
            # (1 - s)^(-1/2) - 1 becomes (1 - s)^-1 - 1 where 1 - s is squared; the other half of the leverage is
            # added by doubling what a model's effects report.
            patch.setattr(type(self.weights), "share", lambda w, total: 1 - (1 - share(w, total)) ** 2)
            effects = module.DailyHazard.effects
            patch.setattr(
                module.DailyHazard,
                "effects",
                lambda model, total, own: (lambda first, more: (first, 2 * more))(
                    *effects(model, total, own)
                ),
            )
            return real(self, functional)

    monkeypatch.setattr(module._Arm, "estimate", whole)
    found = clone_censor_weight(**data, times=(90,), window=(30, 90))
    monkeypatch.undo()
    place = found.table.index[
        (found.table["strategy"] == "difference") & (found.table["estimand"] == "risk")
        & (found.table["time"] == 90)
    ][0]  # fmt: skip
    return found.influence[place].to_numpy()


def test_window_risk_is_a_difference_of_risks() -> None:
    found = fitted(800, 4, times=(30, 90))
    for strategy in ("start", "no_start", "difference"):
        later, earlier = (number(found, strategy, time=day)["estimate"] for day in (90, 30))
        assert number(found, strategy, "window_risk")["estimate"] == pytest.approx(later - earlier)


def test_too_few_effective_people_have_no_interval() -> None:
    found = fitted(150, 2)
    one = number(found, "difference")
    assert np.isnan(one["conf_low"])
    assert np.isfinite(one["estimate"])
    assert one["note"] == "too few effective people for an interval"


def test_clusters_widen_the_interval() -> None:
    data = world(600, 6)
    twice = {name: np.tile(np.asarray(data[name]), 2) for name in ("days", "event", "start")}
    covariates = pd.concat([data["covariates"]] * 2, ignore_index=True)
    alone = clone_censor_weight(**data, times=(90,), window=(0, 90))
    cluster = np.tile(np.arange(600), 2)
    doubled = clone_censor_weight(
        **twice, covariates=covariates, times=(90,), window=(0, 90), cluster=cluster
    )
    # Everybody twice, as clusters of two: the standard error of once, up to the priors and the leverage.
    assert number(doubled, "difference")["std_error"] == pytest.approx(
        number(alone, "difference")["std_error"], rel=0.04
    )


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"start": np.full(50, np.inf)}, "Nobody of 50 started care on days 0-14. Widen the grace period or the "
         "levels of care of the strategy."),
        ({"start": np.zeros(50)}, "Everybody followed beyond day 14 had started care by then, so nothing shows what "
         "happens without it. Shorten the grace period."),
        ({"law": "random"}, "law must be one of as_observed, uniform, natural. The default is as_observed."),
        ({"days": np.zeros(50)}, "days must be whole numbers from 1 up. Leave out who was never followed."),
        ({"event": np.full(50, 7)}, "event may hold 0 (none), 1 (relapse) and 2 (competing). Code it so."),
        ({"covariates": pd.DataFrame({"x": [np.nan] * 3 + [1.0] * 47})}, "Covariates are missing for some people: x "
         "(3). Fill them in, or add a category for unknown."),
        ({"covariates": pd.DataFrame({"x": [1.0]})}, "covariates must have one row per person, in the order of days."),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_said(changes: dict[str, object], text: str) -> None:
    with pytest.raises(EstimateError) as caught:
        clone_censor_weight(**(world(50, 1) | changes))
    assert str(caught.value) == text
