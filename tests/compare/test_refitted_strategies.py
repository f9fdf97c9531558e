"""Clone-censor-weight fitted again to people who count several times: as if they were so many people."""

import numpy as np
import pytest

from stepdown.compare import CloneCensorWeight, clone_censor_weight
from tools.validation.drawn_cohorts import DrawnCohort, drawn_cohort


def compared(given: DrawnCohort, rows: np.ndarray, estimator: str) -> CloneCensorWeight:
    return clone_censor_weight(
        given.days[rows], given.event[rows], given.start[rows],
        given.covariates.iloc[rows].reset_index(drop=True), estimator=estimator, times=(30, 90),
        history=None if given.history is None else given.history[rows], window=(30, 90), rmst=90,
    )  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(("world", "estimator"), [("feedback", "doubly_robust"), ("clean", "weighted")])
def test_people_who_count_twice_are_as_two(world: str, estimator: str) -> None:
    given, everyone = drawn_cohort(world, "standard", 800, 1, seed=3), np.arange(800)
    found = compared(given, everyone, estimator)
    once, twice = found.again(np.ones(800)), found.again(np.full(800, 2.0))
    # Other estimators than the one asked for have no bootstrap.
    mine = (found.table["estimator"] == estimator).to_numpy()
    assert np.isnan(once[~mine]).all()
    assert once[mine] == pytest.approx(found.table["estimate"][mine], abs=1e-10)
    doubled = compared(given, np.repeat(everyone, 2), estimator).table["estimate"]
    assert twice[mine] == pytest.approx(doubled[mine], abs=1e-10)
    many = np.random.default_rng(1).multinomial(800, np.full(800, 1 / 800))
    some = compared(given, np.repeat(everyone, many), estimator).table["estimate"]
    risks = mine & ((found.table["estimand"] == "risk") & (found.table["statistic"] != "ratio")).to_numpy()
    # Columns are scaled as in the whole, so ridges weigh a little otherwise.
    assert found.again(many.astype(float))[risks] == pytest.approx(some[risks], abs=5e-4)
    assert once[risks] != pytest.approx(some[risks], abs=5e-3)
