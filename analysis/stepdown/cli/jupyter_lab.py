"""`stepdown lab`: JupyterLab on the notebooks at hand, or on a copy of the bundled ones."""

import json
import subprocess
import sys
from pathlib import Path

from stepdown.cli.application import app
from stepdown.errors import ReportError

FOLDER = "notebooks"
_DEMO = "../data/synthetic/programs/study.toml"


@app.command()
def lab() -> None:
    """Open the notebooks in JupyterLab."""
    start(notebooks(Path.cwd()))


def notebooks(here: Path) -> Path:
    """Return the folder of notebooks in a folder; made from the bundled ones if there is none.

    A copy reads the bundled demo cohort by its full path, because the folder beside it is not there. The
    study files of other notebooks lie beside them and are copied with them.
    """
    from stepdown.sources import bundled

    folder = here / FOLDER
    if any(folder.glob("*.ipynb")):
        return folder
    folder.mkdir(exist_ok=True)
    study = json.dumps((bundled("synthetic") / "programs" / "study.toml").as_posix())[1:-1]
    origin = bundled(FOLDER)
    for path in sorted([*origin.glob("*.ipynb"), *origin.glob("*/*.toml")]):
        text = path.read_text(encoding="utf-8").replace(_DEMO, study)
        copy = folder / path.relative_to(origin)
        copy.parent.mkdir(exist_ok=True)
        copy.write_text(text, encoding="utf-8", newline="\n")
    return folder


def start(folder: Path) -> None:
    """Start JupyterLab and wait until it is closed; ReportError where it ends with a failure."""
    done = subprocess.run([sys.executable, "-m", "jupyterlab", str(folder)], check=False)
    if done.returncode:
        raise ReportError(
            f"JupyterLab did not start, or failed (exit code {done.returncode}). Its own message is above. "
            "If it is not installed: python -m pip install jupyterlab.",
            kind="notebook",
        )
