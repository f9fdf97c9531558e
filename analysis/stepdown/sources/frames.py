"""A cohort from data frames: the same checks as for files, identifiers included."""

import datetime as dt
import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow import csv
from pydantic import ValidationError

from stepdown.errors import ConfigError, DataError, Problem
from stepdown.schema import TABLES, Basis, Clock, Cohort, Schedule
from stepdown.schema.declarations import problems_from
from stepdown.sources.loading import load_frames
from stepdown.sources.map.cohort_file import CohortFile
from stepdown.sources.map.cohort_file_rules import config_problems
from stepdown.sources.map.plain_columns import plain_table, shape
from stepdown.sources.read.files import name_problems
from stepdown.sources.read.raw_tables import Raw
from stepdown.sources.safe_errors import quiet

Maps = Mapping[str, object]
_FLAT = "data"
_DECLARED = {table.name: table for table in TABLES}
_DICT = ("must be a dict", "Give a dict: {key: value}.")
# What a cohort file calls a thing, and what a caller calls it.
_IN_PYTHON = (
    ("must be a table", _DICT[0]),
    ("Write it as a table: { key = value }.", _DICT[1]),
    ("write a date without quotes", 'give a date, such as "2026-09-30"'),
    ("data_cut = 2026-09-30", 'data_cut="2026-09-30"'),
    ("Add the key.", "Give a value."),
    ("Correct the key.", "Correct the argument."),
    ("Compare it with the bundled files.", "See help(stepdown.from_frames)."),
    ("Name the column of the file that holds it.", "Name the column of the frame that holds it."),
)


@quiet
def from_frames(
    *,
    discharges: pd.DataFrame,
    services: pd.DataFrame | None = None,
    observations: pd.DataFrame | None = None,
    followup: pd.DataFrame | None = None,
    assessments: pd.DataFrame | None = None,
    basis: Basis,
    clock: Clock,
    data_cut: dt.date | int | str | None = None,
    columns: Mapping[str, Maps] | None = None,
    covariates: Maps | None = None,
    missing: Sequence[str | float] = ("",),
    schedule: Schedule | Maps | None = None,
    sites: Mapping[str, str] | None = None,
    allow: Mapping[str, str] | None = None,
) -> Cohort:
    """Return a checked cohort from frames, one a table.

    A column with a canonical name (docs/data-dictionary.md) is that column. `columns` maps others, as a
    cohort file does. Columns without a map are checked for identifiers and do not enter the cohort.

    Parameters
    ----------
    discharges, services, observations, followup, assessments : DataFrame
        One row a discharge, a service, an observation, a period of follow-up, a score. None is changed. An
        empty frame is the same as none.
    basis : str
        Legal ground on which the data are held: "synthetic", "own_operations", "limited_data_set",
        "safe_harbor" or "expert_determination".
    clock : {"date", "day"}
        Whether days are dates, or whole days on each client's own clock.
    data_cut : date, int or str, optional
        Last day that the data could show; needed when clock is "date".
    columns : mapping of str to mapping, optional
        By table, canonical column to the name of a column, or to `{"from": name, "format": ..., "codes": ...,
        "unit": ...}`, or to `{"value": ...}` for one value on every row.
    covariates : mapping, optional
        Columns of the discharges beyond the canonical ones: name to `{"from": name, "type": "number",
        "known": "admission"}`.
    missing : sequence of str or number
        Values that mean missing, besides missing values themselves.
    schedule : Schedule or mapping, optional
        When contacts were due: `{"visits": [30, 90], "before": 7, "after": 14}`, in days since time zero.
    sites, allow : mapping of str to str, optional
        Labels of sites; columns that may pass the identifier guard, each with the reason.

    Returns
    -------
    Cohort

    Raises
    ------
    ConfigError
        An argument or a map is wrong.
    IdentifierError
        The frames hold, or seem to hold, identifiers; lists the other problems too.
    DataError
        A column is missing, or the data break the rules of their tables. Rows are named by position, counted
        from 0 (`frame.iloc`); an index is never shown, because it may identify clients.

    Examples
    --------
    >>> import pandas as pd
    >>> import stepdown as sd
    >>> stays = pd.DataFrame({"client_id": [1, 2], "admitted": [0, 0], "discharge_day": [28, 30]})
    >>> cohort = sd.from_frames(
    ...     discharges=stays,
    ...     observations=pd.DataFrame({"client_id": [1], "day": [60], "finding": ["positive"]}),
    ...     followup=pd.DataFrame({"client_id": [1, 2], "start_day": [28, 30], "end_day": [120, 110]}),
    ...     basis="synthetic",
    ...     clock="day",
    ...     columns={"discharges": {"admit_day": "admitted"}},
    ... )
    >>> len(cohort.discharges), len(cohort.observations)
    (2, 1)
    """
    given = {"discharges": discharges, "services": services, "observations": observations}
    given |= {"followup": followup, "assessments": assessments}
    frames = {name: frame for name, frame in given.items() if frame is not None}
    raws = _raws(frames, may_be_empty=True)
    maps = _plain({} if columns is None else columns)
    if not isinstance(maps, dict):
        raise ConfigError([Problem(table="from_frames", column="columns", what=_DICT[0], remedy=_DICT[1])])
    tables: dict[str, Any] = {
        name: {"file": name, "columns": _columns(name, frames[name], maps.get(name, {}))} for name in raws
    }
    if covariates is not None and "discharges" in tables:
        tables["discharges"]["covariates"] = covariates
    unused = [
        Problem(
            table="from_frames",
            column=f"columns.{name}",
            what="maps columns of a frame that was not given",
            remedy=f"Give {name} a frame, or remove the map."
            if name in given
            else f"Allowed: {', '.join(given)}.",
        )
        for name in maps
        if name not in frames
    ]
    raw: dict[str, Any] = {"tables": tables, "schedule": schedule, "sites": sites, "allow": allow}
    raw |= {"basis": basis, "clock": clock, "data_cut": _date(data_cut), "missing": missing}
    return load_frames(_config(raw, "from_frames", unused), raws, name="from_frames")


