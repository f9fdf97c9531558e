"""Laws that hold for every cohort."""

from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stepdown.survival import contrast, risk, window_hazard, window_risk
from support_numbers import columns_agree
from support_size import quick_or_long
from tools.agreement.plain_forms import aalen_johansen, kaplan_meier, logrank, rmst, rmtl

pytestmark = pytest.mark.slow

KEYS = ["estimate", "std_error", "conf_low", "conf_high"]
TIMES = (3, 7, 11)


@st.composite
def cohorts(draw, first_day=0):
    """Tied days, three causes, two arms (both filled), weights, clusters, entries before the days."""
    size = draw(st.integers(6, 40))
    column = lambda values: np.array(draw(st.lists(values, min_size=size, max_size=size)))  # noqa: E731
    days = column(st.integers(first_day, 12))
    arm = column(st.sampled_from(["a", "b"]))
    arm[:2] = ["a", "b"]
    early = np.minimum(column(st.integers(0, 6)), np.maximum(days - 1, 0))
    return {
        "days": days,
        "event": column(st.integers(0, 2)),
        "arm": arm,
        "weights": column(st.sampled_from([0.25, 1.0, 2.0, 7.5])),
        "cluster": column(st.integers(0, 8)),
        "entry": early,
    }


law = settings(max_examples=quick_or_long(10, 40), deadline=None)


def pick(cohort, *names):
    return {name: cohort[name] for name in names}


close = partial(columns_agree, columns=KEYS, relative=1e-9, absolute=1e-11)


@law
@given(cohorts())
def test_incidences_and_survival_add_up_to_one(cohort):
    options = pick(cohort, "arm", "weights")
    causes = aalen_johansen(cohort["days"], cohort["event"], **options).table
    total = causes.groupby(["arm", "time"])["estimate"].sum()
    free = kaplan_meier(cohort["days"], cohort["event"] > 0, **options).table
    np.testing.assert_allclose(total.to_numpy() + free["estimate"].to_numpy(), 1, atol=1e-12)


@law
@given(cohorts(first_day=1))
def test_curves_are_monotone_and_inside_their_limits(cohort):
    table = aalen_johansen(
        cohort["days"], cohort["event"], **pick(cohort, "arm", "weights", "cluster", "entry")
    ).table
    for _, rows in table.dropna(subset="estimate").groupby(["arm", "cause"]):
        assert (np.diff(rows["estimate"]) >= -1e-12).all()
    known = table.dropna(subset="conf_low")
    assert (known["conf_low"] <= known["estimate"] + 1e-12).all()
    assert (known["estimate"] <= known["conf_high"] + 1e-12).all()
    assert known["conf_low"].between(0, 1).all()
    assert known["conf_high"].between(0, 1).all()


@law
@given(cohorts())
def test_weight_two_is_two_rows(cohort):
    twice = np.repeat(np.arange(len(cohort["days"])), 1 + (cohort["weights"] > 1))
    weighted = aalen_johansen(
        cohort["days"], cohort["event"], weights=1.0 + (cohort["weights"] > 1), cluster=cohort["cluster"]
    )
    doubled = aalen_johansen(cohort["days"][twice], cohort["event"][twice], cluster=cohort["cluster"][twice])
    close(weighted.table, doubled.table)


@law
@given(cohorts(), st.sampled_from([1e-6, 3.0, 1e5]))
def test_scale_of_weights_means_nothing(cohort, scale):
    options = pick(cohort, "arm", "cluster")
    one = aalen_johansen(cohort["days"], cohort["event"], weights=cohort["weights"], **options)
    other = aalen_johansen(cohort["days"], cohort["event"], weights=cohort["weights"] * scale, **options)
    close(one.table, other.table)


@law
@given(cohorts(first_day=1), st.integers(0, 999))
def test_order_of_rows_and_types_mean_nothing(cohort, seed):
    order = np.random.default_rng(seed).permutation(len(cohort["days"]))
    names = ("arm", "weights", "cluster", "entry")
    one = aalen_johansen(cohort["days"], cohort["event"], **pick(cohort, *names))
    moved = {name: values[order] for name, values in cohort.items()}
    other = aalen_johansen(
        moved["days"].astype(np.int16), list(moved["event"].astype(float)), **pick(moved, *names)
    )
    close(one.table, other.table)


@law
@given(cohorts(first_day=1))
def test_entry_zero_is_no_entry(cohort):
    options = pick(cohort, "arm", "weights")
    one = aalen_johansen(cohort["days"], cohort["event"], **options)
    other = aalen_johansen(cohort["days"], cohort["event"], entry=np.zeros(len(cohort["days"])), **options)
    close(one.table, other.table, columns=["time", "at_risk", *KEYS])
    close(one.at(0, *TIMES), other.at(0, *TIMES), columns=["at_risk", "remaining", *KEYS])


@law
@given(cohorts())
def test_one_cause_is_one_minus_kaplan_meier(cohort):
    options = pick(cohort, "arm", "weights", "cluster")
    incidence = aalen_johansen(cohort["days"], cohort["event"] > 0, **options).table
    survival = kaplan_meier(cohort["days"], cohort["event"] > 0, **options).table
    flipped = survival.assign(
        estimate=1 - survival["estimate"],
        conf_low=1 - survival["conf_high"],
        conf_high=1 - survival["conf_low"],
    )
    np.testing.assert_allclose(incidence["estimate"], flipped["estimate"], atol=1e-12)
    np.testing.assert_allclose(incidence[KEYS[1:]], flipped[KEYS[1:]], rtol=1e-8, atol=1e-8)


