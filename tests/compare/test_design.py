"""Arms and designs by hand: who is compared, from when, and what is refused."""

import numpy as np
import pytest

from stepdown.cohort import derive
from stepdown.compare import Design, arms, design, whole
from stepdown.errors import DesignError, EmptyArmError
from stepdown.results import AFTER_RANDOMIZATION, NOT_ADJUSTED, RANDOMIZED
from stepdown.schema import Cohort, Column
from support_cohort import draw
from support_study import study

STAY = "stay -28..0 | follow 0..90"
EIGHT = f"""
a: {STAY} | iop 3 | + 50
b: {STAY} | php 14..40
c: {STAY} | iop 15
d: {STAY} | iop 3 missed
e: {STAY} | outpatient 2
f: {STAY} | iop 3 | + 14
g: stay -28..0 | follow 0..14 lost
h: {STAY} | jail 9
"""


def designed(cohort: Cohort, **changes: object) -> Design:
    asked = study(**changes)
    return design(derive(cohort, asked), asked)


def members(result: Design, cohort: Cohort, **changes: object) -> dict[str, str]:
    people = derive(cohort, study(**changes))
    reading = result.readings[-1]
    names = people.table["client_id"].iloc[reading.followup.rows]
    return {name: result.labels[arm] for name, arm in zip(names, reading.arm, strict=True)}


def test_a_landmark_reads_arms_among_those_still_there() -> None:
    cohort = draw(EIGHT)
    result = designed(cohort)
    assert members(result, cohort) == {
        "a": "Step-down",
        "b": "Step-down",
        "c": "No step-down",
        "d": "No step-down",
        "e": "No step-down",
    }
    assert [(step.name, step.discharges, step.removed) for step in result.flow] == [
        ("Free of relapse at day 14", 7, 1),
        ("Alive and not in custody at day 14", 6, 1),
        ("Still followed after day 14", 5, 1),
    ]
    followup = result.readings[0].followup
    assert followup.entry is not None
    assert set(followup.entry) == {14}
    assert (result.key, result.start, result.caution) == ("landmark_14", 14, NOT_ADJUSTED)


def test_a_drug_test_or_a_meeting_of_mutual_help_is_no_care() -> None:
    cohort = draw(f"a: {STAY} | iop 3 drug_test\nb: {STAY} | php 4 mutual_help\nc: {STAY} | iop 5 group")
    assert members(designed(cohort), cohort) == {"a": "No step-down", "b": "No step-down", "c": "Step-down"}


def test_a_session_on_the_day_of_discharge_counts_and_one_before_does_not() -> None:
    cohort = draw(f"a: {STAY} | iop 0\nb: {STAY} | iop -1\nc: {STAY} | iop -5..0")
    assert members(designed(cohort), cohort) == {"a": "Step-down", "b": "No step-down", "c": "Step-down"}


def test_a_shorter_plan_leaves_some_in_no_arm() -> None:
    cohort = draw(f"a: {STAY} | iop 3\nb: {STAY} | iop 10\nc: {STAY}")
    steps = [{"level": ["iop"], "within": 7}]
    result = designed(cohort, strategies__early__steps=steps)
    assert len(result.readings[0].arm) == 2
    assert (result.flow[-1].name, result.flow[-1].removed) == ("Follows one of the plans compared", 1)


def test_all_steps_must_be_started() -> None:
    cohort = draw(f"a: {STAY} | php 1 | iop 9\nb: {STAY} | php 1\nc: {STAY} | iop 9\nd: {STAY}")
    steps = [{"level": ["php"], "within": 7}, {"level": ["iop"], "within": 14}]
    asked = study(strategies__early__steps=steps)
    assert list(arms(derive(cohort, asked), asked, day=14)) == [0, -1, -1, 1]


def test_plans_that_overlap_are_refused() -> None:
    cohort = draw(f"a: {STAY} | iop 3\nb: {STAY}")
    with pytest.raises(DesignError) as caught:
        designed(cohort, strategies__none={"label": "Any", "steps": [{"level": ["iop"], "within": 10}]})
    assert str(caught.value) == (
        "1 of 2 discharges follow more than one of the plans compared. Make the strategies exclude each other, "
        "with `avoid`."
    )


def test_an_empty_arm_is_said() -> None:
    with pytest.raises(EmptyArmError) as caught:
        designed(draw(f"a: {STAY}\nb: {STAY}"))
    assert str(caught.value) == (
        "No discharge is left in: Step-down. Nothing can be compared. Look at the flow, and widen the plan, the "
        "quarter or the eligibility. At least 30 discharges are needed."
    )


