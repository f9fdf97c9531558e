"""Checked input of a Cox regression: the covariates as a matrix, strata, offset, ridge.

Covariates are centered and scaled inside, which changes no result and keeps sums exact: the partial
likelihood does not depend on either.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from stepdown.errors import EstimateError
from stepdown.survival.core.category_coding import CONSTANT, MISSING_NUMBER, Coding, coded
from stepdown.survival.core.sample import (
    DATES,
    LARGEST,
    SMALLEST,
    Bools,
    Faults,
    Floats,
    Ints,
    Sample,
    as_floats,
    check,
    code_labels,
    is_number,
    numbers,
    of_dates,
)

Ties = Literal["efron", "breslow"]
RANK_TOLERANCE = 1e-10
"""Share of a term's information that must not be explained by the other terms."""


@dataclass(frozen=True, eq=False)
class Covariates:
    """n rows, p terms.

    Attributes
    ----------
    terms : tuple of str
        Names.
    values : ndarray, shape (n, p)
        Centered and scaled, C order.
    center, scale : ndarray, shape (p,)
        What was subtracted, and the divisor.
    coding : Coding
        How categories became terms, with the reference of each.
    """

    terms: tuple[str, ...]
    values: Floats
    center: Floats
    scale: Floats
    coding: Coding

    def place(self, x: Floats) -> Floats:
        """Return rows in units of `values`."""
        return (x - self.center) / self.scale


@dataclass(frozen=True, eq=False)
class CoxInput:
    """Checked input of one regression.

    Attributes
    ----------
    sample : Sample
        Days, events, entries, weights, clusters.
    x : Covariates
        All rows.
    stratum : ndarray of int, shape (n,)
        Positions in `strata`.
    strata : tuple
        Labels; ("all",) where none were given.
    offset : ndarray, shape (n,), or None
        As given.
    ridge : float
        Penalty.
    ties : {"efron", "breslow"}
        Tie rule.
    others : ndarray of bool, shape (n,), or None
        Rows with an event of another cause; None where there is one cause. `sample.cause` is 1 for the cause
        of the regression and 0 for all else.
    """

    sample: Sample
    x: Covariates
    stratum: Ints
    strata: tuple[object, ...]
    offset: Floats | None
    ridge: float
    ties: Ties
    others: Bools | None = None

    @property
    def competing(self) -> Bools:
        """Rows with an event of another cause, shape (n,)."""
        return np.zeros(self.sample.size, dtype=bool) if self.others is None else self.others


def check_cox(
    days: ArrayLike,
    event: ArrayLike,
    x: ArrayLike | pd.DataFrame,
    *,
    entry: ArrayLike | None,
    weights: ArrayLike | None,
    cluster: ArrayLike | None,
    strata: ArrayLike | None,
    offset: ArrayLike | None,
    ridge: float,
    ties: Ties,
    cause: int | None = None,
) -> CoxInput:
    """Return the checked input, or raise one error that lists every fault of a kind.

    With a `cause`, events of other codes are `others`; without one there are none.
    """
    if ties not in get_args(Ties):
        raise EstimateError('ties must be "efron" or "breslow". The default is efron.')
    if not (is_number(ridge) and ridge >= 0):
        raise EstimateError("ridge must be zero or a positive number. Use 0 for no penalty.")
    sample = check(days, event, entry=entry, weights=weights, cluster=cluster, single_cause=cause is None)
    faults = Faults()
    terms, values, coding = coded_matrix(x, faults)
    if len(set(terms)) < len(terms):
        faults.add("X", "has columns of the same name", "Give each term its own name.")
    faults.stop()
    size = sample.size
    shift = None if offset is None else numbers("offset", offset, faults)
    faults.stop()
    columns = {"X": values[:, 0], "strata": strata, "offset": shift}
    faults.lengths("days", size, columns, "Give one row per person.")
    check_finite(terms, values, faults)
    check_constant(terms, values, faults)
    if shift is not None:
        faults.where("offset", ~np.isfinite(shift), "is missing or infinite", "Drop or repair these rows.")
    stratum, labels = code_labels("strata", strata, size, faults)
    faults.stop()
    others = None
    if cause is not None:
        happened = sample.cause == cause
        others = (sample.cause > 0) & ~happened
        sample = replace(sample, cause=happened.astype(np.int64), causes=1)
    if not sample.cause.any():
        what = "no events" if cause is None else f"no code {cause}"
        check_coding = f"Check the coding: {1 if cause is None else cause} is an event."
        raise EstimateError(f"event has {what}, so there is no hazard to compare. {check_coding}")
    covariates = standardized(terms, values, coding)
    return CoxInput(sample, covariates, stratum, labels, shift, float(ridge), ties, others)


