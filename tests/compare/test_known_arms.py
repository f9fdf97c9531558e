"""Arms known on day 0: populations by hand, influence against refits, three arms, the truth, and refusals."""

import numpy as np
import pandas as pd
import pytest

from stepdown.compare.covariate_balance import covariate_balance
from stepdown.compare.known_arms import compare_known_arms
from stepdown.compare.known_arms.populations import Population, population_weights
from stepdown.errors import EmptyArmError, EstimateError
from stepdown.survival import aalen_johansen, risk
from support_known_arms import DAY, compared, drawn, true_difference

DESIGNS = (
    ("everyone", "weighting"),
    ("everyone", "standardization"),
    ("everyone", "doubly_robust"),
    ("treated", "weighting"),
    ("treated", "standardization"),
    ("treated", "doubly_robust"),
    ("overlap", "weighting"),
    ("overlap", "standardization"),
    ("overlap", "doubly_robust"),
    ("matched", "weighting"),
)


def test_weights_by_hand() -> None:
    arm = np.array([0, 1, 2, 0])
    chance = np.array([[0.5, 0.3, 0.2], [0.5, 0.3, 0.2], [0.2, 0.2, 0.6], [0.8, 0.1, 0.1]])
    by_hand = {
        "everyone": [2, 1 / 0.3, 1 / 0.6, 1.25],
        "treated": [1, 0.5 / 0.3, 0.2 / 0.6, 1],
        "overlap": [2 * 6 / 62, 6 / 62 / 0.3, 3 / 35 / 0.6, 4 / 85 / 0.8],
        "matched": [0.4, 0.2 / 0.3, 0.2 / 0.6, 0.125],
    }
    for name, expected in by_hand.items():
        assert population_weights(arm, chance, name).weight == pytest.approx(expected)
    assert population_weights(arm, chance, "treated").tilt.tolist() == [1, 0, 0, 1]


def test_slopes_of_weights_and_tilts_are_their_derivatives() -> None:
    rng = np.random.default_rng(1)
    arm, eta, step = rng.integers(0, 3, 40), rng.normal(size=(40, 2)), 1e-6

    def at(shift: np.ndarray, population: Population) -> tuple[np.ndarray, np.ndarray]:
        odds = np.exp(np.column_stack([eta + shift, np.zeros(40)]))
        found = population_weights(arm, odds / odds.sum(axis=1, keepdims=True), population)
        return np.log(found.weight), found.tilt

    odds = np.exp(np.column_stack([eta, np.zeros(40)]))
    chance = odds / odds.sum(axis=1, keepdims=True)
    for population in ("everyone", "treated", "overlap", "matched"):
        found = population_weights(arm, chance, population)
        for number in range(2):
            shift = np.eye(2)[number] * step
            up, down = at(shift, population), at(-shift, population)
            assert found.weight_slope[:, number] == pytest.approx((up[0] - down[0]) / (2 * step), abs=1e-6)
            assert found.tilt_slope[:, number] == pytest.approx((up[1] - down[1]) / (2 * step), abs=1e-6)


def agreement(population: str, method: str, *, arms: int, each: int) -> np.ndarray:
    """Return the correlation and the slope of what refits without a client change, on the influence."""
    given, client = drawn(400, 3, arms=arms), np.arange(400) // each
    whole = compared(given, population, method, cluster=client, leverage=1.0)
    gap = whole.influence["A"] - whole.influence["ABC"[arms - 1]]
    mine = np.stack([np.bincount(client, gap[:, target]) for target in range(2)], axis=1)
    picked = np.unique(np.r_[np.argsort(-np.abs(mine[:, 0]))[:4], np.arange(3)])
    change = []
    for one in picked:
        rest = compared({name: values[client != one] for name, values in given.items()}, population, method)
        change.append(
            [whole.one(name, DAY)["estimate"] - rest.one(name, DAY)["estimate"] for name in ("risk", "rmst")]
        )
    found = []
    for expected, true in zip(mine[picked].T, np.array(change).T, strict=True):
        found += [np.corrcoef(expected, true)[0, 1], (expected @ true) / (expected @ expected)]
    return np.array(found)


@pytest.mark.slow
@pytest.mark.parametrize(("population", "method"), DESIGNS)
def test_influence_is_the_change_when_a_person_is_left_out(population: str, method: str) -> None:
    arms = 3 if (population, method) in DESIGNS[::3] else 2
    found = agreement(population, method, arms=arms, each=1)
    assert found[::2].min() > 0.997
    assert found[1::2] == pytest.approx(1, abs=0.07)


