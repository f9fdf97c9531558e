"""Pseudo-values: one number per person that replaces an outcome hidden by loss to follow-up.

    n E - (n - 1) E(-i)

with E an estimate from all people (Aalen-Johansen risk, Kaplan-Meier survival, the area under either) and
E(-i) the same without person i. Their mean is (nearly) E; a regression of them on covariates (GEE with
independence and robust errors; identity link for differences, log for ratios, complementary log-log) is a
regression of risks or of mean days at fixed times. One row per person: where clients have several rows, give
the regression the clients as groups.

Three forms. Without options the exact jackknife in all people: valid where loss is independent of everything.
With `strata` the exact jackknife within each stratum (the same as inverse weighting with a Kaplan-Meier curve
of loss per stratum): valid where loss depends on the stratum. With `loss` inverse weighting by a Cox model of
loss: valid where loss depends on the covariates as in that model. None is valid where loss depends on
unmeasured variables.

Jackknife: without person i, whose last day is T, every day before T has one person fewer at risk, day T one
fewer at risk and perhaps one event fewer, and later days are unchanged. So the curve without i is a product
that depends only on days before T, times a factor of day T, times S(t) / S(T) of all: three cumulative sums
serve all people. Where the last person at risk is left out, the curve stays at its last value.

Inverse weighting: with G_i(s-) the probability of still being followed just before day s, given the
covariates of person i,

    risk      a = [T <= t, event c] / G(T-)             survival  a = [free at t] / G(t-)
    rmst      a = min(T, t) [followed] / G(min(T, t)-)  rmtl      a = (t - T) [T <= t, event c] / G(T-)

where a person is free at t, or followed, if not lost before day t. The mean of a is the estimate (Binder's
form: it is divided by n). G = exp(-L), L from `cox` of loss (Efron's ties) on the covariates; within a day
events come before losses, so those with an event that day are not at risk of loss. The pseudo-value is the
estimate plus n times its derivative in the person's weight, a_i + sum_j a_j dL_j / dw_i: the infinitesimal
jackknife, which includes the person's influence on G. (The exact leave-one-out would fit one Cox model per
person, and differs by a term of order 1 / n.)

Ties: those of the curves; on one day events come before losses. Delayed entry is refused: without person i
early risk sets can be empty, and the values are then not close to independent. Weights (such as inverse
probability of treatment weights) belong to the regression.

References
----------
Andersen PK, Klein JP, Rosthoj S (2003), Biometrika 90:15-27. Andersen PK, Perme MP (2010), Stat Methods Med
Res 19:71-99. Binder N, Gerds TA, Andersen PK (2014), Lifetime Data Anal 20:303-315. Overgaard M, Parner ET,
Pedersen J (2019), J Stat Plan Inference 202:112-122.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from stepdown.errors import EstimateError
from stepdown.survival.core.data_frames import reads_columns
from stepdown.survival.core.day_grid import ArmDays, by_arm, inverse
from stepdown.survival.core.fit_warning import issue, quiet
from stepdown.survival.core.presentation import Presented
from stepdown.survival.core.sample import (
    TIE_TOLERANCE,
    Bools,
    Floats,
    Ints,
    Sample,
    check,
    check_strata,
    check_times,
    several,
)
from stepdown.survival.cox_model.cox_fit import CoxFit, cox
from stepdown.survival.cox_model.prediction import row_hazard_influence
from stepdown.survival.curves import gradients


@dataclass(frozen=True, eq=False)
class _Fewer:
    """Curves without a person at risk throughout, or until day k; all of shape (K,).

    `before`, `below`: S and F_c just before day k without a person at risk on all days before it; `after`,
    `above`: just after day k without a person at risk then too. `own`, `step`: (by kind of last day:
    censored, event of the cause, other event; shape (3, K)) the factor of S and the share of F_c on day k
    without a person whose last day it is.
    """

    before: Floats
    below: Floats
    after: Floats
    above: Floats
    own: Floats
    step: Floats


def leave_one_out(arm: ArmDays, estimand: str, cause: int, time: float) -> tuple[float, Floats]:
    """Return the estimate of an arm, and that without each of its people, shape (m,).

    Parameters
    ----------
    arm : ArmDays
        Without weights or entries, and two people or more.
    estimand : {"risk", "survival", "rmst", "rmtl"}
        F_c or S at `time`, or the area under S or F_c up to it.
    cause : int
        c.
    time : float
        Day.
    """
    fewer = _fewer(arm, cause)
    kind = np.where(arm.cause == 0, 0, np.where(arm.cause == cause, 1, 2))
    last = arm.position(time)
    area = estimand in ("rmst", "rmtl")
    parts = _areas if area else _points
    value, prefix, by_kind = parts(arm, fewer, estimand in ("risk", "rmtl"), cause, time)
    # Those still at risk after the day are at risk on all of it.
    result: Floats = np.where(arm.stop <= last, by_kind[kind, np.minimum(arm.stop, last)], prefix)
    return value, result


def _fewer(arm: ArmDays, cause: int) -> _Fewer:
    at_risk: Floats = arm.n_at_risk.astype(float) - 1
    total = arm.n_events.sum(axis=1).astype(float)
    counted = arm.n_events[:, cause - 1].astype(float)
    share = inverse(at_risk)
    # Where nobody else is at risk, the curve stays.
    keep: Floats = np.where(at_risk > 0, np.maximum(at_risk - total, 0.0) * share, 1.0)
    after: Floats = np.cumprod(keep, dtype=float)
    before = np.concatenate([[1.0], after[:-1]])
    above: Floats = np.cumsum(before * counted * share)
    below = np.concatenate([[0.0], above[:-1]])
    events = np.stack([total, total - 1, total - 1])
    causes = np.stack([counted, counted - 1, counted])
    own = np.where(at_risk > 0, np.maximum(at_risk - events, 0.0) * share, 1.0)
    return _Fewer(before, below, after, above, own, np.maximum(causes, 0.0) * share)


def _points(
    arm: ArmDays, fewer: _Fewer, incidence: bool, cause: int, time: float
) -> tuple[float, float, Floats]:
    last = arm.position(time)
    if last < 0:
        start = 0.0 if incidence else 1.0
        return start, start, np.zeros((3, 1))
    upto = slice(0, last + 1)
    curve = arm.incidence[:, cause - 1] if incidence else arm.survival
    if incidence:
        later = (curve[last] - curve[upto]) * inverse(arm.survival[upto])
        left = fewer.below + fewer.before * fewer.step, fewer.before * fewer.own
        by_kind = left[0][:, upto] + left[1][:, upto] * later
        return float(curve[last]), float(fewer.above[last]), by_kind
    later = np.where(arm.survival[upto] > 0, curve[last] * inverse(curve[upto]), 1.0)
    return float(curve[last]), float(fewer.after[last]), (fewer.before * fewer.own)[:, upto] * later


def _areas(
    arm: ArmDays, fewer: _Fewer, incidence: bool, cause: int, time: float
) -> tuple[float, float, Floats]:
    last = arm.position(time)
    opening = 0.0 if incidence else 1.0
    curve = arm.incidence[:, cause - 1] if incidence else arm.survival
    whole = gradients.StepArea(arm.times, curve, opening)
    rest = gradients.StepArea(arm.times, fewer.above if incidence else fewer.after, opening)
    end = np.array([time])
    value, prefix = float(whole(end)[0]), float(rest(end)[0])
    if last < 0:
        return value, prefix, np.zeros((3, 1))
    upto = slice(0, last + 1)
    days, survival = arm.times[upto], arm.survival[upto]
    left, later = time - days, whole(end) - whole(days)
    so_far = rest.sums[1:][upto]
    carried = (fewer.before * fewer.own)[:, upto]
    if incidence:
        by_day = (fewer.below + fewer.before * fewer.step)[:, upto]
        grown = (later - curve[upto] * left) * inverse(survival)
        return value, prefix, so_far + by_day * left + carried * grown
    return value, prefix, so_far + carried * np.where(survival > 0, later * inverse(survival), left)


@dataclass(frozen=True, eq=False)
class Loss:
    """A fitted model of loss; n people, one row each in the order of the input.

    Attributes
    ----------
    fit : CoxFit, or None
        None where there was no loss.
    dfbeta : ndarray, shape (n, p)
        Influence on the coefficients (standardized units).
    theta : ndarray, shape (n,)
        exp(x b).
    stratum : ndarray of int, shape (n,)
        Stratum of each person.
    """

    fit: CoxFit | None
    dfbeta: Floats
    theta: Floats
    stratum: Ints

    @property
    def warnings(self) -> tuple[str, ...]:
        """Warnings of the fit."""
        return () if self.fit is None else tuple(f"Model of loss: {text}" for text in self.fit.warnings)

    def spread(self, upto: Ints, scale: Floats) -> tuple[Floats, Floats]:
        """Return values over G, and each person's influence on their sum through G, shapes (n,).

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
        # Losses on day k are at 2 k + 1 (see `fit_loss`); a stratum's first slot, at -1, has none.
        codes = np.append(self.fit.given.sample.grid, -1.0)[grid.day]
        width = 2 * int(upto.max()) + codes.max() + 4
        slot = np.searchsorted(grid.stratum * width + codes, self.stratum * width + 2 * upto) - 1
        values = scale * np.exp(self.theta * grid.so_far(state.hazard)[slot])
        pull = values * self.theta
        g = grid.from_end(np.bincount(slot, pull, grid.slots).astype(float))
        own = grid.all_rows(row_hazard_influence(grid, state, g))
        cumulative = grid.so_far(state.hazard)[slot][:, None] * self.fit.given.x.values
        slope = pull @ (cumulative - grid.so_far(state.drift)[slot])
        return values, own + self.dfbeta @ slope


