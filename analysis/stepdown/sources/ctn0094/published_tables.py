"""The source's tables from Parquet or from the package's .rda files, every fault a problem."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
import pyarrow as pa

from stepdown.errors import Problem
from stepdown.identifiers import Role
from stepdown.schema import Kind
from stepdown.sources.map.plain_columns import as_text, plain_table, real, shape
from stepdown.sources.read.files import file_hash, read_file
from stepdown.sources.read.raw_tables import Raw, ReadError, no_reader, unreadable

Format = Literal["parquet", "rda"]
Patterns = Literal["published", "rebuilt"]
# What each column becomes: the guard checks only what may enter a cohort.
_FLAGS: dict[str, Kind] = {name: "flag" for name in ("is_dead", "is_left_study", "is_in_jail", "is_moved")}
_PEOPLE: dict[str, dict[str, Kind]] = {
    "everybody": {"who": "id", "project": "code"},
    "randomization": {"who": "id", "treatment": "code", "which": "code", "when": "day"},
    "demographics": {
        "who": "id",
        "age": "number",
        "is_male": "code",
        "job": "code",
        "is_living_stable": "code",
        "education": "code",
        "marital": "code",
    },
    "derived_raceEthnicity": {"who": "id", "race_ethnicity": "code"},
    "site_masked": {"who": "id", "site_masked": "id"},
    "asi": {"who": "id", "used_iv": "code"},
    "fagerstrom": {"who": "id", "is_smoker": "code"},
    "psychiatric": {
        "who": "id",
        **{f"has_{name}": "code" for name in ("schizophrenia", "major_dep", "bipolar", "anx_pan")},
    },
    "derived_inductDelay": {"who": "id", "inductDelay": "integer"},
    "detox": {"who": "id", "what": "code", "when": "day"},
    "treatment": {"who": "id", "when": "day"},
    "tlfb": {"who": "id", "what": "code", "when": "day"},
    "visit": {"who": "id", "visit": "code", "what": "code", **_FLAGS, "when": "day"},
    "uds": {"who": "id", "what": "code", "when": "day"},
    "uds_temp": {"who": "id", "was_temp_ok": "code", "when": "day"},
}
_PATTERNS: dict[str, dict[str, Kind]] = {
    "derived_weeklyOpioidPattern": {"who": "id", "Phase_1": "code", "Phase_2": "code"}
}
_WHOLE = ("id", "day", "integer")


def wanted(patterns: Patterns) -> dict[str, dict[str, Kind]]:
    """Return the tables that are read, with their columns and what each becomes."""
    return {**_PEOPLE, **_PATTERNS} if patterns == "published" else _PEOPLE


@dataclass(frozen=True, eq=False, kw_only=True)
class SourceTables:
    """The source's tables as read.

    Attributes
    ----------
    raws : mapping of str to Raw
        By table, all columns plain.
    frames : mapping of str to DataFrame
        The columns that are used: days and ids as Int64, all else as text.
    problems : tuple of Problem
        Files and columns that are missing, damaged, or not what they should be.
    """

    raws: Mapping[str, Raw]
    frames: Mapping[str, pd.DataFrame]
    problems: tuple[Problem, ...]

    @property
    def roles(self) -> dict[str, dict[str, Role]]:
        """What the used columns become, by file name, for the identifier guard."""
        return {raw.name: _roles(name) for name, raw in self.raws.items()}


def missing_files(folder: Path, format: Format, patterns: Patterns) -> tuple[str, ...]:
    """Return the files that a folder should hold and does not."""
    names = [f"{name}.{format}" for name in wanted(patterns)]
    return tuple(name for name in names if not (folder / name).is_file())


def read_tables(
    folder: Path, *, format: Format = "parquet", patterns: Patterns = "published"
) -> SourceTables:
    """Read the tables of CTN-0094 that a cohort is made of.

    Parameters
    ----------
    folder : Path
        Holds one file a table, named as in the source.
    format : {"parquet", "rda"}
        Ending of the files. `.rda` needs the extra `formats`.
    patterns : {"published", "rebuilt"}
        The published weekly patterns are read only where they are used.

    Returns
    -------
    SourceTables
        Everything that is wrong is in `problems`; nothing is raised.
    """
    raws: dict[str, Raw] = {}
    frames: dict[str, pd.DataFrame] = {}
    problems: list[Problem] = []
    read: Callable[[Path], Raw] = read_file if format == "parquet" else _rda
    for name, columns in wanted(patterns).items():
        try:
            raw = read(folder / f"{name}.{format}")
        except ReadError as error:
            problems += error.problems
            continue
        raws[name] = replace(raw, table=plain_table(raw.table, [""]))
        frame, found = _frame(raws[name], columns)
        problems += found
        if not found:
            frames[name] = frame
    return SourceTables(raws=raws, frames=frames, problems=tuple(problems))


def _rda(path: Path) -> Raw:
    """Read an R file whose one table has the file's name."""
    try:
        import pyreadr
    except ImportError:
        raise no_reader(path.name) from None
    try:
        sha256 = file_hash(path)
        frame = pyreadr.read_r(str(path), use_objects=[path.stem])[path.stem]
        table = pa.Table.from_pandas(frame, preserve_index=False)
    except Exception:  # the library's own errors are of many kinds, and may hold values
        raise unreadable(
            path.name,
            "cannot be read, or has no table of its own name",
            "Copy it again from the package.",
        ) from None
    return Raw(name=path.name, table=table, sha256=sha256, numbered=False)


def _frame(raw: Raw, columns: Mapping[str, Kind]) -> tuple[pd.DataFrame, list[Problem]]:
    made, problems = {}, []
    for name, kind in columns.items():
        column = raw.table[name] if name in raw.table.column_names else None
        whole = kind in _WHOLE and name != "site_masked"
        if column is None or (whole and not _is_whole(column)):
            what = "is missing" if column is None else "does not hold whole numbers"
            problems.append(
                Problem(table=raw.name, column=name, what=what, remedy="Copy the complete file again.")
            )
        else:
            made[name] = _whole(column) if whole else _text(column, number=kind == "number")
    return pd.DataFrame(made), problems


def _is_whole(column: pa.ChunkedArray) -> bool:
    if shape(column.type) == "whole":
        return True
    if shape(column.type) != "real":
        return False
    numbers = real(column).drop_null().to_numpy()
    return bool((np.isfinite(numbers) & (numbers == np.round(numbers))).all())


def _whole(column: pa.ChunkedArray) -> pd.Series:
    return pd.Series(column.cast(pa.int64()).to_pandas(types_mapper={pa.int64(): pd.Int64Dtype()}.get))


def _text(column: pa.ChunkedArray, *, number: bool) -> pd.Series:
    if number:
        return pd.Series(real(column).to_numpy(), dtype="float64")
    return pd.Series(as_text(column).to_pandas(), dtype=object)


def _roles(name: str) -> dict[str, Role]:
    columns = {**_PEOPLE, **_PATTERNS}[name]
    return {
        column: Role(kind=kind, closed=kind in ("code", "flag"), age=column == "age")
        for column, kind in columns.items()
    }
