"""Replicates: the same by one process or several, taken up where a run was stopped, kept for the user's eyes alone."""

import os
import signal
import stat
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from stepdown.errors import EstimateError
from stepdown.estimate import replicates as module
from stepdown.estimate.replicates import BootstrapRun, replicated

FORKS = pytest.mark.skipif(sys.platform != "linux", reason="processes are forked on Linux alone")


def draw(number: int) -> np.ndarray:
    return np.random.default_rng([3, number]).normal(size=2)


def slow(number: int) -> np.ndarray:
    time.sleep(0.01)
    return draw(number)


@FORKS
def test_processes_change_no_number(monkeypatch: pytest.MonkeyPatch) -> None:
    alone = replicated(draw, 2, count=30, key="k", run=BootstrapRun(processes=1))
    assert alone.tolist() == [draw(number).tolist() for number in range(30)]
    monkeypatch.setattr(module, "_WORTH_IT", 0.0)
    steps: list[str] = []
    by_three = replicated(slow, 2, count=130, key="k", run=BootstrapRun(processes=3, progress=steps.append))
    assert by_three.tolist() == [draw(number).tolist() for number in range(130)]
    assert steps == [f"Bootstrap: {done} of 130 replicates" for done in (0, 50, 100)]


@FORKS
def test_an_error_in_a_process_is_raised_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_WORTH_IT", 0.0)

    def failing(number: int) -> np.ndarray:
        if number == 7:
            raise EstimateError("Number 7.")
        return slow(number)

    with pytest.raises(EstimateError, match=r"Number 7\."):
        replicated(failing, 2, count=20, key="k", run=BootstrapRun(processes=2))


@FORKS
def test_ctrl_c_is_for_the_first_process_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_WORTH_IT", 0.0)
    here = os.getpid()

    def interrupted(number: int) -> np.ndarray:
        if os.getpid() != here:
            os.kill(os.getpid(), signal.SIGINT)
        return slow(number)

    found = replicated(interrupted, 2, count=10, key="k", run=BootstrapRun(processes=2))
    assert found.tolist() == [draw(number).tolist() for number in range(10)]


@FORKS
def test_what_an_ended_process_leaves_is_made_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_WORTH_IT", 0.0)
    here = os.getpid()

    def ending(number: int) -> np.ndarray:
        if number == 5 and os.getpid() != here:
            os._exit(9)
        return slow(number)

    found = replicated(ending, 2, count=20, key="k", run=BootstrapRun(processes=2))
    assert found.tolist() == [draw(number).tolist() for number in range(20)]


def test_a_stopped_run_is_taken_up(tmp_path: Path) -> None:
    made: list[int] = []

    def until_120(number: int) -> np.ndarray:
        if number == 120:
            raise KeyboardInterrupt
        made.append(number)
        return draw(number)

    run = BootstrapRun(folder=tmp_path / "cache", processes=1)
    with pytest.raises(KeyboardInterrupt):
        replicated(until_120, 2, count=130, key="k", run=run)
    (file,) = (tmp_path / "cache").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    made.clear()
    steps: list[str] = []

    def counted(number: int) -> np.ndarray:
        made.append(number)
        return draw(number)

    again = BootstrapRun(folder=tmp_path / "cache", processes=1, progress=steps.append)
    # Another comparison has a key of its own.
    replicated(draw, 2, count=3, key="other", run=again)
    found = replicated(counted, 2, count=130, key="k", run=again)
    assert made == list(range(100, 130))
    assert found.tolist() == [draw(number).tolist() for number in range(130)]
    assert steps == ["Bootstrap: 0 of 3 replicates", "Bootstrap: 100 of 130 replicates"]
    assert not (tmp_path / "cache").exists()


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 not a zip", b"\x80\x04."])
def test_a_damaged_file_is_made_anew(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "k.npz").write_bytes(content)
    found = replicated(draw, 2, count=4, key="k", run=BootstrapRun(folder=tmp_path))
    assert found.tolist() == [draw(number).tolist() for number in range(4)]


def test_a_disk_that_is_full_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    found = replicated(draw, 2, count=60, key="k", run=BootstrapRun(folder=tmp_path / "file", processes=1))
    assert np.isfinite(found).all()


def test_nothing_is_kept_of_a_comparison_that_is_withheld(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    cache.mkdir()
    (cache / "k.npz").write_bytes(b"of an earlier run")
    (cache / "other.npz").write_bytes(b"of another comparison")
    found = object()
    asked: list[object] = []

    def never(one: object) -> bool:
        asked.append(one)
        return False

    run = BootstrapRun(folder=cache, processes=1, may_keep=never).of(found, "k")  # type: ignore[arg-type]
    assert (run.folder, asked) == (None, [found])
    assert [file.name for file in cache.iterdir()] == ["other.npz"]
    replicated(draw, 2, count=60, key="k", run=run)
    assert [file.name for file in cache.iterdir()] == ["other.npz"]
    kept = BootstrapRun(folder=cache, may_keep=lambda one: True)
    assert kept.of(found, "k") is kept  # type: ignore[arg-type]
