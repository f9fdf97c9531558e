"""Pseudo-values where loss depends on covariates: inverse probability of being followed, from a Cox model.

With G_i(s-) the chance of still being followed just before day s, given the covariates of person i, and a_i
what is seen of person i up to day t,

    risk      a = [T <= t, event c] / G(T-)             survival  a = [free at t] / G(t-)
    rmst      a = min(T, t) [seen] / G(min(T, t)-)      rmtl      a = (t - T) [T <= t, event c] / G(T-)

where a person is free at t, or seen, if nothing cut the watch short before day t. The mean of a is the
estimate (Binder's form: it is divided by n). G = exp(-L), L from `cox` of loss (Efron's ties) on the
covariates; on one day events come before losses, so those with an event that day are not at risk of loss.

The pseudo-value is the estimate plus n times its derivative with respect to the person's weight (the
infinitesimal jackknife, which counts how the person moves G; the exact leave-one-out would fit one Cox model
a person, and differs by a term of order 1 / n):

    a_i + sum_j a_j dL_j / dw_i

References
----------
Binder N, Gerds TA, Andersen PK (2014), Lifetime Data Anal 20:303-315. Overgaard M, Parner ET, Pedersen J
(2019), J Stat Plan Inference 202:112-122.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from stepdown.errors import EstimateError
from stepdown.survival._cox import cox
from stepdown.survival._cox_predict import row_hazard_influence
from stepdown.survival._cox_result import CoxFit
from stepdown.survival._days import ArmDays
from stepdown.survival._input import TIE_TOLERANCE, Bools, Floats, Ints


@dataclass(frozen=True, eq=False)
class Loss:
    """A fitted model of loss; n people, one row each in the order of the input.

    Attributes
    ----------
    fit : CoxFit, or None
        None where nobody was lost.
    dfbeta : ndarray, shape (n, p)
        Influence on the coefficients (standardised units).
    theta : ndarray, shape (n,)
        exp(x b).
    stratum : ndarray of int, shape (n,)
        Stratum of each person.
    """

    fit: CoxFit | None
    dfbeta: Floats
    theta: Floats
    stratum: Ints

    def spread(self, upto: Ints, scale: Floats) -> tuple[Floats, Floats]:
        """Return values over G and what each person's weight adds to their sum by way of G, shapes (n,).

        Parameters
        ----------
        upto : ndarray of int, shape (n,)
            G is that just before this position of the sample's grid.
        scale : ndarray, shape (n,)
            Values.
        """
        if self.fit is None:
            return scale, np.zeros_like(scale)
        grid, state = self.fit.grid, self.fit.optimum.state
        # Losses on day k stand at 2 k + 1 (see `fit_loss`); a stratum's first slot, at -1, holds none.
        codes = np.append(self.fit.given.sample.grid, -1.0)[grid.day]
        width = 2 * int(upto.max()) + codes.max() + 4
        slot = np.searchsorted(grid.stratum * width + codes, self.stratum * width + 2 * upto) - 1
        values = scale * np.exp(self.theta * grid.so_far(state.hazard)[slot])
        pull = values * self.theta
        g = grid.from_end(np.bincount(slot, pull, grid.slots).astype(float))
        own = row_hazard_influence(grid, state, g)
        if grid.rows is not None:
            spread_out = np.zeros_like(values)
            spread_out[grid.rows] = own
            own = spread_out
        reached = grid.so_far(state.hazard)[slot][:, None] * self.fit.given.x.values
        slope = pull @ (reached - grid.so_far(state.drift)[slot])
        return values, own + self.dfbeta @ slope


def fit_loss(arm: ArmDays, x: ArrayLike | pd.DataFrame, stratum: Ints | None) -> Loss:
    """Fit the model of loss on everybody.

    Raises
    ------
    EstimateError
        Where `cox` raises one.
    """
    lost = arm.cause == 0
    size = len(arm.stop)
    nothing = np.zeros(size, dtype=np.int64) if stratum is None else stratum
    if not lost.any():
        return Loss(None, np.empty((size, 0)), np.ones(size), nothing)
    try:
        fit = cox(2.0 * arm.stop + lost, lost, x, strata=stratum)
    except EstimateError as error:
        raise EstimateError(f"The model of loss (its events are the losses) has no fit: {error}") from error
    dfbeta = fit.influence(by="row") * fit.given.x.scale
    theta = np.exp(fit.given.x.values @ fit.optimum.state.beta)
    return Loss(fit, dfbeta, theta, nothing)


def weighted_values(
    arm: ArmDays, loss: Loss, estimand: str, cause: int, time: float
) -> tuple[Floats, Floats]:
    """Return pseudo-values, shape (n,), and the chances G that were divided by, of those counted."""
    day = int(np.searchsorted(arm.times, time * (1 - TIE_TOLERANCE)))
    upto = np.minimum(arm.stop, day)
    scale = _seen(arm, estimand, cause, time)
    values, moved = loss.spread(upto, scale)
    counted = scale != 0
    return values + moved, scale[counted] / values[counted]


def _seen(arm: ArmDays, estimand: str, cause: int, time: float) -> Floats:
    done: Bools = arm.last <= time * (1 + TIE_TOLERANCE)
    event = done & ((arm.cause == cause) if estimand in ("risk", "rmtl") else (arm.cause > 0))
    reached = (arm.last >= time * (1 - TIE_TOLERANCE)) & ~(done & (arm.cause > 0))
    if estimand == "risk":
        return event.astype(float)
    if estimand == "rmtl":
        return np.where(event, np.maximum(time - arm.last, 0.0), 0.0)
    if estimand == "survival":
        return reached.astype(float)
    return np.where(event | reached, np.minimum(arm.last, time), 0.0)
