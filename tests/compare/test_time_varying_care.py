"""Care as a time-varying exposure: rows by hand, Stanford's waiting time, and a score that care moves."""

import numpy as np
import pandas as pd
import pytest
from lifelines.datasets import load_stanford_heart_transplants

import stepdown as sd
from stepdown.compare.time_varying_care import (
    CURRENT,
    WEEKS,
    current_care,
    exposure_rows,
    marginal_structural,
)
from stepdown.errors import DesignError, EstimateError
from stepdown.estimate.time_varying_rows import time_varying_rows
from stepdown.report.sections import SECTIONS
from stepdown.schema import read_care_rules
from stepdown.sections.relapse import tables, text
from stepdown.survival import cox
from support_cohort import draw
from support_study import study


def test_weeks_of_care_by_hand() -> None:
    spans = exposure_rows(
        [0, 0, 0, 1, 1], [0, 7, 21, 0, 7], [7, 21, 30, 7, 9], [True, False, True, True, True], [0, 0, 1, 0, 0]
    )
    assert spans.weeks.tolist() == [0, 1, 1, 0, 1]


def test_waiting_for_a_heart_is_not_credited_to_the_transplant() -> None:
    data = load_stanford_heart_transplants().sort_values(["id", "start"])
    stop = np.where(data["stop"] <= data["start"], data["start"] + 0.1, data["stop"])
    person = pd.factorize(data["id"])[0]
    spans = exposure_rows(person, data["start"], stop, data["transplant"] == 1, data["event"])
    found = current_care(spans, pd.DataFrame(index=range(person.max() + 1))).set_index(["model", "term"])
    row = found.loc[("cox_unadjusted", CURRENT)]
    assert row["estimate"] == pytest.approx(1.1356, abs=1e-4)
    assert row["conf_low"] < 1 < row["conf_high"]
    ever = data.groupby("id").agg(
        stop=("stop", "max"), event=("event", "max"), transplant=("transplant", "max")
    )
    naive = cox(ever["stop"], ever["event"], ever[["transplant"]]).summary["hazard_ratio"].iloc[0]
    assert naive == pytest.approx(0.27, abs=0.03)


def drawn(n: int, seed: int) -> tuple[np.ndarray, ...]:
    """Weeks in which a score drives care and relapse; care does nothing, not to the score either."""
    rng = np.random.default_rng(seed)
    score = rng.normal(size=n)
    rows, scores = [], np.zeros((n, 71))
    here, care = np.ones(n, dtype=bool), np.zeros(n, dtype=bool)
    for week in range(10):
        scores[:, 7 * week + 1 : 7 * week + 8] = score[:, None]
        care = rng.random(n) < 1 / (1 + np.exp(1.2 - 0.9 * score - 1.5 * care))
        wait = rng.exponential(1 / (0.006 * np.exp(0.6 * score)))
        happens = here & (wait <= 7)
        stop = np.where(happens, 7 * week + np.ceil(wait), 7 * week + 7)
        rows.append(np.column_stack([np.arange(n), np.full(n, 7 * week), stop, care, happens])[here])
        here &= ~happens
        score = 0.8 * score + 0.6 * rng.normal(size=n)
    table = np.concatenate(rows)
    table = table[np.lexsort((table[:, 1], table[:, 0]))]
    return (*table.T, scores)


@pytest.mark.slow
def test_only_the_weights_allow_for_a_score_that_changes() -> None:
    person, start, stop, care, event, scores = drawn(4000, 3)
    spans = exposure_rows(person, start, stop, care == 1, event)
    at_start = pd.DataFrame({"score": scores[:, 1]})
    plain = current_care(spans, at_start).set_index(["model", "term"])
    found, weight = marginal_structural(spans, at_start, history=scores[:, :, None])
    # Those with higher scores get care: without the later scores it seems to harm, though it does nothing.
    assert plain.loc[("cox", CURRENT), "conf_low"] > 1.05
    assert weight.mean() == pytest.approx(1, abs=0.05)
    assert set(found["term"]) == {CURRENT, WEEKS}
    for row in found.to_dict("records"):
        assert row["conf_low"] < 1 < row["conf_high"]


def test_care_that_nobody_has_is_said() -> None:
    spans = exposure_rows([0, 1], [0, 0], [9, 9], [False, False], [1, 0])
    with pytest.raises(EstimateError) as caught:
        current_care(spans, pd.DataFrame(index=range(2)))
    assert str(caught.value) == (
        "Of 2 people, 0 are in this care on some day at risk: current care cannot be compared. Change the levels of "
        "care."
    )


def test_days_of_relapse_that_are_not_known_are_refused_in_words() -> None:
    asked = study(analysis__secondary=[{"design": "time_varying"}], analysis__adjust={"covariates": ["age"]})
    cohort = draw(
        "a: stay -28..0 | follow 0..90 | age 30 | iop 3 | + (20,30]\nb: stay -28..0 | follow 0..90 | age 40"
    )
    people = sd.derive(cohort, asked)
    with pytest.raises(DesignError) as caught:
        time_varying_rows(
            people, asked, asked.analysis.secondary[0], cohort=cohort, rules=read_care_rules(None)
        )
    assert str(caught.value) == (
        "The time-varying comparison needs one day for each relapse, and some are known only to lie between two "
        'contacts. Set outcome.interval = "imputed", "detected" or "midpoint".'
    )


@pytest.mark.slow
def test_a_study_describes_current_care() -> None:
    lines = (
        f"c{k}: stay -28..0 | follow 0..90 | age {20 + k % 40}"
        + "".join(f" | iop {k % 14 + day}" for day in range(0, 35, 2) if k % 5 < 3)
        + (f" | + {20 + k * 11 % 60}" if k % 3 == 0 else "")
        for k in range(150)
    )
    asked = study(
        analysis__secondary=[{"design": "time_varying"}],
        analysis__adjust={"covariates": ["age"], "method": "none"},
    )
    found = sd.analyze(draw("\n".join(lines)), asked)
    rows = found.results.where(analysis="time_varying", estimand="hazard_ratio").table
    assert sorted(set(rows["variant"])) == ["", "adjusted=none", "estimator=marginal_structural"]
    assert (rows["conf_low"] < rows["estimate"]).all()
    said = text.comparison(found, "time_varying").paragraphs
    assert said[0].startswith(
        "Comparison 2 of 2, care as it changes. Descriptive: the rate of relapse on days in the care of the plans"
    )
    model = "in this care, with weights for scores that care moves (marginal structural model): "
    assert any(model in one for one in said)
    assert (
        "Below 1, relapses were less frequent on days in this care than on other days; above 1, more frequent."
        in said
    )
    table = tables.hazard_ratios(found.results, analysis="time_varying")
    assert [row[0] for row in table.rows] == ["In this care", "Each week of this care so far"]
    assert "Hazard ratios of relapse" in str(SECTIONS["arms"].parts(found))
