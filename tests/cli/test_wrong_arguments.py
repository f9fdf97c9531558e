"""A public function that gets another kind of thing says what to give, and raises no TypeError from within."""

import tomllib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import stepdown as sd
from stepdown.errors import ResultError, StepdownError, StudyError

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
        lambda: sd.estimate_design(wrong, STUDY),
        lambda: sd.Results(wrong),
    ]
    calls += [] if isinstance(wrong, dict) else [lambda: sd.Study.parse(wrong)]
    calls += [] if wrong is None else [lambda: sd.derive(cohort, STUDY, quarter=wrong)]
    for call in calls:
        with pytest.raises(StepdownError, match=r"which is not what this function takes\. Give "):
            call()


@pytest.mark.parametrize(
    "wrong", [pd.NA, {"a": 1}, [1, 2], np.array([1, 2]), pd.DataFrame({"a": [1]})], ids=repr
)
def test_a_value_of_a_study_or_of_a_search_is_refused_in_words(cohort, wrong):
    raw = tomllib.loads(Path("data/synthetic/programs/study.toml").read_text(encoding="utf-8"))
    for changed in (
        {"time_zero": raw["time_zero"] | {"episode": wrong}},
        {"analysis": raw["analysis"] | {"primary": raw["analysis"]["primary"] | {"design": wrong}}},
        {"analysis": raw["analysis"] | {"interval": {"method": wrong}}},
    ):
        with pytest.raises(StudyError):
            sd.Study.parse(raw | changed)
    results = sd.Results(pd.DataFrame({"estimand": ["risk"], "time": [90], "estimate": [0.25]}))
    for search in ({"estimand": wrong}, {"time": wrong}):
        with pytest.raises(ResultError, match=r"Give one text or one number\."):
            results.where(**search)
    people = sd.derive(cohort, STUDY)
    with pytest.raises(StepdownError, match="Give a comparison of the study, or leave it out"):
        sd.design(people, STUDY, choice=wrong)
    with pytest.raises(StepdownError, match="Give True or False"):
        sd.design(people, STUDY, unfollowed=wrong)
