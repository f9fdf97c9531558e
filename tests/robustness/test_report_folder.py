"""Whatever stops a run, and wherever: the folder holds the old report or the new one, never a mix."""

import contextlib
import errno
import hashlib
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from typer.testing import CliRunner

from stepdown.cli import app
from stepdown.errors import ReportError
from stepdown.report import report_folder
from stepdown.report.report_folder import verify_folder, write_folder

pytestmark = pytest.mark.slow

# All that changes a disk, and how often each is called in a run is not known here.
CHANGES = (
    (os, "replace"), (os, "fsync"), (os, "open"), (Path, "open"), (Path, "mkdir"), (Path, "chmod"),
    (Path, "unlink"), (tempfile, "mkdtemp"), (shutil, "rmtree"), (report_folder, "_exchanged"),
)  # fmt: skip


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody cuts the power here: what the kernel holds is what a reader sees."""
    monkeypatch.setattr(os, "fsync", lambda handle: None)


def report(word: str) -> dict[str, bytes]:
    files = {
        "report.html": f"the page of {word}".encode(),
        "results.csv": f"numbers of {word}".encode(),
        "figures/speed_1.svg": f"a figure of {word}".encode(),
    }
    outputs = {name: hashlib.sha256(held).hexdigest() for name, held in files.items()}
    return {**files, "manifest.json": json.dumps({"outputs": outputs}).encode()}


def write(target: Path, word: str) -> None:
    def make(work: Path) -> Mapping[str, bytes]:
        (work / "kernel").mkdir()
        return report(word)

    write_folder(target, make)


def held(target: Path) -> str:
    """Return whose report a folder holds: "" for none; a mix fails."""
    if not target.exists():
        return ""
    verify_folder(target)
    word = (target / "report.html").read_text().removeprefix("the page of ")
    assert (target / "results.csv").read_text() == f"numbers of {word}"
    assert (target / "figures" / "speed_1.svg").read_text() == f"a figure of {word}"
    return word


@contextlib.contextmanager
def stopped(at: int, stop: Callable[[], None], *, exchange: bool) -> Iterator[list[str]]:
    """Stop before the change of that number; count the changes."""
    done: list[str] = []

    def stopping(name: str, change: Callable[..., object]) -> Callable[..., object]:
        def call(*given: object, **more: object) -> object:
            done.append(name)
            if len(done) == at + 1:
                stop()
            return False if name == "_exchanged" and not exchange else change(*given, **more)

        return call

    with pytest.MonkeyPatch.context() as patch:
        for place, name in CHANGES:
            patch.setattr(place, name, stopping(name, getattr(place, name)))
        yield done


def full() -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def locked() -> None:
    raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))


def failing() -> None:
    raise OSError(errno.EIO, os.strerror(errno.EIO))


def out_of_memory() -> None:
    raise MemoryError


def interrupted() -> None:
    raise KeyboardInterrupt


def killed() -> None:
    os._exit(9)


STOPS = (full, locked, failing, out_of_memory, interrupted, killed)


def run_until(target: Path, at: int, stop: Callable[[], None], *, exchange: bool) -> bool:
    """Run until that change; return whether it was reached."""
    if stop is killed:
        child = os.fork()
        if not child:
            with stopped(at, stop, exchange=exchange):
                write(target, "new")
            os._exit(0)
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9
    with stopped(at, stop, exchange=exchange) as done:
        with contextlib.suppress(ReportError, OSError, KeyboardInterrupt, MemoryError):
            write(target, "new")
        return len(done) > at


def stops_survived(stop: Callable[[], None], old: str, exchange: bool, folder: Path) -> int:
    """Stop a run at every change that it makes, one a run; return how many there were, none of which left a mix."""
    seen = set()
    for at in range(60):
        target = folder / str(at) / "out"
        target.parent.mkdir()
        if old:
            write(target, old)
        if not run_until(target, at, stop, exchange=exchange):
            break
        if not target.exists() and old:
            # Stopped while the old report was set aside: the next run puts it back, even one that fails.
            with pytest.raises(ReportError):
                write_folder(target, fail)
        found = held(target)
        assert found in ((old,) if old else ("",)) + ("new",), at
        seen.add(found)
        write(target, "next")
        assert held(target) == "next"
        assert [path.name for path in target.parent.iterdir()] == ["out"], at
    assert seen == {old, "new"}
    return at


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
@pytest.mark.parametrize("exchange", [True, False], ids=["exchanged", "set aside"])
@pytest.mark.parametrize("old", ["", "old"], ids=["no report", "an old report"])
@pytest.mark.parametrize("stop", STOPS, ids=lambda stop: stop.__name__)
def test_a_stop_at_any_change_leaves_one_whole_report(
    stop: Callable[[], None], old: str, exchange: bool, tmp_path: Path
) -> None:
    if stop is killed and not hasattr(os, "fork"):
        pytest.skip("this system cannot fork")
    assert stops_survived(stop, old, exchange, tmp_path) > 15


def fail(work: Path) -> Mapping[str, bytes]:
    raise ReportError("The notebook failed.", kind="notebook")


def test_a_failed_run_leaves_the_old_report_and_nothing_else(tmp_path: Path) -> None:
    write(tmp_path / "out", "old")
    with pytest.raises(ReportError, match="The notebook failed"):
        write_folder(tmp_path / "out", fail)
    assert held(tmp_path / "out") == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_first_run_that_fails_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(ReportError, match="The notebook failed"):
        write_folder(tmp_path / "reports" / "2026" / "Q3", fail)
    assert list(tmp_path.iterdir()) == []


def test_two_folders_are_exchanged_in_one_step_where_the_system_can(tmp_path: Path) -> None:
    if not sys.platform.startswith("linux"):
        pytest.skip("this system exchanges no folders")
    write(tmp_path / "out", "old")
    with stopped(99, full, exchange=True) as done:
        write(tmp_path / "out", "new")
    assert "replace" not in done
    assert held(tmp_path / "out") == "new"


@pytest.mark.parametrize(
    ("there", "said"),
    [
        (
            ["notes.txt"],
            "out holds what is not of a report: notes.txt. Name another folder, or an empty one.",
        ),
        (
            [f"{number}.txt" for number in range(7)],
            "out holds what is not of a report: 0.txt, 1.txt, 2.txt, 3.txt, 4.txt and 2 more. Name another "
            "folder, or an empty one.",
        ),
    ],
)
def test_a_folder_with_other_files_is_refused_before_anything_is_made(
    there: list[str], said: str, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    for name in there:
        (out / name).write_text("mine")
    with pytest.raises(ReportError) as caught:
        write_folder(out, lambda work: pytest.fail("made"))
    assert str(caught.value) == said
    assert sorted(path.name for path in out.iterdir()) == there


def test_what_a_file_manager_left_is_no_reason(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / ".DS_Store").write_text("")
    write(tmp_path / "out", "new")
    assert held(tmp_path / "out") == "new"


def test_the_folder_one_is_in_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ReportError, match="cannot take the place of the folder you are in"):
        write(Path(), "new")


def test_a_second_run_into_the_same_folder_is_refused_at_once(tmp_path: Path) -> None:
    said = []

    def make(work: Path) -> Mapping[str, bytes]:
        with pytest.raises(ReportError) as caught:
            write(tmp_path / "out", "second")
        said.append(str(caught.value))
        return report("first")

    write_folder(tmp_path / "out", make)
    assert said == ["Another run writes out now. Wait for it to end, or name another folder."]
    assert held(tmp_path / "out") == "first"


def test_a_link_to_a_folder_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "out").symlink_to(tmp_path / "disk")
    write(tmp_path / "out", "new")
    assert (tmp_path / "out").is_symlink()
    assert held(tmp_path / "disk") == "new"


def test_verify_tells_what_differs_from_the_manifest(tmp_path: Path) -> None:
    def verified() -> str:
        done = CliRunner().invoke(app, ["verify", str(tmp_path / "out")])
        return done.stdout.strip() if done.exit_code == 0 else str(done.exception)

    write(tmp_path / "out", "one")
    assert verified() == "out is whole: 4 files, as the manifest lists them."
    (tmp_path / "out" / "results.csv").write_text("better numbers")
    (tmp_path / "out" / "figures" / "mine.svg").write_text("mine")
    (tmp_path / "out" / "more").mkdir()
    (tmp_path / "out" / "notes.txt").write_text("mine")
    (tmp_path / "out" / "report.html").unlink()
    assert verified() == (
        "out is not the report that was written: missing: report.html; changed since the run: results.csv; not "
        "of this report: figures/mine.svg, more/, notes.txt. Run the study again into an empty folder."
    )
    (tmp_path / "out" / "manifest.json").write_text("{")
    assert verified() == "manifest.json of out cannot be read. Run the study again."
    (tmp_path / "out" / "manifest.json").unlink()
    assert verified() == "out is not a whole report: it has no manifest.json. Run the study again."


def test_a_folder_of_figures_that_holds_other_files_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "out", "one")
    (tmp_path / "out" / "figures" / "notes.docx").write_text("mine")
    (tmp_path / "out" / "figures" / "more").mkdir()
    with pytest.raises(ReportError) as caught:
        write(tmp_path / "out", "two")
    assert str(caught.value) == (
        "out holds what is not of a report: figures/more, figures/notes.docx. Name another folder, or an empty one."
    )
    assert (tmp_path / "out" / "report.html").read_text() == "the page of one"
