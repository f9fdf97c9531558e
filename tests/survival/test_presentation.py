"""What fits and results show: counts and key numbers, never a person's row; plots; one warning."""

import warnings

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from stepdown.survival import (
    FitWarning,
    bootstrap,
    confidence_band,
    contrast,
    cox,
    fine_gray,
    kaplan_meier,
    logrank,
    multi_state,
    pairwise,
    parametric,
    piecewise_exponential,
    pool_curves,
    pool_fits,
    proportional_hazards,
    pseudo_values,
    risk,
    turnbull,
    window_hazard,
    window_hazard_ratios,
)
from stepdown.survival.interval_censored import npmle

RNG = np.random.default_rng(5)
N = 240
DATA = pd.DataFrame(
    {
        "days": RNG.integers(2, 90, N),
        "event": RNG.integers(0, 2, N),
        "plan": pd.Categorical(RNG.choice(["Residential only", "Step-down"], N)),
        "age": RNG.normal(40, 9, N),
    }
)
CURVES = kaplan_meier("days", "event", "plan", data=DATA)
COX = cox("days", "event", "plan + age", data=DATA)
FOUND = (DATA["days"] - DATA["event"], np.where(DATA["event"], DATA["days"], np.inf))
SHOWN = {
    "curves": CURVES,
    "band": confidence_band(CURVES, 10, 60, seed=1, draws=1000),
    "risks": risk(CURVES, 30, 60),
    "contrast": contrast(risk(CURVES, 30, 60)),
    "cox": COX,
    "fine_gray": fine_gray("days", "event", "plan + age", cause=1, data=DATA),
    "rates": window_hazard("days", "event", "plan", cuts=[0, 30, 90], data=DATA),
    "windows": window_hazard_ratios("days", "event", "plan", cuts=[0, 30, 90], data=DATA),
    "turnbull": turnbull(*FOUND, DATA["plan"]),
    "states": multi_state([0, 4, 0], [4, 9, 7], ["home", "care", "home"], ["care", None, "care"], [1, 1, 2]),
    "rates_by_arm": piecewise_exponential(*FOUND, DATA["plan"], cuts=[0, 30]),
    "rates_by_age": piecewise_exponential(*FOUND, cuts=[0, 30], X=DATA[["age"]]),
    "pooled_fits": pool_fits([COX, COX]),
    "pooled_curves": pool_curves([CURVES, CURVES], 30, 60),
    "bootstrap": bootstrap(CURVES, times=[30, 60], seed=1, replicates=100),
}
TABLES = {
    "parametric": parametric(*FOUND, models=["weibull", "lognormal"]),
    "proportional": proportional_hazards(COX),
    "logrank": logrank("days", "event", "plan", data=DATA),
    "pairwise": pairwise("days", "event", "plan", data=DATA),
    "pseudo": pseudo_values("days", "event", times=[30, 60], data=DATA),
}


@pytest.mark.parametrize("found", [*SHOWN.values(), *TABLES.values()], ids=[*SHOWN, *TABLES])
def test_text_and_html_are_short(found):
    text, page = repr(found), found._repr_html_()
    assert text.startswith(f"{type(found).__name__}: ")
    assert len(text.splitlines()) <= 25
    assert page.count("<tr") <= 25
    assert "<table" in page


def test_a_fit_states_counts_method_and_references():
    first, second = repr(SHOWN["cox"]).splitlines()[:2]
    assert first == f"CoxFit: n {N}, events {DATA['event'].sum()}, robust False, level 0.95"
    assert second == "plan: reference Residential only"
    tests = {name: repr(found).splitlines()[0] for name, found in TABLES.items()}
    assert (
        tests["logrank"]
        == f"TestResult: statistic {TABLES['logrank'].statistic:.4g}, df 1, p {TABLES['logrank'].p:.4g}"
    )
    assert tests["pairwise"] == "Pairwise: 1 row"
    assert (
        repr(CURVES).splitlines()[0] == f"Curves: n {N}, kind survival, conf small-sample, level 0.95, 2 arms"
    )


@pytest.mark.parametrize("name", SHOWN)
def test_plots_draw_on_the_axes_given(name):
    axes = Figure().add_subplot()
    assert SHOWN[name].plot(axes) is axes
    assert axes.lines


def test_a_curve_is_drawn_as_steps_through_its_table():
    axes = CURVES.plot(Figure().add_subplot())
    line = axes.lines[0]
    mine = CURVES.table[CURVES.table["arm"] == "Residential only"]
    assert line.get_drawstyle() == "steps-post"
    assert line.get_ydata().tolist() == mine["estimate"].tolist()


def test_bounds_of_interval_censored_times_are_drawn_by_arm():
    axes = SHOWN["turnbull"].plot(Figure().add_subplot())
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["Residential only", "Step-down"]
    assert axes.get_ylabel() == "Share with the event (bounds)"


def test_ratios_are_drawn_on_a_log_axis_with_a_line_at_one():
    axes = SHOWN["cox"].plot(Figure().add_subplot())
    assert axes.get_xscale() == "log"
    assert axes.lines[0].get_xdata().tolist() == SHOWN["cox"].summary["hazard_ratio"].tolist()
    assert axes.lines[1].get_xdata() == [1.0, 1.0]


MONOTONE = ([3, 5, 6, 8, 9, 9], [1, 1, 1, 0, 0, 0], [1, 1, 1, 0, 0, 0])
TEXT = (
    "x1 has no finite estimate: the likelihood never falls as its coefficient grows "
    "(an arm without events, or a perfect ordering). Use firth=True, profile limits or a ridge."
)


@pytest.mark.parametrize("fit", [cox, lambda *rows: fine_gray(*rows, cause=1)])
def test_fit_warning_of_a_monotone_likelihood_is_issued_once(fit):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        found = fit(*MONOTONE)
    text = TEXT if fit is cox else TEXT.replace("firth=True, profile limits or ", "")
    assert [(each.category, str(each.message)) for each in caught] == [(FitWarning, text)]
    assert text in found.warnings


def test_fit_warning_of_piecewise_covariates():
    days, event, x = MONOTONE
    with pytest.warns(FitWarning, match="x1 has no finite estimate"):
        piecewise_exponential(days, np.where(event, days, np.inf), X=x)


def test_fit_warning_of_a_search_that_did_not_converge(monkeypatch):
    monkeypatch.setattr(npmle, "TOLERANCE", -1.0)
    monkeypatch.setattr(npmle, "MOST", 0)
    message = "The search did not converge (arm all): do not use these numbers."
    with pytest.warns(FitWarning) as caught:
        found = turnbull([0, 5, 10], [7, 15, np.inf])
    assert [str(each.message) for each in caught] == [message]
    assert found.warnings == (message,)
    assert caught[0].filename == __file__


def test_no_fit_warning_from_inside_windows():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = window_hazard_ratios(*MONOTONE, cuts=[0, 10])
    assert found.table["note"].item() != ""
