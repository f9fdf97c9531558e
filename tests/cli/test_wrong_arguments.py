"""A public function that gets another kind of thing says what to give, and raises no TypeError from within."""

import pytest

import stepdown as sd
from stepdown.errors import StepdownError

WRONG = {"none": None, "mapping": {"a": 1}, "list": ["x"], "number": 5, "object": object()}
STUDY = sd.Study.read("data/synthetic/programs/study.toml")


@pytest.fixture(scope="module")
def cohort():
    return sd.load("data/synthetic/programs/cohort.toml")


@pytest.mark.parametrize("wrong", WRONG.values(), ids=list(WRONG))
def test_refused_in_words(cohort, wrong):
    calls = [
        lambda: sd.load(wrong),
        lambda: sd.check_cohort(wrong),
        lambda: sd.analyze(wrong),
        lambda: sd.derive(wrong, STUDY),
        lambda: sd.derive(cohort, wrong),
        lambda: sd.design(wrong, STUDY),
    ]
    calls += [] if wrong is None else [lambda: sd.derive(cohort, STUDY, quarter=wrong)]
    for call in calls:
        with pytest.raises(StepdownError, match=r"which is not what this function takes\. Give "):
            call()
