"""Comparison of definitions: a study under every definition and rule that its data serve."""

import math

import pandas as pd
import pytest

from stepdown.cohort import applicable, derive, not_applicable
from stepdown.compare import design, whole
from stepdown.estimate import estimate_design
from stepdown.results import COLUMNS, Results
from stepdown.schema import Cohort
from stepdown.sections.definitions.read import definitions, left_out
from stepdown.sections.definitions.rows import definition_rows
from stepdown.study import Study
from support_cohort import draw
from support_study import described, study

pytestmark = pytest.mark.slow

PAIR = ("Step-down", "No step-down")
FREE = "stay -28..0 | follow 0..400"

# First use by day 90: 2 of 8 with step-down, 6 of 8 without; twice in a row: 2 of 8 with it, 1 of 8 without.
APART = "\n".join(
    [
        f"a1: {FREE} | iop 5 | + 20 | + 27",
        f"a2: {FREE} | iop 5 | + 50 | + 60",
        *(f"a{number}: {FREE} | iop 5" for number in range(3, 9)),
        f"b1: {FREE} | + 20 | + 90",
        *(f"b{number}: {FREE} | + {10 * number + 20}" for number in range(2, 7)),
        *(f"b{number}: {FREE}" for number in range(7, 9)),
    ]
)
# By day 30: a. By day 90: b or not before; c within (30, 90]; d after it.
SEEN = """
a: stay -28..0 | follow 0..180 | iop 5 | - 30 | + (30,90]
b: stay -28..0 | follow 0..180 | iop 5 | - 30 | - 90
c: stay -28..0 | follow 0..180 | iop 5 | - 30 | - 90 | + (90,180]
d: stay -28..0 | follow 0..180 | iop 5 | - 30 | - 90
e: stay -28..0 | follow 0..180 | - 30 | + (30,120]
f: stay -28..0 | follow 0..180 | - 30 | + (30,90]
g: stay -28..0 | follow 0..180 | - 30 | + (30,90]
h: stay -28..0 | follow 0..180 | - 30 | - 90
"""


def one(found: Results, endpoint: str, rule: str = "as_defined", **keys: object) -> pd.Series:
    return found.one(endpoint=endpoint, level=rule, **keys)  # type: ignore[arg-type]


def wilson(hits: int, n: int) -> tuple[float, float]:
    z, share = 1.959964, hits / n
    middle, reach = share + z**2 / (2 * n), z * math.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    return (middle - reach) / (1 + z**2 / n), (middle + reach) / (1 + z**2 / n)


def mover(one: int, other: int, n: int = 8) -> tuple[float, float]:
    (l1, u1), (l2, u2), p1, p2 = wilson(one, n), wilson(other, n), one / n, other / n
    return p1 - p2 - math.hypot(p1 - l1, u2 - p2), p1 - p2 + math.hypot(u1 - p1, p2 - l2)


def test_two_definitions_that_disagree_by_hand() -> None:
    found = definition_rows(draw(APART), study())
    told = definitions(found)
    assert [(one.endpoint, one.rule, one.own) for one in told] == [
        ("first_use@1", "as_defined", True),
        ("two_positives@1", "as_defined", False),
    ]
    assert [one.n for one in told] == [16, 16]
    first, twice = told
    # Everybody is followed, so that risks are shares: 8 of 16 and 3 of 16 by day 90; 20 days are before day 30.
    assert [first.risk.value, twice.risk.value] == pytest.approx([8 / 16, 3 / 16])
    assert (first.risk.events, twice.risk.events) == ((8, 8), (3, 3))
    # From the landmark, twice in a row counts on the day it was confirmed: day 27 and 60 against day 90.
    assert [first.window.value, twice.window.value] == pytest.approx([6 / 16, 1 / 16])
    assert first.differences[PAIR].value == pytest.approx(2 / 8 - 6 / 8)
    assert twice.differences[PAIR].value == pytest.approx(2 / 8 - 1 / 8)
    # From the landmark on, shares of 8: Wilson's limits in each arm, their distances together (MOVER).
    assert first.differences[PAIR].low == pytest.approx(mover(2, 6)[0], abs=1e-6)
    assert first.differences[PAIR].high == pytest.approx(mover(2, 6)[1], abs=1e-6)
    assert twice.differences[PAIR].high == pytest.approx(mover(2, 1)[1], abs=1e-6)
    assert [one.differences[PAIR].side for one in told] == [-1, 0]
    arms = found.where(analysis="definitions_compared", endpoint="two_positives@1", estimand="risk")
    assert arms.where(statistic="estimate").table["n"].tolist() == [8, 8]
    assert arms.where(statistic="estimate").table["events"].tolist() == [2, 1]


