"""A column of a file to a canonical column: typed as declared, with faults by row."""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from stepdown.schema import DTYPES, Clock, Column
from stepdown.sources.map.column_maps import UNITS, ColumnMap
from stepdown.sources.map.dates import days
from stepdown.sources.map.plain_columns import Encoded, as_text, encoded, is_missing, real, shape

YES = frozenset({"1", "true", "yes", "y", "t"})
NO = frozenset({"0", "false", "no", "n", "f"})
# What a spreadsheet shows in a cell whose formula failed.
_ERROR_CELLS = ("#N/A", "#REF!", "#DIV/0!", "#VALUE!", "#NAME?", "#NUM!", "#NULL!")
# Some 270 years: no study day, and no day since 1970, is larger.
FARTHEST_DAY = 100_000
_EPOCH = dt.date(1970, 1, 1)


@dataclass(frozen=True, eq=False, kw_only=True)
class Fault:
    """One kind of fault in a column: by row, and in words without values."""

    what: str
    remedy: str
    rows: NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class Target:
    """What a column of a file becomes."""

    column: Column
    mapping: ColumnMap
    clock: Clock
    noun: str = "file"
    zone: str = ""

    def correct(self, otherwise: str) -> str:
        """Return the remedy that names the column of the file."""
        return f'Correct column "{self.mapping.source}" of the {self.noun}, or {otherwise}.'


_Converted = tuple[pd.Series, list[Fault]]


def constant(target: Target, rows: int) -> pd.Series:
    """Return the column whose every row has the one value that the cohort file gives."""
    value = target.mapping.value
    if isinstance(value, dt.date):
        value = (value - _EPOCH).days
    if target.column.kind in ("id", "text"):
        value = str(value)
    if target.column.kind == "code":
        place = np.int64(target.column.codes.index(str(value)))
        return _category(np.full(rows, place), target.column.codes)
    return pd.Series([value], dtype=DTYPES[target.column.kind]).repeat(rows).reset_index(drop=True)


def convert(column: pa.ChunkedArray, target: Target) -> _Converted:
    """Turn a column as read into the canonical type.

    Parameters
    ----------
    column : pyarrow.ChunkedArray
        A plain column.
    target : Target
        What it becomes.

    Returns
    -------
    series : Series
        Type as in `schema.DTYPES`; missing where the cell is missing or faulty.
    faults : list of Fault
    """
    if shape(column.type) == "other":
        held = ~is_missing(column)
        fault = Fault(
            what="has a type that cannot be read",
            remedy="Write it as text, number, date or yes and no.",
            rows=held,
        )
        return empty(target.column, len(column)), [fault]
    if target.mapping.at_least is not None:
        return _over(column, target, target.mapping.at_least)
    if target.mapping.codes and target.column.kind in ("integer", "number"):
        column = _rated(column, target.mapping)
    series, faults = _BY_KIND[target.column.kind](column, target)
    return (series + target.mapping.add_days if target.mapping.add_days else series), faults


def _over(column: pa.ChunkedArray, target: Target, least: float) -> _Converted:
    """Return yes and no, or positive and negative findings, by a threshold."""
    numbers, bad = _real(column)
    fault = Fault(what="is not a number", remedy=target.correct("add the text to missing"), rows=bad)
    unknown, over = np.isnan(numbers), numbers >= least
    if target.column.kind == "flag":
        return pd.Series(pd.arrays.BooleanArray(over, unknown)), [fault]
    codes = target.column.codes
    places = np.where(over, codes.index("positive"), codes.index("negative"))
    return _category(np.where(unknown, -1, places), codes), [fault]


def _rated(column: pa.ChunkedArray, mapping: ColumnMap) -> pa.ChunkedArray:
    """Return a column with the number of each word that has one; other texts stay, or are missing."""
    held = encoded(as_text(column))
    codes = {text: str(number) for text, number in mapping.codes.items()}
    other = None if mapping.unknown == "missing" else "kept"
    texts = [codes.get(text, text if other or _is_number(text) else None) for text in held.texts]
    return pa.chunked_array(
        [pa.array([*texts, None], pa.string()).take(pa.array(held.codes % (len(texts) + 1)))]
    )


