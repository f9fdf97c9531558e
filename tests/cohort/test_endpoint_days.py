"""What is analyzed where an onset is an interval, and the days around time zero."""

import numpy as np
import pandas as pd
import pytest

from stepdown.cohort import derive
from stepdown.cohort.relapse.daily import Onset, dated, shares
from support_cohort import draw
from support_study import described

STAY = "stay -28..0 | follow 0..90"


def onset(*pairs: tuple[float, float]) -> Onset:
    earliest, latest = (np.array(side, dtype=float) for side in zip(*pairs, strict=True))
    return Onset(earliest=earliest, latest=latest, confirmed=latest + 7)


def table(names: list[str]) -> pd.DataFrame:
    return pd.DataFrame({"client_id": names, "episode_id": "e"})


@pytest.mark.parametrize(
    ("rule", "days"),
    [
        # (0, 30], (30, 60], (29, 30], a day, (0, 3], day 0, none.
        ("detected", [30, 60, 30, 10, 3, 0, np.inf]),
        ("midpoint", [15, 45, 30, 10, 2, 0, np.inf]),
    ],
)
def test_one_day_of_an_interval(rule: str, days: list[float]) -> None:
    one = onset((1, 30), (31, 60), (30, 30), (10, 10), (1, 3), (0, 0), (np.inf, np.inf))
    chosen = dated(one, rule)
    assert list(chosen.earliest) == list(chosen.latest) == days
    assert (chosen.confirmed == one.confirmed).all()
    for kept in ("bounds", "interval", "imputed"):
        assert dated(one, kept) is one


def test_a_rule_that_there_is_not() -> None:
    with pytest.raises(ValueError, match="no rule for intervals is called guess"):
        dated(onset((1, 30)), "guess")


def test_what_is_drawn_hangs_on_the_seed_and_the_number_of_the_draw_only() -> None:
    names = table(["b", "a", "c"])
    first = shares(names, seed=3, imputations=2)
    assert [one.shape for one in first] == [(2, 3), (2, 3)]
    for side, one in enumerate(first):
        assert np.array_equal(shares(names, seed=3, imputations=5)[side][:2], one)
        assert len(np.unique(one)) == 6
        for seed in (4, -3):
            assert not np.isin(shares(names, seed=seed, imputations=2)[side], one).any()
        turned = shares(names.iloc[::-1].reset_index(drop=True), seed=3, imputations=2)[side]
        assert np.array_equal(turned[:, ::-1], one)


@pytest.mark.parametrize(
    ("interval", "found"),
    [("detected", (30, 30)), ("midpoint", (15, 15)), ("bounds", (1, 30))],
)
def test_a_study_says_what_is_analyzed(interval: str, found: tuple[int, int]) -> None:
    people = derive(draw(f"a: {STAY} | + (0,30]"), described(outcome__interval=interval))
    row = people.table.iloc[0]
    assert (row["days_earliest"], row["days"]) == found
    assert (row["event"], row["confirmed"]) == (1, 30)
    assert people.exact == (interval != "bounds")


def test_a_day_in_an_interval_may_come_before_custody_that_its_finding_followed() -> None:
    text = f"a: {STAY} | + (0,30] | jail 20"
    told = {}
    for interval in ("detected", "midpoint"):
        row = derive(draw(text), described(outcome__interval=interval)).table.iloc[0]
        told[interval] = (row["days"], row["event"])
    assert told == {"detected": (20, 3), "midpoint": (15, 1)}


def test_custody_on_the_day_of_discharge_is_no_start() -> None:
    text = f"a: {STAY}\nb: {STAY} | jail 0\nc: {STAY} | jail 1\nd: {STAY} | jail -5"
    flow = derive(draw(text), described()).flow
    assert (flow[-1].name, flow[-1].discharges, flow[-1].removed) == (
        "Alive and not in custody at discharge",
        3,
        1,
    )


def test_a_stay_without_a_day_of_admission_can_still_be_transferred_from() -> None:
    told = {}
    for day in (1, 2):
        cohort = draw(f"a: {STAY} | admitted {day} residential", admit_day=[None])
        row = derive(cohort, described(outcome__endpoint="readmission@1")).table.iloc[0]
        told[day] = (row["days"], row["event"])
    assert told == {1: (90, 0), 2: (2, 1)}


@pytest.mark.parametrize("event", ["admission", "randomization"])
def test_what_is_found_up_to_the_day_of_coming_takes_nobody_out(event: str) -> None:
    text = "a: stay 0..28 | randomization_day 0 | follow -9..90 | + -5 | + 0 | + (-5,0] | + 40"
    people = derive(draw(text), described(time_zero__event=event))
    assert [step.name for step in people.flow] == [
        "All discharges in the data",
        "First eligible discharge of each client",
    ]
    assert list(people.table["days"]) == [40]


def test_use_between_admission_and_randomization_takes_nobody_out() -> None:
    text = "a: stay -28..60 | randomization_day 0 | follow -28..90 | + -5 | + 40"
    people = derive(draw(text), described(time_zero__event="randomization"))
    assert (len(people.table), people.table["days"].iloc[0]) == (1, 40)
