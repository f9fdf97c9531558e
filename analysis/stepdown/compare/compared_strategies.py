"""From derived discharges and a study to the input of clone-censor-weight."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from stepdown.cohort import People
from stepdown.compare.adjustment_checks import with_checks
from stepdown.compare.arm_membership import first_day
from stepdown.compare.care_plans import CareDays, care_days, compare_care_plans
from stepdown.compare.care_plans.plan_clauses import followed_plan
from stepdown.compare.covariates import Drawing, adjusted_for, with_all_covariates
from stepdown.compare.grace_period.comparison import CloneCensorWeight, Estimator, clone_censor_weight
from stepdown.compare.grace_period.start_laws import StartLaw
from stepdown.compare.grace_period.strategies import StartStrategy
from stepdown.compare.refusals import refuse_few, refuse_what_is_not_followed, time_to_enough
from stepdown.errors import DesignError, EmptyArmError, EstimateError
from stepdown.study import Adjust, CareStep, DesignChoice, Study, one_start
from stepdown.survival.core.sample import Bools, Floats, Ints

WEEK, LONG = 7, 180
"""Days between those through which a curve is drawn: a week, more where the study is long."""


def compare_strategies(
    people: People, study: Study, choice: DesignChoice, *, imputation: int = 0, curve: bool = True
) -> CloneCensorWeight:
    """Compare the strategies of a study for everybody, adjusted for its covariates; names are its labels.

    Parameters
    ----------
    people : People
        Derived discharges with exact days, such as an imputation.
    study : Study
        With `analysis.adjust`.
    choice : DesignChoice
        A design "clone_censor_weight".
    imputation : int
        Number of the imputation, where missing covariates are drawn.
    curve : bool
        Whether risks are estimated on days between those of the study, for a curve; it takes longer.

    Returns
    -------
    CloneCensorWeight

    Raises
    ------
    DesignError
        Days are not exact, a covariate is known later than time zero, or the data do not allow the
        comparison.
    """
    if not one_start(study.plans):
        return _compare_unfolding(people, study, choice.start, imputation, curve=curve)
    given = planned(people, study, name="Clone-censor-weight")
    times, window = days_reached(given.days, study, curve=curve)
    last = max(one.within for one in given.strategies)
    starts = given.started <= np.minimum(given.days, last)
    drawing = Drawing(days=given.days, event=given.event, group=starts.astype(np.int64), number=imputation)
    models = adjusted_for(
        people,
        study,
        given.rows,
        first_day=0,
        last_decision=last,
        last_day=max(*times, window[1]),
        drawing=drawing,
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
            estimator=_estimator(given.adjust),
            cluster=given.cluster,
            cap=given.adjust.largest_weight,
        )
    except EmptyArmError as error:
        raise DesignError(f"{error}{_time_to_starts(people, given)}") from None
    except EstimateError as error:
        raise DesignError(str(error)) from None
    followed = [one.name for one in given.strategies if one.kind == "start"][:1]
    passed = ~starts & (given.days > last)
    group = np.where(starts, 0, np.where(passed, 1, -1)).astype(np.int64)
    labels = (*followed, given.strategies[-1].name)
    return with_checks(found, models, group, labels, complete=given.complete, rows=given.rows)


def _care_of(people: People, given: ComparedPeople) -> tuple[CareDays, Ints]:
    """Return the care of those compared, and their last days without an event."""
    place = np.full(len(people.table), -1)
    place[given.rows] = np.arange(len(given.rows))
    spans = people.care
    if spans is None:
        raise DesignError(
            "The care of these discharges was not read. Give what derive returns for this study."
        )
    spans = spans.assign(row=place[spans["row"].to_numpy()])
    last = (given.days - (given.event > 0)).astype(np.int64)
    return care_days(spans[spans["row"] >= 0], last), last


def followers_of_plans(people: People, study: Study) -> dict[str, Ints]:
    """Return who follows each plan at the end of its first window, still followed and event-free.

    Returns
    -------
    dict of array of int
        Positions in `people.table` by label; a person may follow several plans.
    """
    given = compared_people(people, study, name="Clone-censor-weight")
    care, last = _care_of(people, given)
    found = {}
    for label, plan in zip(study.labels, study.plans, strict=True):
        departed = followed_plan(plan, care, last).departed
        follows = (departed < 0) | (departed > plan.first_window)
        found[label] = given.rows[follows & (given.days > plan.first_window)]
    return found


def _estimator(adjust: Adjust) -> Estimator:
    return "weighted" if adjust.method == "weighting" else "doubly_robust"


def _compare_unfolding(
    people: People, study: Study, law: StartLaw, imputation: int, *, curve: bool
) -> CloneCensorWeight:
    """Compare plans of several steps, of care kept up for weeks, or of different levels of care."""
    given = compared_people(people, study, name="Clone-censor-weight")
    times, window = days_reached(given.days, study, curve=curve)
    plan = study.plans[0]
    began = _started(people, (*plan.steps, *plan.avoid)[0])[given.rows]
    group = (began <= np.minimum(given.days, plan.first_window)).astype(np.int64)
    models = adjusted_for(
        people,
        study,
        given.rows,
        first_day=0,
        last_decision=max(plan.first_window for plan in study.plans),
        last_day=max(*times, window[1]),
        drawing=Drawing(days=given.days, event=given.event, group=group, number=imputation),
    )
    care, _ = _care_of(people, given)
    try:
        found = compare_care_plans(
            given.days,
            given.event,
            care,
            study.plans,
            models.covariates,
            history=models.history,
            loss=models.loss,
            times=times,
            window=window,
            rmst=window[1],
            cluster=given.cluster,
            law=law,
            estimator=_estimator(given.adjust),
            cap=given.adjust.largest_weight,
        )
    except (EmptyArmError, EstimateError) as error:
        raise DesignError(str(error)) from None
    first, reference = (given.days > plan.first_window for plan in (study.plans[0], study.plans[-1]))
    # Who still follows the first plan, or the reference, when its first days are over.
    day = found.deviation.to_numpy()
    first &= (day[:, 0] < 0) | (day[:, 0] > study.plans[0].first_window)
    reference &= (day[:, -1] < 0) | (day[:, -1] > study.plans[-1].first_window)
    group = np.where(first, 0, np.where(reference, 1, -1)).astype(np.int64)
    labels = (study.labels[0], study.labels[-1])
    return with_checks(found, models, group, labels, complete=given.complete, rows=given.rows)


def _time_to_starts(people: People, given: Planned) -> str:
    """Return how long it takes until enough people follow the plan that nobody follows."""
    last = max(one.within for one in given.strategies)
    starts = given.started <= np.minimum(given.days, last)
    kind = "no_start" if starts.any() else "start"
    label = next((one.name for one in given.strategies if one.kind == kind), given.strategies[0].name)
    return time_to_enough(people, given.rows, label)


@dataclass(frozen=True, eq=False, kw_only=True)
class ComparedPeople:
    """Whom a comparison of plans that unfold after time zero begins with; n discharges.

    Attributes
    ----------
    rows : array of int (n,)
        Positions of the discharges.
    days, event : array (n,)
        Last day at risk, and 0, 1 (relapse) or 2 (competing) on it.
    cluster : Series or None
        What belongs together; None where nothing repeats.
    adjust : Adjust
        What is adjusted for.
    complete : array of bool
        Of all discharges that are followed, which are among the n.
    """

    rows: Ints
    days: Floats
    event: Ints
    cluster: pd.Series | None
    adjust: Adjust
    complete: Bools


@dataclass(frozen=True, eq=False, kw_only=True)
class Planned(ComparedPeople):
    """The same where each plan is one start of the same care, or none.

    Attributes
    ----------
    started : array (n,)
        Day of the first care of the step.
    strategies : tuple of StartStrategy
        The plans; the last is the reference.
    """

    started: Floats
    strategies: tuple[StartStrategy, ...]


def compared_people(people: People, study: Study, *, name: str) -> ComparedPeople:
    """Return whom a comparison of plans begins with; `name` is the design in its errors.

    Raises
    ------
    DesignError
        Days are not exact, events on day 0, or too few discharges.
    """
    adjust = study.analysis.adjust if study.analysis else None
    assert adjust is not None, "the study refuses plans without adjust"
    refuse_what_is_not_followed(
        name,
        word=study.outcome.word,
        exact=people.exact and people.uncertain is None,
        early=int((people.observed & (people.table["days"] <= 0).to_numpy()).sum()),
    )
    complete = with_all_covariates(people, study)
    kept = np.flatnonzero(people.observed & complete)
    lacking = int((people.observed & ~complete).sum())
    refuse_few(people, kept, "followed after day 0", lacking=lacking)
    table = people.table.iloc[kept]
    cluster = table[study.analysis.interval.cluster] if study.analysis else table["client_id"]
    return ComparedPeople(
        rows=kept,
        days=table["days"].to_numpy(dtype=float),
        event=np.minimum(table["event"].to_numpy(), 2),
        cluster=cluster if cluster.duplicated().any() else None,
        adjust=adjust,
        complete=complete[people.observed],
    )


def planned(people: People, study: Study, *, name: str) -> Planned:
    """Return what a comparison of one start of care begins with; as for `compared_people`."""
    given = compared_people(people, study, name=name)
    (step,) = (*study.plans[0].steps, *study.plans[0].avoid)
    return Planned(
        **vars(given),
        started=_started(people, step)[given.rows],
        strategies=tuple(
            StartStrategy(name=one.label, kind="start" if one.steps else "no_start", within=one.last_day)
            for one in study.plans
        ),
    )


def days_reached(
    days: Floats, study: Study, *, start: int = 0, curve: bool = True
) -> tuple[tuple[int, ...], tuple[int, int]]:
    """Return the days and the window of a study that follow-up reaches, counted from the start of a design.

    Every week has its day too, up to the last day of the study, where a `curve` is drawn through them. So has
    the last day of a placebo window, of designs that start on time zero.

    Raises
    ------
    DesignError
        Nobody is followed to the end of the window.
    """
    last, (begin, end) = float(days.max()), study.outcome.window
    if last < end:
        raise DesignError(
            f"Nobody is followed to day {end}, the end of the window, so nothing is adjusted. The last day "
            f"is {last:.0f}. Shorten outcome.window, or wait for more follow-up."
        )
    asked = [day for day in study.outcome.times if start < day <= last]
    weeks = range(start + WEEK, max(asked, default=0), WEEK * (1 + max(asked, default=0) // LONG))
    window = study.checks.placebo
    before = [] if window is None or start or not asked else [window.last_day]
    between = weeks if curve else ()
    times = tuple(day - start for day in sorted({*asked, *between, *before}))
    return times, (max(begin - start, 0), end - start)


def _started(people: People, step: CareStep) -> np.ndarray:
    """Return the first day of care at the levels of a step, infinity for none; never before day 0."""
    return np.maximum(first_day(people, step), 0.0)
