"""Where the real cohorts lie; tests of them are skipped, and say so, where they are absent."""

import os
from pathlib import Path

import pytest

VARIABLE = "STEPDOWN_REAL_DATA"
_ROOT = Path(__file__).resolve().parents[1]


def real_data() -> Path:
    """Return the folder of the real cohorts, or skip the test."""
    folder = Path(os.environ.get(VARIABLE) or _ROOT.parent / "shared" / "data" / "real")
    if not folder.is_dir():
        pytest.skip(f"REAL DATA NOT TESTED: no folder of real cohorts; set {VARIABLE} to it")
    return folder
