"""Drift of hazard ratios: the robust test of proportional hazards, and ratios by window."""

import numpy as np
import pandas as pd
import pytest

from stepdown.errors import EstimateError
from stepdown.survival import proportional_hazards
from stepdown.survival.cox_model.residuals import score_residuals
from tools.agreement.plain_forms import cox, window_hazard_ratios


def cohort(size=300, seed=3, drift=0.0):
    r = np.random.default_rng(seed)
    x = np.column_stack([r.normal(size=size), r.integers(0, 2, size)])
    early = np.ceil(r.exponential(40 * np.exp(-0.4 * x[:, 1])))
    # After day 20 the effect of the second covariate changes by `drift`.
    days = np.where(early > 20, 20 + np.ceil((early - 20) * np.exp(-drift * x[:, 1])), early)
    end = r.integers(10, 80, size)
    return {
        "days": np.minimum(days, end),
        "event": (days <= end).astype(int),
        "X": pd.DataFrame(x, columns=["a", "b"]),
        "weights": np.exp(r.normal(0, 0.7, size)),
        "cluster": r.integers(0, 60, size),
        "entry": np.minimum(r.integers(0, 5, size), np.minimum(days, end) - 1),
        "strata": r.integers(0, 2, size),
    }


def split(data, days):
    """Rows cut at every given day, and the row each came from."""
    bounds = np.concatenate([[-1.0], np.sort(days)])
    pieces = []
    for start, end in zip(bounds, np.append(bounds[1:], np.inf), strict=True):
        rows = np.flatnonzero((data["days"] > start) & (data["entry"] < end))
        stop = np.minimum(data["days"][rows], end)
        pieces.append(
            pd.DataFrame(
                {
                    "row": rows,
                    "entry": np.maximum(data["entry"][rows], start),
                    "days": stop,
                    "event": data["event"][rows] * (data["days"][rows] <= end),
                }
            )
        )
    return pd.concat(pieces, ignore_index=True)


def test_robust_test_is_that_of_a_covariate_that_grows_with_time():
    data = cohort(120)
    fit = cox(**data)
    happened = np.unique(data["days"][data["event"] == 1])
    rows = split(data, happened)
    g = rows["days"].to_numpy() - data["days"][data["event"] == 1].mean()
    x = data["X"].to_numpy()[rows["row"]]
    grown = cox(
        rows["days"],
        rows["event"],
        np.column_stack([x, x * g[:, None]]),
        entry=rows["entry"],
        offset=x @ fit.coef,
        **{name: data[name][rows["row"]] for name in ("weights", "cluster", "strata")},
    )
    null, scale = grown.optimum.null, grown.given.x.scale
    codes = grown.given.sample.cluster
    codes = codes if grown.grid.rows is None else codes[grown.grid.rows]
    u = score_residuals(grown.grid, null, cluster=codes, clusters=codes.max() + 1) * scale
    information = null.information * np.outer(scale, scale)
    r = u[:, 2:] - u[:, :2] @ np.linalg.solve(information[:2, :2], information[:2, 2:])
    score = (null.score * scale)[2:]
    found = proportional_hazards(fit, transform="identity")
    assert found.robust
    expected = [*(score**2 / np.diag(r.T @ r)), score @ np.linalg.solve(r.T @ r, score)]
    np.testing.assert_allclose(found.table["statistic"], expected, rtol=1e-8)
    # Without clusters and weights the model's own variance is the default.
    plain = cox(data["days"], data["event"], data["X"])
    assert not proportional_hazards(plain).robust


def test_a_drift_is_found():
    table = proportional_hazards(cox(**cohort(2000, drift=-1.2))).table
    assert table.loc["b", "p"] < 1e-4 < 0.01 < table.loc["a", "p"]


def test_level_of_the_robust_test_under_weights():
    p = [
        proportional_hazards(cox(d["days"], d["event"], d["X"], weights=d["weights"])).table["p"]
        for d in (cohort(250, seed) for seed in range(200))
    ]
    rejected = np.mean(np.array(p) < 0.1, axis=0)
    assert np.all((rejected > 0.04) & (rejected < 0.17)), rejected


