"""Splines and interactions of covariates, as a formula of a study names them.

The grammar is that of formulaic with three functions of one covariate: `bs` (B-spline), `cr` (natural cubic
spline) and `poly` (orthogonal polynomial). Nothing else is read, so that no formula runs code.
"""

import importlib
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from stepdown.errors import DesignError
from stepdown.study.covariate_formula import formula_problem

_NEW = 1e-6
"""Share of a column's length that must lie outside the others; splines hold the straight line again."""


def with_formula(covariates: pd.DataFrame, formula: str) -> pd.DataFrame:
    """Return covariates and the columns that a formula adds to them.

    Every covariate stays in as it is; columns of the formula that hold nothing beyond it and the columns
    before them are left out.

    Parameters
    ----------
    covariates : DataFrame (n rows)
        Without missing values.
    formula : str
        Terms joined by +, such as "bs(age, df=4) + severity:sex".

    Raises
    ------
    DesignError
        A term cannot be made from these data, as a spline of a category.

    Examples
    --------
    >>> import pandas as pd
    >>> given = pd.DataFrame({"age": [20.0, 30.0, 40.0, 50.0], "sex": ["f", "m", "f", "m"]})
    >>> with_formula(given, "age:sex")["age:sex[T.m]"].tolist()
    [0.0, 30.0, 0.0, 50.0]
    """
    api: Any = importlib.import_module("formulaic")
    wrong = formula_problem(formula, tuple(str(name) for name in covariates))
    if wrong:
        raise DesignError(f"analysis.adjust.formula {wrong}.")
    own = " + ".join(f"`{name}`" for name in covariates)
    try:
        made = api.model_matrix(f"1 + {own} + {formula}", covariates)
    except Exception:
        raise DesignError(
            "analysis.adjust.formula cannot be computed from these data. A spline needs a number with more "
            "values than its df; join rare values of a category first."
        ) from None
    names, values = [str(name) for name in made.columns], np.asarray(made, dtype=float)
    plain, others = _places(made.model_spec.term_slices, {"1", *map(str, covariates)})
    basis = np.linalg.qr(values[:, plain])[0]
    added: dict[str, np.ndarray] = {}
    for place in others:
        column = values[:, place]
        rest = column - basis @ (basis.T @ column)
        rest -= basis @ (basis.T @ rest)
        length = float(np.linalg.norm(rest))
        if length > _NEW * max(float(np.linalg.norm(column)), 1e-300):
            basis = np.column_stack([basis, rest / length])
            added[names[place]] = column
    return pd.concat([covariates, pd.DataFrame(added, index=covariates.index)], axis=1)


def _places(slices: Mapping[Any, slice], plain: set[str]) -> tuple[list[int], list[int]]:
    """Return the columns of the intercept and the covariates themselves, and those of other terms."""
    found: tuple[list[int], list[int]] = ([], [])
    for term, places in slices.items():
        factors = [str(factor.expr) for factor in term.factors]
        other = len(factors) > 1 or factors[0] not in plain
        found[other].extend(range(places.start, places.stop))
    return found
