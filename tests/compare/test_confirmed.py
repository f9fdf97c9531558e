"""After a landmark a relapse is dated to the day on which it was confirmed, and so is who may start."""

import numpy as np
import pytest

from stepdown.cohort import derive
from stepdown.compare import Arms, Design, design, whole
from stepdown.compare.arm_membership import care_started
from stepdown.compare.designs import free_until_care
from stepdown.schema import Column
from stepdown.study import Study
from support_cohort import draw
from support_study import study

STAY = "stay -28..0 | follow 0..90"
# Two positives in a row: onset and confirmation on both sides of day 14, in all ways.
BOTH = f"""
a: {STAY} | iop 3 | + 7 | + 30
b: {STAY} | + 5 | + 14
c: {STAY} | iop 3 | + 15 | + 60
d: {STAY} | + 5 | - 9
e: {STAY} | iop 3 | + 10
f: {STAY} | + 20 | jail 30 | + 40
"""


def asked(**changes: object) -> Study:
    return study(outcome__endpoint="two_positives@1", **changes)


def told(result: Design) -> dict[str, tuple[float, int]]:
    return told_of(result.readings[0])


def told_of(reading: Arms) -> dict[str, tuple[float, int]]:
    followup = reading.followup
    names = ["abcdef"[row] for row in followup.rows]
    return dict(zip(names, zip(followup.days, followup.event, strict=True), strict=True))


def test_the_whole_cohort_is_dated_by_onset() -> None:
    people = derive(draw(BOTH), asked())
    assert told(whole(people, asked())) == {
        "a": (7, 1),
        "b": (5, 1),
        "c": (15, 1),
        "d": (90, 0),
        "e": (90, 0),
        "f": (30, 3),
    }


def test_a_landmark_reads_the_confirmed_day() -> None:
    result = design(derive(draw(BOTH), asked()), asked())
    # The relapse of a began before the landmark, but nobody could know: it counts from day 30.
    assert told(result) == {"a": (30, 1), "c": (60, 1), "d": (90, 0), "e": (90, 0), "f": (30, 3)}
    assert [(step.name, step.removed) for step in result.flow] == [("Free of relapse at day 14", 1)]
    assert result.interval_spans_landmark == 0


def test_a_baseline_comparison_is_dated_by_onset() -> None:
    chosen = {"column": "treat", "values": ["x", "y"], "labels": ["X", "Y"]}
    column = asked(contrast__arms=chosen, analysis__primary={"design": "baseline"}, strategies=None)
    treat = Column(name="treat", meaning="Arm.", kind="text", known="admission")
    cohort = draw(BOTH, covariates=(treat,), treat=list("xyxyxy"))
    assert told(design(derive(cohort, column), column))["a"] == (7, 1)


@pytest.mark.parametrize("interval", ["bounds", "detected", "midpoint"])
def test_where_an_interval_was_confirmed_later_it_plays_no_part_after_a_landmark(interval: str) -> None:
    text = f"a: {STAY} | iop 3 | + (0,30] | + 60\nb: {STAY}\nc: {STAY} | iop 3 | + 20"
    protocol = asked(outcome__interval=interval)
    result = design(derive(draw(text), protocol), protocol)
    assert len(result.readings) == 1
    assert result.interval_spans_landmark == 0
    assert list(result.readings[0].followup.days) == [60, 90, 90]


def test_a_comparison_uses_the_same_middle_of_an_interval_as_the_whole_cohort() -> None:
    text = f"a: {STAY} | iop 3 | + (0,20]\nb: {STAY}\nc: {STAY} | iop 3 | + (0,60]"
    protocol = study(outcome__interval="midpoint")
    people = derive(draw(text), protocol)
    assert list(whole(people, protocol).readings[0].followup.days) == [10, 90, 30]
    result = design(people, protocol)
    assert told(result) == {"b": (90, 0), "c": (30, 1)}
    assert [(step.name, step.removed) for step in result.flow] == [("Free of relapse at day 14", 1)]


