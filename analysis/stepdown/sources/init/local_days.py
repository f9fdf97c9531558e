"""Times with a time zone become the day in the program's own zone, where a person has said which that is."""

import re

import numpy as np
import pandas as pd
import pyarrow as pa

from stepdown.sources.init.column_names import usual
from stepdown.sources.map.dates import UNIX, UNIX_MS, days, fitting, moments, zoned
from stepdown.sources.map.plain_columns import as_text, encoded, shape

_SAMPLE = 50


# Numbers are moments only in a column that is named as a day or a time: ids may be as large.
_DATED = re.compile(r"date|time|day|admi|discharge|(^|_)(dt|dc|at|on|in|out|start|end)(_|$)")


def has_zones(name: str, values: pa.ChunkedArray) -> bool:
    """Return whether a column holds times with a time zone, or moments of Unix, and nothing else."""
    if _DATED.search(usual(name)) and moments(values):
        return True
    if pa.types.is_timestamp(values.type):
        return values.type.tz is not None
    if shape(values.type) != "text":
        return False
    sample = values.drop_null()[:_SAMPLE].to_pylist()
    return bool(sample) and all(map(zoned, sample)) and all(map(zoned, encoded(values).texts))


def with_local_days(data: pa.Table, zone: str) -> pa.Table:
    """Return a table whose times with a zone are the days in another, as 2026-09-30.

    Parameters
    ----------
    data : pyarrow.Table
        A file, its columns plain.
    zone : str
        Time zone of the program; empty where it is not stated, which changes nothing.

    Returns
    -------
    pyarrow.Table
    """
    if not zone:
        return data
    for place, name in enumerate(data.column_names):
        if has_zones(name, data[name]):
            data = data.set_column(place, name, _local(data[name], zone))
    return data


def _local(values: pa.ChunkedArray, zone: str) -> pa.ChunkedArray:
    if moments(values):
        kind = next(one for one in fitting(encoded(as_text(values)).texts) if one in (UNIX, UNIX_MS))
        whole, missing, _ = days(values, kind, zone=zone)
        local = whole.astype("datetime64[D]")
    else:
        times = pd.to_datetime(values.to_pandas(), format="ISO8601", utc=True).dt.tz_convert(zone)
        local = times.dt.tz_localize(None).to_numpy(dtype="datetime64[D]")
        missing = np.isnat(local)
    texts = np.datetime_as_string(np.where(missing, np.datetime64(0, "D"), local))
    return pa.chunked_array([pa.array(texts.tolist(), pa.string(), mask=missing)])
