"""Clusters: t on G - 1 with G / (G - 1) everywhere, missing where an arm is one cluster, said where few."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from stepdown import survival
from stepdown.errors import EstimateError
from stepdown.survival import (
    contrast,
    cox,
    curve_test,
    kaplan_meier,
    logrank,
    mean_cumulative,
    nelson_aalen,
    piecewise_exponential,
    risk,
    rmst,
    window_hazard,
    window_hazard_ratios,
)

# 8 sites of 10; the number with the event by day 90 at each, nobody lost.
EVENTS = np.array([1, 4, 2, 6, 3, 5, 2, 7])
SITE = np.repeat(np.arange(8), 10)
EVENT = np.concatenate([np.arange(10) < count for count in EVENTS]).astype(int)
DAYS = np.where(EVENT, 40.0, 90.0)
CROSSED = np.tile([0, 1], 40)
NESTED = (SITE >= 4).astype(int)


Z = stats.norm.ppf(0.975)


def wilson_of(p, n, q=Z):
    half = q * np.sqrt(p * (1 - p) / n + q * q / 4 / n**2) / (1 + q * q / n)
    middle = (p + q * q / 2 / n) / (1 + q * q / n)
    return middle - half, middle + half


def test_risk_by_hand():
    # p = 30/80; sums of influence by site are (x_g - 10 p) / 80.
    spread = (((EVENTS - 3.75) / 80) ** 2).sum()
    for correction, factor in (("t", 8 / 7), ("none", 1.0)):
        row = risk(kaplan_meier(DAYS, EVENT, cluster=SITE, correction=correction), 90).table.iloc[0]
        assert row["std_error"] == pytest.approx(np.sqrt(spread * factor))
    # Wilson on p (1 - p) / V people with t on 7.
    row = risk(kaplan_meier(DAYS, EVENT, cluster=SITE), 90).table.iloc[0]
    p, q = 0.375, stats.t.ppf(0.975, 7)
    n = p * (1 - p) / (spread * 8 / 7)
    assert (row["conf_low"], row["conf_high"]) == pytest.approx(wilson_of(p, n, q))
    assert row["note"] == "8 clusters: by t on 7 degrees of freedom"


def test_limits_that_are_joined_rest_on_fewer_people_by_hand():
    # 4 sites of 10 an arm, with 3, 3, 3, 4 and 2, 1, 1, 1 events: they differ less than independent people
    # (V = 0.000625 against p (1 - p) / 40), and the influence of sites has a correlation of -1/3.
    counts = [3, 3, 3, 4, 2, 1, 1, 1]
    event = np.concatenate([np.arange(10) < count for count in counts]).astype(int)
    arm, site = np.repeat([0, 1], 40), np.tile(np.repeat(np.arange(4), 10), 2)
    risks = risk(kaplan_meier(np.where(event, 40, 90), event, arm, cluster=site), 90)
    a, b, few = 13 / 40, 5 / 40, stats.norm.ppf(0.975) / stats.t.ppf(0.975, 3)
    printed = risks.table[["conf_low", "conf_high"]].to_numpy()
    np.testing.assert_allclose(printed, [wilson_of(a, 40), wilson_of(b, 40)], rtol=1e-9)
    (low, high), (least, most) = wilson_of(a, 40 * few), wilson_of(b, 40 * few)
    row = contrast(risks, measures=["difference"]).table.iloc[0]
    down, up = (
        np.sqrt(one**2 + two**2 + 2 / 3 * one * two)
        for one, two in ((a - low, most - b), (high - a, b - least))
    )
    assert (row["conf_low"], row["conf_high"]) == pytest.approx((a - b - down, a - b + up))


@pytest.mark.parametrize("weighted", [False, True])
def test_share_of_events_by_hand(weighted):
    # 4 sites of 40 with 10 events each, 4, 4, 4 and 5 of them by day 30. Half of all weigh 3, so that
    # Kish's size is 4/5 of the number.
    early = np.concatenate([np.r_[np.arange(10) < count, np.zeros(30)] for count in (4, 4, 4, 5)])
    event = np.tile(np.arange(40) < 10, 4).astype(int)
    days = np.where(event, np.where(early, 20, 60), 90)
    weight = np.tile([1.0, 3.0], 80) if weighted else np.ones(160)
    curves = kaplan_meier(days, event, cluster=np.repeat(np.arange(4), 40), weights=weight)
    row = survival.window_risk(curves, 0, 30, horizon=90).table.query("measure == 'share'").iloc[0]
    held = weight * event
    share = held @ early / held.sum()
    sums = (held * (early - share) / held.sum()).reshape(4, 40).sum(axis=1)
    variance = 4 / 3 * sums @ sums
    t = stats.t.ppf(0.975, 3) / stats.norm.ppf(0.975)
    size = min(share * (1 - share) / variance / t**2, t**1.5 * 40 * (0.8 if weighted else 1))
    assert size < 90
    assert (row["conf_low"], row["conf_high"]) == pytest.approx(wilson_of(share, size))


def test_log_log_limits_by_t():
    row = risk(kaplan_meier(DAYS, EVENT, cluster=SITE, conf="log-log"), 90).table.iloc[0]
    s, q = 0.625, stats.t.ppf(0.975, 7)
    width = np.exp(q * row["std_error"] / (s * -np.log(s)))
    assert 1 - row["conf_high"] == pytest.approx(s**width)


@pytest.mark.parametrize(("arm", "lost"), [(CROSSED, 1), (NESTED, 2)])
def test_difference_by_hand(arm, lost):
    # Arms that share sites lose one degree of freedom, arms of their own sites one each.
    curves = kaplan_meier(DAYS, EVENT, arm, cluster=SITE, conf="log-log")
    row = contrast(risk(curves, 90), measures=["difference"]).table.iloc[0]
    sums = []
    for one in (0, 1):
        mine = arm == one
        own = (EVENT[mine] - EVENT[mine].mean()) / mine.sum()
        sums.append(np.bincount(SITE[mine], own, 8))
    se = np.sqrt(((sums[0] - sums[1]) ** 2).sum() * 8 / (8 - lost))
    assert row["std_error"] == pytest.approx(se)
    assert row["conf_high"] - row["estimate"] == pytest.approx(stats.t.ppf(0.975, 8 - lost) * se)
    assert row["p"] == pytest.approx(2 * stats.t.sf(abs(row["estimate"]) / se, 8 - lost))


def rows_of_each(cluster, correction):
    """Standard error and a half width in them, of each clustered estimator."""
    given = {"cluster": cluster, "correction": correction}
    rates = window_hazard(DAYS, EVENT, cuts=[0, 90], **given).table.iloc[0]
    hazards = nelson_aalen(DAYS, EVENT, conf="plain", **given).at(60).iloc[0]
    means = rmst(DAYS, EVENT, tau=90, conf="plain", **given).table.iloc[0]
    counts = mean_cumulative(DAYS, EVENT, id=np.arange(80), conf="plain", **given).at(60).iloc[0]
    model = piecewise_exponential(DAYS, np.where(EVENT, DAYS, np.inf), cuts=[0], **given).rates.iloc[0]
    return {
        "rate": (rates["std_error"], np.log(rates["conf_high"] / rates["rate"]) * rates["rate"]),
        "hazard": (hazards["std_error"], hazards["conf_high"] - hazards["estimate"]),
        "mean": (means["std_error"], means["conf_high"] - means["estimate"]),
        "count": (counts["std_error"], counts["conf_high"] - counts["estimate"]),
        "model": (model["std_error"], np.log(model["conf_high"] / model["rate"]) * model["rate"]),
    }


def test_every_estimator_has_the_factor_and_t():
    corrected, plain = rows_of_each(SITE, "t"), rows_of_each(SITE, "none")
    for name, (se, half) in corrected.items():
        assert se == pytest.approx(plain[name][0] * np.sqrt(8 / 7)), name
        assert half == pytest.approx(stats.t.ppf(0.975, 7) * se), name
        assert plain[name][1] == pytest.approx(stats.norm.ppf(0.975) * plain[name][0]), name


def test_tests_by_f_from_six_clusters_on():
    test, plain = (
        logrank(DAYS, EVENT, CROSSED, cluster=SITE, correction=c, exact=False) for c in ("t", "none")
    )
    # The t test of eight scores, of which the plain form takes the sum of squares about 0.
    assert test.statistic == pytest.approx(7 / 8 * plain.statistic / (1 - plain.statistic / 8))
    assert test.p == pytest.approx(stats.f.sf(test.statistic, 1, 7))
    areas = curve_test(rmst(DAYS, EVENT, CROSSED, tau=90, cluster=SITE), exact=False)
    assert areas.p == pytest.approx(stats.f.sf(areas.statistic, 1, 7))
    four = SITE // 2
    assert logrank(DAYS, EVENT, CROSSED, cluster=four).note == "fewer than 6 clusters: no test"
    row = contrast(risk(kaplan_meier(DAYS, EVENT, CROSSED, cluster=four), 90)).table.iloc[0]
    assert np.isnan(row["p"])
    assert np.isfinite(row["conf_low"])
    assert row["note"] == "4 clusters: by t on 3 degrees of freedom; fewer than 6 clusters: no test"
    assert cox(DAYS, EVENT, CROSSED, cluster=four).summary["p"].isna().all()


def test_an_arm_that_is_one_cluster_has_no_interval():
    lone = np.where(SITE == 0, "a", "b")
    curves = kaplan_meier(DAYS, EVENT, lone, cluster=SITE)
    assert np.isnan(risk(curves, 90).table.loc[0, ["std_error", "conf_low"]].astype(float)).all()
    row = contrast(risk(curves, 90), measures=["difference"]).table.iloc[0]
    assert np.isnan(row[["std_error", "conf_low", "p"]].astype(float)).all()
    assert row["note"].startswith("only one cluster")
    x = (lone == "a").astype(float)
    fit = cox(DAYS, EVENT, x, cluster=SITE)
    assert np.isnan(fit.summary.loc["x1", ["std_error", "conf_low", "p"]].astype(float)).all()
    assert "one of its values is found in one cluster alone" in fit.warnings[-1]
    windows = window_hazard_ratios(DAYS, EVENT, x, cuts=[0, 90], cluster=SITE).table.iloc[0]
    assert np.isnan(windows["p"])
    assert windows["note"].startswith("no robust standard error: one of its values")
    model = piecewise_exponential(
        DAYS, np.where(EVENT, DAYS, np.inf), cuts=[0], X=pd.DataFrame({"g": x}), cluster=SITE
    )
    assert model.summary["p"].isna().all()
    assert model.warnings == (
        "8 clusters: by t on 7 degrees of freedom.",
        "g has no robust standard error: one of its values is found in one cluster alone, which has no other.",
    )
    test = logrank(DAYS, EVENT, lone, cluster=SITE)
    assert np.isnan(test.p)
    assert test.note == "all of an arm is one cluster, which has no other arm: no test"


def test_regressions_by_default_and_by_option():
    x = np.arange(80) % 7
    default, md, t, none = (
        cox(DAYS, EVENT, x, cluster=SITE, correction=c).summary.loc["x1"] for c in (None, "md", "t", "none")
    )
    assert default["std_error"] == md["std_error"]
    assert t["std_error"] == pytest.approx(none["std_error"] * np.sqrt(8 / 7))
    assert t["conf_high"] - t["coef"] == pytest.approx(stats.t.ppf(0.975, 7) * t["std_error"])
    people = np.arange(80) // 2
    assert cox(DAYS, EVENT, x, cluster=people).correction == "t"
    with pytest.raises(EstimateError, match='correction must be "t" or "none"'):
        kaplan_meier(DAYS, EVENT, cluster=SITE, correction="md")


def test_clusters_that_agree_leave_the_interval_of_as_many_people():
    # 6, 7, 6 and 5 of 30 in four clusters: as certain as 120 people, which t on 3 leaves more than there are.
    event = np.concatenate([np.arange(30) < many for many in (6, 7, 6, 5)]).astype(int)
    found = kaplan_meier(np.full(120, 90.0), event, cluster=np.repeat(np.arange(4), 30))
    row = risk(found, 90).table.iloc[0]
    z2 = stats.norm.ppf(0.975) ** 2
    half = np.sqrt(z2 * (0.2 * 0.8 / 120 + z2 / (4 * 120**2)))
    limits = (np.array([-half, half]) + 0.2 + z2 / 240) / (1 + z2 / 120)
    assert [row["conf_low"], row["conf_high"]] == pytest.approx(limits)
    at = found.at(90)[["conf_low", "conf_high"]].iloc[0]
    assert at.tolist() == pytest.approx(1 - limits[::-1])


def test_clusters_that_differ_lower_the_effective_size_by_t():
    day, event = np.full(40, 90.0), np.r_[np.ones(8), np.zeros(2), np.zeros(30)]
    row = risk(kaplan_meier(day, event, cluster=np.repeat(np.arange(4), 10)), 90).table.iloc[0]
    t2 = stats.t.ppf(0.975, 3) ** 2
    n = 0.2 * 0.8 / row["std_error"] ** 2
    half = np.sqrt(t2 * (0.2 * 0.8 / n + t2 / (4 * n**2)))
    assert row["conf_high"] == pytest.approx((0.2 + t2 / (2 * n) + half) / (1 + t2 / n))


def test_one_cluster_an_arm_has_no_interval_in_other_regressions_and_quantiles():
    lone = np.where(SITE == 0, "a", "b")
    x = (lone == "a") * 1.0
    pseudo = survival.pseudo_regression(DAYS, EVENT, x, time=60, cluster=SITE)
    assert pseudo.summary[["std_error", "conf_low"]].isna().all(axis=1).tolist() == [False, True]
    assert pseudo.warnings[-1].startswith(
        "x1 has no robust standard error: one of its values is found in one"
    )
    days = np.random.default_rng(3).permutation(80) + 1.0
    split = survival.split_at(days, days > 0, pd.DataFrame({"x": x}), term="x", cuts=30, cluster=SITE)
    assert split.summary[["std_error", "conf_low", "hazard_ratio_low", "z", "p"]].isna().all(axis=None)
    curves = kaplan_meier(DAYS, EVENT, lone, cluster=SITE)
    assert curves.quantile(0.05)["note"].tolist() == [
        "only one cluster",
        "7 clusters: by t on 6 degrees of freedom",
    ]


def test_few_clusters_are_said_and_have_no_test_everywhere():
    four = SITE // 2
    said = "4 clusters: by t on 3 degrees of freedom"
    means = mean_cumulative(DAYS, EVENT, CROSSED, id=np.arange(80), cluster=four)
    assert means.at(90)["note"].tolist() == [said] * 2
    assert mean_cumulative(DAYS, EVENT, CROSSED, id=np.arange(80)).at(90)["note"].tolist() == [""] * 2
    days = np.random.default_rng(3).permutation(80) + 1.0
    fit = cox(days, EVENT, CROSSED, cluster=four)
    test = survival.proportional_hazards(fit).table
    assert test["p"].isna().all()
    assert test["note"].tolist() == ["fewer than 6 clusters: no test"] * 2
    eight = survival.proportional_hazards(cox(days, EVENT, CROSSED, cluster=SITE)).table.iloc[0]
    assert eight["p"] == pytest.approx(stats.f.sf(eight["statistic"] * 7 / 8, 1, 7))
    drawn = survival.bootstrap(kaplan_meier(DAYS, EVENT, cluster=four), times=[90], seed=1, replicates=100)
    assert drawn.table["note"].item() == said


# Four clusters of ten; 1, 2, 3 and 4 of them have the event on day 3, the others are followed to day 5.
TENTHS = np.concatenate([[3.0] * events + [5.0] * (10 - events) for events in (1, 2, 3, 4)])
FOUR = np.repeat([0, 1, 2, 3], 10)


def wilson(value, se):
    """Wilson's limits on 4 clusters' effective size, t 3.182 on 3 degrees of freedom."""
    z = stats.norm.ppf(0.975)
    return wilson_of(value, min(value * (1 - value) / se**2 * (z / stats.t.ppf(0.975, 3)) ** 2, 40))


def test_bootstrap_limits_with_clusters_are_by_t():
    # A mean of four draws from 0.1, 0.2, 0.3, 0.4: variance 0.0125 / 4, times 4 / 3.
    curves = kaplan_meier(TENTHS, TENTHS == 3, cluster=FOUR)
    found = survival.bootstrap(curves, times=[5], tau=5, replicates=20_000, seed=1).table
    free, mean = found.to_dict("records")
    assert free["std_error"] == pytest.approx(np.sqrt(0.0125 / 4 * 4 / 3), rel=0.02)
    assert [free["conf_low"], free["conf_high"]] == pytest.approx(wilson(0.75, free["std_error"]))
    # Two days are lost to each event: 0.5 days, with gamma limits wider by t / z on the log scale.
    assert mean["std_error"] == pytest.approx(2 * free["std_error"])
    size, wider = (0.5 / mean["std_error"]) ** 2, stats.t.ppf(0.975, 3) / Z
    low = 0.5 * (stats.gamma.ppf(0.025, size) / size) ** wider
    # An event of one in forty in the middle of five days adds more than the average of those seen.
    step = 5 / 2 / 40
    shape = (0.5 + step) ** 2 / (mean["std_error"] ** 2 + step**2)
    high = 0.5 * ((1 + step / 0.5) * stats.gamma.ppf(0.975, shape) / shape) ** wider
    assert [mean["conf_low"], mean["conf_high"]] == pytest.approx([5 - high, 5 - low])
    assert found["note"].tolist() == ["4 clusters: by t on 3 degrees of freedom"] * 2
    # The plain form: percentiles, and the deviation of the replicates.
    plain = kaplan_meier(TENTHS, TENTHS == 3, cluster=FOUR, correction="none")
    drawn = survival.bootstrap(plain, times=[5], replicates=20_000, seed=1)
    row = drawn.table.iloc[0]
    assert row["std_error"] == pytest.approx(drawn.draws.std(ddof=1))
    assert [row["conf_low"], row["conf_high"]] == pytest.approx(np.quantile(drawn.draws, [0.025, 0.975]))
    assert row["note"] == "4 clusters: the standard error is likely to be too small"


def test_limits_of_turnbull_with_clusters_are_by_t():
    high = np.where(TENTHS == 3, 3.0, np.inf)
    found = survival.turnbull_limits(TENTHS, high, times=[2, 3], seed=1, replicates=2000, cluster=FOUR)
    assert found["lowest"].tolist() == found["highest"].tolist() == pytest.approx([0, 0.25])
    expected = wilson(0.25, np.sqrt(0.0125 / 4 * 4 / 3))
    np.testing.assert_allclose(found[["conf_low", "conf_high"]].iloc[1], expected, atol=0.01)
    said = "4 clusters: by t on 3 degrees of freedom"
    assert found["note"].tolist() == [said] * 2
    # By day 2 there was no event: 40 people in clusters of 10 count as 40 / (1 + 9 / 10), times (z / t)^2.
    z = stats.norm.ppf(0.975)
    size = 40 / 1.9 * (z / stats.t.ppf(0.975, 3)) ** 2
    assert found[["conf_low", "conf_high"]].iloc[0].tolist() == pytest.approx([0, z**2 / (size + z**2)])
    alone = survival.turnbull_limits(TENTHS, high, times=[2], seed=1, replicates=100)
    assert alone[["conf_low", "conf_high"]].iloc[0].tolist() == pytest.approx([0, z**2 / (40 + z**2)])
    assert alone["note"].tolist() == [""]
    one = survival.turnbull_limits(TENTHS, high, times=[3], seed=1, replicates=100, cluster=np.ones(40))
    assert one[["conf_low", "conf_high"]].isna().all(axis=None)
    assert one["note"].tolist() == ["only one cluster"]
    with pytest.raises(EstimateError, match="cluster is missing: 1 row, at position 0"):
        survival.turnbull_limits(TENTHS, high, times=[3], seed=1, cluster=np.r_[np.nan, np.ones(39)])


def test_pooled_numbers_have_the_degrees_of_their_clusters():
    curves = [kaplan_meier(DAYS, EVENT, CROSSED, cluster=SITE // 2)] * 2
    risks = [risk(one, 90) for one in curves]
    for found in (
        survival.pool_curves(curves, 90),
        survival.pool_estimands(risks),
        survival.pool_estimands([contrast(one) for one in risks]),
    ):
        # Barnard and Rubin's of 3 where imputations agree: 3 * 4 / 6.
        assert found.table["df"].tolist() == pytest.approx([2.0] * 2)
    assert found.table["p"].isna().all()
    given = survival.pool_curves(curves, 90, df_complete=7.0)
    assert given.table["df"].tolist() == pytest.approx([5.6] * 2)
    fits = survival.pool_fits([cox(DAYS, EVENT, CROSSED, cluster=SITE // 2)] * 2)
    assert fits.table["df"].item() == pytest.approx(2.0)
    assert fits.table["p"].isna().all()
