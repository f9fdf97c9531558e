"""The one variable that a cohort file may use in a path: where the real cohorts lie."""

import os
from pathlib import Path

VARIABLE = "STEPDOWN_REAL_DATA"
DEFAULT = "../shared/data/real"


def expanded(file: str) -> str:
    """Return a path of a cohort file with `${STEPDOWN_REAL_DATA}` at its start replaced.

    Where the variable is not set, it stands for `../shared/data/real`, seen from the folder in which the
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
        Folder from which the default is seen, where the variable is not set: a checkout.
    """
    folder = Path(os.environ.get(VARIABLE) or root / DEFAULT) / name
    return folder if folder.is_dir() else None
