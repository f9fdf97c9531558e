"""Covariates as columns of a model: standardized numbers and centered categories, each with its penalty."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from stepdown.errors import EstimateError

Floats = NDArray[np.float64]
NUMBER_PENALTY, CATEGORY_PENALTY, MANY_PENALTY, MANY = 1.0, 1.0, 8.0, 6
"""Precisions of the priors; a category with `MANY` values or more is shrunk like a site."""


@dataclass(frozen=True, eq=False, kw_only=True)
class CovariateTerms:
    """Columns of a model.

    Attributes
    ----------
    values : array (n, terms)
        Numbers with mean 0 and standard deviation 1; 0/1 columns of categories with mean 0, the most frequent
        value left out.
    penalty : array (terms,)
        Precision of the prior of each coefficient.
    names : tuple of str
        "age", "site_id=S03".
    """

    values: Floats
    penalty: Floats
    names: tuple[str, ...]

    def sorted_as(self, order: NDArray[np.int64]) -> CovariateTerms:
        """Return the same columns with the people in another order."""
        return replace(self, values=self.values[order])

    def stronger(self, factor: float) -> CovariateTerms:
        """Return the same columns with larger penalties."""
        return replace(self, penalty=self.penalty * factor)


def covariate_terms(frame: pd.DataFrame, *, size: int) -> CovariateTerms:
    """Return the columns of a frame of covariates.

    Parameters
    ----------
    frame : DataFrame
        One row a person.
    size : int
        How many people there are.

    Raises
    ------
    EstimateError
        The frame has another number of rows, or holds missing values.
    """
    if len(frame) != size:
        raise EstimateError("covariates must have one row per person, in the order of days.")
    empty = {str(name): int(frame[name].isna().sum()) for name in frame if frame[name].isna().any()}
    if empty:
        named = ", ".join(f"{name} ({many:,})" for name, many in empty.items())
        raise EstimateError(
            f"Covariates are missing for some people: {named}. Fill them in, or add a category for unknown."
        )
    columns: list[Floats] = []
    penalty: list[float] = []
    names: list[str] = []
    for name in frame:
        series = frame[name]
        if pd.api.types.is_numeric_dtype(series) and not isinstance(series.dtype, pd.CategoricalDtype):
            number = series.to_numpy(dtype=float)
            spread = number.std()
            if spread > 0:
                columns.append((number - number.mean()) / spread)
                penalty.append(NUMBER_PENALTY)
                names.append(str(name))
            continue
        text = series.astype(str)
        counts, (code, found) = text.value_counts(), pd.factorize(text)
        place = {str(value): number for number, value in enumerate(found)}
        for value in sorted(counts.index.drop(counts.index[0])):
            here = (code == place[value]).astype(float)
            columns.append(here - here.mean())
            penalty.append(MANY_PENALTY if len(counts) >= MANY else CATEGORY_PENALTY)
            names.append(f"{name}={value}")
    values = np.column_stack(columns) if columns else np.zeros((size, 0))
    return CovariateTerms(values=values, penalty=np.array(penalty), names=tuple(names))
