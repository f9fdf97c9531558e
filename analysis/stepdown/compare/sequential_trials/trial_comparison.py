"""Pooled trials: had those eligible on each trial day started care that day, and had they not.

`as_started` follows both arms whatever comes later: in the other arm care may start on a later day.
`per_protocol` follows the other arm until care starts, up to the last trial day, and weighs those left for
those censored so; what starts after the last trial day is care as it comes.

Hernán MA, Alonso A, Logan R et al. (2008), Epidemiology 19:766-779; Danaei G et al. (2013), Stat Methods Med
Res 22:70-96.
"""

from dataclasses import replace
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from stepdown.compare.grace_period.model_terms import LossColumns
from stepdown.compare.known_arms.arm_comparison import CAP, ArmComparison, compare_known_arms
from stepdown.compare.known_arms.arm_terms import Switch
from stepdown.compare.known_arms.populations import Method, Population
from stepdown.compare.score_balance import score_balance
from stepdown.compare.sequential_trials.person_trials import PersonTrials, person_trials
from stepdown.survival.core.sample import Floats, Ints

Adherence = Literal["as_started", "per_protocol"]
DAY, LOG_DAY = "days from time zero to the trial", "log of these days"


def compare_sequential_trials(
    days: ArrayLike,
    event: ArrayLike,
    start: ArrayLike,
    covariates: pd.DataFrame,
    *,
    labels: tuple[str, str],
    adherence: Adherence = "as_started",
    every: int = 1,
    until: int = 14,
    history: Floats | None = None,
    loss: pd.DataFrame | None = None,
    population: Population = "everyone",
    method: Method = "doubly_robust",
    cluster: ArrayLike | None = None,
    times: tuple[int, ...] = (30, 60, 90),
    window: tuple[int, int] | None = (30, 90),
    rmst: int | None = 90,
    cap: float = CAP,
    level: float = 0.95,
) -> ArmComparison:
    """Compare starting care on a day with not starting it that day, over all days of the grace period.

    Parameters
    ----------
    days, event, start, every, until
        As for `person_trials`.
    covariates : DataFrame (n rows)
        Known at time zero.
    labels : tuple of str
        Names of the arms: starting care on the day of the trial, and not.
    adherence : {"as_started", "per_protocol"}
        See the module.
    history : array (n, days, columns), optional
        Scores by day, known before the start decision of that day.
    loss : DataFrame (n rows), optional
        What the model of loss depends on; by default covariates and history.
    population, method, times, window, rmst, level
        As for `compare_known_arms`; days are counted from the day of each trial.
    cluster : array_like (n,), optional
        Client or site; by default the person, who may be in many trials.
    cap : float
        Largest doubly robust weight, times the average one of the rarer arm.

    Returns
    -------
    ArmComparison
        `strategies` counts people in trials; influence and weights have one row each.

    Raises
    ------
    EstimateError, EmptyArmError
        As for `person_trials` and `compare_known_arms`.
    """
    trials = person_trials(days, event, start, every=every, until=until)
    switch = None
    if adherence == "per_protocol":
        left = np.where(trials.arm == 1, until - trials.trial, 0).astype(float)
        switch = Switch.of(trials.days, trials.event, trials.start, left)
    owner = trials.person if cluster is None else np.asarray(cluster)[trials.person]
    own = None if loss is None else LossColumns(covariates=_of_trials(loss, trials, None))
    share = float((trials.arm == 0).mean())
    found = compare_known_arms(
        trials.days,
        trials.event,
        trials.arm,
        _of_trials(covariates, trials, history),
        labels=labels,
        population=population,
        method=method,
        loss=own,
        switch=switch,
        modifiers=_standardized(trials.trial),
        cluster=owner,
        times=times,
        window=window,
        rmst=rmst,
        # Few start on any one day: the largest weight is that of the rarer arm on average, times the cap.
        cap=cap / min(share, 1 - share),
        level=level,
        person=trials.person,
    )
    again = found.again
    return replace(
        found,
        again=None if again is None else lambda many: again(many[trials.person]),
        score_balance=pd.DataFrame()
        if history is None or method == "standardization"
        else score_balance(trials.trial, trials.arm == 0, history[trials.person, trials.trial], found.weight),
    )


def _standardized(trial: Ints) -> Floats | None:
    """Return the day of the trial: those who do not start in an early one have more time to start later."""
    spread = float(trial.std())
    return ((trial - trial.mean()) / spread)[:, None] if spread > 0 else None


def _of_trials(covariates: pd.DataFrame, trials: PersonTrials, history: Floats | None) -> pd.DataFrame:
    """Return a row for each person in a trial: covariates, scores of the day, and the day."""
    found = covariates.iloc[trials.person].reset_index(drop=True)
    found = found.assign(**{DAY: trials.trial.astype(float), LOG_DAY: np.log1p(trials.trial)})
    if history is None:
        return found
    scores = history[trials.person, trials.trial]
    return found.assign(**{f"score {place}": scores[:, place] for place in range(scores.shape[1])})
