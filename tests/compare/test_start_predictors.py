"""Columns that go with the start of care and not with relapse, in the bundled cohort and by hand."""

import numpy as np
import pytest
from scipy import stats

import stepdown as sd
from stepdown.cohort import derive
from stepdown.compare.start_predictors import _Relapses, _Starts, start_predictors
from stepdown.sources import bundled
from stepdown.study import Study


@pytest.mark.slow
def test_the_appointment_is_named_and_what_drives_both_is_not() -> None:
    folder = bundled("synthetic") / "programs"
    study = Study.read(folder / "study.toml")
    people = derive(sd.load(folder / "cohort.toml"), study)
    found = start_predictors(people, study)
    names = {one.term for one in found}
    # The generator: these move the start alone (the warm handoff is adjusted for).
    assert names <= {
        "referred",
        "appointment_scheduled",
        "intake_started",
        "same_team",
        "records_transferred",
        "contact_named",
    }
    assert {"referred", "appointment_scheduled"} <= names
    assert all(one.kind == "start_alone" and one.count < 0.001 for one in found)
    # Severity drives both: not adjusted for, it is a confounder and no such column.
    raw = study.model_dump()
    raw["analysis"] |= {"adjust": {"covariates": ["age"]}, "loss": None}
    assert "severity" not in {one.term for one in start_predictors(people, Study.parse(raw))}


def test_who_is_at_risk_by_hand() -> None:
    # Three people on days 1 to 3; the second starts care on day 1, before its relapse on day 2.
    relapses = _Relapses(np.array([1.0, 2, 3]), np.array([1, 1, 0]), np.array([np.inf, 1, np.inf]))
    assert relapses.entry.tolist() == [0, 0, 0, 1]
    assert relapses.days.tolist() == [1, 1, 3, 2]
    assert relapses.event.tolist() == [1, 0, 0, 1]
    assert relapses.care.tolist() == [0, 0, 0, 1]
    starts = _Starts(np.array([5.0, 9, 20, 3]), np.array([0.0, 14, 15, np.inf]), 14)
    assert starts.days.tolist() == [1, 10, 15, 4]
    assert starts.event.tolist() == [1, 0, 0, 0]


def test_a_column_without_meaning_is_rarely_named() -> None:
    rng = np.random.default_rng(1)
    p = []
    for _ in range(60):
        start = np.where(rng.random(150) < 0.4, rng.integers(0, 15, 150), np.inf)
        starts = _Starts(np.full(150, 90.0), start, 14)
        x, noise = rng.normal(size=(2, 150, 1))
        gain = starts.likelihood(np.concatenate([x, noise], axis=1)) - starts.likelihood(x)
        p.append(stats.chi2.sf(2 * gain, 1))
    # The ridge leaves p near uniform.
    assert 0.3 < np.mean(p) < 0.7