def test_days_drawn_decide_who_is_free_at_a_landmark_and_never_precede_care() -> None:
    # a started care on day 10, so its relapse lies on days 11-20; that of b on days 1-20; c and d are dated.
    text = (
        f"a: {STAY} | iop 10 | + (0,20]\nb: {STAY} | + (0,20]\nc: {STAY} | iop 3 | + 30\nd: {STAY} | + 50\n"
        f"e: {STAY}"
    )
    protocol = study(outcome__interval="imputed", outcome__imputations=60)
    people = derive(draw(text), protocol)
    result = design(people, protocol)
    assert result.imputed
    assert result.interval_spans_landmark == 0
    drawn = [told_of(reading) for reading in result.readings]
    assert all(one["c"] == (30, 1) and one["d"] == (50, 1) and one["e"] == (90, 0) for one in drawn)
    early = [one["a"][0] for one in drawn if "a" in one]
    assert set(early) == {15, 16, 17, 18, 19, 20}
    # Of days 11-20 six lie after the landmark, of days 1-20 too: a stays twice as often as b.
    assert 20 <= len(early) <= 50
    assert 0.2 < sum("b" in one for one in drawn) / len(early) < 0.9
    gone = round(np.mean([5 - len(one) for one in drawn]))
    assert [(step.name, step.removed) for step in result.flow] == [("Free of relapse at day 14", gone)]


def test_what_was_confirmed_by_a_later_finding_is_not_drawn_after_a_landmark() -> None:
    text = f"a: {STAY} | iop 3 | + (0,30] | + 60\nb: {STAY} | + (0,60] | + 60\nc: {STAY} | iop 3 | + 20"
    protocol = asked(outcome__interval="imputed", outcome__imputations=5)
    result = design(derive(draw(text), protocol), protocol)
    assert all(told_of(reading)["a"] == (60, 1) for reading in result.readings)


def test_care_that_started_after_the_interval_changes_nothing() -> None:
    protocol = study(outcome__interval="imputed", outcome__imputations=40)
    people = derive(
        draw(f"a: {STAY} | iop 12 | + (0,12]\nb: {STAY} | iop 2 | + (30,40]\nc: {STAY}"), protocol
    )
    assert care_started(people, protocol).tolist() == [12, 2, np.inf]
    moved = free_until_care(people, care_started(people, protocol))
    assert moved.table["days_earliest"].tolist() == people.table["days_earliest"].tolist()


def test_what_came_before_the_middle_of_the_interval_takes_out() -> None:
    text = f"a: {STAY} | jail 25 | + (0,60]\nb: {STAY} | iop 3\nc: {STAY}\nd: {STAY} | iop 3"
    protocol = study(outcome__interval="midpoint", analysis__primary={"design": "landmark", "day": 50})
    people = derive(draw(text), protocol)
    result = design(people, protocol)
    assert told(result) == {"b": (90, 0), "c": (90, 0), "d": (90, 0)}
    assert [(step.name, step.removed) for step in result.flow] == [("Alive and not in custody at day 50", 1)]


def test_a_visit_is_missed_after_a_landmark_if_somebody_could_still_have_come() -> None:
    text = f"a: {STAY}\nb: {STAY} | - 21 | iop 3\nc: {STAY} | - 22"
    protocol = study(outcome__missing="positive")
    people = derive(draw(text, visits=(14,), after=7), protocol)
    # On day 14 nobody could know that a and c would not come by day 21.
    assert told(design(people, protocol)) == {"a": (21, 1), "b": (90, 0), "c": (21, 1)}
    assert told(whole(people, protocol)) == {"a": (14, 1), "b": (90, 0), "c": (14, 1)}


def test_the_people_are_left_as_they_were() -> None:
    people = derive(draw(BOTH), asked())
    before = people.table.copy()
    design(people, asked())
    assert people.table.equals(before)
    assert list(people.table["confirmed"].dropna()) == [30, 14, 60]
    assert np.isnan(people.table["confirmed"].iloc[5])
