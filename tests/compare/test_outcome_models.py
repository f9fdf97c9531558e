"""Standardization over Cox and Fine-Gray models: by hand, R's numbers, refits, the truth, laws, refusals."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from stepdown.compare.grace_period.covariate_terms import MANY_PENALTY, covariate_terms
from stepdown.compare.grace_period.model_terms import COMPETING
from stepdown.compare.known_arms import compare_known_arms
from stepdown.compare.known_arms.arm_regressions import fit_arm_regressions
from stepdown.compare.known_arms.arm_terms import arm_days
from stepdown.errors import EstimateError, StudyError
from stepdown.study import Study
from stepdown.survival import aalen_johansen, cox, risk
from support_known_arms import DAY, compared, drawn, true_difference

pytestmark = pytest.mark.slow

MODELS = ("cox", "fine_gray")
HERE = Path(__file__).parent.parent / "reference"
R = json.loads((HERE / "compare" / "outcome_models_reference.json").read_text())


def by_model(
    days: object, event: object, arm: object, x: object, model: str, **changes: object
) -> dict[str, float]:
    """Return the risks and restricted means of both arms by day."""
    asked = {"population": "everyone", "times": (2, 4), "window": None, "rmst": 4} | changes
    found = compare_known_arms(
        days, event, arm, pd.DataFrame({"x": np.asarray(x, dtype=float)}), labels=("a", "b"),
        method="standardization", outcome_model=model, **asked,
    ).table  # fmt: skip
    found = found[found["statistic"] == "estimate"]
    return {f"{row.estimand} {row.time} {row.strategy}": row.estimate for row in found.itertuples()}


def test_without_an_effect_of_covariates_by_hand() -> None:
    # Arm a: the event on day 1, death on day 2, a loss on day 3, the event on day 4. With a ridge without end
    # covariates have no effect, and a share d of Y is taken as 1 - exp(-1 / Y).
    days, event, arm = [1, 2, 3, 4, 2, 4], [1, 2, 0, 1, 1, 0], [0, 0, 0, 0, 1, 1]
    found = by_model(days, event, arm, [0, 1, 0, 1, 0, 1], "cox", ridge=1e12)
    stay = np.exp(-np.array([1 / 4, 1 / 3]))
    assert found["risk 2 a"] == pytest.approx(1 - stay[0], abs=1e-9)
    assert found["risk 4 a"] == pytest.approx(1 - stay[0] + stay.prod() * (1 - np.exp(-1)), abs=1e-9)
    assert found["rmst 4 a"] == pytest.approx(1 + stay[0] + 2 * stay.prod(), abs=1e-9)
    assert found["risk 4 b"] == pytest.approx(1 - np.exp(-1 / 2), abs=1e-9)
    # Fine-Gray: who died stays at risk of the event, on day 4 with weight 1/2 after the loss of one of two.
    found = by_model(days, event, arm, [0, 1, 0, 1, 0, 1], "fine_gray", ridge=1e12)
    assert found["risk 4 a"] == pytest.approx(1 - np.exp(-1 / 4 - 1 / (1 + 1 / 2)), abs=1e-9)


def test_with_one_covariate_by_hand() -> None:
    # Of each arm two people with x = 1 and two with x = 0; events on day 1 and on day 2, then all are lost. In a
    # the one on day 1 has x = 1, the other x = 0: r / (2 + 2 r) times 1 / (2 + r) is largest at r = root of 2. In
    # b it is the other way round.
    days, event = [1, 3, 2, 3] * 2, [1, 0, 1, 0] * 2
    arm, x = np.repeat([0, 1], 4), [1, 1, 0, 0, 0, 0, 1, 1]
    r = np.sqrt(2)
    first, second = 1 / (2 + 2 * r), 1 / (2 + r)
    ends = [np.exp(-r * (first + second)), np.exp(-(first + second))]
    for model in MODELS:
        found = by_model(days, event, arm, x, model, ridge=0.0)
        for label in "ab":
            assert found[f"risk 2 {label}"] == pytest.approx(1 - np.mean(ends), abs=1e-9)
            after = 2 * np.mean(ends) + np.mean([np.exp(-r * first), np.exp(-first)])
            assert found[f"rmst 4 {label}"] == pytest.approx(1 + after, abs=1e-9)


@pytest.mark.parametrize("model", ["cox", "fine_gray", "crr"])
@pytest.mark.parametrize("population", ["everyone", "treated"])
def test_numbers_of_r(model: str, population: str) -> None:
    cohort = pd.read_csv(HERE / "survival" / "cohort.csv")
    cohort = cohort[cohort["arm"] != "C"].reset_index(drop=True)
    x = pd.DataFrame({"z": ((cohort["id"] * 37) % 101) / 25, "s": (cohort["stratum"] == 2).astype(int)})
    ranks = model == "crr"
    when = R["ranks" if ranks else "days"]
    found = compare_known_arms(
        (cohort["day"] + cohort["id"] / 1000).rank() if ranks else cohort["day"], cohort["cause"],
        (cohort["arm"] == "B").astype(int), x, labels=("A", "B"), population=population,
        method="standardization", outcome_model="fine_gray" if ranks else model, ridge=0.0,
        times=tuple(when), window=(when[1], when[2]), rmst=when[2],
    )  # fmt: skip
    for label in "AB":
        expected = R[model][label][population]
        risks = [found.one("risk", day, "estimate", arm=label)["estimate"] for day in when]
        assert risks == pytest.approx(expected["risk"], abs=1e-10)
        rmst = found.one("rmst", when[2], "estimate", arm=label)["estimate"]
        assert rmst == pytest.approx(expected["rmst"][2], abs=1e-10)
        window = found.one("window_risk", when[2], "estimate", arm=label)["estimate"]
        assert window == pytest.approx(expected["risk"][2] - expected["risk"][1], abs=1e-10)
    contrast = [R[model][label][population]["risk"][2] for label in "AB"]
    assert found.one("risk", when[2])["estimate"] == pytest.approx(contrast[0] - contrast[1], abs=1e-10)
    ratio = found.one("risk", when[2], "ratio")["estimate"]
    assert ratio == pytest.approx(contrast[0] / contrast[1], abs=1e-10)


@pytest.mark.parametrize(
    ("model", "population", "arms", "each"),
    [("cox", "everyone", 2, 2), ("cox", "overlap", 2, 1), ("fine_gray", "treated", 3, 1)],
)
def test_influence_is_the_change_when_a_client_is_left_out(
    model: str, population: str, arms: int, each: int
) -> None:
    given, client = drawn(300, 3, arms=arms), np.arange(300) // each
    asked = {"population": population, "method": "standardization", "outcome_model": model}
    whole = compared(given, cluster=client, leverage=1.0, **asked)
    gap = whole.influence["A"] - whole.influence["ABC"[arms - 1]]
    mine = np.stack([np.bincount(client, gap[:, target]) for target in range(2)], axis=1)
    picked = np.unique(np.r_[np.argsort(-np.abs(mine[:, 0]))[:3], np.arange(2)])
    change = []
    for one in picked:
        rest = compared({name: values[client != one] for name, values in given.items()}, **asked)
        change.append(
            [whole.one(name, DAY)["estimate"] - rest.one(name, DAY)["estimate"] for name in ("risk", "rmst")]
        )
    for expected, true in zip(mine[picked].T, np.array(change).T, strict=True):
        assert np.corrcoef(expected, true)[0, 1] > 0.999
        assert (expected @ true) / (expected @ expected) == pytest.approx(1, abs=0.02)


def test_each_population_has_its_own_truth() -> None:
    # Within an arm hazards of the event are proportional in severity, so the Cox models are right.
    given = drawn(2000, 5, effect=-0.7)
    for model in MODELS:
        for population in ("everyone", "treated"):
            row = compared(given, population, "standardization", outcome_model=model).one("risk", DAY)
            assert abs(row["estimate"] - true_difference(population)) < 2.5 * row["std_error"]
            assert 0.015 < row["std_error"] < 0.03


def test_without_an_effect_of_covariates_the_risks_are_those_of_aalen_and_johansen() -> None:
    given = drawn(400, 2)
    found = {
        model: compared(given, "everyone", "standardization", outcome_model=model, ridge=1e12)
        for model in MODELS
    }
    for number, label in enumerate("AB"):
        mine = given["arm"] == number
        plain = risk(aalen_johansen(given["days"][mine], given["event"][mine]), DAY, cause=1).table
        for one in found.values():
            gap = plain["estimate"].iloc[0] - one.one("risk", DAY, "estimate", arm=label)["estimate"]
            assert abs(gap) < 0.5 / mine.sum()


def test_without_competing_events_both_models_are_one() -> None:
    given = drawn(300, 4)
    given["event"] = np.where(given["event"] == 2, 0, given["event"])
    cox, fine_gray = (compared(given, "everyone", "standardization", outcome_model=model) for model in MODELS)
    for column in ("estimate", "std_error"):
        assert cox.table[column].to_numpy() == pytest.approx(
            fine_gray.table[column].to_numpy(), abs=1e-9, nan_ok=True
        )


def test_of_cox_models_event_competing_event_and_neither_add_up_to_one() -> None:
    given = drawn(200, 5)
    other = given | {"event": np.array([0, 2, 1])[given["event"]]}

    def at(one: dict[str, np.ndarray], last: int) -> tuple[np.ndarray, np.ndarray]:
        found = compare_known_arms(
            one["days"], one["event"], one["arm"], pd.DataFrame({"severity": one["severity"]}), labels=("A", "B"),
            method="standardization", outcome_model="cox", ridge=0.0, times=(DAY,), window=None, rmst=last,
        ).table  # fmt: skip
        mine = found[found["statistic"] == "estimate"].set_index("estimand")["estimate"]
        return mine["risk"].to_numpy(), mine["rmst"].to_numpy()

    # Nobody is followed beyond the last day, so a day more adds the share still free of either event.
    (risks, free), (risks_of_other, same), (_, more) = at(given, DAY), at(other, DAY), at(given, DAY + 1)
    assert same == pytest.approx(free, abs=1e-9)
    assert risks + risks_of_other == pytest.approx(1 - (more - free), abs=1e-9)
    assert (risks > 3 * risks_of_other).all()


@pytest.mark.parametrize("model", MODELS)
def test_people_who_count_twice_are_as_two(model: str) -> None:
    given = drawn(300, 3)
    found = compared(given, "treated", "standardization", outcome_model=model)
    once, twice = found.again(np.ones(300)), found.again(np.full(300, 2.0))
    assert once == pytest.approx(found.table["estimate"].to_numpy(), abs=1e-10)
    doubled = {name: np.repeat(values, 2) for name, values in given.items()}
    other = compared(doubled, "treated", "standardization", outcome_model=model)
    assert twice == pytest.approx(other.table["estimate"].to_numpy(), abs=1e-10)
    none = found.again(np.r_[np.zeros(50), np.ones(250)])
    assert none != pytest.approx(once, abs=1e-3)


def test_ridges_are_those_of_the_other_outcome_models() -> None:
    given, size = drawn(300, 6), 300
    site = np.array([*"uvwxyz"])[np.arange(size) % 6]
    terms = covariate_terms(pd.DataFrame({"site": site}), size=size)
    people = arm_days(given["days"], given["event"].astype(int), given["arm"], horizon=DAY)
    terms, mine = terms.sorted_as(people.order), given["arm"][people.order] == 0
    found = fit_arm_regressions("cox", people, 1 - mine, terms, labels=("A", "B"), ridge=2.0)
    for cause, penalty in ((1, 2 * MANY_PENALTY), (2, 2 * MANY_PENALTY * COMPETING)):
        plain = cox(
            people.last_day[mine], people.event[mine] == cause, terms.values[mine], ridge=penalty, test="wald"
        )
        log_ratio = np.log(found.hazards[0][cause - 1].ratio)
        expected = terms.values @ plain.coef
        assert log_ratio - log_ratio.mean() == pytest.approx(expected - expected.mean(), abs=1e-9)


def test_order_and_unit_of_covariates_change_nothing() -> None:
    given = drawn(300, 6)
    order = np.random.default_rng(1).permutation(300)
    moved = {name: values[order] for name, values in given.items()}
    moved["severity"] = 1000 + 50 * moved["severity"]
    for model in MODELS:
        one, other = (
            compared(each, "everyone", "standardization", outcome_model=model) for each in (given, moved)
        )
        assert one.table["estimate"].to_numpy() == pytest.approx(other.table["estimate"].to_numpy(), abs=1e-9)
        assert one.influence["A"][order] == pytest.approx(other.influence["A"], abs=1e-9)


def test_what_cannot_be_modeled_is_said() -> None:
    given = drawn(100, 1)
    cases = {
        "outcome_model must be one of pooled_logistic, cox, fine_gray.": ({"outcome_model": "weibull"}, {}),
        'outcome_model "cox" is for method = "standardization". Weighting needs no outcome model, and the doubly '
        "robust estimator needs hazards by day.": ({"outcome_model": "cox", "method": "doubly_robust"}, {}),
        'outcome_model "cox" takes no modifiers and no switches: its models are of one arm, known on day 0. Use '
        '"pooled_logistic".': ({"outcome_model": "cox", "modifiers": np.zeros((100, 1))}, {}),
        "In A all people have the same covariates, so a Fine-Gray model has nothing to adjust for. Use other "
        'covariates, or outcome_model = "pooled_logistic".': (
            {"outcome_model": "fine_gray"}, {"severity": np.where(given["arm"] == 0, 0.0, given["severity"])},
        ),
        "No one in B has the event, so there is no Cox model of it. Compare larger groups, or later days.": (
            {"outcome_model": "cox"},
            {"event": np.where((given["arm"] == 1) & (given["event"] == 1), 0, given["event"])},
        ),
        "The Cox model of the event in A has no finite estimate: a covariate separates those with the event from the "
        'others. Join its rare values, or set outcome_model = "pooled_logistic".': (
            {"outcome_model": "cox", "ridge": 0.0},
            {"severity": np.where(given["event"] == 1, 1.0, np.arange(100) % 2)},
        ),
    }  # fmt: skip
    for words, (asked, changes) in cases.items():
        with pytest.raises(EstimateError) as caught:
            compared(given | changes, "everyone", **({"method": "standardization"} | asked))
        assert str(caught.value) == words


@pytest.mark.parametrize(
    ("design", "adjust", "why"),
    [
        (
            {"design": "landmark", "day": 14}, {"method": "weighting"},
            'outcome_model = "cox" is only for method = "standardization": weighting models no outcome, and the '
            "doubly robust estimate needs daily chances of the event",
        ),
        (
            {"design": "sequential_trials"}, {},
            'outcome_model = "cox" is a model of groups known on one day, as at a landmark or at baseline; '
            'sequential_trials is not such a comparison; use outcome_model = "pooled_logistic"',
        ),
        (
            {"design": "matched", "day": 14}, {},
            'outcome_model = "cox" is a model of groups known on one day, as at a landmark or at baseline; matched '
            'is not such a comparison; use outcome_model = "pooled_logistic"',
        ),
        (
            {"design": "clone_censor_weight"}, {},
            'outcome_model = "cox" is a model of groups known on one day, as at a landmark or at baseline; '
            'clone_censor_weight is not such a comparison; use outcome_model = "pooled_logistic"',
        ),
    ],
)  # fmt: skip
def test_a_study_cannot_ask_for_it_elsewhere(
    design: dict[str, object], adjust: dict[str, str], why: str
) -> None:
    asked = {"covariates": ["age"], "method": "standardization", "outcome_model": "cox"} | adjust
    with pytest.raises(StudyError) as caught:
        Study(title="T", seed=1, analysis={"primary": design, "adjust": asked})
    assert why in str(caught.value)
