"""The page of recipes: whole small projects, with what comes out of them."""

import tomllib
from collections.abc import Iterator
from pathlib import Path

from tools.docs_pages.case_tables import filled, table

RECIPES = Path(__file__).resolve().parents[2] / "docs" / "recipes"
ORDER = (
    "one-row-a-client",
    "log-with-calls",
    "sessions-on-a-second-sheet",
    "episodes-of-all-levels",
    "time-and-status",
    "own-columns-as-arms",
)
_ROWS = 5


def recipes_page() -> str:
    """Return the page of recipes as Markdown."""
    return filled("recipes.md", recipes=(line for name in ORDER for line in _recipe(RECIPES / name)))


def _recipe(folder: Path) -> Iterator[str]:
    comment, _, mapped = (folder / "cohort.toml").read_text(encoding="utf-8").partition("format = 1\n")
    title, *words = [line.removeprefix("#").strip() for line in comment.strip().splitlines()]
    yield f'## <a id="{folder.name}"></a>{title}'
    yield ""
    yield " ".join(words).strip()
    yield ""
    yield f"Folder: `docs/recipes/{folder.name}/`."
    yield ""
    for path in sorted(folder.glob("*.csv")):
        yield from _code(
            f"{path.name}, first rows", "\n".join(path.read_text().splitlines()[: _ROWS + 1]), ""
        )
    yield from _code("cohort.toml", f"format = 1\n{mapped.strip()}", "toml")
    yield from _code("study.toml", (folder / "study.toml").read_text(encoding="utf-8").strip(), "toml")
    yield from _results(folder / "expected.toml")


def _results(path: Path) -> Iterator[str]:
    text = path.read_text(encoding="utf-8")
    expected = tomllib.loads(text)
    why = [line.removeprefix("# ") for line in text.splitlines() if line.startswith("# ")]
    yield f"Result: {expected['discharges']} discharges. {' '.join(why)}"
    yield ""
    rows = [
        (one.get("arm", "All"), f"{one['day']}", f"{100 * one['risk']:.1f}%") for one in expected["risks"]
    ]
    yield from table(("group", "day", "relapsed by then"), rows)
    if any("arm" in one for one in expected["risks"]):
        yield ""
        yield (
            "A report of so few clients withholds the risks of the groups: see [trust.md](trust.md). They "
            "are shown here to be checked by hand."
        )


def _code(title: str, text: str, language: str) -> Iterator[str]:
    yield f"`{title}`:"
    yield ""
    yield f"```{language}"
    yield text
    yield "```"
    yield ""
