"""The data file of the ladder: gaps, least hours, completion rules, and the names of the levels."""

import functools
from pathlib import Path
from typing import Annotated, Any, Literal

import pandas as pd
from pydantic import Field, model_validator

from stepdown.errors import ConfigError, Problem
from stepdown.schema.declarations import Declaration, Text, checked, read_toml, shipped_toml

Level = Literal["php", "iop", "outpatient"]
Reason = Literal["completed", "left_against_advice", "transferred", "terminated", "other"]
Days = Annotated[int, Field(ge=1, le=36_500, strict=True)]
Hours = Annotated[float, Field(gt=0)]

NAME = "ladder.toml"
# What each kind of completion rule must state.
_NEEDS = {"weeks": ("weeks", "hours"), "sessions": ("sessions",), "flag": ("reason",)}


class GapDays(Declaration):
    """Days after the last service of a level until care at it has ended."""

    php: Days
    iop: Days
    outpatient: Days


class Current(Declaration):
    """Days, the one asked about included, of which the most intensive level counts."""

    days: Days


class Adolescent(Declaration):
    """Whose hours are those for adolescents."""

    below_age: Days
    age_bands: tuple[str, ...]


class Minimum(Declaration):
    """Least hours a week of a level in an edition of the ASAM criteria."""

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
                f"a rule of kind {self.rule} states {' and '.join(_NEEDS[self.rule])} and no more"
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
            raise ValueError("levels may only name levels that names holds")
        return self


class LadderRules(Declaration):
    """Everything about the ladder that is a convention and no computation.

    Attributes
    ----------
    version : str
        Version of the file, to be told beside numbers.
    gap_days, current, adolescent, minimum, completion, asam
        As in `ladder.toml`, which explains them.
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
    def _each_once(self) -> "LadderRules":
        keys: dict[str, list[Any]] = {
            "minimum": [(one.level, one.edition) for one in self.minimum],
            "completion": [one.id for one in self.completion],
            "asam": [one.edition for one in self.asam],
        }
        for name, found in keys.items():
            if len(set(found)) < len(found):
                raise ValueError(f"{name} holds an entry twice")
        return self

    def least_hours(self, level: str, edition: int) -> Minimum | None:
        """Return the least hours of a level; None where the edition states none."""
        return next((one for one in self.minimum if (one.level, one.edition) == (level, edition)), None)


def read_rules(path: str | Path | None = None) -> LadderRules:
    """Read the rules of the ladder.

    Parameters
    ----------
    path : str, Path or None
        A file like `ladder.toml` that replaces it; None reads the one of this version.

    Raises
    ------
    ConfigError
        The file is missing, is no TOML, or breaks the rules; every problem is named.
    """
    return _shipped() if path is None else checked(LadderRules, read_toml(path), file=Path(path).name)


@functools.cache
def _shipped() -> LadderRules:
    return checked(LadderRules, shipped_toml("stepdown.cohort.care", NAME), file=NAME)


def asam_label(level: str, edition: int, *, rules: LadderRules | None = None) -> str:
    """Return the name of a level in an edition: "2.5 High-Intensity Outpatient (ASAM, 4th edition)".

    Parameters
    ----------
    level : str
        An ASAM level ("2.5"), or php, iop or outpatient.
    edition : int
        Edition of the criteria.
    rules : LadderRules or None
        Names to use; those of this version if None.

    Raises
    ------
    ConfigError
        The edition is not in the rules, or has no such level.
    """
    found = {one.edition: one for one in (rules or read_rules()).asam}
    if edition not in found:
        told = ", ".join(str(one) for one in sorted(found))
        raise _unknown(f"has no names of that edition. Editions: {told}")
    levels: dict[str, str] = {str(name): number for name, number in found[edition].levels.items()}
    number = levels.get(level, level)
    if number not in found[edition].names:
        raise _unknown(f"has no such level in that edition. Levels: {', '.join(found[edition].names)}")
    return f"{number} {found[edition].names[number]} (ASAM, {_ordinal(edition)} edition)"


def _unknown(what: str) -> ConfigError:
    return ConfigError([Problem(table=NAME, column="asam", what=what, remedy="Ask for one of these.")])


def _ordinal(number: int) -> str:
    return f"{number}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(number, 'th') }"


def asam_labels(discharges: pd.DataFrame, *, rules: LadderRules | None = None) -> pd.DataFrame:
    """Return, by discharge, the ASAM level, its edition and its name in every edition.

    Parameters
    ----------
    discharges : DataFrame
        Canonical discharges; `asam_level` and `asam_edition` are read where they are held.
    rules : LadderRules or None
        Names to use; those of this version if None.

    Returns
    -------
    DataFrame
        `asam_level, asam_edition` and one `label_<edition>` an edition, the index that of the discharges.
        A name is missing where the level is, or where the edition has no such level.
    """
    index = discharges.index
    absent = pd.Series(pd.NA, index=index)
    level = discharges.get("asam_level", absent).astype("string[pyarrow]")
    found = {"asam_level": level, "asam_edition": discharges.get("asam_edition", absent).astype("Int64")}
    for one in (rules or read_rules()).asam:
        names = pd.Series(one.names, dtype="string[pyarrow]")
        found[f"label_{one.edition}"] = level.map(names).astype("string[pyarrow]")
    return pd.DataFrame(found, index=index)


def adolescents(discharges: pd.DataFrame, *, rules: LadderRules | None = None) -> pd.Series:
    """Return the clients to whom the hours for adolescents apply.

    Parameters
    ----------
    discharges : DataFrame
        Canonical discharges; `age` and `age_band` are read where they are held.
    rules : LadderRules or None
        Age limits; those of this version if None.

    Returns
    -------
    Series of str
        Each client once. Whose age is unknown is not among them; who was young at the first of several
        admissions is.
    """
    limits = (rules or read_rules()).adolescent
    young = pd.Series(False, index=discharges.index)
    if "age" in discharges:
        young |= (discharges["age"] < limits.below_age).fillna(False).astype(bool)
    if "age_band" in discharges:
        young |= discharges["age_band"].isin(limits.age_bands)
    return discharges.loc[young, "client_id"].drop_duplicates().reset_index(drop=True)
