"""Negative controls in the place of relapse and of the arms: by hand, refusals in exact words, and from a study."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import stepdown as sd
from stepdown.cohort import derive
from stepdown.compare import compare_strategies, design
from stepdown.compare.negative_controls import with_negative_exposure, with_negative_outcome
from stepdown.errors import DesignError, StudyError
from stepdown.estimate.adjusted_rows import clone_censor_rows
from stepdown.estimate.design_rows import estimate_design
from stepdown.results import Results, bind, rows
from stepdown.schema import DTYPES, Cohort
from stepdown.sections.trust.rows import control_rows
from stepdown.study import NegativeExposure, NegativeOutcome, Study
from support_cohort import draw
from support_study import study

STAY = "stay -28..0 | follow 0..90"
INJURY = NegativeOutcome(label="Injury", instrument="injury")
CLONES = {"analysis__primary": {"design": "clone_censor_weight"}, "analysis__adjust": {"covariates": ["age"]}}


def with_injuries(text: str, *given: tuple[str, int, float], **columns: list[object]) -> Cohort:
    """Return a drawn cohort with injuries in the assessments: client, day, value."""
    table = pd.DataFrame(given, columns=["client_id", "day", "value"]).assign(instrument="injury")
    table = table.astype({"client_id": DTYPES["id"], "day": DTYPES["day"], "value": DTYPES["number"]})
    return replace(draw(text, **columns), assessments=table)


def test_an_outcome_takes_the_place_of_relapse_by_hand() -> None:
    cohort = with_injuries(
        f"a: {STAY} | + 30\nb: {STAY} | + 10\nc: {STAY} | + 10\nd: {STAY} | death 20\ne: {STAY}\nf: {STAY} | death 20",
        ("a", 10, 1), ("b", 30, 1), ("c", 10, 1), ("d", -3, 1), ("d", 0, 1), ("d", 5, 2), ("d", 7, 1), ("e", 9, 0.5),
    )  # fmt: skip
    found = with_negative_outcome(derive(cohort, study()), cohort, INJURY, landmark=False).table
    # a: before the relapse. b: after it, so follow-up ends with the relapse. c: on its day, an event comes first. d: the
    # first after time zero. e: a value below 1 is none. f: death competes as before.
    assert found["days"].tolist() == [10, 10, 10, 5, 90, 20]
    assert found["event"].tolist() == [1, 0, 1, 1, 0, 2]
    assert found["confirmed"].tolist()[:1] == [10]
    assert found["exact"].all()


def test_findings_of_a_kind_are_an_outcome() -> None:
    cohort = draw(f"a: {STAY} | emergency 12 | + 40\nb: {STAY} | + 30\nc: {STAY} | emergency 50")
    people = derive(cohort, study())
    emergency = NegativeOutcome(label="Emergency visit", finding="emergency")
    assert with_negative_outcome(people, cohort, emergency, landmark=False).table["days"].tolist() == [
        12,
        30,
        50,
    ]
    other = NegativeOutcome(label="Emergency visit", finding="emergency", source="registry")
    with pytest.raises(DesignError) as caught:
        with_negative_outcome(people, cohort, other, landmark=False)
    assert str(caught.value) == (
        "No row of observations is this outcome. Correct checks.negative_outcomes, or leave it out."
    )
    with pytest.raises(DesignError, match="No row of assessments is this outcome"):
        with_negative_outcome(people, cohort, INJURY, landmark=False)
    wide = draw(f"a: {STAY} | emergency 12 | + (0,30]")
    with pytest.raises(DesignError) as caught:
        with_negative_outcome(derive(wide, study()), wide, emergency, landmark=False)
    assert str(caught.value) == (
        "People are followed up to the relapse, whose day is not known. Set outcome.interval = "
        '"detected" or "midpoint".'
    )


def test_an_exposure_takes_the_place_of_the_arms() -> None:
    adjust = {"covariates": ["age", "records_transferred"]}
    asked = study(**CLONES | {"analysis__adjust": adjust})
    found = with_negative_exposure(asked, NegativeExposure(column="records_transferred"), "Records sent")
    assert found.labels == ("Records sent: yes", "Records sent: no")
    assert found.analysis is not None
    assert found.analysis.adjust is not None
    assert found.analysis.primary.design == "baseline"
    assert found.analysis.adjust.covariates == ("age",)
    # At a landmark the same people are compared; what is adjusted for by itself alone leaves no adjustment.
    own = study(analysis__adjust={"covariates": ["payer"]}, analysis__loss={"covariates": ["payer"]})
    payer = with_negative_exposure(
        own, NegativeExposure(column="payer", values=("self_pay", "public")), "Payer"
    )
    assert payer.analysis is not None
    assert (payer.analysis.primary.key, payer.analysis.adjust) == ("landmark_14", None)
    assert payer.labels == ("Payer: self pay", "Payer: public")
    named = study(**CLONES | {"analysis__adjust": adjust | {"formula": "age:records_transferred"}})
    with pytest.raises(StudyError, match="formula"):
        with_negative_exposure(named, NegativeExposure(column="records_transferred"), "Records sent")


def cohort_of(size: int) -> Cohort:
    lines = (
        f"c{k}: {STAY} | age {20 + k % 40}"
        + (f" | iop {k * 7 % 15}" if k % 5 < 2 else "")
        + (f" | + {20 + k % 60}" if k % 3 == 0 else "")
        for k in range(size)
    )
    injuries = [(f"c{k}", 5 + k * 11 % 80, 1.0) for k in range(0, size, 4)]
    return with_injuries("\n".join(lines), *injuries, records_transferred=[k % 7 < 3 for k in range(size)])


ASKED: dict[str, object] = {
    "sensitivity__analyses": [],
    "measures__run": [],
    "checks__placebo": {"last_day": 30},
    "checks__negative_outcomes": [{"label": "Injury", "instrument": "injury"}, {"label": "Fall", "instrument": "fall"}],
    "checks__negative_exposures": [{"column": "records_transferred"}],
}  # fmt: skip


def asked_of(**changes: object) -> Study:
    return study(**CLONES | {"outcome__times": [30, 90]} | ASKED | changes)


def test_controls_are_compared_by_the_primary_design() -> None:
    cohort, asked, steps = cohort_of(420), asked_of(), []
    people = derive(cohort, asked)
    primary = {
        "analysis": "clone_censor_weight",
        "estimand": "risk",
        "time": 90,
        "statistic": "ratio",
        "estimate": 0.8,
    }
    primary |= {
        "conf_low": 0.6,
        "conf_high": 1.1,
        "arm": "Step-down",
        "reference": "No step-down",
        "population": "all",
    }
    found = rows(control_rows(cohort, people, asked, rows([primary]), progress=steps.append))
    assert steps == [
        "Comparing negative controls: Injury",
        "Comparing negative controls: Fall",
        "Comparing negative controls: Records transferred before the first session",
    ]
    injury = found.one(estimand="negative_control", level="Injury", statistic="ratio")
    # The same as the comparison itself of a cohort whose relapses are the injuries before a relapse.
    swapped = with_negative_outcome(people, cohort, INJURY, landmark=False)

    assert asked.analysis is not None
    plain = compare_strategies(swapped, asked, asked.analysis.primary).one("risk", 90, "ratio")
    assert injury["estimate"] == pytest.approx(plain["estimate"])
    assert injury["conf_low"] == pytest.approx(plain["conf_low"])
    assert found.one(level="Fall")["note"] == (
        "No row of assessments is this outcome. Correct checks.negative_outcomes, or leave it out."
    )
    exposure = found.one(term="exposure", statistic="ratio")
    assert exposure["reference"] == "Records transferred before the first session: no"
    assert np.isfinite(exposure["conf_low"])
    assert found.one(estimand="calibrated_ratio")["note"] == (
        "An empirically calibrated interval needs 20 negative outcomes with an interval, and there are 1: from fewer the "
        "error of the design is too uncertain."
    )


def test_twenty_controls_calibrate_the_interval() -> None:
    cohort = cohort_of(420)
    many = [{"label": f"Injury {k}", "instrument": "injury"} for k in range(20)]
    asked = study(
        analysis__primary={"design": "landmark", "day": 14},
        outcome__times=[90],
        checks__negative_outcomes=many,
    )
    primary = {
        "analysis": "landmark_14",
        "estimand": "risk",
        "time": 90,
        "statistic": "ratio",
        "estimate": 0.8,
    }
    primary |= {"conf_low": 0.5, "conf_high": 1.28, "arm": "Step-down", "reference": "No step-down"}
    people = derive(cohort, asked)
    found = rows(control_rows(cohort, people, asked, rows([primary]), progress=lambda step: None))
    one = found.one(level="Injury 3", statistic="ratio")
    # All 20 are the same: nothing but their common error is taken out.
    shown = found.one(estimand="calibrated_ratio", statistic="ratio")
    assert shown["estimate"] == pytest.approx(0.8 / one["estimate"])
    assert (shown["n"], found.one(estimand="calibrated_ratio", statistic="sd")["estimate"]) == (20, 0)
    # The uncalibrated interval has sqrt(0.5 * 1.28) = 0.8 in its middle, and the same width.
    assert shown["conf_high"] / shown["conf_low"] == pytest.approx(1.28 / 0.5)


def test_a_placebo_window_changes_no_other_number() -> None:
    cohort, asked, plain = cohort_of(240), asked_of(checks__placebo={"last_day": 25}), asked_of(checks=None)
    people = derive(cohort, asked)
    found = []
    for one in (asked, plain):
        assert one.analysis is not None
        found.append(bind([clone_censor_rows(people, one, one.analysis.primary, predictors=False)]).table)
    placebo = found[0]["estimand"] == "placebo_risk"
    assert found[0][placebo]["statistic"].tolist() == ["estimate", "estimate", "difference", "ratio"]
    assert set(found[0].loc[placebo, "time"]) == {25}
    # The curve passes through the day too.
    same = found[0][~placebo & ~((found[0]["time"] == 25) & (found[0]["statistic"] == "curve"))]
    pd.testing.assert_frame_equal(same.reset_index(drop=True), found[1])


def test_arms_known_at_discharge_have_a_placebo_window_without_adjustment() -> None:
    arms = {"column": "records_transferred", "values": [True, False], "labels": ["sent", "not sent"]}
    cohort = cohort_of(240)
    asked = study(
        strategies=None, contrast={"arms": arms}, analysis={"primary": {"design": "baseline"}},
        outcome__times=[30, 90], checks={"placebo": {"last_day": 25}},
    )  # fmt: skip
    table = estimate_design(design(derive(cohort, asked), asked), asked).table
    mine = table[table["estimand"] == "placebo_risk"]
    assert mine["statistic"].tolist() == ["estimate", "estimate", "difference", "ratio"]
    # Relapses of c0, c3, ... by day 25: k % 60 <= 5 and k % 3 == 0, so 0 and 3 of every 60.
    by_day = [k for k in range(240) if k % 60 in (0, 3)]
    sent = [k for k in by_day if k % 7 < 3]
    assert mine["estimate"].iloc[0] == pytest.approx(len(sent) / sum(k % 7 < 3 for k in range(240)))


@pytest.mark.slow
def test_a_study_with_checks() -> None:
    found = sd.analyze(cohort_of(420), asked_of())
    checks = {one.name: one for one in sd.diagnose(found)}
    assert "before care can act" in checks["placebo"].sentence
    table = checks["negative_outcomes"].table
    assert table is not None
    assert [row[:2] for row in table.rows] == [
        ("Injury", "outcome"), ("Fall", "outcome"), ("Records transferred before the first session", "exposure"),
    ]  # fmt: skip
    assert table.notes[1].startswith(
        "An empirically calibrated interval needs 20 negative outcomes with an interval"
    )
    assert "exposure that cannot change relapse" in checks["negative_exposures"].sentence


@pytest.mark.slow
def test_controls_of_a_withheld_comparison_are_withheld() -> None:
    closed = asked_of(gates__events={"warn": 900, "withhold": 900})
    results: Results = sd.analyze(cohort_of(240), closed).results
    mine = results.table[
        results.table["estimand"].isin(["negative_control", "placebo_risk", "calibrated_ratio"])
    ]
    numbers = mine[mine["statistic"] != "not_estimated"]
    assert len(numbers) > 3
    assert numbers[["estimate", "conf_low", "conf_high"]].isna().all(axis=None)
    assert (numbers["status"] == "withheld").all()
    terms = set(results.table.loc[results.table["estimand"] == "check", "term"])
    assert terms & {"placebo", "negative_outcomes", "negative_exposures"} == set()
