"""The effect switched off, by hand and against a world without an effect; the six ways of comparing."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stepdown.compare.simple_comparison import (
    WAYS,
    ClientCourses,
    WaysToCompare,
    artifact,
    compared_ways,
    course_models,
)
from stepdown.compare.simple_comparison.artifact import log_naive
from stepdown.compare.simple_comparison.effect_off import DayHazard
from stepdown.compare.simple_comparison.ways import naive
from stepdown.errors import EmptyArmError, EstimateError
from support_size import quick_or_long
from tools.validation.drawn_cohorts import drawn_cohort

# Of 40 clients 8 relapse on day 1. Of the 32 others 16 start care on day 1, and 4 of these relapse on day 2, as
# do 4 of the 16 who never start. Without an effect of care the risk by day 2 is 0.25 with care and, of those who
# never start, (8 + 4) / (8 + 16) = 0.5: the naive ratio is 0.5.
DAYS = np.repeat([1.0, 2.0], [8, 32])
EVENT = np.repeat([1, 1, 0, 1, 0], [8, 4, 12, 4, 12])
STARTED = np.repeat([np.inf, 1.0, np.inf], [8, 16, 16])
SMALL = ClientCourses(days=DAYS, event=EVENT, started=STARTED)
NO_COLUMNS = pd.DataFrame(index=range(40))
NO_DAYS = DayHazard(day=np.zeros(0), cumulative=np.zeros(0), ratio=np.ones(40))


def course(world: str, effect: str, n: int, seed: int) -> tuple[ClientCourses, pd.DataFrame]:
    found = drawn_cohort(world, effect, n, 20, seed=seed)
    began = np.where(found.start < found.days, found.start, np.inf)
    return ClientCourses(days=found.days, event=found.event, started=began), found.covariates


def test_the_naive_ratio_of_a_small_cohort_by_hand() -> None:
    table = naive(SMALL, day=2).set_index("statistic")["estimate"]
    assert table["ratio"] == pytest.approx(0.5)
    assert table["difference"] == pytest.approx(-0.25)


def test_the_mean_naive_ratio_without_an_effect_by_hand() -> None:
    # The hazards of the small cohort: relapse 8 of 40 on day 1; on day 2 of those without care 4 of 16; start 16
    # of 32 on day 1.
    models = course_models(DAYS, EVENT, STARTED, NO_COLUMNS)
    assert models.relapse.day.tolist() == [1.0, 2.0]
    np.testing.assert_allclose(np.exp(-models.relapse.cumulative), [0.8, 0.6])
    np.testing.assert_allclose(np.exp(-models.start.cumulative), [0.5])
    many = replace(
        models,
        **{
            name: replace(getattr(models, name), ratio=np.ones(400_000))
            for name in ("relapse", "competing", "loss", "start")
        },
    )
    drawn = many.draw(np.random.default_rng(7))
    # Four of its standard errors: 0.0016 each.
    assert np.exp(log_naive(drawn, 2)) == pytest.approx(0.5, abs=0.0064)


def test_an_effect_of_care_does_not_reach_the_hazard_without_it() -> None:
    # Nobody in care relapses: the hazard of day 2 stays 4 of 16.
    event = np.where(np.isfinite(STARTED), 0, EVENT)
    models = course_models(DAYS, event, STARTED, NO_COLUMNS)
    np.testing.assert_allclose(np.exp(-models.relapse.cumulative), [0.8, 0.6])


def test_within_a_day_relapse_comes_before_the_start_and_loss_after_it() -> None:
    def on(day: float) -> DayHazard:
        return DayHazard(day=np.array([day]), cumulative=np.array([1e9]), ratio=np.ones(2))

    models = course_models(DAYS, EVENT, STARTED, NO_COLUMNS)
    rng = np.random.default_rng(1)
    never = DayHazard(day=np.zeros(0), cumulative=np.zeros(0), ratio=np.ones(2))
    both = replace(models, relapse=on(3.0), start=on(3.0), loss=never, competing=on(3.0), last=9.0).draw(rng)
    assert both.event.tolist() == [1, 1]
    assert np.isinf(both.started).all()
    lost = replace(models, relapse=never, start=on(3.0), loss=on(3.0), competing=never, last=9.0).draw(rng)
    assert lost.event.tolist() == [0, 0]
    assert lost.started.tolist() == [3.0, 3.0]


@given(st.integers(0, 2**32 - 1), st.floats(0.01, 5.0))
def test_a_start_is_never_after_the_end(seed: int, rate: float) -> None:
    models = course_models(DAYS, EVENT, STARTED, NO_COLUMNS)
    faster = replace(models, start=replace(models.start, ratio=np.full(40, rate)))
    drawn = faster.draw(np.random.default_rng(seed))
    began = drawn.ever
    assert (drawn.started[began] <= drawn.days[began]).all()
    assert (drawn.days <= models.last).all()


def test_the_artifact_is_what_a_world_without_an_effect_shows() -> None:
    # Bias and spread over 40 cohorts of 2,000: -0.364 (its error 0.008) where the world without an effect shows
    # -0.372 (0.009). Here with 4 cohorts of 1,000, within three errors of the difference.
    seeds, people = range(quick_or_long(4, 40)), quick_or_long(1000, 2000)
    found, true = [], []
    for seed in seeds:
        mine, columns = course("clean", "standard", people, seed)
        found.append(artifact(mine, columns, day=90, seed=[seed], replicates=10).log_ratio)
        true.append(log_naive(course("clean", "none", people, seed)[0], 90))
    off = np.array(found) - np.array(true)
    assert abs(off.mean()) < 3 * off.std(ddof=1) / np.sqrt(len(off))
    assert np.mean(found) < -0.25


def test_the_share_is_stated_only_where_the_naive_interval_excludes_no_effect() -> None:
    mine, columns = course("clean", "standard", 2000, 1)
    found = artifact(mine, columns, day=90, seed=[1], replicates=10)
    table = naive(mine, day=90).set_index("statistic")
    assert table.loc["ratio", "conf_high"] < 1
    assert found.share == pytest.approx(found.log_ratio / np.log(table.loc["ratio", "estimate"]))
    few = artifact(SMALL, NO_COLUMNS, day=2, seed=[1], replicates=20)
    assert naive(SMALL, day=2).set_index("statistic").loc["ratio", "conf_high"] > 1
    assert np.isnan(few.share)


def test_the_same_seed_gives_the_same_artifact() -> None:
    first, again = (artifact(SMALL, NO_COLUMNS, day=2, seed=[5], replicates=20) for _ in range(2))
    assert first == again or (np.isnan(first.share) and first.log_ratio == again.log_ratio)


def test_too_few_starts_leave_no_artifact() -> None:
    nobody = replace(SMALL, started=np.full(40, np.inf))
    with pytest.raises(EstimateError) as error:
        artifact(nobody, NO_COLUMNS, day=2, seed=[1], replicates=20)
    assert str(error.value) == (
        "Of 20 simulated cohorts without an effect of care, 0 allow the simple comparison: there are too few "
        "relapses or starts of care."
    )


@pytest.mark.parametrize(
    ("started", "text"),
    [(np.full(40, np.inf), "Nobody starts care."), (np.zeros(40), "Everybody starts care.")],
)
def test_one_arm_has_no_naive_comparison(started: np.ndarray, text: str) -> None:
    with pytest.raises(EmptyArmError, match=text):
        naive(replace(SMALL, started=started), day=2)


def test_every_way_has_its_rows_and_a_refusal_has_its_reason() -> None:
    mine, columns = course("clean", "standard", 400, 3)
    shared = WaysToCompare(covariates=columns, grace=14, day=90, every=7)
    table = compared_ways(mine, shared)
    assert tuple(table["way"].drop_duplicates()) == WAYS
    assert (table.loc[table["way"] == "time_varying", "estimand"] == "hazard_ratio").all()
    nobody = compared_ways(replace(mine, started=np.full(400, np.inf)), shared, ways=["naive"])
    assert nobody["note"].tolist() == ["Nobody starts care."]
    assert nobody["estimate"].isna().all()


def test_time_since_the_start_by_hand() -> None:
    # Two clients, the first in care from day 2 on; they relapse on days 3 and 4. At day 3 one of two at risk is
    # in care and relapses; on day 4 the other is alone. The likelihood r / (r + 1) has no maximum; the ridge of
    # the model, 1/2 b^2, has it where 1 / (1 + e^b) = b: b = 0.4011.
    two = ClientCourses(days=np.array([3.0, 4.0]), event=np.array([1, 1]), started=np.array([2.0, np.inf]))
    shared = WaysToCompare(covariates=pd.DataFrame(index=range(2)), grace=2, day=4)
    table = compared_ways(two, shared, ways=["time_varying"])
    assert np.log(table["estimate"].iloc[0]) == pytest.approx(0.4011, abs=1e-4)
