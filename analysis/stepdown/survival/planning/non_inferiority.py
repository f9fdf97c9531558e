"""Whether a difference from the reference is not worse than a margin.

With the margin m above no difference, and a larger value worse, an arm is non-inferior where the upper
limit of its difference is below m; with a smaller value worse, where the lower limit is above -m. Limits
are two-sided: those of 95% test at 2.5%, as regulators ask. The margin is chosen before the data are seen.

References
----------
Piaggio G et al. (2012), JAMA 308:2594-2604 (CONSORT for non-inferiority).
"""

from __future__ import annotations

import pandas as pd

from stepdown.errors import EstimateError
from stepdown.survival.core.argument_types import checks_arguments
from stepdown.survival.core.sample import check_result, is_number
from stepdown.survival.curves.contrasts import Contrasts


@checks_arguments
def non_inferiority(contrasts: Contrasts, margin: float, *, worse: str = "higher") -> pd.DataFrame:
    """Return which arms are not worse than the reference by the margin or more.

    Parameters
    ----------
    contrasts : Contrasts
        Of `contrast`; its differences are read.
    margin : float
        Largest difference that is acceptable, above 0, in the estimates' own unit (0.1 is 10 points of risk).
    worse : {"higher", "lower"}
        Which values are worse: higher risks, or fewer days.

    Returns
    -------
    DataFrame
        The rows of the differences with `margin`, `limit` (the one that is compared) and `non_inferior`
        (missing without an interval).

    Raises
    ------
    EstimateError
        Where the margin is not above 0, or there are no differences.

    Examples
    --------
    >>> import stepdown.survival as survival
    >>> days, relapsed, plan = [3, 5, 5, 8, 9, 12], [1, 1, 0, 1, 0, 0], list("aababb")
    >>> risks = survival.risk(survival.kaplan_meier(days, relapsed, plan), 5)
    >>> survival.non_inferiority(survival.contrast(risks), 0.1)["non_inferior"].tolist()
    [False]
    """
    check_result("contrasts", contrasts, Contrasts, "contrast")
    if not (is_number(margin) and margin > 0):
        raise EstimateError("margin must be above 0. Choose the largest difference that is acceptable.")
    if worse not in ("higher", "lower"):
        raise EstimateError('worse must be "higher" or "lower". The default is higher.')
    table = contrasts.table[contrasts.table["contrast"] == "difference"].reset_index(drop=True)
    if table.empty:
        raise EstimateError("There are no differences. Ask contrast for them.")
    limit = table["conf_high"] if worse == "higher" else table["conf_low"]
    met = limit < margin if worse == "higher" else limit > -margin
    verdict = met.astype("boolean").mask(limit.isna())
    return table.assign(margin=margin, limit=limit, non_inferior=verdict)
