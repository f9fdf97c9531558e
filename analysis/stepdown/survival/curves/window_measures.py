"""Risks, window risks and restricted mean times by arm.

Risk at t is F_c(t) (1 - S(t) where nothing competes). Over a window (a, b]:

- `window_risk` F_c(b) - F_c(a): the share of all people with the event in the window;
- `conditional_risk` (F_c(b) - F_c(a)) / S(a): the same among those still free of EVERY event just after
  day a (S is survival from all causes together, not 1 - F_c);
- `share` F_c(b) / F_c(horizon): the part of the horizon's events that has happened by day b.

Restricted means over (start, tau]: `rmst` is the area under S, `rmtl` the area under F_c (days lost to
the cause). Standard errors: influence functions and the delta method (`core.influence_functions`);
Greenwood's form, sum area(s)^2 d / (Y (Y - d)), for unweighted, unclustered Kaplan-Meier. Intervals: those of
the curves' `conf` for probabilities, gamma limits of the time lost for days (*Estimates by arm*).

References
----------
Royston P, Parmar MKB (2013), BMC Med Res Methodol 13:152 (RMST). Andersen PK (2013), Stat Med
32:5278-5285 (time lost to a cause).
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from stepdown.errors import EstimateError
from stepdown.survival.core import beta_product
from stepdown.survival.core.argument_types import checks_arguments
from stepdown.survival.core.data_frames import reads_columns
from stepdown.survival.core.day_grid import ArmDays, by_arm
from stepdown.survival.core.estimands import NO_EVENTS, Estimands, Term, Value, estimate, events_between
from stepdown.survival.core.sample import (
    Bools,
    ClusterCorrection,
    Sample,
    check,
    check_level,
    check_result,
    check_times,
    check_window,
)
from stepdown.survival.curves import gradients
from stepdown.survival.curves.curve_estimates import ALL_EVENTS, Curves

NOBODY_LEFT = "nobody is left at the start of the window"
NO_EVENTS_YET = "no events by the horizon: no share"
MEAN_INTERVALS = {"small-sample": "gamma", "log": "lost", "plain": "plain"}
ONE_SIDED = "all events on one side of the day"


@checks_arguments
def risk(curves: Curves, *times: float, cause: int | None = None) -> Estimands:
    """Return the risk by each day, for each arm and cause.

    Parameters
    ----------
    curves : Curves
        Of `kaplan_meier` (the risk is 1 - S) or `aalen_johansen`.
    *times : float
        Days.
    cause : int, optional
        Only this cause; all if left out.

    Returns
    -------
    Estimands
        Measure `risk`.

    Examples
    --------
    >>> import stepdown.survival as survival
    >>> days, relapsed, plan = [3, 5, 5, 8, 9, 12], [1, 1, 0, 1, 0, 0], list("aababb")
    >>> curves = survival.kaplan_meier(days, relapsed, plan)
    >>> survival.risk(curves, 5, 8).table["estimate"].round(3).tolist()
    [0.667, 0.0, 1.0, 0.0]
    """
    check_result("curves", curves, Curves, "kaplan_meier or aalen_johansen")
    days = [float(day) for day in check_times("times", *times)]
    terms = [
        Term("risk", c, 0.0, day, None, partial(_risk, c, 0.0, day))
        for c in _causes(curves, cause)
        for day in days
    ]
    return _of_curves(curves, terms)


@checks_arguments
def window_risk(
    curves: Curves, a: float, b: float, *, horizon: float | None = None, cause: int | None = None
) -> Estimands:
    """Return the risk in the window (a, b], for each arm and cause.

    Parameters
    ----------
    curves : Curves
        Of `kaplan_meier` or `aalen_johansen`.
    a, b : float
        Window in days, a < b.
    horizon : float, optional
        Day at or after b; adds the share of events by that day that occurred by day b.
    cause : int, optional
        Only this cause; all if left out.

    Returns
    -------
    Estimands
        Measures `window_risk`, `conditional_risk` (given no event of any cause by day a) and, with a
        horizon, `share` (of the horizon's events, those in (0, b]).

    Examples
    --------
    >>> import stepdown.survival as survival
    >>> days, relapsed, plan = [3, 5, 5, 8, 9, 12], [1, 1, 0, 1, 0, 0], list("aababb")
    >>> curves = survival.kaplan_meier(days, relapsed)
    >>> survival.window_risk(curves, 3, 8).table[["measure", "estimate"]].round(3).values.tolist()
    [['window_risk', 0.389], ['conditional_risk', 0.467]]
    """
    check_result("curves", curves, Curves, "kaplan_meier or aalen_johansen")
    check_window(a, b, horizon)
    terms = []
    for c in _causes(curves, cause):
        terms.append(Term("window_risk", c, a, b, None, partial(_risk, c, a, b)))
        terms.append(Term("conditional_risk", c, a, b, None, partial(_conditional, c, a, b)))
        if horizon is not None:
            terms.append(Term("share", c, 0.0, b, None, partial(_share, c, b, horizon)))
    return _of_curves(curves, terms)


@reads_columns
def rmst(
    days: ArrayLike,
    event: ArrayLike,
    arm: ArrayLike | None = None,
    *,
    tau: float,
    start: float = 0,
    entry: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    correction: ClusterCorrection = "t",
    conf: str = "small-sample",
    level: float = 0.95,
    counts: ArrayLike | None = None,
    data: pd.DataFrame | None = None,
) -> Estimands:
    """Return the restricted mean survival time over (start, tau], in days, by arm.

    Missing with a note where an arm's follow-up ends before tau while S > 0, or begins after `start`.

    Parameters
    ----------
    days, event, arm, entry, weights, cluster, correction, level, counts, data
        As in `kaplan_meier`.
    tau, start : float
        Days; start < tau. With entry after a landmark, the landmark is the start.
    conf : {"small-sample", "log", "plain"}
        Gamma limits of the time lost, symmetric on its log, or Wald's on the days themselves (as in R's
        survRM2).

    Returns
    -------
    Estimands
        Measure `rmst`.

    Examples
    --------
    >>> import stepdown.survival as survival
    >>> days, relapsed, plan = [3, 5, 5, 8, 9, 12], [1, 1, 0, 1, 0, 0], list("aababb")
    >>> survival.rmst(days, relapsed, plan, tau=8).table["estimate"].round(3).tolist()
    [5.333, 8.0]
    """
    sample = check(
        days, event, arm=arm, entry=entry, weights=weights, cluster=cluster, correction=correction,
        single_cause=True,
    )  # fmt: skip
    return mean_times(sample, True, (start, tau), conf, level=level)


@reads_columns
def rmtl(
    days: ArrayLike,
    event: ArrayLike,
    arm: ArrayLike | None = None,
    *,
    tau: float,
    start: float = 0,
    entry: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    correction: ClusterCorrection = "t",
    conf: str = "small-sample",
    level: float = 0.95,
    counts: ArrayLike | None = None,
    data: pd.DataFrame | None = None,
) -> Estimands:
    """Return the restricted mean time lost to each cause over (start, tau], in days, by arm.

    Parameters
    ----------
    days, event, arm, entry, weights, cluster, correction, level, counts, data
        As in `aalen_johansen`.
    tau, start : float
        Days; start < tau.
    conf : {"small-sample", "log", "plain"}
        As in `rmst`.

    Returns
    -------
    Estimands
        Measure `rmtl`; its sum over all causes is tau - start less the `rmst` of any event.

    Examples
    --------
    >>> import stepdown.survival as survival
    >>> days, relapsed, plan = [3, 5, 5, 8, 9, 12], [1, 1, 0, 1, 0, 0], list("aababb")
    >>> survival.rmtl(days, relapsed, plan, tau=8).table["estimate"].round(3).tolist()
    [2.667, 0.0]
    """
    sample = check(days, event, arm=arm, entry=entry, weights=weights, cluster=cluster, correction=correction)
    return mean_times(sample, False, (start, tau), conf, level=level)


def _causes(curves: Curves, cause: int | None) -> tuple[int, ...]:
    """Return the causes to estimate; EstimateError for one that the curves do not have."""
    causes = curves.causes or (1,)
    if cause is None:
        return causes
    if cause not in causes:
        raise EstimateError(f"cause must be one of those of the curves: {', '.join(map(str, causes))}.")
    return (cause,)


def _of_curves(curves: Curves, terms: list[Term]) -> Estimands:
    survival = curves.kind == "survival"
    return estimate(
        curves.sample, curves.fits, terms,
        increments=survival, causes=not survival, conf=curves.conf, level=curves.level,
    )  # fmt: skip


def mean_times(
    sample: Sample, single: bool, span: tuple[float, float], conf: str = "small-sample", *, level: float
) -> Estimands:
    """Return the restricted mean times of a sample: free of the `single` event, or lost to each cause."""
    start, tau = (float(day) for day in check_times("start, tau", *span))
    if not start < tau:
        raise EstimateError("start must be before tau. The mean is over (start, tau].")
    check_level(level)
    if conf not in MEAN_INTERVALS:
        raise EstimateError("conf must be one of small-sample, log, plain. The default is small-sample.")
    measure, evaluate = ("rmst", _rmst) if single else ("rmtl", _rmtl)
    terms = [
        Term(measure, cause, start, tau, tau - start, partial(evaluate, cause, start, tau), not single)
        for cause in range(1, sample.causes + 1)
    ]
    return estimate(
        sample, by_arm(sample), terms, increments=single, causes=not single,
        conf=MEAN_INTERVALS[conf], level=level,
    )  # fmt: skip


def _missing(fit: ArmDays, note: str) -> Value:
    return Value(np.nan, np.zeros_like(fit.events), note)


def _everyone(fit: ArmDays, cause: int, start: float, end: float) -> bool:
    """Whether all who were free of events just after `start` had this event by `end`."""
    first = fit.position(start) + 1 if start > 0 else 0
    last = fit.position(end)
    events = fit.n_events[first : last + 1].sum(axis=0)
    return bool(events[cause - 1] and events[cause - 1] == events.sum() and fit.survival[last] == 0)


def _risk(cause: int, a: float, b: float, fit: ArmDays) -> Value:
    note = (fit.undefined_reason(a) if a else "") or fit.undefined_reason(b)
    if note:
        return _missing(fit, note)
    value, gradient = gradients.incidence(fit, cause, b)
    if a:
        earlier, slope = gradients.incidence(fit, cause, a)
        value, gradient = value - earlier, gradient - slope
    if not events_between(fit, cause, a, b):
        note = NO_EVENTS
    elif _everyone(fit, cause, a, b) and (not a or gradients.survival(fit, a)[0] == 1):
        note = ALL_EVENTS
    product = None if a else partial(beta_product.of_day, fit, b)
    return Value(value, gradient, note, followed=partial(_followed, fit, b), product=product)


def _followed(fit: ArmDays, end: float, start: float = 0.0) -> Bools:
    """Rows whose outcome by `end` is known, of those free of events after `start`."""
    known = (fit.last >= fit.snap(end)) | (fit.cause > 0)
    return known & (fit.last > start) if start else known


def _conditional(cause: int, a: float, b: float, fit: ArmDays) -> Value:
    window = _risk(cause, a, b, fit)
    if np.isnan(window.value) or not a:
        return window
    left, slope = gradients.survival(fit, a)
    if left == 0:
        return _missing(fit, NOBODY_LEFT)
    value = window.value / left
    note = ALL_EVENTS if _everyone(fit, cause, a, b) else window.note
    return Value(
        value, (window.gradient - value * slope) / left, note,
        float(((fit.last > a) & (fit.first < b)).sum()), partial(_followed, fit, b, a),
        partial(beta_product.of_day, fit, b, a),
    )  # fmt: skip


def _share(cause: int, b: float, horizon: float, fit: ArmDays) -> Value:
    note = fit.undefined_reason(b) or fit.undefined_reason(horizon)
    if note:
        return _missing(fit, note)
    whole, slope = gradients.incidence(fit, cause, horizon)
    if whole == 0:
        return replace(_missing(fit, NO_EVENTS_YET), anything=True)
    part, gradient = gradients.incidence(fit, cause, b)
    early, late = events_between(fit, cause, 0, b), events_between(fit, cause, b, horizon)
    note = "" if early and late else ONE_SIDED
    counted = (fit.cause == cause) & (fit.last <= horizon)
    return Value(
        part / whole, (gradient - slope * (part / whole)) / whole, note, early + late, lambda: counted,
        of_events=True,
    )  # fmt: skip


def _rmst(cause: int, start: float, tau: float, fit: ArmDays) -> Value:
    note = fit.undefined_reason(start) or fit.undefined_reason(tau)
    if note:
        return _missing(fit, note)
    value, gradient = gradients.survival_area(fit, start, tau)
    note = "" if fit.n_events[: fit.position(tau) + 1].any() else NO_EVENTS
    return Value(value, gradient, note, followed=partial(_followed, fit, tau))


def _rmtl(cause: int, start: float, tau: float, fit: ArmDays) -> Value:
    note = fit.undefined_reason(start) or fit.undefined_reason(tau)
    if note:
        return _missing(fit, note)
    value, gradient = gradients.incidence_area(fit, cause, start, tau)
    note = "" if events_between(fit, cause, 0, tau) else NO_EVENTS
    return Value(value, gradient, note, followed=partial(_followed, fit, tau))
