"""A synthetic cohort as files, one a table or one row a client, with the cohort file that maps them."""

import datetime as dt
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from stepdown.schema import DISCHARGES, TABLES, Column, Table
from stepdown.synthetic.baseline_covariates import DAYS
from stepdown.synthetic.generator import FIRST_DAY
from stepdown.synthetic.transition_rates import HORIZON
from stepdown.synthetic.worlds import Recording, World, world_of

DATE_FORMAT = "%Y-%m-%d"


def source_name(column: Column) -> str:
    """Return the name of a column in CSV files: days are dates there."""
    if column.kind != "day":
        return column.name
    return column.name.removesuffix("day") + "date"


def date_of(day: int) -> str:
    """Return a day since 1970-01-01 as a date."""
    return (dt.date(1970, 1, 1) + dt.timedelta(days=day)).isoformat()


def head(*, clock: str, data_cut: int) -> str:
    """Return the first lines of a cohort file."""
    cut = date_of(data_cut) if clock == "date" else str(data_cut)
    return f'''# Synthetic clients, not real persons. Simulated by stepdown; the true risks are known.
format = 1
basis = "synthetic"
clock = "{clock}"
data_cut = {cut}
missing = [""]
'''


def tail(recording: Recording, sites: list[str]) -> str:
    """Return the last lines of a cohort file: when contacts were due, and labels of sites."""
    visits = ", ".join(str(visit) for visit in recording.visits)
    lines = [
        "[schedule]                 # days since discharge on which contacts were due",
        f"visits = [{visits}]",
        f"before = {recording.early}",
        f"after = {recording.late}",
        "",
        "[sites]",
        *(f'"{site}" = "Site {site}"' for site in sites),
    ]
    return "\n".join(lines) + "\n"


_CARE = ("php", "iop", "outpatient")
_EVENTS = ("death", "incarceration")
_SCORE = re.compile(r"(\w+)_w(\d+)")


