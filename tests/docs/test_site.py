"""The documentation site: complete, without a dead link, and without a network."""

import re
from pathlib import Path

import pytest

import stepdown
from tools.docs_site import build
from tools.docs_site.site_page import linked

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
LOADED = re.compile(r"""(?:\bsrc=|<link\b[^>]*\bhref=|url\(|@import)\s*["']?(?:https?:)?//""")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("site") / "site"
    assert build(ROOT, out, run=False) == out / "index.html"
    return out


def test_every_page_and_notebook_is_there(site: Path) -> None:
    guides = {path.stem for path in (ROOT / "docs").glob("*.md")}
    assert {path.stem for path in site.glob("*.html")} >= guides | {"index"}
    notebooks = {path.stem for path in (ROOT / "notebooks").glob("*.ipynb")}
    assert {path.stem for path in (site / "tutorials").glob("*.html")} == notebooks


def test_the_reference_has_every_public_name(site: Path) -> None:
    page = (site / "api" / "stepdown.html").read_text(encoding="utf-8")
    modules = {path.stem for path in (site / "api").rglob("*.html")}
    assert [name for name in stepdown.__all__ if f'id="{name}"' not in page and name not in modules] == []
    engine = (site / "api" / "stepdown" / "survival.html").read_text(encoding="utf-8")
    assert [name for name in stepdown.survival.__all__ if f'id="{name}"' not in engine] == []


def test_no_link_is_dead_and_nothing_is_loaded_from_outside(site: Path) -> None:
    dead, outside = [], []
    for path in site.rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        outside += [path.name] if LOADED.search(text) else []
        for href in re.findall(r'<a\b[^>]*\bhref="([^"#]+)', text):
            if not href.startswith(("http", "mailto:")) and not (path.parent / href).is_file():
                dead.append((path.name, href))
    assert (dead, outside) == ([], [])


def test_a_link_to_a_file_without_a_page_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^docs/a\.md links to b\.md, which has no page in the site$"):
        linked(
            '<a href="b.md">b</a>', source="docs/a.md", address="a.html", addresses={"docs/a.md": "a.html"}
        )
