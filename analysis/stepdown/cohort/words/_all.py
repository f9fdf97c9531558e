"""Every weekly definition of the registry on the same words."""

import numpy as np
import pandas as pd

from stepdown.cohort.words._definitions import DEFINITIONS
from stepdown.cohort.words._evaluate import weekly_value
from stepdown.cohort.words._words import Words
from stepdown.schema import ENDPOINTS


def weekly_values(words: Words) -> pd.DataFrame:
    """Return the numbers of all weekly definitions, each with its own rule for missing weeks.

    Parameters
    ----------
    words : Words
        One row a discharge.

    Returns
    -------
    DataFrame
        A row for each definition, in the order of the registry, and discharge: `endpoint` (its name),
        `kind`, `at` (row of the words), `value`, `event`, `weeks`, as `weekly_value` tells them.
    """
    parts = [
        weekly_value(spec, words).assign(endpoint=spec.name, kind=spec.kind, at=np.arange(len(words)))
        for spec in ENDPOINTS
        if spec.id in DEFINITIONS
    ]
    columns = ["endpoint", "kind", "at", "value", "event", "weeks"]
    return pd.concat(parts, ignore_index=True)[columns]
