"""Which definitions a cohort can serve: what is refused, what is listed, and why the rest is not."""

import pytest

from stepdown.cohort import applicable, derive, not_applicable
from stepdown.cohort.relapse.daily import held
from stepdown.errors import DesignError
from stepdown.schema import NEEDS, endpoints
from support_cohort import draw
from support_study import described

pytestmark = pytest.mark.slow

STAY = "stay -28..0 | follow 0..90"
FOUR = "- 7 urine | ? 14 urine | refused 21 urine | + 28 urine"


@pytest.mark.parametrize(
    ("text", "has"),
    [
        (f"a: {STAY} | - 5 registry", {"use"}),
        (f"a: {STAY} | + 5 urine", {"use", "urine"}),
        # A sample that told nothing is no test that was held.
        (f"a: {STAY} | ? 5 urine | - 9 collateral", {"use", "due"}),
        (f"a: {STAY} | - 5 | - 7", {"use", "self_report"}),
        (f"a: {STAY} | - 5 | + 6", {"use", "self_report", "use_days"}),
        # Day by day means of one client, and dated.
        (f"a: {STAY} | - 5\nb: {STAY} | + 6", {"use", "self_report"}),
        (f"a: {STAY} | - 5 | + (1,6]", {"use", "self_report"}),
        (f"a: {STAY} | - 5 | + (5,6]", {"use", "self_report", "use_days"}),
        (f"a: {STAY} | + 5 claim", {"use", "claim"}),
        (f"a: {STAY} | - -28 registry | emergency 5 claim sud", {"use", "claim", "principal_sud"}),
        (f"a: {STAY} | + 5 claim possible", {"use", "claim", "certainty"}),
        (f"a: {STAY} | + 5 registry definite", {"use"}),
        (f"a: {STAY} | - 5 registry | admitted 30", {"use", "admissions"}),
        (f"a: {STAY} | - 5 registry | admitted 30 iop", {"use", "admissions", "stays"}),
        (f"a: {STAY} | - 5 registry\na: stay 40..60", {"use", "admissions", "stays"}),
        (f"a: {STAY} | - 5 registry | iop 7", {"use", "services"}),
        # Made or missed, in four weeks, for half of all clients.
        (f"a: {STAY} | {FOUR}\nb: {STAY}", {"use", "urine", "weekly_urine", "due"}),
        (f"a: {STAY} | {FOUR}\nb: {STAY}\nc: {STAY}", {"use", "urine", "due"}),
        (f"a: {STAY} | {FOUR.replace('28', '20')}\nb: {STAY}", {"use", "urine", "due"}),
        (f"a: {STAY} | {FOUR.replace('urine', 'registry')}", {"use"}),
    ],
)
def test_what_is_held(text: str, has: set[str]) -> None:
    assert held(draw(text)) == has


def test_every_need_is_declared() -> None:
    needs = {name for spec in endpoints() for need in spec.needs for name in need.split("|")}
    assert needs <= set(NEEDS)


def test_what_can_be_used_and_why_the_rest_cannot() -> None:
    cohort = draw(f"a: {STAY} | - 5 | + 30 | ? 60")
    daily = {
        "first_use",
        "two_positives",
        "regular_use",
        "seven_days",
        "readmission",
        "composite",
        "claim_definite",
    }
    assert [(spec.name, rule) for spec, rule in applicable(cohort)] == [
        (name, rule)
        for name in ("first_use@1", "two_positives@1")
        for rule in ("as_defined", "positive", "last", "interval")
    ]
    reasons = {(spec.id, rule): why for spec, rule, why in not_applicable(cohort) if spec.id in daily}
    assert reasons == {
        (
            "regular_use",
            "",
        ): "needs day-by-day reports of use: some client with reports on two consecutive days",
        (
            "seven_days",
            "",
        ): "needs day-by-day reports of use: some client with reports on two consecutive days",
        (
            "readmission",
            "",
        ): "needs a second stay of some client, or findings of admission with a level of care",
        ("claim_definite", ""): "needs claims with a certainty",
        ("composite", ""): (
            "needs a second stay of some client, or findings of admission with a level of care or claims that state "
            "whether the principal diagnosis is a substance use disorder"
        ),
    }


