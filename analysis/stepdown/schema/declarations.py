"""Declarations: tables of TOML, in the package or written by a user, each checked by a frozen model.

One reader, one base of all models, and one way to turn pydantic's list of errors into problems that name the
key and say what is allowed.
"""

import stat
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Literal, TypeVar, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from stepdown.errors import ConfigError, Problem, StudyError

Level = Literal["withdrawal", "residential", "php", "iop", "outpatient"]
# A hundred years of days: anything above is a slip, and counts of days are kept in arrays.
_LONGEST = 36_525
Day = Annotated[int, Field(ge=0, le=_LONGEST, strict=True)]
Positive = Annotated[int, Field(ge=1, le=_LONGEST, strict=True)]
Text = Annotated[str, Field(min_length=1, pattern=r"\S")]
Entry = Mapping[str, Any]
_LARGEST = 1_000_000  # bytes
_LARGEST_NUMBER = 10**18
_MOST_DOTS = 500  # in a line: the time to read a dotted key grows with the square of its parts


class Declaration(BaseModel):
    """A table of a TOML file: frozen, and without unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


Model = TypeVar("Model", bound=Declaration)


def no_file(path: Path) -> tuple[str, str] | None:
    """Return what is wrong, and the remedy, where a path is no file: a device has no end."""
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return "does not exist", "Check the path."
    except (OSError, ValueError):
        return "cannot be opened", "Check the path, its length and its permissions."
    if stat.S_ISDIR(mode):
        return "is a folder", "Give the path of a file in it."
    if not stat.S_ISREG(mode):
        return "is a device or a pipe, and not a file", "Give the path of a file."
    return None


def read_toml(path: str | Path, *, error: type[ConfigError | StudyError] = ConfigError) -> dict[str, Any]:
    """Return the content of a TOML file that a user wrote.

    Parameters
    ----------
    path : str or Path
        UTF-8 text, with or without a byte-order mark.
    error : type of error
        What is raised where the file cannot be read.

    Raises
    ------
    ConfigError or StudyError
        The file is missing, is not UTF-8 text, or is not TOML.
    """
    place = Path(path)

    def wrong(what: str, remedy: str) -> ConfigError | StudyError:
        return error([Problem(table=place.name, what=what, remedy=remedy)])

    fault = no_file(place)
    if fault:
        raise wrong(*fault)
    try:
        if place.stat().st_size > _LARGEST:
            raise wrong("is too large for a file of settings", "Check that it is the right file.")
        text = place.read_text(encoding="utf-8-sig")
    except OSError:
        raise wrong("cannot be opened", "Check the path and its permissions.") from None
    except UnicodeDecodeError:
        raise wrong("is not UTF-8 text", "Save the file as UTF-8.") from None
    return _parsed(text, wrong)


def _parsed(text: str, wrong: Callable[[str, str], Exception]) -> dict[str, Any]:
    for number, line in enumerate(text.splitlines(), start=1):
        if line.count(".") > _MOST_DOTS:
            raise wrong(f"has more than {_MOST_DOTS} dots (line {number})", "Correct that line.")
    too_many_digits = "holds a number of more than 18 digits", "Correct that number."
    try:
        content = tomllib.loads(text)
    except RecursionError:
        raise wrong("has too many brackets within brackets", "Correct the brackets.") from None
    except tomllib.TOMLDecodeError as problem:
        place_of = str(problem).rpartition("(")[2].rstrip(")")
        raise wrong(f"is not valid TOML ({place_of})", "Correct that line.") from None
    except ValueError:
        raise wrong(*too_many_digits) from None
    if any(abs(number) >= _LARGEST_NUMBER for number in _whole_numbers(content)):
        raise wrong(*too_many_digits)
    return content


def _whole_numbers(content: Any) -> Iterator[int]:
    if isinstance(content, int):
        yield content
    elif isinstance(content, dict | list):
        for part in content.values() if isinstance(content, dict) else content:
            yield from _whole_numbers(part)


def shipped_toml(package: str, name: str) -> dict[str, Any]:
    """Return the content of a TOML file that lies in a package of stepdown, such as "stepdown.schema"."""
    return tomllib.loads(files(package).joinpath(name).read_text(encoding="utf-8"))


def checked(
    model: type[Model], raw: Entry, *, file: str, error: type[ConfigError | StudyError] = ConfigError
) -> Model:
    """Return the content of a TOML file as its model.

    Parameters
    ----------
    model : type of Declaration
        What the file declares.
    raw : mapping
        Its content.
    file : str
        Name of the file as the reader knows it.
    error : type of error
        What is raised where the content breaks the rules.

    Raises
    ------
    ConfigError or StudyError
        Every problem, each with the key and what is allowed.
    """
    try:
        return model.model_validate(raw)
    except ValidationError as found:
        raise error(problems_from(found, model=model, file=file)) from None


_WHOLE = ("must be a whole number", "Write it without quotes or decimals.")
_TABLE = ("must be a table", "Write it as a table: { key = value }.")
_LIST = ("must be a list", "Put it in square brackets.")
_SAID = {
    "missing": ("is missing", "Add the key."),
    "extra_forbidden": ("is not a known key", "Remove it, or check its spelling."),
    "int_type": _WHOLE,
    "int_from_float": _WHOLE,
    "int_parsing": _WHOLE,
    "bool_type": ("must be true or false", "Write it without quotes."),
    "string_type": ("must be text", "Put it in quotes."),
    "string_pattern_mismatch": ("is blank", "Give it a text."),
    "tuple_type": _LIST,
    "list_type": _LIST,
    "dict_type": _TABLE,
    "model_type": _TABLE,
    "too_short": ("has too few entries", "Add what is missing."),
    "too_long": ("has too many entries", "Remove what is too much."),
}
_OTHERWISE = ("has the wrong form", "Compare it with the bundled files.")
# pydantic's names for the members of a union, beside those with a bracket; a reader knows only keys.
_MEMBERS = frozenset({"bool", "int", "float", "str", "date", "constrained-str"})


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
    for entry in _meant(error.errors(include_url=False, include_input=False)):
        path = _path(entry)
        what, remedy = _said(entry, model, path)
        # The entries of a list are counted from 1, as in the protocol of a report.
        key = ".".join(str(step + 1 if isinstance(step, int) else step) for step in path)
        found.append(Problem(table=file, column=key, what=what, remedy=remedy))
    return list(dict.fromkeys(found))


def _member(step: int | str) -> bool:
    return isinstance(step, str) and (step in _MEMBERS or "[" in step)


def _path(entry: Entry) -> tuple[int | str, ...]:
    return tuple(step for step in entry["loc"] if not _member(step))


def _meant(entries: Sequence[Any]) -> Iterator[Entry]:
    """Leave out what pydantic says of the forms of a key that the user did not choose.

    Where a key may have several forms, each of them complains. The form that fits best is the one
    whose complaint goes beyond "this is another form"; if there is none, the key as a whole is wrong.
    """
    chosen = {
        entry["loc"][: _turn(entry)]
        for entry in entries
        if _turn(entry) is not None and not _other_form(entry)
    }
    for entry in entries:
        turn = _turn(entry)
        if turn is None or not _other_form(entry):
            yield entry
        elif entry["loc"][:turn] not in chosen:
            yield {**entry, "type": "other_form", "loc": entry["loc"][:turn]}


def _turn(entry: Entry) -> int | None:
    """Position in the path at which the form of a key is chosen."""
    return next((place for place, step in enumerate(entry["loc"]) if _member(step)), None)


def _other_form(entry: Entry) -> bool:
    return str(entry["type"]).endswith("_type") and _member(entry["loc"][-1])


_LIMITS = {
    "greater_than_equal": ("is too small", "Write a number of at least", "ge"),
    "greater_than": ("is too small", "Write a number above", "gt"),
    "less_than_equal": ("is too large", "Write a number of at most", "le"),
}


def _said(entry: Entry, model: type[BaseModel], path: tuple[int | str, ...]) -> tuple[str, str]:
    kind, context = entry["type"], entry.get("ctx", {})
    if kind == "string_too_short":
        least = context["min_length"]
        return (
            ("is empty", "Give it a text.")
            if least == 1
            else (
                "is too short",
                f"Write at least {least} characters.",
            )
        )
    if kind in _LIMITS:
        what, remedy, limit = _LIMITS[kind]
        return what, f"{remedy} {context[limit]:g}."
    if kind == "literal_error":
        return "has a value that is not allowed", f"Allowed: {context['expected']}."
    if kind == "value_error":
        return f"cannot be used: {context['error']}", "Correct the key."
    what, remedy = _SAID.get(kind, _OTHERWISE)
    return what, remedy + (_known(model, path) if kind == "extra_forbidden" else "")


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


def _model(annotation: Any) -> Any:
    """Return the model, or the mapping of models, that an annotation holds."""
    if get_origin(annotation) in (UnionType, tuple):
        return next((found for part in get_args(annotation) if (found := _model(part)) is not None), None)
    if get_origin(annotation) is dict:
        return annotation
    return annotation if isinstance(annotation, type) and issubclass(annotation, BaseModel) else None
