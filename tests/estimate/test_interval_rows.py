"""What is estimated where relapse days are only known as intervals."""

import json
import math

import pandas as pd
import pytest

from stepdown.cohort import derive
from stepdown.compare import design, whole
from stepdown.estimate import estimate_design
from stepdown.report.assembly import analyze
from stepdown.results import Results
from stepdown.sources import bundled
from support_cohort import draw
from support_study import described, study

pytestmark = pytest.mark.slow

MODEL = "piecewise exponential, from intervals"
MONTHS = 100 * 30.4375

# By day 30: 2 of 8. By day 90: 1 of the 4 seen again; one is lost and one dies on day 60.
EIGHT = """
a: stay -28..0 | follow 0..90 | + (0,30]
b: stay -28..0 | follow 0..90 | + (0,30]
c: stay -28..0 | follow 0..90 | + (30,90]
d: stay -28..0 | follow 0..90
e: stay -28..0 | follow 0..90
f: stay -28..0 | follow 0..90
g: stay -28..0 | follow 0..30 lost
h: stay -28..0 | follow 0..60 died
"""
ALIVE = EIGHT.replace("60 died", "30 lost")


def told(text: str, **changes: object) -> Results:
    asked = described(outcome__times=[30, 90], **changes)
    people = derive(draw(text, visits=(30, 90)), asked)
    return estimate_design(whole(people, asked), asked)


def risks(found: Results, method: str, bound: str = "") -> list[float]:
    rows = found.where(estimand="risk", cause="relapse", method=method, bound=bound)
    return rows.table["estimate"].tolist()


def test_without_competing_events_by_hand() -> None:
    found = told(ALIVE)
    # 2 of 8 by day 30, then 1 of the 4 seen on day 90.
    expected = [1 / 4, 1 / 4 + 3 / 4 * 1 / 4]
    assert risks(found, "Turnbull", "lowest") == pytest.approx(expected)
    assert risks(found, "Turnbull", "highest") == pytest.approx(expected)
    assert risks(found, MODEL) == pytest.approx(expected)
    one = found.one(estimand="risk", time=90, method=MODEL)
    assert (one["n"], one["events"]) == (8, 3)
    assert 0 < one["conf_low"] < one["estimate"] < one["conf_high"] < 1
    window = found.one(estimand="window_risk", method=MODEL)
    assert (window["window_start"], window["window_end"], window["estimate"]) == (
        30,
        90,
        pytest.approx(3 / 16),
    )
    assert found.one(estimand="conditional_risk", method=MODEL)["estimate"] == pytest.approx(1 / 4)
    rate = found.one(estimand="rate", window_start=30, window_end=90, method=MODEL)
    # S(90) / S(30) = 3/4 over 60 days.
    assert rate["estimate"] == pytest.approx(-MONTHS * math.log(0.75) / 60)
    assert pd.isna(rate["events"])
    # Up to the last day itself the share is 1 whatever happens: no result.
    assert "share_of_events_by" not in set(found.table["estimand"])


def test_the_dead_are_not_left_to_relapse() -> None:
    found = told(EIGHT)
    # h is free on day 60, so c's relapse fits best in (60, 90]; of the 5 at risk on day 60 one died then.
    expected = [1 / 4, 1 / 4 + 3 / 16 * 4 / 5]
    assert risks(found, "Turnbull", "lowest") == pytest.approx(expected)
    assert risks(found, "Turnbull", "highest") == pytest.approx(expected)
    # A death while relapses of that stretch were found later: before it or after it, nobody knows.
    soon = EIGHT.replace("60 died", "20 died")
    # Of 8 at risk on day 20 one died; the mass of (20, 30] comes after it.
    assert risks(told(soon), "Turnbull", "lowest")[0] == pytest.approx(2 / 7 * 7 / 8)
    alive = told(ALIVE)
    assert risks(found, MODEL)[0] == pytest.approx(risks(alive, MODEL)[0])
    assert risks(found, MODEL)[1] < risks(alive, MODEL)[1]
    for results, gone in ((alive, False), (found, True)):
        rates = [results.one(estimand="rate", window_start=day, method=MODEL)["estimate"] for day in (0, 30)]
        net = 1 - math.exp(-(rates[0] * 30 + rates[1] * 60) / MONTHS)
        assert (risks(results, MODEL)[1] < net - 0.005) == gone
        assert risks(results, MODEL)[1] == pytest.approx(net, abs=0.05)
    # Where death does not compete it ends observation: relapse as if nobody died.
    apart = told(EIGHT, outcome__competing=[])
    assert risks(apart, "Turnbull", "highest") == pytest.approx(risks(alive, "Turnbull", "highest"))


def test_relapse_comes_first_within_a_day() -> None:
    # One of 4 relapses on day 40, another dies that day: 1/4, as by Aalen-Johansen; the last is an interval.
    text = """
a: stay -28..0 | follow 0..90 | + 40
b: stay -28..0 | follow 0..40 died
c: stay -28..0 | follow 0..90
d: stay -28..0 | follow 0..90 | + (60,90]
"""
    found = told(text)
    # Of the 3 left after the relapse one dies: 2/3 of the mass 3/4 * 1/2 after day 60 comes to pass.
    assert risks(found, "Turnbull", "highest") == pytest.approx([0, 1 / 4 + 3 / 4 * 1 / 2 * 2 / 3])


def test_exact_days_need_no_such_rows_and_landmarks_over_intervals_get_none() -> None:
    assert MODEL not in set(told("a: stay -28..0 | follow 0..90 | + 20").table["method"])
    lines = EIGHT.strip().splitlines()
    text = "\n".join(line + (" | iop 3" if place % 2 else "") for place, line in enumerate(lines))
    asked = study(outcome__times=[30, 90])
    people = derive(draw(text, visits=(30, 90)), asked)
    assert MODEL not in set(estimate_design(design(people, asked), asked).table["method"])
    # No interval over day 14: the arms are known, and each is estimated, from day 14 on.
    later = "0: stay -28..0 | follow 0..10 lost\n" + text.strip().replace("(0,30]", "(14,30]")
    people = derive(draw(later, visits=(30, 90)), asked)
    table = estimate_design(design(people, asked), asked).where(method=MODEL, estimand="risk").table
    assert sorted(table["arm"]) == ["No step-down"] * 2 + ["Step-down"] * 2
    step_down = table[(table["arm"] == "Step-down") & (table["time"] == 30)].iloc[0]
    assert (step_down["estimate"], step_down["n"]) == (pytest.approx(1 / 4), 4)


def test_the_truth_of_the_phone_cohort_lies_inside_the_intervals() -> None:
    folder = bundled("synthetic") / "one_site"
    values = json.loads((folder / "truth.json").read_text())["values"]
    truth = values["discharge"]["natural_course"]["risk"]["relapse"]
    found = analyze(folder / "study.toml").results
    for day in (30, 90, 180):
        row = found.one(analysis="whole_cohort", estimand="risk", time=day, method=MODEL)
        assert row["conf_low"] < truth[str(day)] < row["conf_high"]
        ends = [
            found.one(analysis="whole_cohort", estimand="risk", time=day, method="Turnbull", bound=end)[
                "estimate"
            ]
            for end in ("lowest", "highest")
        ]
        assert ends[0] <= ends[1]
        assert ends[0] == pytest.approx(row["estimate"], abs=0.03)
    window = found.one(analysis="whole_cohort", estimand="window_risk", method=MODEL)
    assert window["conf_low"] < truth["90"] - truth["30"] < window["conf_high"]
