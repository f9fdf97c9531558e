"""Eight people by hand: decisions, deviations, weights and the weighted curve of two strategies.

Grace period: days 0 to 2. Followed to day 5. Every day a start has chance 1/4.

    a  starts on 0, relapses on 4             e  never starts, followed to 5
    b  starts on 1, followed to 5             f  session on day 2, the day of relapse: relapse came first
    c  starts on 2, lost on 3                 g  starts on 4, after the grace period, followed to 5
    d  never starts, relapses on 2            h  never starts, lost on 1
"""

from dataclasses import replace
from fractions import Fraction as F

import numpy as np
import pandas as pd
import pytest

from stepdown.compare.grace_period import StartStrategy, clone_censor_weight, default_strategies
from stepdown.compare.grace_period.model_terms import adjustment_columns, start_terms
from stepdown.compare.grace_period.nuisance_models import fit_day_model
from stepdown.compare.grace_period.person_days import PersonDays, blocks_of, joined, person_days
from stepdown.compare.grace_period.person_influence import Setting, StrategyEstimate, estimated
from stepdown.compare.grace_period.start_weights import StartModels, block_decisions, block_weights
from stepdown.compare.grace_period.strategies import deviation_days, ends_of_grace_period
from stepdown.errors import EmptyArmError, EstimateError
from support_grace_period import RISK

LAST = np.array([4, 5, 3, 2, 5, 2, 5, 1])
EVENT = np.array([1, 0, 0, 1, 0, 1, 0, 0])
START = np.array([0, 1, 2, np.nan, np.nan, 2, 4, np.inf])
NO_COVARIATES = pd.DataFrame(index=range(3))
EARLY, NONE = default_strategies(2)


def people(event: np.ndarray = EVENT) -> PersonDays:
    return person_days(LAST, event, START, grace=2, horizon=5)


def models(cohort: PersonDays) -> StartModels:
    """Return a start model by which every start has chance 1/4, and nobody is lost."""
    given = adjustment_columns(pd.DataFrame(index=range(8)), (), None, cohort)
    fitted = fit_day_model(start_terms(cohort, given, history=False), cohort.decisions, cohort.blocks)
    quarter = replace(fitted, theta=np.array([np.log(1 / 3), 0.0, 0.0]))
    return StartModels(start=quarter, law=quarter, loss=None)


def weights(
    strategy: StartStrategy, *, cap: float = np.inf, law: str = "as_observed"
) -> dict[str, list[float]]:
    """Return the weights of days 1 to 5 by person."""
    cohort, found = people(), np.zeros((8, 6))
    for block in cohort.blocks:
        made = block_decisions(cohort, block, models(cohort))
        found[cohort.order[block.rows]] = block_weights(made, strategy, law=law, cap=cap).weight
    return {name: row[1:].tolist() for name, row in zip("abcdefgh", found, strict=True)}


def estimates(strategy: StartStrategy, event: np.ndarray = EVENT) -> StrategyEstimate:
    cohort = people(event)
    fitted = models(cohort)
    made = [block_decisions(cohort, block, fitted) for block in cohort.blocks]
    return estimated(
        Setting(
            people=cohort, models=fitted, decisions=made, outcome=None, strategy=strategy, targets=RISK,
            law="as_observed", cap=np.inf, leverage=0.0, owner=None,
        )
    )  # fmt: skip


def test_who_decides_on_a_start() -> None:
    cohort = people()
    last, hit = np.empty(8, int), np.empty(8, bool)
    last[cohort.order], hit[cohort.order] = cohort.decisions.last, cohort.decisions.hit
    # d and f relapse on day 2 before they decide; h decides on the day of loss; g waits through day 2.
    assert last.tolist() == [0, 1, 2, 1, 2, 1, 2, 1]
    assert "".join(np.array(list("abcdefgh"))[hit]) == "abc"


def test_who_can_be_lost() -> None:
    cohort = people()
    last, hit = np.empty(8, int), np.empty(8, bool)
    last[cohort.order], hit[cohort.order] = cohort.losses.last, cohort.losses.hit
    # Nobody can be lost on the day of an event, or after day 4: day 5 ends the analysis.
    assert last.tolist() == [3, 4, 3, 1, 4, 1, 4, 1]
    assert "".join(np.array(list("abcdefgh"))[hit]) == "ch"


def test_deviation_days() -> None:
    cohort = people()
    # d and f relapse on the last day of the grace period and never deviate; h is lost before it ends.
    assert deviation_days(cohort, EARLY).tolist() == [-1, -1, -1, -1, 2, -1, 2, -1]
    assert deviation_days(cohort, NONE).tolist() == [0, 1, 2, -1, -1, -1, -1, -1]


def test_weights_of_starting_as_observed() -> None:
    # q_2 = 1, q_1 = (1/4) / (1 - 9/16) = 4/7, q_0 = (1/4) / (1 - 27/64) = 16/37.
    # Waiting on 0: (21/37) / (3/4) = 28/37; then on 1: (3/7) / (3/4) = 4/7, together 16/37; on 2: 0.
    # Starters end at 1 / (37/64) = 64/37 whenever they start.
    w0, w1, s = float(F(28, 37)), float(F(16, 37)), float(F(64, 37))
    found = weights(EARLY)
    assert found["a"] == pytest.approx([s, s, s, s, 0])
    assert found["b"] == pytest.approx([w0, s, s, s, s])
    assert found["c"] == pytest.approx([w0, w1, s, 0, 0])
    assert found["d"] == found["f"] == pytest.approx([w0, w1, 0, 0, 0])
    assert found["e"] == found["g"] == pytest.approx([w0, w1, 0, 0, 0])
    assert found["h"] == pytest.approx([w0, 0, 0, 0, 0])


