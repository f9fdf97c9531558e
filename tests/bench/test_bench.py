"""The bench runs, on a small cohort, and states what it measured."""

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tools.bench import Measure, analyses, bench, comparisons, guesses, measure, report_bench, reports
from tools.bench.comparison_bench import COMPARISONS

pytestmark = pytest.mark.slow


def nothing(folder: Path, done: Callable[[str], None]) -> None:
    done("nothing")


def test_the_quick_bench_gives_a_row_of_numbers() -> None:
    said: list[str] = []
    lines = bench(quick=True, show_step=said.append)
    cells = [cell.strip() for cell in lines[-1].strip("|").split("|")]
    assert cells[:2] == ["2,000", "20,000"]
    assert all(re.fullmatch(r"\d+\.\d", cell) for cell in cells[2:6])
    assert float(cells[5]) > 0.05
    assert len(said) == 2


def test_a_whole_analysis_is_timed() -> None:
    said: list[str] = []
    lines = analyses(quick=True, show_step=said.append)
    cells = [cell.strip() for cell in lines[-1].strip("|").split("|")]
    assert cells[:2] == ["2,000", "20,000"]
    assert cells[4] == "under 0.8 s"
    assert float(cells[2]) > float(cells[3]) >= 0
    assert float(cells[5]) > 0.05
    assert said == ["Analyzing 2,000 discharges"]


def test_a_whole_report_is_timed(monkeypatch: pytest.MonkeyPatch) -> None:
    done = {"import": 1.0, "report": 23.46, "again": 2.04}
    monkeypatch.setattr(report_bench, "measure", lambda job, folder: Measure(seconds=done, gigabytes=0.55))
    said: list[str] = []
    lines = reports(sizes=((0, 0),), show_step=said.append)
    assert lines[2:] == ["| 2,000 | 18,464 | 23.5 | under 25 s | 0.6 | 2.0 | under 5 s |"]
    assert said == ["Making a report of 2,000 discharges"]


def test_starting_a_project_is_timed() -> None:
    lines = guesses(quick=True, show_step=lambda _: None)
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:4]]
    assert [row[:3] for row in rows] == [["log.csv", "1,000", "30"], ["log.xlsx", "1,000", "10"]]
    assert all(float(row[3]) >= 0 and row[4] == "under 20 s" for row in rows)
    assert re.fullmatch(
        r"The identifier check of 1,000 columns took \d\.\d\d s; the target is under 0\.5 s\.", lines[-1]
    )


def test_a_comparison_is_timed() -> None:
    said: list[str] = []
    lines = comparisons(COMPARISONS[:1], quick=True, show_step=said.append)
    cells = [cell.strip() for cell in lines[2].strip("|").split("|")]
    assert cells[:2] == ["clone-censor-weight, weighted", "1,000"]
    assert float(cells[2]) >= 0
    assert float(cells[4]) > 0.05
    assert said[0] == "Comparing 1,000 discharges: clone-censor-weight, weighted"
    assert "clone-censor-weight" in lines[-1]


def test_the_memory_of_a_job_is_its_own(tmp_path: Path) -> None:
    held = np.ones(100_000_000)  # 0.8 GB in the process that starts the job
    found = measure(nothing, tmp_path)
    assert held[0] == 1
    assert found.gigabytes < 0.7