def fit_loss(arm: ArmDays, x: ArrayLike | pd.DataFrame, stratum: Ints | None) -> Loss:
    """Fit the model of loss on all people; raise where `cox` does."""
    lost = arm.cause == 0
    size = len(arm.stop)
    nothing = np.zeros(size, dtype=np.int64) if stratum is None else stratum
    if not lost.any():
        return Loss(None, np.empty((size, 0)), np.ones(size), nothing)
    try:
        with quiet():
            fit = cox(2.0 * arm.stop + lost, lost, x, strata=stratum)
    except EstimateError as error:
        raise EstimateError(f"The model of loss (its events are the losses) has no fit: {error}") from error
    dfbeta = fit.influence(by="row") * fit.given.x.scale
    theta = np.exp(fit.given.x.values @ fit.optimum.state.beta)
    return Loss(fit, dfbeta, theta, nothing)


def weighted_values(
    arm: ArmDays, loss: Loss, estimand: str, cause: int, time: float
) -> tuple[Floats, Floats]:
    """Return pseudo-values, shape (n,), and the probabilities G of those with a value above 0."""
    day = int(np.searchsorted(arm.times, time * (1 - TIE_TOLERANCE)))
    upto = np.minimum(arm.stop, day)
    scale = _seen(arm, estimand, cause, time)
    values, moved = loss.spread(upto, scale)
    counted = scale != 0
    return values + moved, scale[counted] / values[counted]


