"""Estimates by arm that keep each person's influence, so that arms can be contrasted.

An estimand is a value and a gradient for each arm; everything else (standard errors by person or by
cluster, differences, ratios) follows from the influence of `core.influence_functions` and the delta method.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from stepdown.survival.core import influence_functions
from stepdown.survival.core.confidence_intervals import incidence_interval, known_se, normal_quantile
from stepdown.survival.core.day_grid import NO_SPREAD, ONE_CLUSTER, ArmDays
from stepdown.survival.core.presentation import Plotted
from stepdown.survival.core.sample import Floats, Sample

NO_EVENTS = "no events"


@dataclass(frozen=True, eq=False)
class Value:
    """One arm's estimate and its gradient, shape (K, C)."""

    value: float
    gradient: Floats
    note: str = ""


@dataclass(frozen=True, eq=False)
class Term:
    """One estimand: what is estimated, and how for one arm.

    `width` is the largest value that a time can take, or None for a probability.
    """

    measure: str
    cause: int
    start: float
    time: float
    width: float | None
    evaluate: Callable[[ArmDays], Value]


@dataclass(frozen=True, eq=False, repr=False)
class Estimands(Plotted):
    """Estimates by arm, with influence.

    Attributes
    ----------
    table : DataFrame
        `arm`, `measure`, `cause` (where causes compete), `start`, `time`, `estimate`, `std_error`,
        `conf_low`, `conf_high`, `n` (people of the arm), `events` (people with the event in (start, time],
        day 0 included where start is 0), `note` (why a number is missing). One row for each estimand and arm.
    influence : ndarray, shape (n, estimands)
        Influence of each person on the own arm's estimate; missing where there is no estimate.
    arms : tuple
        Arms in order.
    level : float
        Confidence level.
    """

    table: pd.DataFrame
    influence: Floats = field(repr=False)
    arms: tuple[object, ...]
    level: float
    sample: Sample = field(repr=False)


def estimate(
    sample: Sample,
    fits: tuple[ArmDays, ...],
    terms: list[Term],
    *,
    increments: bool,
    causes: bool,
    conf: str,
    level: float,
) -> Estimands:
    """Evaluate terms for every arm.

    `increments` asks for Greenwood's variance where rows are unweighted and unclustered (R's choice for
    Kaplan-Meier); `causes` for a cause column.
    """
    influence = np.full((sample.size, len(terms)), np.nan)
    rows = []
    for column, term in enumerate(terms):
        for label, fit in zip(sample.labels, fits, strict=True):
            found = term.evaluate(fit)
            people = influence_functions.influence(fit, found.gradient)
            influence[fit.rows, column] = people if np.isfinite(found.value) else np.nan
            if increments and sample.independent:
                variance = influence_functions.increments_variance(fit, found.gradient)
            else:
                variance = influence_functions.clustered_variance(people, fit.cluster)
            note, se = _note_and_se(fit, term, found, variance)
            low, high = _interval(term, found.value, se, conf, level)
            events = events_between(fit, term.cause, term.start, term.time)
            rows.append({
                "arm": label, "measure": term.measure, "cause": term.cause, "start": term.start,
                "time": term.time, "estimate": found.value, "std_error": se, "conf_low": low,
                "conf_high": high, "n": len(fit.rows), "events": events, "note": note,
            })  # fmt: skip
    table = pd.DataFrame(rows)
    return Estimands(
        table if causes else table.drop(columns="cause"), influence, sample.labels, level, sample
    )


def events_between(fit: ArmDays, cause: int, start: float, end: float) -> int:
    """Count people with the event in (start, end]; day 0 belongs to the stretch that starts at 0."""
    first = fit.position(start) + 1 if start > 0 else 0
    return int(fit.n_events[first : fit.position(end) + 1, cause - 1].sum())


def _note_and_se(fit: ArmDays, term: Term, found: Value, variance: float) -> tuple[str, float]:
    """Return the note and the standard error; there is one only where there is no note."""
    note = found.note or (ONE_CLUSTER if fit.one_cluster else "")
    se = np.nan if note else float(known_se(np.array(found.value), np.array(variance), term.width or 1.0))
    return note or (NO_SPREAD if np.isnan(se) else ""), se


def _interval(term: Term, value: float, se: float, conf: str, level: float) -> tuple[float, float]:
    if not np.isfinite(se):
        return np.nan, np.nan
    if term.width is not None:
        margin = normal_quantile(level) * se
        return max(0.0, value - margin), min(term.width, value + margin)
    low, high = incidence_interval(np.array([value]), np.array([se]), conf, level)
    return float(low[0]), float(high[0])