@pytest.mark.parametrize(
    "asked",
    [
        study(),
        study(outcome__endpoint="two_positives@1"),
        study(outcome__competing=[], time_zero__day_zero="event"),
        study(outcome__interval="imputed", outcome__imputations=3),
        study(outcome__interval="interval"),
        study(outcome__interval="midpoint"),
        described(),
    ],
    ids=[
        "first use",
        "two positives",
        "no competing events",
        "imputed",
        "intervals",
        "midpoint",
        "no comparison",
    ],
)
@pytest.mark.parametrize("drawn", ["exact", "intervals", "clusters", "deaths"])
def test_the_row_of_the_study_is_that_of_the_report(asked: Study, drawn: str) -> None:
    cohort = {
        "exact": draw(APART),
        "intervals": draw(SEEN, visits=(30, 90, 180)),
        "clusters": draw(APART.replace("a2:", "a1:").replace("b2:", "b1:")),
        "deaths": draw(APART.replace(f"b8: {FREE}", "b8: stay -28..0 | follow 0..60 died")),
    }[drawn]
    if drawn == "clusters":
        asked = asked.replace(episode="all")
    mine = definition_rows(cohort, asked).where(endpoint=asked.outcome.endpoint, level="as_defined").table
    people = derive(cohort, asked)
    designs = [whole(people, asked)] + ([design(people, asked)] if asked.analysis else [])
    for made in designs:
        told = estimate_design(made, asked).where(cause="relapse").table
        name = "definitions" if made.key == "whole_cohort" else "definitions_compared"
        ours = mine[(mine["analysis"] == name) & (mine["estimand"] != "definition")]
        theirs = told[told["statistic"].isin(["estimate", "difference", "ratio"])]
        theirs = theirs[theirs["estimand"].isin(["risk", "window_risk"]) & (theirs["time"] == 90)]
        # Beside ranges the report also tells estimates from intervals; the panel tells one kind.
        beside = "Turnbull" if asked.outcome.interval == "interval" else "Turnbull|from intervals"
        theirs = theirs[~theirs["method"].str.contains(beside)]
        ours = ours[~((ours["statistic"] == "difference") & (ours["bound"] != ""))]
        ours, theirs = (part[list(COLUMNS)].drop(columns=["analysis", "level"]) for part in (ours, theirs))
        assert len(ours)
        pd.testing.assert_frame_equal(
            ours.reset_index(drop=True), theirs.reset_index(drop=True), check_exact=True
        )


def test_from_intervals_that_contain_the_landmark_nothing_is_compared() -> None:
    text = SEEN.replace("| - 30 | + (30,90]\nb", "| + (0,90]\nb")
    told = definitions(
        definition_rows(draw(text, visits=(30, 90, 180)), study(outcome__interval="interval"))
    )[0]
    assert told.reason == (
        "For 1 discharge it is not known whether the relapse came before day 14, so nothing is estimated."
    )
    assert told.differences == {}
    assert not told.risk.ranged
    assert told.risk.known


def test_where_only_ranges_are_known_the_difference_is_a_range_by_hand() -> None:
    found = definitions(definition_rows(draw(SEEN, visits=(30, 90, 180)), study()))[0]
    # By day 90: 1 of 4 with step-down whatever the day; without it 2 of 4, or 3 if that of e came early.
    assert (found.risk.ranged, found.risk.low, found.risk.high) == (True, 3 / 8, 4 / 8)
    assert found.risk.events == (3, 4)
    assert not found.window.known
    difference = found.differences[PAIR]
    assert difference.ranged
    assert [difference.low, difference.high] == pytest.approx([1 / 4 - 3 / 4, 1 / 4 - 2 / 4])
    assert difference.side == -1


def test_the_end_of_the_window_need_be_no_visit() -> None:
    cohort = draw(SEEN, visits=(30, 180))
    told = definitions(definition_rows(cohort, study()))[0]
    assert (told.risk.low, told.risk.high) == (3 / 8, 4 / 8)
    report = estimate_design(whole(derive(cohort, study()), study()), study())
    assert not len(report.where(estimand="risk", time=90, method="Kaplan-Meier", bound="lowest"))


def test_the_own_definition_and_rule_come_first_then_its_other_rules() -> None:
    cohort = draw(SEEN.replace("| - 90\n", "| ? 90\n"))
    asked = study(outcome__endpoint="two_positives@1", outcome__missing="positive")
    told = definitions(definition_rows(cohort, asked))
    names = [(one.endpoint, one.rule) for one in told]
    assert names[:4] == [("two_positives@1", rule) for rule in ("positive", "as_defined", "last", "interval")]
    assert [one.own for one in told] == [True] + [False] * (len(told) - 1)
    assert set(names) == {(spec.name, rule) for spec, rule in applicable(cohort)}
    assert len(names) == len(set(names))


