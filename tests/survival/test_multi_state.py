"""Multi-state shares: by hand, against R, laws."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from stepdown import survival
from stepdown.errors import EstimateError
from support_size import quick_or_long
from tools.agreement.plain_forms import aalen_johansen, multi_state, rmtl

pytestmark = pytest.mark.slow

HERE = Path(__file__).parent.parent / "reference" / "survival"
R = json.loads((HERE / "multi_state_reference.json").read_text())
ROWS = pd.read_csv(HERE / "multi_state.csv")
COLUMNS = [ROWS[name] for name in ("start", "stop", "from", "to", "id")]


@pytest.mark.parametrize(
    ("case", "names"),
    [
        ("plain", {}),
        ("weighted", {"weights": "weight"}),
        ("sites", {"weights": "weight", "cluster": "site"}),
    ],
)
def test_equals_r(case, names):
    expected = R[case]
    options = {name: ROWS[column] for name, column in names.items()}
    found = multi_state(*COLUMNS, states=expected["states"], **options)
    at = found.at(*R["days"])
    np.testing.assert_allclose(at["estimate"], np.ravel(expected["estimate"]), rtol=1e-10)
    np.testing.assert_allclose(at["std_error"], np.ravel(expected["std_error"]), rtol=1e-8)
    mean = found.mean_time(63)
    np.testing.assert_allclose(mean["estimate"], expected["mean"], rtol=1e-10)
    np.testing.assert_allclose(mean["std_error"], expected["mean_se"], rtol=1e-8)
    assert mean["estimate"].sum() == pytest.approx(63)


def test_one_day_and_all_days_are_found_alike():
    # One day is found from the rows before it, the table from day to day.
    found = multi_state(*COLUMNS, states=R["sites"]["states"], weights=ROWS["weight"], cluster=ROWS["site"])
    curve = found.table[found.table["estimate"].notna()]
    at = found.at(*curve["time"].unique()).drop(columns="note")
    both = curve.merge(at, on=["arm", "state", "time"], suffixes=("", "_at"), validate="one_to_one")
    assert len(both) == len(curve) == 100
    for name in ("estimate", "std_error", "conf_low", "conf_high"):
        np.testing.assert_allclose(both[name], both[f"{name}_at"], rtol=1e-9, atol=1e-12)
    assert found.shares.equals(found.table[list(found.shares)])


def test_three_people_by_hand():
    # Day 2: one of three moves from iop to none; day 4: the other of iop relapses, so does one of one in none.
    found = multi_state(
        [0, 2, 0, 0],
        [2, 4, 4, 5],
        ["iop", "none", "iop", "iop"],
        ["none", "relapsed", "relapsed", None],
        [1, 1, 2, 3],
    )
    assert found.states == ("iop", "none", "relapsed")
    at = found.at(0, 2, 3, 4)
    shares = at["estimate"].to_numpy().reshape(4, 3)
    np.testing.assert_allclose(
        shares, [[1, 0, 0], [2 / 3, 1 / 3, 0], [2 / 3, 1 / 3, 0], [1 / 3, 0, 2 / 3]], atol=1e-15
    )
    assert at["std_error"].to_numpy()[3] == pytest.approx(np.sqrt(2 / 27))
    assert at["note"].tolist()[:3] == ["no variation"] * 3
    assert found.mean_time(5)["estimate"].tolist() == pytest.approx([2 + 4 / 3 + 1 / 3, 2 / 3, 2 / 3])
    row = found.table[(found.table["state"] == "iop") & (found.table["time"] == 4)].iloc[0]
    assert row["at_risk"] == 2
    assert found.at(6)["note"].tolist() == ["beyond the last follow-up"] * 3


Z2 = stats.norm.ppf(0.975) ** 2


def test_shares_have_wilsons_limits_also_at_0_and_1():
    # The three people above: on day 2 two of three are in iop, se^2 = 2/27, effective size 3; by day 4 two have
    # relapsed, which nobody leaves, and one is followed to day 5.
    found = multi_state(
        [0, 2, 0, 0], [2, 4, 4, 5], ["iop", "none", "iop", "iop"], ["none", "relapsed", "relapsed", None],
        [1, 1, 2, 3],
    )  # fmt: skip
    at = found.at(0, 2, 4)[["conf_low", "conf_high"]].to_numpy().tolist()
    none, every = [0, Z2 / (3 + Z2)], [3 / (3 + Z2), 1]
    assert at[:3] == [pytest.approx(limits) for limits in (every, none, none)]
    assert at[3] == pytest.approx([0.20766, 0.93851], abs=1e-5)
    assert at[5] == pytest.approx(none)
    assert at[7] == pytest.approx(none)
    curve = found.table
    row = curve[(curve["state"] == "none") & (curve["time"] == 4)].iloc[0]
    assert [row["conf_low"], row["conf_high"]] == pytest.approx(none)
    assert np.isnan(row["std_error"])


def test_shares_of_0_rest_on_those_followed_to_the_day():
    # Two of five leave follow-up on day 2: five are known on it, three after it.
    rows = [0] * 5, [2, 2, 9, 9, 9], ["a"] * 5, [None] * 5, [1, 2, 3, 4, 5]
    found = multi_state(*rows, states=["a", "b"]).at(2, 3)
    highs = found.loc[found["state"] == "b", "conf_high"].tolist()
    assert highs == pytest.approx([Z2 / (5 + Z2), Z2 / (3 + Z2)])
    assert found.loc[found["state"] == "a", "conf_low"].tolist() == pytest.approx(
        [5 / (5 + Z2), 3 / (3 + Z2)]
    )
    # Kish's size of weights 1, 1, 4 is 36 / 18; four clusters of ten are 40 / 1.9, times (z / t)^2.
    weighted = multi_state(*rows, states=["a", "b"], weights=[9, 9, 1, 1, 4]).at(3)
    assert weighted["conf_high"].tolist() == pytest.approx([1, Z2 / (2 + Z2)])
    sites = survival.multi_state(
        [0] * 40, [9] * 40, ["a"] * 40, [None] * 40, range(40), states=["a", "b"],
        cluster=np.repeat(range(4), 10),
    ).at(3)  # fmt: skip
    size = 40 / 1.9 * Z2 / stats.t.ppf(0.975, 3) ** 2
    assert sites["conf_high"].tolist() == pytest.approx([1, Z2 / (size + Z2)])
    assert sites["note"].tolist() == ["no variation; 4 clusters: by t on 3 degrees of freedom"] * 2


def test_time_in_a_state_that_nobody_enters_by_hand():
    # Five are followed to day 2 and three to day 3: at most the stretch times Wilson's limit of no one.
    rows = [0] * 5, [2, 2, 9, 9, 9], ["a"] * 5, [None] * 5, [1, 2, 3, 4, 5]
    for day, known in ((2, 5), (3, 3)):
        found = multi_state(*rows, states=["a", "b"]).mean_time(day).set_index("state")
        assert found["estimate"].tolist() == [day, 0]
        assert found["conf_high"].tolist() == pytest.approx([day, day * Z2 / (known + Z2)])
        assert found["conf_low"].tolist() == pytest.approx([day * known / (known + Z2), 0])
        assert found["note"].tolist() == ["no variation"] * 2
    # All leave on day 4: 40% of ten days, as of yes or no.
    alike = multi_state([0] * 8, [4] * 8, ["a"] * 8, ["b"] * 8, range(8)).mean_time(10).iloc[0]
    half = np.sqrt(Z2 * 0.24 / 8 + Z2**2 / 256)
    ends = [(0.4 + Z2 / 16 + sign * half) / (1 + Z2 / 8) for sign in (-1, 1)]
    assert [alike["conf_low"], alike["conf_high"]] == pytest.approx([10 * end for end in ends])


def test_mean_time_has_gamma_limits_by_hand():
    # Three of eight leave on day 4 for good, and so are 6, 6, 6, 0, 0, 0, 0, 0 of ten days in b.
    found = multi_state(
        [0] * 8, [4] * 3 + [10] * 5, ["a"] * 8, ["b"] * 3 + [None] * 5, range(8)
    ).mean_time(10).set_index("state")  # fmt: skip
    mean, square = 2.25, (3 * 3.75**2 + 5 * 2.25**2) / 64
    assert found.loc["b", ["estimate", "std_error"]].tolist() == pytest.approx([mean, np.sqrt(square)])
    size, more = mean**2 / square, max(square / mean, 10 / 2 / 8)
    shape = (mean + more) ** 2 / (square + more**2)
    low = mean * stats.gamma.ppf(0.025, size) / size
    high = (mean + more) * stats.gamma.ppf(0.975, shape) / shape
    assert found.loc["b", ["conf_low", "conf_high"]].tolist() == pytest.approx([low, high])
    assert found.loc["a", ["conf_low", "conf_high"]].tolist() == pytest.approx([10 - high, 10 - low])


def test_a_state_that_runs_empty_while_occupied_ends_the_curve():
    # Both in none leave follow-up on day 3, yet people move out of none (day 2); iop goes on to day 9.
    found = multi_state(
        [0, 0, 0, 0, 0], [2, 3, 3, 6, 9], ["none"] * 3 + ["iop"] * 2,
        ["relapsed", None, None, "none", None], [1, 2, 3, 4, 5],
    )  # fmt: skip
    assert found.at(3)["note"].tolist()[:2] == ["", ""]
    assert found.at(6)["note"].tolist() == ["after a day that left nobody at risk"] * 3
    assert found.mean_time(6)["estimate"].isna().all()
    assert found.table[found.table["time"] > 3]["estimate"].isna().all()


def test_time_counts_from_the_earliest_start():
    # Landmark on day 10: one of two relapses on day 12, the other is followed to day 20.
    found = multi_state([10, 10], [12, 20], ["free", "free"], ["relapsed", None], [1, 2])
    assert found.at(9)["note"].tolist() == ["before the first entry"] * 2
    assert found.at(10)["estimate"].tolist() == [1, 0]
    assert found.mean_time(14)["estimate"].tolist() == pytest.approx([2 + 2 * 0.5, 2 * 0.5])
    assert found.mean_time(9)["note"].tolist() == ["before the first entry"] * 2


def test_one_cluster_has_no_standard_error():
    found = multi_state([0, 0], [2, 3], ["a", "a"], ["b", None], [1, 2], cluster=[5, 5])
    assert found.at(2)["note"].tolist() == ["only one cluster"] * 2
    assert found.at(2)[["conf_low", "conf_high"]].isna().all(axis=None)
    assert found.mean_time(2)["std_error"].isna().all()


def test_faults_are_listed_together_without_values():
    with pytest.raises(EstimateError) as caught:
        multi_state(
            [0, 1, 3], [2, 3, 4], ["a", "b", "a"], ["b", "secret", None], [1, 1, 1], states=["a", "b"]
        )
    text = str(caught.value)
    assert "state_to is not one of states: 1 row, at position 1. Name every state in states." in text
    assert "start is before the person's last stop: 1 row, at position 1." in text
    assert "state_from is not the state that the person's last row ended in: 1 row, at position 2." in text
    assert "secret" not in text


law = settings(max_examples=quick_or_long(10, 25), deadline=None)


def competing(seed):
    rng = np.random.default_rng(seed)
    days, event = rng.integers(1, 12, 40), rng.integers(0, 3, 40)
    return days, event, rng.choice([0.5, 1.0, 4.0], 40), rng.integers(0, 9, 40), rng.integers(0, 2, 40)


@law
@given(st.integers(0, 10**6), st.booleans())
def test_competing_risks_are_aalen_johansen(seed, clustered):
    days, event, weights, cluster, arm = competing(seed)
    target = np.array([None, "one", "two"], dtype=object)[event]
    groups = cluster if clustered else None
    found = multi_state(
        np.zeros(40), days, ["free"] * 40, target, np.arange(40),
        states=["free", "one", "two"], arm=arm, weights=weights, cluster=groups,
    )  # fmt: skip
    curves = aalen_johansen(days, np.where(event == 0, 0, event), arm=arm, weights=weights, cluster=groups)
    lost = rmtl(days, event, tau=6, arm=arm, weights=weights, cluster=groups).table
    for cause in curves.causes:
        state = ["one", "two"][cause - 1]
        one, two = found.at(3, 6), curves.at(3, 6)
        mine, theirs = one[one["state"] == state], two[two["cause"] == cause]
        np.testing.assert_allclose(mine["estimate"], theirs["estimate"], atol=1e-12)
        known = (mine["std_error"].notna().to_numpy()) & (theirs["std_error"].notna().to_numpy())
        np.testing.assert_allclose(mine["std_error"][known], theirs["std_error"][known], rtol=1e-7)
        mean, area = found.mean_time(6), lost[lost["cause"] == cause]
        mean = mean[mean["state"] == state]
        np.testing.assert_allclose(mean["estimate"], area["estimate"], atol=1e-10)
        known = (mean["std_error"].notna().to_numpy()) & (area["std_error"].notna().to_numpy())
        np.testing.assert_allclose(mean["std_error"][known], area["std_error"][known], rtol=1e-7)


@law
@given(st.integers(0, 10**6))
def test_late_entry_is_that_of_aalen_johansen(seed):
    days, event, weights, cluster, _ = competing(seed)
    entry = np.minimum(np.arange(40) % 5, days - 1)
    target = np.array([None, "one", "two"], dtype=object)[event]
    found = multi_state(
        entry, days, ["free"] * 40, target, np.arange(40), states=["free", "one", "two"], weights=weights,
        cluster=cluster,
    )  # fmt: skip
    curves = aalen_johansen(days, event, entry=entry, weights=weights, cluster=cluster)
    for state, cause in (("one", 1), ("two", 2)):
        mine, theirs = found.at(3, 6, 9), curves.at(3, 6, 9)
        mine, theirs = mine[mine["state"] == state], theirs[theirs["cause"] == cause]
        np.testing.assert_allclose(mine["estimate"], theirs["estimate"], atol=1e-12)
        known = (mine["std_error"].notna().to_numpy()) & (theirs["std_error"].notna().to_numpy())
        np.testing.assert_allclose(mine["std_error"][known], theirs["std_error"][known], rtol=1e-7)


@law
@given(st.integers(0, 10**6))
def test_shares_add_up_and_cut_rows_order_and_scale_mean_nothing(seed):
    rng = np.random.default_rng(seed)
    people = rng.choice(160, 40, replace=False) + 1
    rows = ROWS[ROWS["id"].isin(people)]
    one = multi_state(*[rows[name] for name in ("start", "stop", "from", "to", "id")], weights=rows["weight"])
    total = one.table.groupby("time")["estimate"].sum(min_count=1).dropna()
    np.testing.assert_allclose(total, 1, atol=1e-12)
    # Cut every row in two at its middle, shuffle, scale the weights.
    middle = (rows["start"] + rows["stop"]) / 2
    early = rows.assign(stop=middle, to=None)
    late = rows.assign(start=middle)
    cut = pd.concat([early, late]).sample(frac=1, random_state=seed % 1000)
    two = multi_state(
        *[cut[name] for name in ("start", "stop", "from", "to", "id")], weights=cut["weight"] * 1e4
    )
    for name in ("estimate", "std_error", "conf_low", "conf_high"):
        np.testing.assert_allclose(one.at(14, 35)[name], two.at(14, 35)[name], rtol=1e-7, atol=1e-12)
    np.testing.assert_allclose(one.mean_time(30)["estimate"], two.mean_time(30)["estimate"], rtol=1e-9)
