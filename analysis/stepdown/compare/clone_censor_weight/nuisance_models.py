"""The models that the comparison rests on: of starting care, of loss, of relapse and of competing events."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from stepdown.compare.clone_censor_weight.covariate_terms import CovariateTerms, covariate_terms
from stepdown.compare.clone_censor_weight.daily_hazard import (
    DailyHazard,
    Predictor,
    fit_daily_hazard,
    spline,
)
from stepdown.compare.clone_censor_weight.person_days import PersonDays

Floats = NDArray[np.float64]


class NuisanceModels:
    """The fitted models: of starting, of the law, of loss, and of both events."""

    def __init__(self, given: PersonDays, covariates: pd.DataFrame, leave_out: tuple[str, ...]) -> None:
        outcome = covariate_terms(covariates, size=given.size)
        starting = covariate_terms(covariates.drop(columns=list(leave_out)), size=given.size)
        self.start = _start_model(given, starting)
        self.loss = _loss_model(given, outcome) if given.lost.any() else None
        relapse, competing = _outcome_bases(given)
        zeros = np.zeros((given.size, 0, 0))
        self.events = tuple(
            fit_daily_hazard(
                Predictor(
                    basis=basis,
                    group=given.course.group,
                    covariates=terms.values,
                    histories=zeros,
                    penalty=np.concatenate([[0.0], np.full(basis.shape[2] - 1, 1e-3), terms.penalty]),
                ),
                happened,
                given.course.at_risk,
                name=name,
            )
            for basis, terms, happened, name in (
                (relapse, outcome, given.course.relapse, "relapse"),
                (competing, outcome.stronger(2.0), given.course.competing, "competing events"),
            )
        )

    @property
    def both(self) -> tuple[DailyHazard, DailyHazard]:
        """The hazards of relapse and of competing events."""
        return self.events[0], self.events[1]


def _start_model(given: PersonDays, terms: CovariateTerms) -> DailyHazard:
    day = np.arange(given.grace + 1, dtype=float)
    basis = np.stack([np.ones_like(day), day, np.log1p(day)], axis=-1)[None]
    predictor = Predictor(
        basis=basis[:, :, : min(3, given.grace + 1)],
        group=np.zeros(given.size, dtype=np.int64),
        covariates=terms.values,
        histories=np.zeros((given.size, 0, 0)),
        penalty=np.concatenate([np.zeros(min(3, given.grace + 1)), terms.penalty]),
    )
    return fit_daily_hazard(predictor, given.decisions.started, given.deciding, name="starting care")


def _loss_model(given: PersonDays, terms: CovariateTerms) -> DailyHazard:
    day = np.arange(given.horizon, dtype=float)
    basis = np.concatenate(
        [np.ones((given.horizon, 1)), spline(day, np.array([3, 20, 50, 80]) * given.horizon / 90)], axis=1
    )
    begun = (given.began[:, None] <= day[None]).astype(float)[:, :, None]
    penalty = np.concatenate([[0.0], np.full(3, 1e-3), terms.penalty, [0.1]])
    predictor = Predictor(
        basis=basis[None],
        group=np.zeros(given.size, dtype=np.int64),
        covariates=terms.values,
        histories=begun,
        penalty=penalty,
    )
    return fit_daily_hazard(predictor, given.lost, given.losable, name="loss to follow-up")


def _outcome_bases(given: PersonDays) -> tuple[Floats, Floats]:
    """Return the shared terms of both hazards by start group: day, started, days since the start."""
    horizon, grace = given.horizon, given.grace
    day = np.arange(horizon + 1, dtype=float)
    course = spline(day, np.array([3, 15, 35, 75]) * horizon / 90)
    relapse, competing = [], []
    for group in range(grace + 2):
        on = ((day > group) & (group <= grace)).astype(float)
        since = on * (day - group)
        care = [on, np.minimum(since, 7) / 7, np.minimum(since, horizon / 2) / (horizon / 2), since / horizon]
        relapse.append(np.stack([np.ones_like(day), *course.T, *care], axis=-1))
        competing.append(np.stack([np.ones_like(day), course[:, 0], on], axis=-1))
    return np.stack(relapse), np.stack(competing)
