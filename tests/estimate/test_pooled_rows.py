"""Rows of several imputations as one, by hand: curves on the days of any, medians, scales, warnings."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from stepdown.estimate.adjusted_rows import one_or_pooled
from stepdown.estimate.imputations import pooled
from stepdown.survival import pool

Row = dict[str, object]


def row(estimand: str, value: float, se: float = np.nan, **keys: object) -> Row:
    low, high = value - 2 * se, value + 2 * se
    base: Row = {"analysis": "whole_cohort", "statistic": "estimate", "unit": "probability", "method": "M"}
    return (
        base
        | {"estimand": estimand, "estimate": value, "std_error": se, "conf_low": low, "conf_high": high}
        | keys
    )


def told(*imputations: list[Row], df: float = np.inf) -> pd.DataFrame:
    found = pooled([[pd.DataFrame(one)] for one in imputations], df_complete=df)
    return pd.concat([one for one in found if len(one)], ignore_index=True)


def curve(days: dict[int, tuple[float, float, int]], estimand: str = "risk") -> list[Row]:
    found = []
    for day, (value, n, events) in days.items():
        keys: Row = {"time": day, "statistic": "curve", "n": n, "events": events}
        found.append(row(estimand, value, 0.1 if 0 < value < 1 else np.nan, **keys))
    return found


def test_curves_stand_on_the_days_of_any_imputation() -> None:
    one = curve({0: (0, 4, 0), 10: (0.25, 4, 1), 30: (0.5, 3, 1)})
    two = curve({0: (0, 4, 0), 20: (0.25, 4, 1), 30: (0.5, 3, 1)})
    found = told(one, two).set_index("time")
    assert list(found.index) == [0, 10, 20, 30]
    # On day 20 the first has three left, the second still four.
    assert list(found["n"]) == [4, 4, 3.5, 3]
    assert list(found["events"]) == [0, 0.5, 0.5, 1]
    assert list(found["estimate"]) == [0, 0.125, 0.25, 0.5]
    # On day 10 one of them had no event.
    assert np.isnan(found["conf_low"].loc[10])
    # On day 20 both say the same: nothing is pooled.
    assert list(found.loc[20, ["std_error", "conf_low", "conf_high"]]) == pytest.approx([0.1, 0.05, 0.45])
    assert set(found["method"]) == {"M, 2 imputations pooled"}


def test_a_curve_ends_where_that_of_an_imputation_ends() -> None:
    found = told(curve({0: (0, 4, 0), 10: (0.25, 4, 1)}), curve({0: (0, 4, 0), 20: (0.25, 4, 1)}))
    assert list(found["time"]) == [0, 10]


def test_what_some_imputations_warn_of_is_the_mean_of_theirs() -> None:
    heavy: Row = {"variant": "warning=heavy", "arm": "IOP"}
    found = told([row("adjustment_warning", 0.3, **heavy)], [], [row("adjustment_warning", 0.5, **heavy)])
    assert list(found["estimate"]) == [pytest.approx(0.4)]


def test_the_median_is_read_off_the_pooled_curve() -> None:
    # Half are left on day 10 or 20; pooled, the curve falls below a half on day 20.
    one = curve({0: (1, 4, 0), 10: (0.45, 4, 2), 30: (0.3, 2, 1)}, "event_free")
    two = curve({0: (1, 4, 0), 10: (0.7, 4, 1), 20: (0.4, 3, 1), 30: (0.3, 2, 1)}, "event_free")
    median = [row("median", 10.0, unit="days", events=2)], [row("median", 20.0, unit="days", events=2)]
    found = told(one + median[0], two + median[1])
    assert found.loc[found["estimand"] == "median", "estimate"].tolist() == [20]
    few = "fewer than 10 at risk on the last day with an event"
    noted = told([*one, median[0][0] | {"note": few}], two + median[1])
    assert noted.loc[noted["estimand"] == "median", "note"].tolist() == [few]
    never = curve({0: (1, 4, 0), 10: (0.8, 4, 1)}, "event_free")
    found = told(never + median[0], never + median[1])
    last = found[found["estimand"] == "median"].iloc[0]
    assert np.isnan(last["estimate"])
    assert last["note"] == "more than half are still event-free at the end"


@pytest.mark.parametrize(
    ("keys", "there", "slope", "back"),
    [
        ({"estimand": "rate", "unit": "per 100 person-months"}, np.log, lambda x: 1 / x, np.exp),
        ({"estimand": "risk", "statistic": "ratio", "unit": "ratio"}, np.log, lambda x: 1 / x, np.exp),
        ({"estimand": "rmst", "statistic": "ratio", "unit": "ratio"}, np.log, lambda x: 1 / x, np.exp),
        ({"estimand": "risk", "statistic": "difference"}, lambda x: x, lambda x: 1.0, lambda x: x),
        (
            {"estimand": "risk"},
            lambda f: np.log(-np.log(1 - f)),
            lambda f: -1 / ((1 - f) * np.log(1 - f)),
            lambda g: 1 - np.exp(-np.exp(g)),
        ),
    ],
)
def test_every_number_is_pooled_on_its_scale(keys: Row, there, slope, back) -> None:  # type: ignore[no-untyped-def]
    values, errors = np.array([0.2, 0.3, 0.35]), np.array([0.05, 0.06, 0.05])
    draws = [
        [row("", value, se) | keys | {"n": 10 + place}]
        for place, (value, se) in enumerate(zip(values, errors, strict=True))
    ]
    one = told(*draws, df=30).iloc[0]
    alone = pool(there(values), (errors * slope(values)) ** 2, df_complete=30).table.iloc[0]
    assert one["estimate"] == pytest.approx(back(alone["estimate"]))
    assert [one["conf_low"], one["conf_high"]] == pytest.approx(
        [back(alone["conf_low"]), back(alone["conf_high"])]
    )
    assert one["n"] == 11


def test_a_mean_of_days_stays_inside_its_stretch() -> None:
    keys: Row = {"time": 90, "unit": "days", "analysis": "landmark_14", "window_start": 14}
    draws = [[row("rmst", value, 9.0) | keys] for value in (70.0, 74.0)]
    one = told(*draws).iloc[0]
    assert (one["estimate"], one["conf_high"]) == (72, 76)


def test_the_intervals_of_pooled_rates_are_no_exact_ones() -> None:
    keys: Row = {"unit": "per 100 person-months", "method": "events per person-time, exact Poisson interval"}
    apart = told(*[[row("rate", value, 1.0) | keys] for value in (9.0, 11.0)]).iloc[0]
    assert apart["method"] == "events per person-time, 2 imputations pooled"
    alike = told(*[[row("rate", 9.0, 1.0) | keys]] * 2).iloc[0]
    assert alike["method"] == "events per person-time, exact Poisson interval, 2 imputations pooled"


def test_warnings_that_all_imputations_give_stay_and_others_say_that_it_is_some() -> None:
    always: Row = {"note": "Not adjusted.", "statistic": "difference"}
    draws = [[row("risk", value, 0.1) | always] for value in (0.1, 0.2)]
    assert told(*draws).iloc[0]["note"] == "Not adjusted."
    lost = [row("risk", 0.0) | always | {"note": "no events by then"}]
    one = told(draws[0], lost).iloc[0]
    assert one["note"] == "no events by then in some imputations"
    assert (one["estimate"], np.isnan(one["conf_low"])) == (0.05, True)


def test_the_logrank_test_is_pooled_by_rule_d2() -> None:
    def logranks(value: float) -> list[Row]:
        numbers = {"statistic": value, "df": 1.0, "p_value": stats.chi2.sf(value, 1)}
        return [row("logrank", number) | {"statistic": name} for name, number in numbers.items()]

    found = told(logranks(4.0), logranks(9.0), logranks(16.0)).set_index("statistic")
    assert found.loc["statistic", "estimate"] == pytest.approx(3)
    assert found.loc["p_value", "estimate"] == pytest.approx(stats.f.sf(3, 1, 6.125))
    assert set(found["method"]) == {"M by rule D2, 3 imputations pooled"}
    none = [one | {"estimate": np.nan, "note": "No events."} for one in logranks(4.0)]
    found = told(logranks(4.0), none)
    assert found["estimate"].isna().all()
    assert set(found["note"]) == {"No events."}


def test_degrees_of_freedom_are_those_of_the_weighted_estimates() -> None:
    # Intervals of t with 40 degrees of freedom: a difference as it is, a ratio on the log scale.
    values, se, wide = [-0.10, -0.06], 0.03, stats.t.ppf(0.975, 40)
    difference = [
        [row("risk", one, se, statistic="difference", conf_low=one - wide * se, conf_high=one + wide * se)]
        for one in values
    ]
    expected = pool(values, [se**2] * 2, df_complete=40.0).table.iloc[0]
    for df, by_interval in ((40.0, False), (1999.0, True)):
        found = pooled([[pd.DataFrame(one)] for one in difference], df_complete=df, by_interval=by_interval)
        low, high = found[0][["conf_low", "conf_high"]].iloc[0]
        assert (low, high) == pytest.approx((expected["conf_low"], expected["conf_high"]), rel=1e-9)
    ratios = [np.exp(one) for one in values]
    logs = [
        [row("risk", one, se * one, statistic="ratio", conf_low=one / np.exp(wide * se),
             conf_high=one * np.exp(wide * se))]
        for one in ratios
    ]  # fmt: skip
    found = pooled([[pd.DataFrame(one)] for one in logs], df_complete=1999.0, by_interval=True)
    limits = np.log(found[0][["conf_low", "conf_high"]].iloc[0].to_numpy(float))
    assert limits == pytest.approx([expected["conf_low"], expected["conf_high"]], rel=1e-9)
    # Never more than there are clusters for.
    few = pooled([[pd.DataFrame(one)] for one in difference], df_complete=9.0, by_interval=True)
    by_clusters = pool(values, [se**2] * 2, df_complete=9.0).table.iloc[0]
    assert few[0]["conf_high"].iloc[0] == pytest.approx(by_clusters["conf_high"], rel=1e-9)
    # Adjusted comparisons are pooled so, whatever the number of clients.
    frames = [pd.DataFrame(one).assign(analysis="clone_censor_weight") for one in difference]
    adjusted = one_or_pooled(frames, clusters=2000)
    assert adjusted["conf_high"].iloc[0] == pytest.approx(expected["conf_high"], rel=1e-9)
