"""An empty list of releases."""

from pathlib import Path

import pytest

from stepdown.disclosure import Ledger, read_ledger


@pytest.fixture
def empty(tmp_path: Path) -> Ledger:
    return read_ledger(tmp_path / "releases")
