"""Pseudo-values: one number a person that stands in for an outcome that loss has hidden.

    n E - (n - 1) E(-i)

with E an estimate from everybody (Aalen-Johansen risk, Kaplan-Meier survival, the area under either) and
E(-i) the same without person i. Their mean is (nearly) E; a regression of them on covariates (GEE with
independence and robust errors; identity link for differences, log for ratios, complementary log-log) is a
regression of risks or of mean days at fixed times. One row a person: where clients have several rows, give
the regression the clients as groups.

Three forms. Without options the exact jackknife in everybody: right where loss depends on nothing. With
`strata` the exact jackknife within each stratum (the same as inverse weighting with a Kaplan-Meier curve of
loss a stratum): right where loss depends on the stratum. With `loss` inverse weighting by a Cox model of
loss, `_pseudo_ipcw`: right where loss depends on the covariates as that model says. Never right where loss
depends on what is not measured.

Ties: those of the curves; on one day events come before losses. Delayed entry is refused: without person i
early risk sets can be empty, and the values are then not close to independent. Weights (of inverse
probability of treatment, say) belong to the regression, not here.

References
----------
Andersen PK, Klein JP, Rosthoj S (2003), Biometrika 90:15-27. Andersen PK, Perme MP (2010), Stat Methods Med
Res 19:71-99.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from stepdown.errors import EstimateError
from stepdown.survival._days import ArmDays, by_arm
from stepdown.survival._input import Floats, Ints, Sample, check, check_times, several
from stepdown.survival._pseudo_ipcw import Loss, fit_loss, weighted_values
from stepdown.survival._pseudo_jackknife import leave_one_out
from stepdown.survival._strata import check_strata

Estimand = Literal["risk", "survival", "rmst", "rmtl"]
RARE = 0.05
"""Chance of being followed below which a person counts for more than twenty, which is worth a warning."""


@dataclass(frozen=True, eq=False)
class PseudoValues:
    """Pseudo-values; n people, T days.

    Attributes
    ----------
    table : DataFrame
        `time`, `estimate` (in everybody; with strata, their mean by size), `mean` (of the pseudo-values),
        and `least_followed` (with a model of loss: the smallest chance of being followed that a value was
        divided by).
    values : ndarray, shape (n, T)
        Pseudo-values, in the order of the input.
    estimand : str
        As asked for.
    cause : int
        Of `risk` and `rmtl`.
    method : {"jackknife", "ipcw"}
        Exact leave-one-out, or inverse weighting by a model of loss.
    warnings : tuple of str
        What a reader must know.
    """

    table: pd.DataFrame
    values: Floats = field(repr=False)
    estimand: str
    cause: int
    method: str
    warnings: tuple[str, ...]


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
) -> PseudoValues:
    """Return pseudo-values of risks, survival or restricted mean times.

    Parameters
    ----------
    days, event : array-like, shape (n,)
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
        stratum) ends before a day asked for, or the model of loss has no fit.
    """
    sample = check(days, event, entry=entry)
    stratum = check_strata(strata, sample.size)
    wanted = [float(day) for day in check_times("times", *several(times))]
    chosen = _chosen(sample, estimand, cause)
    if entry is not None and np.any(np.asarray(entry, dtype=float) > 0):
        raise EstimateError(
            "entry is above 0 for some: pseudo-values are not defined with delayed entry. "
            "Start everybody at time zero, or use a regression that takes entry, such as cox."
        )
    sample = replace(sample, start=None)
    arms = by_arm(_by_stratum(sample, None if loss is not None else stratum))
    _readable(arms, wanted, estimand)
    if loss is not None:
        return _weighted(arms[0], fit_loss(arms[0], loss, stratum), estimand, chosen, wanted)
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
    warnings = () if loss.fit is None else tuple(f"Model of loss: {text}" for text in loss.fit.warnings)
    for day in table.loc[table["least_followed"] < RARE, "time"]:
        warnings += (
            f"Some people counted at day {day:g} had an estimated chance below {RARE:.0%} of being followed "
            "so long: few people stand for many, and the values rest on the model of loss.",
        )
    return PseudoValues(table, values, estimand, cause, "ipcw", warnings)


def _chosen(sample: Sample, estimand: str, cause: int | None) -> int:
    if estimand not in get_args(Estimand):
        raise EstimateError(f"estimand must be one of {', '.join(get_args(Estimand))}. The default is risk.")
    if estimand in ("survival", "rmst"):
        if cause is not None:
            raise EstimateError(
                f"cause has no meaning for {estimand}, which ends with any event. Leave it out."
            )
        return 1
    if cause is None and sample.causes == 1:
        return 1
    if cause is None or cause not in range(1, sample.causes + 1):
        raise EstimateError(f"cause must be one of the codes 1 to {sample.causes}. Name the cause meant.")
    return int(cause)


def _by_stratum(sample: Sample, stratum: Ints | None) -> Sample:
    if stratum is None:
        return sample
    return replace(sample, arm=stratum, labels=tuple(range(int(stratum.max()) + 1)))


def _readable(arms: tuple[ArmDays, ...], wanted: list[float], estimand: str) -> None:
    what = "a stratum" if len(arms) > 1 else "the sample"
    if any(len(arm.rows) < 2 for arm in arms):
        raise EstimateError(f"There is only one person in {what}, so nobody to leave out. Merge strata.")
    if estimand in ("rmst", "rmtl") and not all(day > 0 for day in wanted):
        raise EstimateError("times must be above 0 for a mean time. Name the last day of the mean.")
    short = sum(any(arm.trouble(day) for day in wanted) for arm in arms)
    if short:
        where = f"In {short} of {len(arms)} strata follow-up" if len(arms) > 1 else "Follow-up"
        raise EstimateError(f"{where} ends before the last of times. Ask for earlier days.")
