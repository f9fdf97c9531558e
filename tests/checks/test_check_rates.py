"""Type I error and power of gates and checks, in quick form; the long form is tools/validation/check_rates.py."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from stepdown.synthetic import generate
from tools.validation import check_rates
from tools.validation.check_page import _with_error, common_visit_table, fault_table, recovery_table
from tools.validation.check_rates import (
    COUNTS,
    CheckCell,
    CheckedCohort,
    add_draws,
    checked_cohort,
    read_counts,
)
from tools.validation.gate_recovery import CLONES, KEPT, rows_of
from tools.validation.planted_faults import FAULTS, UNKNOWN, facts_of, planted
from tools.validation.recovered_sums import recovered

LANDMARK = "landmark_14"


def test_counts_of_draws_go_on_where_they_were(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def drawn(cell: CheckCell, *, seed: int) -> CheckedCohort:
        balance = ("warning", "withheld", "passed")[seed % 3]
        found = [("a", "balance", balance)]
        # Not every cohort allows every check.
        found += [("a", "loss", "failed")] if seed % 2 else []
        return CheckedCohort(verdicts=tuple(found), differences=())

    monkeypatch.setattr(check_rates, "checked_cohort", drawn)
    counts, cell = tmp_path / "counts.csv", CheckCell(world="clean", size=400, sites=1)
    add_draws(cell, 4, counts=counts, sums=tmp_path)
    add_draws(CheckCell(world="mnar", size=400, sites=1), 2, counts=counts, sums=tmp_path)
    add_draws(cell, 6, counts=counts, sums=tmp_path)
    table = read_counts(counts)
    mine = table[table["world"] == "clean"].set_index("check")
    assert mine["draws"].tolist() == [6, 6]
    # Seeds 0 to 5: warning, withheld, passed, twice; loss in those of 1, 3 and 5.
    assert mine.loc["balance", ["made", "warning", "failed", "withheld"]].tolist() == [6, 2, 0, 2]
    assert mine.loc["loss", ["made", "warning", "failed", "withheld"]].tolist() == [3, 0, 3, 0]


def test_a_draw_belongs_to_what_its_gates_say() -> None:
    def chosen(*statuses: str) -> list[str]:
        found = rows_of("a", {"estimate": -0.1}, statuses)
        return [str(row["method"]) for row in found if row["estimate"] == -0.1]

    assert chosen("passed") == ["a/all", "a/shown", "a/passed"]
    assert chosen("passed", "warning") == ["a/all", "a/shown", "a/warned"]
    assert chosen("warning", "withheld") == ["a/all", "a/withheld"]


def test_planted_faults_leave_what_they_name() -> None:
    frames = generate(400, seed=3, world="clean", sites=1)
    events = facts_of(planted(frames, "events", seed=1))
    assert int(events.relapsed.sum()) == 8
    assert int(facts_of(planted(frames, "effective_size", seed=1)).early.sum()) == 45
    never = facts_of(planted(frames, "positivity", seed=1))
    active = (never.discharges["home_environment"] == "active_use").to_numpy(dtype=bool)
    assert active.any()
    assert not (active & never.early).any()
    unknown = planted(frames, UNKNOWN, seed=1)["followup"]
    assert 0.4 < (unknown["reason"] == "lost").mean() < 0.8
    assert planted(frames, "", seed=1) is frames


def test_a_drawn_cohort_is_judged_as_a_report_judges_it() -> None:
    found = checked_cohort(CheckCell(world="detection", size=300, sites=1), seed=0)
    verdicts = {(key, check): verdict for key, check, verdict in found.verdicts}
    assert verdicts[LANDMARK, "testing"] == "warning"
    assert {key for key, _ in verdicts} == {"clone_censor_weight", LANDMARK}
    assert {row["method"] for row in found.differences} > {f"{CLONES}/all", "landmark/everyone/shown"}


def rates(world: str, size: int, check: str, *, fault: str = "") -> pd.Series:
    """Return the share of draws that do not pass, by comparison."""
    table = read_counts(COUNTS)
    mine = table[
        (table["world"] == world) & (table["size"] == size) & (table["check"] == check)
        & (table["fault"] == fault)
    ].set_index("comparison")  # fmt: skip
    return (mine["warning"] + mine["failed"] + mine["withheld"]) / mine["made"]


def test_checks_find_what_their_world_hides_and_are_silent_elsewhere() -> None:
    for size in (2000, 400):
        assert (rates("detection", size, "testing") > 0.9).all()
        for world in ("clean", "mnar", "unmeasured"):
            assert (rates(world, size, "testing") < 0.1).all()
        assert (rates("mnar", size, "loss") > 0.9).all()
    assert (rates("clean", 2000, "influence") < 0.2).all()
    assert (rates("detection", 2000, "common_visits") > 0.4).all()
    for size in (2000, 1000, 400):
        assert (rates("even", size, "common_visits") < 0.1).all()
    # It takes many people to see what extra tests find: docs/trust.md states how many.
    assert (rates("detection", 400, "common_visits") == 0).all()
    assert (rates("detection", 1000, "common_visits") < 0.2).all()
    assert (rates("detection", 5000, "common_visits") > 0.95).all()
    table = read_counts(COUNTS)
    closed = table[(table["check"] == "any gate") & (table["size"] == 2000) & (table["world"] == "clean")]
    closed = closed[closed["fault"] == ""]
    assert (closed["withheld"] <= 0.1 * closed["made"]).all()


def test_every_rate_has_its_error() -> None:
    # 61 of 100 draws: sqrt(62 / 102 * 40 / 102 / 102).
    assert "| 2,000 | " in common_visit_table()
    assert _with_error(0.61, 100) == "61 (4.8)"
    assert _with_error(0.0, 100) == "0"
    assert re.search(r"\| 0 \+ 100 \(\d\.\d\) \|", fault_table())
    # None of 100 leaves up to 3%, none of 20 up to 14%: 0.97^100 and 0.86^20 are 0.05.
    assert [round(100 * (1 - 0.05 ** (1 / draws))) for draws in (100, 20)] == [3, 14]


def test_enough_draws_of_each_cell() -> None:
    table = read_counts(COUNTS)
    assert table.loc[table["fault"] != "", "draws"].min() >= 20
    assert table.loc[table["world"] == "phone", "draws"].min() >= 40
    found = recovered(KEPT)
    found = found[found["selected"] == "all"]
    assert found.loc[found["world"] == "phone", "draws"].min() >= 40
    assert found.loc[found["world"] != "phone", "draws"].min() >= 60


@pytest.mark.parametrize("fault", [*FAULTS, UNKNOWN])
def test_a_planted_fault_is_found(fault: str) -> None:
    found = rates("clean", 2000, fault, fault=fault)
    assert len(found)
    assert found.max() >= 0.5


def test_gates_do_not_make_the_interval_worse() -> None:
    found = recovered(KEPT).set_index(["world", "effect", "n", "sites", "method", "selected"])
    whole, shown = (found.xs(name, level="selected") for name in ("all", "shown"))
    enough = shown[(shown["intervals"] >= 10) & (shown.index.get_level_values("world") != "unmeasured")]
    assert len(enough) >= 6
    # Coverage is no lower than that of all draws, and the bias no larger, by more than three of its errors.
    every = whole.loc[enough.index, "coverage"]
    error = np.sqrt(0.95 * 0.05 / enough["intervals"])
    assert (enough["coverage"] >= np.minimum(every, 0.95) - 3 * error).all()
    moved = (enough["bias"] - whole.loc[enough.index, "bias"]).abs()
    assert (moved <= 3 * enough["bias_error"]).all()
    assert "| unmeasured |" in recovery_table()
