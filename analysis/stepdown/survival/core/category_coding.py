"""Covariates as numbers: categories coded against a reference, by column or by formula.

A category becomes one 0/1 term for each level but the first, which is the reference: of a categorical column
the first category, of text the first in sorted order. Terms are named `plan[T.Step-down]`, as in formulaic.
Truth values become 0 and 1. The coding is kept, so that new rows are coded as the fitted ones were.
"""

from __future__ import annotations

import difflib
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from stepdown.errors import EstimateError
from stepdown.survival.core.sample import Faults, of_dates

if TYPE_CHECKING:
    from formulaic import ModelSpec, SimpleFormula
    from formulaic.transforms.contrasts import ContrastsState

CONSTANT = ("is the same for everyone", "Leave it out: there is nothing to compare.")
MISSING_NUMBER = (
    "Impute, or add a column that marks them; to drop these rows assumes that they are like the others."
)
MISSING = (
    "Impute, or add a category for missing values; to drop these rows assumes that they are like the others."
)


@dataclass(frozen=True, eq=False)
class FormulaColumns:
    """A formula and the frame that holds its columns, before coding."""

    argument: str
    text: str
    data: pd.DataFrame = field(repr=False)


@dataclass(frozen=True, eq=False)
class Coding:
    """How covariates became numbers.

    Attributes
    ----------
    references : dict
        Reference level of each coded category; empty where all covariates are numbers.
    """

    references: dict[str, str] = field(default_factory=dict)
    columns: tuple[str, ...] = field(default=(), repr=False)
    levels: dict[str, tuple[object, ...]] = field(default_factory=dict, repr=False)
    spec: ModelSpec | None = field(default=None, repr=False)

    def apply(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Code new rows, or raise where a column or level is not one of the fit's."""
        missing = [name for name in self.columns if name not in frame]
        if missing:
            raise EstimateError(lacks("X", missing, frame))
        faults = Faults()
        plain = _prepared("X", frame[list(self.columns)], faults)
        faults.stop()
        if self.spec is not None:
            return _materialized("X", self.spec, plain)[0]
        for name, levels in self.levels.items():
            faults.where(
                f"X[{name}]", ~plain[name].isin(levels).to_numpy(), "is no category of the fit",
                "Use the categories of the data that were fitted.",
            )  # fmt: skip
        faults.stop()
        return _dummies(plain, self.levels)


def coded(
    x: ArrayLike | pd.DataFrame | FormulaColumns, faults: Faults
) -> tuple[ArrayLike | pd.DataFrame, Coding]:
    """Return covariates with categories coded as 0/1 columns, and the coding; arrays stay as they are."""
    if isinstance(x, FormulaColumns):
        return _of_formula(x, faults)
    if isinstance(x, pd.Categorical):
        x = pd.Series(x)
    if isinstance(x, pd.Series) and _is_category(x):
        x = x.to_frame("x1" if x.name is None else str(x.name))
    if not isinstance(x, pd.DataFrame):
        return x, Coding()
    # By position: names may be repeated, which is reported later.
    if not any(_is_category(x.iloc[:, place]) for place in range(x.shape[1])):
        return x, Coding()
    plain = _prepared("X", x, faults)
    faults.stop()
    levels = {str(name): tuple(held.cat.categories) for name, held in plain.items() if _is_category(held)}
    _check_levels("X", plain, list(levels), faults)
    faults.stop()
    references = {name: str(found[0]) for name, found in levels.items()}
    return _dummies(plain, levels), Coding(references, tuple(plain.columns), levels)


def reference_lines(references: dict[str, str]) -> list[str]:
    """Return one line for each coded category: "plan: reference Residential only"."""
    return [f"{name}: reference {level}" for name, level in references.items()]


def lacks(argument: str, missing: Sequence[str], data: pd.DataFrame) -> str:
    """Return the message for columns that a frame does not have: which exist, and the nearest."""
    held = [str(column) for column in data.columns]
    near = [found for name in missing for found in difflib.get_close_matches(str(name), held, n=1)]
    quoted = ", ".join(f'"{name}"' for name in missing)
    noun = "column" if len(missing) == 1 else "columns"
    hint = f" Did you mean {', '.join(dict.fromkeys(near))}?" if near else ""
    return (
        f"{argument} names the {noun} {quoted}, which data does not have.{hint} Columns: {', '.join(held)}."
    )


def _of_formula(given: FormulaColumns, faults: Faults) -> tuple[pd.DataFrame, Coding]:
    from formulaic import Formula, SimpleFormula
    from formulaic.errors import FormulaicError

    name = given.argument
    try:
        formula = Formula(given.text)
    except (FormulaicError, SyntaxError):
        raise EstimateError(
            f'{name} is not a formula. Join columns with +, as in "plan + age + C(site)".'
        ) from None
    if not isinstance(formula, SimpleFormula):
        raise EstimateError(f"{name} is a formula with two sides. Give the covariates alone.")
    columns = sorted(map(str, formula.required_variables))
    missing = [column for column in columns if column not in given.data]
    if missing:
        raise EstimateError(lacks(name, missing, given.data))
    plain = _prepared(name, given.data[columns], faults)
    faults.stop()
    categories = [column for column in columns if _is_category(plain[column])]
    _check_levels(name, plain, categories, faults)
    for column in plain.columns.difference(categories):
        bad = ~np.isfinite(plain[column].to_numpy(dtype=float))
        faults.where(f"{name}[{column}]", bad, "is missing or infinite", MISSING_NUMBER)
    faults.stop()
    matrix, spec = _materialized(name, formula, plain)
    for factor, state in spec.factor_contrasts.items():
        if len(state.levels) == 1:
            faults.add(f"{name}[{factor}]", *CONSTANT)
    faults.stop()
    references = {_bare(str(factor)): _reference(state) for factor, state in spec.factor_contrasts.items()}
    return matrix, Coding(references, tuple(columns), {}, spec)


def _materialized(
    name: str, formula: SimpleFormula | ModelSpec, plain: pd.DataFrame
) -> tuple[pd.DataFrame, ModelSpec]:
    """Return a formula's columns without the intercept, which the baseline hazard replaces."""
    from formulaic.errors import FormulaicError, FormulaicWarning

    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("error", FormulaicWarning)
            matrix = formula.get_model_matrix(plain, na_action="ignore", context={})
    except FormulaicWarning:
        raise EstimateError(
            f"{name} holds a category that is not one of the fit. Use the categories of the data fitted."
        ) from None
    except (FormulaicError, SyntaxError, TypeError, ValueError):
        raise EstimateError(
            f"{name} is a formula that cannot be computed from these columns. "
            "Use column names, C(), and functions such as log() of numbers."
        ) from None
    return pd.DataFrame(matrix).drop(columns="Intercept", errors="ignore").astype(float), matrix.model_spec


def _bare(factor: str) -> str:
    """Return the column of a factor: site of C(site)."""
    inner = factor.removeprefix("C(").split(",")[0] if factor.startswith("C(") else factor
    return inner.rstrip(")").strip().strip("`")


def _reference(state: ContrastsState) -> str:
    base = getattr(state.contrasts, "base", None)
    return str(base if base in state.levels else state.levels[0])


def _prepared(argument: str, frame: pd.DataFrame, faults: Faults) -> pd.DataFrame:
    """Return a copy in which each column holds numbers or categories."""
    result = {}
    for place, name in enumerate(frame.columns):
        column = frame.iloc[:, place]
        kind = column.dtype
        if isinstance(kind, pd.CategoricalDtype):
            result[str(name)] = column
        elif _is_text(column):
            result[str(name)] = column.astype("category")
        elif pd.api.types.is_bool_dtype(kind) or pd.api.types.is_extension_array_dtype(kind):
            result[str(name)] = pd.Series(column.to_numpy(dtype=float, na_value=np.nan), index=column.index)
        elif pd.api.types.is_numeric_dtype(kind) and not of_dates(column):
            result[str(name)] = column
        else:
            faults.add(f"{argument}[{name}]", "is neither numbers nor categories", "Convert it first.")
    return pd.DataFrame(result, index=frame.index)


def _check_levels(argument: str, plain: pd.DataFrame, categories: list[str], faults: Faults) -> None:
    for name in categories:
        column = plain[name]
        if not faults.where(f"{argument}[{name}]", column.isna().to_numpy(), "is missing", MISSING):
            levels = len(column.cat.categories)
            if levels == 1:
                faults.add(f"{argument}[{name}]", *CONSTANT)
            empty = levels - column.nunique()
            if empty:
                what = f"has {empty} of {levels} categories without rows"
                faults.add(f"{argument}[{name}]", what, "Drop the unused categories, or check the selection.")


def _dummies(plain: pd.DataFrame, levels: dict[str, tuple[object, ...]]) -> pd.DataFrame:
    columns: dict[str, object] = {}
    for name in plain:
        if name not in levels:
            columns[str(name)] = plain[name]
            continue
        for level in levels[name][1:]:
            columns[f"{name}[T.{level}]"] = (plain[name] == level).to_numpy(dtype=float)
    return pd.DataFrame(columns, index=plain.index)


def _is_category(column: pd.Series) -> bool:
    return isinstance(column.dtype, pd.CategoricalDtype) or _is_text(column)


def _is_text(column: pd.Series) -> bool:
    text = isinstance(column.dtype, pd.StringDtype)
    return text or (column.dtype == object and pd.api.types.infer_dtype(column, skipna=True) == "string")
