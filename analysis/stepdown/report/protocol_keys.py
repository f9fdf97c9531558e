"""The study file as keys and values, and those of the protocol that was registered."""

import hashlib
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from stepdown.errors import StudyError
from stepdown.study import Study

Keys = tuple[tuple[str, str], ...]


def protocol_keys(study: Study, path: Path | None) -> Keys:
    """Return the keys of a study file, dotted, with their values as text and without comments.

    Parameters
    ----------
    study : Study
        The study; one that was built in Python is shown by what it states.
    path : Path or None
        Its file.
    """
    if path is None:
        return tuple(_flat(study.model_dump(mode="json", exclude_defaults=True, by_alias=True)))
    return _keys(path.read_bytes())


def registered_keys(study: Study, folder: Path) -> tuple[Keys, str]:
    """Return the keys of the registered protocol, and the name and hash of its file; empty for none.

    Raises
    ------
    StudyError
        The file that the study names cannot be read.
    """
    name = study.report.registered
    if name is None:
        return (), ""
    try:
        content = (folder / name).read_bytes()
        return _keys(content), f"{Path(name).name} (SHA-256 {hashlib.sha256(content).hexdigest()})"
    except OSError:
        raise StudyError(
            f"{Path(name).name}, which the study names under report.registered, cannot be opened. Write its "
            "path from the folder of the study file."
        ) from None
    except ValueError:
        raise StudyError(
            f"{Path(name).name}, which the study names under report.registered, is not a study file. Keep an "
            "unchanged copy of the study file as it was registered."
        ) from None


def _keys(content: bytes) -> Keys:
    return tuple(_flat(tomllib.loads(content.decode("utf-8-sig"))))


def _flat(given: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, str]]:
    """Yield each key with its value; tables in a list are counted from 1."""
    for name, value in given.items():
        key = f"{before}{name}"
        if isinstance(value, dict) and value:
            yield from _flat(value, f"{key}.")
        elif isinstance(value, list) and value and all(isinstance(one, dict) for one in value):
            for number, one in enumerate(value, 1):
                yield from _flat(one, f"{key}.{number}.")
        else:
            yield key, _text(value)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ", ".join(map(_text, value)) or "none"
    if isinstance(value, dict):
        return "; ".join(f"{name} = {_text(one)}" for name, one in value.items()) or "none"
    return str(value)
