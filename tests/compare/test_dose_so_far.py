"""Dose so far: rows and weights by hand, hazard ratios against R, as laws, and a known truth that comes back."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from stepdown.compare.subgroups import DoseLoss, DoseWeeks, dose_so_far, dose_weeks
from stepdown.compare.subgroups.dose_so_far import dose_classes
from stepdown.errors import EstimateError
from tools.validation.dose_recovery import CELLS, KEPT, at, fitted, total
from tools.validation.draw_sums import read_sums, summary_of
from tools.validation.drawn_doses import drawn_doses

REFERENCE = Path(__file__).parents[1] / "reference"
R = json.loads((REFERENCE / "compare" / "dose_so_far_reference.json").read_text())
COVER_ENOUGH = 0.88


def test_rows_by_week_by_hand() -> None:
    # The first relapses on day 16, the second dies on day 14, the third is lost on day 10, the fourth is followed
    # to day 25 when day 21 is the last that counts, the fifth has no day at risk.
    received = np.array([[1.0, 0, 1, 1], [0, 2, 2, 2], [3, 3, 0, 0], [0, 0, 4, 4], [5, 5, 5, 5]])
    found = dose_weeks([16, 14, 10, 25, 0], [1, 2, 0, 1, 0], received, until=21)
    rows = list(zip(found.person, found.start, found.stop, found.event, strict=True))
    assert rows == [
        (0, 0, 7, 0), (0, 7, 14, 0), (0, 14, 16, 1),
        (1, 0, 7, 0), (1, 7, 14, 2),
        (2, 0, 7, 0), (2, 7, 10, 0),
        (3, 0, 7, 0), (3, 7, 14, 0), (3, 14, 21, 0),
    ]  # fmt: skip
    assert found.so_far.tolist() == [0, 1, 1, 0, 0, 0, 3, 0, 0, 0]
    assert found.before.tolist() == [0, 1, 0, 0, 0, 0, 3, 0, 0, 0]
    assert found.received.tolist() == [1, 0, 1, 0, 2, 3, 3, 0, 0, 4]
    # A week is whole where its person is followed and free of events to its end.
    assert found.whole.tolist() == [True, True, False, True, False, True, False, True, True, True]
    assert found.lost.tolist() == [False] * 6 + [True] + [False] * 3


def of_r() -> tuple[DoseWeeks, np.ndarray, pd.DataFrame]:
    d = pd.read_csv(REFERENCE / "survival" / "cohort.csv")
    person, week = d["id"].to_numpy()[:, None], np.arange(13)
    score = ((person * 37 + week * 29) % 101) / 50 - 1
    care = (person * 7 + week * 13 + person // 10) % 10 < 3 + 3 * (score > 0)
    weeks = dose_weeks(np.ceil(d["day"] * 7 / 3), d["cause"], care.astype(float), until=90)
    z = pd.DataFrame({"z": (d["id"] * 37) % 101 / 25})
    return weeks, score[weeks.person, weeks.week][:, None], z


def test_the_dose_so_far_against_r() -> None:
    weeks, score, z = of_r()
    assert len(weeks.person) == R["rows"]
    found = dose_so_far(weeks, z)
    assert list(found.curve.knots) == R["knots"]
    assert (found.weights == 1).all()
    curve = found.curve.table.iloc[::5]
    assert curve["dose"].tolist() == R["at"]
    assert np.log(curve["hazard_ratio"]).tolist() == pytest.approx(R["log_ratio"], abs=1e-6)
    # Of 200 clients: t on 199 degrees of freedom, and the robust variance times 200 / 199.
    half = 1.971957 * np.sqrt(200 / 199) * np.array(R["se"])
    assert np.log(curve["conf_high"] / curve["hazard_ratio"]).tolist() == pytest.approx(half, abs=1e-5)
    # With weights by glm, without the ridge.
    weighted = dose_so_far(weeks, z, scores=score)
    assert [weighted.weights.mean(), weighted.effective_share] == pytest.approx(
        [R["weights"][0], R["weights"][2]], rel=0.01
    )
    curve = weighted.curve.table.iloc[::5]
    assert np.log(curve["hazard_ratio"]).tolist() == pytest.approx(R["weighted_log_ratio"], abs=0.005)
    half = 1.971957 * np.sqrt(200 / 199) * np.array(R["weighted_se"])
    assert np.log(curve["conf_high"] / curve["hazard_ratio"]).tolist() == pytest.approx(half, rel=0.02)


def test_the_order_of_people_and_the_scale_of_scores_change_nothing() -> None:
    weeks, score, z = of_r()
    plain = dose_so_far(weeks, z, scores=score)
    scaled = dose_so_far(weeks, z, scores=10 - 3 * score)
    assert scaled.weights == pytest.approx(plain.weights, rel=1e-6)
    turned = int(weeks.person.max()) - weeks.person
    order = np.lexsort((weeks.week, turned))
    moved = DoseWeeks(**{name: value[order] for name, value in (vars(weeks) | {"person": turned}).items()})
    other = dose_so_far(moved, z.iloc[::-1].reset_index(drop=True), scores=score[order])
    numbers = ["hazard_ratio", "conf_low", "conf_high"]
    assert other.curve.table[numbers].to_numpy() == pytest.approx(
        plain.curve.table[numbers].to_numpy(), rel=1e-6
    )


def test_loss_depends_on_what_it_is_said_to() -> None:
    weeks, score, z = of_r()
    plain = dose_so_far(weeks, z, scores=score)
    # The same covariates and scores: the same weights.
    same = dose_so_far(weeks, z, scores=score, loss=DoseLoss(covariates=z, scores=score))
    assert same.weights == pytest.approx(plain.weights, rel=1e-9)
    # Covariates of the model alone, in other units: loss has no weights; without scores care has none either.
    other = DoseLoss(covariates=pd.DataFrame({"other": 3 - 2 * z["z"]}))
    assert (dose_so_far(weeks, z, loss=other).weights == 1).all()
    assert dose_so_far(weeks, z, scores=score, loss=other).weights != pytest.approx(plain.weights, rel=1e-3)


def test_the_weights_of_loss_by_hand() -> None:
    # People are followed for two weeks; of those with a flag half are lost in the first week, of the others a
    # quarter. Kept are 62.5% in all, 50% and 75%: weights of the second week are 0.625 / 0.5 and 0.625 / 0.75, but
    # for the ridge of the models.
    flag = np.repeat([1.0, 0.0], 400)
    lost = np.arange(800) % 4 < np.where(flag == 1, 2, 1)
    care = np.zeros((800, 3))
    care[7::8] = [1.0, 0, 0]
    event = np.isin(np.arange(800) % 16, [11, 15]).astype(np.int64)
    weeks = dose_weeks(np.where(lost, 4, 14), event, care, until=14)
    found = dose_so_far(
        weeks, pd.DataFrame(index=range(800)), loss=DoseLoss(covariates=pd.DataFrame({"f": flag}))
    )
    second = weeks.week == 1
    for value, weight in ((1.0, 1.25), (0.0, 0.625 / 0.75)):
        mine = found.weights[second & (flag[weeks.person] == value)]
        assert mine == pytest.approx(weight, rel=0.03)
    assert (found.weights[weeks.week == 0] == 1).all()


def test_classes_of_doses() -> None:
    code, many = dose_classes(np.array([0.0, 3, 9, 6, 12, 0]))
    assert (code.tolist(), many) == ([0, 1, 3, 2, 4, 0], 5)
    # More than four amounts: quarters of those above 0.
    code, many = dose_classes(np.r_[0.0, np.arange(1.0, 101)])
    assert many == 5
    assert np.bincount(code).tolist() == [1, 25, 25, 25, 25]


def test_a_dose_that_does_nothing_does_nothing() -> None:
    # Care goes with a score that goes with relapse, later more than at first.
    given = drawn_doses(4000, effect="none", measure="weeks", seed=5)
    found = at(fitted(given, weighted=True), 4)
    assert found["conf_low"] < 0 < found["conf_high"]
    # Without the scores care seems to harm; the total dose, known only at the end, seems to protect.
    assert at(fitted(given, weighted=False), 4)["conf_low"] > 0
    assert at(total(given), 4)["conf_high"] < -1.5


def test_the_kept_draws_come_back_to_the_truth() -> None:
    for measure, effect in CELLS:
        found = summary_of(read_sums(KEPT / f"{measure}-{effect}.csv")[1])
        ways = found.groupby(found.index.str.split("/").str[0])
        weighted = ways.get_group("weighted")
        assert (weighted["draws"] >= 100).all()
        assert (weighted["bias"].abs() < 0.1).all()
        assert (weighted["coverage"] > COVER_ENOUGH).all()
        assert (ways.get_group("unweighted")["bias"] > 0.15).all()
        assert (ways.get_group("total")["bias"] < -1).all()
        assert (ways.get_group("total")["coverage"] == 0).all()


def test_too_few_people_or_events_are_refused() -> None:
    z = pd.DataFrame(index=range(80))
    care = np.zeros((80, 3))
    care[:29] = 1.0
    words = (
        "not enough people: at least 30 followed after a week with care and 30 followed after a week without any so "
        "far are needed"
    )
    with pytest.raises(EstimateError) as error:
        dose_so_far(dose_weeks([20] * 80, [1] * 80, care, until=90), z)
    assert str(error.value).startswith(words)
    care[:40] = 1.0
    words = "too few events after a week with care, or before one, for a confidence interval"
    with pytest.raises(EstimateError) as error:
        dose_so_far(dose_weeks([20] * 80, [0] * 40 + [1] * 40, care, until=90), z)
    assert str(error.value).startswith(words)
