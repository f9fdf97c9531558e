"""The page of methods: prose of `methods.md` around the docstrings that hold the formulas."""

import ast
import inspect
import pkgutil
import re
from importlib.resources import files

from stepdown import survival

_PLACE = re.compile(r"^\{(\w+\.\w+)\}$", re.MULTILINE)
_PACKAGES = "|".join(sorted(one.name for one in pkgutil.iter_modules(survival.__path__) if one.ispkg))
_MODULE = re.compile(rf"`((?:{_PACKAGES})\.\w+)`")
_REFERENCES = re.compile(r"^References\n-+\n(.*)\Z", re.MULTILINE | re.DOTALL)
_TAKEN = ("entry", "weights", "cluster", "strata")
_REFUSED = {("pseudo_values", "entry")}
"""Arguments that are there to be refused with a reason."""


def methods() -> str:
    """Return the page of methods as Markdown.

    Raises
    ------
    ValueError
        Where a docstring names a module that the page does not tell.
    """
    template = (files("tools.docs_pages") / "methods.md").read_text(encoding="utf-8")
    placed = set(_PLACE.findall(template))
    page = _PLACE.sub(lambda found: _docstring(found.group(1)), template).replace("{taken}", _taken())
    missing = sorted(set(_MODULE.findall(page)) - placed)
    if missing:
        raise ValueError(f"The page of methods names {', '.join(missing)}, and does not describe it")
    return _MODULE.sub(lambda found: f"*{_name(found.group(1))}*", page)


def _read(module: str) -> tuple[str, str]:
    """Return the title line of a module of the engine, and the rest of its docstring."""
    source = (files("stepdown.survival") / f"{module.replace('.', '/')}.py").read_text(encoding="utf-8")
    text = ast.get_docstring(ast.parse(source))
    if text is None:
        raise ValueError(f"{module} has no docstring")
    title, _, rest = text.partition("\n")
    return title, rest.strip("\n")


def _docstring(module: str) -> str:
    """Return the docstring of a module of the engine, as Markdown, under its title line."""
    title, rest = _read(module)
    body = _REFERENCES.sub(lambda found: "*References*: " + " ".join(found.group(1).split()), rest)
    return f"*{title}*\n\n{body}".strip()


def _name(module: str) -> str:
    """Return the beginning of a title: what a reader finds on the page in the place of a module."""
    return re.split(r"[:,.]", _read(module)[0], maxsplit=1)[0]


def _taken() -> str:
    """Return the table of what each estimator takes, from its signature."""
    rows = ["| estimator | " + " | ".join(_TAKEN) + " |", "| --- " * (len(_TAKEN) + 1) + "|"]
    for name in survival.__all__:
        function = getattr(survival, name)
        if not inspect.isfunction(function):
            continue
        known = inspect.signature(function).parameters
        if {"days", "low", "start"} & set(known):
            taken = {*known, *(["entry"] if "start" in known else [])}
            marks = ["yes" if one in taken and (name, one) not in _REFUSED else "" for one in _TAKEN]
            rows.append(f"| `{name}` | " + " | ".join(marks) + " |")
    return "\n".join(rows)