def _is_number(text: str) -> bool:
    try:
        return bool(np.isfinite(float(text)))
    except ValueError:
        return False


def empty(column: Column, rows: int) -> pd.Series:
    """Return a canonical column that is missing on every row."""
    if column.kind == "code":
        return _category(np.full(rows, -1, dtype=np.int64), column.codes)
    missing: object = np.nan if column.kind == "number" else pd.NA
    return pd.Series([missing], dtype=DTYPES[column.kind]).repeat(rows).reset_index(drop=True)


def _category(numbers: NDArray[np.int64], categories: Sequence[str]) -> pd.Series:
    kind = pd.CategoricalDtype(pd.Index(list(categories), dtype=object))
    return pd.Series(pd.Categorical.from_codes(numbers, dtype=kind))


def _texts(column: pa.ChunkedArray, target: Target) -> _Converted:
    texts = as_text(column)
    failed = pc.is_in(texts, value_set=pa.array(_ERROR_CELLS, texts.type)).to_numpy(zero_copy_only=False)
    fault = Fault(
        what="holds error cells of a spreadsheet, such as #N/A",
        remedy=target.correct("add the text to missing"),
        rows=failed,
    )
    if failed.any():
        texts = pc.if_else(pa.array(failed), pa.scalar(None, texts.type), texts)
    return pd.Series(texts, dtype="string[pyarrow]"), [fault]


