"""A cohort from data frames: the same checks as for files, identifiers included."""

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

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


@quiet
def from_frames(
    *,
    discharges: pd.DataFrame,
    services: pd.DataFrame | None = None,
    observations: pd.DataFrame | None = None,
    followup: pd.DataFrame | None = None,
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

    A column that bears a canonical name (docs/data-dictionary.md) is that column. `columns` maps others, in
    the words of a cohort file. Columns without a map are checked for identifiers and do not enter the cohort.

    Parameters
    ----------
    discharges, services, observations, followup : DataFrame
        One row a discharge, a service, an observation, a period of follow-up. None is changed. An empty frame
        is the same as none.
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
        What stands for a missing value, besides missing itself.
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
    given["followup"] = followup
    frames = {name: frame for name, frame in given.items() if frame is not None}
    raws = _raws(frames, may_be_empty=True)
    tables: dict[str, Any] = {
        name: {"file": name, "columns": _columns(name, frames[name], (columns or {}).get(name, {}))}
        for name in raws
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
        for name in columns or {}
        if name not in raws and (name not in given or given[name] is None)
    ]
    raw: dict[str, Any] = {"tables": tables, "schedule": schedule, "sites": sites, "allow": allow}
    raw |= {"basis": basis, "clock": clock, "data_cut": _date(data_cut), "missing": list(missing)}
    return load_frames(_config(raw, "from_frames", "tables.", unused), raws, name="from_frames")


@quiet
def from_frame(
    data: pd.DataFrame,
    *,
    discharges: Maps,
    services: Sequence[Maps] = (),
    observations: Sequence[Maps] = (),
    followup: Sequence[Maps] = (),
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
    services, observations, followup : sequence of mapping
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
    flat: dict[str, Any] = {"file": _FLAT, "discharges": discharges, "covariates": covariates or {}}
    flat |= {"services": list(services), "observations": list(observations), "followup": list(followup)}
    raw: dict[str, Any] = {"flat": flat, "schedule": schedule, "sites": sites, "allow": allow}
    raw |= {"basis": basis, "clock": clock, "data_cut": _date(data_cut), "missing": list(missing)}
    return load_frames(_config(raw, "from_frame", "flat.", []), raws, name="from_frame")


def _config(raw: Mapping[str, Any], name: str, prefix: str, found: Sequence[Problem]) -> CohortFile:
    """Check arguments as the cohort file that they stand for."""
    given = {key: value for key, value in raw.items() if value is not None}
    if isinstance(given.get("schedule"), Schedule):
        given["schedule"] = asdict(given["schedule"])
    problems = list(found)
    config: CohortFile | None = None
    try:
        config = CohortFile.model_validate({"format": 1, **given})
    except ValidationError as error:
        problems += problems_from(error, model=CohortFile, file=name)
    else:
        problems += config_problems(config, file=name, folder=None)
    if problems or config is None:
        raise ConfigError([replace(one, column=one.column.removeprefix(prefix)) for one in problems])
    return config


def _columns(table: str, frame: pd.DataFrame, maps: Maps) -> dict[str, object]:
    """Map canonical names to themselves, and what is required too, so that its absence is reported."""
    declared = next(one for one in TABLES if one.name == table)
    own: dict[str, object] = {
        column.name: column.name
        for column in declared
        if column.name not in maps and (column.name in frame.columns or column.required)
    }
    return own | dict(maps)


def _date(data_cut: dt.date | int | str | None) -> object:
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
    if not all(isinstance(column, str) for column in frame.columns):
        return [
            Problem(
                table=name,
                what="has columns whose names are not text",
                remedy="Name the columns: frame.columns = [...].",
            )
        ]
    if frame.empty and name in ("discharges", _FLAT):
        return [Problem(table=name, what="has no rows", remedy="Give one row a discharge.")]
    return name_problems(name, list(frame.columns))


def _arrow(name: str, frame: pd.DataFrame) -> tuple[pa.Table, list[Problem]]:
    arrays, problems = [], []
    for column in frame.columns:
        try:
            arrays.append(pa.array(frame[column], from_pandas=True))
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
