"""What the engine refuses, in which words, and that it shows no value."""

import numpy as np
import pandas as pd
import pytest

from stepdown.errors import EstimateError
from stepdown.survival import aalen_johansen, kaplan_meier, logrank, risk, rmst, window_hazard, window_risk

DAYS, EVENT = [3.0, 5.0, 8.0], [1, 0, 1]


@pytest.mark.parametrize(
    ("days", "event", "given", "message"),
    [
        ([3, -5, -8], EVENT, {}, "days is negative: 2 rows, at positions 1, 2. Count days from time zero; exclude earlier events before this step."),
        ([3, np.nan, 8], EVENT, {}, "days is missing: 1 row, at position 1. Find their day; to drop these rows assumes that they are like the others."),
        ([3, np.inf, 8], EVENT, {}, "days is infinite: 1 row, at position 1. Use the last day on which the person was observed."),
        (["07", "x", "y"], EVENT, {}, "days holds something that is not a number. Convert it to numbers first."),
        ([[3, 5, 8]], EVENT, {}, "days has 2 dimensions. Give one value per row."),
        (DAYS, [1, 0], {}, "event has 2 rows where days has 3. Give one value per row."),
        (DAYS, [1, 0, 2], {}, "event is above 1: 1 row, at position 2. Use 0 and 1 here; for competing causes use aalen_johansen."),
        (DAYS, [1, 0, 0.5], {}, "event is not a whole number from 0 up: 1 row, at position 2. Use 0 for censored, 1, 2, ... for the causes."),
        (DAYS, [1, 0, np.nan], {}, "event is not a whole number from 0 up: 1 row, at position 2. Use 0 for censored, 1, 2, ... for the causes."),
        (DAYS, EVENT, {"entry": [0, 5, 2]}, "entry is not before days: 1 row, at position 1. People are at risk on (entry, days]: drop rows that add no time, or leave entry out."),
        (DAYS, EVENT, {"entry": [0, 5 - 1e-12, 2]}, "entry is the same time as days, up to rounding: 1 row, at position 1. People are at risk on (entry, days]: drop rows that add no time."),
        (DAYS, EVENT, {"weights": [1, 0, np.inf]}, "weights is not a positive finite number: 2 rows, at positions 1, 2. Drop rows of weight zero; check the model behind the weights."),
        (DAYS, EVENT, {"arm": ["a", None, "b"]}, "arm is missing: 1 row, at position 1. State where they belong; to drop these rows assumes that they are like the others."),
        (DAYS, EVENT, {"cluster": [1, np.nan, 2]}, "cluster is missing: 1 row, at position 1. State where they belong; to drop these rows assumes that they are like the others."),
        (DAYS, EVENT, {"arm": pd.Categorical(["a", "a", "b"], categories=["a", "b", "c"])}, "arm has 1 of 3 arms without people. Drop the unused categories, or check the selection."),
    ],
)  # fmt: skip
def test_message(days, event, given, message):
    with pytest.raises(EstimateError) as caught:
        kaplan_meier(days, event, **given)
    assert str(caught.value) == message


def test_empty_input():
    with pytest.raises(EstimateError) as caught:
        kaplan_meier([], [])
    assert str(caught.value) == (
        "2 problems found:\n"
        "  1. days is empty. Check the selection of rows.\n"
        "  2. event is empty. Check the selection of rows."
    )


def test_all_faults_at_once_and_no_value():
    with pytest.raises(EstimateError) as caught:
        aalen_johansen([-777, 5, 8], [1, 0, -777], weights=[1, -777, 1])
    text = str(caught.value)
    assert text.startswith("3 problems found:")
    assert "777" not in text


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: kaplan_meier(DAYS, EVENT, level=95), "level must lie between 0 and 1. Use 0.95 for a 95% interval."),
        (lambda: kaplan_meier(DAYS, EVENT, conf="logit"), "conf must be one of small-sample, exact, log-log, log, plain. The default is small-sample."),
        (lambda: kaplan_meier(DAYS, EVENT).at(), "times must be one or more days, zero or above. Check the days requested."),
        (lambda: kaplan_meier(DAYS, EVENT).at(-1), "times must be one or more days, zero or above. Check the days requested."),
        (lambda: kaplan_meier(DAYS, EVENT).quantile(50), "p must lie between 0 and 1. Use 0.5 for the median."),
        (lambda: aalen_johansen(DAYS, [1, 0, 2]).influence_at(5), "cause must be one of the codes 1 to 2. Name one of them."),
        (lambda: window_risk(kaplan_meier(DAYS, EVENT), 5, 5), "a must be before b. The window is (a, b]."),
        (lambda: window_risk(kaplan_meier(DAYS, EVENT), 3, 5, horizon=4), "horizon must not be before b. Use the last day of the study's times."),
        (lambda: rmst(DAYS, EVENT, tau=5, start=5), "start must be before tau. The mean is over (start, tau]."),
        (lambda: window_hazard(DAYS, EVENT, cuts=[0]), "cuts must hold at least two days, ascending. [0, 30, 90] gives two bands."),
        (lambda: window_hazard(DAYS, EVENT, cuts=[0, 9, 3]), "cuts must hold at least two days, ascending. [0, 30, 90] gives two bands."),
        (lambda: window_hazard(DAYS, EVENT, cuts=[0, 9], per=0), "per must be a positive number of person-days. Use 1 for a daily rate."),
        (lambda: logrank(DAYS, EVENT, ["a"] * 3), "There is only one arm, so nothing to test. Give at least two."),
    ],
)  # fmt: skip
def test_refusals(call, message):
    with pytest.raises(EstimateError) as caught:
        call()
    assert str(caught.value) == message


def test_ties_up_to_rounding_are_one_day():
    near = 0.1 + 0.2
    table = kaplan_meier([0.3, near, 1.0], [1, 1, 0]).table
    assert table["time"].tolist() == [0.0, 0.3, 1.0]
    assert table["events"].tolist() == [0, 2, 0]


def test_caller_keeps_its_arrays():
    frame = pd.DataFrame(
        {"days": [8, 3, 5], "event": [True, False, True], "w": [1.0, 2.0, 3.0]}, index=[7, 7, 7]
    )
    before = frame.copy()
    risk(kaplan_meier(frame["days"], frame["event"], weights=frame["w"], cluster=frame["days"]), 5)
    pd.testing.assert_frame_equal(frame, before)
