"""Stabilized weights of rows by time: a chance given little over that given all, multiplied up by person.

With a(k) what a row's person had on it (care, or being followed), h(k) what is allowed for in the final model
too, and l(k) all else that goes with both care and relapse, the factor of row k is

    P(a(k) | h(k)) / P(a(k) | h(k), l(k))

by logistic regressions, multinomial where there are more than two values, with a ridge of 1 on standardized
columns.

*References*: Robins JM, Hernan MA, Brumback B (2000), Epidemiology 11:550-560. Naimi AI, Moodie EEM, Auger N,
Kaufman JS (2014), Epidemiology 25:292-299 (continuous doses by classes).
"""

import numpy as np

from stepdown.compare.known_arms.propensity import fit_propensity
from stepdown.survival.core.sample import Bools, Floats, Ints


def chance_ratio(found: Ints, little: Floats, everything: Floats, *, values: int = 2) -> Floats:
    """Return the chance of what happened on each row given little, over that given everything.

    Parameters
    ----------
    found : array of int (m,)
        What happened, 0 to `values` - 1.
    little, everything : array (m, columns)
        Columns of the two models.
    values : int
        How many values there are.

    Examples
    --------
    Without any more columns both chances are the same.

    >>> import numpy as np
    >>> columns = np.array([[0.0], [1.0], [2.0], [3.0]])
    >>> chance_ratio(np.array([0, 1, 0, 1]), columns, columns).tolist()
    [1.0, 1.0, 1.0, 1.0]
    """
    rows = np.arange(len(found))
    chances = []
    for columns in (little, everything):
        scaled = standardized(columns)
        fit = fit_propensity(found, scaled, np.ones(scaled.shape[1]), arms=values)
        chances.append(fit.chance[rows, found])
    return np.asarray(chances[0] / chances[1])


def standardized(values: Floats) -> Floats:
    """Return columns with mean 0 and standard deviation 1; constant ones stay 0.

    Examples
    --------
    >>> import numpy as np
    >>> standardized(np.array([[1.0, 5.0], [3.0, 5.0]])).tolist()
    [[-1.0, 0.0], [1.0, 0.0]]
    """
    spread = values.std(axis=0)
    return np.asarray((values - values.mean(axis=0)) / np.where(spread > 0, spread, 1.0))


def multiplied_up(factor: Floats, first: Bools) -> Floats:
    """Return the product of the factors of each person up to each row.

    Examples
    --------
    >>> import numpy as np
    >>> multiplied_up(np.array([2.0, 3.0, 5.0]), np.array([True, False, True])).round(9).tolist()
    [2.0, 6.0, 5.0]
    """
    total = np.cumsum(np.log(factor))
    start = (total - np.log(factor))[np.flatnonzero(first)][np.cumsum(first) - 1]
    return np.asarray(np.exp(total - start))


def from_next_row(factor: Floats, first: Bools) -> Floats:
    """Return the factors moved to the next row of each person; 1 on the first.

    Examples
    --------
    >>> import numpy as np
    >>> from_next_row(np.array([2.0, 3.0, 5.0]), np.array([True, False, True])).tolist()
    [1.0, 2.0, 1.0]
    """
    return np.asarray(np.where(first, 1.0, np.r_[1.0, factor[:-1]]))
