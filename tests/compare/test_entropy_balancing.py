"""Balancing weights: by hand, exact means, influence against refits, bias removed, and refusals."""

import numpy as np
import pytest

from stepdown.compare.known_arms.entropy_balancing import balance
from stepdown.errors import EstimateError, StudyError
from stepdown.study import Study
from support_known_arms import DAY, compared, drawn

PAIRS = [("everyone", "weighting"), ("treated", "weighting"), ("everyone", "doubly_robust")]
NO_WEIGHTS = (
    "No weights give each group the means of the covariates: in one of them some value is missing, or too few people "
    'are on one side of a mean. Join rare values of covariates, or set analysis.adjust.weights to "propensity".'
)


def test_with_one_category_they_are_those_of_strata_by_hand() -> None:
    # Of ten people four are of kind 1: three of the first group's four, one of the other six.
    arm = np.repeat([0, 1], [4, 6])
    kind = np.array([1, 1, 1, 0, 1, 0, 0, 0, 0, 0.0])[:, None]
    _, everyone = balance(arm, kind, "everyone", arms=2)
    assert everyone.weight == pytest.approx([4 / 3, 4 / 3, 4 / 3, 6, 4, *[6 / 5] * 5])
    _, treated = balance(arm, kind, "treated", arms=2)
    assert treated.weight == pytest.approx([1, 1, 1, 1, 3, *[1 / 5] * 5])
    assert treated.tilt.tolist() == [1] * 4 + [0] * 6


@pytest.mark.parametrize(("population", "arms"), [("everyone", 3), ("treated", 2)])
def test_means_agree_exactly_and_weights_are_the_nearest_to_equal_ones(population: str, arms: int) -> None:
    rng = np.random.default_rng(2)
    x, arm = rng.normal(size=(300, 4)), rng.integers(0, arms, 300)
    x[arm == 0] += 0.3
    # A column that others hold already changes nothing.
    _, found = balance(arm, np.column_stack([x, x[:, 0] - x[:, 1]]), population, arms=arms)
    meant = x.mean(axis=0) if population == "everyone" else x[arm == 0].mean(axis=0)
    for number in range(arms):
        mine = arm == number
        assert np.average(x[mine], axis=0, weights=found.weight[mine]) == pytest.approx(meant, abs=1e-8)
        if population == "everyone" or number:
            # The solution has log weights linear in the columns (Lagrange).
            full = np.column_stack([np.ones(mine.sum()), x[mine]])
            logs = np.log(found.weight[mine])
            assert full @ np.linalg.lstsq(full, logs, rcond=None)[0] == pytest.approx(logs, abs=1e-8)


@pytest.mark.slow
@pytest.mark.parametrize(("population", "method"), PAIRS)
def test_influence_is_the_change_when_a_person_is_left_out(population: str, method: str) -> None:
    given = drawn(1200, 3, arms=2)
    asked = {"weighted_by": "entropy_balancing"}
    whole = compared(given, population, method, leverage=1.0, **asked)
    gap = (whole.influence["A"] - whole.influence["B"])[:, 0]
    picked = np.argsort(-np.abs(gap))[:6]
    change = [
        whole.one("risk", DAY)["estimate"]
        - compared({k: np.delete(v, one) for k, v in given.items()}, population, method, **asked).one(
            "risk", DAY
        )["estimate"]
        for one in picked
    ]
    assert np.corrcoef(gap[picked], change)[0, 1] > 0.999
    assert gap[picked] @ change / (gap[picked] @ gap[picked]) == pytest.approx(1, abs=0.04)
    assert whole.balance["after"].abs().max() < 1e-8


def test_confounding_is_removed() -> None:
    plain, balanced = [], []
    for seed in range(8):
        given = drawn(600, 10 + seed)
        found = compared(given, "everyone", "weighting", weighted_by="entropy_balancing")
        balanced.append(found.one("risk", DAY)["estimate"])
        constant = given | {"severity": np.arange(600.0) % 7}
        plain.append(compared(constant, "everyone", "weighting").one("risk", DAY)["estimate"])
    # Care does nothing; the error of a mean is 1.5 points.
    assert np.mean(plain) < -0.1
    assert abs(np.mean(balanced)) < 0.035


def test_what_cannot_be_balanced_is_refused() -> None:
    arm, x = np.repeat([0, 1], 20), np.repeat([1.0, 0.0], 20)[:, None]
    with pytest.raises(EstimateError) as caught:
        balance(arm, x, "everyone", arms=2)
    assert str(caught.value) == NO_WEIGHTS
    given = drawn(100, 1)
    with pytest.raises(EstimateError) as caught:
        compared(given, "overlap", "weighting", weighted_by="entropy_balancing")
    assert str(caught.value) == (
        'Entropy balancing needs means that are known beforehand, and those of "overlap" are not. Use the population '
        '"everyone" or "treated".'
    )


@pytest.mark.parametrize(
    ("design", "adjust", "why"),
    [
        ("clone_censor_weight", {}, "clone_censor_weight needs weights by day"),
        (
            "landmark",
            {"method": "standardization"},
            'weights is only for method = "weighting" or "doubly_robust"',
        ),
        ("landmark", {"population": "overlap"}, 'those of "overlap" are not; use population = "everyone"'),
    ],
)
def test_a_study_cannot_ask_for_it_elsewhere(design: str, adjust: dict[str, str], why: str) -> None:
    day = {"day": 14} if design == "landmark" else {}
    asked = {"covariates": ["age"], "weights": "entropy_balancing"} | adjust
    with pytest.raises(StudyError) as caught:
        Study(title="T", seed=1, analysis={"primary": {"design": design} | day, "adjust": asked})
    assert why in str(caught.value)