def test_weights_of_not_starting() -> None:
    # Each day without a start: 1 / (3/4).
    one, two, three = 4 / 3, 16 / 9, 64 / 27
    found = weights(NONE)
    assert found["a"] == [0, 0, 0, 0, 0]
    assert found["b"] == pytest.approx([one, 0, 0, 0, 0])
    assert found["c"] == pytest.approx([one, two, 0, 0, 0])
    assert found["d"] == pytest.approx([one, two, 0, 0, 0])
    # g's start on day 4 is after the grace period and changes nothing.
    assert found["e"] == found["g"] == pytest.approx([one, two, three, three, three])


def test_weights_of_a_uniform_and_the_natural_law() -> None:
    # Uniform: q = 1/3, 1/2, 1. c waits (2/3)/(3/4) = 8/9, then (1/2)/(3/4) = 2/3, then starts 1/(1/4) = 4.
    assert weights(EARLY, law="uniform")["c"][:3] == pytest.approx([8 / 9, 16 / 27, 64 / 27])
    # Natural: as observed until the last day, on which a start has weight 4.
    assert weights(EARLY, law="natural")["c"][:3] == pytest.approx([1, 1, 4])
    assert weights(EARLY, law="natural")["b"][:3] == pytest.approx([1, 1, 1])


def test_cap() -> None:
    assert weights(NONE, cap=2)["e"] == pytest.approx([4 / 3, 16 / 9, 2, 2, 2])


def test_weighted_risk_by_hand() -> None:
    # Start: day 2 has weights 2 x 64/37 (a, b) and 5 x 16/37; d and f relapse: 32/208 = 2/13. On day 4 a and b
    # are left, a relapses: 1/2. Risk 2/13 + 11/13 x 1/2 = 15/26; days 1 + 1 + 11/13 + 11/13 + 11/26.
    early = estimates(EARLY)
    assert early.estimate == pytest.approx([15 / 26, 2 + 55 / 26])
    # No start: on day 2 c, d, e, f, g have one weight, d and f relapse: 2/5; e and g stay free.
    assert estimates(NONE).estimate == pytest.approx([2 / 5, 2 + 3 * 3 / 5])
    # The weights on day 4 are those of a and b, alike: effective size 2.
    assert early.sums.effective_size(4) == pytest.approx(2)
    assert early.sums.largest == pytest.approx(64 / 37)


def test_weighted_risk_with_a_competing_event() -> None:
    # f dies on day 2: 1/13 relapse, 11/13 stay free; then 1/2: 1/13 + 11/26 = 1/2.
    dead = np.where(np.arange(8) == 5, 2, EVENT)
    assert estimates(EARLY, dead).estimate[0] == pytest.approx(1 / 2)


@pytest.mark.parametrize(
    ("last", "event", "start", "message"),
    [
        ([3, -1], [0, 0], [0, 1], "1 of 2 people: days is not a whole day from 0 up."),
        ([3, 2.5], [0, 0], [0, 1], "1 of 2 people: days is not a whole day from 0 up."),
        ([3, 2], [0, 4], [0, 1], "1 of 2 people: event is not 0, 1 or 2."),
        ([3, 2], [0, 0], [0, -1], "1 of 2 people: start is not a whole day."),
        ([0, 2], [1, 0], [0, 1], "1 of 2 people: an event on day 0, before follow-up begins."),
    ],
)
def test_refused_days(last: list[float], event: list[int], start: list[float], message: str) -> None:
    with pytest.raises(EstimateError, match=message):
        person_days(last, event, start, grace=2, horizon=5)


def test_a_strategy_that_nobody_follows_or_can_leave() -> None:
    with pytest.raises(
        EmptyArmError, match="Nobody follows the strategy “start within 2 days”: of 3 people, 0"
    ):
        clone_censor_weight(
            [4, 5, 5], [1, 0, 0], [np.nan] * 3, NO_COVARIATES, grace=2, times=(5,), window=None, rmst=None
        )
    with pytest.raises(EmptyArmError, match="Nobody can deviate from the strategy “start within 2 days”"):
        clone_censor_weight(
            [4, 5, 5], [1, 0, 0], [0, 1, 2], NO_COVARIATES, grace=2, times=(5,), window=None, rmst=None
        )


def test_what_became_of_each_copy_by_the_end_of_the_grace_period() -> None:
    before = {"relapse": 2, "other_event": 0, "lost": 1}  # d and f, nobody, h
    assert ends_of_grace_period(people(), EARLY) == {"followed": 3, "departed": 2, **before}
    assert ends_of_grace_period(people(), NONE) == {"followed": 2, "departed": 3, **before}
    died = people(np.where(np.arange(8) == 3, 2, EVENT))
    assert ends_of_grace_period(died, NONE)["other_event"] == 1


def test_small_blocks_are_joined_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    # Start groups of 2, 1 and 3 people, in blocks of 2 people at most; joined to blocks of at most 3.
    module = "stepdown.compare.grace_period.person_days.BLOCK"
    monkeypatch.setattr(module, 2)
    blocks = blocks_of(np.array([0, 0, 1, 3, 3, 3]), np.array([4, 9, 2, 5, 6, 7]))
    assert [(one.rows.start, one.rows.stop, one.last) for one in blocks] == [
        (0, 2, 9),
        (2, 3, 2),
        (3, 5, 6),
        (5, 6, 7),
    ]
    assert joined(blocks) == blocks
    monkeypatch.setattr(module, 3)
    assert [(one.rows.start, one.rows.stop, one.last) for one in joined(blocks)] == [(0, 3, 9), (3, 6, 7)]
