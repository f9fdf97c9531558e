"""Dates to whole days since 1970-01-01, in one stated format; other formats are reported, never guessed."""

import datetime as dt
import re
from collections.abc import Sequence

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
EXCEL, EXCEL_1904, SINCE_1960 = "excel", "excel_1904", "days_since_1960"
SECONDS_1960, UNIX, UNIX_MS = "seconds_since_1960", "unix_seconds", "unix_milliseconds"
# Numbers that count days or parts of days: how many make a day, and 1970-01-01 in days.
_NUMBERS = {
    EXCEL: (1, 25569),
    EXCEL_1904: (1, 24107),
    SINCE_1960: (1, 3653),
    SECONDS_1960: (86_400, 3653),
    UNIX: (86_400, 0),
    UNIX_MS: (86_400_000, 0),
}
_MOMENTS = (UNIX, UNIX_MS)
# Formats that are looked for when a date does not have the stated one.
KNOWN = (
    ISO,
    "%m/%d/%Y",
    "%d/%m/%Y",
    "%d.%m.%Y",
    "%m/%d/%y",
    "%d/%m/%y",
    "%m-%d-%Y",
    "%d-%m-%Y",
    "%m-%d-%y",
    "%d-%m-%y",
    "%d.%m.%y",
    "%y-%m-%d",
    "%m.%d.%Y",
    "%Y/%m/%d",
    "%Y.%m.%d",
    "%d-%b-%Y",
    "%d-%b-%y",
    "%d%b%Y",
    "%d%b%y",
    "%d %b %Y",
    "%d %b %y",
    "%d/%b/%Y",
    "%b %d, %Y",
    "%b %d %Y",
    "%b-%d-%Y",
    "%B %d, %Y",
    "%B %d %Y",
    "%d %B %Y",
    "%d. %B %Y",
    "%A, %B %d, %Y",
    "%a, %b %d, %Y",
    "%a %b %d %Y",
    "%a %m/%d/%Y",
    "%Y%m%d",
    "%m%d%Y",
    "%Y-%j",
    "%Y%j",
    "%Y-%m-%d-%H.%M.%S.%f",
    "%Y-%m-%d-%H.%M.%S",
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%d %H:%M:%S.%f",
    "%Y-%m-%d %H:%M",
    "%Y-%m-%d %I:%M:%S %p",
    "%Y-%m-%d %I:%M %p",
    "%Y-%m-%dT%H:%M:%S",
    "%Y-%m-%dT%H:%M:%S.%f",
    "%Y-%m-%dT%H:%M",
    "%Y/%m/%d %H:%M:%S",
    "%Y/%m/%d %H:%M",
    "%Y%m%d%H%M%S",
    "%m/%d/%Y %H:%M",
    "%m/%d/%Y %H:%M:%S",
    "%m/%d/%Y %I:%M %p",
    "%m/%d/%Y %I:%M:%S %p",
    "%m/%d/%y %H:%M",
    "%m/%d/%y %H:%M:%S",
    "%m/%d/%y %I:%M %p",
    "%m/%d/%y %I:%M:%S %p",
    "%m-%d-%Y %H:%M",
    "%m-%d-%Y %H:%M:%S",
    "%d/%m/%Y %H:%M",
    "%d/%m/%Y %H:%M:%S",
    "%d/%m/%Y %I:%M:%S %p",
    "%d/%m/%y %H:%M",
    "%d.%m.%Y %H:%M",
    "%d.%m.%Y %H:%M:%S",
    "%d-%m-%Y %H:%M",
    "%d-%m-%Y %H:%M:%S",
    "%d-%b-%Y %H:%M",
    "%d-%b-%Y %H:%M:%S",
    "%d-%b-%y %H:%M:%S",
    "%d %b %Y %H:%M:%S",
    "%d%b%Y:%H:%M:%S",
    "%d%b%Y:%H:%M:%S.%f",
    "%d%b%Y %H:%M:%S",
    "%b %d %Y %I:%M%p",
    "%b %d, %Y %I:%M %p",
    "%b %d, %Y, %I:%M %p",
)
# The year of two figures first: 24-01-05 may also be January 24, 2005.
YEAR_FIRST = "%y-%m-%d"
# Numbers without separators have all their figures: 1112025 may be January 11 or November 1.
_FIGURES = {"%Y%m%d": 8, "%m%d%Y": 8, "%Y%m%d%H%M%S": 14, "%Y%j": 7}
_FIRST, _LAST = -25567, 47846  # 1900-01-01 and 2100-12-31
_RECENT = (7305, 29220)  # 1990-01-01 and 2050-01-01
_ZONED = re.compile(r"\d:\d\d(:\d\d(\.\d+)?)? ?(Z|[+-]\d\d:?\d\d)$")
_FIGURE, _NOT_A_MARK = re.compile(r"\d"), re.compile(r"[\w\s]")
_FIGURES_OF = re.compile("%[YmdHMSfIyj]")  # What a format writes in figures.
_NONE = np.iinfo(np.int64).min
_SAMPLE = 50
# "January 6th, 2025".
_ORDINAL = re.compile(r"(?<=\d)(?:st|nd|rd|th)\b", re.IGNORECASE)
_APOSTROPHES = ("'", "\u2018", "\u2019")
_UNITS = {
    EXCEL: "day numbers of a spreadsheet",
    EXCEL_1904: "day numbers of a spreadsheet of the epoch of 1904",
    SINCE_1960: "days since 1960-01-01, as SAS and Stata write them",
    SECONDS_1960: "seconds since 1960-01-01, as SAS writes times",
    UNIX: "seconds since 1970-01-01 in UTC (Unix)",
    UNIX_MS: "milliseconds since 1970-01-01 in UTC (Unix)",
}
MOMENT_REMEDY = 'Write timezone = "America/Denver" (that of your program) at the top of cohort.toml.'
_PROBE = dt.datetime(2013, 11, 24)

