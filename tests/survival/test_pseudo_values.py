"""Pseudo-values: by hand, against R, laws, a known truth, and what is refused."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st

from stepdown.errors import EstimateError
from stepdown.survival import FitWarning, aalen_johansen, contrast, kaplan_meier, pseudo_values, risk
from support_size import quick_or_long
from support_survival import draw

pytestmark = pytest.mark.slow

HERE = Path(__file__).parent.parent / "reference" / "survival"
R = json.loads((HERE / "pseudo_reference.json").read_text())
COHORT = pd.read_csv(HERE / "cohort.csv")
KINDS = {
    "risk1": {"estimand": "risk", "cause": 1},
    "risk2": {"estimand": "risk", "cause": 2},
    "survival": {"estimand": "survival"},
    "rmst": {"estimand": "rmst"},
    "rmtl": {"estimand": "rmtl", "cause": 1},
}


def test_by_hand():
    # S(2) of all three is 2/3; without the first 1, without either other 1/2.
    cohort = draw("1 2+ 3")
    found = pseudo_values(cohort.days, cohort.event, times=[2], estimand="survival")
    assert found.values[:, 0].tolist() == pytest.approx([3 * 2 / 3 - 2, 3 * 2 / 3 - 2 / 2, 3 * 2 / 3 - 2 / 2])
    # Days free by day 3: 1 + 2 (2/3); without the first 3, without the second 1 + 2 / 2, without the third 1 + 2 / 2.
    means = pseudo_values(cohort.days, cohort.event, times=3, estimand="rmst")
    assert means.values[:, 0].tolist() == pytest.approx([7 - 2 * 3, 7 - 2 * 2, 7 - 2 * 2])
    assert means.table.loc[0, "estimate"] == pytest.approx(7 / 3)
    assert (means.method, means.warnings) == ("jackknife", ())


def test_without_the_last_one_watched_the_curve_stays():
    # All days free by day 5 are 2; without the second, the first alone, lost on day 1: 5. Risk at 3: 1 and 0.
    cohort = draw("1+ 2")
    means = pseudo_values(cohort.days, cohort.event, times=5, estimand="rmst")
    assert means.values[:, 0].tolist() == [2 * 2 - 2, 2 * 2 - 5]
    free = pseudo_values(cohort.days, cohort.event, times=3, estimand="survival")
    assert free.values[:, 0].tolist() == [0, 2 * 0 - 1]
    lost = pseudo_values(cohort.days, cohort.event, times=5, estimand="rmtl")
    assert lost.values[:, 0].tolist() == [2 * 3 - 3, 2 * 3 - 0]


@pytest.mark.parametrize("kind", KINDS)
def test_jackknife_equals_r(kind):
    found = pseudo_values(COHORT["day"], COHORT["cause"], times=R["times"], **KINDS[kind])
    np.testing.assert_allclose(found.values, np.transpose(R[kind]), rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("kind", ["risk1", "survival", "rmst", "rmtl1"])
def test_inverse_weighting_equals_r(kind):
    few = COHORT[:90]
    x = pd.DataFrame({"b": (few["arm"] == "B").astype(int), "z": ((few["id"] * 37) % 101) / 25})
    found = pseudo_values(
        few["day"], few["cause"], times=[9, 18], loss=x, **KINDS[kind.replace("rmtl1", "rmtl")]
    )
    assert found.method == "ipcw"
    for column, expected in enumerate(R["ipcw"][kind]):
        row = found.table.iloc[column]
        assert row["estimate"] == pytest.approx(expected["estimate"], rel=1e-10)
        assert row["least_followed"] == pytest.approx(expected["least"], rel=1e-10)
        # R differentiates numerically, to some 1e-10 of a value.
        width = np.ptp(expected["values"])
        np.testing.assert_allclose(found.values[:, column], expected["values"], rtol=0, atol=1e-9 * width)
        # A Cox model refitted without each person in turn differs by terms of order 1 / n.
        apart = np.abs(found.values[:, column] - expected["left_out"]).mean()
        assert apart < width / len(few)


@st.composite
def cohorts(draw_, least=3):
    size = draw_(st.integers(least, 16))
    column = lambda values: np.array(draw_(st.lists(values, min_size=size, max_size=size)))  # noqa: E731
    days, event = column(st.integers(0, 8)), column(st.integers(0, 2))
    event[:2] = [1, 2]
    return days, event, min(float(days.max()), draw_(st.sampled_from([2.0, 3.5, 5.0, 8.0])))


law = settings(max_examples=quick_or_long(10, 40), deadline=None)


def read_off(curves, days, event, time, cause):
    """Value of a curve at a day and the area under it, carried on past the last day."""
    if cause and not (event == cause).any():
        return 0.0, 0.0
    table = curves(days, event).table
    table = table[table["cause"] == cause] if cause else table
    day, value = table["time"].to_numpy(), table["estimate"].to_numpy()
    early = day < time
    return value[day <= time][-1], (np.diff(np.append(day[early], time)) * value[early]).sum()


@law
@given(cohorts())
def test_every_value_is_that_of_leaving_one_out(cohort):
    days, event, time = cohort
    size = len(days)
    for estimand, curves, cause in (
        ("risk", aalen_johansen, 1),
        ("survival", lambda days, event: kaplan_meier(days, event > 0), None),
        ("rmst", lambda days, event: kaplan_meier(days, event > 0), None),
        ("rmtl", aalen_johansen, 2),
    ):
        area = int(estimand.startswith("rm"))
        if area and time == 0:
            continue
        found = pseudo_values(days, event, times=time, estimand=estimand, cause=cause)
        whole = read_off(curves, days, event, time, cause)[area]
        without = [
            read_off(curves, np.delete(days, i), np.delete(event, i), time, cause)[area] for i in range(size)
        ]
        expected = size * whole - (size - 1) * np.array(without)
        np.testing.assert_allclose(found.values[:, 0], expected, rtol=1e-10, atol=1e-10)


@law
@given(cohorts(), st.randoms(use_true_random=False))
def test_causes_add_up_and_order_and_unit_do_not_matter(cohort, random):
    days, event, time = cohort
    one, two = (pseudo_values(days, event, times=time, cause=c).values for c in (1, 2))
    free = pseudo_values(days, event, times=time, estimand="survival").values
    np.testing.assert_allclose(one + two + free, 1.0, atol=1e-10)
    order = list(range(len(days)))
    random.shuffle(order)
    moved = pseudo_values(days[order] * 7, event[order], times=time * 7, cause=1).values
    np.testing.assert_allclose(moved, one[order], atol=1e-10)


@law
@given(cohorts(least=8))
def test_strata_are_separate_runs(cohort):
    days, event, time = cohort
    stratum = np.arange(len(days)) % 2
    days[:2] = 8
    found = pseudo_values(days, event, times=time, estimand="survival", strata=stratum)
    for code in (0, 1):
        own = stratum == code
        alone = pseudo_values(days[own], event[own], times=time, estimand="survival")
        np.testing.assert_allclose(found.values[own], alone.values, atol=1e-10)


@law
@given(cohorts())
def test_where_nobody_is_lost_it_is_the_outcome(cohort):
    days, event, time = cohort
    event = np.where(event == 0, 1, event)
    seen = {"risk": (days <= time) & (event == 2), "rmst": np.minimum(days, time)}
    for estimand, cause in (("risk", 2), ("rmst", None)):
        for loss in (None, np.arange(len(days)) % 3):
            if estimand == "rmst" and time == 0:
                continue
            found = pseudo_values(days, event, times=time, estimand=estimand, cause=cause, loss=loss)
            np.testing.assert_allclose(found.values[:, 0], seen[estimand], atol=1e-10)


def test_weights_by_stratum_of_loss_are_those_of_a_stratified_cox_model():
    # A covariate without an effect and strata: nearly Kaplan-Meier of loss by stratum (exp(-L) for the product).
    r = np.random.default_rng(5)
    stratum = r.integers(0, 2, 4000)
    days, lost = r.exponential(50, 4000), r.exponential(np.where(stratum, 30, 200))
    given = {"times": 30, "strata": stratum}
    one = pseudo_values(np.minimum(days, lost), days <= lost, **given)
    two = pseudo_values(np.minimum(days, lost), days <= lost, loss=r.normal(size=4000), **given)
    assert two.table.loc[0, "estimate"] == pytest.approx(one.table.loc[0, "estimate"], abs=5e-4)
    assert np.corrcoef(one.values[:, 0], two.values[:, 0])[0, 1] > 0.999


def test_regression_of_two_arms_is_the_difference_of_their_curves():
    x = (COHORT["arm"] == "B").to_numpy()[COHORT["arm"] != "C"]
    two = COHORT[COHORT["arm"] != "C"]
    found = pseudo_values(two["day"], two["cause"], times=18, cause=1, strata=two["arm"])
    fit = sm.GEE(
        found.values[:, 0],
        sm.add_constant(x.astype(float)),
        groups=two["id"],
        cov_struct=sm.cov_struct.Independence(),
    ).fit()
    curves = aalen_johansen(two["day"], two["cause"], arm=two["arm"])
    row = contrast(risk(curves, 18), reference="A", measures=["difference"]).table.iloc[0]
    assert fit.params[1] == pytest.approx(row["estimate"], abs=1e-12)
    assert fit.params[0] == pytest.approx(risk(curves, 18).table["estimate"][0], abs=1e-12)
    assert fit.bse[1] == pytest.approx(row["std_error"], rel=0.02)


def loses_the_sick(seed, size=800):
    r = np.random.default_rng(seed)
    sick = r.integers(0, 2, size)
    relapse = np.ceil(r.exponential(np.where(sick, 30, 150)))
    lost = np.ceil(r.exponential(np.where(sick, 30, 400)))
    return np.minimum(relapse, lost), (relapse <= lost).astype(int), sick


def test_loss_of_the_sick_biases_all_forms_but_those_that_know_of_it():
    truth = np.mean([1 - np.exp(-60 / 30), 1 - np.exp(-60 / 150)])
    plain, strata, ipcw = [], [], []
    for seed in range(60):
        days, event, sick = loses_the_sick(seed)
        plain.append(pseudo_values(days, event, times=60).table["mean"][0])
        strata.append(pseudo_values(days, event, times=60, strata=sick).table["mean"][0])
        ipcw.append(pseudo_values(days, event, times=60, loss=sick).table["mean"][0])
    noise = np.std(ipcw) / np.sqrt(60)
    assert noise < 0.005
    assert np.mean(plain) - truth < -0.03
    assert abs(np.mean(strata) - truth) < 3 * noise
    assert abs(np.mean(ipcw) - truth) < 3 * noise


def test_few_followed_give_a_warning():
    days, event, sick = loses_the_sick(0, 3000)
    found = pseudo_values(days, event, times=[30, 120], loss=sick)
    assert found.warnings == (
        "Some people counted at day 120 had an estimated probability below 5% of being followed so long: few people "
        "represent many, and the values depend on the model of loss.",
    )
    with pytest.warns(FitWarning, match="Model of loss: x1 has no finite estimate"):
        apart = pseudo_values([2, 4, 5, 6, 8, 9], [1, 0, 0, 1, 1, 1], times=5, loss=[0, 1, 1, 0, 0, 0])
    assert apart.warnings[0].startswith("Model of loss: x1 has no finite estimate")


DAYS, EVENT = [3, 5, 8, 9], [1, 0, 2, 1]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"entry": [0, 2, 0, 0]}, "entry is above 0 for some: pseudo-values are not defined with delayed entry. Start everyone at time zero, or use a regression that takes entry, such as cox."),
        ({"cause": None}, "cause must be one of the codes 1 to 2. Name one of them."),
        ({"cause": 3}, "cause must be one of the codes 1 to 2. Name one of them."),
        ({"estimand": "rmst"}, "cause is not used for rmst, which ends with any event. Leave it out."),
        ({"estimand": "median"}, "estimand must be one of risk, survival, rmst, rmtl. The default is risk."),
        ({"times": -1}, "times must be one or more days, zero or above. Check the days requested."),
        ({"times": 0, "estimand": "rmtl"}, "times must be above 0 for a mean time. Name the last day of the mean."),
        ({"event": [1, 0, 2, 0], "times": 10}, "Follow-up ends before the last of times. Request earlier days."),
        ({"event": [1, 0, 2, 0], "times": 9, "strata": [1, 2, 1, 2]}, ""),
        ({"event": [1, 0, 0, 0], "times": 9, "strata": [1, 1, 1, 2], "cause": 1}, "There is only one person in a stratum, so no one to leave out. Merge strata."),
        ({"event": [1, 0, 0, 1], "times": 9, "strata": [1, 2, 2, 1]}, "In 1 of 2 strata follow-up ends before the last of times. Request earlier days."),
        ({"strata": [1, 1]}, "strata has 2 rows where days has 4. Give one value per row."),
        ({"loss": [1, 2, 3]}, "The model of loss (its events are the losses) has no fit: X has 3 rows where days has 4. Give one row per person."),
        ({"loss": [1, 2, 3, np.nan]}, "The model of loss (its events are the losses) has no fit: X[x1] is missing or infinite: 1 row, at position 3. Impute, or add a column that marks them; to drop these rows assumes that they are like the others."),
    ],
)  # fmt: skip
def test_message(change, message):
    given = {"days": DAYS, "event": EVENT, "times": 5, "cause": 1} | change
    if not message:
        assert pseudo_values(given.pop("days"), given.pop("event"), **given).values.shape == (4, 1)
        return
    with pytest.raises(EstimateError) as caught:
        pseudo_values(given.pop("days"), given.pop("event"), **given)
    assert str(caught.value) == message


def test_entries_of_zero_are_no_entries():
    one = pseudo_values(DAYS, EVENT, times=5, cause=1, entry=[0, 0, 0, 0])
    np.testing.assert_array_equal(one.values, pseudo_values(DAYS, EVENT, times=5, cause=1).values)
