"""Columns of the models of start, loss and events, and the strength of their ridge.

Covariates have the ridges of `covariate_terms`; time has next to none.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from stepdown.compare.grace_period.covariate_terms import CovariateTerms, covariate_terms
from stepdown.compare.grace_period.nuisance_models import DayTerms
from stepdown.compare.grace_period.person_days import DayRows, PeopleBlock, PersonDays
from stepdown.errors import EstimateError
from stepdown.survival.core.sample import Floats, Ints

HISTORY_RIDGE, STARTED_RIDGE, TIME_RIDGE = 1.0, 0.1, 1e-3
COMPETING = 2.0
"""How many times the ridges of covariates are stronger for competing events, which are few."""
EVENT_KNOTS, LOSS_KNOTS, _LATER_KNOTS = (3, 15, 35, 75), (3, 20, 50, 80), (180, 330)
_KNOTS_FOR = 90


@dataclass(frozen=True, eq=False, kw_only=True)
class AdjustmentColumns:
    """Standardized covariates, sorted as the person-days.

    Attributes
    ----------
    outcome, start, loss : CovariateTerms
        Known at discharge, for the models of events, of the start, and of loss.
    history, loss_history : tuple of array (n, days)
        Scores known before the start decision of each day, latest value carried forward; for the models of
        the start and of loss. Empty without any.
    """

    outcome: CovariateTerms
    start: CovariateTerms
    loss: CovariateTerms
    history: tuple[Floats, ...]
    loss_history: tuple[Floats, ...]


@dataclass(frozen=True, eq=False, kw_only=True)
class LossColumns:
    """What a model of loss depends on, where that is not what the comparison is adjusted for.

    Attributes
    ----------
    covariates : DataFrame (n rows)
        Known at discharge.
    history : array (n, days, columns) or None
        Scores by day.
    """

    covariates: pd.DataFrame
    history: Floats | None = None


def adjustment_columns(
    covariates: pd.DataFrame,
    leave_out: Sequence[str],
    history: ArrayLike | None,
    people: PersonDays,
    *,
    loss: LossColumns | None = None,
) -> AdjustmentColumns:
    """Check, standardize and sort covariates; those to leave out stay out of the model of the start."""
    unknown = [name for name in leave_out if name not in covariates]
    if unknown:
        raise EstimateError(f"leave_out names no covariate: {', '.join(unknown)}.")
    size = len(people.order)
    outcome = covariate_terms(covariates, size=size).sorted_as(people.order)
    scores = sorted_history(history, people)
    return AdjustmentColumns(
        outcome=outcome,
        start=covariate_terms(covariates.drop(columns=list(leave_out)), size=size).sorted_as(people.order),
        loss=outcome if loss is None else covariate_terms(loss.covariates, size=size).sorted_as(people.order),
        history=scores,
        loss_history=scores if loss is None else sorted_history(loss.history, people),
    )


def sorted_history(history: ArrayLike | None, people: PersonDays) -> tuple[Floats, ...]:
    """Check, sort and standardize scores by day, one array each; EstimateError where they do not fit."""
    if history is None:
        return ()
    given = np.asarray(history, dtype=float)
    if given.ndim == 2:
        given = given[:, :, None]
    if given.ndim != 3 or len(given) != len(people.order) or given.shape[1] < people.horizon:
        raise EstimateError(
            f"history needs shape (people, days, scores) with at least {people.horizon} days from day 0 on. "
            "Carry the latest value forward."
        )
    bad, found = np.zeros(len(given), dtype=bool), []
    for place in range(given.shape[2]):
        one = np.take(given[:, : people.horizon, place], people.order, axis=0)
        bad |= ~np.isfinite(one).all(axis=1)
        if bad.any():
            continue
        decided = one[:, : people.grace + 1]
        center, spread = decided.mean(), decided.std()
        one -= center
        one /= spread if spread > 0 else 1.0
        found.append(one)
    if bad.any():
        raise EstimateError(
            f"history is missing or infinite for {int(bad.sum()):,} of {len(given):,} people. Fill it, "
            "or add a score that marks it."
        )
    return tuple(found)


def natural_spline(day: Floats, knots: tuple[float, ...]) -> Floats:
    """Return the columns of a restricted cubic spline without its constant, shape (days, knots - 1).

    Linear beyond the outer knots; Harrell FE (2015), Regression Modeling Strategies, section 2.4.5.
    """
    knot = np.asarray(knots, dtype=float)
    last, before = knot[-1], knot[-2]
    cube = np.maximum(day[:, None] - knot, 0) ** 3
    inner, gap = knot[:-2], last - before
    bent = cube[:, :-2] - (cube[:, -2:-1] * (last - inner) - cube[:, -1:] * (before - inner)) / gap
    return np.concatenate([day[:, None] / last, bent / (last - knot[0]) ** 2 / last], axis=1)


def knots_until(days: tuple[int, ...], horizon: int) -> tuple[float, ...]:
    """Return knots set for 90 days as they fit a horizon: closer together before, later ones added after."""
    if horizon <= _KNOTS_FOR:
        return tuple(day * horizon / _KNOTS_FOR for day in days)
    return (*days, *(day for day in _LATER_KNOTS if day < horizon - 10))


def short_and_half(since: Floats, horizon: int) -> Floats:
    """Return days since something as columns: up to 7 days, up to half the horizon, all; on the last axis."""
    half = min(horizon, _KNOTS_FOR) / 2
    return np.concatenate(
        [np.minimum(since, 7) / 7, np.minimum(since, half) / half, since / horizon], axis=-1
    )


def start_terms(people: PersonDays, given: AdjustmentColumns, *, history: bool) -> DayTerms:
    """Return the columns of the start model; without the history, those of the start law."""
    day = np.arange(people.grace + 1.0)
    longest = max(people.grace, 1)
    base = np.stack([np.ones(len(day)), day / longest, np.log1p(day) / np.log1p(longest)], axis=1)
    by_day, columns = _by_day(given.history if history else (), len(day))
    return DayTerms(
        by_group=base[None],
        people=given.start.values,
        penalty=_ridges(base.shape[1], given.start, np.full(columns, HISTORY_RIDGE)),
        by_day=by_day,
    )


def loss_terms(people: PersonDays, given: AdjustmentColumns) -> DayTerms:
    """Return the columns of the loss model: day, covariates, care started by then, history.

    The day is a spline, and has a mark where many are lost on one day, as where a scheme of contacts ends.
    """
    horizon, history = people.horizon, given.loss_history
    day = np.arange(float(horizon))
    smooth = natural_spline(day, knots_until(LOSS_KNOTS, horizon))
    marks = (day[:, None] == heaps(people.losses)).astype(float)
    base = np.concatenate([np.ones((horizon, 1)), smooth, marks], axis=1)

    def by_day(block: PeopleBlock) -> tuple[Floats, ...]:
        begun = (people.start[block.rows, None] <= day).astype(float)
        return (begun, *(one[block.rows] for one in history))

    scores = len(history)
    return DayTerms(
        by_group=base[None],
        people=given.loss.values,
        penalty=_ridges(base.shape[1], given.loss, np.r_[STARTED_RIDGE, np.full(scores, HISTORY_RIDGE)]),
        by_day=by_day,
    )


def heaps(losses: DayRows) -> Ints:
    """Return the days on which at least a tenth of those lost, and 5 of them, are lost."""
    day, many = np.unique(losses.last[losses.hit], return_counts=True)
    return np.asarray(day[(many >= 5) & (many >= 0.1 * many.sum())])


def event_terms(people: PersonDays, given: AdjustmentColumns, *, cause: int) -> DayTerms:
    """Return the columns of the hazard of the event (1) or of competing events (2).

    The event: spline of the day, care started, time since its start (up to 7 days, up to half the
    horizon, whole), covariates, sites. Competing events are rare: day, care started, covariates.
    """
    horizon, grace = people.horizon, people.grace
    day = np.arange(horizon + 1.0)
    spline = natural_spline(day, knots_until(EVENT_KNOTS, horizon))
    group = np.arange(grace + 2)[:, None]
    started = ((day > group) & (group <= grace)).astype(float)
    since = started * (day - group)
    shape = (grace + 2, horizon + 1, 1)
    one = np.ones(shape)
    if cause == 1:
        time = np.broadcast_to(spline, (*shape[:2], spline.shape[1]))
        terms = short_and_half(since[:, :, None], horizon)
        base = np.concatenate([one, time, started[:, :, None], terms], axis=2)
        people_terms = given.outcome
    else:
        base = np.concatenate([one, np.broadcast_to(spline[:, :1], shape), started[:, :, None]], axis=2)
        people_terms = given.outcome.stronger(COMPETING)
    penalty = _ridges(base.shape[2], people_terms, np.zeros(0))
    return DayTerms(by_group=base, people=people_terms.values, penalty=penalty)


def _by_day(
    history: tuple[Floats, ...], days: int
) -> tuple[Callable[[PeopleBlock], tuple[Floats, ...]] | None, int]:
    if not history:
        return None, 0
    return (lambda block: tuple(one[block.rows, :days] for one in history)), len(history)


def _ridges(base: int, covariates: CovariateTerms, by_day: Floats) -> Floats:
    return np.concatenate([[0.0], np.full(base - 1, TIME_RIDGE), covariates.penalty, by_day])
