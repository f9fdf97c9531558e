"""The same clients with the effect of care switched off: a simulated course after discharge.

Four hazards are fitted, each a Cox model on the covariates known at discharge: of relapse and of competing
events, to the days before care starts (all days of those who never start it); of loss to follow-up, and of
starting care. In a course drawn from them nobody's relapse depends on care. Starting still depends on the
covariates, and a client can start only while free of relapse, death and incarceration and followed. What a
comparison of drawn courses shows is then its own making: immortal time, and differences that the covariates
describe between those who start and those who do not. Differences that no covariate describes, and scores
after discharge, are not in it: the true artifact may be larger.

Within a day the order is relapse, competing event, start of care, loss to follow-up.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from stepdown.compare.grace_period.covariate_terms import covariate_terms
from stepdown.survival import cox, nelson_aalen
from stepdown.survival.core.sample import Bools, Floats, Ints

RELAPSE, COMPETING = 1, 2
SURE = 1 - 1e-9
"""Largest hazard of a day."""
RIDGE = 1.0
"""Multiple of the penalty of each covariate: a small program has few events by covariate."""


@dataclass(frozen=True, eq=False, kw_only=True)
class ClientCourses:
    """What happens to n clients after discharge.

    Attributes
    ----------
    days : array (n,)
        Last day at risk.
    event : array of int (n,)
        On that day: 0 none, 1 relapse, 2 a competing event.
    started : array (n,)
        Day of the first care, infinity for none before the event.
    """

    days: Floats
    event: Ints
    started: Floats

    @property
    def ever(self) -> Bools:
        """Who started care at any time before the event or the end of follow-up."""
        return np.isfinite(self.started)


@dataclass(frozen=True, eq=False, kw_only=True)
class DayHazard:
    """A hazard that moves on k days and is multiplied for each of n clients.

    Attributes
    ----------
    day : array (k,)
        Days, rising.
    cumulative : array (k,)
        Cumulative hazard of a client with ratio 1 by the end of each day.
    ratio : array (n,)
        Hazard ratio of each client.
    """

    day: Floats
    cumulative: Floats
    ratio: Floats

    def draw(self, rng: np.random.Generator) -> Floats:
        """Return the day for each client, infinity where it does not come by the last day.

        The chance of a day later than d is exp(-ratio * cumulative(d)).
        """
        level = rng.exponential(size=len(self.ratio)) / self.ratio
        place = np.searchsorted(self.cumulative, level)
        return np.append(self.day, np.inf)[place]


@dataclass(frozen=True, eq=False, kw_only=True)
class CourseModels:
    """Hazards of a course without an effect of care.

    Attributes
    ----------
    relapse, competing, loss, start : DayHazard
        Of the same n clients.
    last : float
        Last day of follow-up.
    """

    relapse: DayHazard
    competing: DayHazard
    loss: DayHazard
    start: DayHazard
    last: float

    def draw(self, rng: np.random.Generator) -> ClientCourses:
        """Return one course of each client.

        Examples
        --------
        >>> import numpy as np
        >>> never = DayHazard(day=np.zeros(0), cumulative=np.zeros(0), ratio=np.ones(3))
        >>> sure = DayHazard(day=np.array([4.0]), cumulative=np.array([1e9]), ratio=np.ones(3))
        >>> models = CourseModels(relapse=sure, competing=never, loss=never, start=never, last=90.0)
        >>> models.draw(np.random.default_rng(1)).days.tolist()
        [4.0, 4.0, 4.0]
        """
        relapse, competing, start = (one.draw(rng) for one in (self.relapse, self.competing, self.start))
        loss = np.minimum(self.loss.draw(rng), self.last)
        days = np.minimum(np.minimum(relapse, competing), loss)
        event = np.select([relapse <= days, competing <= days], [RELAPSE, COMPETING], 0).astype(np.int64)
        began = (start < days) | ((start == days) & (event == 0))
        return ClientCourses(days=days, event=event, started=np.where(began, start, np.inf))


def course_models(
    days: ArrayLike, event: ArrayLike, started: ArrayLike, covariates: pd.DataFrame
) -> CourseModels:
    """Fit the hazards of a cohort's course without an effect of care.

    Parameters
    ----------
    days, event : array_like (n,)
        Last day at risk, and 0 none, 1 relapse or 2 a competing event on it.
    started : array_like (n,)
        Day of the first care; infinity for none.
    covariates : DataFrame (n rows)
        Known at discharge, without missing values.

    Raises
    ------
    EstimateError
        A model has no fit.
    """
    last, code = np.asarray(days, dtype=float), np.asarray(event, dtype=np.int64)
    start = np.asarray(started, dtype=float)
    terms = covariate_terms(covariates, size=len(last))
    columns = terms.values / np.sqrt(terms.penalty)
    free = last - (code > 0)  # the last day on which what follows an event can come
    began = start <= np.where(code > 0, free, last)

    def hazard(until: Floats, hit: Bools) -> DayHazard:
        return _hazard(until, hit, columns)

    lost = (code == 0) & (last < last.max())
    alone = np.where(began, start, last)  # the last day without care
    return CourseModels(
        relapse=hazard(alone, (code == RELAPSE) & ~began),
        competing=hazard(np.minimum(alone, last - (code == RELAPSE)), (code == COMPETING) & ~began),
        start=hazard(np.where(began, start, free), began),
        loss=hazard(free, lost),
        last=float(last.max()),
    )


def _hazard(until: Floats, hit: Bools, columns: Floats) -> DayHazard:
    """Return a Cox model's hazard with a ridge; without covariates draws then follow the Kaplan-Meier curve.

    The chance to pass a day with hazard h at ratio 1 is (1 - h) to the power of the ratio, also where h is
    large, as on the day of a follow-up visit.
    """
    size = len(until)
    if not hit.any():
        return DayHazard(day=np.zeros(0), cumulative=np.zeros(0), ratio=np.ones(size))
    if columns.shape[1]:
        fit = cox(until, hit, columns, ties="breslow", ridge=RIDGE)
        table, ratio = fit.baseline, np.exp(columns @ fit.coef)
        day, hazard = table["time"].to_numpy(dtype=float), table["hazard"].to_numpy(dtype=float)
    else:
        table, ratio = nelson_aalen(until, hit).table, np.ones(size)
        table = table[table["events"] > 0]
        day = table["time"].to_numpy(dtype=float)
        hazard = np.diff(table["estimate"].to_numpy(dtype=float), prepend=0.0)
    passed = -np.log1p(-np.minimum(hazard, SURE))
    return DayHazard(day=day, cumulative=np.cumsum(passed), ratio=ratio)
