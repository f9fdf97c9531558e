"""What `outcome.interval` changes, through a whole analysis: by hand, and by laws."""

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from stepdown.cohort import derive
from stepdown.compare import design, whole
from stepdown.estimate import estimate_design
from stepdown.results import NUMBERS, Results
from stepdown.schema import Cohort, Column
from stepdown.survival import size_for_risks
from support_cohort import draw
from support_run import analyzed
from support_study import described, study

pytestmark = pytest.mark.slow

CHOICES = ("detected", "midpoint", "imputed", "bounds", "interval")
FROM_DAYS = ("at_risk", "event_free", "median", "rmst", "logrank")
MODEL = "piecewise exponential, from intervals"
STAY = "stay -28..0"
# By day 30 two of eight; g is lost on day 30; by day 90 one of the four seen again.
EIGHT = f"""
a: {STAY} | follow 0..90 | + (0,30]
b: {STAY} | follow 0..90 | + (10,30]
c: {STAY} | follow 0..90 | + (30,80]
d: {STAY} | follow 0..90
e: {STAY} | follow 0..90
f: {STAY} | follow 0..90
g: {STAY} | follow 0..30 lost
h: {STAY} | follow 0..30 lost
"""
TIMES = "\n[outcome]\ntimes = [30, 60, 90]\n"


def told(text: str, interval: str, **changes: object) -> Results:
    asked = described(outcome__times=[30, 60, 90], outcome__interval=interval, **changes)
    return estimate_design(whole(derive(draw(text, visits=(30, 90)), asked), asked), asked)


def risk(found: Results, day: int, method: str = "Kaplan-Meier", bound: str = "") -> float:
    return found.one(estimand="risk", time=day, statistic="estimate", method=method, bound=bound)["estimate"]


def randomized(text: str) -> Cohort:
    lines = [line for line in text.splitlines() if line.strip()]
    treat = Column(name="treat", meaning="Arm.", kind="text", known="admission")
    arms = ["x" if place % 2 else "y" for place in range(len(lines))]
    return draw(text, visits=(30, 90), covariates=(treat,), treat=arms)


def compared(text: str, interval: str, **changes: object) -> Results:
    chosen = {"column": "treat", "values": ["x", "y"], "labels": ["X", "Y"]}
    asked = study(
        contrast__arms=chosen,
        analysis__primary={"design": "baseline"},
        strategies=None,
        outcome__times=[30, 60, 90],
        outcome__interval=interval,
        **changes,
    )
    return estimate_design(design(derive(randomized(text), asked), asked), asked)


@pytest.mark.parametrize(
    ("interval", "days"),
    # Detected on 30, 30, 80; middles 15, 20, 55.
    [("detected", (30, 30, 80)), ("midpoint", (15, 20, 55))],
)
def test_one_day_by_hand(interval: str, days: tuple[int, int, int], tmp_path: Path) -> None:
    text = TIMES + f'interval = "{interval}"\n'
    found = analyzed(draw(EIGHT, visits=(30, 90)), tmp_path, more=text).results
    whole_cohort = found.where(analysis="whole_cohort")
    # 2 of 8 by day 30, then 1 of the 4 still followed.
    assert [risk(whole_cohort, day) for day in (30, 90)] == pytest.approx([1 / 4, 1 / 4 + 3 / 4 / 4])
    assert risk(whole_cohort, 60) == pytest.approx(1 / 4 if interval == "detected" else 7 / 16)
    mean = 90 - (1 / 8) * (180 - days[0] - days[1]) - 3 / 16 * (90 - days[2])
    assert whole_cohort.one(estimand="rmst", time=90)["estimate"] == pytest.approx(mean)
    curve = whole_cohort.where(estimand="risk", statistic="curve").table
    assert list(curve.loc[curve["events"] > 0, "time"]) == sorted(set(days))


def test_bounds_by_hand(tmp_path: Path) -> None:
    found = analyzed(draw(EIGHT, visits=(30, 90)), tmp_path, more=TIMES + 'interval = "bounds"\n').results
    told = found.where(analysis="whole_cohort", estimand="risk", cause="relapse")
    # Nobody is lost before day 30; nothing later changes the share of the first 30 days.
    for day, share in ((30, 1 / 4), (90, 7 / 16)):
        for end in ("lowest", "highest"):
            assert risk(told, day, bound=end) == pytest.approx(share)
    assert not len(found.where(analysis="whole_cohort", estimand="rmst"))


