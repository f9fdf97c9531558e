"""Corrections of the robust variance where clusters are few."""

from math import sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import linalg, stats

from stepdown.errors import EstimateError
from stepdown.survival import cox, fine_gray
from stepdown.survival.core.clusters import cluster_information
from support_numbers import same

pytestmark = pytest.mark.slow


def test_by_hand():
    # Days 1 1 5+ of x = 1, 0, 0 by Breslow: hazard ratio 2, mean x 1/2, hazard 1/2, information 1/2; residuals
    # 0, -1/4, 1/4. Own parts of the information 2 / 8, 1 / 8, 1 / 8: leverage 1/2, 1/4, 1/4. (The third value of x
    # keeps it from being an arm of one cluster.)
    days, event, x, own = [1, 1, 5], [1, 1, 0], [1, 0, 1e-15], [1, 2, 3]
    found = {
        c: cox(days, event, x, ties="breslow", cluster=own, correction=c) for c in ("none", "t", "kc", "md")
    }
    same(found["none"].summary["std_error"], sqrt(2 * (1 / 16) * 4))
    same(found["t"].summary["std_error"], sqrt(2 * (1 / 16) * 4 * 3 / 2))
    same(found["kc"].summary["std_error"], sqrt(2 * (1 / 16) / (3 / 4) * 4))
    same(found["md"].summary["std_error"], sqrt(2 * (1 / 16) / (3 / 4) ** 2 * 4))
    row = found["kc"].summary.loc["x1"]
    same([row["conf_low"], row["conf_high"]], np.log(2) + stats.t.ppf([0.025, 0.975], 2) * row["std_error"])
    # Under 6 clusters there is no test.
    assert np.isnan(row["p"])
    assert np.isnan(found["kc"].tests.loc["wald", "p"])
    same(found["kc"].tests.loc["wald", "statistic"], np.log(2) ** 2 / (2 / 3))


def test_p_by_t():
    days, event, x, site = sites(3, clusters=6)
    fit = cox(days, event == 1, x[:, 1], cluster=site)
    row = fit.summary.loc["x1"]
    same(row["p"], 2 * stats.t.sf(abs(row["coef"] / row["std_error"]), 5))
    same(fit.tests.loc["wald", "p"], row["p"])


def dense(days, event, x, entry, weights, cluster, strata, ties, beta, power):
    """Corrected sandwich straight from the definition: every stratum, day and tied event in its own loop."""
    p, groups = x.shape[1], np.unique(cluster)
    theta = weights * np.exp(x @ beta)
    scores, parts = {g: np.zeros(p) for g in groups}, {g: np.zeros((p, p)) for g in groups}
    for s in np.unique(strata):
        for day in np.unique(days[(strata == s) & (event == 1)]):
            at_risk = (strata == s) & (entry < day) & (days >= day)
            tied = at_risk & (days == day) & (event == 1)
            m = tied.sum()
            shares = np.arange(m) / m if ties == "efron" else np.zeros(1)
            size = weights[tied].sum() / len(shares)
            for share in shares:
                here = theta * at_risk * (1 - share * tied)
                mean = here @ x / here.sum()
                for g in groups:
                    own = cluster == g
                    away = x[own] - mean
                    spent = size * here[own] / here.sum()
                    scores[g] += (weights * tied / len(shares))[own] @ away - spent @ away
                    parts[g] += (away * spent[:, None]).T @ away
    information = sum(parts.values())
    bread = np.linalg.inv(information)
    total = np.zeros((p, p))
    for g in groups:
        # The principal power of 1 - O I^-1, by scipy: not symmetric, and no root of I taken.
        power_of = linalg.fractional_matrix_power(np.eye(p) - parts[g] @ bread, power)
        score = np.real(power_of) @ scores[g]
        total += np.outer(score, score)
    return bread @ total @ bread, bread