def _real(column: pa.ChunkedArray) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return numbers by row (NaN where missing), and rows that are none."""
    what = shape(column.type)
    if what == "text":
        try:
            column = column.cast(pa.float64())
        except pa.ArrowInvalid:
            held = encoded(column)
            by_text = pd.to_numeric(pd.Series(held.texts, dtype=object), errors="coerce").to_numpy(
                dtype="float64"
            )
            numbers = np.append(by_text, np.nan)[held.codes]
            return numbers, (held.codes >= 0) & ~np.isfinite(numbers)
    elif what in ("date", "flag"):
        return np.full(len(column), np.nan), ~is_missing(column)
    held_numbers = real(column).to_numpy()
    bad = ~is_missing(column) & ~np.isfinite(held_numbers)
    return np.where(bad, np.nan, held_numbers), bad


def _numbers(column: pa.ChunkedArray, target: Target) -> _Converted:
    numbers, bad = _real(column)
    numbers = numbers * UNITS.get(target.column.unit, {}).get(target.mapping.unit, 1.0)
    faults = [Fault(what="is not a number", remedy=target.correct("add the text to missing"), rows=bad)]
    return pd.Series(numbers), faults


def _whole(column: pa.ChunkedArray, target: Target) -> _Converted:
    what = "is not a whole number" + (" of days" if target.column.kind == "day" else "")
    factor = UNITS.get(target.column.unit, {}).get(target.mapping.unit, 1.0)
    if shape(column.type) == "whole" and factor == 1.0:
        missing = is_missing(column)
        numbers = column.fill_null(0).to_numpy() if missing.any() else column.to_numpy()
        return pd.Series(pd.arrays.IntegerArray(numbers.astype(np.int64), missing)), []
    real, bad = _real(column)
    # 1.6 weeks are 11 days; a day itself has no parts.
    real = np.round(real * factor) if factor > 1.0 else real * factor
    bad = bad | (np.isfinite(real) & ((real != np.round(real)) | (np.abs(real) > 2**53)))
    missing = bad | ~np.isfinite(real)
    whole = np.where(missing, 0, real).astype(np.int64)
    remedy = target.correct("add the text to missing")
    return pd.Series(pd.arrays.IntegerArray(whole, missing)), [Fault(what=what, remedy=remedy, rows=bad)]


def _day(column: pa.ChunkedArray, target: Target) -> _Converted:
    if target.clock == "day":
        if shape(column.type) == "date":
            held = ~is_missing(column)
            fault = Fault(
                what='holds dates, but clock = "day"', remedy='Write clock = "date", or map days.', rows=held
            )
            return empty(target.column, len(column)), [fault]
        series, faults = _whole(column, target)
        far = ((series > FARTHEST_DAY) | (series < -FARTHEST_DAY)).fillna(False).to_numpy(dtype=bool)
        remedy = target.correct('if these are dates such as 20260131, write clock = "date" and their format')
        faults.append(Fault(what=f"is more than {FARTHEST_DAY:,} days away", remedy=remedy, rows=far))
        return series.mask(far) if far.any() else series, faults
    whole, missing, found = days(column, target.mapping.format, zone=target.zone)
    source = target.mapping.source
    faults = [
        Fault(what=what, remedy=remedy.format(source=source, noun=target.noun), rows=rows)
        for what, remedy, rows in found
    ]
    return pd.Series(pd.arrays.IntegerArray(whole, missing)), faults


def _flags(column: pa.ChunkedArray, target: Target) -> _Converted:
    if shape(column.type) == "flag" and not target.mapping.codes:
        missing = is_missing(column)
        return pd.Series(pd.arrays.BooleanArray(column.fill_null(False).to_numpy(), missing)), []
    held = encoded(as_text(column))
    if target.mapping.codes:
        lookup = {key: str(code).lower() for key, code in target.mapping.codes.items()}
        texts = [lookup.get(text, lookup.get(text.removesuffix(".0"), "?")) for text in held.texts]
    else:
        texts = [text.lower() for text in held.texts]
    yes = np.array([text in YES for text in texts], dtype=bool)
    no = np.array([text in NO for text in texts], dtype=bool)
    known = held.spread(yes | no)
    bad = (held.codes >= 0) & ~known
    if target.mapping.unknown == "missing":
        bad = np.zeros_like(bad)
    fault = Fault(
        what="is neither yes nor no",
        remedy=target.correct("state under codes which value is true and which false"),
        rows=bad,
    )
    return pd.Series(pd.arrays.BooleanArray(held.spread(yes), ~known)), [fault]


def _codes(column: pa.ChunkedArray, target: Target) -> _Converted:
    held = encoded(as_text(column))
    categories, by_text = _categories(held, target)
    numbers = np.append(by_text, -1)[held.codes]
    bad = (held.codes >= 0) & (numbers < 0)
    if target.mapping.unknown == "missing":
        bad = np.zeros_like(bad)
    allowed = ", ".join(target.column.codes) or ", ".join(target.mapping.codes)
    fault = Fault(
        what="has codes that are not listed",
        remedy=f"Allowed: {allowed}. {target.correct('map them with codes = { theirs = ours }')}",
        rows=bad,
    )
    return _category(numbers, categories), [fault]


def _categories(held: Encoded, target: Target) -> tuple[list[str], NDArray[np.int64]]:
    """Return the categories of the canonical column, and the category of each text (-1 where none)."""
    categories = list(target.column.codes)
    mapping = target.mapping
    if mapping.codes:
        lookup = {key: str(code) for key, code in mapping.codes.items()}
        # Other programs write the code 1 in a column of decimals as 1.0.
        names = [lookup.get(text, lookup.get(text.removesuffix(".0"))) for text in held.texts]
    elif categories:
        lookup = {code.lower(): code for code in categories}
        names = [lookup.get("_".join(text.lower().replace("-", "_").split())) for text in held.texts]
        exact = set(categories)
        names = [text if text in exact else name for text, name in zip(held.texts, names, strict=True)]
    else:
        categories = sorted(set(held.texts), key=_natural)
        names = list(held.texts)
    if mapping.unknown == "other" and "other" in categories:
        names = ["other" if name is None else name for name in names]
    place = {code: number for number, code in enumerate(categories)}
    return categories, np.array([-1 if name is None else place[name] for name in names], dtype=np.int64)


def _natural(text: str) -> tuple[bool, float, str]:
    try:
        return (False, float(text), text)
    except ValueError:
        return (True, 0.0, text)


_BY_KIND: dict[str, Callable[[pa.ChunkedArray, Target], _Converted]] = {
    "id": _texts,
    "text": _texts,
    "day": _day,
    "code": _codes,
    "flag": _flags,
    "integer": _whole,
    "number": _numbers,
}
