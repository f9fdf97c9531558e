"""Every estimand of a first report, worked out by hand on a handful of discharges."""

from fractions import Fraction

import numpy as np
import pandas as pd
import pytest

from stepdown.cohort import derive
from stepdown.compare import design, whole
from stepdown.estimate import estimate_design
from stepdown.results import NOT_ADJUSTED, Results
from stepdown.survival import logrank
from support_cohort import draw
from support_study import described, study

pytestmark = pytest.mark.slow

MONTHS = 100 * 30.4375

# Day 20: one of 5 relapses, one dies, S = 3/5. Day 30: one is lost. Day 40: one of 2 relapses, S = 3/10.
FIVE = """
a: stay -28..0 | follow 0..90 | + 20
b: stay -28..0 | follow 0..20 died
c: stay -28..0 | follow 0..30 lost
d: stay -28..0 | follow 0..90 | + 40
e: stay -28..0 | follow 0..90
"""


def whole_cohort(text: str, **changes: object) -> Results:
    asked = described(outcome__times=[30, 60, 90], **changes)
    people = derive(draw(text, visits=(30, 60, 90)), asked)
    return estimate_design(whole(people, asked), asked)


@pytest.mark.parametrize(
    ("keys", "value"),
    [
        ({"estimand": "risk", "cause": "relapse", "time": 30}, Fraction(1, 5)),
        ({"estimand": "risk", "cause": "relapse", "time": 60}, Fraction(1, 2)),
        ({"estimand": "risk", "cause": "relapse", "time": 90}, Fraction(1, 2)),
        ({"estimand": "risk", "cause": "death", "time": 90}, Fraction(1, 5)),
        ({"estimand": "event_free", "time": 30}, Fraction(3, 5)),
        ({"estimand": "event_free", "time": 90}, Fraction(3, 10)),
        ({"estimand": "window_risk"}, Fraction(3, 10)),
        ({"estimand": "conditional_risk"}, Fraction(1, 2)),
        ({"estimand": "rmst", "time": 90}, Fraction(47)),
        ({"estimand": "rate", "window_start": 0, "window_end": 30}, Fraction(MONTHS) / 130),
        ({"estimand": "rate", "window_start": 30, "window_end": 60}, Fraction(MONTHS) / 40),
        ({"estimand": "rate", "window_start": 60, "window_end": 90}, Fraction(0)),
    ],
)
def test_numbers_by_hand(keys: dict[str, object], value: Fraction) -> None:
    found = whole_cohort(FIVE).one(statistic="estimate", **keys)  # type: ignore[arg-type]
    assert found["estimate"] == pytest.approx(float(value), abs=1e-12)


def test_the_share_of_relapses_by_the_last_day_needs_a_last_day_after_the_window() -> None:
    estimands = set(whole_cohort(FIVE).table["estimand"])
    assert "window_risk" in estimands
    assert "share_of_events_by" not in estimands
    share = whole_cohort(FIVE, outcome__window=[30, 60]).one(estimand="share_of_events_by")
    assert share["estimate"] == pytest.approx(1)


def test_the_table_under_the_curve_adds_up_to_everyone() -> None:
    table = whole_cohort(FIVE).where(estimand="at_risk").table
    counts = table.pivot(index="time", columns="statistic", values="estimate")
    assert counts.loc[0].to_dict() == {"at_risk": 5, "events": 0, "competing": 0, "censored": 0}
    assert counts.loc[30].to_dict() == {"at_risk": 3, "events": 1, "competing": 1, "censored": 0}
    assert counts.loc[60].to_dict() == {"at_risk": 1, "events": 2, "competing": 1, "censored": 1}
    assert (counts.sum(axis=1) == 5).all()


@pytest.mark.parametrize(("day", "inside"), [(30, 0), (31, 1), (90, 1)])
def test_the_window_is_open_on_the_left_and_closed_on_the_right(day: int, inside: int) -> None:
    found = whole_cohort(f"a: stay -28..0 | follow 0..90 | + {day}\nb: stay -28..0 | follow 0..90")
    row = found.one(estimand="window_risk", statistic="estimate")
    assert (row["estimate"], row["events"]) == (inside / 2, inside)


