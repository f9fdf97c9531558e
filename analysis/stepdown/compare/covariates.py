"""What a comparison is adjusted for: columns known by time zero, missing values filled and marked."""

import numpy as np
import pandas as pd

from stepdown.cohort import People, refuse_future
from stepdown.study import Adjust, Study

NOT_KNOWN = "not known"


def covariates(people: People, study: Study, adjust: Adjust) -> pd.DataFrame:
    """Return the covariates that a study adjusts for, missing values filled and marked.

    Of a number that is missing the mean is taken, and a column marks it; a category that is missing is one of
    its own.
    """
    columns: dict[str, pd.Series] = {}
    for name in adjust.covariates:
        refuse_future(
            people.table, name, known=people.known, event=study.time_zero.event, zero=people.table["zero"],
            day=0, use="adjustment",
        )  # fmt: skip
        series = people.table[name]
        if pd.api.types.is_numeric_dtype(series) and not isinstance(series.dtype, pd.CategoricalDtype):
            number = pd.Series(series.to_numpy(dtype=float, na_value=np.nan), index=series.index)
            missing = number.isna()
            columns[name] = number.fillna(number.mean() if not missing.all() else 0.0)
            if missing.any():
                columns[f"{name} not known"] = missing.astype(float)
        else:
            columns[name] = series.astype("object").where(series.notna(), NOT_KNOWN).astype(str)
    return pd.DataFrame(columns, index=people.table.index)
