"""Exact words in which keys of a study that contradict each other are refused, where no other test states them."""

import pytest

import stepdown as sd
from stepdown.errors import StudyError
from support_study import study

ADJUST = {"covariates": ["age"]}
PLAIN = {"design": "landmark", "day": 14}
CARE = {"level": ["iop", "php"], "within": 14}
THREE = {
    "early": {"label": "Step-down", "steps": [CARE]},
    "later": {"label": "Later", "steps": [CARE]},
    "none": {"label": "No step-down", "avoid": [CARE]},
}


def by_column(values: list[object], labels: list[str]) -> dict[str, object]:
    return {
        "contrast__arms": {"column": "sex", "values": values, "labels": labels},
        "analysis__primary": {"design": "baseline"},
    }


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (
            by_column(["female", "male"], ["Women", "Men", "Others"]),
            ".contrast.arms cannot be used: 2 values and 3 labels are given; give each value its own label",
        ),
        (
            by_column(["female", "male"], ["Women", "Women"]),
            ".contrast.arms cannot be used: a value or a label is given twice; give each value its own label",
        ),
        (
            by_column(["female", "female"], ["Women", "Men"]),
            ".contrast.arms cannot be used: a value or a label is given twice; give each value its own label",
        ),
        (
            {"contrast__arms": ["early", "early"]},
            " cannot be used: contrast.arms must name different strategies, each with a label of its own",
        ),
        (
            {"strategies__none__label": "Step-down"},
            " cannot be used: contrast.arms must name different strategies, each with a label of its own",
        ),
        (
            {"analysis__primary": PLAIN | {"start": "uniform"}},
            ".analysis.primary cannot be used: start is only for clone_censor_weight; leave it out",
        ),
        (
            {"analysis__primary": {"design": "clone_censor_weight", "day": 14}},
            ".analysis.primary cannot be used: clone_censor_weight has no day: its grace period is the `within` of the "
            "strategies",
        ),
        (
            {"analysis__adjust": ADJUST, "analysis__secondary": [{"design": "time_varying", "day": 14}]},
            ".analysis.secondary.1 cannot be used: time_varying has no day: care counts on the days on which it is "
            "received",
        ),
        (
            {"analysis__adjust": ADJUST | {"weights": "entropy_balancing", "population": "overlap"}},
            ".analysis.adjust cannot be used: entropy_balancing needs means that are known beforehand, and those of "
            '"overlap" are not; use population = "everyone" or "treated"',
        ),
        (
            {
                "analysis__adjust": ADJUST | {"weights": "entropy_balancing"},
                "analysis__primary": {"design": "clone_censor_weight"},
            },
            ".analysis cannot be used: entropy_balancing weighs groups known on one day, as at a landmark or at "
            'baseline; clone_censor_weight needs weights by day; use weights = "propensity"',
        ),
        (
            {
                "analysis__adjust": ADJUST | {"outcome_model": "cox", "method": "standardization"},
                "analysis__primary": PLAIN,
                "analysis__secondary": [{"design": "sequential_trials"}],
            },
            '.analysis cannot be used: outcome_model = "cox" is a model of groups known on one day, as at a landmark or '
            'at baseline; sequential_trials is not such a comparison; use outcome_model = "pooled_logistic"',
        ),
        (
            {
                "strategies": THREE,
                "contrast__arms": ["early", "later", "none"],
                "analysis__adjust": ADJUST,
                "analysis__primary": {"design": "matched", "day": 14},
            },
            ' cannot be used: analysis: matched compares two arms, and 3 are given; use design = "landmark" with adjust',
        ),
        (
            by_column(["a", "b", "c"], ["A", "B", "C"])
            | {"analysis__adjust": ADJUST, "analysis__primary": {"design": "matched"}},
            ' cannot be used: analysis: matched compares two arms, and 3 are given; use design = "baseline" with adjust',
        ),
        *(
            (
                by_column([0, 1], ["No", "Yes"])
                | {
                    "analysis__adjust": ADJUST,
                    "analysis__primary": PLAIN | {"design": "baseline", "day": None},
                    "analysis__secondary": [{"design": design}],
                },
                f" cannot be used: analysis: {design} is about strategies, and contrast.arms names a column; use "
                'design = "baseline", or name strategies',
            )
            for design in ("clone_censor_weight", "sequential_trials", "time_varying")
        ),
        (
            {
                "analysis__adjust": ADJUST | {"method": "none"},
                "analysis__secondary": [{"design": "sequential_trials"}],
            },
            '.analysis cannot be used: sequential_trials is always adjusted; use method = "doubly_robust" or "weighting"',
        ),
        (
            {"eligibility": [{"name": "Adults", "keep": {"column": "age", "at_least": low}} for low in (18, 21)]},
            " cannot be used: two eligibility steps have the same name; give each its own",
        ),
        (
            {"analysis__secondary": [PLAIN]},
            " cannot be used: analysis names a design twice with the same day; leave one of them out",
        ),
        (
            {
                "strategies__early": {"label": "No care", "avoid": [CARE]},
                "analysis__adjust": ADJUST,
                "analysis__secondary": [{"design": "time_varying"}],
            },
            " cannot be used: analysis: time_varying needs a strategy with steps, whose levels are the care that counts",
        ),
        (
            {"quarters": {"rebase_at": ["first quarter"]}},
            '.quarters.rebase_at cannot be used: it must hold quarters, such as "2026Q1"',
        ),
        (
            {"quarters": {"rebase_at": ["2026Q1", "2026Q1"]}},
            ".quarters.rebase_at cannot be used: a quarter is given twice; leave one out",
        ),
        (
            {"quarters": {"target": {"relapse": 0.3}}},
            ".quarters.target cannot be used: relapse is no series that is charted; use risk, early_risk, hazard, "
            'started_care, outcome_known, or a quality measure with its version, such as "fui@2"',
        ),
        (
            {"quarters": {"target": {"risk": 30}}},
            ".quarters.target cannot be used: risk is a share, from 0 to 1; write 30% as 0.3",
        ),
        (
            {"sensitivity": {"days": [7, 7]}},
            ".sensitivity.days cannot be used: an entry is given twice; leave one out",
        ),
    ],
)  # fmt: skip
def test_words_of_keys_that_contradict_each_other(changes: dict[str, object], words: str) -> None:
    with pytest.raises(StudyError) as caught:
        study(**changes)
    assert str(caught.value) == f"1 problem found:\n  1. study.toml{words}. Correct the key."


def test_a_landmark_that_is_not_there_cannot_be_moved() -> None:
    asked = study(
        analysis__primary={"design": "clone_censor_weight"}, analysis__adjust={"covariates": ["age"]}
    )
    with pytest.raises(StudyError) as caught:
        asked.replace(landmark=7)
    assert str(caught.value) == "1 problem found:\n  1. study has no landmark to move. Leave out landmark."


def test_a_key_that_is_no_text() -> None:
    with pytest.raises(StudyError) as caught:
        sd.Study.parse({1: "a"})  # type: ignore[dict-item]
    assert str(caught.value) == (
        "1 problem found:\n  1. study.toml has a key that is not text. Put each key in quotes."
    )
