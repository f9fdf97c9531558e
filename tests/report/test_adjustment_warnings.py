"""What an adjustment cannot do with the data, in the exact words of the report."""

from dataclasses import replace

import pytest

import support_analysis
from stepdown.report.labels import adjusted_sentence
from stepdown.results import rows
from stepdown.sections.comparison.read import adjusted_by
from stepdown.sections.relapse.adjustment_text import support, warned
from support_cohort import draw
from support_study import study

BASE: dict[str, object] = {
    "analysis": "landmark_14",
    "estimand": "adjustment_warning",
    "statistic": "estimate",
}
WORDS = {
    "constant": ({"term": "sex"}, "sex is the same for everybody and was left out."),
    "alike": (
        {"term": "age", "level": "age_group"},
        "age and age group hold the same information (correlation above 0.99). Name one of them.",
    ),
    "unknown": (
        {"term": "age", "estimate": 61, "n": 100},
        "age is not known for 61 of 100 discharges, which count as a group of their own.",
    ),
    "drawn": (
        {"term": "age", "estimate": 61, "n": 100},
        "age is not known for 61 of 100 discharges; their values were drawn from what else is known of them.",
    ),
    "left_out": (
        {"estimate": 61, "n": 100},
        "61 of 100 discharges lack a covariate and are left out of the comparison.",
    ),
    "never": (
        {"term": "rural", "level": "True", "arm": "IOP", "estimate": 12},
        "none of the 12 discharges with rural “yes” is in “IOP”, so that for them the estimate rests on the outcome "
        "models alone. Join the value with others, or exclude them by eligibility, after which the numbers are about "
        "the others only.",
    ),
    "never_together": (
        {"term": "rural", "level": "True", "subgroup": "sex", "arm": "IOP", "estimate": 12},
        "none of the 12 discharges with rural “yes” and sex “F” is in “IOP”, so that for them the estimate rests on "
        "the outcome models alone. Join one of the values with others, or exclude them by eligibility, after which the "
        "numbers are about the others only.",
    ),
    "extreme": (
        {"estimate": 15, "n": 100},
        "15 of 100 discharges had a chance below 2% of one of the groups, given what is adjusted for. Adjust for less, "
        'set population = "overlap" where the design allows it, or exclude them by eligibility; the last two change '
        "whom the numbers are about.",
    ),
    "heavy": (
        {"arm": "IOP", "estimate": 0.31},
        "on some day one person has 31.0% of the weight of “IOP”. Look for people who could hardly have been in it.",
    ),
}


OTHERS = {
    "never_together": [
        BASE
        | {"variant": "warning=never_together", "statistic": "other", "arm": "IOP", "estimate": 12}
        | {"term": "sex", "level": "F", "subgroup": "rural"}
    ]
}
"""The second row of a pair of values."""


def test_what_nobody_has_is_no_group() -> None:
    found = rows([BASE | {"variant": "warning=unknown", "term": "age", "estimate": 61, "n": 61}])
    a = replace(support_analysis.exact(), results=found, labels={})
    said = "Check the adjustment: age is not known for anybody and was left out."
    assert list(warned(a, "landmark_14")) == [said]


@pytest.mark.parametrize("method", ["adjusted, weighting", "matching"])
def test_how_it_was_adjusted_is_read_without_imputations(method: str) -> None:
    row = {"analysis": "landmark_14", "estimand": "covariate_balance", "statistic": "after"}
    found = rows([row | {"method": f"{method}, 20 imputations pooled"}])
    assert adjusted_by(found, analysis="landmark_14") == method


@pytest.mark.parametrize(
    ("adjust", "drawn", "words"),
    [
        ({}, (), ": the risks had everyone compared been in each of the groups."),
        (
            {"weights": "entropy_balancing"}, (),
            ", by entropy balancing and outcome models: the risks had everyone compared been in each of the groups.",
        ),
        (
            {"weights": "entropy_balancing", "method": "weighting", "population": "treated"}, (),
            ", by entropy balancing: the risks had the people of the first group been in each of the groups.",
        ),
        (
            {"method": "standardization", "outcome_model": "cox"}, (),
            ", by standardization over Cox models of each group: the risks had everyone compared been in each of the "
            "groups.",
        ),
        (
            {"method": "standardization", "outcome_model": "fine_gray"}, (),
            ", by standardization over Fine-Gray models of each group: the risks had everyone compared been in each of "
            "the groups.",
        ),
        (
            {"formula": "bs(age, df=4) + sex + poly(age, 2):sex + age*severity"}, (),
            ": the risks had everyone compared been in each of the groups. The models also have a spline of age, the "
            "interaction of a polynomial of age with sex and the interaction of age with severity of the disorder.",
        ),
        (
            {"missing": "complete"}, (),
            ": the risks had everyone compared been in each of the groups. Discharges that lack a covariate were left "
            "out.",
        ),
        (
            {"missing": "multiple"}, ("age", "sex"),
            ": the risks had everyone compared been in each of the groups. Missing values of age and sex were imputed "
            "20 times by chained equations, and the estimates were pooled.",
        ),
    ],
)  # fmt: skip
def test_the_sentence_names_the_adjustment(
    adjust: dict[str, object], drawn: tuple[str, ...], words: str
) -> None:
    asked = study(
        contrast__arms={"column": "payer", "values": ["public", "private"], "labels": ["Public", "Private"]},
        analysis__primary={"design": "baseline"},
        analysis__adjust={"covariates": ["age", "sex", "severity"]} | adjust,
    )
    cohort = draw("c1: stay -28..0 | follow 0..90")
    said = adjusted_sentence(asked, cohort, "Arms.", key="baseline", drawn=drawn)
    assert said == f"Arms. Adjusted for age, sex and severity of the disorder{words}"


@pytest.mark.parametrize("kind", WORDS)
def test_each_warning_and_its_remedy(kind: str) -> None:
    given, words = WORDS[kind]
    found = rows([BASE | {"variant": f"warning={kind}"} | given, *OTHERS.get(kind, [])])
    a = replace(support_analysis.exact(), results=found, labels={})
    assert list(warned(a, "landmark_14")) == [f"Check the adjustment: {words}"]


@pytest.mark.parametrize(
    ("terms", "words"),
    [
        (["same_team"], "same team, which goes"),
        (["same_team", "referred", "intake"], "same team, referred and intake, which go"),
    ],
)
def test_columns_that_go_with_the_start_alone_are_named_among_what_it_rests_on(
    terms: list[str], words: str
) -> None:
    size = BASE | {"estimand": "effective_size", "estimate": 90.0}
    found = rows([size, *(BASE | {"variant": "warning=start_alone", "term": one} for one in terms)])
    a = replace(support_analysis.exact(), results=found, labels={})
    assert list(warned(a, "landmark_14")) == []
    assert list(support(a, "landmark_14"))[-1] == (
        f"Known beforehand and not adjusted for: {words} with the start of care and not visibly with relapse. As far as "
        "these data show, adjusting for that would widen the interval and remove no bias."
    )
