"""Times with a time zone become the day in the program's own zone, where a person has said which that is."""

import numpy as np
import pandas as pd
import pyarrow as pa

from stepdown.sources.map.dates import zoned
from stepdown.sources.map.plain_columns import encoded, shape

_SAMPLE = 50


def has_zones(values: pa.ChunkedArray) -> bool:
    """Return whether a column holds times with a time zone, and nothing else."""
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
        if has_zones(data[name]):
            data = data.set_column(place, name, _local(data[name], zone))
    return data


def _local(values: pa.ChunkedArray, zone: str) -> pa.ChunkedArray:
    moments = pd.to_datetime(values.to_pandas(), format="ISO8601", utc=True).dt.tz_convert(zone)
    days = moments.dt.tz_localize(None).to_numpy(dtype="datetime64[D]")
    missing = np.isnat(days)
    texts = np.datetime_as_string(np.where(missing, np.datetime64(0, "D"), days))
    return pa.chunked_array([pa.array(texts.tolist(), pa.string(), mask=missing)])