@pytest.mark.parametrize("ties", ["efron", "breslow"])
@pytest.mark.parametrize(("correction", "power"), [("kc", -0.5), ("md", -1.0)])
def test_against_the_definition(ties, correction, power):
    r = np.random.default_rng(3)
    n = 90
    days = r.integers(2, 12, n).astype(float)
    columns = {
        "event": (r.random(n) < 0.7).astype(int),
        "x": np.column_stack([r.normal(size=n) + 5, r.integers(0, 2, n), r.normal(size=n) * 30]),
        "entry": np.minimum(r.integers(0, 6, n), days - 1),
        "weights": r.choice([0.3, 1.0, 4.0], n),
        "cluster": r.integers(0, 7, n),
        "strata": r.integers(0, 2, n),
    }
    plain = {name: value for name, value in columns.items() if name not in ("event", "x")}
    fit = cox(days, columns["event"], columns["x"], ties=ties, correction=correction, **plain)
    covariance, model = dense(days, **columns, ties=ties, beta=fit.coef, power=power)
    np.testing.assert_allclose(fit.model_covariance, model, rtol=1e-10)
    np.testing.assert_allclose(fit.covariance, covariance, rtol=1e-9)


@given(st.integers(0, 10**6))
@settings(max_examples=15, deadline=None)
def test_units_and_origin_of_covariates_change_nothing(seed):
    r = np.random.default_rng(seed)
    n = 80
    x = np.column_stack([r.normal(size=n), r.integers(0, 2, n)])
    turn = np.array([[3.0, -40.0], [0.5, 2.0]])
    keys = {"cluster": r.integers(0, 8, n), "correction": "kc"}
    days, event = r.integers(1, 15, n), r.random(n) < 0.7
    left, right = cox(days, event, x, **keys), cox(days, event, (x + np.array([7, -1])) @ turn, **keys)
    np.testing.assert_allclose(left.covariance, turn @ right.covariance @ turn.T, rtol=1e-6, atol=1e-12)


def test_many_clusters_need_no_correction():
    r = np.random.default_rng(8)
    n = 4000
    arguments = (r.integers(1, 60, n), r.random(n) < 0.6, r.normal(size=(n, 2)))
    plain = cox(*arguments, cluster=np.arange(n), correction="none").summary
    kc = cox(*arguments, cluster=np.arange(n), correction="kc").summary
    md = cox(*arguments, cluster=np.arange(n), correction="md").summary
    assert np.all((plain["std_error"] < kc["std_error"]) & (kc["std_error"] < md["std_error"]))
    np.testing.assert_allclose(md["std_error"], plain["std_error"], rtol=0.01)


def sites(seed, clusters=12):
    """Whole sites of unequal size share an arm and a hazard; two causes."""
    r = np.random.default_rng(seed)
    site = np.repeat(np.arange(clusters), r.integers(15, 50, clusters))
    n = len(site)
    x = np.column_stack([site % 2, r.normal(size=n)])
    own = np.ceil(r.exponential(60, n) * np.exp(-0.3 * x[:, 1] - 0.4 * r.normal(size=clusters)[site]))
    other, end = np.ceil(r.exponential(80, n)), r.integers(20, 120, n)
    event = np.where((own <= other) & (own <= end), 1, np.where(other <= end, 2, 0))
    return np.minimum(np.minimum(own, other), end), event, x, site


def by_cox(days, event, x, **keys):
    return cox(days, event == 1, x, **keys)


def by_fine_gray(days, event, x, **keys):
    return fine_gray(days, event, x, cause=1, **keys)


@pytest.mark.parametrize("fit", [by_cox, by_fine_gray])
def test_md_is_close_to_leaving_out_one_cluster_at_a_time(fit):
    days, event, x, site = sites(0)
    whole = fit(days, event, x, cluster=site, correction="md")
    kept = [site != left for left in range(12)]
    apart = np.array([fit(days[rows], event[rows], x[rows]).coef for rows in kept]) - whole.coef
    jackknife = np.sqrt(11 / 12 * (apart**2).sum(axis=0))
    np.testing.assert_allclose(whole.summary["std_error"], jackknife, rtol=0.05)
    plain = fit(days, event, x, cluster=site, correction="none").summary["std_error"]["x1"]
    assert plain < 0.9 * jackknife[0]


