"""Pages made of a template and tables, and the hand-worked cases of tests/cases as tables."""

from collections.abc import Iterable, Iterator, Sequence
from importlib.resources import files

from tests.cases.parser import Case


def filled(template: str, /, **parts: Iterable[str]) -> str:
    """Return a template of this folder with each `{name}` replaced by the lines of that part."""
    page = (files("tools.docs_pages") / template).read_text(encoding="utf-8")
    for name, lines in parts.items():
        page = page.replace(f"{{{name}}}", "\n".join(lines).rstrip("\n"))
    return page


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Yield the lines of a table, and an empty line after it."""
    for cells in (head, ["---"] * len(head), *rows):
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"
    yield ""


def drawing(case: Case) -> str:
    """Return a drawing as code, a line of the drawing a line."""
    return "<br>".join(f"`{line}`" for line in case.lines)
