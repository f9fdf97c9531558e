"""Balance of covariates between arms: standardized mean differences before and after weighting.

The difference of the (weighted) means, divided by the standard deviation before weighting: that of the first
arm for the treated, else the root of the mean variance of the two arms. Each value of a category counts as a
column.
"""

import numpy as np
import pandas as pd

from stepdown.cohort.followup import in_deviations
from stepdown.survival.core.sample import Floats, Ints


def covariate_balance(
    covariates: pd.DataFrame,
    arm: Ints,
    weight: Floats,
    *,
    labels: tuple[str, ...],
    spread_of_first: bool = False,
) -> pd.DataFrame:
    """Return the standardized differences of each arm from the last.

    Parameters
    ----------
    covariates : DataFrame (n rows)
        Numbers, flags and categories, without missing values.
    arm : array of int (n,)
        Position in `labels`.
    weight : array (n,)
        Weights.
    labels : tuple of str
        Names of the arms; the last is the reference.
    spread_of_first : bool
        Whether differences are divided by the standard deviation of the first arm, as for the treated.

    Returns
    -------
    DataFrame
        `covariate`, `value` (of a category), `arm`, `reference`, `before`, `after`; infinite where
        nobody of an arm differs but the arms do.
    """
    rows = []
    for name, value, column in _columns(covariates):
        plain = [_moments(column[arm == number], None) for number in range(len(labels))]
        fair = [_moments(column[arm == number], weight[arm == number])[0] for number in range(len(labels))]
        for number, label in enumerate(labels[:-1]):
            spread = plain[0][1] if spread_of_first else (plain[number][1] + plain[-1][1]) / 2
            gaps = (plain[number][0] - plain[-1][0], fair[number] - fair[-1])
            before, after = (in_deviations(gap, spread) for gap in gaps)
            rows.append({
                "covariate": name, "value": value, "arm": label, "reference": labels[-1],
                "before": before, "after": after,
            })  # fmt: skip
    return pd.DataFrame(rows, columns=["covariate", "value", "arm", "reference", "before", "after"])


def _columns(covariates: pd.DataFrame) -> list[tuple[str, str, Floats]]:
    found: list[tuple[str, str, Floats]] = []
    for name in covariates:
        series = covariates[name]
        if pd.api.types.is_numeric_dtype(series) and not isinstance(series.dtype, pd.CategoricalDtype):
            found.append((str(name), "", series.to_numpy(dtype=float)))
        else:
            text = series.astype(str)
            found += [(str(name), one, (text == one).to_numpy(dtype=float)) for one in sorted(text.unique())]
    return found


def _moments(values: Floats, weight: Floats | None) -> tuple[float, float]:
    """Return the mean and the sample variance."""
    spread = float(values.var(ddof=1)) if len(values) > 1 else 0.0
    return float(np.average(values, weights=weight)), spread
