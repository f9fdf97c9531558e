"""From pydantic's list of errors to problems that name the key and say what is allowed."""

from collections.abc import Mapping
from types import UnionType
from typing import Any, get_args, get_origin

from pydantic import BaseModel, ValidationError

from stepdown.errors import Problem

_WHOLE = ("must be a whole number", "Write it without quotes or decimals.")
_TABLE = ("must be a table", "Write it as a table: { key = value }.")
_SAID = {
    "missing": ("is missing", "Add the key."),
    "extra_forbidden": ("is not a known key", "Remove it, or check its spelling."),
    "int_type": _WHOLE,
    "int_from_float": _WHOLE,
    "int_parsing": _WHOLE,
    "string_type": ("must be text", "Put it in quotes."),
    "tuple_type": ("must be a list", "Put it in square brackets."),
    "list_type": ("must be a list", "Put it in square brackets."),
    "dict_type": _TABLE,
    "model_type": _TABLE,
    "too_short": ("has too few entries", "Add what is missing."),
    "greater_than_equal": ("is too small", "Write a number of at least 0."),
}
# pydantic's names for the members of a union; a reader knows only the keys of the file.
_UNION_STEPS = frozenset(
    {"bool", "int", "float", "str", "date", "list[union[bool,int,float,str]]", "constrained-str"}
)


def _model(annotation: Any) -> Any:
    """Return the model, or the mapping of models, that an annotation holds."""
    if get_origin(annotation) in (UnionType, tuple):
        return next((found for part in get_args(annotation) if (found := _model(part)) is not None), None)
    if get_origin(annotation) is dict:
        return annotation
    return annotation if isinstance(annotation, type) and issubclass(annotation, BaseModel) else None


def _known(model: type[BaseModel], path: tuple[int | str, ...]) -> str:
    """Return the names of the keys beside the one that is wrong, for the remedy."""
    current: Any = model
    for step in path[:-1]:
        if isinstance(step, int):
            continue
        if get_origin(current) is dict:
            current = _model(get_args(current)[1])
            continue
        field = getattr(current, "model_fields", {}).get(step)
        current = None if field is None else _model(field.annotation)
    if current is None or get_origin(current) is dict:
        return ""
    names = sorted(field.alias or name for name, field in current.model_fields.items())
    return f" Known keys here: {', '.join(names)}."


def _said(entry: Mapping[str, Any], model: type[BaseModel], path: tuple[int | str, ...]) -> tuple[str, str]:
    kind, context = entry["type"], entry.get("ctx", {})
    if kind == "string_too_short":
        return "is too short", f"Write at least {context['min_length']} characters."
    if kind == "literal_error":
        return "has a value that is not allowed", f"Allowed: {context['expected']}."
    if kind == "value_error":
        return f"cannot be used: {context['error']}", "Correct the key."
    what, remedy = _SAID.get(kind, ("has the wrong form", "Compare it with the bundled cohort files."))
    return what, remedy + (_known(model, path) if kind == "extra_forbidden" else "")


def problems_from(error: ValidationError, *, model: type[BaseModel], file: str) -> list[Problem]:
    """Turn a validation error into problems, each once and without any value of the file.

    Parameters
    ----------
    error : ValidationError
        What pydantic found.
    model : type of BaseModel
        The model that was validated, for the names of known keys.
    file : str
        Name of the file as the reader knows it.

    Returns
    -------
    list of Problem
    """
    found = []
    for entry in error.errors(include_url=False, include_input=False):
        path = tuple(step for step in entry["loc"] if step not in _UNION_STEPS)
        what, remedy = _said(entry, model, path)
        key = ".".join(str(step) for step in path)
        found.append(Problem(table=file, column=key, what=what, remedy=remedy))
    return list(dict.fromkeys(found))
