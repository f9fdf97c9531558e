"""Hazard of relapse after a landmark by the care received up to it: a spline with its band.

Among people followed and free of the event at the landmark: Cox regression (Efron) of the event after it on
the dose and the covariates. The dose has a natural cubic spline with knots k1, k2, k3 at the 10%, 50% and 90%
points of the doses above 0: x itself and

    s(x) = [(x - k1)+^3 - (x - k2)+^3 (k3 - k1) / (k3 - k2) + (x - k3)+^3 (k2 - k1) / (k3 - k2)] / (k3 - k1)^2

(a straight line where knots coincide). The hazard ratio of dose d against none is exp(b'(B(d) - B(0))), and
its 95% band pointwise from the covariance of b.

References
----------
Harrell FE (2015), Regression Modeling Strategies, 2.4.5. Anderson JR, Cain KC, Gelber RD (1983), J Clin Oncol
1:710-719 (landmark).
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from stepdown.errors import EstimateError
from stepdown.survival import CoxFit, cox
from stepdown.survival.core.confidence_intervals import quantile
from stepdown.survival.core.fit_warning import quiet
from stepdown.survival.core.sample import Floats

FEWEST = 30
"""People with, and without, a dose above 0 below which nothing is estimated."""
POINTS = 21
"""Doses at which a curve is given."""


@dataclass(frozen=True, eq=False, kw_only=True)
class DoseCurve:
    """Hazard ratios against no dose.

    Attributes
    ----------
    table : DataFrame
        `dose`, `hazard_ratio`, `conf_low`, `conf_high`.
    knots : tuple of float
        Of the spline; empty for a straight line.
    n, treated, events : int
        People at the landmark, those with a dose above 0, and events after it.
    """

    table: pd.DataFrame
    knots: tuple[float, ...]
    n: int
    treated: int
    events: int


def natural_spline(dose: ArrayLike, knots: tuple[float, ...]) -> Floats:
    """Return the columns of a natural cubic spline; the dose alone without knots.

    Examples
    --------
    Beyond the last knot it is a straight line again: s(4) - s(3) = s(5) - s(4).

    >>> s = natural_spline([3, 4, 5], (1.0, 2.0, 3.0))[:, 1]
    >>> (s[1] - s[0]).round(6) == (s[2] - s[1]).round(6)
    np.True_
    """
    x = np.asarray(dose, dtype=float)
    if not knots:
        return x[:, None]
    first, middle, last = knots
    cubes = [np.maximum(x - knot, 0.0) ** 3 for knot in knots]
    bent = (
        cubes[0] - cubes[1] * (last - first) / (last - middle) + cubes[2] * (middle - first) / (last - middle)
    )
    return np.column_stack([x, bent / (last - first) ** 2])


def dose_curve(
    days: ArrayLike,
    event: ArrayLike,
    dose: ArrayLike,
    covariates: pd.DataFrame,
    *,
    cluster: ArrayLike | None = None,
) -> DoseCurve:
    """Return hazard ratios of doses against none.

    Parameters
    ----------
    days, event : array_like (n,)
        Days since the landmark, and whether the event happened then.
    dose : array_like (n,)
        Care up to the landmark.
    covariates : DataFrame (n rows)
        Known by time zero, without missing values.
    cluster : array_like (n,), optional
        What belongs together.

    Raises
    ------
    EstimateError
        Fewer than 30 people with, or without, a dose, or no event in either.
    """
    given = np.asarray(dose, dtype=float)
    above, size = given[given > 0], len(given)
    if min(len(above), size - len(above)) < FEWEST:
        raise EstimateError(
            f"not enough people: at least {FEWEST} with care by the landmark and {FEWEST} without are needed"
        )
    happened = np.asarray(event, dtype=bool)
    if not (happened[given > 0].any() and happened[given == 0].any()):
        raise EstimateError(
            "too few events after the landmark, with care or without, for a confidence interval"
        )
    knots = knots_of(above)
    columns = natural_spline(given, knots)
    names = [f"dose {number}" for number in range(columns.shape[1])]
    x = pd.concat([pd.DataFrame(columns, columns=names, index=covariates.index), covariates], axis=1)
    x = x.loc[:, x.nunique() > 1]
    with quiet():
        fit = cox(days, event, x, cluster=cluster, ridge=1e-6)
    table = curve_of(fit, names, knots, above)
    return DoseCurve(table=table, knots=knots, n=size, treated=len(above), events=int(happened.sum()))


def knots_of(above: Floats) -> tuple[float, ...]:
    """Return the knots of a spline of doses above 0; none where they coincide.

    Examples
    --------
    >>> import numpy as np
    >>> knots_of(np.arange(1.0, 12.0)), knots_of(np.array([2.0, 2.0, 2.0]))
    ((2.0, 6.0, 10.0), ())
    """
    found = np.quantile(above, [0.1, 0.5, 0.9])
    return tuple(map(float, found)) if len(np.unique(found)) == 3 else ()


def curve_of(fit: CoxFit, names: list[str], knots: tuple[float, ...], above: Floats) -> pd.DataFrame:
    """Return hazard ratios against no dose from 0 to the 95% point of the doses above 0.

    Parameters
    ----------
    fit : CoxFit
        Its terms `names` are the columns of `natural_spline` with these `knots`.
    names, knots, above
        As in `dose_curve`.
    """
    places = [fit.terms.index(name) for name in names]
    coef, covariance = fit.coef[places], fit.covariance[np.ix_(places, places)]
    grid = np.linspace(0, float(np.quantile(above, 0.95)), POINTS)
    change = natural_spline(grid, knots) - natural_spline([0.0], knots)
    middle = change @ coef
    half = quantile(0.95, fit.degrees) * np.sqrt(np.einsum("ij,jk,ik->i", change, covariance, change))
    return pd.DataFrame({
        "dose": grid, "hazard_ratio": np.exp(middle), "conf_low": np.exp(middle - half),
        "conf_high": np.exp(middle + half),
    })  # fmt: skip