@pytest.mark.slow
@pytest.mark.parametrize(("population", "method"), [("overlap", "weighting"), ("everyone", "doubly_robust")])
def test_influence_is_the_change_when_a_client_with_two_discharges_is_left_out(
    population: str, method: str
) -> None:
    found = agreement(population, method, arms=2, each=2)
    assert found[::2].min() > 0.995
    assert found[1::2] == pytest.approx(1, abs=0.1)


@pytest.mark.slow
def test_without_covariates_the_weighted_risks_are_those_of_the_arms() -> None:
    given = drawn(300, 1, arms=3)
    for population in ("everyone", "treated", "overlap", "matched"):
        found = compare_known_arms(
            given["days"], given["event"], given["arm"], pd.DataFrame(index=range(300)), labels=("A", "B", "C"),
            population=population, method="weighting", times=(DAY,), window=None, rmst=None,
        )  # fmt: skip
        for number, label in enumerate("ABC"):
            mine = given["arm"] == number
            plain = risk(aalen_johansen(given["days"][mine], given["event"][mine]), DAY, cause=1).table
            # Loss depends on nothing that the models see beyond the arm and the day.
            found_risk = found.one("risk", DAY, "estimate", arm=label)["estimate"]
            assert found_risk == pytest.approx(float(plain["estimate"].iloc[0]), abs=0.01)


@pytest.mark.slow
def test_each_population_has_its_own_truth() -> None:
    truth = {name: true_difference(name) for name in ("everyone", "treated", "overlap")}
    assert truth["treated"] - truth["everyone"] > 0.02
    given = drawn(6000, 5, effect=-0.7)
    for population, method in DESIGNS[:-1]:
        row = compared(given, population, method).one("risk", DAY)
        assert abs(row["estimate"] - truth[population]) < 2.5 * row["std_error"]
        assert row["std_error"] < 0.02


def standardized(given: dict[str, np.ndarray]) -> np.ndarray:
    return ((given["severity"] - given["severity"].mean()) / given["severity"].std())[:, None]


@pytest.mark.slow
def test_an_effect_that_depends_on_a_covariate_is_followed_by_hazards_that_know_it() -> None:
    truth, errors = true_difference("treated"), {"alike": [], "known": []}
    for seed in range(20, 26):
        given = drawn(6000, seed, effect=-0.7)
        for name, known in (("alike", None), ("known", standardized(given))):
            found = compared(given, "treated", "standardization", modifiers=known)
            errors[name].append(found.one("risk", DAY)["estimate"] - truth)
    # The error of a mean of six is 0.6 points.
    assert np.mean(errors["alike"]) < -0.02
    assert abs(np.mean(errors["known"])) < 0.015


@pytest.mark.slow
@pytest.mark.parametrize("method", ["standardization", "doubly_robust"])
def test_influence_with_such_hazards_is_the_change_when_a_person_is_left_out(method: str) -> None:
    given = drawn(1200, 4)
    known = standardized(given)
    whole = compared(given, "everyone", method, leverage=1.0, modifiers=known)
    gap = (whole.influence["A"] - whole.influence["B"])[:, 0]
    picked = np.argsort(-np.abs(gap))[:6]
    change = []
    for one in picked:
        rest = {name: np.delete(values, one) for name, values in given.items()}
        without = compared(rest, "everyone", method, modifiers=np.delete(known, one, axis=0))
        change.append(whole.one("risk", DAY)["estimate"] - without.one("risk", DAY)["estimate"])
    assert np.corrcoef(gap[picked], change)[0, 1] > 0.998
    assert gap[picked] @ change / (gap[picked] @ gap[picked]) == pytest.approx(1, abs=0.05)


def test_balance_by_hand() -> None:
    frame = pd.DataFrame({"age": [30.0, 40, 50, 40], "site_id": ["S1", "S2", "S1", "S1"]})
    found = covariate_balance(
        frame, np.array([0, 0, 1, 1]), np.array([1.0, 3, 1, 1]), labels=("a", "b")
    ).set_index(["covariate", "value"])
    # Variances 50 and 50; of the site 1/2 and 0.
    assert found.loc[("age", ""), "before"] == pytest.approx(-10 / 50**0.5)
    assert found.loc[("age", ""), "after"] == pytest.approx(-7.5 / 50**0.5)
    assert found.loc[("site_id", "S1"), "before"] == pytest.approx(-0.5 / 0.25**0.5)
    assert found.loc[("site_id", "S1"), "after"] == pytest.approx(-0.75 / 0.25**0.5)


