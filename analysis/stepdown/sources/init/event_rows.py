"""Exports with one row an event of a client, as REDCap writes longitudinal projects: to one row a client.

A column that is filled at one event keeps its name. One that is filled at several, or at a call due on a day,
becomes a column for each, named after the event. Rows of a repeated instrument, such as sessions, become a
table of their own.
"""

from dataclasses import replace

import pandas as pd
import pyarrow as pa

from stepdown.identifiers import snake
from stepdown.sources.init.follow_up_calls import due_day
from stepdown.sources.read.sheets import Sheet

_EVENT = ("redcap_event_name", "event_name")
# Names of events in other exports, where each client has at most one row of each.
_VISIT = ("visit_name", "visit", "event", "timepoint", "time_point", "wave", "assessment_point", "interview")
_INSTRUMENT, _INSTANCE = (
    ("redcap_repeat_instrument", "repeat_instrument"),
    ("redcap_repeat_instance", "repeat_instance"),
)
_CLIENT = ("record_id", "study_id", "subject_id", "participant_id", "client_id", "patient_id", "mrn", "id")
_MOST_EVENTS = 20


def by_client(sheet: Sheet) -> list[Sheet]:
    """Return a sheet with one row a client where it has one row an event; any other sheet as it is.

    Parameters
    ----------
    sheet : Sheet
        A sheet as read.

    Returns
    -------
    list of Sheet
        The clients, and a sheet of each instrument that is repeated at an event.
    """
    raw = sheet.raw
    if raw is None:
        return [sheet]
    names = {snake(name): name for name in reversed(raw.table.column_names)}
    client = next((names[name] for name in _CLIENT if name in names), "")
    event = next((names[name] for name in (*_EVENT, *_VISIT) if name in names), "")
    if not client or not event:
        return [sheet]
    frame = raw.table.to_pandas().replace("", None)
    if snake(event) not in _EVENT and not _events(frame, client, event):
        return [sheet]
    instrument = next((names[name] for name in _INSTRUMENT if name in names), "")
    instances = [names[name] for name in _INSTANCE if name in names]
    again = frame[instrument].notna() if instrument else pd.Series(False, index=frame.index)
    once = frame[~again].drop(columns=[*instances, *([instrument] if instrument else [])])
    first = once.drop_duplicates([client, event])
    wide = _wide(first, client, event)
    note = f"{len(frame)} rows of {frame[event].nunique()} events became {len(wide)} rows, one a client"
    repeats = len(once) - len(first)
    note += f"; {repeats} rows of a repeated event are" if repeats else "; none is"
    table = pa.Table.from_pandas(wide, preserve_index=False)
    clients = replace(
        sheet,
        raw=replace(raw, table=table, numbered=False, skipped=()),
        left_out=(*sheet.left_out, note),
        plain=False,
    )
    return [
        clients,
        *(_repeated(sheet, rows, name) for name, rows in _by_instrument(frame[again], instrument)),
    ]


def _events(frame: pd.DataFrame, client: str, event: str) -> bool:
    """Return whether a column names events of clients: few of them, and one row a client at each."""
    held = frame[[client, event]].dropna()
    few = 1 < held[event].nunique() <= _MOST_EVENTS
    whole = len(held) == len(frame) and not held.duplicated().any()
    return few and whole and bool(held[client].duplicated().any())


def _wide(first: pd.DataFrame, client: str, event: str) -> pd.DataFrame:
    columns = {client: pd.Series(first[client].dropna().unique())}
    for name in first.columns.drop([client, event]):
        filled = first.dropna(subset=[client, name])
        events = filled[event].unique()
        for one in events:
            alone = len(events) == 1 and not due_day(str(one))[0]
            column = name if alone else f"{_plain(one)}: {name}"
            values = filled[filled[event] == one].set_index(client)[name]
            columns[column] = columns[client].map(values)
    return pd.DataFrame(columns)


def _by_instrument(frame: pd.DataFrame, instrument: str) -> list[tuple[str, pd.DataFrame]]:
    if not instrument:
        return []
    return [(str(name), rows.drop(columns=instrument)) for name, rows in frame.groupby(instrument)]


def _repeated(sheet: Sheet, rows: pd.DataFrame, name: str) -> Sheet:
    """Return the rows of a repeated instrument as a sheet, with the columns that they fill."""
    assert sheet.raw is not None
    table = pa.Table.from_pandas(rows.dropna(axis=1, how="all"), preserve_index=False)
    raw = replace(sheet.raw, table=table, numbered=False, skipped=())
    return replace(sheet, name=name, raw=raw, left_out=(), plain=False)


def _plain(event: object) -> str:
    """Return the name of an event without that of its arm: "1 Month (Arm 1: Main)" is 1 Month."""
    return str(event).partition("_arm_")[0].partition(" (Arm ")[0]
