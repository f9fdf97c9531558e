"""Folders of data: the bundled cohorts and notebooks, and real cohorts outside the package."""

import os
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[1]
# In a wheel they are inside the package; in an editable install, beside it.
_PLACES = {
    "synthetic": ("_bundled/synthetic", "../../data/synthetic"),
    "notebooks": ("_bundled/notebooks", "../../notebooks"),
}


def bundled(name: str) -> Path:
    """Return a folder of data or notebooks that is installed with the package.

    Parameters
    ----------
    name : str
        "synthetic" (the cohorts), "notebooks", or a folder within one of them: "synthetic/programs".

    Returns
    -------
    Path
        An existing folder.

    Raises
    ------
    KeyError
        Nothing of this name is installed with the package.
    FileNotFoundError
        The installation is incomplete.
    """
    first, *rest = name.split("/")
    for place in _PLACES[first]:
        folder = (_PACKAGE / place).resolve().joinpath(*rest)
        if folder.is_dir():
            return folder
    raise FileNotFoundError(f"The installation lacks its folder {name}; install stepdown again.")


# The one variable that a cohort file may use in a path.
VARIABLE = "STEPDOWN_REAL_DATA"
DEFAULT = "../shared/data/real"


def expanded(file: str) -> str:
    """Return a path of a cohort file with `${STEPDOWN_REAL_DATA}` at its start replaced.

    Where the variable is not set, its value is `../shared/data/real`, relative to the folder in which the
    command runs.
    """
    prefix = f"${{{VARIABLE}}}"
    if not file.startswith(prefix):
        return file
    return os.path.abspath(os.environ.get(VARIABLE) or DEFAULT) + file.removeprefix(prefix)


def real_cohort(name: str, *, root: Path) -> Path | None:
    """Return the folder of a real cohort, or None where it is not there.

    Parameters
    ----------
    name : str
        Such as "ctn0094".
    root : Path
        Folder to which the default is relative, where the variable is not set: a checkout.
    """
    folder = Path(os.environ.get(VARIABLE) or root / DEFAULT) / name
    return folder if folder.is_dir() else None
