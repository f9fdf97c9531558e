"""Guess how the dates of one file are written, from all rows of all its columns."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from stepdown.errors import ROWS_SHOWN
from stepdown.schema import TABLES
from stepdown.sources.init.guesses import Guess, few_words, formats_of, mixture_of
from stepdown.sources.map.dates import (
    EXCEL,
    EXCEL_1904,
    SECONDS_1960,
    SINCE_1960,
    UNIX,
    UNIX_MS,
    YEAR_FIRST,
    days,
    orders,
)
from stepdown.sources.map.plain_columns import encoded, is_missing, shape
from stepdown.sources.read.raw_tables import Raw

# Two readings fit where the file holds no date of another form: they are four years and a day apart.
TWO_EPOCHS = "day numbers of a spreadsheet, of the epoch of 1900 or 1904 (excel_1904): choose the right one"
TWO_SECONDS = "seconds since 1970 (unix_seconds), or since 1960 as SAS counts (seconds_since_1960): choose"
# A day further than this from the middle of the file's dates is a code for missing, or another century.
_FAR = 7305
# A reading of dates spread over so many times the days of another is not the right one.
_WIDER = 3
# Numbers with two readings, and how many days later than the first each is.
_SHIFTS: Mapping[tuple[str, ...], Mapping[str, int]] = {
    (EXCEL,): {EXCEL: 0, EXCEL_1904: 1462},
    (UNIX, SECONDS_1960): {UNIX: 0, SECONDS_1960: -3653},
}
_ORDERS = ("month_first", "day_first", "year_first")
# Name of the guess of a date of birth, which no canonical column holds.
BIRTH = "birth_date"
_KINDS = {column.name: column.kind for table in TABLES for column in table}
_NOTES = {
    EXCEL: "day numbers of a spreadsheet",
    EXCEL_1904: "day numbers of a spreadsheet of the epoch of 1904",
    UNIX: "seconds since 1970-01-01, as Unix counts them",
    UNIX_MS: "milliseconds since 1970-01-01, as Unix counts them",
    SECONDS_1960: "seconds since 1960-01-01, as SAS writes times",
    SINCE_1960: "days since 1960-01-01, as SAS and Stata write them; for a spreadsheet write excel",
}


def one_format(guesses: Sequence[Guess], raw: Raw, data: pa.Table, *, order: str = "") -> list[Guess]:
    """Give the date columns of a file one format, and note the rows that are no dates.

    Parameters
    ----------
    guesses : sequence of Guess
        All guesses of one file.
    raw : Raw
        The file, for the numbers of its rows.
    data : pyarrow.Table
        The file, its columns plain.
    order : str
        "month_first", "day_first", "year_first", "epoch_1900" or "epoch_1904" where a person said so.

    Returns
    -------
    list of Guess
        In the same order.
    """
    dated = [guess for guess in guesses if guess.date and not guess.doubt]
    if not dated:
        return [_noted(guess, raw, _strays(guess, data)) for guess in guesses]
    said = order in _ORDERS
    own = {
        guess.source: _likely(data[guess.source], order, born=guess.name == BIRTH)
        for guess in dated
        if isinstance(guess.options.get("format"), str)
    }
    # Other columns are read only where they may decide.
    several = any(len(forms) > 1 for forms in own.values())
    written = [name for name in data.column_names if shape(data[name].type) == "text"]
    others = [_likely(data[name], order) for name in written] if several else []
    unsure = several or any(isinstance(guess.options.get("format"), list) for guess in dated)
    proved = (order == "month_first", order == "day_first") if said or not unsure else _orders(data, order)
    formats = {name: _format(forms, others, proved) for name, forms in own.items()}
    if not said:
        formats = _stays_in_order(formats, data, dated)
    guesses = [_mixed(guess, data, proved) for guess in guesses]
    formats = _epochs(formats, data, dated, order)
    guesses = [_formatted(guess, formats) for guess in guesses]
    read = [
        days(data[guess.source], guess.options.get("format"))
        for guess in guesses
        if guess.date and not guess.doubt and guess.name != BIRTH
    ]
    held = np.sort(np.concatenate([np.zeros(0, np.int64), *(whole[~gone] for whole, gone, _ in read)]))
    middle = int(held[(len(held) - 1) // 2]) if len(held) else 0
    guesses = [
        replace(guess, between=(middle - _FAR, middle + _FAR))
        if guess.date and not guess.doubt and guess.name != BIRTH
        else guess
        for guess in guesses
    ]
    return [_noted(guess, raw, _strays(guess, data)) for guess in guesses]


def _likely(values: pa.ChunkedArray, order: str, *, born: bool = False) -> tuple[str, ...]:
    """Return the formats that fit a column: the year first, or not, as said or as dates lie closer together.

    Of dates of a few years, days of the month taken for years would spread over three decades. Dates of birth
    spread anyway.
    """
    forms = formats_of(values)
    if YEAR_FIRST not in forms or len(forms) == 1:
        return forms
    if order in _ORDERS:
        return tuple(form for form in forms if (form == YEAR_FIRST) == (order == "year_first"))
    if born:
        return forms
    spread = {}
    for form in forms:
        whole, gone, _ = days(values, form)
        spread[form] = int(np.ptp(whole[~gone]))
    closest = min(spread.values())
    return tuple(form for form in forms if spread[form] <= _WIDER * closest)


def _orders(data: pa.Table, order: str) -> tuple[bool, bool]:
    """Return whether any column of a file proves that the month, and that the day, is written first."""
    columns = [data[name] for name in data.column_names if shape(data[name].type) == "text"]
    texts = [encoded(values).texts for values in columns if YEAR_FIRST not in _likely(values, order)]
    proofs = [orders(held) for held in texts if held]
    return any(month for month, _ in proofs), any(day for _, day in proofs)


def _format(
    own: tuple[str, ...], others: Sequence[tuple[str, ...]], proved: tuple[bool, bool]
) -> tuple[str, ...]:
    """Return the formats of a column that fit the other columns too; its own where none does."""
    left = own
    for formats in others:
        left = tuple(form for form in left if form in formats) or left
    if len(left) > 1 and proved[0] != proved[1]:
        left = tuple(form for form in left if form.startswith("%d") == proved[1]) or left
    return left


def _stays_in_order(
    formats: dict[str, tuple[str, ...]], data: pa.Table, dated: Sequence[Guess]
) -> dict[str, tuple[str, ...]]:
    """Leave out the formats under which more stays end before they begin than under another."""
    ends = {guess.name: guess.source for guess in dated if guess.name in ("admit_day", "discharge_day")}
    if len(ends) < 2:
        return formats
    first, last = (formats.get(ends[name], ()) for name in ("admit_day", "discharge_day"))
    both = [form for form in first if form in last]
    if len(both) < 2:
        return formats
    wrong = {}
    for form in both:
        start, never, _ = days(data[ends["admit_day"]], form)
        end, gone, _ = days(data[ends["discharge_day"]], form)
        wrong[form] = int(((end < start) & ~never & ~gone).sum())
    bad = {form for form in both if wrong[form] > min(wrong.values())}
    return {
        name: tuple(form for form in forms if form not in bad) or forms for name, forms in formats.items()
    }


def _epochs(
    formats: Mapping[str, tuple[str, ...]], data: pa.Table, dated: Sequence[Guess], order: str
) -> dict[str, tuple[str, ...]]:
    """Choose the epoch of a spreadsheet's day numbers: as said, or nearer to other dates; both if none."""
    numbers = {name for name, forms in formats.items() if forms in _SHIFTS}
    others = [
        whole[~gone]
        for guess in dated
        if guess.source not in numbers and guess.name != BIRTH
        for form in [formats.get(guess.source, (guess.options.get("format"),))[0]]
        for whole, gone, _ in [days(data[guess.source], form)]
    ]
    held = np.concatenate([np.zeros(0, np.int64), *others])
    found = dict(formats)
    for name in numbers:
        if order in ("epoch_1900", "epoch_1904"):
            found[name] = formats[name]
            if formats[name] == (EXCEL,):
                found[name] = (EXCEL_1904 if order == "epoch_1904" else EXCEL,)
        elif held.size:
            shifts = _SHIFTS[formats[name]]
            whole, gone, _ = days(data[name], formats[name][0])
            near = {
                form: abs(float(np.median(whole[~gone])) + shift - float(np.median(held)))
                for form, shift in shifts.items()
            }
            found[name] = (min(near, key=lambda form: near[form]),)
        else:
            found[name] = tuple(_SHIFTS[formats[name]])
    return found