def test_person_days_lie_beside_the_rates() -> None:
    found = whole_cohort(FIVE)
    days = [found.one(statistic="person_days", window_start=day)["estimate"] for day in (0, 30, 60)]
    assert days == [130, 40, 30]


def test_without_competing_events_the_risk_is_one_minus_kaplan_meier() -> None:
    found = whole_cohort(FIVE.replace("20 died", "20 lost"))
    row = found.one(estimand="risk", time=90, statistic="estimate", cause="relapse")
    assert row["method"] == "Kaplan-Meier"
    assert row["estimate"] == pytest.approx(1 - 4 / 5 * 1 / 2)
    assert row["estimate"] == pytest.approx(
        1 - found.one(estimand="event_free", time=90, statistic="estimate")["estimate"]
    )


def test_what_lies_beyond_the_last_follow_up_is_missing_with_a_reason() -> None:
    found = whole_cohort(FIVE.replace("0..90", "0..70"))
    row = found.one(estimand="risk", cause="relapse", time=90, statistic="estimate")
    assert pd.isna(row["estimate"])
    assert "beyond the last follow-up" in row["note"]


def test_a_window_from_the_start_holds_day_zero_and_says_so() -> None:
    zero = whole_cohort(FIVE.replace("+ 20", "+ 0"), time_zero__day_zero="event", outcome__window=[0, 30])
    row = zero.one(estimand="window_risk", statistic="estimate")
    assert (row["window_start"], row["window_end"], row["estimate"], row["events"]) == (
        0,
        30,
        pytest.approx(1 / 5),
        1,
    )
    assert not len(zero.where(estimand="conditional_risk"))


TWICE = """
a: stay -28..0 | follow 0..400 | iop 3 | + 200
a: stay 50..100 | follow 401..402
b: stay -28..0 | follow 0..90 | + 40
c: stay -28..0 | follow 0..90 | iop 5
"""


def test_rates_allow_for_clients_with_several_discharges() -> None:
    # Days 31-60: a's first stay adds 30 days, the second relapses on day 50 (20 days); b 10, c 30.
    text = TWICE.replace("follow 401..402", "follow 100..402 | + 150").replace(
        "follow 0..400", "follow 0..99"
    )
    text = text.replace(" | + 200", "")
    found = {}
    for episode in ("first", "all"):
        asked = study(outcome__times=[30, 60, 90], time_zero__episode=episode)
        people = derive(draw(text), asked)
        table = estimate_design(whole(people, asked), asked).table
        rates = table[(table["estimand"] == "rate") & (table["statistic"] == "estimate")]
        found[episode] = rates.set_index("window_start").loc[30]
        assert not table["note"].str.contains("independent").any()
    first, every = found["first"], found["all"]
    month = MONTHS
    assert first["method"] == "events per person-time, exact Poisson interval"
    assert first["estimate"] == pytest.approx(month / 70)
    assert first["conf_high"] == pytest.approx(month * 5.571643 / 70)  # Garwood's upper limit of one event
    assert every["method"] == "events per person-time, interval robust to clusters"
    rate = 2 / 90
    assert every["estimate"] == pytest.approx(month * rate)
    # One event in 50 days of a, one in 10 of b, none in 30 of c.
    influence = np.array([1 - 50 * rate, 1 - 10 * rate, -30 * rate]) / 90
    # Three clients: G / (G - 1) = 3 / 2, and t on 2 degrees of freedom.
    assert every["std_error"] == pytest.approx(month * np.sqrt(3 / 2 * influence @ influence))
    assert every["conf_low"] == pytest.approx(
        every["estimate"] * np.exp(-4.302653 * every["std_error"] / every["estimate"])
    )


