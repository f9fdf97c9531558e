"""Verdicts of gates, worked out by hand, in their exact words."""

import math
import tomllib

import numpy as np
import pandas as pd
import pytest

from stepdown.checks import GateVerdict, GateWords, judge, judge_comparison, withheld
from stepdown.compare.covariate_balance import covariate_balance
from stepdown.compare.known_arms import ArmComparison, compare_known_arms
from stepdown.compare.weight_support import WeightSupport, weight_support
from stepdown.errors import StudyError
from stepdown.study import Gates, Study
from support_study import raw

WORDS = GateWords(labels={"home_environment": "Home environment"}, discharges=200, quarters=4, risk=0.25)
SIZES = pd.DataFrame({"arm": ["IOP", "none"], "effective_size": [100.0, 100.0]})
MORE_ALIKE = (
    "Adjust for it more closely with a formula, compare those who could have gone either way "
    '(population = "overlap" at a landmark), or exclude people without a counterpart by eligibility.'
)


def balance(*rows: tuple[str, str, float, float]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["covariate", "value", "after", "error"])
    return frame.assign(arm="IOP", reference="none")


def of_balance(*rows: tuple[str, str, float, float]) -> GateVerdict:
    (found,) = (one for one in judge(SIZES, balance(*rows), Gates(), WORDS) if one.gate == "balance")
    return found


def of(column: str, value: float, **others: float) -> GateVerdict:
    row = pd.DataFrame({"arm": ["IOP"], column: [value]} | {name: [one] for name, one in others.items()})
    (found,) = judge(row, pd.DataFrame(), Gates(), WORDS)
    return found


def test_standard_error_of_a_weighted_difference_by_hand() -> None:
    # Arm a: x = 0, 1, 1 with weights 1, 1, 2: mean 0.75, V = (0.5625 + 0.0625 + 4 * 0.0625) / 16 = 0.0546875.
    # Arm b: x = 0, 0, 1 with weights 1, 1, 2: mean 0.50, V = (0.25 + 0.25 + 4 * 0.25) / 16 = 0.09375.
    # The variance of x is 1/3 in both.
    found = covariate_balance(
        pd.DataFrame({"x": [0.0, 1, 1, 0, 0, 1]}), np.array([0, 0, 0, 1, 1, 1]), np.array([1.0, 1, 2, 1, 1, 2]),
        labels=("a", "b"),
    )  # fmt: skip
    assert found["after"].item() == pytest.approx(0.25 * math.sqrt(3))
    assert found["error"].item() == pytest.approx(math.sqrt((0.0546875 + 0.09375) * 3))
    # Shares at 0: 1/4 of the weight of a, 2/4 of that of b.
    assert found["largest_gap"].item() == pytest.approx(0.25)


def test_variances_and_distributions_after_weighting_by_hand() -> None:
    # a: 0, 2, 4 with weights 1, 2, 1: mean 2, variance (4 + 0 + 4) / 4 = 2. b: 1, 2, 3 alike: mean 2, variance 2/3.
    # Shares up to 0: 1/4 and 0; to 1: 1/4 and 1/3; to 2: 3/4 and 2/3; to 3: 3/4 and 1; so 1/4 at most.
    found = covariate_balance(
        pd.DataFrame({"x": [0.0, 2, 4, 1, 2, 3]}), np.array([0, 0, 0, 1, 1, 1]), np.array([1.0, 2, 1, 1, 1, 1]),
        labels=("a", "b"),
    )  # fmt: skip
    assert found[["variance_ratio", "largest_gap"]].iloc[0].tolist() == pytest.approx([3.0, 0.25])


def test_error_of_a_weighted_difference_is_its_spread_over_samples() -> None:
    rng = np.random.default_rng(20261129)
    arm = np.repeat([0, 1], 150)
    rows = []
    for _ in range(400):
        x, weight = rng.normal(size=300), rng.uniform(0.5, 3.0, 300)
        rows.append(covariate_balance(pd.DataFrame({"x": x}), arm, weight, labels=("a", "b")).iloc[0])
    found = pd.DataFrame(rows)
    # The spread of 400 samples is known to 3.5%.
    assert found["error"].mean() == pytest.approx(found["after"].astype(float).std(), rel=0.1)


