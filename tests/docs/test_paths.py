"""The paths that hand-written pages name exist."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
HAND_WRITTEN = [
    "README.md",
    "SECURITY.md",
    "docs/architecture.md",
    *sorted(str(path.relative_to(ROOT)) for path in (ROOT / "docs" / "decisions").glob("*.md")),
]
TOPS = "analysis|data|docs|notebooks|reports|tests|tools"
NAMED = re.compile(rf"`((?:{TOPS})/[\w./-]*)`")
LINKED = re.compile(r"\]\((?!https?:|#)([^)#]+)")


def named(page: str) -> list[Path]:
    text = (ROOT / page).read_text(encoding="utf-8")
    linked = [(ROOT / page).parent / link for link in LINKED.findall(text)]
    return [*(ROOT / name for name in NAMED.findall(text)), *linked]


@pytest.mark.parametrize("page", HAND_WRITTEN)
def test_every_path_exists(page: str) -> None:
    assert [str(path.relative_to(ROOT)) for path in named(page) if not path.exists()] == []


def test_paths_are_found() -> None:
    assert len(named("README.md")) > 10
