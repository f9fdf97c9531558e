"""Other largest weights: which studies have them, what they change, and what is not made unless it is asked for."""

from typing import Any

import numpy as np
import pytest

from stepdown.cohort import derive, eligible, with_outcome
from stepdown.compare import design
from stepdown.compare.adjusted_arms import compare_arms
from stepdown.compare.sensitivity import up_to_window, varied_studies
from stepdown.errors import StudyError
from stepdown.estimate.design_rows import estimate_end
from stepdown.results import bind
from stepdown.sections.sensitivity import text
from stepdown.sections.sensitivity.rows import sensitivity_rows
from stepdown.study import Study
from support_cohort import draw
from support_sensitivity import analysis, answer
from support_study import study

AGE: dict[str, Any] = {"covariates": ["age"]}
MAIN = answer("primary", "landmark_14", (-0.10, -0.15, -0.05))


def test_which_studies_have_other_caps() -> None:
    def caps(**changes: Any) -> list[str]:
        base = up_to_window(study(**changes))
        return [one.value for one in varied_studies(base, ("weight_caps",), (7,)) if one.kind == "truncation"]

    assert caps(analysis__adjust=AGE) == ["5", "10", "50"]
    assert caps(analysis__adjust=AGE | {"weight_cap": 10}) == ["5", "50"]
    for design_of_trials in ("clone_censor_weight", "sequential_trials"):
        primary = {"design": design_of_trials}
        assert caps(analysis__primary=primary, analysis__adjust=AGE) == ["5", "10", "50"]
    assert caps(analysis__adjust=AGE | {"method": "weighting"}) == []
    assert caps(analysis__primary={"design": "matched", "day": 14}, analysis__adjust=AGE) == []
    assert caps() == []


def test_a_cap_that_nothing_uses_is_refused() -> None:
    with pytest.raises(StudyError) as error:
        study(analysis__adjust=AGE | {"method": "weighting", "weight_cap": 10})
    assert 'weight_cap is only for method = "doubly_robust": nothing else caps weights' in str(error.value)
    with pytest.raises(StudyError):
        study(analysis__adjust=AGE | {"weight_cap": 1})


def uneven(size: int = 240) -> str:
    """Return clients of whom the old hardly ever start care, and the young mostly do."""
    rng = np.random.default_rng(6)
    lines = []
    for k in range(size):
        age = 20 + k % 50
        starts = rng.random() < 1 / (1 + np.exp((age - 30) / 6))
        use = f" | + {int(rng.integers(16, 88))}" if rng.random() < 0.3 else ""
        lines.append(
            f"p{k}: stay -28..0 | follow 0..100{use}{f' | iop {k % 13}' if starts else ''} | age {age}"
        )
    return "\n".join(lines)


def test_the_cap_of_a_study_is_that_of_its_weights() -> None:
    cohort = draw(uneven())

    def found(asked: Study) -> tuple[float, float]:
        people = derive(cohort, asked)
        made = design(people, asked)
        table = compare_arms(people, made, made.readings[0], asked).table
        mine = table[
            (table["estimand"] == "risk") & (table["statistic"] == "difference") & (table["time"] == 76)
        ]
        by = mine.set_index("estimator")["estimate"]
        return float(by["doubly_robust"]), float(by["uncapped"])

    first, uncapped = found(study(analysis__adjust=AGE))
    assert found(study(analysis__adjust=AGE | {"weight_cap": 20})) == (first, uncapped)
    # A cap above all weights is none; a small one moves the estimate, and the uncapped one stays.
    assert found(study(analysis__adjust=AGE | {"weight_cap": 1e6}))[0] == pytest.approx(uncapped, abs=1e-12)
    low, same = found(study(analysis__adjust=AGE | {"weight_cap": 2}))
    assert same == pytest.approx(uncapped, abs=1e-12)
    assert abs(low - uncapped) > 1e-4


def test_what_is_not_asked_for_is_listed_with_how_to_ask() -> None:
    asked = study(sensitivity={"analyses": ["landmarks"]})
    leaves = ["left_against_advice" if k % 5 == 0 else "completed" for k in range(240)]
    chosen = eligible(
        draw(uneven(), discharge_reason=leaves, site_id=[f"s{k % 3}" for k in range(240)]), asked
    )
    people = with_outcome(chosen, asked)
    found = sensitivity_rows(chosen, people, bind([estimate_end(design(people, asked), asked)]), asked).table
    rows = found[found["variant"] == "made=no"]
    assert dict(zip(rows["term"], rows["note"], strict=True)) == {
        kind: f'not asked for: add "{name}" to sensitivity.analyses'
        for kind, name in (("against_advice", "against_advice"), ("site", "sites"))
    }
    assert (rows["statistic"] == "not_estimated").all()


def test_the_words_of_what_is_not_made() -> None:
    given = analysis(
        MAIN,
        answer("truncation", "5", (-0.11, -0.2, -0.02)),
        *(answer(kind, reason="not asked for") | {"variant": "made=no"} for kind in ("grace_period", "start_law")),
    )  # fmt: skip
    ((_, one),) = text.primary_pairs(given)
    assert (
        text.in_short(given, one)
        .paragraphs[0]
        .startswith(
            "“A” compared with “B”: the main result is 10 fewer relapses per 100 discharges by day 90 (95% CI 5 to "
            "15 fewer). The one other analysis that could be defended points the same way."
        )
    )
    table = text.table(given, one)
    assert [row[0] for row in table.rows] == ["Main result", "Weights of at most 5"]
    assert table.notes[1] == (
        "Not made, because the study file does not ask for it (`analyses` of `[sensitivity]`): other grace periods and "
        "other rules for when care starts."
    )
