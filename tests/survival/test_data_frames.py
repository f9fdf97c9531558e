"""Columns by name and formulas: the same numbers as from arrays, a stated reference, errors with a remedy."""

import inspect

import numpy as np
import pandas as pd
import pytest

import stepdown.survival as engine
from stepdown.errors import EstimateError
from stepdown.survival import cox, fine_gray, kaplan_meier, logrank, piecewise_exponential, window_hazard

RNG = np.random.default_rng(20)
N = 60
DATA = pd.DataFrame(
    {
        "days": RNG.integers(2, 90, N),
        "relapsed": RNG.integers(0, 2, N),
        "outcome": RNG.integers(0, 3, N),
        "plan": pd.Categorical(RNG.choice(["Step-down", "Residential only"], N), ["Step-down", "Residential only"]),
        "site": RNG.integers(1, 4, N),
        "age": RNG.normal(40, 9, N),
        "veteran": RNG.random(N) > 0.5,
        "sex": RNG.choice(["female", "male"], N),
        "client": np.arange(N) // 2,
        "weight": RNG.uniform(0.5, 2, N),
    },
    index=np.arange(N) + 100,
)  # fmt: skip
RESIDENTIAL = (DATA["plan"] == "Residential only").astype(float)
SITES = {f"C(site)[T.{site}]": (DATA["site"] == site).astype(float) for site in (2, 3)}


def test_names_give_the_numbers_of_arrays():
    named = kaplan_meier("days", "relapsed", "plan", weights="weight", cluster="client", data=DATA)
    arrays = kaplan_meier(
        DATA["days"], DATA["relapsed"], arm=DATA["plan"], weights=DATA["weight"], cluster=DATA["client"]
    )
    pd.testing.assert_frame_equal(named.table, arrays.table)
    assert named.arms == ("Step-down", "Residential only")


def test_a_formula_gives_the_numbers_of_its_columns():
    fit = cox("days", "relapsed", "plan + age + C(site) + veteran", data=DATA, strata="sex")
    x = pd.DataFrame(
        {"plan[T.Residential only]": RESIDENTIAL, "age": DATA["age"], **SITES, "veteran": DATA["veteran"]}
    )
    by_hand = cox(DATA["days"], DATA["relapsed"], x, strata=DATA["sex"])
    order = list(by_hand.summary.index)
    pd.testing.assert_frame_equal(fit.summary.loc[order], by_hand.summary, rtol=1e-10)
    assert fit.references == {"plan": "Step-down", "site": "1"}
    assert by_hand.references == {}


@pytest.mark.parametrize(
    "x", ["plan", ["plan", "sex"], "plan + sex", "C(plan)", "plan:age", "log(age)", "`age`", "plan * veteran"]
)
def test_new_rows_are_coded_as_the_fitted_ones(x):
    fit = fine_gray("days", "outcome", x, cause=1, data=DATA)
    rows = DATA.iloc[[3, 40]]
    fitted = fit.carried.given.x
    coded = (fitted.values * fitted.scale + fitted.center)[[3, 40]]
    pd.testing.assert_frame_equal(fit.predict(rows, [30, 60]), fit.predict(coded, [30, 60]))


def test_a_categorical_series_is_coded_and_never_read_as_numbers():
    site = DATA["site"].astype("category")
    fit = cox(DATA["days"], DATA["relapsed"], site)
    assert list(fit.summary.index) == ["site[T.2]", "site[T.3]"]
    assert fit.references == {"site": "1"}
    bare = cox(DATA["days"].to_numpy(), DATA["relapsed"].to_numpy(), pd.Categorical(DATA["site"]))
    assert list(bare.summary.index) == ["x1[T.2]", "x1[T.3]"]


def test_another_reference():
    fit = cox("days", "relapsed", 'C(plan, contr.treatment("Residential only"))', data=DATA)
    assert fit.references == {"plan": "Residential only"}
    assert fit.coef[0] == pytest.approx(-cox("days", "relapsed", "plan", data=DATA).coef[0])


def test_arms_of_several_columns():
    both = kaplan_meier("days", "relapsed", "plan + C(veteran)", data=DATA)
    assert both.arms == (
        "Step-down, False", "Step-down, True", "Residential only, False", "Residential only, True",
    )  # fmt: skip
    mine = DATA[(DATA["plan"] == "Step-down") & DATA["veteran"]]
    alone = kaplan_meier("days", "relapsed", data=mine).table
    shown = both.table[both.table["arm"] == "Step-down, True"]
    assert shown["estimate"].tolist() == alone["estimate"].tolist()
    assert kaplan_meier("days", "relapsed", "~ 1", data=DATA).arms == ("all",)


def test_the_third_place_is_the_arm_or_the_covariates():
    for name in engine.__all__:
        function = getattr(engine, name)
        if inspect.isfunction(function) and "data" in inspect.signature(function).parameters:
            parameters = list(inspect.signature(function).parameters.values())
            third = [p.name for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD][2:]
            expected = {
                "parametric": [],
                "pseudo_values": [],
                "multi_state": ["state_from", "state_to", "id"],
            }
            assert third in (["arm"], ["X"]) or third == expected[name], name


def test_cuts_mean_the_same_days_everywhere():
    days, event = [30, 31, 90, 91, 120], [1, 1, 1, 1, 1]
    rates = window_hazard(days, event, cuts=[0, 30, 90]).table
    banded = piecewise_exponential(days, days, cuts=[0, 30, 90]).rates
    ratios = engine.window_hazard_ratios(days, event, [0, 1, 0, 1, 0], cuts=[0, 30, 90]).table
    assert rates[["start", "end", "events"]].values.tolist() == [[0, 30, 1], [30, 90, 2]]
    assert banded[["start", "end", "events"]].values.tolist() == [[0, 30, 1], [30, 90, 2], [90, np.inf, 2]]
    assert ratios[["start", "end", "events"]].values.tolist() == [[0, 30, 1], [30, 90, 2]]