@law
@given(cohorts())
def test_unweighted_influence_is_greenwood(cohort):
    days, event = cohort["days"], cohort["event"] > 0
    plain = kaplan_meier(days, event).table
    robust = kaplan_meier(days, event, cluster=np.arange(len(days))).table
    close(plain, robust)


@law
@given(
    cohorts(first_day=1), st.sampled_from([(), ("cluster",), ("weights",), ("weights", "cluster", "entry")])
)
def test_influence_squares_to_the_variance(cohort, names):
    curves = aalen_johansen(
        cohort["days"], cohort["event"] % 2 + 1, arm=cohort["arm"], **pick(cohort, *names)
    )
    groups = cohort["cluster"] if "cluster" in names else np.arange(len(cohort["days"]))
    for cause in curves.causes:
        values = curves.influence_at(*TIMES, cause=cause)
        for arm in curves.arms:
            mine = cohort["arm"] == arm
            sums = np.array([np.bincount(groups[mine], weights=column) for column in values[mine].T])
            table = curves.at(*TIMES)
            se = table[(table["arm"] == arm) & (table["cause"] == cause)]["std_error"].to_numpy()
            known = np.isfinite(se)
            np.testing.assert_allclose(np.sqrt((sums**2).sum(axis=1))[known], se[known], rtol=1e-6, atol=1e-8)


@law
@given(cohorts(first_day=1))
def test_an_arm_alone_is_its_part_of_the_whole(cohort):
    names = ("weights", "cluster", "entry")
    whole = aalen_johansen(cohort["days"], cohort["event"], arm=cohort["arm"], **pick(cohort, *names))
    mine = cohort["arm"] == "a"
    alone = {name: values[mine] for name, values in cohort.items()}
    part = aalen_johansen(alone["days"], alone["event"], **pick(alone, *names)).table
    table = whole.table[(whole.table["arm"] == "a") & whole.table["cause"].isin(part["cause"].unique())]
    close(table, part)


@law
@given(cohorts(first_day=1))
def test_merged_bands_are_the_coarser_fit(cohort):
    fine = window_hazard(
        cohort["days"], cohort["event"] > 0, cuts=[0, 3, 5, 12], arm=cohort["arm"], entry=cohort["entry"]
    )
    coarse = window_hazard(
        cohort["days"], cohort["event"] > 0, cuts=[0, 12], arm=cohort["arm"], entry=cohort["entry"]
    )
    merged = fine.table.groupby("arm")[["events", "person_days"]].sum()
    np.testing.assert_allclose(merged, coarse.table.set_index("arm")[["events", "person_days"]])
    assert merged["events"].sum() == (cohort["event"] > 0).sum()
    assert merged["person_days"].sum() == (cohort["days"] - cohort["entry"]).sum()


@law
@given(cohorts())
def test_windows_add_up_and_lost_days_too(cohort):
    # Everyone left has an event on day 13, so every curve can be read on every day.
    days, event = np.append(cohort["days"], 13), np.append(cohort["event"], 1)
    weights = np.append(cohort["weights"], 1.0)
    curves = aalen_johansen(days, event, weights=weights)
    parts = [window_risk(curves, a, b).table.query("measure == 'window_risk'") for a, b in [(0, 4), (4, 9)]]
    whole = risk(curves, 9).table
    np.testing.assert_allclose(
        sum(part["estimate"].to_numpy() for part in parts), whole["estimate"], atol=1e-12
    )
    lost = rmtl(days, event, tau=10, weights=weights).table["estimate"].sum()
    free = rmst(days, event > 0, tau=10, weights=weights).table["estimate"].iloc[0]
    assert lost + free == pytest.approx(10)


@law
@given(cohorts())
def test_swapped_arms_turn_the_contrast(cohort):
    curves = kaplan_meier(cohort["days"], cohort["event"] > 0, **pick(cohort, "arm", "weights", "cluster"))
    one = contrast(risk(curves, 5), measures=["difference"]).table
    other = contrast(risk(curves, 5), measures=["difference"], reference="a").table
    np.testing.assert_allclose(one["estimate"], -other["estimate"])
    np.testing.assert_allclose(one["std_error"], other["std_error"])


@law
@given(cohorts(first_day=1))
def test_logrank_of_copied_strata_and_of_swapped_arms(cohort):
    days, event, arm = cohort["days"], cohort["event"] > 0, cohort["arm"]
    found = logrank(days, event, arm, entry=cohort["entry"])
    swapped = logrank(days, event, np.where(arm == "a", "b", "a"), entry=cohort["entry"])
    one_stratum = logrank(days, event, arm, entry=cohort["entry"], strata=["s"] * len(days))
    for other in (swapped, one_stratum):
        np.testing.assert_allclose(found.statistic, other.statistic, rtol=1e-9, atol=1e-12)
    assert found.table["observed"].sum() == pytest.approx(found.table["expected"].sum())
