"""The bench of the engine runs, small, and tells what it measured."""

import re

import numpy as np
import pytest

from stepdown.survival import aalen_johansen, cox, gray, logrank, proportional_hazards, rmst
from tools.bench import engine_jobs, rivals
from tools.bench.engine_bench import JOBS, PACKAGES, _growth, _Runs, engine, fastest
from tools.bench.engine_data import COVARIATES, make, read, save
from tools.bench.measured_process import Measure

pytestmark = pytest.mark.slow


def test_a_quick_run_gives_a_row_of_numbers_for_each_size() -> None:
    said: list[str] = []
    incidence = next(job for job in JOBS if job.name.startswith("Aalen"))
    lines = engine((incidence,), quick=True, say=said.append)
    cells = [cell.strip() for cell in lines[2].strip("|").split("|")]
    assert cells[:2] == [incidence.name, "10,000"]
    assert re.fullmatch(r"\d+\.\d\d", cells[2])
    assert float(cells[4]) > 0.05
    beside = dict(zip(PACKAGES, cells[5:8], strict=True))
    assert [
        package for package, cell in beside.items() if not re.fullmatch(r"[\d,.]+ \(at 1,000\)", cell)
    ] == [package for package in PACKAGES if not rivals.installed(package)]
    assert said == [f"Running the engine: {incidence.name}"]


def test_every_job_has_the_target_of_the_issue() -> None:
    assert {(job.name, n): seconds for job in JOBS for n, seconds in job.targets.items()} == {
        ("Cox, weights and clusters, 11 covariates", 100_000): 0.3,
        ("Cox, weights and clusters, 11 covariates", 1_000_000): 3,
        ("the same, time-varying", 5_000_000): 15,
        ("Fine-Gray, weights and clusters, 11 covariates", 1_000_000): 4,
        ("Aalen-Johansen and variance, 4 arms, weights and clusters", 1_000_000): 2,
        ("log-rank, Gray, RMST and window measures, 4 arms", 1_000_000): 2,
        ("1,000 bootstrap replicates of weighted curves and RMST, by client", 100_000): 3,
        ("test of proportional hazards, 11 covariates", 1_000_000): 6,
    }


@pytest.mark.parametrize("job", JOBS, ids=lambda job: job.job.__name__)
def test_every_job_does_its_work(job) -> None:
    assert job.job(make(1_000, pieces=job.pieces))() is not None


ROWS = make(800)


@pytest.mark.filterwarnings("ignore")
def test_the_cox_regression_of_lifelines_is_the_same_regression() -> None:
    theirs, ours = rivals.lifelines_cox(ROWS)(), engine_jobs.cox(ROWS)()
    np.testing.assert_allclose(theirs.params_, ours.summary["coef"], atol=1e-4)


@pytest.mark.filterwarnings("ignore")
def test_the_curves_of_lifelines_are_the_same_curves_but_for_moved_ties() -> None:
    curves = aalen_johansen(ROWS.days, ROWS.cause, arm=ROWS.arm)
    ours = curves.at(90).query("cause == 1").sort_values("arm")["estimate"]
    theirs = [float(fit.predict(90.5)) for fit in rivals.lifelines_incidence(ROWS)()]
    np.testing.assert_allclose(theirs, ours, atol=0.01)


@pytest.mark.filterwarnings("ignore")
def test_the_log_rank_test_and_means_of_lifelines_are_the_same() -> None:
    test, means = rivals.lifelines_arms(ROWS)()
    assert test.test_statistic == pytest.approx(logrank(ROWS.days, ROWS.cause > 0, ROWS.arm).statistic)
    ours = rmst(ROWS.days, ROWS.cause > 0, tau=90, arm=ROWS.arm).table["estimate"]
    np.testing.assert_allclose(means, ours, rtol=1e-6)


