"""From derived discharges and a study to the input of clone-censor-weight."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from stepdown.cohort import People
from stepdown.compare.arm_membership import first_day
from stepdown.compare.covariates import adjusted_for
from stepdown.compare.grace_period.comparison import CloneCensorWeight, clone_censor_weight
from stepdown.compare.grace_period.strategies import StartStrategy
from stepdown.errors import DesignError, EstimateError
from stepdown.study import Adjust, BaselineArm, CareStep, DesignChoice, Study
from stepdown.survival.core.sample import Floats, Ints

ENOUGH = 30
"""Discharges below which nothing is adjusted."""
WEEK, LONG = 7, 180
"""Days between those through which a curve is drawn: a week, more where the study is long."""


def compare_strategies(people: People, study: Study, choice: DesignChoice) -> CloneCensorWeight:
    """Compare the strategies of a study for everybody, adjusted for its covariates; names are its labels.

    Parameters
    ----------
    people : People
        Derived discharges with exact days, such as an imputation.
    study : Study
        With `analysis.adjust`.
    choice : DesignChoice
        A design "clone_censor_weight".

    Returns
    -------
    CloneCensorWeight

    Raises
    ------
    DesignError
        Days are not exact, a covariate is known later than time zero, or the data do not allow the
        comparison.
    """
    given = planned(people, study, name="Clone-censor-weight")
    times, window = days_reached(given.days, study)
    models = adjusted_for(
        people,
        study,
        given.rows,
        first_day=0,
        last_decision=max(one.within for one in given.strategies),
        last_day=max(*times, window[1]),
    )
    try:
        found = clone_censor_weight(
            given.days,
            given.event,
            given.started,
            models.covariates,
            history=models.history,
            loss=models.loss,
            strategies=given.strategies,
            times=times,
            window=window,
            rmst=window[1],
            law=choice.start,
            estimator="weighted" if given.adjust.method == "weighting" else "doubly_robust",
            cluster=given.cluster,
        )
    except EstimateError as error:
        raise DesignError(str(error)) from None
    return replace(found, scores_missing=models.missing)


@dataclass(frozen=True, eq=False, kw_only=True)
class Planned:
    """What a comparison of plans that unfold after time zero begins with; n discharges.

    Attributes
    ----------
    rows : array of int (n,)
        Positions of the discharges.
    days, event, started : array (n,)
        Last day at risk, 0, 1 (relapse) or 2 (competing) on it, and day of the first care of the step.
    strategies : tuple of StartStrategy
        The plans; the last is the reference.
    cluster : Series or None
        What belongs together; None where nothing repeats.
    adjust : Adjust
        What is adjusted for.
    """

    rows: Ints
    days: Floats
    event: Ints
    started: Floats
    strategies: tuple[StartStrategy, ...]
    cluster: pd.Series | None
    adjust: Adjust


def planned(people: People, study: Study, *, name: str) -> Planned:
    """Return what a comparison of plans begins with; `name` is the design in its errors.

    Raises
    ------
    DesignError
        Days are not exact, events on day 0, or too few discharges.
    """
    adjust = study.analysis.adjust if study.analysis else None
    if adjust is None or study.contrast is None or isinstance(study.contrast.arms, BaselineArm):
        raise DesignError(f"{name} needs strategies and analysis.adjust. Add them.")
    if not people.exact or people.uncertain is not None:
        raise DesignError(
            f"{name} needs one day for each {study.outcome.word}, and some are known only to "
            'lie between two contacts. Set outcome.interval = "imputed", "detected" or "midpoint".'
        )
    early = int((people.observed & (people.table["days"] <= 0).to_numpy()).sum())
    if early:
        raise DesignError(
            f"{early:,} discharge{'' if early == 1 else 's'} had an event on day 0, before any care could "
            f"start, and {name[0].lower()}{name[1:]} follows people from day 1 on. Set time_zero.day_zero = "
            '"exclude", which counts them as a step.'
        )
    kept = np.flatnonzero(people.observed)
    if len(kept) < ENOUGH:
        raise DesignError(
            f"{len(kept)} discharges were followed after day 0: too few to adjust. At least {ENOUGH} are "
            "needed."
        )
    table = people.table.iloc[kept]
    named = zip(study.labels, study.contrast.arms, strict=True)
    chosen = {label: study.strategies[arm] for label, arm in named}
    (step,) = (*next(iter(chosen.values())).steps, *next(iter(chosen.values())).avoid)
    cluster = table[study.analysis.interval.cluster] if study.analysis else table["client_id"]
    return Planned(
        rows=kept,
        days=table["days"].to_numpy(dtype=float),
        event=np.minimum(table["event"].to_numpy(), 2),
        started=_started(people, step)[kept],
        strategies=tuple(
            StartStrategy(name=label, kind="start" if one.steps else "no_start", within=one.last_day)
            for label, one in chosen.items()
        ),
        cluster=cluster if cluster.duplicated().any() else None,
        adjust=adjust,
    )


def days_reached(days: Floats, study: Study, *, start: int = 0) -> tuple[tuple[int, ...], tuple[int, int]]:
    """Return the days and the window of a study that follow-up reaches, counted from the start of a design.

    Every week has its day too, up to the last day of the study: the adjusted curve is drawn through them.

    Raises
    ------
    DesignError
        Nobody is followed to the end of the window.
    """
    last, (begin, end) = float(days.max()), study.outcome.window
    if last < end:
        raise DesignError(
            f"Nobody is followed to day {end}, the end of the window, so nothing is adjusted. The last day "
            f"is {last:.0f}."
        )
    asked = [day for day in study.outcome.times if start < day <= last]
    weeks = range(start + WEEK, max(asked, default=0), WEEK * (1 + max(asked, default=0) // LONG))
    times = tuple(day - start for day in sorted({*asked, *weeks}))
    return times, (max(begin - start, 0), end - start)


def _started(people: People, step: CareStep) -> np.ndarray:
    """Return the first day of care at the levels of a step, infinity for none; never before day 0."""
    return np.maximum(first_day(people, step), 0.0)
