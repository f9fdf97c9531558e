"""The paths that hand-written pages name exist."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
HAND_WRITTEN = [
    "README.md",
    "CONTRIBUTING.md",
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


def test_the_functions_of_the_walk_are_where_it_says() -> None:
    walk = (
        (ROOT / "CONTRIBUTING.md")
        .read_text(encoding="utf-8")
        .split("## Where is")[1]
        .split("## How to add")[0]
    )
    places = re.findall(r"`(\w+)` in `([\w/.]+\.py)`", walk)
    assert len(places) == 4
    for name, path in places:
        assert re.search(rf"^def {name}\(", (ROOT / path).read_text(encoding="utf-8"), re.MULTILINE), (
            name,
            path,
        )


def test_every_make_command_exists() -> None:
    targets = set(
        re.findall(r"^([a-z0-9-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    )
    pages = "".join((ROOT / page).read_text(encoding="utf-8") for page in HAND_WRITTEN)
    named = set(re.findall(r"(?:^|`)make ([a-z0-9-]+)", pages, re.MULTILINE))
    assert len(named) > 10
    assert named - targets == set()
