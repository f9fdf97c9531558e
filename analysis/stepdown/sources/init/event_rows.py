"""Exports with one row an event of a client, as REDCap writes longitudinal projects: to one row a client.

A column that is filled at one event keeps its name. One that is filled at several, or at a call due on a day,
becomes a column for each, named after the event.
"""

from dataclasses import replace

import pandas as pd
import pyarrow as pa

from stepdown.identifiers import snake
from stepdown.sources.init.follow_up_calls import due_day
from stepdown.sources.read.sheets import Sheet

_EVENT = ("redcap_event_name", "event_name")
_REPEAT = ("redcap_repeat_instrument", "redcap_repeat_instance")
_CLIENT = ("record_id", "study_id", "subject_id", "participant_id", "client_id")


def by_client(sheet: Sheet) -> Sheet:
    """Return a sheet with one row a client where it has one row an event; any other sheet as it is.

    Parameters
    ----------
    sheet : Sheet
        A sheet as read.

    Returns
    -------
    Sheet
    """
    raw = sheet.raw
    if raw is None:
        return sheet
    names = {snake(name): name for name in raw.table.column_names}
    event = next((names[name] for name in _EVENT if name in names), "")
    client = next((names[name] for name in _CLIENT if name in names), "")
    if not event or not client:
        return sheet
    frame = raw.table.to_pandas().replace("", None)
    repeated = [names[name] for name in _REPEAT if name in names]
    first = frame.drop(columns=repeated).drop_duplicates([client, event])
    wide = pd.DataFrame({client: first[client].unique()})
    for name in first.columns.drop([client, event]):
        filled = first.dropna(subset=[name])
        events = filled[event].unique()
        for one in events:
            alone = len(events) == 1 and not due_day(str(one))[0]
            column = name if alone else f"{_plain(one)}: {name}"
            values = filled[filled[event] == one].set_index(client)[name]
            wide[column] = wide[client].map(values)
    events = frame[event].nunique()
    repeats = len(frame) - len(first)
    note = f"{len(frame)} rows of {events} events became {len(wide)} rows, one a client"
    note += f"; {repeats} rows of a repeated event are" if repeats else "; none is"
    table = pa.Table.from_pandas(wide, preserve_index=False)
    return replace(
        sheet,
        raw=replace(raw, table=table, numbered=False, skipped=()),
        left_out=(*sheet.left_out, note),
        plain=False,
    )


def _plain(event: object) -> str:
    """Return the name of an event without the number of its arm."""
    return str(event).partition("_arm_")[0]
