"""Files to canonical tables, following the maps of the cohort file."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from stepdown.errors import Problem
from stepdown.schema import TABLES, Column, Table
from stepdown.sources.map.cohort_file import CohortFile
from stepdown.sources.map.column_maps import Origin, Scalar
from stepdown.sources.map.plain_columns import as_text, is_missing, plain, real, shape
from stepdown.sources.map.values import NO, YES, Target, constant, convert, empty
from stepdown.sources.read.raw_tables import Raw, row_problems

# The recipe that shows each table.
_RECIPES = {
    "discharges": "one row a client",
    "services": "sessions",
    "observations": "calls",
    "followup": "calls",
}
# What `init` writes where only a person can name the column.
_TODO = "TODO"

Files = Mapping[tuple[str, str | None], Raw]


@dataclass(frozen=True, eq=False, kw_only=True)
class Built:
    """A canonical table before its rules are checked.

    Attributes
    ----------
    table : Table
        Its declaration.
    frame : DataFrame
        Rows in file order.
    raw : Raw or None
        The file; None where nothing is mapped.
    positions : array of int64
        Row of the file from which each row comes.
    covariates : tuple of Column
        Columns beyond the canonical ones.
    mapped : frozenset of str
        Columns that the cohort file gives.
    faulty : mapping of str to array of bool
        Rows whose cell could not be read as declared; it is missing in the frame.
    """

    table: Table
    frame: pd.DataFrame
    raw: Raw | None
    positions: NDArray[np.int64]
    covariates: tuple[Column, ...] = ()
    mapped: frozenset[str] = frozenset()
    faulty: Mapping[str, NDArray[np.bool_]] = field(default_factory=dict)

    def problems(
        self, column: str, what: str, remedy: str, rows: NDArray[np.bool_], *, kind: str = ""
    ) -> list[Problem]:
        """Return the problem of these rows, or nothing where there are none.

        `kind` is as for `Problem`; where none is given, that of the recipe for the table.
        """
        positions = self.positions[np.flatnonzero(rows)]
        kind = kind or _RECIPES.get(self.table.name, "")
        return row_problems(self.table.name, column, what, remedy, positions, raw=self.raw, kind=kind)


@dataclass(eq=False)
class _Piece:
    """Rows of a table that one map makes."""

    columns: dict[str, pd.Series]
    positions: NDArray[np.int64]
    raw: Raw
    faults: list[tuple[str, str, str, NDArray[np.bool_]]] = field(default_factory=list)


def build_tables(config: CohortFile, files: Files) -> tuple[dict[str, Built], list[Problem]]:
    """Make the canonical tables.

    Parameters
    ----------
    config : CohortFile
        A valid cohort file.
    files : mapping of (file, sheet) to Raw
        The files that could be read, their columns plain.

    Returns
    -------
    tables : dict of str to Built
        All four; those that are not mapped have no rows. Tables whose file or columns are missing
        are left out.
    problems : list of Problem
        Missing columns and cells that do not have their declared type.
    """
    tables, problems = {}, []
    for table in TABLES:
        origins = [origin for origin in config.origins if origin.table == table.name]
        if any((origin.file, origin.sheet) not in files for origin in origins):
            continue
        lacking = [problem for origin in origins for problem in _lacking(origin, files)]
        if lacking:
            problems += lacking
            continue
        for origin in origins:
            problems += _picks_nothing(origin, files[origin.file, origin.sheet])
        built, found = _table(table, origins, config, files)
        tables[table.name] = built
        problems += found
    return tables, list(dict.fromkeys(problems))


def row_count_problems(config: CohortFile, files: Files) -> list[Problem]:
    """Return the files that do not have as many rows as the cohort file states."""
    found = []
    for origin in config.origins:
        raw = files.get(origin.place)
        if raw is None or origin.rows is None or raw.table.num_rows == origin.rows:
            continue
        what = f"has {raw.table.num_rows:,} rows below its header, not {origin.rows:,} as rows states"
        remedy = "Read the whole export, or correct rows in the cohort file."
        found.append(Problem(table=raw.name, what=what, remedy=remedy))
    return found


def _lacking(origin: Origin, files: Files) -> list[Problem]:
    raw = files[origin.file, origin.sheet]
    there = raw.table.column_names
    names = [name for name in origin.sources if name not in there]
    shown = ", ".join(there[:30]) + (" ..." if len(there) > 30 else "")
    remedy = f"The {raw.noun} has the columns {shown}."
    if len(names) == len(origin.sources):
        # The first row may be a client.
        remedy = f"The {raw.noun} has none of the columns mapped: is its first row the header?"
    lacking = [name for name in names if name != _TODO]
    found = [Problem(table=raw.name, column=name, what="is missing", remedy=remedy) for name in lacking]
    return found if len(lacking) == len(names) else [*found, _open(raw)]


def _open(raw: Raw) -> Problem:
    """Return the problem of a line that `init` left for a person."""
    return Problem(
        table=raw.name,
        what=f'has "{_TODO}" in the place of a column in the cohort file',
        remedy="Name the column there, or run init with --ask; the comment of the line says what is missing.",
        kind="answers",
    )


def _table(
    table: Table, origins: Sequence[Origin], config: CohortFile, files: Files
) -> tuple[Built, list[Problem]]:
    declared = {column.name: column for column in table}
    covariates = tuple(
        covariate.column(name) for origin in origins for name, covariate in origin.covariates.items()
    )
    pieces = [_piece(origin, table, config, files[origin.file, origin.sheet]) for origin in origins]
    mapped = frozenset(name for piece in pieces for name in piece.columns)
    wanted = [column for column in table if column in table.core or column.name in mapped]
    wanted += [column for column in covariates if column.name not in declared]
    frame = _frame(wanted, pieces)
    positions = [piece.positions for piece in pieces]
    built = Built(
        table=table,
        frame=frame,
        raw=pieces[0].raw if pieces else None,
        positions=np.concatenate(positions) if positions else np.zeros(0, dtype=np.int64),
        covariates=tuple(_with_codes(column, frame) for column in covariates),
        mapped=mapped,
    )
    problems: list[Problem] = []
    faulty: dict[str, NDArray[np.bool_]] = {}
    start = 0
    for piece in pieces:
        for name, what, remedy, rows in piece.faults:
            if rows.any():
                spread = np.zeros(len(frame), dtype=bool)
                spread[start : start + len(rows)] = rows
                kind = "dates" if name in table and table[name].kind == "day" else ""
                problems += built.problems(name, what, remedy, spread, kind=kind)
                faulty[name] = faulty[name] | spread if name in faulty else spread
        start += len(piece.positions)
    return replace(built, faulty=faulty), problems


def _with_codes(column: Column, frame: pd.DataFrame) -> Column:
    if column.kind != "code" or column.codes:
        return column
    fields = {name: getattr(column, name) for name in ("name", "meaning", "kind", "known", "unit")}
    return Column(**fields, codes=tuple(frame[column.name].cat.categories))


def _frame(wanted: Sequence[Column], pieces: Sequence[_Piece]) -> pd.DataFrame:
    columns = {}
    for column in wanted:
        parts = [
            piece.columns[column.name]
            if column.name in piece.columns
            else empty(column, len(piece.positions))
            for piece in pieces
        ]
        if not parts:
            columns[column.name] = empty(column, 0)
        else:
            columns[column.name] = parts[0] if len(parts) == 1 else pd.concat(parts, ignore_index=True)
    return pd.DataFrame(columns, copy=False)


def _piece(origin: Origin, table: Table, config: CohortFile, raw: Raw) -> _Piece:
    keep = _kept(origin, raw)
    data = raw.table if keep.all() else raw.table.filter(pa.array(keep))
    piece = _Piece(columns={}, positions=np.flatnonzero(keep), raw=raw)
    if origin.row_ids:
        numbers = pd.Series(piece.positions + 1).astype(str)
        piece.columns["client_id"] = numbers.astype("string[pyarrow]")
    maps = [(table[name], mapping) for name, mapping in origin.columns.items()]
    maps += [(covariate.column(name), covariate.mapping) for name, covariate in origin.covariates.items()]
    for column, mapping in maps:
        name = column.name
        target = Target(
            column=column, mapping=mapping, clock=config.clock, noun=raw.noun, zone=config.timezone
        )
        if target.mapping.source is None:
            piece.columns[name] = constant(target, data.num_rows)
            continue
        values = plain(data[target.mapping.source], mapping.missing)
        piece.columns[name], faults = convert(values, target)
        piece.faults += [(name, fault.what, fault.remedy, fault.rows) for fault in faults]
    return piece


def _kept(origin: Origin, raw: Raw) -> NDArray[np.bool_]:
    """Find the rows of the file that make a row of the table."""
    keep = _when(origin, raw)
    score = origin.columns.get("value") if origin.table == "assessments" and origin.flat else None
    if score is not None and score.source is not None:
        # One row a client: a score that is empty was not taken, whatever its day.
        keep &= ~is_missing(plain(raw.table[score.source], score.missing))
    if not origin.flat or origin.when:
        return keep
    # One row a client: an event whose cells are all empty did not happen.
    cells = [
        plain(raw.table[mapping.source], mapping.missing)
        for column, mapping in origin.columns.items()
        if column != "client_id" and mapping.source
    ]
    if cells:
        keep &= ~np.all([is_missing(column) for column in cells], axis=0)
    return keep


def _picks_nothing(origin: Origin, raw: Raw) -> list[Problem]:
    """Report a condition that no row meets: what it should give would be silently absent."""
    names = [*dict.fromkeys([*origin.when, *origin.unless])]
    if not names or _when(origin, raw).any():
        return []
    keys = " and ".join(key for key in ("when", "unless") if getattr(origin, key))
    what = f"has no row that meets {keys}"
    remedy = f"Write the value of {keys} as the file has it, or remove the block."
    return [
        Problem(table=raw.name, column=" and ".join(names), what=what, remedy=remedy, kind="time and status")
    ]


def _when(origin: Origin, raw: Raw) -> NDArray[np.bool_]:
    keep = np.ones(raw.table.num_rows, dtype=bool)
    for name, wanted in origin.when.items():
        keep &= _among(raw.table[name], wanted)
    for name, wanted in origin.unless.items():
        keep &= ~_among(raw.table[name], wanted)
    return keep


def _among(column: pa.ChunkedArray, wanted: Scalar | list[Scalar]) -> NDArray[np.bool_]:
    values = wanted if isinstance(wanted, list) else [wanted]
    found: NDArray[np.bool_] = np.any([_equals(column, value) for value in values], axis=0)
    return found


def _same(value: Scalar) -> list[str]:
    """Return the texts, in lower case, that mean a value."""
    if isinstance(value, bool):
        return sorted(YES if value else NO)
    return [re.sub(r"^(-?\d+)\.0+$", r"\1", str(value).strip().lower())]


def _equals(column: pa.ChunkedArray, value: Scalar) -> NDArray[np.bool_]:
    """Compare as people do: TRUE, yes and 1 are true; case, and the decimals of 1.0, do not matter."""
    if value == "" and isinstance(value, str):
        return is_missing(column)
    if isinstance(value, int | float) and not isinstance(value, bool):
        if shape(column.type) == "text":
            numbers = pd.to_numeric(pd.Series(column.to_pylist(), dtype=object), errors="coerce")
            return (numbers == value).to_numpy(dtype=bool)
        if shape(column.type) not in ("whole", "real"):
            return np.zeros(len(column), dtype=bool)
        same = pc.equal(real(column), float(value))
    elif shape(column.type) == "other":
        return np.zeros(len(column), dtype=bool)
    else:
        texts = pc.utf8_lower(as_text(column).cast(pa.large_string()))
        texts = pc.replace_substring_regex(texts, r"^(-?\d+)\.0+$", r"\1")
        same = pc.is_in(texts, pa.array(_same(value), pa.large_string()))
    mask: NDArray[np.bool_] = same.fill_null(False).to_numpy(zero_copy_only=False)
    return mask
