"""Times that a file counts in days from discharge, beside dates: each becomes the date it stands for."""

import re

import numpy as np
import pandas as pd
import pyarrow as pa

from stepdown.schema import DISCHARGES
from stepdown.sources.init.column_names import usual
from stepdown.sources.init.guesses import find, formats_of, words, yes_of
from stepdown.sources.map.dates import days
from stepdown.sources.map.plain_columns import as_text, shape

_COUNTED = re.compile(
    r"^(days?|weeks?|months?|time)_(to|until|till)_(?!admi)"
    r"|^(days?|weeks?|months?|time)_(to_)?(follow|observ|last_contact|relaps|first_use)"
    r"|^(relaps|laps|readmi|death|first_use|follow|last_contact)\w*_(days?|time)$"
)
_OTHER = re.compile("(week|month)s?_")
_DAYS = {"week": 7, "month": 30.4375}
_MOST = 5000
# Numbers that mean "no event" among times, where they are further than this times the longest other.
_CODES = (-1, -7, -8, -9, -99, -999, 888, 999, 8888, 9999, 99999)
_FAR = 1.5


def with_dated_times(data: pa.Table) -> tuple[pa.Table, tuple[str, ...]]:
    """Return a table whose days counted from discharge are dates, as 2026-09-30.

    Parameters
    ----------
    data : pyarrow.Table
        A file of discharges, its columns plain.

    Returns
    -------
    data : pyarrow.Table
        The same table where the day of discharge is no date.
    names : tuple of str
        The columns that were counted.

    Examples
    --------
    >>> table = pa.table({"discharge_date": ["2026-02-01"], "days_to_relapse": ["9"]})
    >>> with_dated_times(table)[0]["days_to_relapse"].to_pylist()
    ['2026-02-10']
    """
    names = [name for name in data.column_names if _COUNTED.search(usual(name)) and _small(data[name])]
    left = find(DISCHARGES["discharge_day"], data, words()["discharges"]["discharge_day"], taken=names)
    if not names or left is None or not left.date or left.doubt:
        return data, ()
    start, gone, _ = days(data[left.source], left.options.get("format"))
    for name in names:
        count = pd.to_numeric(as_text(data[name]).to_pandas(), errors="coerce").to_numpy(dtype="float64")
        unit = _OTHER.match(usual(name))
        count = (count * _DAYS[unit[1]]).round() if unit else count
        missing = gone | np.isnan(count)
        dates = (start + np.where(missing, 0, count).astype(np.int64)).astype("datetime64[D]")
        texts = pa.array(np.datetime_as_string(dates).tolist(), pa.string(), mask=missing)
        data = data.set_column(data.column_names.index(name), name, pa.chunked_array([texts]))
    return data, tuple(names)


def without_codes(data: pa.Table) -> tuple[pa.Table, dict[str, str]]:
    """Return a table in which a number that means "no event" among times, such as 999, is missing.

    Parameters
    ----------
    data : pyarrow.Table
        A file of discharges, its columns plain.

    Returns
    -------
    data : pyarrow.Table
        The same table, where a time holds no such number.
    notes : dict of str to str
        Which number it was, by column.

    Examples
    --------
    >>> table = pa.table({"days_to_relapse": ["9", "999", "40"]})
    >>> without_codes(table)[0]["days_to_relapse"].to_pylist()
    ['9', None, '40']
    """
    notes: dict[str, str] = {}
    for place, name in enumerate(data.column_names):
        values = data[name]
        if not _COUNTED.search(usual(name)) or shape(values.type) not in ("text", "whole", "real"):
            continue
        texts = as_text(values).to_pandas()
        numbers = pd.to_numeric(texts, errors="coerce").to_numpy(dtype="float64")
        far = np.nanmax(np.where(np.isin(numbers, _CODES), np.nan, numbers), initial=0)
        coded = np.isin(numbers, _CODES) & ((numbers < 0) | (numbers > _FAR * far))
        if coded.any() and far > 0:
            text = f"{numbers[coded][0]:g}"
            rows = int(coded.sum())
            notes[name] = f"{text} in {rows} row{'s' if rows > 1 else ''} is read as no event"
            data = data.set_column(place, name, pa.chunked_array([pa.array(texts.mask(coded), pa.string())]))
    return data, notes


def _small(values: pa.ChunkedArray) -> bool:
    """Return whether a column holds whole numbers of days, and no dates."""
    if shape(values.type) not in ("text", "whole", "real") or values.null_count == len(values):
        return False
    if yes_of(values) is not None:
        return False
    numbers = pd.to_numeric(as_text(values).drop_null().to_pandas(), errors="coerce").to_numpy(
        dtype="float64"
    )
    whole = bool(np.isfinite(numbers).all() and (numbers % 1 == 0).all())
    return whole and bool(((numbers >= 0) & (numbers <= _MOST)).all()) and not formats_of(values)
