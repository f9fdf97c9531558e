"""Dates to whole days since 1970-01-01, in one stated format; other formats are reported, never guessed."""

import datetime as dt

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from stepdown.sources.map.plain_columns import (
    Encoded,
    as_text,
    encoded,
    is_missing,
    on_the_wall,
    real,
    shape,
)

ISO = "%Y-%m-%d"
SERIAL = "excel"
# Formats that are looked for when a date does not have the stated one.
KNOWN = (
    ISO,
    "%m/%d/%Y",
    "%d/%m/%Y",
    "%d.%m.%Y",
    "%m/%d/%y",
    "%Y/%m/%d",
    "%d-%b-%Y",
    "%Y%m%d",
    "%Y-%m-%d %H:%M:%S",
)
_FIRST, _LAST = -25567, 47846  # 1900-01-01 and 2100-12-31
_SERIAL_ZERO = 25569  # 1970-01-01 in a spreadsheet
_NONE = np.iinfo(np.int64).min
_PROBE = dt.datetime(2013, 11, 24)

Found = list[tuple[str, str, NDArray[np.bool_]]]


def days(column: pa.ChunkedArray, form: str | None) -> tuple[NDArray[np.int64], NDArray[np.bool_], Found]:
    """Turn dates into days since 1970-01-01.

    Parameters
    ----------
    column : pyarrow.ChunkedArray
        A plain column: dates, text, or numbers.
    form : str or None
        How texts are written (strptime), "excel" for day numbers of a spreadsheet; ISO where None.

    Returns
    -------
    days : array of int64
        0 where missing.
    missing : array of bool
        Missing or faulty rows.
    found : list of (what, remedy, rows)
        Faults; remedies name the column as {source} of the {noun}.
    """
    what = shape(column.type)
    missing = is_missing(column)
    if what == "date":
        whole = on_the_wall(column).cast(pa.int64()).fill_null(0).to_numpy() // 86_400
        return _in_range(whole, missing, [])
    if form == SERIAL:
        return _serial(column, missing)
    held = encoded(as_text(column))
    wanted = form or ISO
    by_text = _parse(held.texts, wanted)
    whole = np.append(by_text, _NONE)[held.codes]
    bad = ~missing & (whole == _NONE)
    found = _unfit(held, by_text, bad, wanted)
    return _in_range(np.where(whole == _NONE, 0, whole), missing | bad, found)


def has_calendar_day(form: str) -> bool:
    """Return whether a format has year, month and day: what it writes must read back the same.

    A format with a time zone is refused: the day could be that of another place.
    """
    if form == SERIAL:
        return True
    try:
        read = _parse([_PROBE.strftime(form)], form)
    except ValueError:
        return False
    return bool(read[0] == (_PROBE - dt.datetime(1970, 1, 1)).days)


def _in_range(
    whole: NDArray[np.int64], missing: NDArray[np.bool_], found: Found
) -> tuple[NDArray[np.int64], NDArray[np.bool_], Found]:
    far = ~missing & ((whole < _FIRST) | (whole > _LAST))
    remedy = 'Correct column "{source}" of the {noun}, or its format.'
    found = [*found, ("is before 1900 or after 2100", remedy, far)]
    missing = missing | far
    return np.where(missing, 0, whole), missing, found


def _serial(
    column: pa.ChunkedArray, missing: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.bool_], Found]:
    if shape(column.type) == "text":
        held = encoded(column)
        by_text = pd.to_numeric(pd.Series(held.texts, dtype=object), errors="coerce").to_numpy(
            dtype="float64"
        )
        number = np.append(by_text, np.nan)[held.codes]
    else:
        number = real(column).to_numpy()
    bad = ~missing & ~np.isfinite(number)
    # A time of day is the part after the decimal point.
    whole = (
        np.floor(np.where(missing | bad, _SERIAL_ZERO, np.clip(number, -1e9, 1e9))).astype(np.int64)
        - _SERIAL_ZERO
    )
    remedy = 'Correct column "{source}" of the {noun}, or its format.'
    return _in_range(whole, missing | bad, [("is not a day number of a spreadsheet", remedy, bad)])


def _parse(texts: list[str], form: str) -> NDArray[np.int64]:
    """Return the day by text; `_NONE` where the text does not have the format."""
    parsed = pd.to_datetime(pd.Series(texts, dtype=object), format=form, errors="coerce")
    fits = parsed.notna().to_numpy()
    whole = parsed.to_numpy(dtype="datetime64[D]").astype(np.int64)
    return np.where(fits, whole, _NONE)


def _unfit(held: Encoded, by_text: NDArray[np.int64], bad: NDArray[np.bool_], wanted: str) -> Found:
    """Return the faults of the rows that do not have the wanted format."""
    if not bad.any():
        return []
    misfits = [text for text, day in zip(held.texts, by_text, strict=True) if day == _NONE]
    fits = {form: _parse(misfits, form) != _NONE for form in KNOWN if form != wanted}
    whole_fits = [form for form, fit in fits.items() if fit.all()]
    if len(misfits) == len(held.texts) and whole_fits:
        choices = " or ".join(f'format = "{form}"' for form in whole_fits)
        return [(f"is not written as {wanted}", f"All rows fit another format; write {choices}.", bad)]
    if _serials(misfits):
        remedy = 'They look like day numbers of a spreadsheet; write format = "excel".'
        return [(f"is not written as {wanted}", remedy, bad)]
    other = np.any(list(fits.values()), axis=0)
    mixed_texts = {text for text, fit in zip(misfits, other, strict=True) if fit}
    mixed = bad & held.spread(np.array([text in mixed_texts for text in held.texts], dtype=bool))
    write = f'Write all dates in column "{{source}}" as {wanted.replace("{", "").replace("}", "")}.'
    found: Found = [(f"mixes date formats: these rows are not written as {wanted}", write, mixed)]
    return [
        *found,
        (f"is not a date written as {wanted}", f"{write[:-1]}, or add the text to missing.", bad & ~mixed),
    ]


def _serials(texts: list[str]) -> bool:
    return all(
        text.isascii() and text.isdigit() and len(text) == 5 and "2" <= text[0] <= "5" for text in texts
    )
