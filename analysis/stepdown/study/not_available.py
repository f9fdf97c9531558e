"""Keys and values that the design knows but whose rooms are not built yet: refused by name."""

from collections.abc import Iterator, Mapping
from typing import Any

from stepdown.errors import Problem

_TABLES = {
    ("gates",): "Diagnostic gates",
    ("release",): "Release for publication",
    ("analysis", "adjust"): "Adjustment for covariates",
}
_VALUES = {
    ("analysis", "interval", "method"): ("bootstrap",),
}
_DESIGNS = ("clone_censor_weight", "sequential", "time_varying", "standardization", "naive")
_REMEDY = "Remove the key until a version of stepdown that has it."


def _at(raw: Mapping[str, Any], path: tuple[str, ...]) -> Any:
    value: Any = raw
    for name in path:
        if not isinstance(value, Mapping) or name not in value:
            return None
        value = value[name]
    return value


def _key(path: tuple[str, ...], what: str) -> Problem:
    return Problem(table="study", column=".".join(path), what=f"is not available yet: {what}", remedy=_REMEDY)


def _rungs(raw: Mapping[str, Any]) -> Iterator[Problem]:
    strategies = raw.get("strategies")
    for name, strategy in strategies.items() if isinstance(strategies, Mapping) else ():
        rungs = strategy.get("rungs", ()) if isinstance(strategy, Mapping) else ()
        for number, rung in enumerate(rungs if isinstance(rungs, list) else ()):
            if not isinstance(rung, Mapping):
                continue
            path = ("strategies", name, "rungs", str(number))
            if rung.get("after", "time_zero") != "time_zero":
                yield _key((*path, "after"), 'only after = "time_zero" can be read so far')
            for dose in ("min_weeks", "min_hours"):
                if rung.get(dose, 0) != 0:
                    yield _key((*path, dose), f"only {dose} = 0 can be read so far")


def _designs(raw: Mapping[str, Any]) -> Iterator[Problem]:
    secondary = _at(raw, ("analysis", "secondary"))
    asked: list[tuple[tuple[str, ...], Any]] = [(("analysis", "primary"), _at(raw, ("analysis", "primary")))]
    asked += [
        (("analysis", "secondary", str(number)), choice)
        for number, choice in enumerate(secondary if isinstance(secondary, list) else ())
    ]
    for path, choice in asked:
        if isinstance(choice, Mapping) and choice.get("design") in _DESIGNS:
            yield _key((*path, "design"), "designs so far are landmark and baseline")


def not_available(raw: Mapping[str, Any]) -> list[Problem]:
    """Return a problem for every key that a later version will know.

    Parameters
    ----------
    raw : mapping
        The study file as read.

    Returns
    -------
    list of Problem
    """
    found = [_key(path, what) for path, what in _TABLES.items() if _at(raw, path) is not None]
    found += [
        _key(path, f"values so far do not include this one of {', '.join(values)}")
        for path, values in _VALUES.items()
        if _at(raw, path) in values
    ]
    return [*found, *_rungs(raw), *_designs(raw)]


def without_defaults(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Return the file without keys that only repeat what is the case so far.

    `after`, `min_weeks = 0`, `min_hours = 0` of a rung say nothing that a reader of this version could vary.
    """
    plain: dict[str, Any] = dict(raw)
    if isinstance(plain.get("strategies"), Mapping):
        plain["strategies"] = {name: _plain_strategy(given) for name, given in plain["strategies"].items()}
    return plain


def _plain_strategy(given: Any) -> Any:
    if not isinstance(given, Mapping) or not isinstance(given.get("rungs"), list):
        return given
    rungs = [
        {key: value for key, value in rung.items() if key not in ("after", "min_weeks", "min_hours")}
        if isinstance(rung, Mapping)
        else rung
        for rung in given["rungs"]
    ]
    return {**given, "rungs": rungs}
