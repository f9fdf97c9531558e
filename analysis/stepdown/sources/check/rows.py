"""Columns of a table by row: where a day is held, and as whole numbers."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray


def held(series: pd.Series) -> NDArray[np.bool_]:
    """Return by row whether there is a value."""
    return series.notna().to_numpy()


def values(series: pd.Series) -> NDArray[np.int64]:
    """Return whole days by row, 0 where missing."""
    return series.to_numpy(dtype="int64", na_value=0)
