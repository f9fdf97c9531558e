"""The bootstrap against the engine's own estimates and influence standard errors."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stepdown.errors import EstimateError
from stepdown.survival import aalen_johansen, bootstrap, kaplan_meier, risk, rmst, rmtl
from support_size import quick_or_long

pytestmark = pytest.mark.slow

TIMES = (7, 28, 45)


def cohort(seed, size=200):
    rng = np.random.default_rng(seed)
    time = 7 * np.ceil(rng.exponential(60, size) / 7)
    loss = rng.integers(50, 120, size)
    return {
        "days": np.minimum(time, loss),
        "event": np.where(time <= loss, rng.integers(1, 3, size), 0),
        "arm": rng.integers(0, 2, size),
        "weights": rng.choice([0.5, 1.0, 3.0], size),
        "cluster": rng.integers(0, size // 2, size),
    }


def pick(people, *names):
    return {name: people[name] for name in names}


@settings(max_examples=quick_or_long(10, 25), deadline=None)
@given(st.integers(0, 10**6), st.sampled_from([("arm",), ("arm", "weights"), ("arm", "weights", "cluster")]))
def test_estimates_are_the_engines_own(seed, names):
    people = cohort(seed, 60)
    options = pick(people, *names)
    curves = aalen_johansen(people["days"], people["event"], **options)
    found = bootstrap(curves, times=TIMES, tau=45, replicates=100, seed=1).table
    at = curves.at(*TIMES)
    np.testing.assert_allclose(found[found["measure"] == "risk"]["estimate"], at["estimate"], atol=1e-12)
    lost = rmtl(people["days"], people["event"], tau=45, **options).table.sort_values(["arm", "cause"])
    np.testing.assert_allclose(found[found["measure"] == "rmtl"]["estimate"], lost["estimate"], atol=1e-10)
    free = bootstrap(
        kaplan_meier(people["days"], people["event"] > 0, **options), tau=45, replicates=100, seed=1
    )
    mean = rmst(people["days"], people["event"] > 0, tau=45, **options).table
    np.testing.assert_allclose(free.table["estimate"], mean["estimate"], atol=1e-10)


@pytest.mark.parametrize("names", [("arm",), ("arm", "weights"), ("arm", "weights", "cluster")])
def test_standard_error_is_that_of_influence_within_monte_carlo_error(names):
    # 1,500 replicates: a standard error known to 1 / sqrt(3000) = 1.8%; five of those, and a percent of bias.
    people = cohort(5, 800)
    options = pick(people, *names)
    curves = aalen_johansen(people["days"], people["event"], **options)
    found = bootstrap(curves, times=TIMES, tau=45, replicates=1500, seed=2).table
    risks = curves.at(*TIMES)
    lost = rmtl(people["days"], people["event"], tau=45, **options).table.sort_values(["arm", "cause"])
    for measure, expected in (("risk", risks), ("rmtl", lost)):
        mine = found[found["measure"] == measure]
        np.testing.assert_allclose(mine["std_error"], expected["std_error"], rtol=0.1)
        np.testing.assert_allclose(
            mine["conf_low"], mine["estimate"] - 1.96 * mine["std_error"], atol=0.4 * mine["std_error"].max()
        )
        np.testing.assert_allclose(
            mine["conf_high"], mine["estimate"] + 1.96 * mine["std_error"], atol=0.4 * mine["std_error"].max()
        )


def test_difference_of_arms_that_share_clusters():
    # Everyone is in both arms with the same days: the difference is 0 in every replicate.
    people = cohort(7, 100)
    days, event, who = (np.tile(values, 2) for values in (people["days"], people["event"], np.arange(100)))
    curves = kaplan_meier(days, event > 0, arm=np.repeat([0, 1], 100), cluster=who)
    found = bootstrap(curves, times=[28], replicates=100, seed=1)
    assert found.draws.shape == (100, 2)
    np.testing.assert_array_equal(found.draws[:, 0], found.draws[:, 1])
    assert found.draws[:, 0].std() > 0


def test_law_of_three_people_by_hand():
    # S(1) is the share of those drawn who were not the first: binomial(3, 2/3) / 3, se sqrt(2 / 27).
    found = bootstrap(kaplan_meier([1, 2, 3], [1, 0, 0]), times=[1, 9], replicates=20_000, seed=1)
    counts = np.bincount(np.rint(found.draws[:, 0] * 3).astype(int), minlength=4) / 20_000
    np.testing.assert_allclose(counts, [1 / 27, 6 / 27, 12 / 27, 8 / 27], atol=0.015)
    row = found.table.iloc[0]
    assert row["std_error"] == pytest.approx(np.sqrt(2 / 27), rel=0.03)
    # Wilson's limits of 2 in 3, as p (1 - p) / V is 3; percentiles with Wald's curves.
    assert (row["replicates"], row["note"]) == (20_000, "")
    assert [row["conf_low"], row["conf_high"]] == pytest.approx([0.2077, 0.9385], abs=0.005)
    wald = kaplan_meier([1, 2, 3], [1, 0, 0], conf="log")
    drawn = bootstrap(wald, times=[1], replicates=20_000, seed=1).table.iloc[0]
    assert (drawn["conf_low"], drawn["conf_high"], drawn["std_error"]) == (0, 1, row["std_error"])
    late = found.table.iloc[1]
    assert np.isnan(late["estimate"])
    assert late["note"] == "beyond the last follow-up"


def test_seed_scale_and_chunks_change_nothing(monkeypatch):
    people = cohort(9)
    names = ("arm", "weights", "cluster")
    curves = kaplan_meier(people["days"], people["event"] > 0, **pick(people, *names))
    one = bootstrap(curves, times=TIMES, replicates=100, seed=3)
    assert one.table.equals(bootstrap(curves, times=TIMES, replicates=100, seed=3).table)
    assert not one.table.equals(bootstrap(curves, times=TIMES, replicates=100, seed=4).table)
    monkeypatch.setattr("stepdown.survival.curves.resampling.CELLS_AT_ONCE", 3000)
    np.testing.assert_array_equal(one.draws, bootstrap(curves, times=TIMES, replicates=100, seed=3).draws)
    people["weights"] = people["weights"] * 1e5
    scaled = kaplan_meier(people["days"], people["event"] > 0, **pick(people, *names))
    np.testing.assert_allclose(
        bootstrap(scaled, times=TIMES, replicates=100, seed=3).draws, one.draws, rtol=1e-9
    )


def test_replicates_that_end_early_are_counted_and_one_cluster_has_no_error():
    days = [1] * 30 + [2] * 9 + [5]
    found = bootstrap(kaplan_meier(days, [1] * 30 + [0] * 10), times=[5], replicates=500, seed=1).table.iloc[
        0
    ]
    # The one person followed to day 5 is left out of a replicate with probability (39/40)^40 = 0.363.
    missing = 500 - found["replicates"]
    assert missing == pytest.approx(0.363 * 500, abs=40)
    assert found["note"] == f"{missing} of 500 replicates end before this day"
    assert np.isnan(found["std_error"])
    alone = bootstrap(
        kaplan_meier([1, 2, 3], [1, 1, 0], cluster=[4, 4, 4]), times=[2], replicates=100, seed=1
    )
    assert alone.table["note"].tolist() == ["only one cluster"]
    quiet = bootstrap(kaplan_meier([1, 2, 3], [1, 0, 0]), times=[0.5], replicates=100, seed=1).table.iloc[0]
    assert quiet["note"] == "no variation"


@pytest.mark.parametrize("sites", [None, np.arange(20) // 5])
def test_where_no_replicate_differs_limits_are_those_without_the_bootstrap(sites):
    days, plan = np.repeat([5, 9], [12, 8]), np.tile([0, 1], 10)
    # The last of plan 1 dies: cause 2.
    cause = np.r_[np.zeros(19), 2]
    grouped = {} if sites is None else {"cluster": sites}
    curves = kaplan_meier(days, cause > 0, plan, **grouped)
    table = bootstrap(curves, times=[4], tau=5, replicates=100, seed=1).table
    risks, means = risk(curves, 4).table, rmst(days, cause > 0, plan, tau=5, **grouped).table
    kept = table[table["measure"] == "survival"]
    np.testing.assert_allclose(kept["conf_low"], 1 - risks["conf_high"])
    np.testing.assert_allclose(kept["conf_high"], 1 - risks["conf_low"])
    kept = table[table["measure"] == "rmst"]
    np.testing.assert_allclose(kept[["conf_low", "conf_high"]], means[["conf_low", "conf_high"]])
    assert table["std_error"].isna().all()
    assert table["note"].str.endswith("no variation").all()
    causes = aalen_johansen(days, cause, plan, **grouped)
    lost = bootstrap(causes, tau=5, replicates=100, seed=1).table
    expected = rmtl(days, cause, plan, tau=5, **grouped).table
    assert lost["note"].str.endswith("no variation").all()
    kept = lost.sort_values(["cause", "arm"])[["conf_low", "conf_high"]]
    np.testing.assert_allclose(kept, expected.sort_values(["cause", "arm"])[["conf_low", "conf_high"]])


@pytest.mark.parametrize(
    ("options", "asked", "message"),
    [
        ({}, {}, "Nothing to bootstrap. Give times, or tau, or both."),
        ({}, {"tau": 2, "replicates": 10}, "replicates must be a whole number from 100 up."),
        (
            {"entry": [0, 1]},
            {"tau": 2},
            "Some people enter after day 0. Use the influence standard error of the curves.",
        ),
    ],
)
def test_refusals(options, asked, message):
    with pytest.raises(EstimateError) as caught:
        bootstrap(kaplan_meier([2, 3], [1, 0], **options), seed=1, **asked)
    assert str(caught.value) == message