def _mixed(guess: Guess, data: pa.Table, proved: tuple[bool, bool]) -> Guess:
    """Choose the order of month and day for a column whose dates are written in several ways."""
    if not isinstance(guess.options.get("format"), list) or guess.doubt:
        return guess
    month, day = proved
    forms = mixture_of(data[guess.source], day_first=day and not month) or guess.options["format"]
    note = f"dates written in {len(forms)} ways"
    if not month and not day and any("/" in form or "%m-%d-" in form for form in forms):
        note += "; no date proves whether the month or the day is first"
    return replace(guess, options={**guess.options, "format": [*forms]}, note=note)


def _formatted(guess: Guess, formats: Mapping[str, tuple[str, ...]]) -> Guess:
    fits = formats.get(guess.source)
    if fits is None or not guess.date or guess.doubt:
        return guess
    note = (
        TWO_EPOCHS
        if fits == (EXCEL, EXCEL_1904)
        else TWO_SECONDS
        if fits == (UNIX, SECONDS_1960)
        else f"{' and '.join(fits)} {'both' if len(fits) == 2 else 'all'} fit: choose the right one"
        if len(fits) > 1
        else _NOTES.get(fits[0], "")
    )
    note = "; ".join(filter(None, (note, guess.note)))
    return replace(guess, options={**guess.options, "format": fits[0]}, note=note)


def _strays(guess: Guess, data: pa.Table) -> dict[str, NDArray[np.bool_]]:
    """Return rows that a sure guess leaves out, by the reason."""
    if guess.doubt or _KINDS.get(guess.name) not in ("day", "integer", "number"):
        return {}
    values = data[guess.source]
    found = {"a word instead of a value": few_words(values)}
    if guess.date:
        whole, missing, _ = days(values, guess.options.get("format"))
        low, high = guess.between
        found["no date of the column's format, such as 02/30 or the year 9999"] = (
            missing & ~is_missing(values) & ~few_words(values)
        )
        found["a day more than 20 years from most dates of the file"] = ~missing & (
            (whole < low) | (whole > high)
        )
    return found


def _noted(guess: Guess, raw: Raw, strays: Mapping[str, NDArray[np.bool_]]) -> Guess:
    notes = [guess.note] if guess.note else []
    for what, rows in strays.items():
        positions = np.flatnonzero(rows)
        if not positions.size:
            continue
        shown = raw.file_rows(positions) or tuple(int(position) for position in positions[:ROWS_SHOWN])
        more = ", ..." if positions.size > len(shown) else ""
        noun = "row" if raw.numbered else "position"
        notes.append(
            f"{what} in {positions.size} of {len(rows)} rows ({noun} {', '.join(map(str, shown))}{more}): "
            "correct the cells, or list their text under missing"
        )
    return replace(guess, note="; ".join(notes), lasting=guess.lasting or len(notes) > bool(guess.note))
