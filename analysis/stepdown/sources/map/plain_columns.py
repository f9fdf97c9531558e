"""Columns of a file made plain: trimmed, missing as the cohort file declares, one of a few types."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Shape = Literal["text", "flag", "whole", "real", "date", "other"]


@dataclass(frozen=True, eq=False)
class Encoded:
    """A text column as its different texts and, by row, the number of the text (-1 where missing)."""

    texts: list[str]
    codes: NDArray[np.int64]

    def spread(self, by_text: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Return by row what is given by text; False where the row is missing."""
        return np.append(by_text, False)[self.codes]


def shape(kind: pa.DataType) -> Shape:
    """Return which of the few types an Arrow type is."""
    tests: tuple[tuple[Shape, bool], ...] = (
        ("text", pa.types.is_string(kind) or pa.types.is_large_string(kind)),
        ("flag", pa.types.is_boolean(kind)),
        ("whole", pa.types.is_integer(kind)),
        ("real", pa.types.is_floating(kind) or pa.types.is_decimal(kind)),
        ("date", pa.types.is_date(kind) or pa.types.is_timestamp(kind)),
    )
    return next((name for name, true in tests if true), "other")


def plain(column: pa.ChunkedArray, missing: Sequence[str]) -> pa.ChunkedArray:
    """Return the column trimmed, without dictionary encoding, with missing texts as missing.

    Parameters
    ----------
    column : pyarrow.ChunkedArray
        A column as read.
    missing : sequence of str
        Texts that mean a missing value; numbers among them also match that number.

    Returns
    -------
    pyarrow.ChunkedArray
    """
    if pa.types.is_dictionary(column.type):
        chunks = [chunk.dictionary.take(chunk.indices) for chunk in column.chunks]
        column = pa.chunked_array(chunks, type=column.type.value_type)
    if pa.types.is_null(column.type):
        return column.cast(pa.string())
    what = shape(column.type)
    if what == "text":
        column = pc.utf8_trim_whitespace(column)
        # Other programs write a whole number in a column of decimals as -9.0.
        decimal = [f"{token}.0" for token in missing if token.removeprefix("-").isdecimal()]
        absent = pc.is_in(column, value_set=pa.array(["", *missing, *decimal], type=column.type))
    elif what in ("whole", "real"):
        if pa.types.is_uint64(column.type) and (pc.max(column).as_py() or 0) >= 2**63:
            return plain(column.cast(pa.large_string()), missing)
        column = column.cast(pa.int64()) if what == "whole" else real(column)
        tokens = _numbers(missing)
        if what == "whole" and not tokens:
            return column
        absent = pc.is_in(real(column), value_set=pa.array(tokens, type=pa.float64()))
        if what == "real":
            absent = pc.or_kleene(absent, pc.is_nan(column))
    else:
        return column
    return pc.if_else(absent, pa.scalar(None, type=column.type), column) if pc.any(absent).as_py() else column


def plain_table(table: pa.Table, missing: Sequence[str]) -> pa.Table:
    """Return a table with every column plain."""
    return pa.Table.from_arrays([plain(column, missing) for column in table.columns], table.column_names)


def _numbers(missing: Sequence[str]) -> list[float]:
    found = []
    for token in missing:
        try:
            found.append(float(token))
        except ValueError:
            continue
    return found


def encoded(column: pa.ChunkedArray) -> Encoded:
    """Return a text column as its different texts; work on these is work on few values."""
    array = column.dictionary_encode().combine_chunks()
    codes = array.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    return Encoded(texts=array.dictionary.to_pylist(), codes=codes)


def real(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return numbers as floats; a whole number that a float cannot hold exactly is rounded."""
    return column.cast(pa.float64(), safe=False)


def on_the_wall(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return dates and moments in the local time of their own time zone, in seconds."""
    if pa.types.is_timestamp(column.type) and column.type.tz is not None:
        column = pc.local_timestamp(column)
    return column.cast(pa.timestamp("s"), safe=False)


def as_text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return a plain column as text: whole numbers without decimals, days as 2026-09-30."""
    what = shape(column.type)
    if what == "date":
        return pc.strftime(on_the_wall(column), format="%Y-%m-%d")
    if (
        what == "real"
        and pc.all(pc.and_(pc.equal(pc.round(column), column), pc.less(pc.abs(column), 2.0**53))).as_py()
    ):
        # Statistics files hold whole numbers as 7.0; large ones would be written with an exponent.
        column = column.cast(pa.int64(), safe=False)
    return column.cast(pa.large_string()) if what != "text" else column


def is_missing(column: pa.ChunkedArray) -> NDArray[np.bool_]:
    """Return by row whether a plain column is missing."""
    mask: NDArray[np.bool_] = pc.is_null(column).to_numpy(zero_copy_only=False)
    return mask
