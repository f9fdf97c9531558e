"""A definition that cannot occur in some data, or cannot fail to, is no 0% and no 100%."""

import pytest

from stepdown.cohort import derive, eligible
from stepdown.cohort.relapse.daily.occurrence import cannot_be_judged
from support_cohort import draw
from support_study import described

STAY = "stay -28..0 | follow 0..90"
ONE_CALL = f"a: {STAY} | + 30\nb: {STAY} | - 30\nc: {STAY}"
TWO_CALLS = f"a: {STAY} | - 30 | - 60\nb: {STAY} | - 30\nc: {STAY}"
BACK = f"a: {STAY}\na: stay 40..60\nb: {STAY}"
LONG_AGO = f"a: stay -90..-60\na: {STAY}\nb: {STAY}"


@pytest.mark.parametrize(
    ("text", "changes", "reason"),
    [
        (ONE_CALL, {"outcome__endpoint": "first_use@1"}, ""),
        (ONE_CALL, {"outcome__endpoint": "two_positives@1"}, "no client has 2 findings after day 0."),
        # Two contacts could have shown it: nobody relapsed.
        (TWO_CALLS, {"outcome__endpoint": "two_positives@1"}, ""),
        (BACK, {"outcome__endpoint": "readmission@1"}, ""),
        (
            LONG_AGO,
            {"outcome__endpoint": "readmission@1"},
            "no later stay is recorded for any client.",
        ),
    ],
)  # fmt: skip
def test_what_the_data_can_show(text: str, changes: dict[str, object], reason: str) -> None:
    text = text.replace("a: stay -90..-60", "a: stay -90..-60 | age 17").replace(STAY, f"{STAY} | age 30")
    if reason.startswith("no later"):
        changes = changes | {"eligibility": [{"name": "Adults", "keep": {"column": "age", "at_least": 18}}]}
    asked = described(**changes)
    cohort = draw(text)
    found = cannot_be_judged(eligible(cohort, asked).given, derive(cohort, asked), asked)
    assert found == (f"Cannot be judged from these data: {reason}" if reason else "")


def test_a_rule_that_counts_everyone() -> None:
    text = f"a: {STAY}\nb: {STAY} | - 60\nc: {STAY}"
    asked = described(outcome__missing="positive")
    cohort = draw(text, visits=(30,))
    found = cannot_be_judged(eligible(cohort, asked).given, derive(cohort, asked), asked)
    assert found == "Cannot be judged from these data: under this rule every discharge counts as an event."
    one = f"{text}\nd: {STAY} | - 30"
    cohort = draw(one, visits=(30,))
    assert cannot_be_judged(eligible(cohort, asked).given, derive(cohort, asked), asked) == ""


def test_everyone_found_positive_is_a_result() -> None:
    asked = described(outcome__missing="positive")
    cohort = draw(f"a: {STAY} | + 30\nb: {STAY} | + 60 | - 30", visits=(30,))
    assert cannot_be_judged(eligible(cohort, asked).given, derive(cohort, asked), asked) == ""
