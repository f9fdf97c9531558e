"""The page of methods: prose of `methods.md` around the docstrings that hold the formulas."""

import ast
import re
from importlib.resources import files

_PLACE = re.compile(r"^\{(\w+)\}$", re.MULTILINE)
_REFERENCES = re.compile(r"^References\n-+\n(.*)\Z", re.MULTILINE | re.DOTALL)


def methods() -> str:
    """Return the page of methods as Markdown."""
    template = (files("stepdown.docs") / "methods.md").read_text(encoding="utf-8")
    return _PLACE.sub(lambda found: _docstring(found.group(1)), template)


def _docstring(module: str) -> str:
    """Return the docstring of a module of the engine, as Markdown, without its title line."""
    source = (files("stepdown.survival") / f"{module}.py").read_text(encoding="utf-8")
    text = ast.get_docstring(ast.parse(source))
    if text is None:
        raise ValueError(f"{module} has no docstring")
    title, _, rest = text.partition("\n")
    body = _REFERENCES.sub(
        lambda found: "*References*: " + " ".join(found.group(1).split()), rest.strip("\n")
    )
    return f"*{title}*\n\n{body}".strip()