def test_support_of_weights_by_hand() -> None:
    # (1 + 1 + 2)^2 / (1 + 1 + 4) = 2.667; by person: weights 2 and 2 of two people, (4)^2 / 8 = 2.
    weight = np.array([1.0, 1, 2, 0])
    assert weight_support(weight) == WeightSupport(carried=3, effective_size=16 / 6, largest_share=0.5)
    by_person = weight_support(weight, np.array([0, 0, 1, 2]))
    assert by_person == WeightSupport(carried=2, effective_size=2.0, largest_share=0.5)
    assert weight_support(np.zeros(2)) == WeightSupport(carried=0, effective_size=0.0, largest_share=0.0)


def test_balance_is_withheld_above_its_upper_limit() -> None:
    found = of_balance(("home_environment", "active_use", -0.25, 0.02), ("age", "", 0.22, 0.02))
    assert (found.status, found.value, found.limit) == ("withheld", 0.25, 0.2)
    assert found.sentence == (
        "After weighting, “IOP” and “none” still differ in home environment “active use”: 0.25 standard "
        "deviations (limit 0.2). They also differ in age."
    )
    # (1.96 * 0.02 / 0.1)^2 = 0.15: chance is no explanation.
    assert found.remedy == f"{MORE_ALIKE} More discharges alone will not remove it."


def test_balance_is_withheld_where_chance_does_not_explain_it() -> None:
    # 0.19 - 1.645 * 0.05 = 0.108, above 0.1; 0.18 - 0.082 = 0.098 is not.
    found = of_balance(("age", "", 0.19, 0.05))
    assert (found.status, found.limit) == ("withheld", 0.1)
    assert found.sentence == (
        "After weighting, “IOP” and “none” still differ in age: 0.19 standard deviations, above 0.1 by more than "
        "chance explains with 100 and 100 effective people."
    )
    assert of_balance(("age", "", 0.18, 0.05)).status == "warning"


def test_balance_warns_where_chance_explains_it() -> None:
    found = of_balance(("age", "", 0.104, 0.12), ("warm_handoff", "true", 0.05, 0.1))
    assert (found.status, found.limit) == ("warning", 0.1)
    assert found.sentence == (
        "After weighting, “IOP” and “none” still differ in age: 0.104 standard deviations (limit 0.1), which chance "
        "can explain with 100 and 100 effective people."
    )
    # (1.96 * 0.12 / 0.1)^2 = 5.53 times 200 discharges of 4 quarters.
    assert found.remedy == (
        f"{MORE_ALIKE} If the difference is chance, it takes about 1,107 discharges in all, 23 quarters as at "
        "present."
    )


def test_balance_passes_and_names_the_largest_difference() -> None:
    found = of_balance(("age", "", 0.03, 0.1), ("sex", "male", -0.06, 0.1))
    assert (found.status, found.remedy) == ("passed", "")
    assert found.sentence == (
        "After weighting, “IOP” and “none” differ in no characteristic by more than 0.1 standard deviations; the "
        "largest difference is in sex “male”, 0.06."
    )


def test_chance_goes_by_the_effective_sizes_where_no_error_is_known() -> None:
    # sqrt(1/100 + 1/100) = 0.1414: 0.19 - 0.2326 is below 0.1.
    assert of_balance(("age", "", 0.19, math.nan)).status == "warning"
    large = SIZES.assign(effective_size=10_000.0)
    found = judge(large, balance(("age", "", 0.19, math.nan)), Gates(), WORDS)
    assert withheld(found)


def test_groups_without_a_value_in_common_are_withheld() -> None:
    found = of_balance(("sex", "male", math.inf, math.nan))
    assert found.status == "withheld"
    assert found.sentence == (
        "After weighting, “IOP” and “none” still differ in sex “male”: no overlap (limit 0.2)."
    )


def test_too_few_effective_people_are_withheld() -> None:
    found = of("effective_size", 40.0, carried=80.0)
    assert (found.status, found.value, found.limit) == ("withheld", 40.0, 50.0)
    assert found.sentence == "After weighting, “IOP” rests on 40 people (limit 50)."
    assert found.remedy == "It takes about 250 discharges in all, 5 quarters as at present."