def test_rules_that_would_change_nothing_are_not_offered() -> None:
    dated = draw(f"a: {STAY} | + 30")
    assert [rule for spec, rule in applicable(dated) if spec.id == "first_use"] == ["as_defined"]
    assert {(rule, why) for spec, rule, why in not_applicable(dated) if spec.id == "first_use"} == {
        (
            rule,
            "no visit schedule is defined: no finding is missing, refused or inconclusive, and [schedule] "
            "is not stated",
        )
        for rule in ("positive", "last")
    } | {("interval", "there is no negative finding")}
    due = draw(f"a: {STAY} | + 30", visits=(30,))
    assert [rule for spec, rule in applicable(due) if spec.id == "first_use"] == [
        "as_defined",
        "positive",
        "last",
    ]


def test_every_definition_of_a_time_is_either_offered_or_explained() -> None:
    for text in (f"a: {STAY} | - 5", f"a: {STAY} | + 5 urine | ? 7 urine | - 9 urine"):
        cohort = draw(text)
        offered = {(spec.name, rule) for spec, rule in applicable(cohort)}
        refused = {(spec.name, rule) for spec, rule, _ in not_applicable(cohort)}
        asked = {(spec.name, rule) for spec in endpoints() if spec.as_outcome for rule in spec.missing}
        whole = {name for name, rule in refused if not rule}
        assert offered.isdisjoint(refused)
        assert {pair for pair in asked if pair[0] not in whole} == offered | {
            pair for pair in refused if pair[1]
        }


def test_a_study_is_refused_with_what_is_lacking() -> None:
    with pytest.raises(DesignError) as caught:
        derive(draw(f"a: {STAY} | + 30"), described(outcome__endpoint="mokri_2016@1"))
    assert str(caught.value) == (
        "mokri_2016@1 needs urine tests about every week: half or more of all clients with tests, made or missed, in "
        "four or more weeks after time zero; the cohort holds none. Map them in the cohort file, or choose another "
        "endpoint: `stepdown endpoints --cohort cohort.toml` shows which can be used."
    )
    with pytest.raises(DesignError) as caught:
        derive(draw(f"a: {STAY} | + 30"), described(outcome__missing="interval"))
    assert str(caught.value) == (
        'outcome.missing = "interval" cannot be used for first_use@1: there is no negative finding. Add this to the '
        'cohort file, or set missing = "as_defined".'
    )


def test_dropout_cannot_be_told_where_nothing_tells_what_was_due() -> None:
    text = f"a: {STAY} | - 7 urine | - 14 urine | + 21 urine | - 28 urine | ? 30"
    asked = described(outcome__endpoint="ctn0094_dropout@1")
    with pytest.raises(DesignError) as caught:
        derive(draw(text), asked)
    assert str(caught.value) == (
        "ctn0094_dropout@1 needs urine tests that were missed, refused or inconclusive, or a [schedule]; the cohort "
        "holds none. Map them in the cohort file, or choose another endpoint: `stepdown endpoints --cohort "
        "cohort.toml` shows which can be used."
    )
    due = draw(text, visits=(35, 42, 49, 56))
    assert list(derive(due, asked).table["confirmed"]) == [56]


def test_weekly_tests_of_a_stay_are_none_after_it() -> None:
    tests = "- -27 urine | - -20 urine | + -13 urine | - -6 urine"
    cohort = draw(f"a: stay -28..0 | follow -28..90 | {tests} | + 7 urine")
    assert "weekly_urine" in held(cohort)
    assert "weekly_urine" in held(cohort, event="admission")
    assert "weekly_urine" not in held(cohort, event="discharge")
    with pytest.raises(DesignError, match=r"^mokri_2016@1 needs urine tests about every week"):
        derive(cohort, described(outcome__endpoint="mokri_2016@1"))
    protocol = described(time_zero__event="admission", outcome__endpoint="mokri_2016@1")
    assert list(derive(cohort, protocol).table["days"]) == [21]


def test_what_is_offered_can_be_derived() -> None:
    text = (
        f"a: {STAY} | - 5 | + 6 urine | ? 7 | - 6 | admitted 30 residential | emergency 30 claim sud definite | "
        "- 12 urine | + 20 urine | refused 26 urine | - 33 urine"
    )
    cohort = draw(text, visits=(30,))
    offered = applicable(cohort)
    assert {spec.name for spec, _ in offered} == {spec.name for spec in endpoints() if spec.as_outcome}
    for spec, rule in offered:
        people = derive(cohort, described(outcome__endpoint=spec.name, outcome__missing=rule))
        assert len(people.table) == 1, (spec.name, rule)
