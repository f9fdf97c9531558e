"""Designs recover their own truth in a synthetic world; the long form is tools/validation/design_recovery.py."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from stepdown.sources import bundled
from stepdown.synthetic.known_truth import read_truth
from tools.validation import design_recovery
from tools.validation.design_recovery import (
    AGAIN_FROM,
    CELLS,
    TRUTHS,
    WORKING,
    Cell,
    add_draws,
    one_draw,
    repeat_missed,
    summary,
    true_difference,
)
from tools.validation.design_truths import design_truths, landmark_effects
from tools.validation.draw_sums import add_sums, read_sums, summary_of
from tools.validation.drawn_cohorts import drawn_cohort
from tools.validation.proof_rule import TOO_FEW, missed

SMALL = Cell(world="clean", effect="standard", n=300, sites=20)


@pytest.mark.slow
def test_a_run_goes_on_where_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(design_recovery, "KEPT", tmp_path / "two")
    monkeypatch.setattr(design_recovery, "CELLS", (SMALL,))
    add_draws(SMALL, 1)
    add_draws(SMALL, 2)
    in_two = summary()
    monkeypatch.setattr(design_recovery, "KEPT", tmp_path / "one")
    add_draws(SMALL, 2)
    pd.testing.assert_frame_equal(in_two, summary())
    table = in_two.set_index("method")
    # Sequential trials are made of every second draw.
    assert table.loc["sequential_trials/as_started", "draws"] == 1
    assert table.loc["clone_censor_weight/as_observed", "draws"] == 2
    assert table.loc["naive", "bias"] < -0.1
    assert table.loc["matched", "truth"] < 0


def test_sums_of_draws_by_hand(tmp_path: Path) -> None:
    path = tmp_path / "cell.csv"
    rows = pd.DataFrame({
        "method": "a", "truth": [-0.1, -0.1, np.nan], "estimate": [-0.2, -0.1, np.nan],
        "std_error": [0.04, 0.06, np.nan], "conf_low": [-0.28, -0.22, np.nan],
        "conf_high": [-0.12, 0.02, np.nan], "size": [90.0, 110.0, np.nan],
    })  # fmt: skip
    add_sums(path, 3, rows)
    # The next draw withholds its interval.
    one = {"method": ["a"], "truth": [-0.1], "estimate": [0.0], "std_error": [0.05], "size": [60.0]}
    add_sums(path, 4, pd.DataFrame(one | {"conf_low": [np.nan], "conf_high": [np.nan]}))
    seeds, sums = read_sums(path)
    found = summary_of(sums).loc["a"]
    assert (seeds, found["draws"], found["intervals"]) == (4, 4, 2)
    # Off by -0.1, 0 and 0.1.
    assert found["bias"] == pytest.approx(0, abs=1e-12)
    assert found["spread"] == pytest.approx(0.1)
    assert found["bias_error"] == pytest.approx(0.1 / 3**0.5)
    assert found["rmse"] == pytest.approx((0.02 / 3) ** 0.5)
    assert found[["coverage", "power", "std_error"]].tolist() == pytest.approx([0.5, 0.5, 0.05])
    assert found["width"] == pytest.approx((0.16 + 0.24) / 2)
    assert found[["size", "large"]].tolist() == pytest.approx([260 / 3, 1 / 3])


def test_what_a_row_misses() -> None:
    def misses(asked: int = 1000, **changed: float) -> str:
        row = {"bias": 0.004, "bias_error": 0.001, "spread": 0.03, "size": 150.0, "coverage": 0.92}
        return missed(pd.Series({"draws": 1000} | row | changed), asked=asked)

    # 4 errors, and more than a tenth of the spread.
    assert misses() == "bias, coverage"
    assert misses(spread=0.05) == "coverage"
    assert misses(bias_error=0.002, coverage=0.97) == ""
    # Fewer than 100 effective people: coverage is reported, not judged.
    assert misses(size=99.0, bias=0.0) == ""
    assert misses(1001) == TOO_FEW


@pytest.mark.slow
def test_what_missed_is_drawn_once_more_from_fresh_seeds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("KEPT", "KEPT_AGAIN"):
        monkeypatch.setattr(design_recovery, name, tmp_path / name)
    monkeypatch.setattr(design_recovery, "ASKED", 2)
    rows = pd.DataFrame({
        "method": ["matched", "matched", "matched/alone", "matched/alone"], "truth": 0.0,
        "estimate": [0.01, -0.01, 0.50, 0.51], "std_error": 0.1, "conf_low": -0.1, "conf_high": 0.2, "size": 50.0,
    })  # fmt: skip
    add_sums(design_recovery.path_of(SMALL), 2, rows)
    repeat_missed(SMALL, WORKING)
    seeds, sums = read_sums(tmp_path / "KEPT_AGAIN" / f"{SMALL.name}.csv")
    assert (seeds, list(sums.index)) == (2, ["matched/alone"])
    first = one_draw(SMALL, AGAIN_FROM, only={"matched"})
    second = one_draw(SMALL, AGAIN_FROM + 1, only={"matched"})
    mean = sum(float(row["estimate"]) for row in first + second if row["method"] == "matched/alone") / 2
    truth = sums.loc["matched/alone", "truth"] / 2
    assert sums.loc["matched/alone", "off"] / 2 == pytest.approx(mean - truth)


@pytest.mark.slow
def test_without_an_effect_every_truth_is_0() -> None:
    table = design_truths("feedback", "none", 20, points=16, batches=2)
    assert table["truth"].abs().max() < 1e-12
    cell = Cell(world="feedback", effect="none", n=400, sites=20)
    assert true_difference(cell, "landmark/treated", pd.read_csv(TRUTHS)) == 0
    given = drawn_cohort("feedback", "none", 60, 20, seed=1)
    effects = landmark_effects("feedback", "none", given.uniforms, 20, level=np.arange(60) % 3)
    assert np.abs(effects).max() < 1e-12


@pytest.mark.slow
def test_effects_of_clients_average_to_that_of_the_landmark() -> None:
    given = drawn_cohort("clean", "standard", 1500, 20, seed=1)
    effects, truths = landmark_effects("clean", "standard", given.uniforms, 20), pd.read_csv(TRUTHS)
    cell = CELLS[0]
    assert effects.mean() == pytest.approx(true_difference(cell, "landmark/everyone", truths), abs=0.003)
    started = np.isfinite(given.start) & (given.start <= 14) & (given.days > 14)
    treated = true_difference(cell, "landmark/treated", truths)
    assert effects[started].mean() == pytest.approx(treated, abs=0.003)


@pytest.mark.slow
def test_truths_agree_with_those_of_the_bundled_cohort() -> None:
    found = design_truths("clean", "standard", 20, points=128, batches=2).set_index("design")["truth"]
    _, values = read_truth(bundled("synthetic") / "programs" / "truth.json")
    risks = values[(values["cause"] == "relapse") & (values["time"] == 90)]

    def known(population: str, strategy: str, law: str = "") -> float:
        mine = risks[(risks["population"] == population) & (risks["strategy"] == strategy)]
        return float(mine.loc[mine["start_law"] == law, "value"].iloc[0])

    for law in ("as_observed", "uniform", "natural"):
        true = known("discharge", "early", law) - known("discharge", "none")
        assert found[f"clone_censor_weight/{law}"] == pytest.approx(true, abs=0.0015)
    true = known("landmark_14_standardized", "early") - known("landmark_14_standardized", "none")
    assert found["landmark/everyone"] == pytest.approx(true, abs=0.003)
    assert found["landmark/treated"] > found["landmark/everyone"]
    assert found["sequential_trials/per_protocol"] < found["sequential_trials/as_started"]


def test_the_kept_truths_have_small_errors() -> None:
    table = pd.read_csv(TRUTHS)
    assert set(zip(table["world"], table["sites"], strict=True)) >= {("clean", 1), ("clean", 20)}
    assert table.groupby(["world", "sites"])["design"].nunique().min() == 8
    assert table["error"].max() < 1e-4


def test_each_method_has_the_truth_of_its_own_estimand() -> None:
    truths, cell = pd.read_csv(TRUTHS), CELLS[0]
    assert (cell.world, cell.effect) == ("clean", "standard")
    of = {
        name: true_difference(cell, name, truths)
        for name in (
            "clone_censor_weight/as_observed", "clone_censor_weight/as_observed/weighted", "naive",
            "clone_censor_weight/uniform", "landmark/treated", "landmark/overlap/weighting", "landmark/unadjusted",
        )
    }  # fmt: skip
    assert (
        of["clone_censor_weight/as_observed"] == of["clone_censor_weight/as_observed/weighted"] == of["naive"]
    )
    assert of["clone_censor_weight/as_observed"] < of["clone_censor_weight/uniform"]
    assert of["landmark/unadjusted"] < of["landmark/overlap/weighting"] < of["landmark/treated"] < -0.04
    assert np.isnan(true_difference(cell, "time_varying", truths))


def test_cohorts_keep_the_day_order() -> None:
    given = drawn_cohort("clean", "standard", 3000, 20, seed=5)
    on_event = (given.event > 0) & (given.start == given.days)
    assert not on_event.any()
    started = np.isfinite(given.start)
    assert (given.start[started] <= given.days[started]).all()
    assert "appointment" not in given.covariates
    assert "site" not in drawn_cohort("clean", "none", 30, 1, seed=5).covariates


@pytest.mark.slow
def test_worlds_of_files_go_through_a_study() -> None:
    rows = one_draw(Cell(world="mnar", effect="none", n=400, sites=20), 1)
    assert [row["method"] for row in rows] == [
        "clone_censor_weight/as_observed", "clone_censor_weight/as_observed/weighted",
    ]  # fmt: skip
    assert all(abs(float(row["estimate"])) < 0.3 for row in rows)
