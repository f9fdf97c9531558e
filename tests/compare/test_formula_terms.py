"""Splines and interactions: by hand, against patsy, and in cohorts where a straight line misleads."""

import numpy as np
import pandas as pd
import patsy
import pytest

from stepdown.compare import compare_known_arms
from stepdown.compare.formula_terms import with_formula
from stepdown.errors import DesignError, StudyError
from stepdown.study import Study

RNG = np.random.default_rng(5)
GIVEN = pd.DataFrame({
    "age": RNG.normal(40, 10, 80), "severity": RNG.normal(0, 1, 80), "sex": np.tile(["f", "m"], 40),
    "site_id": np.tile(["North (main)", "a:b", "S3", "S4"], 20), "age not known": np.arange(80.0) % 3 == 0,
})  # fmt: skip


def test_interactions_by_hand() -> None:
    found = with_formula(GIVEN, "severity:sex + age:severity")
    assert found.columns.tolist() == [*GIVEN, "severity:sex[T.m]", "age:severity"]
    pd.testing.assert_frame_equal(found[list(GIVEN)], GIVEN)
    male = (GIVEN["sex"] == "m").to_numpy()
    assert found["severity:sex[T.m]"].tolist() == (GIVEN["severity"] * male).tolist()
    assert found["age:severity"].tolist() == (GIVEN["age"] * GIVEN["severity"]).tolist()
    # What is there already is not added.
    assert with_formula(GIVEN, "age + poly(age, 1)").columns.tolist() == list(GIVEN)


def test_splines_span_what_patsy_does() -> None:
    found = with_formula(GIVEN[["age"]], "bs(age, df=5)")
    own = np.column_stack([np.ones(80), found.to_numpy()])
    other = np.asarray(patsy.dmatrix("1 + bs(age, df=5)", GIVEN))
    assert own.shape == other.shape
    hats = [x @ np.linalg.pinv(x) for x in (own, other)]
    np.testing.assert_allclose(*hats, atol=1e-9)


SHAPE = (
    "joins its terms by +, each a covariate, a function of one with whole numbers, such as bs(age, df=4), "
    "cr(age, df=4) or poly(age, 2), or several of them joined by : or *"
)


@pytest.mark.parametrize(
    ("formula", "why"),
    [
        ("__import__('os')", "may hold names, numbers, + : * and the functions bs, cr and poly alone"),
        ("{age}", "may hold names, numbers, + : * and the functions bs, cr and poly alone"),
        ("age.mean()", "may hold names, numbers, + : * and the functions bs, cr and poly alone"),
        ("exp(age)", "has the function exp; known are bs, cr, poly"),
        ("bs(age, knots=4)", "has the setting knots; known are df, degree"),
        ("bs(weight)", "names weight, which is not among the covariates"),
        ("1 + 2", "is empty"),
        *[
            (one, SHAPE)
            for one in ("bs(age", "age + + *", "0 + age", "bs(bs(age), df=4)", "age sex", "bs(age, df=4.5)")
        ],
        ("bs(age, df=1000000)", "has bs with df = 1000000; df is 1 to 20"),
        ("bs(age, df=2)", "has bs with df = 2; its df is at least its degree, which is 3 unless stated"),
        ("cr(age)", "has cr with a df below 3; write, for example, cr(age, df=4)"),
        ("cr(age, degree=3)", "has cr with other settings than df, each once"),
        ("bs(age, 4, df=5)", "has bs with other settings than df and degree, each once"),
    ],
)
def test_a_formula_runs_no_code(formula: str, why: str) -> None:
    with pytest.raises(DesignError) as caught:
        with_formula(GIVEN, formula)
    assert str(caught.value) == f"analysis.adjust.formula {why}."
    adjust = {"covariates": ["age", "sex"], "formula": formula}
    with pytest.raises(StudyError, match=r"study\.analysis\.adjust cannot be used: formula ") as refused:
        Study(title="T", seed=1, analysis={"primary": {"design": "landmark", "day": 14}, "adjust": adjust})
    assert why in str(refused.value)


def test_terms_that_the_data_do_not_allow() -> None:
    for formula in ("bs(sex, df=4)", "poly(age, 2):cr(sex, df=4)"):
        with pytest.raises(DesignError) as caught:
            with_formula(GIVEN, formula)
        assert str(caught.value) == (
            "analysis.adjust.formula cannot be computed from these data. A spline needs a number with more "
            "values than its df; join rare values of a category first."
        )


def test_a_spline_removes_the_bias_of_a_straight_line() -> None:
    errors: dict[str, list[float]] = {"line": [], "spline": []}
    for seed in range(6):
        rng = np.random.default_rng(seed)
        x = rng.uniform(-2, 2, 1500)
        arm = (rng.random(1500) < 1 / (1 + np.exp(1.5 - x**2))).astype(int)
        days = np.minimum(rng.geometric(0.002 * np.exp(0.9 * x**2 / 2)), 90)
        given = pd.DataFrame({"x": x})
        for name, columns in (("line", given), ("spline", with_formula(given, "cr(x, df=4)"))):
            found = compare_known_arms(
                days,
                (days < 90).astype(int),
                arm,
                columns,
                labels=("a", "b"),
                times=(60,),
                window=None,
                rmst=None,
            )
            errors[name].append(found.one("risk", 60)["estimate"])
    # Care does nothing. The line confounds by 10 points or so, the error of a mean is 1 point.
    assert abs(np.mean(errors["line"])) > 0.08
    assert abs(np.mean(errors["spline"])) < 0.025
