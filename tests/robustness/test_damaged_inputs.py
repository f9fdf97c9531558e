"""Damaged files are refused in words or loaded whole: no traceback, no hang, no id in a message, no silent loss."""

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from robustness import outcomes
from robustness.damage import CANARY, project
from robustness.outcomes import fuzz
from stepdown.errors import Problem
from stepdown.schema import Cohort
from stepdown.sources import CheckedCohort
from support_size import quick_or_long

pytestmark = pytest.mark.slow

FRAMES = ("discharges", "services", "observations", "followup")


def test_a_damaged_project_is_refused_in_words_or_loaded_without_a_loss(tmp_path: Path) -> None:
    ends, faults = fuzz(tmp_path, range(quick_or_long(20, 500)), whole=False)
    assert faults == []
    # Both ends are seen, or the damage would be too gentle or too coarse to show anything.
    assert min(ends["refused"], ends["loaded"]) >= 2


def test_the_search_sees_what_it_looks_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    right = outcomes.load

    def kinds(name: str, stand_in: Callable[[Path], object]) -> set[str]:
        monkeypatch.setattr(outcomes, name, stand_in)
        _, faults = outcomes.fuzz(
            tmp_path / name / str(len(list(tmp_path.rglob("*")))), range(3), whole=False
        )
        return {fault.what for fault in faults}

    def shown(path: Path) -> CheckedCohort:
        return CheckedCohort(problems=(Problem(table="services", what=f"shows {CANARY}7", remedy="None."),))

    def fails(path: Path) -> CheckedCohort:
        raise KeyError(path.name)

    def hangs(path: Path) -> CheckedCohort:
        time.sleep(20)
        raise AssertionError

    def one_row_gone(path: Path) -> Cohort:
        cohort = right(tmp_path / "clean" / "cohort.toml")
        return replace(cohort, **{name: getattr(cohort, name).iloc[:-1] for name in FRAMES})

    assert kinds("checked_study", shown) == {outcomes.CANARY_SHOWN}
    assert kinds("checked_study", fails) == {outcomes.TRACEBACK}
    monkeypatch.setattr(outcomes, "SECONDS", 1)
    assert kinds("checked_study", hangs) == {outcomes.HUNG}
    monkeypatch.setattr(outcomes, "SECONDS", 30)
    project(tmp_path / "clean")
    monkeypatch.setattr(outcomes, "checked_study", lambda path: CheckedCohort(problems=()))
    assert kinds("load", one_row_gone) == {outcomes.SILENT}
