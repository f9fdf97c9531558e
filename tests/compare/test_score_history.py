"""Scores that change after time zero: by hand, from a study, and in a world where care lowers the score."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import stepdown as sd
from stepdown.cohort import derive
from stepdown.compare.covariates import adjusted_for
from stepdown.compare.score_history import score_history
from stepdown.errors import DesignError
from stepdown.schema import DTYPES, Cohort
from stepdown.sections.relapse import text
from support_cohort import draw
from support_study import study
from tools.validation.score_adjustment import TRUE, one_draw, summary, true_difference


def rows(*given: tuple[int, float, float]) -> pd.DataFrame:
    return pd.DataFrame(given, columns=["row", "day", "value"]).assign(instrument="craving")


def test_a_score_counts_from_the_next_day_and_is_carried_forward() -> None:
    scores = rows((0, -3, 1), (0, 0, 2), (0, 3, 5), (2, 2, 8))
    found = score_history(scores, ("craving",), size=3, days=6, needed_by=5)
    assert found.names == ("craving", "craving not recent")
    assert found.values[0, :, 0].tolist() == [2, 2, 2, 2, 5, 5]
    # No score yet: the mean of all, marked.
    assert found.values[1].tolist() == [[4, 1]] * 6
    assert found.values[2, :, 0].tolist() == [4, 4, 4, 8, 8, 8]
    assert found.values[2, :, 1].tolist() == [1, 1, 1, 0, 0, 0]


def test_a_score_older_than_a_week_is_marked() -> None:
    found = score_history(rows((0, 0, 3), (0, 14, 6)), ("craving",), size=1, days=17, needed_by=14)
    assert found.values[0, :, 1].tolist() == [0] * 8 + [1] * 7 + [0, 0]
    assert found.values[0, :, 0].tolist() == [3] * 15 + [6, 6]
    assert found.missing["craving"].sum() == 7


def test_a_score_later_than_its_use_is_refused() -> None:
    with pytest.raises(DesignError) as caught:
        score_history(rows((0, 15, 3), (1, 20, 6)), ("craving",), size=2, days=30, needed_by=14)
    assert str(caught.value) == (
        "All scores of craving come later than their use, the first on day 15: they would adjust for what came after "
        "the decisions of days 0 to 14. Take it out of time_varying."
    )


STAY = "stay -28..0 | follow 0..90"
ADJUST = {"covariates": ["age"], "time_varying": ["craving"]}


def with_scores(size: int, *scores: tuple[int, int, float]) -> Cohort:
    """Return clients with a score on day 0 and others as given: client, day, score."""
    lines = (
        f"c{k}: {STAY} | age {20 + k % 40}"
        + (f" | iop {k * 7 % 15}" if k % 5 < 2 else "")
        + (f" | + {20 + k % 60}" if k % 3 == 0 else "")
        for k in range(size)
    )
    given = [(k, 0, float(k % 9)) for k in range(size)] + list(scores)
    table = pd.DataFrame({
        "client_id": [f"c{k}" for k, _, _ in given],
        "day": [day for _, day, _ in given],
        "instrument": "craving",
        "value": [value for _, _, value in given],
    })  # fmt: skip
    table = table.astype({"client_id": DTYPES["id"], "day": DTYPES["day"], "value": DTYPES["number"]})
    return replace(draw("\n".join(lines)), assessments=table)


def test_what_the_models_see_by_hand() -> None:
    asked = study(
        analysis__primary={"design": "clone_censor_weight"},
        analysis__adjust=ADJUST,
        analysis__loss={"covariates": ["age"]},
    )
    people = derive(with_scores(6, (1, 7, 9.0)), asked)
    found = adjusted_for(people, asked, np.array([1, 2]), first_day=0, last_decision=14, last_day=30)
    assert found.covariates["craving"].tolist() == [1, 2]
    assert found.history is not None
    assert found.history[0, [7, 8], 0].tolist() == [1, 9]
    assert found.history[1, [7, 8], 1].tolist() == [0, 1]
    # 14 of the 30 days of decisions: client 2 from day 8 on, nobody else.
    assert found.missing == {"craving": 7 / 30}
    assert found.loss is not None
    assert found.loss.history is None
    assert found.loss.covariates.columns.tolist() == ["age"]
    landmark = adjusted_for(people, asked, np.array([1, 2]), first_day=7, last_decision=7, last_day=30)
    assert landmark.covariates["craving"].tolist() == [9, 2]


def test_an_instrument_without_scores_is_refused() -> None:
    asked = study(
        analysis__primary={"design": "clone_censor_weight"},
        analysis__adjust=ADJUST | {"time_varying": ["phq9"]},
    )
    with pytest.raises(DesignError) as caught:
        derive(with_scores(3), asked)
    assert str(caught.value) == (
        "No score of phq9 is in the assessments, so nothing can be adjusted for it. Instruments with scores: craving. "
        "Map the scores as assessments, or leave it out of time_varying."
    )


@pytest.mark.slow
@pytest.mark.parametrize("primary", [{"design": "clone_censor_weight"}, {"design": "landmark", "day": 14}])
def test_a_study_adjusts_for_scores(primary: dict[str, object]) -> None:
    asked = study(analysis__primary=primary, analysis__adjust=ADJUST)
    found = sd.analyze(with_scores(300, *((k, 7, float(k % 5)) for k in range(0, 300, 2))), asked)
    (key,) = (name for name in found.wording.analyses if name != "whole_cohort")
    share = found.results.one(analysis=key, estimand="scores_missing", term="craving")["estimate"]
    assert 0.2 < share < 0.6
    assert "the latest score of craving" in found.wording.analyses[key]
    said = text.comparison(found, key).paragraphs
    assert any("of the days on which care could start there was no score of craving" in one for one in said)
    assert np.isfinite(found.results.one(analysis=key, estimand="risk", time=90, statistic="difference",
                                         population="everyone", variant="")["estimate"])  # fmt: skip


@pytest.mark.slow
def test_where_care_lowers_the_score_its_later_values_are_needed() -> None:
    found = pd.DataFrame([one_draw("standard", 500, seed) for seed in range(2)])
    rows = {row["adjusted"]: row for row in summary("standard", 500, found)}
    # The full table is in docs/validation.md; two draws show the direction, and that the run works.
    assert abs(rows["latest"]["bias"]) < 3 * 0.055 / 2**0.5
    assert (found["without"] - found["latest"]).mean() > 0


@pytest.mark.slow
def test_the_true_difference_is_that_of_the_world() -> None:
    value, error = true_difference("standard", points=32, batches=2)
    assert abs(value - TRUE["standard"]) < max(4 * error, 0.003)
