"""Verdicts on cited figures: each rule, and the exact words."""

import math

import pytest

from stepdown.replicate import Claim, claims
from stepdown.replicate.verdict import RealEstimate, Verdict, judge


def claim(name: str) -> Claim:
    return next(one for one in claims() if one.id == name)


def found(value: float, low: float, high: float) -> RealEstimate:
    return RealEstimate(value=value, low=low, high=high, source="own cohort")


@pytest.mark.parametrize(
    ("name", "estimate", "verdict", "reason"),
    [
        (
            "C07", found(1.4, 1.2, 1.6), "differs",
            "own cohort: 1.40 (95% CI 1.20 to 1.60); the figure is 2.70. The interval excludes it.",
        ),
        (
            "C07", found(2.2, 1.5, 3.2), "agrees",
            "own cohort: 2.20 (95% CI 1.50 to 3.20); the figure is 2.70. The interval holds it.",
        ),
        (
            "C07", found(1.7, 0.9, 3.2), "too imprecise",
            "own cohort: 1.70 (95% CI 0.90 to 3.20); the figure is 2.70. The interval holds it, and no effect too.",
        ),
        (
            "C01", found(0.55, 0.50, 0.60), "agrees",
            "own cohort: 0.55 (95% CI 0.50 to 0.60); the figure is 0.40 to 0.60. The interval holds it.",
        ),
        (
            "C01", found(0.50, 0.35, 0.65), "too imprecise",
            "own cohort: 0.50 (95% CI 0.35 to 0.65); the figure is 0.40 to 0.60. The interval holds it, and is more "
            "than 20 points wide.",
        ),
        (
            "C12", found(0.54, 0.52, 0.56), "differs",
            "own cohort: 0.54 (95% CI 0.52 to 0.56); the figure is under 0.43. The interval excludes it.",
        ),
    ],
)  # fmt: skip
def test_verdicts_in_words(name: str, estimate: RealEstimate, verdict: str, reason: str) -> None:
    judged = judge(claim(name), estimate)
    assert (judged.verdict, judged.reason) == (verdict, reason)


def test_what_cannot_be_judged_says_why() -> None:
    assert judge(claim("C23"), None) == Verdict(
        verdict="cannot be judged",
        reason="It would need a measure of how clients see IOP, which no table holds.",
    )
    lacking = judge(claim("C07"), None, lacking=("discharges.appointment_scheduled",))
    assert lacking.reason == "The data lack discharges.appointment_scheduled."
    assert judge(claim("C07"), None).reason == "No real data answer it."
    assert judge(claim("C07"), found(2.0, math.nan, math.nan)).verdict == "cannot be judged"
    assert judge(claim("C16"), None).reason == (
        "The claim states no figure that an estimate could be held against."
    )


def test_changing_a_figure_changes_its_verdict() -> None:
    real = found(1.4, 1.2, 1.6)
    assert judge(claim("C07"), real).verdict == "differs"
    assert judge(claim("C07").model_copy(update={"low": 1.5, "high": 1.5}), real).verdict == "agrees"


def test_the_three_rules_by_hand() -> None:
    # C07 at 1,840 people: 2.44 to 3.00. An estimate of 2.5 (1.9 to 3.3) has the direction, is inside, and differs by
    # log(2.7 / 2.5) = 0.077 with an error of sqrt(0.053^2 + 0.141^2) = 0.150: 0.5 errors.
    judged = judge(claim("C07"), found(2.5, 1.9, 3.3))
    assert (judged.same_direction, judged.inside, judged.close) == ("yes", "yes", "yes")
    other = judge(claim("C07"), found(1.3, 0.9, 1.9))
    assert (other.same_direction, other.inside, other.close) == ("no", "no", "no")


def test_without_a_number_of_people_the_rules_are_not_available() -> None:
    judged = judge(claim("C01"), found(0.5, 0.45, 0.55))
    assert (judged.same_direction, judged.inside, judged.close) == ("not available",) * 3


@pytest.mark.parametrize(
    ("name", "estimate", "words"),
    [
        ("C03", found(0.72, 0.67, 0.76), "It is 13 points above the figure (95% CI 8 above to 17 above)."),
        ("C03", found(0.55, 0.50, 0.60), "It is 4 points below the figure (95% CI 9 below to 1 above)."),
        ("C07", found(1.35, 1.08, 1.89), "It is 0.50 times the figure (95% CI 0.40 to 0.70)."),
        ("C01", found(0.55, 0.50, 0.60), "It lies in the range of the figure."),
        (
            "C01", found(0.70, 0.65, 0.75),
            "It is 10 points above the nearest end of the figure (95% CI 5 above to 15 above).",
        ),
    ],
)  # fmt: skip
def test_how_far_an_estimate_is_from_the_figure(name: str, estimate: RealEstimate, words: str) -> None:
    assert judge(claim(name), estimate).difference == words