def _seen(arm: ArmDays, estimand: str, cause: int, time: float) -> Floats:
    done: Bools = arm.last <= time * (1 + TIE_TOLERANCE)
    event = done & ((arm.cause == cause) if estimand in ("risk", "rmtl") else (arm.cause > 0))
    free = (arm.last >= time * (1 - TIE_TOLERANCE)) & ~(done & (arm.cause > 0))
    if estimand == "risk":
        return event.astype(float)
    if estimand == "rmtl":
        return np.where(event, np.maximum(time - arm.last, 0.0), 0.0)
    if estimand == "survival":
        return free.astype(float)
    return np.where(event | free, np.minimum(arm.last, time), 0.0)


Estimand = Literal["risk", "survival", "rmst", "rmtl"]
RARE = 0.05
"""Probability of being followed below which a person has the weight of over twenty: a warning is given."""


@dataclass(frozen=True, eq=False, repr=False)
class PseudoValues(Presented):
    """Pseudo-values; n people, T days.

    Attributes
    ----------
    table : DataFrame
        `time`, `estimate` (of all people; with strata, their mean by size), `mean` (of the pseudo-values),
        and `least_followed` (with a model of loss: the smallest probability of being followed among the
        divisors).
    values : ndarray, shape (n, T)
        Pseudo-values, in the order of the input.
    estimand : str
        As requested.
    cause : int
        Of `risk` and `rmtl`.
    method : {"jackknife", "ipcw"}
        Exact leave-one-out, or inverse weighting by a model of loss.
    warnings : tuple of str
        Limitations of the values.
    """

    table: pd.DataFrame
    values: Floats = field(repr=False)
    estimand: str
    cause: int
    method: str
    warnings: tuple[str, ...]


