"""Estimates of large cohorts, two at a time: the same numbers, order, settings and errors as one after the other."""

import threading

import numpy as np
import pandas as pd
import pytest

from stepdown.compare import side_by_side as module
from stepdown.compare.grace_period import clone_censor_weight
from stepdown.compare.side_by_side import side_by_side
from support_grace_period import drawn, frame


def test_clone_censor_weight_gives_the_same_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    cohort = drawn(150, seed=7, horizon=30)

    def table() -> pd.DataFrame:
        asked = {"covariates": frame(cohort.covariates), "grace": 7, "times": (20, 30)}
        return clone_censor_weight(cohort.last_day, cohort.event, cohort.start, **asked).table

    alone = table()
    monkeypatch.setattr(module, "WORTH_IT", 0)
    pd.testing.assert_frame_equal(table(), alone, check_exact=True)


@pytest.mark.filterwarnings("error")
def test_two_threads_only_where_that_is_worth_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module.os, "sched_getaffinity", lambda process: {0, 1}, raising=False)
    both = threading.Barrier(2, timeout=5)

    def seen() -> float:
        both.wait()  # passes only where both run at the same time
        return float(np.float64(1) / np.float64(0))  # quiet, as set outside

    with np.errstate(divide="ignore"):
        assert side_by_side({"b": seen, "a": seen}, people=20_000) == {"b": np.inf, "a": np.inf}
    here = threading.get_ident()
    assert side_by_side({"a": threading.get_ident, "b": threading.get_ident}, people=100) == {
        "a": here,
        "b": here,
    }
    assert side_by_side({"a": threading.get_ident}, people=20_000) == {"a": here}


def test_an_error_is_that_of_the_task() -> None:
    def fails() -> int:
        raise ValueError("of the task")

    with pytest.raises(ValueError, match="of the task"):
        side_by_side({"a": fails, "b": lambda: 1}, people=20_000)