def test_the_test_of_the_curves_allows_for_clients_with_several_discharges() -> None:
    lines = []
    for number in range(60):
        care = " | iop 3" if number % 2 else ""
        lines.append(f"c{number:02}: stay -8..0 | follow -10..300 | + {40 + 7 * number % 50}{care}")
        lines.append(f"c{number:02}: stay -38..-10")
    asked = study(time_zero__episode="all", time_zero__day_zero="event")
    people = derive(draw("\n".join(lines)), asked)
    chosen = design(people, asked)
    told = estimate_design(chosen, asked).where(estimand="logrank").table.set_index("statistic")
    arms = chosen.readings[0]
    arrays = arms.followup.days, arms.followup.event > 0, arms.arm
    plain = logrank(*arrays, entry=arms.followup.entry).statistic
    robust = logrank(*arrays, entry=arms.followup.entry, cluster=arms.followup.cluster).statistic
    assert told.loc["statistic", "estimate"] == pytest.approx(robust, rel=1e-12)
    # Each client stands there twice with nearly the same story: the plain test counts them as two.
    assert robust < 0.7 * plain
    assert set(told["method"]) == {"log-rank test, robust to clusters"}


TWO_ARMS = """
a: stay -28..0 | follow 0..90 | iop 3 | + 50
b: stay -28..0 | follow 0..90 | iop 9
c: stay -28..0 | follow 0..90 | + 40
d: stay -28..0 | follow 0..90 | + 45
e: stay -28..0 | follow 0..90
f: stay -28..0 | follow 0..90
"""


def compared(text: str = TWO_ARMS) -> Results:
    asked = study(outcome__times=[30, 60, 90])
    people = derive(draw(text, visits=(30, 60, 90)), asked)
    return estimate_design(design(people, asked), asked)


def test_arms_and_contrasts_by_hand() -> None:
    found = compared()
    value = {
        arm: found.one(estimand="rmst", arm=arm, statistic="estimate")["estimate"]
        for arm in ("Step-down", "No step-down")
    }
    # Out of 76 days after day 14: 36 by everyone and 40 by half; 26 by all, 5 by three quarters, 45 by half.
    assert value["Step-down"] == pytest.approx(36 + 40 / 2)
    assert value["No step-down"] == pytest.approx(26 + 5 * 3 / 4 + 45 / 2)
    row = found.one(estimand="rmst", statistic="difference")
    assert row["estimate"] == pytest.approx(value["Step-down"] - value["No step-down"])
    assert (row["arm"], row["reference"]) == ("Step-down", "No step-down")
    assert found.one(estimand="rmst", arm="Step-down", statistic="estimate")["window_start"] == 14
    assert (
        found.one(estimand="rate", window_start=14, window_end=30, arm="Step-down", statistic="person_days")[
            "estimate"
        ]
        == 32
    )


def test_every_contrast_says_that_arms_are_not_adjusted() -> None:
    table = compared().table
    beside = table[(table["reference"] != "") | (table["estimand"] == "logrank")]
    # How many discharges a difference would take is no contrast.
    beside = beside[beside["estimand"] != "discharges_needed"]
    assert len(beside) > 8
    assert (beside["note_code"] == NOT_ADJUSTED).all()


def test_intervals_give_a_range_at_the_contact_days() -> None:
    found = whole_cohort(FIVE.replace("+ 20", "+ (0,60]").replace("+ 40", "+ (30,90]"))
    table = found.table[found.table["method"].str.startswith("Aalen-Johansen")]
    assert set(table["estimand"]) == {"risk"}
    risks = table[(table["cause"] == "relapse") & (table["statistic"] == "estimate")]
    by_day = risks.pivot(index="time", columns="bound", values="estimate")
    # Lowest by day 60: a relapses on day 1, d later. Highest: both on day 60, after b died and c was lost.
    assert by_day["lowest"].tolist() == pytest.approx([0, 1 / 5, 1 / 5 + 3 / 5 / 2])
    assert by_day["highest"].tolist() == pytest.approx([1 / 5, 4 / 5 * 2 / 3, 4 / 5 * 2 / 3])


def test_an_interval_over_the_landmark_is_counted() -> None:
    found = compared(TWO_ARMS.replace("+ 50", "+ (3,50]"))
    assert found.one(estimand="interval_spans_landmark")["estimate"] == 1
    assert (found.table["reference"] == "").all()


def test_results_do_not_depend_on_the_order_of_rows() -> None:
    lines = TWO_ARMS.strip().splitlines()
    turned = compared("\n".join(lines[::-1])).table
    pd.testing.assert_frame_equal(compared().table, turned)