def test_imputed_by_hand(tmp_path: Path) -> None:
    # On contact days nothing is uncertain: every imputation says the same, and so do the pooled numbers.
    text = TIMES + 'interval = "imputed"\nimputations = 7\n'
    found = analyzed(draw(EIGHT, visits=(30, 90)), tmp_path, more=text).results.where(analysis="whole_cohort")
    method = "Kaplan-Meier, 7 imputations pooled"
    detected = told(EIGHT, "detected")
    for day, share in ((30, 1 / 4), (90, 7 / 16)):
        pooled = found.one(estimand="risk", time=day, statistic="estimate", method=method)
        alone = detected.one(estimand="risk", time=day, statistic="estimate")
        assert pooled["estimate"] == pytest.approx(share)
        for name in NUMBERS:
            assert pooled[name] == pytest.approx(alone[name]), name
    # By day 60 the third may or may not have relapsed.
    assert 1 / 4 < risk(found, 60, method) < 7 / 16
    # So the mean of the days varies, and its interval is wider than that of any day put in.
    mean = found.one(estimand="rmst", time=90)
    assert mean["method"] == "area under the Kaplan-Meier curve, 7 imputations pooled"
    assert mean["std_error"] > detected.one(estimand="rmst", time=90)["std_error"] > 0
    counts = found.where(estimand="at_risk").table
    assert (counts.groupby("time")["estimate"].sum() == 8).all()
    assert set(found.where(estimand="rate", statistic="estimate").table["method"]) == {
        "events per person-time, 7 imputations pooled"
    }
    curve = found.where(estimand="risk", statistic="curve").table
    assert (np.diff(curve["estimate"]) >= -1e-12).all()
    assert curve["estimate"].iloc[-1] == pytest.approx(7 / 16)
    assert curve["events"].sum() == pytest.approx(3)


def test_interval_by_hand(tmp_path: Path) -> None:
    text = EIGHT.replace("(10,30]", "(0,30]").replace("(30,80]", "(30,90]")
    more = TIMES.replace("60, ", "") + 'interval = "interval"\n'
    found = analyzed(draw(text, visits=(30, 90)), tmp_path, more=more).results.where(analysis="whole_cohort")
    own = found.table[
        found.table["estimand"].isin([*FROM_DAYS, "risk", "rate", "window_risk", "share_of_events_by"])
    ]
    assert set(own["method"]) == {MODEL, "Turnbull"}
    assert not own["estimand"].isin(FROM_DAYS).any()
    for day, share in ((30, 1 / 4), (90, 7 / 16)):
        for method, bound in ((MODEL, ""), ("Turnbull", "lowest"), ("Turnbull", "highest")):
            assert risk(found, day, method, bound) == pytest.approx(share)
    rate = found.one(estimand="rate", window_start=30, window_end=90, statistic="estimate")
    assert rate["estimate"] == pytest.approx(-100 * 30.4375 * math.log(3 / 4) / 60)
    assert found.one(estimand="window_risk", statistic="estimate")["estimate"] == pytest.approx(3 / 16)


def test_imputed_arms_differ_with_an_interval_and_a_pooled_test() -> None:
    text = "\n".join(EIGHT.strip().replace(":", f"{copy}:") for copy in range(6))
    found = compared(text, "imputed", outcome__imputations=5)
    one = found.one(estimand="risk", time=60, statistic="difference")
    assert (one["arm"], one["reference"]) == ("X", "Y")
    assert one["conf_low"] < one["estimate"] < one["conf_high"]
    assert one["note_code"] == "not_adjusted"
    ratio = found.one(estimand="risk", time=60, statistic="ratio")
    arms = found.where(estimand="risk", time=60, statistic="estimate").table.set_index("arm")["estimate"]
    assert one["estimate"] == pytest.approx(arms["X"] - arms["Y"], abs=0.005)
    assert ratio["estimate"] == pytest.approx(arms["X"] / arms["Y"], rel=0.02)
    test = found.where(estimand="logrank").table.set_index("statistic")["estimate"]
    assert set(found.where(estimand="logrank").table["method"]) == {
        "log-rank test by rule D2, 5 imputations pooled"
    }
    assert test["df"] == 1
    assert 0 < test["p_value"] < 1


