"""Balance of covariates between arms: standardized mean differences before and after weighting.

The difference of the (weighted) means, divided by the standard deviation before weighting: that of the first
arm for the treated, else the root of the mean variance of the two arms. Each value of a category counts as a
column. The standard error of a difference after weighting treats the weights and the standard deviation as
known: with m the weighted mean of an arm, its variance is

    V = sum w^2 (x - m)^2 / (sum w)^2,

and that of the difference the root of the sum over both arms, divided by the same standard deviation.
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
        nobody of an arm differs but the arms do. `error`, the standard error of `after`; `variance_ratio` and
        `largest_gap` after weighting: the variance over that of the reference, of numbers, and the largest
        difference of the two distributions (Kolmogorov-Smirnov).

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> found = covariate_balance(pd.DataFrame({"x": [0.0, 1, 1, 0, 0, 1]}), np.array([0, 0, 0, 1, 1, 1]),
    ...                           np.array([1.0, 1, 2, 1, 1, 2]), labels=("a", "b"))
    >>> found[["before", "after", "error"]].round(3).to_numpy().tolist()
    [[0.577, 0.433, 0.667]]
    """
    rows = []
    for name, value, column in _columns(covariates):
        plain = [_moments(column[arm == number]) for number in range(len(labels))]
        fair, variance = zip(
            *(_weighted(column[arm == number], weight[arm == number]) for number in range(len(labels))),
            strict=True,
        )
        for number, label in enumerate(labels[:-1]):
            spread = plain[0][1] if spread_of_first else (plain[number][1] + plain[-1][1]) / 2
            gaps = (plain[number][0] - plain[-1][0], fair[number] - fair[-1])
            before, after = (in_deviations(gap, spread) for gap in gaps)
            rows.append({
                "covariate": name, "value": value, "arm": label, "reference": labels[-1],
                "before": before, "after": after,
                "variance_ratio": _ratio(column, value, arm, weight, number, len(labels) - 1),
                "largest_gap": _gap(column, arm, weight, number, len(labels) - 1),
                "error": np.sqrt((variance[number] + variance[-1]) / spread) if spread > 0 else np.nan,
            })  # fmt: skip
    columns = [
        "covariate", "value", "arm", "reference", "before", "after", "error", "variance_ratio", "largest_gap",
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


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


def _moments(values: Floats) -> tuple[float, float]:
    """Return the mean and the sample variance."""
    spread = float(values.var(ddof=1)) if len(values) > 1 else 0.0
    return float(values.mean()), spread


def _weighted(values: Floats, weight: Floats) -> tuple[float, float]:
    """Return the weighted mean and its variance."""
    mean = float(np.average(values, weights=weight))
    return mean, float(((weight * (values - mean)) ** 2).sum()) / float(weight.sum()) ** 2


def _ratio(column: Floats, value: str, arm: Ints, weight: Floats, one: int, other: int) -> float:
    """Return the ratio of the weighted variances of a number with more than two values."""
    if value or len(np.unique(column)) <= 2:
        return float("nan")
    spread = []
    for number in (one, other):
        mine = arm == number
        mean = np.average(column[mine], weights=weight[mine])
        spread.append(float(np.average((column[mine] - mean) ** 2, weights=weight[mine])))
    return spread[0] / spread[1] if spread[1] > 0 else float("nan")


def _gap(column: Floats, arm: Ints, weight: Floats, one: int, other: int) -> float:
    """Return the largest difference of two weighted distributions."""
    order = np.argsort(column, kind="stable")
    shares = [
        np.cumsum(np.where(arm == number, weight, 0.0)[order]) / weight[arm == number].sum()
        for number in (one, other)
    ]
    ends = np.append(np.diff(column[order]) > 0, True)
    return float(np.abs(shares[0] - shares[1])[ends].max())
