"""Ages over 89 in a column of ages, as numbers, with a unit, or in words."""

import re

import pandas as pd
import pyarrow as pa

STORED = 90
"""All ages over 89 are stored as this."""
OLD_IN_WORDS = (
    r"(?i)^(ninety[- ](one|two|three|four|five|six|seven|eight|nine)|(one |a )?hundred( and)?( [a-z]+)?)"
    r"([- ](years?|yrs?)([- ]old)?| of age)*$|"
    r"(?i)\b(9[1-9]|1[0-2]\d)[- ]?(years?|yrs?)[- ]old\b|\b(9[1-9]|1[0-2]\d) ?(y/o|yo|y\.o\.)( |$)"
)
_AGE = r"(^|_)ages?(_|$)|^age[a-z]{0,3}_|(^|_)age[a-z]{0,3}$"
_NO_AGE = r"(band|group|cat|category|class|range|agency|agent)"
_UNIT = r"\s*(y|yo|y/o|y\.o\.|yrs?\.?|years?)?\s*(old)?\s*$"
_LONGEST_LIFE = 130


def old_ages(name: str, values: pa.Array, *, age: bool, months: bool) -> bool:
    """Return whether a column of ages holds one over 89 that is not stored as 90.

    Parameters
    ----------
    name : str
        Name of the column in snake case.
    values : pyarrow.Array
        Its distinct values, as text or number.
    age, months : bool
        The column is mapped to age; it counts months.

    Returns
    -------
    bool

    Examples
    --------
    >>> old_ages("age_yrs", pa.array(["34 yrs", "91 yrs"]), age=False, months=False)
    True
    """
    if not age and (not re.search(_AGE, name) or re.search(_NO_AGE, name)):
        return False
    texts = pd.Series(values.to_pylist(), dtype=object).astype(str)
    numbers = pd.to_numeric(texts.str.replace(_UNIT, "", case=False, regex=True), errors="coerce")
    years = numbers.to_numpy(dtype="float64") / (12 if months or "month" in name else 1)
    return bool(((years > STORED) & (years <= _LONGEST_LIFE)).any())
