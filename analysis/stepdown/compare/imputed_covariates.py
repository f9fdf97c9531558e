"""Missing covariates drawn by chained equations, from the other covariates, the outcome and the group.

Numbers, flags and categories of two values are drawn by predictive mean matching (statsmodels' MICE), so that
every drawn value is one that somebody has. The outcome enters as whether it was seen, whether something else
was, and the cumulative hazard of each at the last day (White IR, Royston P (2009), Stat Med 28:1982-1998);
without it the covariates would look less related to relapse than they are. People are drawn for, never their
copies under several plans. A category of three values or more has no place on a scale: what is missing there
stays a category of its own. A column that too few people have for a model stays missing.
"""

import importlib
import warnings
from typing import Any

import numpy as np
import pandas as pd

from stepdown.survival import nelson_aalen
from stepdown.survival.core.sample import Floats, Ints

CYCLES, DONORS = 5, 5
MOST_LEVELS = 30
"""Categories with more values are left out of the model of others."""
FEWEST_KNOWN = 10
"""People who have a value, and people beyond the columns of its model, below which none is drawn."""


def to_impute(given: pd.DataFrame) -> tuple[str, ...]:
    """Return the columns with missing values that are drawn: numbers, flags and categories of two values."""
    return tuple(
        str(name)
        for name in given
        if given[name].isna().any()
        and given[name].notna().sum() >= FEWEST_KNOWN
        and (_is_number(given[name]) or given[name].nunique() == 2)
    )


def imputed_covariates(
    given: pd.DataFrame,
    days: Floats,
    event: Ints,
    group: Ints,
    *,
    seed: int,
    number: int,
    among: tuple[str, ...] | None = None,
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
    among : tuple of str, optional
        Draw no other columns, such as a category that has more than two values elsewhere in a study.

    Returns
    -------
    DataFrame
        The same columns; those of `to_impute` without missing values, where enough people have one for a
        model of the others.

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
    names = names if among is None else tuple(name for name in names if name in among)
    facts = {
        "happened": (event == 1).astype(float), "other": (event == 2).astype(float),
        "hazard": _hazard(days, event == 1), "other_hazard": _hazard(days, event == 2),
        "group": group.astype(float),
    }  # fmt: skip
    model = _columns(given, names).assign(**facts)
    while names:
        model = model[
            [name for name in model if model[name].nunique() > 1 or name in model.columns[: len(names)]]
        ]
        known = model.iloc[:, : len(names)].notna().sum().to_numpy()
        enough = known >= model.shape[1] + FEWEST_KNOWN
        if enough.all():
            break
        names = tuple(name for name, kept in zip(names, enough, strict=True) if kept)
        model = _columns(given, names).assign(**facts)
    if not names:
        return given
    order = model.sort_values(list(model.columns), kind="stable").index.to_numpy()
    api: Any = importlib.import_module("statsmodels.imputation.mice")
    chain = api.MICEData(
        model.iloc[order].reset_index(drop=True),
        k_pmm=DONORS,
        rng=np.random.default_rng([seed, number]),
    )
    with warnings.catch_warnings():
        # Of columns that hold the same information, whose fitted values are the same however it is shared.
        warnings.filterwarnings("ignore", "The design matrix is rank-deficient")
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
            if series.isna().any():
                continue
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
    """Return drawn values where a column is missing: numbers, flags as 0 and 1, or words of the column."""
    if _is_number(series):
        return pd.Series(
            np.where(series.isna(), drawn, series.to_numpy(float, na_value=np.nan)), series.index
        )
    words = np.asarray(pd.factorize(series, sort=True)[1], dtype=object)[drawn.astype(np.int64)]
    return series.astype("object").where(series.notna(), pd.Series(words, index=series.index))


def _hazard(days: Floats, event: np.ndarray) -> Floats:
    """Return the cumulative hazard of an event at each person's last day."""
    if not event.any():
        return np.zeros(len(days))
    table = nelson_aalen(days, event.astype(np.int64), conf="log").table
    place = np.searchsorted(table["time"].to_numpy(dtype=float), days, side="right") - 1
    return np.where(place < 0, 0.0, table["estimate"].to_numpy(dtype=float)[np.maximum(place, 0)])