def test_what_the_data_cannot_serve_is_a_row_with_the_reason() -> None:
    cohort = draw(APART)
    told = left_out(definition_rows(cohort, study()))
    assert told == tuple((spec.name, rule, why) for spec, rule, why in not_applicable(cohort))
    assert ("sud_claim@1", "", "needs claims that state whether the principal diagnosis is a substance use "
            "disorder") in told  # fmt: skip
    assert ("first_use@1", "interval", "there is no negative finding") in told


def test_an_empty_arm_is_a_row_with_the_reason_and_the_others_go_on() -> None:
    # Missed contacts as positive: both with step-down are out by the landmark.
    text = f"""
    a: {FREE} | iop 5 | ? 10
    b: {FREE} | iop 5 | ? 12 | + 60
    c: {FREE} | + 40
    d: {FREE} | - 40
    """
    found = definition_rows(draw(text), study())
    empty = one(found, "first_use@1", "positive", analysis="definitions_compared")
    assert (empty["estimand"], empty["statistic"]) == ("definition", "not_estimated")
    assert empty["note"].startswith("No discharge is left in: Step-down. Nothing can be compared.")
    told = {one.rule: one for one in definitions(found) if one.endpoint == "first_use@1"}
    assert told["positive"].reason == empty["note"]
    assert told["positive"].differences == {}
    assert told["positive"].risk.value == pytest.approx(3 / 4)
    assert told["as_defined"].differences[PAIR].value == pytest.approx(1 / 2 - 1 / 2)
    assert not told["as_defined"].reason


def test_nobody_left_is_a_row_with_the_reason() -> None:
    # A relapse on day 0 takes out; only first use has any.
    text = f"a: {FREE} | + 0\nb: {FREE} | + 0"
    told = definitions(definition_rows(draw(text), described()))
    assert [math.isnan(one.n) for one in told] == [True, True]
    assert told[0].reason.startswith("No discharge is left to analyze.")
    assert told[1].reason == "Cannot be judged from these data: no client has 2 findings after day 0."


def test_a_definition_that_could_have_been_met_and_was_not_is_a_risk_of_zero() -> None:
    told = definitions(definition_rows(draw(f"a: {FREE} | + 5 | - 9\nb: {FREE}"), described()))
    twice = next(one for one in told if (one.endpoint, one.rule) == ("two_positives@1", "as_defined"))
    assert (twice.n, twice.risk.value, twice.reason) == (2, 0, "")
    # None of 2: mid-p's upper limit of 0 is where half of (1 - p)^2 is 2.5%.
    assert (twice.risk.low, twice.risk.high) == (0, pytest.approx(1 - 0.05**0.5, abs=1e-6))


def test_only_the_own_definition_takes_the_parameters_of_the_study() -> None:
    days = " | ".join(f"+ {day}" for day in (40, 41, 43))
    text = f"a: {FREE} | {days}\nb: {FREE} | - 40 | - 41"
    asked = described(outcome__endpoint="regular_use@1", outcome__parameters={"days": 3})
    found = definition_rows(draw(text), asked)
    told = {(one.endpoint, one.rule): one for one in definitions(found)}
    assert told["regular_use@1", "as_defined"].settings == "days = 3"
    assert told["regular_use@1", "as_defined"].own
    assert told["seven_days@1", "as_defined"].settings == ""
    assert one(found, "regular_use@1", estimand="risk")["estimate"] == pytest.approx(1 / 2)
    # Its own number of days is 4.
    assert one(definition_rows(draw(text), described()), "regular_use@1", estimand="risk")["estimate"] == 0


def test_every_step_is_named() -> None:
    said: list[str] = []
    definition_rows(draw(APART), study(outcome__word="return to use"), progress=said.append)
    assert said == [
        "Trying other definitions of return to use: 1 of 2 (First use, own rule)",
        "Trying other definitions of return to use: 2 of 2 (Two positives, own rule)",
    ]


def test_a_quarter_is_kept() -> None:
    cohort: Cohort = draw(APART, quarter=["2026Q1"] * 4 + ["2026Q2"] * 12)
    told = definitions(definition_rows(cohort, described(), quarter="2026Q1"))
    assert [one.n for one in told] == [4, 4]
    assert told[0].risk.value == pytest.approx(2 / 4)