def test_windows_equal_one_fit_with_a_term_for_each():
    data = cohort()
    ours = window_hazard_ratios(cuts=[0, 15, 40, 80], **data)
    rows = split(data, np.array([15.0, 40.0]))
    window = np.searchsorted([15.0, 40.0], rows["days"])
    x = data["X"].to_numpy()[rows["row"]]
    wide = np.concatenate([x * (window == k)[:, None] for k in range(3)], axis=1)
    joint = cox(
        rows["days"],
        rows["event"],
        wide,
        entry=rows["entry"],
        **{name: data[name][rows["row"]] for name in ("weights", "cluster", "strata")},
    )
    order = [0, 2, 4, 1, 3, 5]
    for name in ("coef", "std_error", "conf_low", "conf_high", "z", "p"):
        np.testing.assert_allclose(ours.table[name], joint.summary[name].iloc[order], rtol=1e-8, atol=1e-12)
    assert ours.table["term"].tolist() == ["a"] * 3 + ["b"] * 3
    assert ours.table[["start", "end"]].values.tolist() == [[0, 15], [15, 40], [40, 80]] * 2
    for term, columns in (("a", [0, 2, 4]), ("b", [1, 3, 5])):
        change = np.diff(joint.coef[columns])
        contrast = np.diff(np.eye(3), axis=0)
        variance = contrast @ joint.covariance[np.ix_(columns, columns)] @ contrast.T
        expected = change @ np.linalg.solve(variance, change)
        assert ours.tests.loc[term, "statistic"] == pytest.approx(expected, rel=1e-8)
        assert ours.tests.loc[term, "df"] == 2


def test_counts_of_windows_and_day_zero():
    days, event = np.array([0, 0, 2, 2, 3, 5, 6, 6, 9]), np.array([1, 0, 1, 1, 0, 1, 1, 0, 0])
    table = window_hazard_ratios(days, event, [1, 0, 0, 1, 0, 0, 1, 0, 1], cuts=[0, 4, 6, 20, 30]).table
    assert table["at_risk"].tolist() == [9, 4, 1, 0]
    assert table["events"].tolist() == [3, 2, 0, 0]
    assert table["note"].tolist()[2:] == ["no events in this window", "nobody is at risk in this window"]
    assert table[["coef", "std_error", "conf_low", "conf_high", "z", "p"]].iloc[2:].isna().all(axis=None)
    assert table["coef"][:1].notna().all()


def test_a_window_without_an_estimate_has_a_note():
    days, event = np.arange(1, 21), np.ones(20)
    x = pd.DataFrame({"a": np.r_[np.ones(5), np.zeros(5), [0, 1] * 5], "b": np.arange(20) % 3})
    found = window_hazard_ratios(days, event, x, cuts=[0, 5, 20])
    row = found.table.iloc[0]
    assert np.isinf(row["coef"])
    assert np.isnan(row["std_error"])
    assert row["note"] == "no finite estimate in this window (an arm without events, or one cluster)"
    assert found.table["note"].tolist()[1:] == ["", "", ""]
    assert found.tests.loc["a", "note"] == "not every window has an estimate"
    assert found.tests.loc["b", "note"] == ""
    assert np.isnan(found.tests.loc["a", "statistic"])


@pytest.mark.parametrize("cuts", [[5], [5, 5], [9, 3]])
def test_cuts_that_make_no_windows(cuts):
    data = cohort(50)
    with pytest.raises(
        EstimateError,
        match=r"cuts must hold at least two days, ascending\. \[0, 30, 90\] gives two windows\.",
    ):
        window_hazard_ratios(cuts=cuts, **data)


def test_what_the_test_refuses():
    data = cohort(60)
    fit = cox(data["days"], data["event"], data["X"], ridge=1)
    with pytest.raises(EstimateError, match="A fit with a penalty has no such test"):
        proportional_hazards(fit)
    with pytest.raises(EstimateError, match="transform must be one of km, rank, identity, log"):
        proportional_hazards(cox(data["days"], data["event"], data["X"]), transform="sqrt")
    none = cox(data["days"], data["event"] * (data["X"]["b"] == 0), data["X"])
    with pytest.raises(EstimateError, match="A term has no finite estimate"):
        proportional_hazards(none)
    zero = cox(
        data["days"] - data["days"].min(), data["event"] | (data["days"] == data["days"].min()), data["X"]
    )
    with pytest.raises(EstimateError, match="Events on day 0 have no logarithm"):
        proportional_hazards(zero, transform="log")


def test_a_test_with_too_few_days_has_a_note():
    # All events on one day: nothing can drift.
    found = proportional_hazards(cox([5, 5, 5, 9, 9], [1, 1, 1, 0, 0], [0.0, 1, 2, 1.5, 0]))
    assert found.table["statistic"].isna().all()
    assert found.table["note"].tolist() == ["too few clusters or days with an event to test"] * 2
