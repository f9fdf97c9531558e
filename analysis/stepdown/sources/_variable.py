"""The one variable that a cohort file may use in a path: where the real cohorts lie."""

import os

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