def test_ever_iop_cannot_define_arms() -> None:
    """The user's own column, known only later, under either design."""
    column = Column(name="ever_iop", meaning="Went to IOP at any time.", kind="number", known="later")
    cohort = draw(f"a: {STAY}\nb: {STAY}", covariates=(column,), ever_iop=[1.0, 0.0])
    chosen = {"column": "ever_iop", "values": [1, 0], "labels": ["Ever", "Never"]}
    for primary, moment in (
        ({"design": "baseline"}, "time zero"),
        ({"design": "landmark", "day": 14}, "the landmark on day 14"),
    ):
        with pytest.raises(DesignError) as caught:
            designed(cohort, contrast__arms=chosen, analysis__primary=primary)
        assert str(caught.value).startswith(
            f"`ever_iop` cannot be used for arms: its value becomes known after {moment} for 2 of 2 discharges "
            '(declared known = "later").'
        )
        assert "Valid designs: a landmark" in str(caught.value)


def randomized(moment: str, *, since: str = "randomization", landmark: int | None = None) -> Design:
    column = Column(name="treat", meaning="Arm.", kind="number", known=moment)
    cohort = draw(
        f"a: {STAY} | + 9\nb: {STAY}\nc: {STAY}\nd: {STAY}".replace("follow 0", "follow -28"),
        covariates=(column,),
        treat=[1.0, 0.0, 1.0, None],
        randomization_day=[-28, -28, -28, -28],
    )
    chosen = {"column": "treat", "values": [1, 0], "labels": ["Long", "Short"]}
    primary = {"design": "landmark", "day": landmark} if landmark else {"design": "baseline"}
    asked = {"contrast__arms": chosen, "analysis__primary": primary}
    return designed(cohort, time_zero__event=since, **asked)


def test_a_randomized_arm_is_compared_from_time_zero() -> None:
    result = randomized("randomization")
    assert (result.key, result.start, result.caution) == ("baseline", 0, RANDOMIZED)
    assert list(result.readings[0].arm) == [0, 1, 0]
    assert result.readings[0].followup.entry is None
    assert result.flow[-1].removed == 1
    assert randomized("admission").caution == NOT_ADJUSTED


def test_from_discharge_a_randomized_comparison_is_protected_no_more() -> None:
    result = randomized("randomization", since="discharge")
    assert (result.key, result.caution) == ("baseline", AFTER_RANDOMIZATION)
    # The lot was drawn on the day of admission: nobody could leave in between.
    assert randomized("randomization", since="admission").caution == RANDOMIZED


def test_after_a_landmark_a_randomized_comparison_is_protected_no_more() -> None:
    result = randomized("randomization", landmark=14)
    assert (result.key, result.caution) == ("landmark_14", AFTER_RANDOMIZATION)


def test_an_interval_over_the_landmark_is_counted_and_read_both_ways() -> None:
    cohort = draw(
        f"a: {STAY} | iop 3 | + (0,30]\nb: {STAY} | + (30,60]\nc: {STAY} | iop 4", visits=(30, 60, 90, 900)
    )
    result = designed(cohort)
    assert result.interval_spans_landmark == 1
    told = [(one.followup.at, one.followup.bound, len(one.arm)) for one in result.readings]
    # By day 30 the relapse of a has happened: lowest leaves it before the landmark, highest puts it after.
    assert told == [
        (day, bound, 2 if bound == "lowest" else 3) for day in (30, 60, 90) for bound in ("lowest", "highest")
    ]


def test_an_interval_contains_the_landmark_only_if_it_can_lie_on_either_side() -> None:
    either = draw(f"a: {STAY} | iop 3 | + (13,30]\nb: {STAY}\nc: {STAY} | iop 4")
    later = draw(f"a: {STAY} | iop 3 | + (14,30]\nb: {STAY}\nc: {STAY} | iop 4")
    assert [designed(cohort).interval_spans_landmark for cohort in (either, later)] == [1, 0]


def test_the_whole_cohort_is_one_group_cut_at_the_horizon() -> None:
    asked = study(outcome__times=[30, 60, 90])
    people = derive(
        draw("a: stay -28..0 | follow 0..400 | + 200\nb: stay -28..0 | follow 0..90 | + 90"), asked
    )
    followup = whole(people, asked).readings[0].followup
    assert list(followup.days) == [90, 90]
    assert list(followup.event) == [0, 1]
    with pytest.raises(ValueError, match="read-only"):
        followup.days[0] = 1


def test_a_discharge_of_an_unknown_site_belongs_to_no_cluster() -> None:
    asked = study(analysis__interval={"cluster": "site_id"})
    people = derive(draw(f"a: {STAY}\nb: {STAY}\nc: {STAY}", site_id=["01", None, None]), asked)
    for make in (whole, design):
        with pytest.raises(DesignError) as caught:
            make(people, asked)
        assert str(caught.value) == (
            "`site_id` is missing for 2 of 3 discharges, so their cluster is unknown. Complete it, or set "
            'analysis.interval.cluster = "client_id".'
        )


def test_clusters_are_clients() -> None:
    asked = study(time_zero__episode="all")
    people = derive(draw(f"a: {STAY}\na: stay 40..60\nb: {STAY}"), asked)
    assert np.array_equal(whole(people, asked).readings[0].followup.cluster, [0, 0, 1])
