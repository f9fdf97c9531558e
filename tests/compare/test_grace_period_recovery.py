"""Clone-censor-weight recovers the true difference of a synthetic world; the long form is in tools/validation."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tools.validation.grace_period_recovery import Cell, cohort, run, summary, true_difference

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("effect", ["standard", "none"])
def test_the_true_difference_is_recovered(effect: str, tmp_path: Path) -> None:
    cell = Cell(effect=effect, n=500, law="as_observed")
    found = summary(cell, run(cell, 8, tmp_path))
    # Eight draws: the mean within 3 Monte-Carlo errors of the truth, at most two intervals beside it.
    assert abs(found["bias"]) < 3 * found["error"]
    assert found["withheld"] == 0
    assert found["coverage"] >= 0.75
    assert 0.5 < found["std_error"] / found["spread"] < 2


def test_a_run_goes_on_where_it_was(tmp_path: Path) -> None:
    cell = Cell(effect="none", n=300, law="uniform")
    first = run(cell, 1, tmp_path)
    path = tmp_path / f"{cell.name}.csv"
    kept = path.read_text()
    both = run(cell, 2, tmp_path)
    assert path.read_text().startswith(kept)
    assert both["draw"].tolist() == [0, 1]
    pd.testing.assert_frame_equal(both.head(1), first)


def test_cohorts_keep_the_day_order() -> None:
    given = cohort(3000, seed=5, effect="standard")
    on_event = (given.event > 0) & (given.start == given.days)
    assert not on_event.any()
    started = np.isfinite(given.start)
    assert (given.start[started] <= given.days[started]).all()
    assert "appointment" not in given.covariates


def test_the_truth_is_that_of_the_law() -> None:
    of = {
        law: true_difference(Cell(effect="standard", n=400, law=law))
        for law in ("as_observed", "uniform", "natural")
    }
    assert of["as_observed"] < of["uniform"] < of["natural"] < -0.06
    assert true_difference(Cell(effect="none", n=400, law="uniform")) == 0
