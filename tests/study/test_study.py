"""The study file: what is read, and in which words the rest is refused."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from stepdown.errors import NotAvailableError, StudyError
from stepdown.schema import endpoints
from stepdown.study import Outcome, Study
from support_study import OPEN, raw, study

NAMES = ", ".join(spec.name for spec in endpoints() if spec.as_outcome)


def message(error: type[Exception] = StudyError, **changes: object) -> str:
    with pytest.raises(error) as caught:
        study(**changes)
    return str(caught.value)


def test_defaults_are_those_of_the_design() -> None:
    read = study()
    assert read.outcome.window == (30, 90)
    assert read.outcome.times == (30, 60, 90, 180, 365)
    assert (read.time_zero.event, read.time_zero.episode, read.time_zero.day_zero) == (
        "discharge",
        "first",
        "exclude",
    )
    assert read.labels == ("Step-down", "No step-down")
    assert read.analysis is not None
    assert read.analysis.primary.key == "landmark_14"


def test_a_study_cannot_be_changed() -> None:
    with pytest.raises(ValidationError):
        study().seed = 2  # type: ignore[misc]


def test_every_problem_is_named_at_once() -> None:
    text = message(title="", seed=None, color="red", outcome__windw=[30, 90])
    assert text == (
        "4 problems found:\n"
        "  1. study.toml.title is empty. Give it a text.\n"
        "  2. study.toml.seed is missing. Add the key.\n"
        "  3. study.toml.outcome.windw is not a known key. Remove it, or check its spelling. Known keys here: "
        "competing, endpoint, imputations, interval, missing, parameters, secondary, times, window, word.\n"
        "  4. study.toml.color is not a known key. Remove it, or check its spelling. Known keys here: analysis, "
        "care, checks, cohort, contrast, disclosure, dose, eligibility, equivalence, format, gates, measures, outcome, "
        "program, quarters, report, seed, sensitivity, sites, strategies, subgroups, time_zero, title."
    )


CLONES: dict[str, object] = {"analysis__primary": {"design": "clone_censor_weight"}}


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        (
            {"time_zero__event": "birth"},
            "study.toml.time_zero.event has a value that is not allowed. Allowed: 'discharge', 'admission' or "
            "'randomization'.",
        ),
        (
            {"outcome__window": [90, 30]},
            "study.toml.outcome cannot be used: window must begin before it ends. Correct the key.",
        ),
        (
            {"outcome__window": [30, 30]},
            "study.toml.outcome cannot be used: window must begin before it ends. Correct the key.",
        ),
        (
            {"outcome__window": [30, 400]},
            "study.toml.outcome cannot be used: window must end by the last of times. Correct the key.",
        ),
        (
            {"outcome__times": [90, 30]},
            "study.toml.outcome cannot be used: times must increase, without repeats. Correct the key.",
        ),
        (
            {"outcome__endpoint": "second_use@1"},
            f"study.toml.outcome cannot be used: endpoint is unknown; allowed: {NAMES}. Correct the key.",
        ),
        (
            {"outcome__missing": "guess"},
            "study.toml.outcome cannot be used: missing is not allowed for first_use@1; allowed: as_defined, positive, "
            "last, interval. Correct the key.",
        ),
        (
            {"outcome__endpoint": "mokri_2016@1", "outcome__missing": "positive"},
            "study.toml.outcome cannot be used: missing is not allowed for mokri_2016@1; allowed: as_defined, ignored, "
            "last, interval. Correct the key.",
        ),
        (
            {"outcome__parameters": {"days": 1}},
            "study.toml.outcome cannot be used: first_use@1 has no parameter days; allowed: none. Correct the key.",
        ),
        (
            {"outcome__endpoint": "readmission@1", "outcome__parameters": {"gap": 1}},
            "study.toml.outcome cannot be used: readmission@1 has no parameter gap; allowed: max_gap_days. Correct the "
            "key.",
        ),
        (
            {"outcome__endpoint": "readmission@1", "outcome__parameters": {"max_gap_days": "1"}},
            "study.toml.outcome.parameters.max_gap_days must be a whole number. Write it without quotes or decimals.",
        ),
        (
            {"outcome__endpoint": "readmission@1", "outcome__parameters": {"max_gap_days": 31}},
            "study.toml.outcome cannot be used: parameters.max_gap_days must be at least 0 and at most 30. Correct the "
            "key.",
        ),
        (
            {"outcome__endpoint": "regular_use@1", "outcome__parameters": {"days": 8}},
            "study.toml.outcome cannot be used: parameters.days must not exceed parameters.in_days. Correct the key.",
        ),
        (
            {"analysis__primary": {"design": "landmark"}},
            "study.toml.analysis.primary cannot be used: a landmark needs day, such as day = 14. Correct the key.",
        ),
        (
            {"analysis__primary": {"design": "baseline", "day": 3}},
            "study.toml.analysis.primary cannot be used: a baseline comparison has no day. Correct the key.",
        ),
        (
            {"analysis__primary": {"design": "landmark", "day": 90}},
            "study.toml cannot be used: analysis: the landmark must be before the end of outcome.window. Correct the "
            "key.",
        ),
        (
            {"analysis__primary": {"design": "landmark", "day": 7}},
            "study.toml cannot be used: analysis: day 7 comes before it is known who follows early, none; move the "
            "landmark to the last `within`, or shorten `within`. Correct the key.",
        ),
        (
            {"analysis__primary": {"design": "baseline"}},
            "study.toml cannot be used: analysis: strategies unfold after time zero, so they cannot be compared from "
            'time zero; use design = "landmark" with a day, or arms known by time zero. Correct the key.',
        ),
        (
            {"contrast__arms": ["early", "late"]},
            "study.toml cannot be used: contrast.arms names no strategy: late. Correct the key.",
        ),
        (
            {"contrast": None},
            "study.toml cannot be used: contrast and analysis.primary come together: give both, or neither. Correct "
            "the key.",
        ),
        (
            {"eligibility": [{"name": "Adults", "keep": {"column": "age"}}]},
            "study.toml.eligibility.1.keep cannot be used: give exactly one of at_least, at_most, is_in, not_in, "
            "known. Correct the key.",
        ),
        (
            {"strategies__early": {"label": "Empty"}},
            "study.toml.strategies.early cannot be used: a strategy needs steps, or levels of care to avoid. Correct "
            "the key.",
        ),
        ({"strategies__early__label": " "}, "study.toml.strategies.early.label is blank. Give it a text."),
        (
            {
                "contrast__arms": {"column": "treat", "values": [1, 0], "labels": ["", "Short"]},
                "analysis__primary": {"design": "baseline"},
            },
            "study.toml.contrast.arms cannot be used: labels must not be blank. Correct the key.",
        ),
        (
            {"contrast__arms": ["early"]},
            "study.toml.contrast.arms has too few entries. Add what is missing.",
        ),
        (
            {"contrast__arms": 3},
            "study.toml.contrast.arms has the wrong form. Compare it with the bundled files.",
        ),
        (
            {"eligibility": [{"name": "Adults", "keep": {"column": "age", "is_in": [[1]]}}]},
            "study.toml.eligibility.1.keep.is_in.1 has the wrong form. Compare it with the bundled files.",
        ),
        (
            {"analysis__primary": {"design": "naive"}},
            "study.toml.analysis.primary.design cannot be used: comparing those who ever start care with those who "
            "never do is refused: a person must stay free of relapse long enough to start, so care seems to protect "
            "even where it does nothing (immortal-time bias); use clone_censor_weight, or a landmark. Correct the key.",
        ),
        (
            {"analysis__adjust": {"covariates": ["age"], "population": "matched"}},
            'study.toml.analysis.adjust cannot be used: the population "matched" is defined by its weights alone; use '
            'method = "weighting", or population = "overlap". Correct the key.',
        ),
        (
            CLONES | {"analysis__adjust": {"covariates": ["age"], "population": "treated"}},
            "study.toml.analysis cannot be used: clone_censor_weight is about everyone: each discharge counts under "
            'every plan, so no group of treated people is set apart; use population = "everyone", or compare at a '
            "landmark. Correct the key.",
        ),
        (
            CLONES | {"analysis__adjust": {"covariates": ["age"], "method": "standardization"}},
            "study.toml.analysis cannot be used: clone_censor_weight censors people who depart from a plan, and only "
            'weights undo that; use method = "doubly_robust" or "weighting". Correct the key.',
        ),
        (
            {"analysis__adjust": {"covariates": ["age"], "method": "matching"}},
            "study.toml.analysis.adjust.method cannot be used: matching is a design of its own, about the treated: "
            'write { design = "matched", day = 14 } in primary or secondary. Correct the key.',
        ),
        (
            {"analysis__primary": {"design": "matched", "day": 14}},
            "study.toml.analysis cannot be used: matched needs adjust, whose covariates the propensity is estimated "
            "from. Correct the key.",
        ),
        (
            {"analysis__primary": {"design": "matched"}, "analysis__adjust": {"covariates": ["age"]}},
            "study.toml cannot be used: analysis: matched needs the day on which strategies are read, such as day = 14. "
            "Correct the key.",
        ),
        (
            {"analysis__primary": {"design": "landmark", "day": 14, "ratio": 2}},
            "study.toml.analysis.primary cannot be used: ratio, caliper and exact are only for matched. Correct the key.",
        ),
        (
            {"analysis__loss": {"covariates": ["age"]}},
            "study.toml.analysis cannot be used: loss needs adjust: unadjusted numbers assume that those lost had the "
            "same risk as those followed. Correct the key.",
        ),
        (
            {"analysis__primary": {"design": "sequential_trials"}},
            "study.toml.analysis cannot be used: sequential_trials needs adjust: without it, those who start on a day "
            "are compared with other people. Correct the key.",
        ),
        (
            {
                "analysis__primary": {"design": "sequential_trials"},
                "analysis__adjust": {"covariates": ["age"]},
                "contrast__arms": ["none", "early"],
            },
            "study.toml cannot be used: analysis: sequential_trials compares two plans of one step with the same "
            "levels, first one that starts care and then one that avoids it. Correct the key.",
        ),
        (
            {"analysis__primary": {"design": "landmark", "day": 14, "every": 1}},
            "study.toml.analysis.primary cannot be used: every and until are only for sequential_trials. Correct the key.",
        ),
        (
            {"analysis__primary": {"design": "time_varying"}, "analysis__adjust": {"covariates": ["age"]}},
            "study.toml.analysis cannot be used: time_varying describes the days in care and compares no plans; "
            "put it in secondary, and a comparison of plans in primary. Correct the key.",
        ),
        (
            {"analysis__primary": {"design": "sequential_trials", "day": 14}},
            "study.toml.analysis.primary cannot be used: sequential_trials has no day: its trials start on day 0 to "
            "`until`. Correct the key.",
        ),
        (
            {"outcome__window": [30, "90"]},
            "study.toml.outcome.window.2 must be a whole number. Write it without quotes or decimals.",
        ),
    ],
)
def test_contradictions_are_refused(changes: dict[str, object], problem: str) -> None:
    assert message(**changes) == f"1 problem found:\n  1. {problem}"


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"release": {"threshold": 11}}, "release"),
        ({"analysis__secondary": [{"design": "standardization"}]}, "analysis.secondary.1.design"),
    ],
)
def test_keys_of_later_versions_are_refused_by_name(changes: dict[str, object], key: str) -> None:
    text = message(NotAvailableError, **changes)
    assert f"study.toml.{key} is not available in this version: " in text
    assert text.endswith(". Remove the key.")


def test_a_study_built_in_python_is_checked_as_a_file_is() -> None:
    assert Study(**raw(gates=OPEN)) == study()
    assert Study(title="T", seed=1, outcome=Outcome(window=(0, 30))).outcome.window == (0, 30)
    with pytest.raises(StudyError) as caught:
        Study(title="T", outcome={"window": [90, 30]})
    assert str(caught.value) == (
        "2 problems found:\n"
        "  1. study.seed is missing. Add the key.\n"
        "  2. study.outcome cannot be used: window must begin before it ends. Correct the key."
    )
    with pytest.raises(NotAvailableError, match=r"study\.release is not available in this version: "):
        Study(title="T", seed=1, release={})


def test_a_file_must_name_its_format_and_its_cohort(tmp_path: Path) -> None:
    (tmp_path / "study.toml").write_text('title = "T"\n')
    with pytest.raises(StudyError) as caught:
        Study.read(tmp_path / "study.toml")
    assert [(one.table, one.column, one.what) for one in caught.value.problems] == [
        ("study.toml", name, "is missing") for name in ("format", "cohort", "seed")
    ]


def test_parameters_that_are_not_given_are_those_of_the_definition() -> None:
    read = study(
        outcome__endpoint="regular_use@1", outcome__parameters={"days": 5}, outcome__interval="midpoint"
    )
    assert read.outcome.settings == {"days": 5, "in_days": 7}
    assert study().outcome.settings == {}
    assert read.replace(seed=3).outcome == read.outcome


def test_replace_takes_another_definition_with_its_rules() -> None:
    read = study(outcome__endpoint="regular_use@1", outcome__parameters={"days": 5})
    other = read.replace(endpoint="readmission@1", parameters={"max_gap_days": 3}, missing="as_defined")
    assert other.outcome.settings == {"max_gap_days": 3}
    # Parameters belong to the definition: another one starts from its own.
    assert read.replace(endpoint="readmission@1").outcome.settings == {"max_gap_days": 1}
    found = read.replace(endpoint="first_use@1", missing="positive", interval="detected")
    assert (found.outcome.missing, found.outcome.interval) == ("positive", "detected")
    assert (
        found.replace(
            endpoint="regular_use@1", missing="as_defined", parameters={"days": 5}, interval="bounds"
        )
        == read
    )


def test_replace_changes_what_is_given_and_nothing_else() -> None:
    read = study()
    moved = read.replace(window=(14, 60), landmark=7)
    assert moved.outcome.window == (14, 60)
    assert moved.analysis is not None
    assert moved.analysis.primary.day == 7
    assert {step.within for step in (*moved.strategies["early"].steps, *moved.strategies["none"].avoid)} == {
        7
    }
    assert moved.replace(window=(30, 90), landmark=14) == read
    with pytest.raises(StudyError, match="window must begin before it ends"):
        read.replace(window=(60, 14))


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(StudyError) as caught:
        Study.read(tmp_path / "none.toml")
    assert str(caught.value) == ("1 problem found:\n  1. none.toml does not exist. Check the path.")
    (tmp_path / "bad.toml").write_text("format = \n")
    with pytest.raises(StudyError, match=r"bad\.toml is not valid TOML \(at line 1, column 10\)"):
        Study.read(tmp_path / "bad.toml")
    (tmp_path / "latin.toml").write_bytes(b'title = "\xe9"\n')
    with pytest.raises(StudyError, match=r"latin\.toml is not UTF-8 text"):
        Study.read(tmp_path / "latin.toml")


def test_the_callers_content_is_left_as_it_was() -> None:
    content = raw()
    before = repr(content)
    Study.parse(content)
    assert repr(content) == before


def test_the_last_discharge_of_a_client_is_refused_with_the_reason() -> None:
    with pytest.raises(StudyError) as caught:
        study(time_zero__episode="last")
    assert str(caught.value) == (
        '1 problem found:\n  1. study.toml.time_zero.episode cannot be used: "last" selects on the future, because a '
        'discharge is the last one only if the client never came back; use "first" or "all". Correct the key.'
    )


CLONES = {"analysis__primary": {"design": "clone_censor_weight"}, "analysis__adjust": {"covariates": ["age"]}}


def test_clones_are_compared_with_adjustment() -> None:
    asked = study(**CLONES)
    assert asked.analysis is not None
    assert asked.analysis.primary.key == "clone_censor_weight"
    assert asked.analysis.primary.start == "as_observed"
    assert asked.analysis.groups == ()


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"analysis__adjust": None}, "clone_censor_weight needs adjust, such as adjust"),
        (
            {"analysis__primary": {"design": "clone_censor_weight", "day": 14}},
            "clone_censor_weight has no day",
        ),
    ],
)
def test_what_clones_need_is_said(changes: dict[str, object], text: str) -> None:
    asked = CLONES | changes
    if changes.get("analysis__adjust", 1) is None:
        asked.pop("analysis__adjust")
    with pytest.raises(StudyError) as caught:
        study(**asked)
    assert text in str(caught.value)


PHP, IOP = {"level": ["php"], "within": 7}, {"level": ["iop"], "within": 14}


@pytest.mark.parametrize(
    ("steps", "text"),
    [
        ([PHP, IOP | {"after": "end", "min_weeks": 8, "min_hours": 9}], ""),
        ([IOP | {"min_weeks": 8}], ""),
        ([IOP], ""),
        (
            [IOP | {"min_hours": 9}],
            "min_hours is an amount a week, so it needs min_weeks, such as min_weeks = 8",
        ),
        ([IOP | {"after": "start"}], "the first step counts from time zero; leave out its after"),
        (
            [PHP, IOP | {"after": "end", "within": 0}],
            "a step after another needs within = 1 at least, the day after it",
        ),
        (
            [PHP | {"min_weeks": 2}, IOP | {"after": "end"}],
            "only the last step can have min_weeks: the next step ends the one before",
        ),
        (
            [PHP, PHP | {"after": "end"}],
            "a step of php cannot follow one of php: the next session of that care would start it; use min_weeks for "
            "care that goes on",
        ),
        (
            [PHP, IOP],
            "analysis: clone_censor_weight takes steps one after another; give every step but the first after = "
            '"start" or after = "end" (of the step before)',
        ),
    ],
)
def test_steps_that_follow_one_another(steps: list[dict[str, object]], text: str) -> None:
    changes = CLONES | {"strategies__early__steps": steps}
    if not text:
        assert study(**changes).follows_care
        return
    with pytest.raises(StudyError) as caught:
        study(**changes)
    assert f"cannot be used: {text}. Correct the key." in str(caught.value)


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        (
            {"strategies__early__avoid": [{"level": ["iop", "php"], "within": 30}]},
            "analysis: steps and avoid contradict each other on iop; leave the level out of one of them",
        ),
        (
            {"analysis__primary": {"design": "landmark", "day": 14}},
            "analysis: landmark reads who has started care by a day, and steps with after or min_weeks go on after it "
            "(early); use clone_censor_weight, or leave these keys out",
        ),
        (
            {"analysis__primary": {"design": "sequential_trials"}},
            "analysis: sequential_trials reads who has started care by a day, and steps with after or min_weeks go on "
            "after it (early); use clone_censor_weight, or leave these keys out",
        ),
        (
            {"strategies__early__steps": [], "strategies__early__avoid": [IOP]},
            "analysis: clone_censor_weight needs a plan with steps; all of them only avoid care",
        ),
    ],
)
def test_what_plans_that_unfold_cannot_be(changes: dict[str, object], text: str) -> None:
    base = CLONES | {"strategies__early__steps": [IOP | {"min_weeks": 8}]}
    with pytest.raises(StudyError) as caught:
        study(**(base | changes))
    assert f"cannot be used: {text}. Correct the key." in str(caught.value)


def test_care_to_avoid_has_no_weeks() -> None:
    with pytest.raises(StudyError, match="care to avoid has no after, min_weeks or min_hours"):
        study(strategies__none__avoid=[IOP | {"min_weeks": 2}])
