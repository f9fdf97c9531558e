"""User-visible text keeps to the field's terms: no idiom of the first version comes back."""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "analysis" / "stepdown"
IDIOMS = re.compile(
    r"\b(fared|nobody knows|the lot|may well lie|the data fit|told|tells?|rooms?|rungs?|straddl\w+|runaway"
    r"|gone through|all of them at once|came to later care|stands? (beside|more than once|side by side)"
    r"|cannot be told|of 100|found out|looked at more|reached|leaves out no difference)\b",
    re.IGNORECASE,
)


def shown(path: Path) -> Iterator[str]:
    """Yield every string of a module that is neither a docstring nor a key, and all of a notebook's prose."""
    if path.suffix == ".ipynb":
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            if cell["cell_type"] == "markdown":
                yield "".join(cell["source"])
        return
    tree = ast.parse(path.read_text(encoding="utf-8"))
    bare = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Constant) or not isinstance(node.value, str) or id(node) in bare:
            continue
        # A key such as "rung" or "reached_difference" is no text for a reader.
        if not re.fullmatch(r"[a-z0-9_]*", node.value):
            yield node.value


def place_of(path: Path) -> str:
    inside = path.relative_to(PACKAGE if PACKAGE in path.parents else ROOT)
    return inside.parts[0] if len(inside.parts) > 1 else inside.stem


FILES = [*sorted(PACKAGE.rglob("*.py")), *sorted((ROOT / "notebooks").glob("*.ipynb"))]
PLACES = sorted({place_of(path) for path in FILES})


def idioms(place: str) -> dict[str, list[str]]:
    found = {}
    for path in FILES:
        if place_of(path) == place:
            hits = [match[0] for text in shown(path) for match in IDIOMS.finditer(text)]
            if hits:
                found[str(path.relative_to(ROOT))] = hits
    return found


@pytest.mark.parametrize("place", PLACES)
def test_text_that_users_see_has_no_idioms(place: str) -> None:
    assert idioms(place) == {}
