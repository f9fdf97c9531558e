"""Numbers from two sources compared, with the tolerance stated by each test."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd


def same(found: Any, expected: Any, relative: float = 1e-12, absolute: float = 0.0) -> None:
    """Fail unless the numbers agree; a missing number agrees with a missing number alone."""
    ours, theirs = np.asarray(found, float), np.asarray(expected, float)
    np.testing.assert_allclose(ours, theirs, rtol=relative, atol=absolute)


def same_where_known(found: Any, expected: Any, relative: float = 1e-8, absolute: float = 0.0) -> np.ndarray:
    """Compare where we give a number, and return where; elsewhere R gives 0 or none."""
    ours, theirs = np.asarray(found, float), np.asarray(expected, float)
    known = ~np.isnan(ours)
    assert np.all(np.nan_to_num(theirs[~known]) < 1e-8)
    same(ours[known], theirs[known], relative, absolute)
    return known


def columns_agree(
    one: pd.DataFrame, other: pd.DataFrame, columns: Iterable[str], *, relative: float, absolute: float
) -> None:
    """Fail unless the columns of two tables agree."""
    for column in columns:
        same(one[column], other[column], relative, absolute)
