"""A public function that gets another kind of thing says what to give, and raises no TypeError from within."""

import tomllib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import stepdown as sd
import stepdown.report
import support_analysis
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


def test_exact_words(cohort):
    people = sd.derive(cohort, STUDY)
    analysis = support_analysis.exact()
    whole = STUDY.model_copy(update={"analysis": None})
    for name, kind, remedy, call in (
        ("path", "NoneType", "Give the path of a cohort file.", lambda: sd.load(None)),
        ("path", "int", "Give the path of a cohort file.", lambda: sd.check_cohort(5)),
        ("path", "int", "Give the path of a study file.", lambda: sd.Study.read(5)),
        ("raw", "str", "Give the keys of a study file as a dictionary.", lambda: sd.Study.parse("x")),
        ("file", "int", "Give the name of the file as text.", lambda: sd.Study.parse({}, file=5)),
        ("cohort", "str", "Give what load or from_frames returns.", lambda: sd.derive("x", STUDY)),
        ("study", "str", "Give what Study.read returns.", lambda: sd.derive(cohort, "x")),
        ("quarter", "int", 'Give text, such as "2026Q3".', lambda: sd.derive(cohort, STUDY, quarter=3)),
        ("people", "str", "Give what derive returns.", lambda: sd.design("x", STUDY)),
        ("study", "str", "Give what Study.read returns.", lambda: sd.design(people, "x")),
        ("design", "str", "Give what design returns.", lambda: sd.estimate_design("x", STUDY)),
        ("study", "str", "Give what Study.read returns.", lambda: sd.estimate_design(sd.design(people, whole), "x")),
        ("table", "str", "Give a DataFrame of results.", lambda: sd.Results("x")),
        ("quarter", "int", 'Give text, such as "2026Q3".', lambda: sd.analyze("study.toml", quarter=3)),
        ("study", "int", "Give the path of a study file.", lambda: sd.run(5, out="out")),
        ("out", "int", "Give the path of a folder.", lambda: sd.run("study.toml", out=5)),
        ("path", "int", "Give the path of a file to write.", lambda: sd.write_analysis(analysis, 5)),
        ("path", "int", "Give the path of a file that write_analysis wrote.", lambda: sd.read_analysis(5)),
    ):  # fmt: skip
        with pytest.raises(StepdownError) as caught:
            call()
        assert (
            str(caught.value) == f"{name} is of type {kind}, which is not what this function takes. {remedy}"
        )
    cases = [
        (lambda: sd.analyze(cohort),
         "Give analyze a cohort and a study, or a study alone: analyze(cohort, study)."),
        (lambda: sd.analyze(sd.Study(title="T", seed=1)),
         "The study names no cohort file. Give the cohort too: analyze(cohort, study)."),
        (lambda: sd.run("study.toml", out="out", progress="x"),
         "progress is of type str. Give a function of one text, such as print."),
    ]  # fmt: skip
    for call, words in cases:
        with pytest.raises(StepdownError) as caught:
            call()
        assert str(caught.value) == words
    with pytest.raises(AttributeError) as caught:
        sd.report.nothing  # noqa: B018
    assert str(caught.value) == "module 'stepdown.report' has no attribute 'nothing'"


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
