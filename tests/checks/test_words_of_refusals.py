"""Exact words of refusals, gates and warnings that no other test states: checks, sensitivity, subgroups, sites."""

import math
from dataclasses import replace

import numpy as np
import pytest

import stepdown as sd
from stepdown.checks import GateWords, control_checks, refused_adjustment
from stepdown.compare.sensitivity.group_courses import group_courses
from stepdown.errors import DesignError, ResultError, StudyError
from stepdown.results import rows
from stepdown.sections.sensitivity import text as sensitivity
from stepdown.sections.sensitivity.repeated_rows import _ONE_DAY, _tipping
from stepdown.sections.sensitivity.rows import _no_ratio
from stepdown.sections.simple_comparison.figure import compare_ways
from stepdown.sections.sites import text as sites
from stepdown.sections.sites.figure import site_funnel
from stepdown.sections.subgroups import text as subgroups
from stepdown.sections.subgroups.dose_rows import dose_rows
from stepdown.sections.subgroups.figure import dose_hazard, forest
from stepdown.sections.trust import text as trust
from stepdown.sections.trust.figure import love_plot, overlap_plot
from stepdown.sections.trust.read import NAMES, CheckFinding
from stepdown.study import DoseChoice
from support_cohort import draw
from support_sensitivity import analysis, answer
from support_study import study

STAY = "stay -28..0 | follow 0..100"


def finding(name: str, verdict: str) -> CheckFinding:
    return CheckFinding(name=name, analysis="baseline", verdict=verdict, sentences=("Found.",), gate=True)


def test_the_questions_of_the_checks() -> None:
    assert NAMES == {
        "adjusted": "Can the adjustment be made?",
        "balance": "Are the groups alike?",
        "positivity": "Could everybody have been in each group?",
        "overlap": "Do the groups overlap?",
        "effective_size": "Are there enough people?",
        "events": "Are there enough events?",
        "outcome_known": "Is the outcome known?",
        "largest_share": "Does one person count for many?",
        "placebo": "Do the groups differ before care can act?",
        "negative_outcomes": "Do outcomes differ that care cannot change?",
        "negative_exposures": "Does what cannot matter seem to?",
        "loss": "Are people lost after the event?",
        "testing": "Were the groups looked at equally often?",
        "common_visits": "Do common visits find the same?",
        "influence": "Does one person or one site decide it?",
        "start_model": "Does the model of the start of care fit?",
        "score_balance": "Are scores alike on the day care starts?",
        "hazards": "Is the effect the same all along?",
        "calendar": "Did relapse change over the quarters?",
    }


def test_the_answer_where_every_check_passes_and_where_one_is_not_judged() -> None:
    found = [finding("balance", "passed"), finding("events", "not_judged")]
    assert trust.answer(analysis(), found).paragraphs == (
        "As far as these checks can show. The comparison passed every check. Of 2 checks, 1 passed and 1 not judged, "
        "since the study file leaves the gate out. No check can show that nothing is missing that matters for both care "
        "and relapse: every adjusted comparison assumes it.",
    )


@pytest.mark.parametrize(
    ("stands", "status", "sentence"),
    [
        (False, "withheld", "The adjustment that the study file asks for cannot be made."),
        (
            True,
            "warning",
            "The adjustment that the study file asks for cannot be made, so that the groups are compared as they are.",
        ),
    ],
)
def test_an_adjustment_that_cannot_be_made(stands: bool, status: str, sentence: str) -> None:
    found = refused_adjustment("Too few discharges.", stands=stands)
    assert (found.status, found.sentence, found.remedy) == (status, sentence, "Too few discharges.")


def test_a_control_without_a_standard_error() -> None:
    row = {
        "analysis": "negative_controls", "estimand": "negative_control", "term": "outcome", "level": "Injury",
        "arm": "A", "reference": "B", "statistic": "ratio", "estimate": 1.2,
    }  # fmt: skip
    (found,) = control_checks(rows([row]), "baseline", GateWords())
    assert found["note"] == "Injury has no interval and shows nothing: it has no standard error."


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        ({"events": {"warn": 10, "withhold": 20}}, "warn must not be below withhold"),
        ({"balance": {"warn": 0.3, "withhold": 0.2}}, "warn must not be above withhold"),
    ],
)
def test_limits_of_a_gate_in_the_wrong_order(limits: dict[str, object], words: str) -> None:
    with pytest.raises(StudyError) as error:
        study(gates=limits)
    assert words in str(error.value)


def test_nothing_varied_and_no_other_number() -> None:
    assert sensitivity.finding(analysis(answer("primary", "landmark_14", (-0.1, -0.2, -0.05)))) == (
        "No other analysis gives a number."
    )
    held = answer("primary", "landmark_14", reason="Too few people.")
    assert sensitivity.finding(analysis(held)) in (
        "Nothing is varied, because there is no answer.", "No other analysis gives a number.",
    )  # fmt: skip
    assert _ONE_DAY.format(word="relapse") == (
        "It needs one day for each relapse, and some are known only to lie between two contacts. Set "
        'outcome.interval = "detected" or "midpoint".'
    )


def test_tipping_points_that_are_never_reached() -> None:
    asked = study()
    never = _tipping(asked, "both", "estimate", -0.1, lambda scenario, delta: 0.0)
    assert (never["note"], math.isnan(never["estimate"])) == ("no rate of those lost is enough", True)
    far = _tipping(asked, "both", "estimate", -0.1, lambda scenario, delta: 0.2 if math.isinf(delta) else 0.0)
    assert far["note"] == "only more than 100 times the rate is enough"