@reads_columns
def pseudo_values(
    days: ArrayLike,
    event: ArrayLike,
    *,
    times: float | Sequence[float],
    estimand: Estimand = "risk",
    cause: int | None = None,
    strata: ArrayLike | None = None,
    loss: ArrayLike | pd.DataFrame | None = None,
    entry: ArrayLike | None = None,
    data: pd.DataFrame | None = None,
) -> PseudoValues:
    """Return pseudo-values of risks, survival or restricted mean times.

    Parameters
    ----------
    days, event, data
        As in `aalen_johansen`.
    times : float or sequence of float
        Days t: risk or survival at t; mean days up to t.
    estimand : {"risk", "survival", "rmst", "rmtl"}
        Risk of a cause; survival free of every event; days free of every event; days lost to a cause.
    cause : int, optional
        Of `risk` and `rmtl`; needed where there are several.
    strata : array-like, shape (n,), optional
        Leave out within strata (with `loss`: give each its own baseline hazard of loss).
    loss : DataFrame or array-like, shape (n, p), optional
        Covariates, known at the start, of a Cox model of loss.
    entry : array-like, optional
        Only zeros: delayed entry is refused.

    Returns
    -------
    PseudoValues
        Probabilities or days; single values may lie outside [0, 1] or [0, t].

    Raises
    ------
    EstimateError
        Where input is missing or impossible, people enter late, a stratum has one person, follow-up (of a
        stratum) ends before one of the days, or the model of loss has no fit.

    Examples
    --------
    >>> import stepdown.survival as survival
    >>> days, relapsed, plan = [3, 5, 5, 8, 9, 12], [1, 1, 0, 1, 0, 0], list("aababb")
    >>> survival.pseudo_values(days, relapsed, times=5).values[:2].round(3).tolist()
    [[1.0], [1.0]]
    """
    sample = check(days, event, entry=entry)
    stratum = check_strata(strata, sample.size)
    wanted = [float(day) for day in check_times("times", *several(times))]
    chosen = _chosen(sample, estimand, cause)
    if entry is not None and np.any(np.asarray(entry, dtype=float) > 0):
        raise EstimateError(
            "entry is above 0 for some: pseudo-values are not defined with delayed entry. "
            "Start everyone at time zero, or use a regression that takes entry, such as cox."
        )
    sample = replace(sample, start=None)
    if stratum is not None and loss is None:
        sample = replace(sample, arm=stratum, labels=tuple(range(int(stratum.max()) + 1)))
    arms = by_arm(sample)
    _check_arms(arms, wanted, estimand)
    if loss is not None:
        model = fit_loss(arms[0], loss, stratum)
        issue(model.warnings)
        return _weighted(arms[0], model, estimand, chosen, wanted)
    values = np.empty((sample.size, len(wanted)))
    estimates = np.zeros(len(wanted))
    for column, day in enumerate(wanted):
        for arm in arms:
            value, without = leave_one_out(arm, estimand, chosen, arm.snap(day))
            values[arm.rows, column] = value + (len(arm.rows) - 1) * (value - without)
            estimates[column] += value * len(arm.rows) / sample.size
    table = pd.DataFrame({"time": wanted, "estimate": estimates, "mean": values.mean(axis=0)})
    return PseudoValues(table, values, estimand, chosen, "jackknife", ())


def _weighted(arm: ArmDays, loss: Loss, estimand: str, cause: int, wanted: list[float]) -> PseudoValues:
    values = np.empty((len(arm.rows), len(wanted)))
    rows = []
    for column, day in enumerate(wanted):
        values[:, column], followed = weighted_values(arm, loss, estimand, cause, arm.snap(day))
        mean = float(values[:, column].mean())
        least = float(followed.min()) if len(followed) else np.nan
        rows.append({"time": day, "estimate": mean, "mean": mean, "least_followed": least})
    table = pd.DataFrame(rows)
    warnings = loss.warnings
    for day in table.loc[table["least_followed"] < RARE, "time"]:
        warnings += (
            f"Some people counted at day {day:g} had an estimated probability below {RARE:.0%} of being "
            "followed so long: few people represent many, and the values depend on the model of loss.",
        )
    return PseudoValues(table, values, estimand, cause, "ipcw", warnings)


def _chosen(sample: Sample, estimand: str, cause: int | None) -> int:
    if estimand not in get_args(Estimand):
        raise EstimateError(f"estimand must be one of {', '.join(get_args(Estimand))}. The default is risk.")
    if estimand in ("survival", "rmst"):
        if cause is not None:
            raise EstimateError(f"cause is not used for {estimand}, which ends with any event. Leave it out.")
        return 1
    if cause is None and sample.causes == 1:
        return 1
    if cause is None or cause not in range(1, sample.causes + 1):
        raise EstimateError(f"cause must be one of the codes 1 to {sample.causes}. Name one of them.")
    return int(cause)


def _check_arms(arms: tuple[ArmDays, ...], wanted: list[float], estimand: str) -> None:
    what = "a stratum" if len(arms) > 1 else "the sample"
    if any(len(arm.rows) < 2 for arm in arms):
        raise EstimateError(f"There is only one person in {what}, so no one to leave out. Merge strata.")
    if estimand in ("rmst", "rmtl") and not all(day > 0 for day in wanted):
        raise EstimateError("times must be above 0 for a mean time. Name the last day of the mean.")
    short = sum(any(arm.undefined_reason(day) for day in wanted) for arm in arms)
    if short:
        where = f"In {short} of {len(arms)} strata follow-up" if len(arms) > 1 else "Follow-up"
        raise EstimateError(f"{where} ends before the last of times. Request earlier days.")
