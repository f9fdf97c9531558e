"""Cohorts and parts of the clone-censor-weight engine for its tests."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from stepdown.compare.grace_period.estimating_equations import (
    OutcomeModels,
    RiskTarget,
    outcome_models,
)
from stepdown.compare.grace_period.model_terms import adjustment_columns, event_terms, loss_terms, start_terms
from stepdown.compare.grace_period.nuisance_models import DayModel, fit_day_model
from stepdown.compare.grace_period.person_days import PersonDays, person_days
from stepdown.compare.grace_period.start_weights import StartModels

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def frame(values: Floats) -> pd.DataFrame:
    """Return covariates as columns x0, x1."""
    return pd.DataFrame(values, columns=[f"x{number}" for number in range(values.shape[1])])


@dataclass(frozen=True, eq=False)
class Drawn:
    """A drawn cohort."""

    last_day: Ints
    event: Ints
    start: Floats
    covariates: Floats
    history: Floats

    def without(self, person: int) -> "Drawn":
        kept = np.arange(len(self.last_day)) != person
        return Drawn(*(values[kept] for values in vars(self).values()))

    def ordered(self, order: Ints) -> "Drawn":
        return Drawn(*(values[order] for values in vars(self).values()))


def drawn(n: int, *, seed: int, horizon: int, start: float = -2.4, effect: float = 0.6) -> Drawn:
    """Draw a cohort: a covariate and a weekly score drive the start, relapse follows the covariate and care."""
    rng = np.random.default_rng(seed)
    z = rng.normal(size=(n, 2))
    history = np.repeat(rng.normal(size=(n, horizon // 7 + 1, 1)), 7, axis=1)[:, :horizon]
    last, event, begun = np.full(n, horizon), np.zeros(n, np.int64), np.full(n, np.nan)
    for day in range(horizon + 1):
        free = last == horizon
        if day:
            in_care = begun < day
            hazard = 0.012 * np.exp(0.5 * z[:, 0] + np.log(effect) * in_care)
            relapse, dies = rng.random(n) < hazard, rng.random(n) < 0.002
            hit = free & (event == 0) & (relapse | dies)
            event[hit], last[hit] = np.where(relapse, 1, 2)[hit], day
            free &= ~hit
        if day < horizon:
            chance = 1 / (1 + np.exp(-(start + 0.7 * z[:, 0] - 0.05 * day + 0.4 * history[:, day, 0])))
            begin = free & (event == 0) & np.isnan(begun) & (rng.random(n) < chance)
            begun[begin] = day
            lost = free & (event == 0) & (rng.random(n) < 0.004 * np.exp(0.3 * z[:, 1]))
            last[lost] = day
            event[lost] = -1
    return Drawn(last, np.maximum(event, 0), begun, z, history)


@dataclass(frozen=True, eq=False)
class Parts:
    """Everything that one strategy is estimated from."""

    people: PersonDays
    start: DayModel
    law: DayModel
    loss: DayModel | None
    event: DayModel
    competing: DayModel

    @property
    def models(self) -> StartModels:
        return StartModels(start=self.start, law=self.law, loss=self.loss)

    @property
    def outcome(self) -> OutcomeModels:
        return outcome_models(self.event, self.competing)

    def moved(self, name: str, theta: Floats) -> "Parts":
        """Return the parts with other parameters of one model."""
        return replace(self, **{name: replace(getattr(self, name), theta=theta)})


def parts(cohort: Drawn, *, grace: int, horizon: int, history: bool = True) -> Parts:
    """Fit the models."""
    people = person_days(cohort.last_day, cohort.event, cohort.start, grace=grace, horizon=horizon)
    given = adjustment_columns(frame(cohort.covariates), (), cohort.history if history else None, people)
    blocks = people.blocks
    fits = [
        fit_day_model(start_terms(people, given, history=history), people.decisions, blocks),
        fit_day_model(start_terms(people, given, history=False), people.decisions, blocks),
        fit_day_model(loss_terms(people, given), people.losses, blocks),
        fit_day_model(event_terms(people, given, cause=1), people.at_risk(1), blocks),
        fit_day_model(event_terms(people, given, cause=2), people.at_risk(2), blocks),
    ]
    return Parts(people, *fits)


RISK = (RiskTarget("risk", 5), RiskTarget("rmst", 5))