def test_a_difference_without_a_ratio() -> None:
    one = sensitivity.primary_pairs(analysis(answer("primary", "landmark_14", (-0.1, -0.2, -0.05))))[0][1]
    assert _no_ratio(
        rows([{"analysis": "landmark_14", "estimand": "risk"}]), study(), "landmark_14", one
    ) == ("the comparison gives a difference in risk and no ratio")


def test_copies_need_a_comparison() -> None:
    people = sd.derive(draw(f"a: {STAY}"), study())
    none = study().model_copy(update={"analysis": None})
    with pytest.raises(DesignError) as error:
        group_courses(people, none, lost=np.zeros(1, dtype=bool))
    assert str(error.value).startswith("The study has no primary comparison. Give [analysis].")


GROUP = {
    "analysis": "subgroups", "estimand": "risk", "cause": "relapse", "arm": "A", "reference": "B", "time": 90,
    "statistic": "difference", "subgroup": "sex",
}  # fmt: skip
TEST = {"analysis": "subgroups", "estimand": "interaction", "subgroup": "sex", "arm": "A", "reference": "B"}
HOLM = TEST | {"statistic": "p_value", "method": "Holm"}


def test_findings_of_groups() -> None:
    known = [GROUP | {"level": one, "estimate": -0.1, "std_error": 0.03} for one in ("female", "male")]
    assert (
        subgroups.finding(analysis(*known)) == "Whether the effect differs between groups cannot be tested."
    )
    assert subgroups.finding(analysis(*known, HOLM | {"estimate": 0.4})) == (
        "There is no evidence that the effect differs between groups."
    )
    assert subgroups.finding(analysis(*known, HOLM | {"estimate": 0.01})) == (
        "The effect differs between groups by sex."
    )
    assert subgroups.finding(analysis()) == ""
    gate = "“A” has too few relapses by day 90."
    held = [GROUP | {"level": one, "status": "withheld", "status_reason": gate} for one in ("female", "male")]
    a = analysis(*held)
    assert (
        subgroups.finding(a) == "The effect in groups of people is not shown: the section gives the reason."
    )
    assert subgroups.found(a, "A").paragraphs == (f"The effect in groups of people is not shown. {gate}",)
    with pytest.raises(ResultError, match=r"^The results hold no subgroup with enough people\."):
        forest(a.results, {}, arm="A", analysis="baseline")


def test_groups_that_cannot_be_tested_and_those_that_do_not_differ() -> None:
    known = [GROUP | {"level": one, "estimate": -0.1, "n": 60} for one in ("female", "male")]
    assert subgroups.found(analysis(*known), "A").paragraphs[1] == (
        "Whether the effect differs between groups cannot be tested: no characteristic has two groups with enough people."
    )
    assert subgroups.found(analysis(*known, HOLM | {"estimate": 0.4}), "A").paragraphs[1] == (
        "There is no evidence that the effect differs between groups: smallest p = 0.400, by sex. That is no proof that "
        "it is the same for everybody."
    )


def test_doses_and_margins_that_are_not_shown() -> None:
    gate = {"status": "withheld", "status_reason": "“A” rests on few people."}
    held = analysis(
        {"analysis": "dose", "estimand": "dose_response", "term": "weeks 00", "statistic": "ratio"} | gate
    )
    part = subgroups.dose(held)
    assert part is not None
    assert part.paragraphs == ("The dose of care is not shown. “A” rests on few people.",)
    margin = {"analysis": "margin", "estimand": "equivalence", "term": "risk", "arm": "A", "reference": "B"}
    closed = subgroups.margin_sentences(analysis(margin | {"statistic": "within"} | gate))
    assert closed is not None
    assert closed.paragraphs == (
        "Whether the plans are alike within a margin is not shown. “A” rests on few people.",
    )
    lacking = margin | {
        "statistic": "not_estimated",
        "note": "the primary comparison does not have this number",
    }
    none = subgroups.margin_sentences(analysis(lacking))
    assert none is not None
    assert none.paragraphs == (
        "The margin of the difference in risk by day 90 is not judged: the primary comparison does not have this number.",
    )
    with pytest.raises(ResultError, match=r"^The results hold no hazard by dose of care\."):
        dose_hazard(analysis().results)


def test_a_dose_known_after_the_window() -> None:
    people = sd.derive(draw(f"a: {STAY}"), study())
    (row,) = dose_rows(people, study(), DoseChoice(landmark=95))
    assert row["note"] == "dose.landmark must be before the end of outcome.window, day 90."


def test_sites_that_differ_by_more_than_chance_and_sites_that_are_not_compared() -> None:
    spread = {"analysis": "sites", "estimand": "over_dispersion"}
    a = analysis(
        spread | {"statistic": "estimate", "estimate": 2.31}, spread | {"statistic": "sd", "estimate": 0.2}
    )
    assert list(sites._spread(a)) == [
        "Sites differ by more than chance explains (over-dispersion 2.3 where 1 is chance). The control limits are "
        "widened by that much; the reason may be what is not known of the people."
    ]
    assert sites.finding(analysis()) == "Sites are not compared: the section gives the reason."
    with pytest.raises(ResultError, match=r"^The results hold no site with enough people\."):
        site_funnel(analysis().results)


def test_figures_without_numbers_are_refused() -> None:
    a = replace(analysis(), labels={})
    words = "The results hold no balance of 'baseline': it is not weighted."
    with pytest.raises(ResultError) as error:
        love_plot(a, analysis="baseline")
    assert str(error.value) == words
    with pytest.raises(ResultError) as error:
        overlap_plot(a, analysis="baseline")
    assert str(error.value) == "The results hold no chances of the groups of 'baseline'."
    with pytest.raises(ResultError) as error:
        compare_ways(a.results)
    assert str(error.value) == "The results hold no comparison in several ways, so there is no figure."