def test_imputed_arms_that_are_too_few_say_how_many_it_takes() -> None:
    table = compared(EIGHT, "imputed", outcome__imputations=5).table
    (needed,) = table[table["estimand"] == "discharges_needed"].to_dict("records")
    risks = table[(table["estimand"] == "risk") & (table["time"] == 90) & (table["bound"] == "")]
    rows = risks.set_index(["statistic", "arm"])
    found, arms = rows.loc["difference"].iloc[0], rows.loc["estimate"]
    reference = arms.loc[found["reference"]]
    spread = (arms["estimate"] * (1 - arms["estimate"]) / arms["n"]).sum()
    change = -0.1 if reference["estimate"] > 0.1 else 0.1
    # From the pooled standard error, which holds what was imputed too.
    left = min(spread / found["std_error"] ** 2, 1.0)
    assert needed["estimate"] == size_for_risks(reference["estimate"], change, followed=left).n
    assert needed["n"] == 4


def test_arms_from_intervals_differ_by_the_model() -> None:
    text = "\n".join(EIGHT.strip().replace(":", f"{copy}:") for copy in range(3))
    found = compared(text, "interval")
    arms = found.where(estimand="risk", time=90, method=MODEL, statistic="estimate").table.set_index("arm")
    one = found.one(estimand="risk", time=90, statistic="difference")
    assert (one["method"], one["estimate"]) == (
        MODEL,
        pytest.approx(arms.loc["X", "estimate"] - arms.loc["Y", "estimate"]),
    )
    assert one["std_error"] == pytest.approx(math.hypot(*arms["std_error"]))
    assert one["note_code"] == "not_adjusted"
    for statistic in ("difference", "ratio"):
        assert found.one(estimand="window_risk", statistic=statistic)["method"] == MODEL
    # Beside lowest and highest no difference is told.
    assert not len(compared(text, "bounds").where(statistic="difference"))


def test_intervals_of_one_day_are_that_day_whatever_is_chosen(tmp_path: Path) -> None:
    narrow = EIGHT.replace("(0,30]", "(29,30]").replace("(10,30]", "(19,20]").replace("(30,80]", "(79,80]")
    dated = narrow.replace("(29,30]", "30").replace("(19,20]", "20").replace("(79,80]", "80")
    exact = compared(dated, "bounds").table
    assert exact["estimate"].notna().sum() > 40
    for interval in CHOICES:
        pd.testing.assert_frame_equal(compared(narrow, interval).table, exact)


def test_the_same_seed_gives_the_same_numbers() -> None:
    first = told(EIGHT, "imputed").table
    pd.testing.assert_frame_equal(told(EIGHT, "imputed").table, first)
    other = told(EIGHT, "imputed", seed=2).table
    assert len(other) != len(first) or not other["estimate"].equals(first["estimate"])


def test_a_comparison_after_a_landmark_pools_what_is_drawn() -> None:
    lines = EIGHT.strip().splitlines()
    text = "\n".join(line + (" | iop 3" if place % 2 else "") for place, line in enumerate(lines))
    asked = study(outcome__times=[30, 60, 90], outcome__interval="imputed")
    chosen = design(derive(draw(text, visits=(30, 90)), asked), asked)
    assert (len(chosen.readings), chosen.imputed) == (20, True)
    table = estimate_design(chosen, asked)
    risk = table.where(estimand="risk", time=90, statistic="estimate").table
    assert set(risk["method"]) == {"Kaplan-Meier, 20 imputations pooled"}
    assert table.where(estimand="interval_spans_landmark").table.empty


def test_an_event_that_came_first_in_some_imputations_only() -> None:
    text = EIGHT + f"i: {STAY} | follow 0..90 | + (0,30] | jail 20\n"
    found = told(text, "imputed")
    method = "Aalen-Johansen, 20 imputations pooled"
    jailed = found.one(estimand="risk", cause="incarceration", time=90, statistic="estimate")
    relapsed = found.one(estimand="risk", cause="relapse", time=30, statistic="estimate")
    assert {jailed["method"], relapsed["method"]} == {method}
    # Nobody is lost by day 30: what is not the one is the other, on average.
    assert 0 < jailed["estimate"] < 1 / 9
    share = found.one(estimand="risk", cause="incarceration", time=30, statistic="estimate")["estimate"]
    assert relapsed["events"] / 9 + share == pytest.approx(3 / 9)
    assert np.isnan(jailed["conf_low"])
    assert jailed["note"] == "no events by then in some imputations"
    assert relapsed["conf_low"] < relapsed["estimate"] < relapsed["conf_high"]
