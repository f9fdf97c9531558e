"""Expected events of each person, had all sites had the same hazard for people of the same case mix.

Coefficients b are those of a Cox model (Efron) of the event, stratified by site, so that what sites do cannot
pass for case mix; death and incarceration end a person's time at risk. The baseline hazard is then pooled
over all sites and the site is left out of the prediction (Breslow):

    E_i = exp(x_i b) sum_{s <= min(T_i, H)} d(s) / sum_{j at risk on s} exp(x_j b)

with d(s) the events of all sites on day s. Over all people the expected events add up to the observed ones. A
ridge of 1 (a normal prior with standard deviation 1 on each log hazard ratio, in the covariate's own unit)
keeps a rare category without events finite; it moves nothing that the data determine.

References
----------
Breslow NE, Day NE (1987), Statistical Methods in Cancer Research II, ch. 2 (indirect standardization).
"""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from stepdown.errors import EstimateError
from stepdown.survival import cox
from stepdown.survival.core.fit_warning import quiet
from stepdown.survival.core.sample import Floats

RIDGE = 1.0


def expected_events(
    days: ArrayLike, event: ArrayLike, covariates: pd.DataFrame, site: ArrayLike, *, until: float
) -> Floats:
    """Return the expected events of each person up to a day.

    Parameters
    ----------
    days : array_like (n,)
        Last day at risk.
    event : array_like (n,)
        Whether the event happened on that day.
    covariates : DataFrame (n rows)
        Case mix without missing values; no columns for none. What is the same for everybody is left out.
    site : array_like (n,)
        Site of each person.
    until : float
        Last day that counts.

    Returns
    -------
    ndarray (n,)

    Raises
    ------
    EstimateError
        There are no events by then.

    Examples
    --------
    Two people are at risk on day 2, one on day 4: 1/2 each, and 1 more for the last.

    >>> expected_events([2, 4], [True, True], pd.DataFrame(index=[0, 1]), ["a", "b"], until=90).tolist()
    [0.5, 1.5]
    """
    time = np.minimum(np.asarray(days, dtype=float), until)
    happened = np.asarray(event, dtype=bool) & (np.asarray(days, dtype=float) <= until)
    if not happened.any():
        raise EstimateError(f"No event happened by day {until:g}, so nothing is expected.")
    predictor = np.zeros(len(time))
    covariates = covariates.loc[:, covariates.nunique() > 1]
    if covariates.shape[1]:
        with quiet():
            fit = cox(time, happened, covariates, strata=site, ridge=RIDGE)
        predictor = fit.given.x.values @ fit.optimum.state.beta
    risk = np.exp(predictor)
    place = np.unique(time, return_inverse=True)[1]
    at_risk = np.cumsum(np.bincount(place, risk)[::-1])[::-1]
    hazard = np.bincount(place, happened.astype(float)) / at_risk
    return np.asarray(risk * np.cumsum(hazard)[place])