Found = list[tuple[str, str, NDArray[np.bool_]]]


def days(
    column: pa.ChunkedArray, form: str | Sequence[str] | None, *, zone: str = ""
) -> tuple[NDArray[np.int64], NDArray[np.bool_], Found]:
    """Turn dates into days since 1970-01-01.

    Parameters
    ----------
    column : pyarrow.ChunkedArray
        A plain column: dates, text, or numbers.
    form : str, sequence of str or None
        How texts are written (strptime); "excel" or "excel_1904" for day numbers of a spreadsheet,
        "days_since_1960" for those of SAS and Stata, "seconds_since_1960" for their times, "unix_seconds" and
        "unix_milliseconds"; ISO where None. Of several, the first that fits a text.
    zone : str
        Time zone in whose days times with a zone are counted; as they are written where empty.

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
        if zone and pa.types.is_timestamp(column.type) and column.type.tz is not None:
            column = column.cast(pa.timestamp(column.type.unit, zone))
        whole = on_the_wall(column).cast(pa.int64()).fill_null(0).to_numpy() // 86_400
        return _in_range(whole, missing, [])
    if isinstance(form, str) and form in _NUMBERS:
        return _numbered(column, missing, form, zone)
    held = encoded(as_text(column))
    forms = (form or ISO,) if isinstance(form, str | None) else tuple(form)
    wanted = " or ".join(forms)
    by_text = parse(held.texts, forms, zone=zone)
    whole = np.append(by_text, _NONE)[held.codes]
    bad = ~missing & (whole == _NONE)
    found = _unfit(held, by_text, bad, wanted)
    return _in_range(np.where(whole == _NONE, 0, whole), missing | bad, found)


def parse(texts: list[str], forms: Sequence[str], *, zone: str = "") -> NDArray[np.int64]:
    """Return the day by text in the first of several formats that fits it; `_NONE` where none does."""
    read = _parse(texts, forms[0], zone)
    for form in forms[1:]:
        left = np.flatnonzero(read == _NONE)
        if not left.size:
            break
        read[left] = _parse([texts[place] for place in left], form, zone)
    return read


def has_calendar_day(form: str, *, zone: str = "") -> bool:
    """Return whether a format has year, month and day: what it writes must read back the same.

    A format with a time zone is refused unless the zone of the program is stated: the day could be that of
    another place.
    """
    form = form.replace("%z", "") if zone else form
    if form in _NUMBERS:
        return True
    try:
        read = _parse([_PROBE.strftime(form)], form)
    except ValueError:
        return False
    return bool(read[0] == (_PROBE - dt.datetime(1970, 1, 1)).days)


def fitting(texts: list[str]) -> tuple[str, ...]:
    """Return the known formats, and kinds of numbers, that fit all of these texts."""
    numbers = pd.to_numeric(pd.Series(texts, dtype=object), errors="coerce").to_numpy(dtype="float64")
    if kinds := _kinds(numbers):
        return kinds
    if re.fullmatch(r"-?\d{1,6}(\.\d+)?", texts[0]):
        return ()  # Every known format has a separator, a name or seven figures.
    sample = texts[:_SAMPLE]
    near = [form for form in possible(sample[:1]) if (_parse(sample, form) != _NONE).all()]
    recent = _RECENT if near == ["%Y%j"] else (_FIRST, _LAST)
    return tuple(form for form in near if _all_days(texts, form, recent))


def _kinds(numbers: NDArray[np.float64]) -> tuple[str, ...]:
    """Return the kinds of numbers by which all are days of 1990 to 2049: no study day is so large.

    Days of the kinds do not overlap there; seconds since 1970 and since 1960 do, and then both are returned.
    """
    found = []
    for kind in (EXCEL, SINCE_1960, UNIX, SECONDS_1960, UNIX_MS):
        size, zero = _NUMBERS[kind]
        since = np.floor(numbers / size) - zero
        if ((since >= _RECENT[0]) & (since < _RECENT[1])).all():
            found.append(kind)
    return tuple(found)


def fitting_most(texts: list[str], counts: NDArray[np.int64], most: int) -> tuple[str, ...]:
    """Return the known formats that fit these texts but a few, such as 02/30/2026; those that fit most rows.

    Parameters
    ----------
    texts : list of str
        Different texts.
    counts : array of int (texts,)
        How many rows hold each.
    most : int
        How many rows may not fit.

    Returns
    -------
    tuple of str
    """
    sample = texts[:_SAMPLE]
    near = [form for form in possible(sample) if 2 * (_parse(sample, form) != _NONE).sum() > len(sample)]
    misfits = {form: int(counts[_parse(texts, form) == _NONE].sum()) for form in near}
    least = min(misfits.values(), default=most + 1)
    return tuple(form for form in near if misfits[form] == least) if least <= most else ()


def moments(values: pa.ChunkedArray) -> bool:
    """Return whether a column holds moments in UTC as Unix counts them, with a time of day."""
    if shape(values.type) not in ("text", "whole", "real"):
        return False
    texts = pd.Series(encoded(as_text(values)).texts, dtype=object)
    numbers = pd.to_numeric(texts, errors="coerce").to_numpy(dtype="float64")
    kinds = [kind for kind in _kinds(numbers) if kind in _MOMENTS] if len(numbers) else []
    return bool(kinds) and bool((numbers % _NUMBERS[kinds[0]][0] != 0).any())


def possible(texts: list[str]) -> list[str]:
    """Return the known formats with the separators of at least one of these texts, and letters if it has any.

    Reading a column in each of the known formats is slow, and most of them cannot fit.
    """
    held = {_marks(text) for text in texts if _FIGURE.search(text)}
    return [form for form in KNOWN if any(_marked(form, *marks) for marks in held)]


def _marked(form: str, marks: frozenset[str], letters: bool) -> bool:
    """Return whether a text with these separators, and with letters or without, may have a format."""
    needed, named = _marks(_FIGURES_OF.sub("", form))
    # pandas reads a zone behind ISO times, whatever the format says.
    return (needed == marks and named == letters) or (form.startswith(ISO) and needed <= marks)


def _marks(text: str) -> tuple[frozenset[str], bool]:
    text = _bare(text).replace("%", "")
    return frozenset(_NOT_A_MARK.sub("", text)), any(map(str.isalpha, text))


def mixture(texts: list[str], *, day_first: bool) -> tuple[str, ...]:
    """Return the known formats that together fit all of these texts, most frequent first, or none.

    Numbers with slashes between them are read in one order, the month first unless `day_first`.
    """
    other = ("%m/%d", "%m-%d") if day_first else ("%d/%m", "%d-%m")
    left, used = texts, {}
    for form in possible(texts):
        if left and not form.startswith(other) and form != YEAR_FIRST:
            read = _parse(left, form)
            fits = (read >= _FIRST) & (read <= _LAST)
            if fits.any():
                used[form] = int(fits.sum())
                left = [text for text, fit in zip(left, fits, strict=True) if not fit]
    return () if left else tuple(sorted(used, key=lambda form: -used[form]))


def orders(texts: list[str]) -> tuple[bool, bool]:
    """Return whether dates with slashes prove that the month comes first, and that the day does."""
    found = pd.Series([*map(_bare, texts)], dtype=object).str.extract(
        r"^(\d{1,2})[/.-](\d{1,2})[/.-](?:\d{4}|\d{2})(?!\d)"
    )
    first, second = (pd.to_numeric(found[place], errors="coerce") for place in (0, 1))
    return bool((second > 12).any()), bool((first > 12).any())


def _all_days(texts: list[str], form: str, within: tuple[int, int]) -> bool:
    read = _parse(texts, form)
    return bool(((read >= within[0]) & (read <= within[1])).all())


def _in_range(
    whole: NDArray[np.int64], missing: NDArray[np.bool_], found: Found
) -> tuple[NDArray[np.int64], NDArray[np.bool_], Found]:
    far = ~missing & ((whole < _FIRST) | (whole > _LAST))
    remedy = 'Correct column "{source}" of the {noun}, or its format.'
    found = [*found, ("is before 1900 or after 2100", remedy, far)]
    missing = missing | far
    return np.where(missing, 0, whole), missing, found


def _numbered(
    column: pa.ChunkedArray, missing: NDArray[np.bool_], kind: str, zone: str
) -> tuple[NDArray[np.int64], NDArray[np.bool_], Found]:
    """Return the days of numbers of a kind; moments are in UTC, and need the zone of the program."""
    size, zero = _NUMBERS[kind]
    if shape(column.type) == "text":
        held = encoded(column)
        by_text = pd.to_numeric(pd.Series(held.texts, dtype=object), errors="coerce").to_numpy(
            dtype="float64"
        )
        number = np.append(by_text, np.nan)[held.codes]
    else:
        number = real(column).to_numpy()
    bad = ~missing & ~np.isfinite(number)
    # A time of day is the part after the decimal point, or after whole days.
    number = np.where(missing | bad, zero * size, np.clip(number, -1e9 * size, 1e9 * size))
    remedy = 'Correct column "{source}" of the {noun}, or its format.'
    noun = "a day number of a spreadsheet" if size == 1 else f"a number of {_UNITS[kind]}"
    found: Found = [(f"is not {noun}", remedy, bad)]
    if kind in _MOMENTS:
        moment = ~missing & ~bad & (number % size != 0)
        if zone:
            far = np.abs(number / size) > _LAST
            local = pd.to_datetime(np.where(far, 0, number), unit="ms" if kind == UNIX_MS else "s", utc=True)
            days_there = local.tz_convert(zone).tz_localize(None).to_numpy().astype("datetime64[D]")
            # Midnight in UTC is how a date without a time of day is written.
            number = np.where(moment & ~far, days_there.astype(np.int64) * size, number)
        else:
            found.append(("is a moment in UTC, whose day depends on the time zone", MOMENT_REMEDY, moment))
            missing = missing | moment
    whole = np.floor(number / size).astype(np.int64) - zero
    return _in_range(whole, missing | bad, found)


def _parse(texts: list[str], form: str, zone: str = "") -> NDArray[np.int64]:
    """Return the day by text; `_NONE` where the text does not have the format."""
    plain = map(_bare, texts)
    series = pd.Series([_ORDINAL.sub("", text) for text in plain] if _named(form) else [*plain], dtype=object)
    parsed = pd.to_datetime(series, format=form, errors="coerce", utc=bool(zone) and "%z" in form)
    if parsed.dt.tz is not None and zone:
        parsed = parsed.dt.tz_convert(zone).dt.tz_localize(None)
    fits = parsed.notna().to_numpy()
    if form == "%Y-%j":
        fits = fits & series.str.fullmatch(r"\d{4}-\d{3}").to_numpy(dtype=bool)
    elif form.startswith(ISO):
        # The first of several: "2024-10-1" may have lost its last figure.
        fits = fits & series.str.match(r"\d{4}-\d\d-\d\d(?!\d)").to_numpy(dtype=bool)
    if form in _FIGURES:
        fits = fits & series.str.fullmatch(rf"\d{{{_FIGURES[form]}}}").to_numpy(dtype=bool)
    whole = parsed.to_numpy(dtype="datetime64[D]").astype(np.int64)
    return np.where(fits, whole, _NONE)


def _named(form: str) -> bool:
    """Return whether a format has the month by its name."""
    return "%b" in form or "%B" in form


def _bare(text: str) -> str:
    """Return a date without the apostrophe with which a spreadsheet marks a text."""
    return text[1:] if text.startswith(_APOSTROPHES) else text


def _unfit(held: Encoded, by_text: NDArray[np.int64], bad: NDArray[np.bool_], wanted: str) -> Found:
    """Return the faults of the rows that do not have the wanted format."""
    if not bad.any():
        return []
    misfits = [text for text, day in zip(held.texts, by_text, strict=True) if day == _NONE]
    fits = {form: _parse(misfits, form) != _NONE for form in possible(misfits) if form != wanted}
    whole_fits = [form for form, fit in fits.items() if fit.all()]
    if len(misfits) == len(held.texts) and whole_fits:
        choices = " or ".join(f'format = "{form}"' for form in whole_fits)
        return [(f"is not written as {wanted}", f"All rows fit another format; write {choices}.", bad)]
    if all(map(zoned, misfits)):
        remedy = (
            'They have a time zone: write timezone = "America/Denver" (that of your program) and format = '
            '"%Y-%m-%dT%H:%M:%S%z".'
        )
        return [(f"is not written as {wanted}", remedy, bad)]
    numbers = pd.to_numeric(pd.Series(misfits, dtype=object), errors="coerce").to_numpy(dtype="float64")
    if _serials(misfits):
        remedy = 'They look like day numbers of a spreadsheet; write format = "excel".'
        return [(f"is not written as {wanted}", remedy, bad)]
    if kinds := _kinds(numbers):
        choices = " or ".join(f'format = "{kind}" ({_UNITS[kind]})' for kind in kinds)
        return [(f"is not written as {wanted}", f"They look like numbers of time; write {choices}.", bad)]
    other = np.any([np.zeros(len(misfits), dtype=bool), *fits.values()], axis=0)
    mixed_texts = {text for text, fit in zip(misfits, other, strict=True) if fit}
    mixed = bad & held.spread(np.array([text in mixed_texts for text in held.texts], dtype=bool))
    write = f'Write all dates in column "{{source}}" as {wanted.replace("{", "").replace("}", "")}.'
    found: Found = [(f"mixes date formats: these rows are not written as {wanted}", write, mixed)]
    return [
        *found,
        (f"is not a date written as {wanted}", f"{write[:-1]}, or add the text to missing.", bad & ~mixed),
    ]


def zoned(text: str) -> bool:
    """Return whether a text ends with a time of day and a time zone."""
    return _ZONED.search(text) is not None


def _serials(texts: list[str]) -> bool:
    return all(
        text.isascii() and text.isdigit() and len(text) == 5 and "2" <= text[0] <= "5" for text in texts
    )