def test_a_small_share_of_effective_people_warns() -> None:
    found = of("effective_size", 60.0, carried=240.0)
    assert (found.status, found.value, found.limit) == ("warning", 0.25, 0.3)
    assert found.sentence == "After weighting, “IOP” rests on 60 of 240 people, 25% of them (limit 30%)."
    assert found.remedy == (
        "A few people with large weights count for many. Look for people who could hardly have been in this "
        "group, and exclude them by eligibility."
    )
    assert of("effective_size", 60.0, carried=100.0).sentence == (
        "After weighting, “IOP” rests on 60 of 100 people."
    )


def test_few_events_are_withheld_and_never_counted() -> None:
    found = of("events", 9, carried=30.0)
    assert (found.status, found.limit) == ("withheld", 10)
    assert math.isnan(found.value)
    assert found.sentence == "“IOP” has fewer than 10 relapses by day 90."
    # At the risk of everybody, 25%, 10 relapses take 40 people: 4/3 of the 30 of the group.
    assert found.remedy == (
        "It takes at least 10 relapses by day 90 in each group. At the risk of everybody together that is about "
        "267 discharges in all, 6 quarters as at present."
    )
    same = {of("events", events, carried=30.0) for events in range(10)}
    assert len({(one.sentence, one.remedy) for one in same}) == 1


def test_events_between_the_limits_warn() -> None:
    assert of("events", 19).sentence == "“IOP” has fewer than 20 relapses by day 90."
    assert of("events", 19).status == "warning"
    assert of("events", 20).sentence == "“IOP” has at least 20 relapses by day 90."
    assert of("events", 20).status == "passed"


@pytest.mark.parametrize(
    ("share", "status", "sentence"),
    [
        (0.42, "withheld", "The outcome by day 90 is known for 42% of “IOP” (limit 50%)."),
        (0.5, "warning", "The outcome by day 90 is known for 50% of “IOP” (limit 70%)."),
        (0.7, "passed", "The outcome by day 90 is known for 70% of “IOP”."),
    ],
)
def test_unknown_outcomes(share: float, status: str, sentence: str) -> None:
    found = of("outcome_known", share)
    assert (found.status, found.sentence) == (status, sentence)
    if status == "withheld":
        assert found.remedy == (
            "It takes the outcome of about 8 more of every 100 discharges due. More quarters help only if more "
            "people are followed in them."
        )


@pytest.mark.parametrize(
    ("share", "status", "sentence"),
    [
        (0.12, "withheld", "One person has 12.0% of the weight of “IOP” (limit 10%)."),
        (0.06, "warning", "One person has 6.0% of the weight of “IOP” (limit 5%)."),
        (0.05, "passed", "Nobody has more than 5% of the weight of “IOP”."),
    ],
)
def test_one_heavy_person(share: float, status: str, sentence: str) -> None:
    found = of("largest_share", share)
    assert (found.status, found.sentence) == (status, sentence)
    if status == "withheld":
        assert found.remedy == (
            "It takes about 240 discharges in all, 5 quarters as at present, or leaving out, by eligibility, people "
            "who could hardly have been in this group."
        )


def test_limits_of_the_study_file_are_used() -> None:
    wide = Gates.model_validate({"effective_size": {"withhold": 30}})
    row = pd.DataFrame({"arm": ["IOP"], "effective_size": [40.0], "carried": [80.0]})
    (found,) = judge(row, pd.DataFrame(), wide, WORDS)
    assert found.status == "passed"


def randomized(rng: np.random.Generator, size: int) -> tuple[ArmComparison, tuple[GateVerdict, ...]]:
    """Return the adjusted comparison of a randomized cohort with so many an arm, and its verdicts."""
    many = 2 * size
    covariates = pd.DataFrame({
        "age": rng.normal(38, 12, many), "sex": rng.choice(["male", "female"], many, p=[0.65, 0.35]),
        "severity": rng.choice(["mild", "moderate", "severe"], many, p=[0.17, 0.35, 0.48]),
        "home": rng.choice(["stable", "unstable"], many, p=[0.8, 0.2]),
        "substance": rng.choice(["alcohol", "opioids", "other"], many, p=[0.35, 0.35, 0.3]),
    })  # fmt: skip
    arm = rng.permutation(np.repeat([0, 1], size))
    event = np.ceil(rng.exponential(1 / (0.006 * np.exp(0.5 * (covariates["severity"] == "severe")))))
    lost = np.minimum(np.ceil(rng.exponential(1000, many)), 90)
    found = compare_known_arms(
        np.minimum(event, lost), event <= lost, arm, covariates, labels=("IOP", "none"), method="weighting",
        times=(90,), window=None, rmst=None,
    )  # fmt: skip
    return found, judge_comparison(found, Gates(), GateWords(discharges=many, quarters=4, risk=0.4))


