"""Values of a column as subgroups: categories as they are, numbers in bands."""

import numpy as np
import pandas as pd

MOST_VALUES = 5
"""Values of a number beyond which it is split at its median."""
_AGE = ((-np.inf, 30, "under 30"), (30, 45, "30-44"), (45, np.inf, "45 and over"))


def subgroup_levels(values: pd.Series, *, name: str) -> pd.Series:
    """Return the subgroup of each discharge as text; missing where the value is.

    Parameters
    ----------
    values : Series
        A flag, a category, a text or a number.
    name : str
        Name of the column; `age` has bands of its own.

    Returns
    -------
    Series
        A category whose order is that of the values.

    Examples
    --------
    >>> import pandas as pd
    >>> list(subgroup_levels(pd.Series([25.0, 44.0, 71.0]), name="age"))
    ['under 30', '30-44', '45 and over']
    >>> list(subgroup_levels(pd.Series([0, 1, 2, 3, 4, 9]), name="prior_treatments"))
    ['up to 2.5', 'up to 2.5', 'up to 2.5', 'above 2.5', 'above 2.5', 'above 2.5']
    """
    if pd.api.types.is_bool_dtype(values):
        return _named(values.map({True: "yes", False: "no"}), ["no", "yes"])
    if isinstance(values.dtype, pd.CategoricalDtype):
        return _named(values.astype(object), [str(one) for one in values.cat.categories])
    if not pd.api.types.is_numeric_dtype(values):
        return _named(values.astype(object), sorted(map(str, values.dropna().unique())))
    number = pd.Series(values.to_numpy(dtype=float, na_value=np.nan), index=values.index)
    if name == "age":
        bands = [(label, (number >= low) & (number < high)) for low, high, label in _AGE]
    elif number.nunique() <= MOST_VALUES:
        bands = [(f"{one:g}", number == one) for one in sorted(number.dropna().unique())]
    else:
        middle = float(number.median())
        bands = [(f"up to {middle:g}", number <= middle), (f"above {middle:g}", number > middle)]
    found = pd.Series(pd.NA, index=values.index, dtype=object)
    for label, mine in bands:
        found[mine] = label
    return _named(found, [label for label, _ in bands])


def _named(values: pd.Series, order: list[str]) -> pd.Series:
    held = set(values.dropna())
    return values.astype(pd.CategoricalDtype([one for one in order if one in held]))
