"""Plans that unfold: weights by hand, the engine of one start, leaving people out, the truth of a world."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from stepdown.compare import clone_censor_weight
from stepdown.compare.care_plans import care_days, compare_care_plans
from stepdown.compare.care_plans.plan_clauses import followed_plan
from stepdown.compare.care_plans.plan_models import clause_decisions, decision_weights, fitted_clause
from stepdown.compare.grace_period.model_terms import adjustment_columns
from stepdown.compare.grace_period.person_days import person_days
from stepdown.errors import EmptyArmError
from stepdown.study import Strategy
from support_care_plans import FOUR_WEEKS, NO_CARE, drawn_care
from support_grace_period import drawn, frame
from tools.validation.design_recovery import Cell, summary_in
from tools.validation.plan_recovery import CELLS, KEPT, one_draw
from tools.validation.plan_truths import KEPT as TRUTHS
from tools.validation.plan_truths import plan_truths


def plan(**parts: object) -> Strategy:
    return Strategy.model_validate({"label": "plan", **parts})


def test_weights_by_hand() -> None:
    # PHP on day 0 or 1, then IOP within 2 days of its end; every decision has chance 1/4 of a step or of IOP
    # before PHP, 1/2 of care or the next step. Five people followed to day 6:
    #   a  PHP 0, 1; IOP 3      c  nothing          e  PHP 1, IOP 2, relapse 4
    #   b  PHP 0                d  IOP 0
    days = pd.DataFrame(
        [(0, 2, 0), (0, 2, 1), (0, 3, 3), (1, 2, 0), (3, 3, 0), (4, 2, 1), (4, 3, 2)],
        columns=["row", "level", "start"],
    )
    days = days.assign(end=days["start"], hours=np.nan)
    last, event = np.array([6, 6, 6, 6, 4]), np.array([0, 0, 0, 0, 1])
    asked = plan(steps=[{"level": ["php"], "within": 1}, {"level": ["iop"], "within": 2, "after": "end"}])
    people = person_days(last, event, [0, 0, np.nan, 0, 1], grace=1, horizon=6)
    given = adjustment_columns(pd.DataFrame(index=range(5)), (), None, people)
    eventless = last - (event > 0)
    found = followed_plan(asked, care_days(days, eventless), eventless)
    assert found.departed.tolist() == [-1, 2, 1, 0, -1]
    fitted = []
    for clause, chance in zip(found.clauses, (1 / 4, 1 / 4, 1 / 2), strict=True):
        one = fitted_clause(clause, people, given, owner=None, law="as_observed")
        theta = np.zeros_like(one.chance.theta)
        theta[0] = np.log(chance / (1 - chance))
        model = replace(one.chance, theta=theta)
        fitted.append(replace(one, chance=model, law=None if clause.forbids else model))
    weights = np.zeros((5, 7))
    for block in people.blocks:
        made = [clause_decisions(one, block.rows) for one in fitted]
        weights[people.order[block.rows]] = decision_weights(made, block.rows.stop - block.rows.start, 6)
    # PHP: q_0 = (1/4) / (7/16) = 4/7, q_1 = 1. A start has 16/7 in all; waiting on 0 has (3/7) / (3/4) = 4/7,
    # and no IOP before PHP 1 / (3/4) on each day of waiting. The end of PHP: q = (1/2) / (3/4) = 2/3, then 1: meeting
    # it on either day has 4/3 in all, waiting on the first (1/3) / (1/2) = 2/3.
    start, wait, kept = 16 / 7, 4 / 7, 4 / 3
    assert weights[0] == pytest.approx(
        [1, start, start * kept, start * kept * 2 / 3, *[start * kept * kept] * 3]
    )
    assert weights[1] == pytest.approx([1, start, start * 2 / 3, 0, 0, 0, 0])
    assert weights[2] == pytest.approx([1, wait * kept, 0, 0, 0, 0, 0])
    assert weights[3] == pytest.approx([1, 0, 0, 0, 0, 0, 0])
    assert weights[4] == pytest.approx([1, wait * kept, start * kept, *[start * kept * kept] * 4])


@pytest.mark.parametrize(
    ("repeated", "law"),
    [(False, "as_observed"), (True, "as_observed"), (False, "uniform"), (False, "natural")],
)
def test_one_start_is_that_of_the_grace_period(repeated: bool, law: str) -> None:
    cohort = drawn(300, seed=3, horizon=30)
    has = ~np.isnan(cohort.start)
    begin = cohort.start[has]
    spans = pd.DataFrame({"row": np.flatnonzero(has), "level": 3, "start": begin, "end": begin, "hours": 3.0})
    iop = {"level": ["iop"], "within": 7}
    plans = (plan(steps=[iop]), plan(avoid=[iop]).model_copy(update={"label": "none"}))
    same = {
        "history": cohort.history,
        "cluster": np.arange(300) // 4 if repeated else None,
        "times": (10, 30),
        "window": (10, 30),
        "rmst": 30,
        "law": law,
    }
    other = clone_censor_weight(
        cohort.last_day, cohort.event, cohort.start, frame(cohort.covariates), grace=7, estimator="weighted",
        **same,
    )  # fmt: skip
    care = care_days(spans, cohort.last_day - (cohort.event > 0))
    found = compare_care_plans(
        cohort.last_day, cohort.event, care, plans, frame(cohort.covariates), estimator="weighted", **same
    )
    for name in ("estimate", "std_error", "conf_low", "degrees_of_freedom", "effective_size"):
        np.testing.assert_allclose(found.table[name], other.table[name], rtol=1e-11, atol=1e-13)
    counts = ["people", "followed", "departed", "relapse", "other_event", "lost"]
    assert (found.strategies[counts].to_numpy() == other.strategies[counts].to_numpy()).all()
    assert (found.deviation.to_numpy() == other.deviation.to_numpy()).all()


def test_full_leverage_is_the_change_when_a_person_is_left_out() -> None:
    cohort, horizon = drawn_care(200, seed=5, horizon=40), 40
    name = FOUR_WEEKS.label

    def fit(one: object, leverage: float) -> object:
        return compare_care_plans(
            one.last_day, one.event, one.care, (FOUR_WEEKS, NO_CARE), one.covariates, history=one.history,
            times=(horizon,), window=None, rmst=None, leverage=leverage, cap=1e6,
        )  # fmt: skip

    found = fit(cohort, 1.0)
    influence, everyone = found.influence[name][:, 0], np.arange(200)
    estimate = found.one("risk", horizon, "estimate", strategy=name)["estimate"]
    ranked = np.argsort(-np.abs(influence))
    chosen = [*ranked[:3], *ranked[40:160:40]]
    change = np.array(
        [
            estimate
            - fit(cohort.take(np.delete(everyone, person)), 0.0).one(
                "risk", horizon, "estimate", strategy=name
            )["estimate"]
            for person in chosen
        ]
    )
    assert np.corrcoef(change, influence[chosen])[0, 1] > 0.999
    assert 0.98 < (change @ influence[chosen]) / (change @ change) < 1.04
    assert sum(found.departures["people"][:4]) == found.strategies["departed"][0]


def test_scores_are_balanced_at_each_decision_of_a_plan() -> None:
    cohort = drawn_care(500, seed=9, horizon=30)
    found = compare_care_plans(
        cohort.last_day, cohort.event, cohort.care, (FOUR_WEEKS, NO_CARE), cohort.covariates, history=cohort.history,
        times=(30,), window=None, rmst=None, estimator="weighted",
    ).score_balance  # fmt: skip
    assert set(found["decision"]) <= {
        "PHP by day 7", "IOP before PHP", "IOP within 5 days of the end of PHP", "3 hours of IOP in a week",
        "PHP or IOP by day 7",
    }  # fmt: skip
    assert {"PHP by day 7", "IOP within 5 days of the end of PHP", "PHP or IOP by day 7"} <= set(
        found["decision"]
    )
    assert found.groupby("decision")["plan"].nunique().eq(1).all()
    # By hand: on each day those without PHP or IOP, followed past the day, by whether PHP starts on it.
    first = {level: np.full(500, 99) for level in (2, 3)}
    for row in cohort.spans.itertuples():
        first[row.level][row.row] = min(first[row.level][row.row], row.start)
    php, iop = first[2], first[3]
    eventless = cohort.last_day - (cohort.event > 0)
    for one in found[found["decision"] == "PHP by day 7"].itertuples():
        here = (eventless >= one.day) & (php >= one.day) & (iop >= one.day)
        hit, score = here & (php == one.day), cohort.history[:, one.day, 0]
        wait = here & ~hit
        assert (one.starts, one.waits) == (hit.sum(), wait.sum())
        assert one.before == pytest.approx((score[hit].mean() - score[wait].mean()) / score[here].std(ddof=1))
    # The score drives who starts PHP: weighted, less is left of it.
    mine = found[found["decision"] == "PHP by day 7"]
    weight = 1 / mine["error"] ** 2
    assert abs(np.average(mine["after"], weights=weight)) < abs(np.average(mine["before"], weights=weight))


def test_a_plan_that_nobody_follows_or_can_leave() -> None:
    spans = pd.DataFrame({"row": [0, 1], "level": 3, "start": 2.0, "end": 2.0, "hours": np.nan})
    last = np.array([30, 30, 30])
    none = plan(avoid=[{"level": ["iop"], "within": 5}]).model_copy(update={"label": "none"})

    def compared(first: Strategy) -> None:
        compare_care_plans(
            last, np.zeros(3), care_days(spans, last), (first, none), pd.DataFrame(index=range(3)),
            times=(20,), window=None, rmst=None,
        )  # fmt: skip

    with pytest.raises(
        EmptyArmError,
        match=r"^Nobody follows the strategy “plan”: of 3 people, 0 do all that it asks and 3 depart from it "
        r"\(1 with no IOP by day 5, 2 with no IOP in a week\)\. Change its steps, their `within`, or the levels of care\.",
    ):
        compared(plan(steps=[{"level": ["iop"], "within": 5, "min_weeks": 2}]))
    spans = pd.DataFrame({"row": [0, 1, 2], "level": 3, "start": 2.0, "end": 28.0, "hours": np.nan})
    with pytest.raises(
        EmptyArmError,
        match=r"^Nobody can deviate from the strategy “plan”: of 3 people, 3 do all that it asks and 0 depart from "
        r"it\. There is nothing to compare\.",
    ):
        compared(plan(steps=[{"level": ["iop"], "within": 5, "min_weeks": 2}]))


@pytest.mark.slow
def test_plans_recover_their_truth() -> None:
    truths = pd.read_csv(TRUTHS).set_index(["world", "plan"])
    assert truths["error"].max() < 2e-4
    rows = one_draw(Cell(world="clean", effect="standard", n=1200, sites=20), 1)
    found = {row["method"]: row for row in rows}
    for name in ("kept_up", "in_steps"):
        assert found[name]["conf_low"] < truths["truth"]["clean", name] < found[name]["conf_high"]
    again = plan_truths("clean", "standard", 20, points=128, batches=1).set_index("plan")
    for name in ("kept_up", "in_steps"):
        assert again["truth"][name] == pytest.approx(truths["truth"]["clean", name], abs=0.006)
    null = plan_truths("feedback", "none", 20, points=4, batches=1)
    assert null["truth"].abs().max() < 1e-12


def test_the_kept_draws_are_about_their_truth() -> None:
    table = summary_in(KEPT, CELLS)
    assert {"kept_up", "in_steps", "kept_up/weighted"} <= set(table["method"])
    assert table["draws"].min() >= 16
    default = table[table["method"].isin(["kept_up", "in_steps"])]
    assert (default["bias"].abs() < 3 * default["bias_error"]).all()
