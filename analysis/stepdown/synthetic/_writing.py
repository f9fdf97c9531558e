"""Write a synthetic cohort as files with the cohort file that maps them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from stepdown.schema import TABLES, Table
from stepdown.synthetic._covariates import DAYS
from stepdown.synthetic._flat import flat_frame, flat_toml
from stepdown.synthetic._generator import FIRST_DAY
from stepdown.synthetic._toml_text import DATE_FORMAT, file_name, head, source_name, tail
from stepdown.synthetic._worlds import Recording, World, world_of

DATA_CUT = FIRST_DAY + DAYS - 1

Form = Literal["tables", "flat"]
Format = Literal["csv", "parquet"]


def write(
    frames: Mapping[str, pd.DataFrame],
    folder: str | Path,
    *,
    world: str | World = "clean",
    as_: Form = "tables",
    format: Format = "csv",
    data_cut: int = DATA_CUT,
) -> Path:
    """Write a generated cohort and its cohort.toml; the same frames give the same bytes.

    Parameters
    ----------
    frames : mapping of DataFrame
        What `generate` returned.
    folder : str or Path
        Made where it does not exist; files of the same names are replaced.
    world : str or World
        World of the cohort: gives the days on which contacts were due.
    as_ : {"tables", "flat"}
        A file a table (none for one without rows), or one file with one row a client (the first
        discharge of each).
    format : {"csv", "parquet"}
        CSV has dates ("2026-09-30"), Parquet has whole days since 1970-01-01. "flat" is always CSV.
    data_cut : int
        Last day of the data, in days since 1970-01-01.

    Returns
    -------
    Path
        The cohort file.
    """
    place = Path(folder)
    place.mkdir(parents=True, exist_ok=True)
    recording = world_of(world).recording
    if as_ == "flat":
        one = flat_frame(frames)
        _write_csv(_as_text(one), place / "clients.csv")
        text = flat_toml(one, recording, data_cut=data_cut, sites=_sites(frames))
    elif format == "csv":
        text = _write_tables(frames, place, recording, data_cut)
    else:
        text = _write_parquet(frames, place, recording, data_cut)
    path = place / "cohort.toml"
    path.write_text(text, encoding="utf-8", newline="\n")
    return path


def _sites(frames: Mapping[str, pd.DataFrame]) -> list[str]:
    return sorted(frames["discharges"]["site_id"].dropna().unique())


def _with_rows(frames: Mapping[str, pd.DataFrame]) -> list[Table]:
    """Return the tables that get a file: an empty one gets none, and the cohort file does not name it."""
    return [table for table in TABLES if len(frames[table.name])]


def _held(table: Table, frame: pd.DataFrame) -> pd.DataFrame:
    """Return the columns that a file needs: none that is empty, constant or derived on loading."""
    names = [str(name) for name in frame if frame[name].notna().any()]
    if table.name == "discharges":
        names = [name for name in names if name not in ("level", "quarter")]
    if table.name == "services" and frame["end_day"].equals(frame["start_day"]):
        names.remove("end_day")
    return frame[names]


def _write_tables(
    frames: Mapping[str, pd.DataFrame], place: Path, recording: Recording, data_cut: int
) -> str:
    parts = [head(clock="date", data_cut=data_cut)]
    for table in _with_rows(frames):
        held = _held(table, frames[table.name])
        named = held.rename(columns={name: source_name(table[name]) for name in table.names})
        name = file_name(table.name, "csv")
        _write_csv(_as_text(named), place / name)
        lines = [f"[tables.{table.name}]", f'file = "{name}"', f"[tables.{table.name}.columns]"]
        for column in map(str, held):
            source = source_name(table[column])
            dated = table[column].kind == "day"
            lines.append(
                f'{column} = {{ from = "{source}", format = "{DATE_FORMAT}" }}'
                if dated
                else f'{column} = "{source}"'
            )
        if table.name == "discharges":
            lines.append('level = { value = "residential" }')
        parts.append("\n".join(lines) + "\n")
    return "\n".join([*parts, tail(recording, _sites(frames))])


def _write_parquet(
    frames: Mapping[str, pd.DataFrame], place: Path, recording: Recording, data_cut: int
) -> str:
    parts = [head(clock="day", data_cut=data_cut)]
    for table in _with_rows(frames):
        frame = frames[table.name]
        held = frame[[name for name in frame if frame[name].notna().any()]]
        name = file_name(table.name, "parquet")
        pq.write_table(
            pa.Table.from_pandas(held, preserve_index=False).replace_schema_metadata(), place / name
        )
        lines = [f"[tables.{table.name}]", f'file = "{name}"', f"[tables.{table.name}.columns]"]
        lines += [f'{column} = "{column}"' for column in held]
        parts.append("\n".join(lines) + "\n")
    return "\n".join([*parts, tail(recording, _sites(frames))])


def _as_text(frame: pd.DataFrame) -> pa.Table:
    """Return a table of texts: days as dates, flags as 0 and 1, missing as nothing."""
    return pa.table({str(name): _texts(frame[name]) for name in frame})


def _texts(column: pd.Series) -> pa.Array:
    present = column.notna().to_numpy()
    if str(column.name).endswith("date"):
        days = column.fillna(0).to_numpy(dtype=np.int64).astype("datetime64[D]")
        values = days.astype(str)
    elif column.dtype == "boolean":
        values = np.where(column.fillna(False).to_numpy(dtype=bool), "1", "0")
    elif column.dtype == "float64":
        values = np.array([f"{value:.10g}" for value in column.to_numpy()], dtype=object)
    else:
        values = column.astype(object).astype(str).to_numpy()
    return pa.array(values.astype(object), type=pa.string(), mask=~present)


def _write_csv(table: pa.Table, path: Path) -> None:
    # pyarrow quotes the header whatever the style, so it is written apart.
    with path.open("wb") as file:
        file.write((",".join(table.column_names) + "\n").encode())
        pa_csv.write_csv(table, file, pa_csv.WriteOptions(include_header=False, quoting_style="none"))
