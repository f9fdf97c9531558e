"""Levels of care as data: gaps, minimum hours, completion rules and level names, in `levels_of_care.toml`.

The functions of `stepdown.cohort.care` take these rules; a user can replace the file by a changed copy.
"""

import functools
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from stepdown.errors import ConfigError, Problem
from stepdown.schema.declarations import Declaration, Text, checked, read_toml, shipped_toml

Level = Literal["php", "iop", "outpatient"]
Reason = Literal["completed", "left_against_advice", "transferred", "terminated", "other"]
Days = Annotated[int, Field(ge=1, le=36_500, strict=True)]
Hours = Annotated[float, Field(gt=0)]

NAME = "levels_of_care.toml"
# What each kind of completion rule must state.
_NEEDS = {"weeks": ("weeks", "hours"), "sessions": ("sessions",), "flag": ("reason",)}


class GapDays(Declaration):
    """Days after the last service of a level until care at it has ended."""

    php: Days
    iop: Days
    outpatient: Days


class Current(Declaration):
    """Days, the day in question included, of which the most intensive level counts."""

    days: Days


class Adolescent(Declaration):
    """The clients for whom the hours for adolescents apply."""

    below_age: Days
    age_bands: tuple[str, ...]


class Minimum(Declaration):
    """Minimum hours per week of a level in an edition of the ASAM criteria."""

    level: Level
    asam_level: Text
    edition: Days
    hours: Hours
    adolescent_hours: Hours
    source: Text
    verified: Text


class Completion(Declaration):
    """A named rule for when a spell counts as completed."""

    id: Text
    version: Days
    label: Text
    level: Level
    rule: Literal["weeks", "sessions", "flag"]
    weeks: Days | None = None
    hours: Hours | None = None
    adolescent_hours: Hours | None = None
    sessions: Days | None = None
    reason: Reason | None = None
    source: Text
    verified: Text

    @property
    def name(self) -> str:
        """Name with version: "sessions_30@1"."""
        return f"{self.id}@{self.version}"

    @model_validator(mode="after")
    def _complete(self) -> "Completion":
        given = {name for names in _NEEDS.values() for name in names if getattr(self, name) is not None}
        needed = set(_NEEDS[self.rule])
        if given != needed:
            raise ValueError(
                f"a rule of kind {self.rule} states {' and '.join(_NEEDS[self.rule])} and nothing else"
            )
        if self.adolescent_hours is not None and self.rule != "weeks":
            raise ValueError("adolescent_hours belongs to a rule of kind weeks")
        return self


class Asam(Declaration):
    """Names of levels in one edition, and which of them this project's levels are."""

    edition: Days
    names: dict[str, Text]
    levels: dict[Level, Text]
    source: Text
    verified: Text

    @model_validator(mode="after")
    def _named(self) -> "Asam":
        if not set(self.levels.values()) <= set(self.names):
            raise ValueError("levels names a level that is not among names; add it to names")
        return self


class CareRules(Declaration):
    """The conventions behind levels of care: what is a choice, not a computation.

    Attributes
    ----------
    version : str
        Version of the file, to be reported with the numbers.
    gap_days, current, adolescent, minimum, completion, asam
        As in `levels_of_care.toml`, which explains them.
    """

    format: Literal[1]
    version: Text
    gap_days: GapDays
    current: Current
    adolescent: Adolescent
    minimum: tuple[Minimum, ...]
    completion: tuple[Completion, ...]
    asam: tuple[Asam, ...]

    @model_validator(mode="after")
    def _each_once(self) -> "CareRules":
        keys: dict[str, list[Any]] = {
            "minimum": [(one.level, one.edition) for one in self.minimum],
            "completion": [one.id for one in self.completion],
            "asam": [one.edition for one in self.asam],
        }
        for name, found in keys.items():
            if len(set(found)) < len(found):
                raise ValueError(f"{name} holds an entry twice")
        return self

    def minimum_hours(self, level: str, edition: int) -> Minimum | None:
        """Return the minimum hours of a level; None where the edition states none."""
        return next((one for one in self.minimum if (one.level, one.edition) == (level, edition)), None)


def read_care_rules(path: str | Path | None = None) -> CareRules:
    """Read the rules for levels of care.

    Parameters
    ----------
    path : str, Path or None
        A file like `levels_of_care.toml` that replaces it; None reads that of the package.

    Raises
    ------
    ConfigError
        The file is missing, is not TOML, or breaks the rules; every problem is named.
    """
    return _shipped() if path is None else checked(CareRules, read_toml(path), file=Path(path).name)


@functools.cache
def _shipped() -> CareRules:
    return checked(CareRules, shipped_toml("stepdown.schema", NAME), file=NAME)


def asam_label(level: str, edition: int, *, rules: CareRules | None = None) -> str:
    """Return the name of a level in an edition: "2.5 High-Intensity Outpatient (ASAM, 4th edition)".

    Parameters
    ----------
    level : str
        An ASAM level ("2.5"), or php, iop or outpatient.
    edition : int
        Edition of the criteria.
    rules : CareRules or None
        Names to use; those of the package if None.

    Raises
    ------
    ConfigError
        The edition is not in the rules, or has no such level.
    """
    found = {one.edition: one for one in (rules or read_care_rules()).asam}
    if edition not in found:
        known = ", ".join(str(one) for one in sorted(found))
        raise _unknown(f"has no names of that edition. Editions: {known}")
    levels: dict[str, str] = {str(name): number for name, number in found[edition].levels.items()}
    number = levels.get(level, level)
    if number not in found[edition].names:
        raise _unknown(f"has no such level in that edition. Levels: {', '.join(found[edition].names)}")
    return f"{number} {found[edition].names[number]} (ASAM, {_ordinal(edition)} edition)"


def _unknown(what: str) -> ConfigError:
    return ConfigError([Problem(table=NAME, column="asam", what=what, remedy="Ask for one of these.")])


def _ordinal(number: int) -> str:
    return f"{number}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(number, 'th') }"