@pytest.mark.parametrize("ties", ["efron", "breslow"])
def test_clusters_of_fine_gray_share_out_the_information(ties):
    days, event, x, site = sites(1)
    fit = by_fine_gray(days, event, x, cluster=site, strata=site % 3, entry=days / 4, ties=ties)
    state, grid = fit.optimum.state, fit.carried.grid
    assert len(grid.carried) > 50
    cluster = site if grid.rows is None else site[grid.rows]
    parts = cluster_information(grid, state, cluster, 12)
    np.testing.assert_allclose(parts.sum(axis=0), state.information, rtol=1e-10, atol=1e-10)


def rejected(clusters, seed, people=25):
    """P values of an arm that does nothing, given to whole clusters whose hazards differ."""
    r = np.random.default_rng(seed)
    site = np.repeat(np.arange(clusters), people)
    arm = (site % 2).astype(float)
    days = np.ceil(r.exponential(60, len(site)) * np.exp(-0.4 * r.normal(size=clusters))[site])
    end = r.integers(60, 120, len(site))
    arguments = (np.minimum(days, end), days <= end, arm)
    return [cox(*arguments, cluster=site, correction=c).summary["p"]["x1"] for c in ("none", "md")]


@pytest.mark.parametrize("clusters", [6, 12])
def test_size_of_the_test_under_no_effect(clusters):
    size = (np.array([rejected(clusters, seed) for seed in range(200)]) < 0.05).mean(axis=0)
    # 200 draws: a true 0.05 stays within 0.015 to 0.095 in 99 of 100 runs.
    assert size[0] > size[1] + 0.04, size
    assert 0.015 < size[1] < 0.095, size


def warnings(clusters, correction, n=120):
    r = np.random.default_rng(2)
    x = np.column_stack([r.normal(size=n), r.normal(size=n)])
    group = np.arange(n) % clusters
    return cox(r.integers(1, 30, n), r.random(n) < 0.7, x, cluster=group, correction=correction).warnings


def test_warnings():
    assert warnings(40, None) == ()
    assert warnings(12, "kc") == ("There are 12 clusters: limits are by t on 11 degrees of freedom.",)
    assert warnings(4, "kc") == (
        "There are 4 clusters: limits are by t on 3 degrees of freedom, p values are missing.",
    )
    assert warnings(1, "kc") == ("There is 1 cluster: no robust standard error.",)


def test_one_cluster_that_holds_all_that_is_known():
    # In the second stratum only rows of cluster 9 meet, and only there does x2 vary.
    r = np.random.default_rng(4)
    strata = np.repeat([0, 1], 40)
    x = np.column_stack([r.normal(size=80), np.where(strata == 1, r.integers(0, 2, 80), 0)])
    cluster = np.where(strata == 1, 9, np.arange(80) % 9)
    fit = cox(r.integers(1, 9, 80), r.random(80) < 0.8, x, strata=strata, cluster=cluster, correction="kc")
    assert fit.warnings == (
        "There are 10 clusters: limits are by t on 9 degrees of freedom.",
        "1 of 10 clusters alone hold all information on some term: that part of its standard error cannot be "
        "corrected and is left out.",
    )


def test_refused():
    arguments = ([1, 2, 3], [1, 1, 0], [1.0, 0, 1])
    with pytest.raises(EstimateError) as caught:
        cox(*arguments, correction="kc")
    assert str(caught.value) == "correction needs clusters. Give cluster, or leave correction out."
    with pytest.raises(EstimateError) as caught:
        cox(*arguments, cluster=[1, 2, 3], correction="cr2")
    message = 'correction must be "md", "kc", "t" or "none". The default is md under 40 clusters.'
    assert str(caught.value) == message
