"""Keys and values of a study file that are reserved for later versions: refused by name."""

from collections.abc import Iterator, Mapping
from typing import Any

from stepdown.errors import Problem

_DESIGNS = ("sequential", "standardization")
# Path of the key ("*" represents any name or number), the reserved values (any, where empty), and what they
# would ask for.
_RESERVED: tuple[tuple[str, tuple[str, ...], str], ...] = (
    ("release", (), "release for publication"),
    (
        "analysis.primary.design",
        _DESIGNS,
        "available designs are clone_censor_weight, landmark, baseline, matched, sequential_trials and "
        "time_varying",
    ),
    (
        "analysis.secondary.*.design",
        _DESIGNS,
        "available designs are clone_censor_weight, landmark, baseline, matched, sequential_trials and "
        "time_varying",
    ),
)


def not_available(raw: Mapping[str, Any]) -> list[Problem]:
    """Return a problem for every key or value of a study that only a later version will know.

    Parameters
    ----------
    raw : mapping
        The study file as read.

    Returns
    -------
    list of Problem
    """
    return [
        Problem(
            table="study",
            column=key,
            what=f"is not available in this version: {what}",
            remedy="Remove the key.",
        )
        for path, values, what in _RESERVED
        for key, value in _at(raw, path.split("."))
        if not values or (isinstance(value, str | bool | int) and value in values)
    ]


def _at(value: Any, path: list[str], key: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the keys that a path represents, each with its value."""
    if not path:
        yield key, value
        return
    step, *rest = path
    below = dict(enumerate(value, start=1)) if isinstance(value, list | tuple) else value
    for name in below if isinstance(below, Mapping) else ():
        if step in ("*", name):
            yield from _at(below[name], rest, f"{key}.{name}".lstrip("."))
