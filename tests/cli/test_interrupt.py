"""Ctrl-C, and a kernel that dies: a short end, nothing half-written, nothing printed by the machinery."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from stepdown.sources import bundled

pytestmark = pytest.mark.slow

STUDY = bundled("synthetic") / "one_site" / "study.toml"


def project_with(folder: Path, code: str) -> Path:
    """Write the bundled project, with a notebook whose cells run this code."""
    project = folder / "project"
    (project / "notebooks").mkdir(parents=True)
    for path in filter(Path.is_file, STUDY.parent.iterdir()):
        (project / path.name).write_bytes(path.read_bytes())
    text = (bundled("notebooks") / "01_first_look.ipynb").read_text(encoding="utf-8")
    cell = json.dumps('display(*show(a, "page_one"))')[1:-1]
    assert cell in text
    text = text.replace(cell, code)
    (project / "notebooks" / "01_first_look.ipynb").write_text(text, encoding="utf-8")
    with (project / "study.toml").open("a", encoding="utf-8") as study:
        study.write('\n[report]\nnotebooks = ["notebooks/01_first_look.ipynb"]\n')
    return project / "study.toml"


@pytest.mark.skipif(os.name != "posix", reason="process groups are of POSIX")
def test_ctrl_c_while_the_notebook_runs(tmp_path: Path) -> None:
    # The cell tells that it runs, and then waits: the interrupt falls into a cell, whatever the machine's speed.
    running_now = tmp_path / "project" / "running"
    study = project_with(tmp_path, f"import time; open('{running_now}', 'w').close(); time.sleep(120)")
    running = subprocess.Popen(
        [sys.executable, "-m", "stepdown", "run", str(study), "--out", "out"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    end = time.monotonic() + 90
    while not running_now.exists() and time.monotonic() < end:
        assert running.poll() is None
        time.sleep(0.1)
    assert running_now.exists()
    os.killpg(running.pid, signal.SIGINT)
    printed, said = running.communicate(timeout=60)
    assert (printed, said.strip(), running.returncode) in [("", "", 130), ("", "Aborted!", 130)]
    assert [path.name for path in tmp_path.iterdir()] == ["project"]


def test_a_kernel_that_dies_is_one_message(tmp_path: Path) -> None:
    project_with(tmp_path, "import os; os._exit(1)")
    done = subprocess.run(
        [sys.executable, "-m", "stepdown", "run", "project/study.toml", "--out", "out"],
        capture_output=True, text=True, cwd=tmp_path, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr == (
        "The kernel that runs 01_first_look.ipynb did not start, or died, perhaps for want of memory. Close "
        "other programs, and run again.\n"
        "More: docs/reports.md#notebook\n"
    )
    assert [path.name for path in tmp_path.iterdir()] == ["project"]