def test_overlap_weights_without_a_ridge_balance_exactly() -> None:
    found = compared(drawn(300, 2), "overlap", "weighting", ridge=0.0)
    assert found.balance["after"].abs().max() < 1e-8 < 0.3 < found.balance["before"].abs().max()


def test_what_cannot_be_compared_is_said() -> None:
    given = drawn(100, 1)
    with pytest.raises(EstimateError) as pair:
        compared(given, "matched", "doubly_robust")
    assert str(pair.value) == (
        'The population "matched" is defined by its weights alone. Use method = "weighting", or the population '
        '"overlap".'
    )
    with pytest.raises(EmptyArmError) as empty:
        compare_known_arms([5, 5], [0, 1], [0, 0], pd.DataFrame(index=range(2)), labels=("a", "b"))
    assert str(empty.value) == "No one is in: b. Nothing can be compared."
    separated = given | {"severity": given["arm"] * 1.0}
    with pytest.raises(EstimateError, match="covariates predict the arm almost perfectly"):
        compared(separated, "everyone", "weighting", ridge=0.0)


@pytest.mark.parametrize(
    ("population", "method", "weighted_by"),
    [
        ("everyone", "doubly_robust", "propensity"),
        ("treated", "weighting", "entropy_balancing"),
        ("overlap", "standardization", "propensity"),
    ],
)
def test_people_who_count_twice_are_as_two(population: str, method: str, weighted_by: str) -> None:
    # Days on which many are lost are marked from a number of people on: the same days here.
    given = drawn(400, 3)
    found = compared(given, population, method, weighted_by=weighted_by)
    once, twice = found.again(np.ones(400)), found.again(np.full(400, 2.0))
    mine = (found.table["estimator"] == found.table["estimator"].iloc[0]).to_numpy()
    assert np.isnan(once[~mine]).all()
    assert once[mine] == pytest.approx(found.table["estimate"][mine], abs=1e-10)
    other = compared(
        {name: np.repeat(v, 2) for name, v in given.items()}, population, method, weighted_by=weighted_by
    )
    assert twice[mine] == pytest.approx(other.table["estimate"][mine], abs=1e-10)
    # Columns are scaled as in the whole, so ridges weigh a little otherwise.
    many = np.random.default_rng(1).multinomial(400, np.full(400, 1 / 400))
    mixed = {name: np.repeat(v, many) for name, v in given.items()}
    some = compared(mixed, population, method, weighted_by=weighted_by)
    risks = mine & ((found.table["estimand"] == "risk") & (found.table["statistic"] != "ratio")).to_numpy()
    expected = some.table["estimate"].to_numpy()[risks]
    assert found.again(many.astype(float))[risks] == pytest.approx(expected, abs=0.004)
    assert once[risks] != pytest.approx(expected, abs=0.02)


def test_without_loss_the_sums_by_day_are_the_same() -> None:
    given = drawn(300, 6)
    given["event"] = np.where((given["event"] == 0) & (given["days"] < DAY), 2, given["event"])
    for population in ("everyone", "overlap"):
        found = compared(given, population, "weighting")
        assert found.again(np.ones(300)) == pytest.approx(found.table["estimate"], abs=1e-10)


@pytest.mark.parametrize("method", ["standardization", "weighting", "doubly_robust"])
def test_an_arm_without_the_event_has_no_interval_and_no_ratio(method: str) -> None:
    given = drawn(900, 7)
    given["event"] = np.where((given["arm"] == 0) & (given["event"] == 1), 0, given["event"])
    found = compared(given, "everyone", method)
    none = "no one in a group has the event, so there is no interval"
    for statistic in ("difference", "ratio"):
        row = found.one("risk", DAY, statistic)
        assert (row["note"], np.isnan(row["conf_low"])) == (none, True)
    assert np.isnan(found.one("risk", DAY, "ratio")["estimate"])
    assert found.one("risk", DAY, "estimate", arm="A")["note"] == none
    assert found.one("risk", DAY, "estimate", arm="B")["note"] == ""
