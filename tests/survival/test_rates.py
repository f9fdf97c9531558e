"""Rates with weights and clusters, and their contrasts: by hand, against R, laws."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stepdown import survival
from stepdown.survival import contrast
from support_numbers import columns_agree
from support_size import quick_or_long
from support_survival import draw
from tools.agreement.plain_forms import window_hazard

pytestmark = pytest.mark.slow

HERE = Path(__file__).parent.parent / "reference" / "survival"
R = json.loads((HERE / "rates_reference.json").read_text())
COHORT = pd.read_csv(HERE / "cohort.csv")
CUTS = [0, 9, 24, 60]
GIVEN = {
    "cluster": {"cluster": COHORT["site"]},
    "weight": {"weights": COHORT["weight"]},
    "wide": {"weights": COHORT["wide"]},
    "both": {"weights": COHORT["weight"], "cluster": COHORT["site"]},
}


def of_cohort(**options):
    return window_hazard(
        COHORT["day"], COHORT["cause"] > 0, cuts=CUTS, arm=COHORT["arm"], entry=COHORT["entry"], **options
    )


@pytest.mark.parametrize("case", list(GIVEN))
def test_rates_equal_the_sandwich_of_a_poisson_regression(case):
    found, expected = of_cohort(**GIVEN[case]).table, R[case]
    np.testing.assert_allclose(found["rate"], expected["rate"], rtol=1e-10)
    for name in ("std_error", "conf_low", "conf_high"):
        np.testing.assert_allclose(found[name], expected[name], rtol=1e-8)


@pytest.mark.parametrize("case", list(GIVEN))
def test_contrasts_equal_the_sandwich_of_a_poisson_regression(case):
    table = contrast(of_cohort(**GIVEN[case])).table
    expected = [pair for band in R[case]["contrasts"] for pair in band]
    for measure, se in (("difference", "se_difference"), ("ratio", "se_log_ratio")):
        mine = table[table["contrast"] == measure]
        assert mine["arm"].tolist() == ["A", "B"] * 3
        np.testing.assert_allclose(mine["estimate"], [pair[measure] for pair in expected], rtol=1e-10)
        spread = mine["std_error"] / mine["estimate"] if measure == "ratio" else mine["std_error"]
        np.testing.assert_allclose(spread, [pair[se] for pair in expected], rtol=1e-8)


def test_two_clients_with_two_discharges_each_by_hand():
    # Band (0, 10]: client p has an event on 4 and another on 6, client q 10 and 10 days without: rate 2 / 30.
    found = window_hazard(
        [4, 6, 10, 10], [1, 1, 0, 0], cuts=[0, 10], cluster=list("ppqq"), per=10
    ).table.iloc[0]
    assert found["rate"] == pytest.approx(2 / 3)
    # Influence of p: (2 - 10 * 2 / 30) / 30, of q the same with the other sign; a rate is per 10 days.
    se = 10 * np.sqrt(2) * (2 - 20 / 30) / 30
    assert found["std_error"] == pytest.approx(se)
    assert found["conf_low"] == pytest.approx(2 / 3 * np.exp(-1.959963984540054 * se / (2 / 3)))
    assert found["conf_high"] == pytest.approx(2 / 3 * np.exp(1.959963984540054 * se / (2 / 3)))


def test_weighted_counts_have_numbers_of_people():
    found = window_hazard([4, 10, 20], [1, 0, 1], cuts=[0, 10, 20], weights=[3, 1, 2]).table
    assert found["at_risk"].tolist() == [6, 2]
    assert found["n_at_risk"].tolist() == [3, 1]
    assert found["events"].tolist() == [3, 2]
    assert found["n_events"].tolist() == [1, 1]
    assert found["person_days"].tolist() == [12 + 10 + 20, 20]
    assert found["rate"].tolist() == pytest.approx([3 / 42, 1 / 10])
    # Influence in (0, 10]: 3 (1 - 4 r), 1 (-10 r), 2 (-10 r) with r = 1 / 14, over 42.
    assert found["std_error"].iloc[0] == pytest.approx(
        np.sqrt((3 * 10 / 14) ** 2 + (10 / 14) ** 2 + (20 / 14) ** 2) / 42
    )
    # Whoever makes up all of a band leaves no spread.
    assert found["note"].tolist() == ["", "no variation"]


def test_what_has_no_interval_has_a_note():
    cohort = draw("4+ 10+ 12 15+ 30+")
    cuts, cluster = [0, 10, 20, 40, 50], [1, 1, 2, 2, 1]
    found = survival.window_hazard(cohort.days, cohort.event, cuts=cuts, cluster=cluster).table
    few = "2 clusters: by t on 1 degrees of freedom"
    assert found["note"].tolist() == [f"no events; {few}", few, f"no events; {few}", "no person-time"]
    assert found["rate"].isna().tolist() == [False, False, False, True]
    # Without events the interval is that of the effective number of people.
    assert found["conf_low"].isna().tolist() == [False, False, False, True]
    alone = window_hazard([3, 5], [1, 0], cuts=[0, 9], cluster=[7, 7]).table
    assert alone["note"].tolist() == ["only one cluster"]
    # Rows of their own keep the exact interval, which needs no events.
    assert survival.window_hazard([3, 5], [0, 0], cuts=[0, 9]).table["conf_high"].notna().all()


def test_contrasts_of_independent_rates_by_hand():
    # (0, 10]: a has 2 events in 20 days, b 1 in 40; (10, 20]: b has none.
    days, event, arm = [5, 5, 10, 10, 20, 20, 10], [1, 1, 0, 0, 0, 0, 1], list("aabbbba")
    arm, event = list("aaabbbb"), [1, 1, 0, 0, 0, 0, 1]
    found = contrast(window_hazard(days, event, cuts=[0, 10, 20], arm=arm)).table.set_index(
        ["time", "contrast"]
    )
    row = found.loc[(10, "difference")]
    assert row["estimate"] == pytest.approx(2 / 20 - 1 / 40)
    assert row["std_error"] == pytest.approx(np.sqrt(2 / 20**2 + 1 / 40**2))
    row = found.loc[(10, "ratio")]
    assert row["estimate"] == pytest.approx(4)
    assert row["conf_low"] == pytest.approx(4 * np.exp(-1.959963984540054 * np.sqrt(1 / 2 + 1)))
    assert found.loc[(20, "ratio"), "note"].startswith("no person-time; no events")


law = settings(max_examples=quick_or_long(10, 25), deadline=None)


@st.composite
def cohorts(draw_one):
    size = draw_one(st.integers(4, 25))
    column = lambda values: np.array(draw_one(st.lists(values, min_size=size, max_size=size)))  # noqa: E731
    entry = column(st.integers(0, 4)).astype(float)
    return {
        "days": entry + column(st.integers(1, 9)),
        "event": column(st.integers(0, 1)),
        "entry": entry,
        "arm": np.where(np.arange(size) % 2, "a", "b"),
        "weights": column(st.sampled_from([0.01, 0.5, 1.0, 3.0, 200.0])),
        "cluster": column(st.integers(0, 6)),
    }


def rates(cohort, **changed):
    return window_hazard(cuts=[0, 3, 7, 13], **(cohort | changed)).table


def assert_same_rates(one, other, names=("rate", "std_error", "conf_low", "conf_high")):
    notes = [
        table["note"].str.replace(
            r"(; )?\d+ clusters: the standard error is likely to be too small", "", regex=True
        )
        for table in (one, other)
    ]
    pd.testing.assert_series_equal(*notes)
    columns_agree(one, other, names, relative=1e-9, absolute=1e-13)


@law
@given(cohorts(), st.sampled_from([1e-3, 7.0]))
def test_scale_of_weights_order_of_rows_and_unit_of_time_change_nothing(cohort, factor):
    found = rates(cohort)
    assert_same_rates(found, rates(cohort, weights=cohort["weights"] * factor))
    turned = {name: values[::-1] for name, values in cohort.items()}
    assert_same_rates(found, rates(turned))
    weeks = window_hazard(
        cuts=np.array([0, 3, 7, 13]) / 7,
        **(cohort | {n: cohort[n] / 7 for n in ("days", "entry")}),
        per=1 / 7,
    ).table
    assert_same_rates(found, weeks)


@law
@given(cohorts())
def test_a_row_given_twice_in_one_cluster_is_a_row_of_weight_two(cohort):
    twice = {name: np.concatenate([values, values]) for name, values in cohort.items()}
    doubled = cohort | {"weights": 2 * cohort["weights"]}
    assert_same_rates(rates(twice), rates(doubled))


@law
@given(cohorts())
def test_each_row_its_own_cluster_is_no_cluster(cohort):
    alone = rates(cohort, cluster=np.arange(len(cohort["days"])))
    assert_same_rates(alone, rates(cohort, cluster=None))


def test_intervals_of_clustered_rates_hold_the_truth_as_often_as_stated():
    # 80 clients with 1 to 8 discharges each; hazard 0.05 Z, Z gamma of shape 1/2 and mean 1, followed 20 days.
    # Expected events over expected days: 1 - (1 + 2)^(-1/2) over ((1 + 2)^(1/2) - 1) / 0.05.
    truth = (1 - 3**-0.5) * 0.05 / (3**0.5 - 1)
    rng = np.random.default_rng(20260105)
    held = np.zeros(2)
    for _ in range(300):
        client = np.repeat(np.arange(80), rng.integers(1, 9, 80))
        time = rng.exponential(1 / (0.05 * rng.gamma(0.5, 2, 80)[client]))
        rows = [
            window_hazard(np.minimum(time, 20), time <= 20, cuts=[0, 20], cluster=cluster).table.iloc[0]
            for cluster in (client, None)
        ]
        held += [row["conf_low"] <= truth <= row["conf_high"] for row in rows]
    robust, exact = held / 300
    assert 0.91 <= robust <= 0.98
    assert exact < 0.8