def test_randomized_cohorts_of_60_an_arm_are_shown() -> None:
    # Of 2,000 draws 3% are withheld (docs/validation.md).
    rng = np.random.default_rng(20261129)
    assert sum(withheld(randomized(rng, 60)[1]) for _ in range(30)) <= 3


def test_randomized_cohorts_of_30_an_arm_are_not() -> None:
    rng = np.random.default_rng(20261130)
    assert all(withheld(randomized(rng, 30)[1]) for _ in range(5))


def test_limits_are_within_sensible_ranges() -> None:
    for content, words in {
        "balance = { warn = 0 }": "balance.warn is too small. Write a number of at least 0.01.",
        "balance = { withhold = 99 }": "balance.withhold is too large. Write a number of at most 1.",
        "effective_size = { warn = 0 }": "effective_size.warn is too small. Write a number of at least 0.05.",
        "effective_size = { withhold = 0 }": "effective_size.withhold is too small. Write a number of at least 10.",
        "effective_size = { withhold = 50.5 }": "effective_size.withhold must be a whole number. Write it without "
        "quotes or decimals.",
        "events = { withhold = 0 }": "events.withhold is too small. Write a number of at least 5.",
        "outcome_known = { withhold = 0 }": "outcome_known.withhold is too small. Write a number of at least 0.1.",
        "outcome_known = { warn = 99 }": "outcome_known.warn is too large. Write a number of at most 1.",
        "largest_share = { withhold = 1 }": "largest_share.withhold is too large. Write a number of at most 0.5.",
        "largest_share = { warn = 0 }": "largest_share.warn is too small. Write a number of at least 0.01.",
        'events = { off = "yes" }': "events.off must be true or false. Write it without quotes.",
    }.items():
        with pytest.raises(StudyError) as caught:
            Study.parse(raw(gates=tomllib.loads(content)))
        assert str(caught.value).endswith(f" 1. study.toml.gates.{words}")


def test_a_gate_that_is_left_out_is_named() -> None:
    gates = Gates.model_validate({"events": {"off": True}})
    row = pd.DataFrame({"arm": ["IOP", "none"], "events": [3, 4], "effective_size": [90.0, 80.0]})
    found = judge(row, pd.DataFrame(), gates, WORDS)
    assert [(one.gate, one.arm, one.status) for one in found] == [
        ("effective_size", "IOP", "passed"), ("effective_size", "none", "passed"), ("events", "", "not_judged"),
    ]  # fmt: skip
    assert found[2].sentence == "The study file leaves this gate out: nothing is judged by it."
    assert not withheld(found)


def test_numbers_beside_their_limits_show_on_which_side_they_lie() -> None:
    assert of("effective_size", 49.7, carried=80.0).sentence == (
        "After weighting, “IOP” rests on 49.7 people (limit 50)."
    )
    assert of("outcome_known", 0.498).sentence == (
        "The outcome by day 90 is known for 49.8% of “IOP” (limit 50%)."
    )
    assert (
        of("largest_share", 0.10001).sentence == "One person has 10.00% of the weight of “IOP” (limit 10%)."
    )
    assert "0.2003 standard deviations (limit 0.2)" in of_balance(("age", "", 0.2003, 0.02)).sentence
    gates = Gates.model_validate({"outcome_known": {"withhold": 0.125, "warn": 0.5}})
    (found,) = judge(pd.DataFrame({"arm": ["IOP"], "outcome_known": [0.1]}), pd.DataFrame(), gates, WORDS)
    assert found.sentence == "The outcome by day 90 is known for 10% of “IOP” (limit 12.5%)."
