"""Arrays into canonical frames, typed by the declarations of the schema."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from stepdown.schema import DTYPES, Column, Table
from stepdown.synthetic._arrays import NOTHING, Floats, Ints


def frame(
    table: Table,
    columns: Mapping[str, Ints],
    *,
    rows: int,
    texts: Mapping[str, Any],
    numbers: Mapping[str, Floats] | None = None,
) -> pd.DataFrame:
    """Return a canonical frame.

    Parameters
    ----------
    table : Table
        Declaration; columns come out in its order, core ones always.
    columns : mapping of array of int
        Days, integers and flags; codes as positions in the declared codes; `NOTHING` is missing.
    rows : int
        Number of rows.
    texts : mapping of Arrow arrays
        Ids and texts.
    numbers : mapping of array of float
        Numbers that are not whole.
    """
    made: dict[str, Any] = {}
    for column in table:
        if column.name in texts:
            made[column.name] = pd.arrays.ArrowStringArray(pa.chunked_array([texts[column.name]]))
        elif numbers and column.name in numbers:
            made[column.name] = numbers[column.name]
        elif column.name in columns:
            made[column.name] = _typed(column, columns[column.name])
        elif column.core:
            made[column.name] = _empty(column, rows)
    return pd.DataFrame(made, index=pd.RangeIndex(rows))


def _empty(column: Column, rows: int) -> Any:
    dtype = pd.CategoricalDtype(list(column.codes)) if column.codes else DTYPES[column.kind]
    return pd.Series(pd.NA, index=range(rows), dtype=dtype).array


def _typed(column: Column, values: Ints) -> Any:
    absent = values == NOTHING
    if column.kind == "code":
        dtype = pd.CategoricalDtype(list(column.codes))
        return pd.Categorical.from_codes(np.where(absent, -1, values).astype(np.int64), dtype=dtype)
    if column.kind == "flag":
        return pd.arrays.BooleanArray(values.astype(np.bool_), absent)
    if column.kind == "number":
        return values.astype(np.float64)
    return pd.arrays.IntegerArray(np.where(absent, 1, values), absent)
