"""Missing covariates drawn by chained equations, from the other covariates, the outcome and the group.

Numbers, flags and categories of two values are drawn by predictive mean matching (statsmodels' MICE), so that
every drawn value is one that somebody has. The outcome enters as whether it was seen, whether something else
was, and the cumulative hazard of each at the last day (White IR, Royston P (2009), Stat Med 28:1982-1998);
without it the covariates would look less related to relapse than they are. People are drawn for, never their
copies under several plans. A category of three values or more has no place on a scale: what is missing there
stays a category of its own.
"""

import importlib
from typing import Any

import numpy as np
import pandas as pd

from stepdown.survival import nelson_aalen
from stepdown.survival.core.sample import Floats, Ints

CYCLES, DONORS = 5, 5
MOST_LEVELS = 30
"""Categories with more values are left out of the model of others."""


def to_impute(given: pd.DataFrame) -> tuple[str, ...]:
    """Return the columns with missing values that are drawn: numbers, flags and categories of two values."""
    return tuple(
        str(name)
        for name in given
        if given[name].isna().any() and (_is_number(given[name]) or given[name].nunique() == 2)
    )


def imputed_covariates(
    given: pd.DataFrame, days: Floats, event: Ints, group: Ints, *, seed: int, number: int
) -> pd.DataFrame:
    """Return covariates of one imputation.

    Parameters
    ----------
    given : DataFrame (n rows)
        Covariates as they are, with missing values.
    days, event : array (n,)
        Last day at risk, and 0, 1 (the event) or 2 (a competing event) on it.
    group : array of int (n,)
        The group compared.
    seed, number : int
        Seed of the study, and number of the imputation. Rows are put in the order of their values first, so
        that the order of a file changes no draw, up to rows that are alike.

    Returns
    -------
    DataFrame
        The same columns; those of `to_impute` without missing values.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> rng = np.random.default_rng(1)
    >>> age = pd.Series(rng.normal(40, 10, 300))
    >>> days, event = np.full(300, 90.0), np.zeros(300, dtype=int)
    >>> given = pd.DataFrame({"age": age.mask(age > 55), "wage": 2 * age})
    >>> drawn = imputed_covariates(given, days, event, event, seed=1, number=0)
    >>> int(drawn["age"].isna().sum()), bool(drawn["age"].max() <= 55)
    (0, True)
    """
    names = to_impute(given)
    if not names:
        return given
    model = _columns(given, names).assign(
        happened=(event == 1).astype(float), other=(event == 2).astype(float),
        hazard=_hazard(days, event == 1), other_hazard=_hazard(days, event == 2),
        group=group.astype(float),
    )  # fmt: skip
    model = model[
        [name for name in model if model[name].nunique() > 1 or name in model.columns[: len(names)]]
    ]
    order = model.sort_values(list(model.columns), kind="stable").index.to_numpy()
    api: Any = importlib.import_module("statsmodels.imputation.mice")
    chain = api.MICEData(
        model.iloc[order].reset_index(drop=True),
        k_pmm=min(DONORS, int(model.iloc[:, : len(names)].notna().sum().min())),
        rng=np.random.default_rng([seed, number]),
    )
    # With one column to draw nothing has to settle.
    chain.update_all(CYCLES if len(names) > 1 else 1)
    found = given.copy()
    for place, name in enumerate(names):
        drawn = np.empty(len(model))
        drawn[order] = chain.data[f"x{place}"].to_numpy(dtype=float)
        found[name] = _as_given(given[name], drawn)
    return found


def _is_number(series: pd.Series) -> bool:
    return pd.api.types.is_numeric_dtype(series) and not isinstance(series.dtype, pd.CategoricalDtype)


def _columns(given: pd.DataFrame, names: tuple[str, ...]) -> pd.DataFrame:
    """Return numbers to draw, and numbers and 0/1 columns to draw them from, under names that are plain."""
    columns: dict[str, Any] = {}
    for name in names:
        series = given[name]
        code = series if _is_number(series) else pd.Series(_codes(series), index=series.index)
        columns[f"x{len(columns)}"] = code.to_numpy(dtype=float, na_value=np.nan)
    for column in given:
        series, name = given[column], str(column)
        if name in names or (series.nunique(dropna=False) > MOST_LEVELS and not _is_number(series)):
            continue
        if _is_number(series):
            columns[f"x{len(columns)}"] = series.to_numpy(dtype=float)
            continue
        levels = series.astype("object").where(series.notna(), "").astype(str)
        for level in sorted(levels.unique())[1:]:
            columns[f"x{len(columns)}"] = (levels == level).to_numpy(dtype=float)
    return pd.DataFrame(columns)


def _codes(series: pd.Series) -> Floats:
    codes = pd.factorize(series, sort=True)[0].astype(float)
    return np.where(codes < 0, np.nan, codes)


def _as_given(series: pd.Series, drawn: Floats) -> pd.Series:
    """Return drawn values where a column is missing, in the words of the column."""
    values = drawn if _is_number(series) else np.sort(series.dropna().unique())[drawn.astype(np.int64)]
    return (
        series.astype("object").where(series.notna(), pd.Series(values, index=series.index)).infer_objects()
    )


def _hazard(days: Floats, event: np.ndarray) -> Floats:
    """Return the cumulative hazard of an event at each person's last day."""
    if not event.any():
        return np.zeros(len(days))
    table = nelson_aalen(days, event.astype(np.int64), conf="log").table
    place = np.searchsorted(table["time"].to_numpy(dtype=float), days, side="right") - 1
    return np.where(place < 0, 0.0, table["estimate"].to_numpy(dtype=float)[np.maximum(place, 0)])
