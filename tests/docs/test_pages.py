"""Every generated page in the project is the one that the package makes."""

from pathlib import Path

import pytest

from tools import docs_pages as docs

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", docs.PAGES)
def test_the_page_is_the_one_that_is_made(name: str) -> None:
    assert (ROOT / "docs" / name).read_text(encoding="utf-8") == docs.PAGES[name](), "run: make docs"


def test_pages_are_written_and_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STEPDOWN_REAL_DATA", str(tmp_path / "none"))
    paths = docs.write(tmp_path)
    assert [path.name for path in paths] == list(docs.PAGES)
    assert all(path.read_text(encoding="utf-8") == docs.PAGES[path.name]() for path in paths)
