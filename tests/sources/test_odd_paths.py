"""Paths that are no files, files without an end, and settings that no reader can follow: each a plain error."""

import gzip
import os
import sys
from pathlib import Path

import pytest

from stepdown.cli import entry_point
from stepdown.errors import ConfigError, StudyError
from stepdown.sources import check_cohort
from stepdown.sources.init.new_project import create_project
from stepdown.study import Study
from support_sources import DISCHARGES, HEAD, said, write


def fifo(folder: Path, name: str) -> Path:
    if not hasattr(os, "mkfifo"):
        pytest.skip("this system has no pipes with names")
    os.mkfifo(folder / name)
    return folder / name


def refused(path: Path) -> str:
    with pytest.raises(StudyError) as caught:
        Study.read(path)
    (problem,) = caught.value.problems
    return str(problem)


def test_a_study_that_is_no_file(tmp_path: Path) -> None:
    pipe = "is a device or a pipe, and not a file. Give the path of a file."
    assert refused(fifo(tmp_path, "study.toml")) == f"study.toml {pipe}"
    assert refused(Path(os.devnull)) == f"{Path(os.devnull).name} {pipe}"
    assert refused(tmp_path) == f"{tmp_path.name} is a folder. Give the path of a file in it."
    assert refused(tmp_path / "none.toml") == "none.toml does not exist. Check the path."
    # Longer than any file's name, and cut where it is named.
    assert (
        refused(tmp_path / ("a" * 300))
        == f"{'a' * 200}... cannot be opened. Check the path, its length and its permissions."
    )


def test_settings_that_no_reader_can_follow(tmp_path: Path) -> None:
    path = tmp_path / "study.toml"
    path.write_text(f"a = {'[' * 5000}{']' * 5000}")
    assert refused(path) == "study.toml has too many brackets within brackets. Correct the brackets."
    many = "study.toml holds a number of more than 18 digits. Correct that number."
    for number in ("9" * 5_000, "0x" + "f" * 5_000, "[{ a = -1000000000000000000 }]"):
        path.write_text(f"seed = {number}")
        assert refused(path) == many
    # Without a limit this key alone would take a minute.
    path.write_text("title = 'T'\nx" + ".x" * 50_000 + " = 1")
    assert refused(path) == "study.toml has more than 500 dots (line 2). Correct that line."
    path.write_bytes(b"#" * 1_000_001)
    assert refused(path) == "study.toml is too large for a file of settings. Check that it is the right file."
    path.write_text("\ufeffformat = 1\ntitle = 'T'\ncohort = 'cohort.toml'\nseed = 1\n", encoding="utf-8")
    assert Study.read(path).title == "T"


def test_data_that_are_no_file_or_have_no_end(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        create_project(fifo(tmp_path, "mine.csv"), tmp_path / "project")
    assert said(caught.value.problems) == [
        "mine.csv is a device or a pipe, and not a file. Give the path of a file."
    ]
    path = write(tmp_path, HEAD + DISCHARGES.replace("discharges.csv", "bomb.csv.gz"), discharges="id in out")
    with gzip.open(tmp_path / "bomb.csv.gz", "wb") as file:
        for _ in range(160):
            file.write(b"0" * 1_000_000)
    assert said(check_cohort(path)) == [
        "bomb.csv.gz unpacks to more than 100 times its size. Export the table again, unpacked."
    ]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no full device")
def test_a_full_disk_is_not_a_fault_of_stepdown(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full() -> None:
        with Path("/dev/full").open("w") as place:
            place.write("answer")

    monkeypatch.delenv("STEPDOWN_DEBUG", raising=False)
    monkeypatch.setattr(entry_point, "app", full)
    monkeypatch.setattr(sys, "argv", ["stepdown"])
    with pytest.raises(SystemExit):
        entry_point.main()
    assert capsys.readouterr().err == (
        "The output could not be written: the disk is full, or what reads the output has ended.\n"
    )