def coded_matrix(x: ArrayLike | pd.DataFrame, faults: Faults) -> tuple[tuple[str, ...], Floats, Coding]:
    """Return term names, a matrix of floats, and how categories were coded."""
    values, coding = coded(x, faults)
    return *as_matrix(values, faults), coding


def as_matrix(x: ArrayLike | pd.DataFrame, faults: Faults) -> tuple[tuple[str, ...], Floats]:
    """Return term names and a matrix of floats; a frame's columns name the terms."""
    if isinstance(x, pd.DataFrame):
        wrong = [str(name) for name, kind in x.dtypes.items() if not _numeric(kind)]
        for column in wrong:
            faults.add(f"X[{column}]", "is not numeric", "Code categories as 0/1 columns first.")
        if wrong or x.shape[1] == 0:
            if not wrong:
                faults.add("X", "has no columns", "Give at least one covariate.")
            return (), np.empty((len(x), 0))
        return tuple(map(str, x.columns)), x.to_numpy(dtype=float, na_value=np.nan)
    if of_dates(x) or isinstance(getattr(x, "dtype", None), pd.CategoricalDtype):
        what = DATES if of_dates(x) else "holds categories, not numbers"
        faults.add("X", what, "Turn it into numbers first.")
        return (), np.empty((0, 0))
    try:
        values = as_floats(x)
    except (TypeError, ValueError, OverflowError):
        faults.add("X", "holds something that is not a number", "Code categories as 0/1 columns first.")
        return (), np.empty((0, 0))
    if values.ndim == 1:
        name = getattr(x, "name", None)
        return ("x1" if name is None else str(name),), values[:, None]
    if values.ndim != 2 or values.shape[1] == 0:
        remedy = "Give one row per person, one column per covariate."
        faults.add("X", "is not a table of rows and covariates", remedy)
        return (), np.empty((0, 0))
    return tuple(f"x{column}" for column in range(1, values.shape[1] + 1)), values


def check_finite(terms: tuple[str, ...], values: Floats, faults: Faults) -> None:
    """Record the rows where a covariate is missing or infinite."""
    with np.errstate(over="ignore", invalid="ignore"):
        sums = np.einsum("ij->j", values)
    for column in np.flatnonzero(~np.isfinite(sums)):
        bad = ~np.isfinite(values[:, column])
        faults.where(f"X[{terms[column]}]", bad, "is missing or infinite", MISSING_NUMBER)


def check_constant(terms: tuple[str, ...], values: Floats, faults: Faults) -> None:
    """Record the columns that hold one value."""
    some = values[:: max(1, len(values) // 100)]
    for column in np.flatnonzero((some == some[0]).all(axis=0)):
        if np.ptp(values[:, column]) == 0:
            faults.add(f"X[{terms[column]}]", *CONSTANT)


def check_events(terms: tuple[str, ...], events: int, remedy: str) -> None:
    """Raise where there are more terms than events."""
    if len(terms) > events:
        raise EstimateError(f"There are {len(terms):,} terms and {events:,} events. {remedy}")


def check_combinations(gram: Floats, terms: tuple[str, ...], remedy: str) -> None:
    """Raise where a term is a combination of those before it; `gram` has a unit diagonal."""
    for column in range(1, len(gram)):
        before, own = gram[:column, :column], gram[:column, column]
        if 1 - own @ np.linalg.solve(before, own) <= RANK_TOLERANCE:
            raise EstimateError(f"X[{terms[column]}] is a combination of the terms before it. {remedy}")


def _numeric(kind: object) -> bool:
    return pd.api.types.is_numeric_dtype(kind) or pd.api.types.is_bool_dtype(kind)  # type: ignore[arg-type]


def standardized(terms: tuple[str, ...], values: Floats, coding: Coding) -> Covariates:
    """Return the covariates centered and scaled, or raise where their squares overflow or vanish."""
    center = np.einsum("ij->j", values) / len(values)  # a mean along short rows is slow
    centered = np.subtract(values, center, order="C")
    with np.errstate(over="ignore", under="ignore"):
        scale = np.sqrt(np.einsum("ij,ij->j", centered, centered) / len(centered))
    wrong = ~((scale > SMALLEST) & (scale < LARGEST))
    if wrong.any():
        raise EstimateError(
            f"X[{', '.join(np.array(terms)[wrong])}] varies by less than 1e-50 or more than 1e50. "
            "Change its unit."
        )
    centered /= scale
    return Covariates(terms, centered, center, scale, coding)
