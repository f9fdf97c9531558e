"""What a terminal cannot show, or would obey, is shown as an escape."""

import subprocess
import sys
from pathlib import Path

import pytest

from stepdown.cli.terminal import inert


def test_characters_that_steer_a_terminal_are_shown() -> None:
    assert inert("a\x1b[31mb\r\x9bc\u202ed\x7f") == r"a\x1b[31mb\r\x9bc\u202ed\x7f"
    assert inert("line one\n\tline two, Jos\xe9, \u0418") == "line one\n\tline two, Jos\xe9, \u0418"


@pytest.mark.slow
@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
def test_names_of_columns_and_files_in_every_encoding(tmp_path: Path, encoding: str) -> None:
    text = "Client ID,Admit Date,Discharge Date,\u0418\u043c\u044f\nA1,2024-01-03,2024-02-02,x\n"
    (tmp_path / "log.csv").write_text(text, encoding="utf-8")
    for arguments, code in ((["init", "log.csv", "--out", "p"], 0), (["check", "no\x1b[31mne.toml"], 1)):
        done = subprocess.run(
            [sys.executable, "-m", "stepdown", *arguments],
            cwd=tmp_path,
            capture_output=True,
            check=False,
            env={"PYTHONIOENCODING": encoding, "PYTHONPATH": ":".join(sys.path)},
        )
        printed = done.stdout + done.stderr
        assert done.returncode == code
        assert b"Unexpected" not in printed
        assert b"\x1b" not in printed
        shown = "\u0418\u043c\u044f".encode(encoding, errors="backslashreplace")
        assert (shown if code == 0 else b"no\\x1b[31mne.toml does not exist.") in printed
