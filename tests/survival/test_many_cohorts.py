"""The arrays that the long validation uses give the estimators' own numbers, cohort by cohort."""

import numpy as np
import pytest

from stepdown import survival
from tools.validation.further_coverage import cell, true_values
from tools.validation.interval_coverage import LAST, Setting, drawn, exact, simulated
from tools.validation.many_cohorts import FIRST, difference, estimates, ratio

N, COHORTS = 40, 3
SETTINGS = [
    Setting("", weighted=weighted, competing=competing, clusters=clusters)
    for weighted in (False, True) for competing in (False, True) for clusters in (0, 7)
]  # fmt: skip


def arms(setting):
    rng = np.random.default_rng(4)
    return [drawn(setting, N, np.full((COHORTS, N), p), COHORTS, rng) for p in (0.3, 0.04)]


def near(row, found, place, name="estimate"):
    numbers = [row[name], row["conf_low"], row["conf_high"]]
    ours = [found.value[place], found.limits[0][place], found.limits[1][place]]
    np.testing.assert_allclose(ours, numbers, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("setting", SETTINGS, ids=repr)
def test_numbers_are_those_of_the_estimators(setting):
    cohorts = arms(setting)
    many = [estimates(one) for one in cohorts]
    cause = {"cause": 1} if setting.competing else {}
    curve = survival.aalen_johansen if setting.competing else survival.kaplan_meier
    for place in range(COHORTS):
        given = {}
        if setting.weighted:
            given["weights"] = np.concatenate([one.weight[place] for one in cohorts])
        if setting.clusters:
            given["cluster"] = np.concatenate([one.cluster for one in cohorts])
        days, event = (
            np.concatenate([getattr(one, of)[place] for one in cohorts]) for of in ("day", "cause")
        )
        arm = np.repeat([0, 1], N)
        curves = curve(days, event, arm, **given)
        risks, windows = (
            survival.risk(curves, LAST, **cause),
            survival.window_risk(curves, FIRST, LAST, **cause),
        )
        shares = survival.window_risk(curves, 0, FIRST, horizon=LAST, **cause).table.query(
            "measure == 'share'"
        )
        means = survival.rmst(days, event > 0, arm, tau=LAST, **given)
        hazards = survival.window_hazard(days, event == 1, arm, cuts=[FIRST, LAST], **given)
        rates = hazards.table
        for own in (0, 1):
            near(risks.table.iloc[own], many[own]["risk"], place)
            near(means.table.iloc[own], many[own]["rmst"], place)
            near(rates.iloc[own], many[own]["rate"], place, "rate")
            near(shares.iloc[own], many[own]["share"], place)
            for name in ("window_risk",) if setting.competing else ("window_risk", "conditional_risk"):
                near(windows.table[windows.table["measure"] == name].iloc[own], many[own][name], place)
        if setting.competing:
            lost = survival.rmtl(days, event, arm, tau=LAST, **given).table.query("cause == 1")
            free = survival.kaplan_meier(days, event > 0, arm, **given).at(LAST)
            for own in (0, 1):
                near(lost.iloc[own], many[own]["rmtl"], place)
                near(free.iloc[own], many[own]["event_free"], place)
        for name, found in (("rmst", means), ("rate", hazards)):
            apart = survival.contrast(found, reference=1, measures=["difference"]).table.iloc[0]
            _, limits, _ = difference(many[0][name], many[1][name])
            shown = [limits[0][place], limits[1][place]]
            np.testing.assert_allclose(shown, [apart["conf_low"], apart["conf_high"]], rtol=1e-8, atol=1e-12)
        table = survival.contrast(risks, reference=1).table
        for row, of in zip(table.to_dict("records"), (difference, ratio), strict=True):
            _, limits, _ = of(many[0]["risk"], many[1]["risk"])
            shown = [limits[0][place], limits[1][place]]
            np.testing.assert_allclose(shown, [row["conf_low"], row["conf_high"]], rtol=1e-8, atol=1e-12)


def test_a_sample_of_the_cells_is_as_the_page_says():
    cells = {row["interval"]: row for row in exact(30, 0.1)}
    assert cells["risk"]["coverage"] == pytest.approx(0.9418, abs=0.05)
    assert cells["risk"]["coverage"] >= 0.92
    assert cells["difference of risk"]["coverage"] >= 0.92
    found = {
        row["interval"]: row["coverage"] for row in simulated(Setting("loss to follow-up"), 30, 0.2, 200, 1)
    }
    assert min(found.values()) > 0.88


def test_true_values_of_states_add_up():
    # Of 40% half have the event by day 30: 20% are free of it and 3/4 in care. Days to day 90 by hand: 60% never
    # have it, days 15.5 and 60.5 are the means of the others.
    found = true_values(0.4)
    assert found["state_care"] == pytest.approx(0.6 * 0.25)
    assert found["state_none"] == pytest.approx(0.6 * 0.75)
    assert found["days_care"] + found["days_none"] == pytest.approx(0.6 * 90 + 0.2 * 15.5 + 0.2 * 60.5)
    assert found["days_relapsed"] == pytest.approx(90 - found["bootstrap_rmst"])


@pytest.mark.parametrize("clusters", [0, 4])
def test_bootstraps_and_states_contain_the_truth(clusters):
    rows = cell(Setting("", clusters=clusters), 30, 0.6, 25)
    assert [row["interval"] for row in rows] == list(true_values(0.6))
    assert min(row["coverage"] for row in rows) > 0.75
