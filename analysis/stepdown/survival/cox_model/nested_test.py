"""Likelihood-ratio test of two nested regressions.

Twice the difference of the log (partial) likelihoods is chi-square on the difference of the numbers of terms,
where the smaller model is right. Rows are independent and have weight 1: with weights or clusters, or with a
penalty, twice the difference has another distribution, and the test is refused.

References
----------
Therneau TM, Grambsch PM (2000), Modeling Survival Data, 3.4.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import special

from stepdown.errors import EstimateError
from stepdown.survival.core.argument_types import checks_arguments
from stepdown.survival.core.sample import check_result
from stepdown.survival.cox_model.cox_fit import CoxFit

TOLERANCE = 1e-6
"""Fall of the log likelihood by added terms that rounding may cause."""


@checks_arguments
def nested_test(smaller: CoxFit, larger: CoxFit) -> pd.DataFrame:
    """Test that the terms that only the larger fit has are zero.

    Parameters
    ----------
    smaller, larger : CoxFit
        Fits of `cox` to the same rows; the larger has all terms of the smaller, or terms that contain them (a
        category in place of a number).

    Returns
    -------
    DataFrame
        One row: `statistic`, `df`, `p`, and `added` (the names of the terms that were added).

    Raises
    ------
    EstimateError
        Where fits are of different rows, strata or tie rules, or are not nested; with weights, clusters or a
        penalty.

    Examples
    --------
    >>> import stepdown.survival as survival
    >>> days, event = [3, 5, 5, 8, 9, 12], [1, 1, 1, 1, 1, 0]
    >>> x = [[1, 2], [0, 1], [1, 5], [0, 2], [1, 3], [0, 1]]
    >>> one, two = survival.cox(days, event, [row[:1] for row in x]), survival.cox(days, event, x)
    >>> survival.nested_test(one, two)["df"].tolist()
    [1]
    """
    for name, fit in (("smaller", smaller), ("larger", larger)):
        check_result(name, fit, CoxFit, "cox")
        if fit.robust or fit.firth or fit.given.ridge:
            raise EstimateError(f"{name} has weights, clusters or a penalty. Use the Wald test of its terms.")
    one, two = smaller.given.sample, larger.given.sample
    same = one.size == two.size and all(
        np.array_equal(a, b)
        for a, b in ((one.grid[one.stop], two.grid[two.stop]), (one.cause, two.cause), (one.entry, two.entry),
                     (smaller.given.stratum, larger.given.stratum))
    )  # fmt: skip
    if not same or smaller.given.ties != larger.given.ties:
        raise EstimateError("The fits are of different rows, strata or tie rules. Fit both to the same rows.")
    df = len(larger.terms) - len(smaller.terms)
    statistic = 2 * (larger.loglik - smaller.loglik)
    if df < 1 or statistic < -TOLERANCE or not _contains(larger, smaller):
        raise EstimateError("The fits are not nested. The larger must have all terms of the smaller.")
    statistic = max(statistic, 0.0)
    added = ", ".join(name for name in larger.terms if name not in smaller.terms)
    columns = {"statistic": [statistic], "df": [df], "p": [special.chdtrc(df, statistic)], "added": [added]}
    return pd.DataFrame(columns)


def _contains(larger: CoxFit, smaller: CoxFit) -> bool:
    """Whether each term of the smaller fit is a combination of those of the larger."""
    wide = np.column_stack([np.ones(larger.n), larger.given.x.values])
    left = smaller.given.x.values - wide @ np.linalg.lstsq(wide, smaller.given.x.values, rcond=None)[0]
    return bool(np.all(np.abs(left) <= 1e-8 * np.maximum(np.abs(smaller.given.x.values).max(axis=0), 1e-300)))