@quiet
def from_frame(
    data: pd.DataFrame,
    *,
    discharges: Maps,
    services: Sequence[Maps] = (),
    observations: Sequence[Maps] = (),
    followup: Sequence[Maps] = (),
    assessments: Sequence[Maps] = (),
    basis: Basis,
    clock: Clock,
    data_cut: dt.date | int | str | None = None,
    covariates: Maps | None = None,
    missing: Sequence[str | float] = ("",),
    schedule: Schedule | Maps | None = None,
    sites: Mapping[str, str] | None = None,
    allow: Mapping[str, str] | None = None,
) -> Cohort:
    """Return a checked cohort from one frame with one row a client (or a discharge).

    Parameters
    ----------
    data : DataFrame
        The frame; it is not changed.
    discharges : mapping
        Canonical column to the name of a column, or to a map as in `from_frames`.
    services, observations, followup, assessments : sequence of mapping
        One map for each event that a row may hold; an event whose cells are all missing makes no row. A map
        may have `when`: only rows in which a column has a value.
    basis, clock, data_cut, covariates, missing, schedule, sites, allow
        As in `from_frames`.

    Returns
    -------
    Cohort

    Raises
    ------
    ConfigError, IdentifierError, DataError
        As in `from_frames`.

    Examples
    --------
    >>> import pandas as pd
    >>> import stepdown as sd
    >>> clients = pd.DataFrame(
    ...     {"id": [1, 2], "in": [0, 0], "out": [28, 30], "iop": [35, None], "use": [None, 50], "end": 90}
    ... )
    >>> cohort = sd.from_frame(
    ...     clients,
    ...     discharges={"client_id": "id", "admit_day": "in", "discharge_day": "out"},
    ...     services=[{"level": {"value": "iop"}, "start_day": "iop"}],
    ...     observations=[{"finding": {"value": "positive"}, "day": "use"}],
    ...     followup=[{"start_day": "out", "end_day": "end"}],
    ...     basis="synthetic",
    ...     clock="day",
    ... )
    >>> len(cohort.discharges), len(cohort.services), len(cohort.observations)
    (2, 1, 1)
    """
    raws = _raws({_FLAT: data}, may_be_empty=False)
    flat: dict[str, Any] = {"file": _FLAT, "discharges": discharges, "covariates": covariates}
    flat |= {"services": services, "observations": observations, "followup": followup}
    flat |= {"assessments": assessments}
    given = {key: value for key, value in flat.items() if value is not None}
    raw: dict[str, Any] = {"flat": given, "schedule": schedule, "sites": sites, "allow": allow}
    raw |= {"basis": basis, "clock": clock, "data_cut": _date(data_cut), "missing": missing}
    return load_frames(_config(raw, "from_frame", []), raws, name="from_frame")


def _config(raw: Mapping[str, Any], name: str, found: Sequence[Problem]) -> CohortFile:
    """Check arguments in the same way as a cohort file."""
    given = {key: _plain(value) for key, value in raw.items() if value is not None}
    problems = list(found)
    config: CohortFile | None = None
    try:
        config = CohortFile.model_validate({"format": 1, **given})
    except ValidationError as error:
        problems += problems_from(error, model=CohortFile, file=name)
    else:
        problems += config_problems(config, file=name, folder=None)
    if problems or config is None:
        raise ConfigError([_of_arguments(problem) for problem in problems])
    return config


