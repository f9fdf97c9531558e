"""Scores that change within the grace period: periods, regressions by hand, influence against refits."""

import numpy as np
import pytest

from stepdown.compare.grace_period import clone_censor_weight
from stepdown.compare.grace_period.estimating_equations import RiskTarget
from stepdown.compare.grace_period.model_terms import adjustment_columns
from stepdown.compare.grace_period.person_days import PeopleBlock, person_days
from stepdown.compare.grace_period.score_periods import score_periods
from stepdown.compare.grace_period.score_regressions import ScoreColumns, fit_score_regression
from support_grace_period import drawn, frame

COHORT = drawn(400, seed=31, horizon=40)


def first_days(history: np.ndarray, grace: int = 14) -> tuple[int, ...]:
    people = person_days(np.full(4, 29), np.zeros(4), np.full(4, np.nan), grace=grace, horizon=29)
    given = adjustment_columns(frame(np.zeros((4, 1))), (), history, people)
    return score_periods(people, given.history).first


def test_periods_begin_on_the_days_on_which_most_scores_are_new() -> None:
    weekly = np.repeat(np.arange(20.0).reshape(4, 5), 7, axis=1)[:, :30]
    assert first_days(weekly) == (0, 7, 14)
    assert first_days(weekly, grace=13) == (0, 7)
    # One of four has the scores a day later; the days of the others count.
    weekly[0] = np.r_[weekly[0, 0], weekly[0, :-1]]
    assert first_days(weekly) == (0, 7, 14)
    # Nothing new in the grace period: nothing to divide.
    assert first_days(np.repeat(weekly[:, :1], 30, axis=1)) == (0,)
    assert first_days(weekly, grace=5) == (0,)


def test_regression_on_one_score_by_hand() -> None:
    # Without covariates, two people with each score: the fitted values are the means 0.3 and 0.8. The
    # fifth person is not at risk. Event-free days up to day 9, from day 8 on, are at most 2.
    before = np.array([[0.0], [0.0], [1.0], [1.0], [1.0]])
    value = np.array([[0.2, 0.4, 0.6, 1.0, 0.0], [0.4, 0.8, 1.2, 2.0, 0.0], [0.0] * 5])
    targets = (RiskTarget("risk", 30), RiskTarget("rmst", 9), RiskTarget("risk", 7))
    columns = ScoreColumns(day=8, starts=False, people=np.zeros((5, 0)), before=before)
    found = fit_score_regression(
        columns, [PeopleBlock(slice(0, 5), 15, 30)], value, targets,
        count=np.full(5, 1000.0), at_risk=np.array([True] * 4 + [False]),
    )  # fmt: skip
    fitted = found.values(slice(0, 5), np.array([15]))[:, 0]
    assert fitted[0] == pytest.approx([0.3, 0.3, 0.8, 0.8, 0.8], abs=1e-4)
    assert fitted[1] == pytest.approx([0.6, 0.6, 1.6, 1.6, 1.6], abs=1e-4)
    assert fitted[2].tolist() == [0] * 5


def test_columns_of_a_state_hold_the_care_before_the_day() -> None:
    columns = ScoreColumns(day=8, starts=True, people=np.array([[2.0]]), before=np.array([[3.0]]))
    assert columns.of(slice(0, 1), 6).tolist() == [[1, 2, 3, 1, 0.25, 3]]
    assert columns.of(slice(0, 1), 8).tolist() == [[1, 2, 3, 0, 0, 0]]


@pytest.mark.parametrize(("size", "late"), [(1, 0), (4, 0), (1, 1)])
def test_full_leverage_is_the_change_when_a_person_or_cluster_is_left_out(size: int, late: int) -> None:
    cluster = np.arange(400) // size
    # Scores that are known a day later: the first period holds no day, as nobody is at risk before day 1.
    history = np.concatenate([np.zeros_like(COHORT.history[:, :late]), COHORT.history], axis=1)
    assert first_days(history[:4, :30, 0]) == ((0, 1, 8) if late else (0, 7, 14))

    def fit(kept: np.ndarray, leverage: float) -> object:
        one = COHORT.ordered(np.flatnonzero(kept))
        return clone_censor_weight(
            one.last_day, one.event, one.start, frame(one.covariates),
            history=history[kept][:, : one.history.shape[1]],
            cluster=cluster[kept], leverage=leverage, times=(40,), window=None, rmst=None, cap=1e6,
        )  # fmt: skip

    found = fit(cluster >= 0, 1.0)
    early, none = (np.bincount(cluster, values[:, 0]) for values in found.influence.values())
    influence, estimate = early - none, found.one("risk", 40)["estimate"]
    chosen = np.argsort(-np.abs(influence))[[0, 1, 2, 10, 40]]
    change = np.array([estimate - fit(cluster != one, 0.0).one("risk", 40)["estimate"] for one in chosen])
    assert np.corrcoef(change, influence[chosen])[0, 1] > 0.995
    assert 0.97 < (change @ influence[chosen]) / (change @ change) < 1.05
