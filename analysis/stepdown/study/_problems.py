"""From pydantic's list of errors to problems that name the key and say what is allowed."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ValidationError

from stepdown.errors import Problem

_SAID = {
    "missing": ("is missing", "Add the key."),
    "extra_forbidden": ("is not a known key", "Remove it, or check its spelling."),
    "int_type": ("must be a whole number", "Write it without quotes or decimals."),
    "int_from_float": ("must be a whole number", "Write it without quotes or decimals."),
    "int_parsing": ("must be a whole number", "Write it without quotes or decimals."),
    "string_type": ("must be text", "Put it in quotes."),
    "string_too_short": ("is empty", "Give it a text."),
    "too_short": ("has too few entries", "Add what is missing."),
    "too_long": ("has too many entries", "Remove what is too much."),
    "tuple_type": ("must be a list", "Put it in square brackets."),
    "dict_type": ("must be a table", "Write it as a table."),
    "model_type": ("must be a table", "Write it as a table."),
    "bool_type": ("must be true or false", "Write it without quotes."),
}


def _allowed(model: type[BaseModel], path: tuple[int | str, ...]) -> str:
    """Names of the keys beside the one that is wrong, for the remedy."""
    current: Any = model
    for step in path[:-1]:
        fields: Mapping[str, Any] = getattr(current, "model_fields", {})
        if not isinstance(step, str) or step not in fields:
            return ""
        current = fields[step].annotation
    names = sorted(getattr(current, "model_fields", {}))
    return f" Known keys here: {', '.join(names)}." if names else ""


def _one(entry: Mapping[str, Any], model: type[BaseModel], file: str) -> Problem:
    kind, context = entry["type"], entry.get("ctx", {})
    # pydantic adds the member of a union to the path; a reader knows only the keys of the file.
    path = tuple(
        step for step in entry["loc"] if not (isinstance(step, str) and ("[" in step or step[:1].isupper()))
    )
    if kind in _SAID:
        what, remedy = _SAID[kind]
        if kind == "extra_forbidden":
            remedy += _allowed(model, path)
    elif kind == "literal_error":
        what, remedy = "has a value that is not allowed", f"Allowed: {context['expected']}."
    elif kind == "value_error":
        what, remedy = f"cannot be used: {context['error']}", "Correct the key."
    elif "ge" in context:
        what, remedy = "is too small", f"Write a number of at least {context['ge']}."
    else:
        what, remedy = "has the wrong form", "See docs/architecture.md and the bundled files for an example."
    return Problem(table=file, column=".".join(str(step) for step in path), what=what, remedy=remedy)


def problems_from(error: ValidationError, *, model: type[BaseModel], file: str) -> list[Problem]:
    """Turn a validation error into problems, each once.

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
        Without any value of the file.
    """
    found = [_one(entry, model, file) for entry in error.errors(include_url=False, include_input=False)]
    return list(dict.fromkeys(found))
