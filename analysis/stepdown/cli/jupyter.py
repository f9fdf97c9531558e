"""JupyterLab on the notebooks: the ones at hand, or a copy of the bundled ones."""

import json
import subprocess
import sys
from pathlib import Path

from stepdown.sources import bundled

FOLDER = "notebooks"
_DEMO = "../data/synthetic/programs/study.toml"


def notebooks(here: Path) -> Path:
    """Return the folder of notebooks in a folder; made from the bundled ones if there is none.

    A copy reads the bundled demo cohort by its full path, because the folder beside it is not there. The
    study files of other notebooks lie beside them and are copied with them.
    """
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
    """Start JupyterLab and wait until it is closed."""
    subprocess.run([sys.executable, "-m", "jupyterlab", str(folder)], check=False)
