"""Subgroups, dose and margins: by hand, against R and published numbers, as laws, and what is refused."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stepdown.compare.subgroups import (
    care_dose,
    dose_curve,
    heterogeneity,
    holm,
    shrunken_effects,
    subgroup_levels,
    within_margin,
)
from stepdown.errors import EstimateError, StudyError
from stepdown.schema import LEVELS
from stepdown.study import Study
from support_study import described, raw, study

REFERENCE = Path(__file__).parents[1] / "reference"
R = json.loads((REFERENCE / "compare" / "subgroups_reference.json").read_text())
# Cases and others, vaccinated and not, of the 13 trials of BCG vaccine (Colditz GA et al. 1994, JAMA 271:698-702).
BCG = np.array([
    (4, 119, 11, 128), (6, 300, 29, 274), (3, 228, 11, 209), (62, 13536, 248, 12619), (33, 5036, 47, 5761),
    (180, 1361, 372, 1079), (8, 2537, 10, 619), (505, 87886, 499, 87892), (29, 7470, 45, 7232), (17, 1699, 65, 1600),
    (186, 50448, 141, 27197), (5, 2493, 3, 2338), (27, 16886, 29, 17825),
])  # fmt: skip


def test_heterogeneity_of_a_published_example() -> None:
    # metafor's documentation (Viechtbauer 2010, J Stat Softw 36(3)): Q(df = 12) = 152.2330, tau^2 = 0.3088 (DL).
    a, b, c, d = BCG.T
    effect = np.log(a / (a + b)) - np.log(c / (c + d))
    error = np.sqrt(1 / a - 1 / (a + b) + 1 / c - 1 / (c + d))
    found = heterogeneity(effect, error)
    assert (round(found.statistic, 4), found.degrees, round(found.variance, 4)) == (152.2330, 12, 0.3088)
    weight = 1 / (error**2 + found.variance)
    # The same page: mean log risk ratio -0.7141.
    assert (weight * effect).sum() / weight.sum() == pytest.approx(-0.7141, abs=5e-5)
    near = shrunken_effects(effect, error)
    assert (np.abs(near - -0.7141) <= np.abs(effect - -0.7141) + 1e-4).all()


def test_equal_effects_are_rejected_as_often_as_the_test_says_and_planted_ones_are_found() -> None:
    rng = np.random.default_rng(3)
    error = np.array([0.03, 0.05, 0.04])

    def rejected(truth: np.ndarray) -> float:
        return float(np.mean([heterogeneity(rng.normal(truth, error), error).p < 0.05 for _ in range(2000)]))

    assert 0.04 < rejected(np.array([-0.1, -0.1, -0.1])) < 0.06
    assert rejected(np.array([-0.25, 0.0, 0.0])) > 0.95


def test_holm_against_r() -> None:
    assert holm(R["p"]) == pytest.approx(R["holm"])
    assert holm([0.04, np.nan]).tolist()[0] == 0.04


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=9))
def test_holm_never_lowers_a_p_value_nor_changes_their_order(p: list[float]) -> None:
    found = holm(p)
    assert (found >= np.array(p)).all()
    assert (found <= 1).all()
    assert (np.diff(found[np.argsort(p, kind="stable")]) >= 0).all()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.floats(-1, 1), st.floats(0.01, 1)), min_size=2, max_size=8))
def test_shrunken_effects_keep_the_range(pairs: list[tuple[float, float]]) -> None:
    effect, error = (np.array(column) for column in zip(*pairs, strict=True))
    near = shrunken_effects(effect, error)
    assert (near >= effect.min() - 1e-12).all()
    assert (near <= effect.max() + 1e-12).all()


@given(st.floats(-0.3, 0.3), st.floats(0, 0.2), st.floats(0.001, 0.5), st.floats(1.001, 3))
def test_a_wider_margin_never_takes_a_verdict_back(
    middle: float, half: float, margin: float, wider: float
) -> None:
    ends = middle - half, middle + half
    for worse in ("", "higher", "lower"):
        if within_margin(*ends, margin, scale="difference", worse=worse):
            assert within_margin(*ends, margin * wider, scale="difference", worse=worse)
    both = [within_margin(*ends, margin, scale="difference", worse=one) for one in ("higher", "lower")]
    assert within_margin(*ends, margin, scale="difference") == all(both)


def test_margins_by_hand() -> None:
    # Of ratios the margin 1.25 is 0.8 on the other side.
    assert within_margin(0.81, 1.24, 1.25, scale="ratio")
    assert not within_margin(0.79, 1.24, 1.25, scale="ratio")
    assert within_margin(-9.0, 0.04, 0.05, scale="difference", worse="higher")
    assert within_margin(-4.9, 30.0, 5.0, scale="difference", worse="lower")
    assert within_margin(np.nan, 0.04, 0.05, scale="difference") is None


def test_the_dose_spline_against_r() -> None:
    d = pd.read_csv(REFERENCE / "survival" / "cohort.csv")
    dose = np.where(d["id"] % 5 < 2, 0, 1 + (d["id"] * 13) % 7)
    z = pd.DataFrame({"z": (d["id"] * 37) % 101 / 25})
    found = dose_curve(d["day"], d["cause"] == 1, dose, z)
    assert found.knots == tuple(R["knots"])
    # The grid runs to 7, the 95% point, in 20 steps.
    curve = found.table.iloc[::5]
    assert curve["dose"].tolist() == R["at"]
    assert np.log(curve["hazard_ratio"]).tolist() == pytest.approx(R["log_ratio"], abs=1e-5)
    half = np.log(curve["conf_high"] / curve["hazard_ratio"])
    assert half.tolist() == pytest.approx([1.959964 * se for se in R["se"]], abs=1e-5)


def test_a_known_dose_response_comes_back_and_none_is_found_where_there_is_none() -> None:
    rng = np.random.default_rng(8)
    dose = np.where(rng.random(4000) < 0.4, 0, rng.integers(1, 8, 4000))
    x = pd.DataFrame({"severe": rng.normal(0.1 * dose, 1)})
    for slope in (-0.2, 0.0):
        rate = 0.01 * np.exp(slope * dose + 0.5 * x["severe"])
        days = np.ceil(rng.exponential(1 / rate))
        curve = dose_curve(np.minimum(days, 90), days <= 90, dose, x).table.iloc[1:]
        truth = np.exp(slope * curve["dose"])
        assert ((curve["conf_low"] < truth) & (truth < curve["conf_high"])).all()
        assert (curve["conf_high"] < 1).all() == (slope < 0)


def test_too_few_with_care_have_no_curve() -> None:
    few = "^not enough people: at least 30 with care by the landmark and 30 without are needed\n"
    with pytest.raises(EstimateError, match=few):
        dose_curve([5] * 60, [True] * 60, [0] * 31 + [2] * 29, pd.DataFrame(index=range(60)))


def test_the_dose_is_what_was_known_at_the_landmark() -> None:
    iop, php = LEVELS.index("iop"), LEVELS.index("php")
    care = pd.DataFrame(
        # A span over three weeks, a session of the second week, care of another level, and a span that goes on.
        [
            (0, iop, 5, 15, 40.0),
            (0, iop, 9, 9, 3.0),
            (0, php, 2, 2, 5.0),
            (1, iop, 20, 35, 50.0),
            (1, iop, 29, 29, 3.0),
        ],
        columns=["row", "level", "start", "end", "hours"],
    )

    def dose(measure: str, *levels: str) -> list[float]:
        return care_dose(care, size=3, landmark=28, measure=measure, levels=levels or ("iop",)).tolist()

    # Days 5-15: weeks 0, 1 and 2. Days 20-28: weeks 2, 3 and 4.
    assert dose("weeks") == [3.0, 3.0, 0.0]
    # What ends after the landmark has hours that are not known then.
    assert dose("hours") == [43.0, 0.0, 0.0]
    assert dose("hours", "iop", "php") == [48.0, 0.0, 0.0]


def test_levels_of_a_column() -> None:
    def of(values: object, name: str = "x") -> list[object]:
        return (
            subgroup_levels(pd.Series(values), name=name)
            .astype(object)
            .where(lambda one: one.notna(), None)
            .tolist()
        )

    assert of(pd.array([True, None, False], dtype="boolean")) == ["yes", None, "no"]
    assert of(pd.Categorical(["mild", None], categories=["mild", "severe"])) == ["mild", None]
    assert of([29.9, 30, 44, 45, None], "age") == ["under 30", "30-44", "30-44", "45 and over", None]
    assert of([0, 1, 3, None]) == ["0", "1", "3", None]


def refusal(**changes: object) -> str:
    with pytest.raises(StudyError) as error:
        Study.parse(raw(**changes))
    return str(error.value)


def test_the_total_dose_is_refused_with_the_reason() -> None:
    assert (
        "dose needs a landmark, such as landmark = 28: the total dose against the time from discharge is refused, "
        "because a person must stay free of relapse long enough to receive it, so more care seems to protect even "
        "where it does nothing (immortal-time bias)"
    ) in refusal(dose={"measure": "hours"})


def test_margins_and_subgroups_need_what_they_are_about() -> None:
    assert (
        "give a margin: risk_difference, rmst_days or hazard_ratio, chosen before the data are seen"
        in refusal(equivalence={"kind": "non_inferiority"})
    )
    with pytest.raises(
        StudyError, match="subgroups and equivalence are about a comparison: give contrast and analysis"
    ):
        described(subgroups={"columns": ["sex"]})
    assert "columns must not repeat" in refusal(subgroups={"columns": ["sex", "sex"]})
    assert study(subgroups={"columns": ["sex"]}).subgroups.columns == ("sex",)


def test_a_dose_without_events_is_refused() -> None:
    dose = np.repeat([0.0, 2.0, 3.0], [40, 20, 20])
    words = "too few events after the landmark, with care or without, for a confidence interval"
    with pytest.raises(EstimateError, match=words):
        dose_curve(np.arange(80) % 40 + 1, dose == 0, dose, pd.DataFrame(index=range(80)))