@pytest.mark.filterwarnings("ignore")
def test_the_bootstrap_of_lifelines_has_as_many_replicates_around_the_same_means() -> None:
    means = rivals.lifelines_bootstrap(ROWS)()
    ours = rmst(
        ROWS.days, ROWS.cause > 0, tau=90, arm=ROWS.arm, weights=ROWS.weight, cluster=ROWS.cluster
    ).table
    assert means.shape == (rivals.REPLICATES, 4)
    error = ours["std_error"].to_numpy() / np.sqrt(rivals.REPLICATES)
    assert (np.abs(means.mean(axis=0) - ours["estimate"]) < 4 * error).all()


@pytest.mark.filterwarnings("ignore")
def test_the_test_of_lifelines_tells_every_term() -> None:
    found = rivals.lifelines_ph_test(ROWS)().summary["test_statistic"]
    assert len(found) == COVARIATES
    assert (found >= 0).all()


def test_the_growth_is_the_power_between_both_sizes(tmp_path) -> None:
    runs = _Runs(tmp_path)
    job = JOBS[0]
    runs.done[job.name, 10_000] = Measure(seconds={"prepare": 9, "run 0": 0.2, "run 1": 0.1}, gigabytes=1)
    runs.done[job.name, 1_000_000] = Measure(seconds={"prepare": 9, "run 0": 10.0}, gigabytes=1)
    assert fastest(runs.done[job.name, 10_000]) == 0.1
    assert _growth(job, runs) == pytest.approx(1)


def test_rows_of_one_person_follow_each_other_and_end_once() -> None:
    rows = make(1_000, pieces=5)
    assert (rows.entry < rows.days).all()
    assert (rows.entry.reshape(-1, 5)[:, 1:] == rows.days.reshape(-1, 5)[:, :-1]).all()
    assert (rows.cause.reshape(-1, 5)[:, :-1] == 0).all()
    assert set(np.unique(make(1_000).cause)) == {0, 1, 2}


def test_rows_come_back_from_the_file(tmp_path) -> None:
    rows = make(100)
    save(rows, tmp_path)
    again = read(tmp_path)
    assert all(np.array_equal(value, getattr(again, name)) for name, value in vars(rows).items())


def test_the_regressions_of_survival_are_the_same_regressions() -> None:
    pytest.importorskip("survival", reason="RIVAL NOT TESTED: the extra bench is not installed")
    np.testing.assert_allclose(
        rivals.rust_cox(ROWS)().coefficients, engine_jobs.cox(ROWS)().summary["coef"], atol=1e-6
    )
    theirs, ours = rivals.rust_fine_gray(ROWS)(), engine_jobs.fine_gray(ROWS)().summary
    np.testing.assert_allclose(theirs.coefficients, ours["coef"], atol=2e-3)
    test = rivals.rust_ph_test(ROWS)().table
    mine = proportional_hazards(cox(ROWS.days, ROWS.cause == 1, ROWS.x)).table
    np.testing.assert_allclose([row["chisq"] for row in test], mine["statistic"], rtol=1e-4)


def test_the_curves_and_tests_of_greenwood_are_the_same_curves_and_tests() -> None:
    pytest.importorskip("greenwood", reason="RIVAL NOT TESTED: the extra bench is not installed")
    theirs = rivals.greenwood_incidence(ROWS)().to_frame().query("cause == 'one' and time <= 90")
    last = theirs.groupby("strata")["estimate"].last().sort_index()
    curves = aalen_johansen(ROWS.days, ROWS.cause, arm=ROWS.arm)
    np.testing.assert_allclose(
        last, curves.at(90).query("cause == 1").sort_values("arm")["estimate"], atol=1e-9
    )
    rank, grays, _ = rivals.greenwood_arms(ROWS)()
    assert rank.statistic == pytest.approx(logrank(ROWS.days, ROWS.cause > 0, ROWS.arm).statistic)
    assert grays.statistic == pytest.approx(gray(ROWS.days, ROWS.cause, ROWS.arm).statistic)
    # Weighted, its regression differs at ties from R's, lifelines' and ours.
    assert (
        np.abs(
            rivals.greenwood_cox(ROWS)().to_frame()["estimate"]
            - engine_jobs.cox(ROWS)().summary["coef"].to_numpy()
        ).max()
        < 0.05
    )
