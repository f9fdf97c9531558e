"""Rubin's rules: by hand, against R's mice, laws, a known truth, and what is refused."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from stepdown.errors import EstimateError
from stepdown.survival import contrast, pool, pool_curves, pool_estimands, pool_fits, risk
from support_size import quick_or_long
from tools.agreement.plain_forms import aalen_johansen, cox, kaplan_meier, mean_cumulative, nelson_aalen, rmst

pytestmark = pytest.mark.slow

HERE = Path(__file__).parent.parent / "reference" / "survival"
R = json.loads((HERE / "pool_reference.json").read_text())
COHORT = pd.read_csv(HERE / "cohort.csv")
PARTS = [COHORT[COHORT["id"] % 5 != k] for k in range(5)]
DAYS = (9, 18, 25)


def test_by_hand():
    # Estimates 1, 2, 3 with variances 1: U = 1, B = 1, T = 1 + 4/3, lambda = (4/3) / (7/3) = 4/7.
    row = pool([1, 2, 3], [1, 1, 1]).table.iloc[0]
    assert row[["estimate", "within", "between"]].tolist() == [2, 1, 1]
    assert row["std_error"] == pytest.approx(np.sqrt(7 / 3))
    assert row[["lambda", "riv"]].tolist() == pytest.approx([4 / 7, 4 / 3])
    assert row["df"] == pytest.approx(2 / (4 / 7) ** 2)
    margin = stats.t.ppf(0.975, 6.125) * np.sqrt(7 / 3)
    assert row[["conf_low", "conf_high"]].tolist() == pytest.approx([2 - margin, 2 + margin])
    assert row["p"] == pytest.approx(2 * stats.t.sf(2 / np.sqrt(7 / 3), 6.125))
    # With 7 degrees of freedom in complete data: 3/7 * 7 * 8 / 10 = 2.4 observed; 1 / (1 / 6.125 + 1 / 2.4).
    small = pool([1, 2, 3], [1, 1, 1], df_complete=7).table.iloc[0]
    assert small["df"] == pytest.approx(1 / (1 / 6.125 + 1 / 2.4))


def test_scalars_equal_mice():
    floored = 0
    for case in R["scalar"]:
        row = pool(case["q"], case["u"], df_complete=case["df_complete"]).table.iloc[0]
        names = ["estimate", "within", "between", "riv", "df", "fmi"]
        if row["lambda"] < 1e-4:
            # mice takes such a share as 0.0001, and its df and fmi from that.
            floored += 1
            assert case["df"] == pytest.approx((len(case["q"]) - 1) / 1e-8)
            assert row["df"] == pytest.approx((len(case["q"]) - 1) / row["lambda"] ** 2)
            names = names[:4]
        found = row[names].astype(float)
        np.testing.assert_allclose(found, [case[name] for name in names], rtol=1e-10)
        assert row["std_error"] == pytest.approx(np.sqrt(case["variance"]), rel=1e-12)
    assert (len(R["scalar"]), floored) == (27, 1)


def test_curves_equal_mice_on_the_log_log_scale():
    curves = [kaplan_meier(part["day"], part["cause"] > 0, arm=part["arm"]) for part in PARTS]
    table = pool_curves(curves, *DAYS, df_complete=120).table
    expected = [row for arm in R["curves"] for row in arm]
    assert table["arm"].tolist() == [arm for arm in "ABC" for _ in DAYS]
    for name in ("estimate", "conf_low", "conf_high", "df", "fmi"):
        np.testing.assert_allclose(table[name], [row[name] for row in expected], rtol=1e-10)
    # Risks are the other side of the same coin.
    risks = [risk(curve, *DAYS) for curve in curves]
    other = pool_estimands(risks, df_complete=120).table.sort_values(["arm", "time"], ignore_index=True)
    np.testing.assert_allclose(other["estimate"], 1 - table["estimate"], rtol=1e-10)
    np.testing.assert_allclose(other["conf_low"], 1 - table["conf_high"], rtol=1e-10)
    np.testing.assert_allclose(other["std_error"], table["std_error"], rtol=1e-10)


def test_regressions_equal_mice():
    fits = []
    for part in PARTS:
        x = pd.DataFrame({name: (part["arm"] == name).astype(int) for name in "BC"})
        fits.append(cox(part["day"], part["cause"] == 1, x, entry=part["entry"]))
    pooled = pool_fits(fits, df_complete=198)
    assert pooled.table.index.tolist() == ["B", "C"]
    for name in ("estimate", "std_error", "df", "fmi"):
        np.testing.assert_allclose(pooled.table[name], [row[name] for row in R["cox"]], rtol=1e-8)
    apart = np.stack([fit.coef for fit in fits]) - pooled.table["estimate"].to_numpy()
    total = np.mean([fit.covariance for fit in fits], axis=0) + 1.2 * apart.T @ apart / 4
    np.testing.assert_allclose(pooled.covariance, total, rtol=1e-12)
    np.testing.assert_allclose(np.diag(pooled.covariance), pooled.table["std_error"] ** 2, rtol=1e-12)


def test_each_measure_on_its_own_scale():
    days = [[3, 5, 8, 9, 12, 14], [3, 5, 7, 9, 13, 14]]
    event, arm = [1, 0, 1, 1, 1, 0], list("aabbab")
    means = [rmst(d, event, tau=12) for d in days]
    found = pool_estimands(means).table.iloc[0]
    values, se = (np.array([one.table[name][0] for one in means]) for name in ("estimate", "std_error"))
    expected = pool(values, se**2).table.iloc[0]
    assert found[["estimate", "std_error", "conf_low"]].tolist() == pytest.approx(
        expected[["estimate", "std_error", "conf_low"]].tolist()
    )
    assert found["conf_high"] == expected["conf_high"] < 12
    wide = pool_estimands([rmst([day, 12, 12, 12], [1, 0, 0, 0], tau=12) for day in (1, 2)]).table.iloc[0]
    assert (wide["estimate"], wide["conf_high"]) == (9.375, 12)
    hazards = [nelson_aalen(d, event) for d in days]
    rows = [one.at(9).iloc[0] for one in hazards]
    logs = pool(
        [np.log(row["estimate"]) for row in rows], [(row["std_error"] / row["estimate"]) ** 2 for row in rows]
    )
    found, expected = pool_curves(hazards, 9).table.iloc[0], logs.table.iloc[0]
    assert found[["estimate", "conf_low", "conf_high"]].tolist() == pytest.approx(
        np.exp(expected[["estimate", "conf_low", "conf_high"]].astype(float)).tolist()
    )
    assert found["std_error"] == pytest.approx(np.exp(expected["estimate"]) * expected["std_error"])
    counts = [mean_cumulative(d, event, id=range(6)) for d in days]
    both = pool_curves(counts, 9).table, pool_estimands([one.estimands(9) for one in counts]).table
    assert both[0]["estimate"][0] == pytest.approx(both[1]["estimate"][0])
    pairs = [contrast(rmst(d, event, tau=12, arm=arm)) for d in days]
    tables = [pair.table.set_index("contrast") for pair in pairs]
    found = pool_estimands(pairs).table.set_index("contrast")
    plain = pool(
        *(
            [t.loc["difference", "estimate"] for t in tables],
            [t.loc["difference", "std_error"] ** 2 for t in tables],
        )
    )
    ratios = np.array([t.loc["ratio", ["estimate", "std_error"]].astype(float) for t in tables])
    logged = pool(np.log(ratios[:, 0]), (ratios[:, 1] / ratios[:, 0]) ** 2)
    names = ["estimate", "conf_low", "conf_high", "p"]
    assert found.loc["difference", names].tolist() == pytest.approx(plain.table.iloc[0][names].tolist())
    expected = logged.table.iloc[0]
    assert found.loc["ratio", names].tolist() == pytest.approx(
        [*np.exp(expected[names[:3]].astype(float)), expected["p"]]
    )


law = settings(max_examples=quick_or_long(10, 30), deadline=None)
numbers = st.floats(-5, 5).map(lambda x: round(x, 3))


@law
@given(
    st.lists(st.tuples(numbers, st.floats(0.01, 4)), min_size=1, max_size=4),
    st.integers(2, 6),
    st.sampled_from([None, 30.0]),
)
def test_identical_imputations_are_the_single_fit(terms, m, full):
    values, spread = np.array(terms).T
    table = pool([values] * m, [spread] * m, df_complete=full).table
    np.testing.assert_allclose(table["estimate"], values, rtol=1e-12, atol=1e-300)
    np.testing.assert_allclose(table["std_error"] ** 2, spread)
    df = np.inf if full is None else full * (full + 1) / (full + 3)
    np.testing.assert_allclose(table["df"], df)
    margin = (stats.norm.ppf(0.975) if full is None else stats.t.ppf(0.975, df)) * np.sqrt(spread)
    np.testing.assert_allclose(table["conf_high"], values + margin, atol=1e-12)
    assert (table["lambda"] == 0).all()


@law
@given(
    st.lists(st.tuples(numbers, st.floats(0.01, 4)), min_size=2, max_size=8),
    st.randoms(use_true_random=False),
    st.sampled_from([1e-3, 40.0]),
)
def test_order_changes_nothing_and_scale_only_the_scale(cases, random, factor):
    values, spread = np.array(cases).T
    one = pool(values, spread).table.iloc[0, :5].astype(float)
    order = list(range(len(cases)))
    random.shuffle(order)
    other = pool(values[order] * factor, spread[order] * factor**2).table.iloc[0, :5].astype(float)
    expected = one * [factor, factor, 1, factor, factor]
    np.testing.assert_allclose(other, expected, rtol=1e-8, atol=1e-9)


def test_identical_curves_are_the_single_curve():
    curve = aalen_johansen(COHORT["day"], COHORT["cause"], arm=COHORT["arm"])
    one, many = curve.at(0, 9, 25), pool_curves([curve] * 4, 0, 9, 25).table
    names = ["arm", "cause", "time", "estimate", "std_error", "conf_low", "conf_high"]
    pd.testing.assert_frame_equal(many[names], one[names], rtol=1e-12)
    assert (many["note"] == "").all()
    risks = risk(curve, 9, 25)
    again = pool_estimands([risks] * 3).table
    names = ["arm", "measure", "cause", "time", "estimate", "std_error", "conf_low", "conf_high"]
    pd.testing.assert_frame_equal(again[names], risks.table[names], rtol=1e-12)


def test_zero_one_and_nothing():
    none, some, late = ([4, 5, 9], [0, 1, 0]), ([2, 5, 9], [1, 1, 0]), ([4, 5, 6], [0, 1, 0])
    curves = [kaplan_meier(*cohort) for cohort in (none, some, none, late)]
    found = pool_curves(curves, 3, 5, 8).table.set_index("time")
    assert found.loc[3, "estimate"] == pytest.approx((1 + 2 / 3 + 1 + 1) / 4)
    assert found.loc[3, "note"] == "no events by then (in 3 of 4 imputations)"
    assert found.loc[8, "note"] == "beyond the last follow-up (in 1 of 4 imputations)"
    assert np.isnan(found.loc[8, "estimate"])
    assert found.loc[5, "note"] == "fewer than 10 at risk on the last day with an event"
    assert found.loc[[3, 8], ["std_error", "conf_low", "conf_high", "df", "fmi"]].isna().all(axis=None)
    alike = pool_curves([curves[0], curves[2]], 3).table.iloc[0]
    assert (alike["estimate"], alike["note"]) == (1.0, "no events by then")
    opening = pool_curves([kaplan_meier([day, 2, 3], [1, 0, 0]) for day in (0, 1)], 0).table.iloc[0]
    assert opening["estimate"] == pytest.approx((2 / 3 + 1) / 2)
    assert opening["note"] == "0 or 1 in some imputations: the mean, without an interval"
    row = pool([2, 2, 2], [0, 0, 0]).table.iloc[0]
    assert (row["estimate"], row["note"]) == (2, "no variation")
    assert np.isnan(row["std_error"])


def test_coverage_where_a_third_is_missing():
    # Proper imputation of a normal sample: the mean and its interval, 200 draws of 40 with 1 in 3 missing.
    inside, naive = [], []
    for seed in range(300):
        r = np.random.default_rng(seed)
        seen, missing, m = r.normal(0, 1, 26), 14, 5
        filled = []
        for _ in range(m):
            variance = 25 * seen.var(ddof=1) / r.chisquare(25)
            center = r.normal(seen.mean(), np.sqrt(variance / 26))
            filled.append(np.concatenate([seen, r.normal(center, np.sqrt(variance), missing)]))
        row = pool(
            [y.mean() for y in filled], [y.var(ddof=1) / 40 for y in filled], df_complete=39
        ).table.iloc[0]
        inside.append(row["conf_low"] < 0 < row["conf_high"])
        naive.append(abs(filled[0].mean()) < 1.96 * filled[0].std(ddof=1) / np.sqrt(40))
    assert 0.92 < np.mean(inside) < 0.98
    assert np.mean(naive) < 0.91


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: pool([1], [1]), "There is only one imputation, so what is missing has no variance. Give two or more."),
        (lambda: pool([], []), "estimates must hold one number, or one row of terms, per imputation."),
        (lambda: pool([1, 2], [1, 2, 3]), "variances must have the shape of estimates, or hold one covariance matrix per imputation."),
        (lambda: pool([[1, 2], [3]], [1, 2]), "estimates must be numbers, in a list or an array."),
        (lambda: pool([1, np.inf, 2], [1, 1, 1]), "estimates is missing or infinite: 1 row, at position 1. Pool only what every imputation has."),
        (lambda: pool([1, 2, 3], [1, -1, np.nan]), "variances is missing, infinite or negative: 2 rows, at positions 1, 2. Give squared standard errors."),
        (lambda: pool([1, 2], [1, 1], df_complete=0), "df_complete must be above 0. Leave it out for large samples."),
        (lambda: pool([1, 2], [1, 1], terms=["a", "b"]), "terms has 2 names for 1 estimates. Give one per term."),
        (lambda: pool_fits([]), "There are no fits to pool. Give one per imputation."),
        (lambda: pool_curves([kaplan_meier([1, 2], [1, 0])], 1), "There are fewer than two imputations, so what is missing has no variance. Give two or more."),
        (lambda: pool_curves([kaplan_meier([1, 2], [1, 0]), aalen_johansen([1, 2], [1, 0])], 1), "The curves are of different kinds. Pool survival with survival, risk with risk."),
        (lambda: pool_curves([kaplan_meier([1, 2], [1, 0]), kaplan_meier([1, 2], [1, 0], arm=["a", "b"])], 1), "The imputations have different arms, measures or days. Run the same analysis on each."),
    ],
)  # fmt: skip
def test_message(call, message):
    with pytest.raises(EstimateError) as caught:
        call()
    assert str(caught.value) == message


def test_fits_that_cannot_be_pooled():
    good = cox([1, 2, 3, 4, 5], [1, 1, 1, 1, 0], [0, 1, 1, 0, 1])
    lost = cox([1, 2, 3, 4, 5], [1, 1, 0, 0, 0], [1, 1, 0, 0, 0])
    with pytest.raises(EstimateError) as caught:
        pool_fits([good, lost, good])
    assert str(caught.value) == (
        "A term has no finite estimate, or no standard error, in 1 of 3 fits, so it cannot be pooled. See the "
        "warnings of these fits; leave the term out, or use a ridge in all."
    )
    other = cox([1, 2, 3, 4, 5], [1, 1, 1, 1, 0], pd.DataFrame({"z": [0, 1, 1, 0, 1]}))
    with pytest.raises(EstimateError, match=r"^The fits have different terms\."):
        pool_fits([good, other])