def test_hazard_ratios_follow_their_coefficients():
    for fit in (
        cox("days", "relapsed", "age + veteran", data=DATA),
        fine_gray("days", "outcome", "age + veteran", cause=1, data=DATA),
        piecewise_exponential("days", "days", X="age + veteran", data=DATA),
    ):
        found = fit.summary
        for ratio, of in (
            ("hazard_ratio", "coef"),
            ("hazard_ratio_low", "conf_low"),
            ("hazard_ratio_high", "conf_high"),
        ):
            assert found[ratio].tolist() == np.exp(found[of]).tolist()
        place = list(found).index("hazard_ratio")
        assert list(found)[place : place + 3] == ["hazard_ratio", "hazard_ratio_low", "hazard_ratio_high"]


COLUMNS = "days, relapsed, outcome, plan, site, age, veteran, sex, client, weight"
HOLES = DATA.assign(age=DATA["age"].where(DATA.index != 103), plan=DATA["plan"].where(DATA.index > 101))
BAD = [
    (lambda: cox("days", "relapse", "plan", data=DATA), f'event names the column "relapse", which data does not have. Did you mean relapsed? Columns: {COLUMNS}.'),
    (lambda: cox("days", "relapsed", "plan + agee", data=DATA), f'X names the column "agee", which data does not have. Did you mean age? Columns: {COLUMNS}.'),
    (lambda: cox("days", "relapsed", ["qq", "zz"], data=DATA), f'X names the columns "qq", "zz", which data does not have. Columns: {COLUMNS}.'),
    (lambda: logrank("days", "relapsed", "plann + site", data=DATA), f'arm names the column "plann", which data does not have. Did you mean plan? Columns: {COLUMNS}.'),
    (lambda: cox("days", "relapsed", "plan +", data=DATA), 'X is not a formula. Join columns with +, as in "plan + age + C(site)".'),
    (lambda: cox("days", "relapsed", "days ~ age", data=DATA), "X is a formula with two sides. Give the covariates alone."),
    (lambda: cox("days", "relapsed", "age.nothing(1)", data=DATA), "X is a formula that cannot be computed from these columns. Use column names, C(), and functions such as log() of numbers."),
    (lambda: cox("days", DATA["relapsed"], DATA["age"]), "days names a column, but no data is given. Add data= with the frame that holds the column."),
    (lambda: cox("days", "relapsed", "age", data=[1]), "data is not a pandas DataFrame. Give a frame, or pass arrays without data."),
    (lambda: cox(DATA["days"], DATA["relapsed"].reset_index(drop=True), DATA["age"]), "days and event have different indexes, so their rows may not belong together. Bring both to the same index, or pass .to_numpy() to match rows by position."),
    (lambda: kaplan_meier("days", "relapsed", entry=DATA["days"].iloc[::-1], data=DATA), "entry and data have different indexes, so their rows may not belong together. Bring both to the same index, or pass .to_numpy() to match rows by position."),
    (lambda: cox("days", "relapsed", "plan + log(age)", data=HOLES), "2 problems found:\n  1. X[plan] is missing: 2 rows, at positions 0, 1. Impute, or add a category for missing values; to drop these rows assumes that they are like the others.\n  2. X[age] is missing or infinite: 1 row, at position 3. Impute, or add a column that marks them; to drop these rows assumes that they are like the others."),
    (lambda: kaplan_meier("days", "relapsed", "plan + site", data=HOLES), "arm is missing: 2 rows, at positions 0, 1. State where they belong; to drop these rows assumes that they are like the others."),
    (lambda: cox("days", "relapsed", "log(age - 200)", data=DATA), "X[log(age - 200)] is missing or infinite: 60 rows, first at positions 0, 1, 2, 3, 4. Impute, or add a column that marks them; to drop these rows assumes that they are like the others."),
    (lambda: cox("days", "relapsed", "plan", data=DATA[RESIDENTIAL == 1]), "X[plan] has 1 of 2 categories without rows. Drop the unused categories, or check the selection."),
    (lambda: cox("days", "relapsed", "plan + admitted", data=DATA.assign(admitted=pd.Timestamp("2026-01-01"))), "X[admitted] is neither numbers nor categories. Convert it first."),
    (lambda: cox("days", "relapsed", "C(site)", data=DATA).predict(DATA.assign(site=9), [30]), "X holds a category that is not one of the fit. Use the categories of the data fitted."),
    (lambda: cox("days", "relapsed", ["plan"], data=DATA).predict(pd.DataFrame({"plan": ["home"]}), [30]), "X[plan] is no category of the fit: 1 row, at position 0. Use the categories of the data that were fitted."),
    (lambda: cox("days", "relapsed", "plan + age", data=DATA).predict(DATA[["age"]], [30]), 'X names the column "plan", which data does not have. Columns: age.'),
]  # fmt: skip


@pytest.mark.parametrize(("call", "message"), BAD)
def test_what_is_wrong_is_stated_with_a_remedy(call, message):
    with pytest.raises(EstimateError) as found:
        call()
    assert str(found.value) == message


def test_the_frame_is_not_changed():
    before = DATA.copy(deep=True)
    cox("days", "relapsed", "plan + age + C(site) + veteran", data=DATA)
    kaplan_meier("days", "relapsed", "plan + sex", data=DATA)
    pd.testing.assert_frame_equal(DATA, before)


def test_signatures_are_readable():
    for name in engine.__all__:
        function = getattr(engine, name)
        if inspect.isfunction(function):
            assert len(str(inspect.signature(function))) <= 600, name