def flat_frame(frames: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return one row a client: the first discharge, and what followed within the year after it.

    Care becomes its first and last attended day by level, observations the first positive finding, death
    and incarceration, weekly scores a column each. Negative findings and single sessions are lost.
    """
    stays = frames["discharges"].drop_duplicates("client_id").set_index("client_id")
    zero = stays["discharge_day"]
    flat = stays[[name for name in stays if stays[name].notna().any()]].drop(
        columns=["episode_id", "level", "quarter"]
    )
    flat = flat.rename(columns={name: source_name(DISCHARGES[name]) for name in map(str, flat)})
    care = _within(frames["services"], zero, "start_day")
    care = care[care["attended"].fillna(True)]
    for level in _CARE:
        days = care[care["level"] == level].groupby("client_id")
        flat[f"{level}_first_date"] = days["start_day"].min()
        flat[f"{level}_last_date"] = days["end_day"].max()
    found = _within(frames["observations"], zero, "day").sort_values(["client_id", "day"], kind="stable")
    positive = found[found["finding"] == "positive"].drop_duplicates("client_id").set_index("client_id")
    flat["use_date"], flat["use_after_date"] = positive["day"], positive["since_day"]
    flat["use_source"] = positive["source"]
    for event in _EVENTS:
        flat[f"{event}_date"] = found[found["finding"] == event].groupby("client_id")["day"].min()
    spans = frames["followup"].drop_duplicates("client_id").set_index("client_id")
    flat["followed_to_date"], flat["followed_until"] = spans["end_day"], spans["reason"]
    return flat.join(_weekly(frames["assessments"], zero)).reset_index()


def _weekly(scores: pd.DataFrame, zero: pd.Series) -> pd.DataFrame:
    """Return a column for each score of each week after the first discharge: craving_w1."""
    held = _within(scores, zero, "day")
    week = (held["day"] - held["client_id"].map(zero)).astype("int64")
    held = held.assign(week=week // 7)[(week % 7 == 0).to_numpy()]
    held = held.assign(column=held["instrument"].astype(str) + "_w" + held["week"].astype(str))
    order = held.sort_values(["instrument", "week"], kind="stable")["column"].unique()
    wide = held.pivot_table(index="client_id", columns="column", values="value", aggfunc="first")[[*order]]
    wide.columns.name = None
    return wide


def _within(rows: pd.DataFrame, zero: pd.Series, day: str) -> pd.DataFrame:
    since = rows[day] - rows["client_id"].map(zero)
    return rows[(since >= 0) & (since <= HORIZON)]


def flat_toml(flat: pd.DataFrame, recording: Recording, *, data_cut: int, sites: list[str]) -> str:
    """Return the cohort file of a flat cohort."""
    lines = [head(clock="date", data_cut=data_cut), "[flat]", 'file = "clients.csv"']
    lines += ["observations = [", *(f"    {row}," for row in _observations(flat)), "]"]
    spells = [
        f'    {{ level = {{ value = "{level}" }}, start_day = {_date(f"{level}_first_date")}, '
        f"end_day = {_date(f'{level}_last_date')} }},"
        for level in _CARE
    ]
    lines += ["services = [", *spells, "]"]
    span = f"start_day = {_date('discharge_date')}, end_day = {_date('followed_to_date')}"
    lines += [
        f'followup = [{{ {span}, reason = "followed_until" }}]',
        *_scores(flat),
        "",
        "[flat.discharges]",
    ]
    lines += [_mapped(column, source_name(column)) for column in DISCHARGES if source_name(column) in flat]
    lines += ['level = { value = "residential" }', "", tail(recording, sites)]
    return "\n".join(lines)


def _date(source: str) -> str:
    return f'{{ from = "{source}", format = "{DATE_FORMAT}" }}'


def _observations(flat: pd.DataFrame) -> list[str]:
    since = f", since_day = {_date('use_after_date')}" if flat["use_after_date"].notna().any() else ""
    rows = [
        f'{{ day = {_date("use_date")}{since}, finding = {{ value = "positive" }}, source = "use_source" }}'
    ]
    rows += [
        f'{{ day = {_date(f"{event}_date")}, finding = {{ value = "{event}" }}, '
        'source = { value = "registry" } }'
        for event in _EVENTS
    ]
    return rows


def _scores(flat: pd.DataFrame) -> list[str]:
    columns = [match for name in map(str, flat) if (match := _SCORE.fullmatch(name))]
    if not columns:
        return []
    rows = [
        f'    {{ instrument = {{ value = "{column[1]}" }}, value = "{column[0]}", day = {{ from = '
        f'"discharge_date", format = "{DATE_FORMAT}", add_days = {7 * int(column[2])} }} }},'
        for column in columns
    ]
    return ["assessments = [", *rows, "]"]


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
    else:
        text = _write_tables(frames, place, recording, data_cut, format)
    path = place / "cohort.toml"
    path.write_text(text, encoding="utf-8", newline="\n")
    return path


def _sites(frames: Mapping[str, pd.DataFrame]) -> list[str]:
    return sorted(frames["discharges"]["site_id"].dropna().unique())


def _held(table: Table, frame: pd.DataFrame) -> pd.DataFrame:
    """Return the columns that a file needs: none that is empty, constant or derived on loading."""
    names = [str(name) for name in frame if frame[name].notna().any()]
    if table.name == "discharges":
        names = [name for name in names if name not in ("level", "quarter")]
    if table.name == "services" and frame["end_day"].equals(frame["start_day"]):
        names.remove("end_day")
    return frame[names]


def _write_tables(
    frames: Mapping[str, pd.DataFrame], place: Path, recording: Recording, data_cut: int, format: Format
) -> str:
    """Write a file for each table with rows; return the text of the cohort file."""
    dated = format == "csv"
    parts = [head(clock="date" if dated else "day", data_cut=data_cut)]
    for table in TABLES:
        frame = frames[table.name]
        if frame.empty:
            continue
        held = _held(table, frame) if dated else frame[[name for name in frame if frame[name].notna().any()]]
        name = f"{table.name}.{format}"
        lines = [f"[tables.{table.name}]", f'file = "{name}"', f"[tables.{table.name}.columns]"]
        if dated:
            names = {str(column): source_name(table[str(column)]) for column in held}
            _write_csv(_as_text(held.rename(columns=names)), place / name)
            lines += [_mapped(table[column], source) for column, source in names.items()]
            lines += ['level = { value = "residential" }'] if table.name == "discharges" else []
        else:
            rows = pa.Table.from_pandas(held, preserve_index=False).replace_schema_metadata()
            pq.write_table(rows, place / name)
            lines += [f'{column} = "{column}"' for column in held]
        parts.append("\n".join(lines) + "\n")
    return "\n".join([*parts, tail(recording, _sites(frames))])


def _mapped(column: Column, source: str) -> str:
    return f"{column.name} = {_date(source)}" if column.kind == "day" else f'{column.name} = "{source}"'


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
