"""Distinct texts of many columns, searched together: an expression is compiled once, not once a column."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Bools = NDArray[np.bool_]


class ColumnTexts:
    """Distinct texts of some columns, one column after the other.

    Parameters
    ----------
    columns : sequence of pyarrow.Array
        Distinct values of each column, as text.
    """

    def __init__(self, columns: Sequence[pa.Array]) -> None:
        self._texts = pa.concat_arrays([pa.array([], pa.large_string()), *columns])
        self._ends = np.cumsum([0, *(len(texts) for texts in columns)])
        self._found: dict[str, Bools] = {}

    def fits(self, place: int, expression: str) -> Bools:
        """Return which texts of a column fit an expression.

        Parameters
        ----------
        place : int
            Position of the column.
        expression : str
            Regular expression (RE2).

        Returns
        -------
        array of bool

        Examples
        --------
        >>> texts = ColumnTexts([pa.array(["a", "1"], pa.large_string()), pa.array(["2"], pa.large_string())])
        >>> texts.fits(0, "[0-9]").tolist(), texts.fits(1, "[0-9]").tolist()
        ([False, True], [True])
        """
        if expression not in self._found:
            self._found[expression] = fits(self._texts, expression)
        return self._found[expression][self._ends[place] : self._ends[place + 1]]


def fits(texts: pa.Array, expression: str) -> Bools:
    """Return which texts fit an expression."""
    found = pc.match_substring_regex(texts, expression)
    return np.asarray(found.to_numpy(zero_copy_only=False), dtype=bool)