def _of_arguments(problem: Problem) -> Problem:
    """Name the argument, and its Python type, where a cohort file has a key."""
    column = re.sub(r"^tables\.(\w+)\.columns", r"columns.\1", problem.column)
    column = re.sub(r"^(tables\.discharges\.(?=covariates)|tables\.|flat\.)", "", column)
    what, remedy = problem.what, problem.remedy
    for key, argument in _IN_PYTHON:
        what, remedy = what.replace(key, argument), remedy.replace(key, argument)
    return replace(problem, column=column, what=what, remedy=remedy)


def _plain(value: object) -> object:
    """Return an argument as a cohort file holds it: dicts with text as keys, lists, scalars of Python."""
    if isinstance(value, Schedule):
        return asdict(value)
    if isinstance(value, Mapping):
        return {_key(key): _plain(held) for key, held in value.items()}
    if isinstance(value, list | tuple | np.ndarray | pd.Series | pd.Index | Iterator):
        return [_plain(held) for held in value]
    return value.item() if isinstance(value, np.generic) else value


def _key(key: object) -> object:
    if isinstance(key, bool | np.bool_):
        return str(key).lower()
    if isinstance(key, float | np.floating) and float(key).is_integer():
        return str(int(key))
    return str(key) if isinstance(key, int | float | np.number) else key


def _columns(table: str, frame: pd.DataFrame, maps: object) -> object:
    """Map canonical names to themselves, and what is required too, so that its absence is reported."""
    if not isinstance(maps, dict):
        return maps
    own: dict[str, object] = {
        column.name: column.name
        for column in _DECLARED[table]
        if column.name not in maps and (column.name in frame.columns or column.required)
    }
    return own | maps


def _date(data_cut: object) -> object:
    if isinstance(data_cut, np.datetime64):
        data_cut = pd.Timestamp(data_cut)
    if isinstance(data_cut, dt.datetime):
        return data_cut.date()
    if isinstance(data_cut, str):
        try:
            return dt.date.fromisoformat(data_cut)
        except ValueError:
            return data_cut
    return data_cut


def _raws(frames: Mapping[str, pd.DataFrame], *, may_be_empty: bool) -> dict[str, Raw]:
    found: dict[str, Raw] = {}
    problems: list[Problem] = []
    for name, frame in frames.items():
        wrong = _frame_problems(name, frame)
        problems += wrong
        if wrong or (frame.empty and name != "discharges" and may_be_empty):
            continue
        table, mixed = _arrow(name, frame)
        problems += mixed
        found[name] = Raw(name=name, table=table, sha256=_hash(table), numbered=False, noun="frame")
    if problems:
        raise DataError(problems)
    return found


def _frame_problems(name: str, frame: object) -> list[Problem]:
    if not isinstance(frame, pd.DataFrame):
        return [Problem(table=name, what="is not a DataFrame", remedy="Give a pandas DataFrame.")]
    names = list(frame.columns)
    if not all(
        isinstance(column, str) and column == column.encode(errors="ignore").decode() for column in names
    ):
        remedy = "Name the columns: frame.columns = [...]."
        return [Problem(table=name, what="has columns whose names are not text", remedy=remedy)]
    if frame.empty and name in ("discharges", _FLAT):
        return [Problem(table=name, what="has no rows", remedy="Give one row a discharge.")]
    hidden = [str(one) for one in frame.index.names if one in _DECLARED.get(name, ()) and one not in names]
    return [
        Problem(
            table=name, column=label, what="is the index, not a column", remedy="Use frame.reset_index()."
        )
        for label in hidden
    ] or name_problems(name, names, _DECLARED[name].names if name in _DECLARED else ())


def _arrow(name: str, frame: pd.DataFrame) -> tuple[pa.Table, list[Problem]]:
    arrays, problems = [], []
    for column in frame.columns:
        values = frame[column]
        if isinstance(values.dtype, pd.SparseDtype):
            values = values.astype(values.dtype.subtype)
        try:
            arrays.append(pa.array(values, from_pandas=True))
        except (pa.ArrowException, TypeError, ValueError, OverflowError):  # their messages may hold values
            arrays.append(pa.nulls(len(frame), pa.string()))
            problems.append(
                Problem(
                    table=name,
                    column=column,
                    what="mixes types, or has one that cannot be read",
                    remedy="Make all its values text, numbers, dates, or True and False.",
                )
            )
    return pa.table(dict(zip(frame.columns, arrays, strict=True))), problems


def _hash(table: pa.Table) -> str:
    """SHA-256 of the table as CSV; columns of a type that cannot be read are left out."""
    plain = plain_table(table, ())
    sink = pa.BufferOutputStream()
    csv.write_csv(
        plain.select([name for name in plain.column_names if shape(plain[name].type) != "other"]), sink
    )
    return hashlib.sha256(sink.getvalue()).hexdigest()
