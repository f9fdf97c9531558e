"""Clone-censor-weight for plans that unfold: the comparison, and who departs when and why."""

from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from stepdown.compare.care_plans.care_days import NEVER, CareDays
from stepdown.compare.care_plans.plan_clauses import FollowedPlan, followed_plan
from stepdown.compare.care_plans.plan_influence import PlanSetting
from stepdown.compare.care_plans.plan_models import fitted_clause, later_weights
from stepdown.compare.care_plans.plan_score_balance import plan_score_balance
from stepdown.compare.freed_memory import keep_freed_memory
from stepdown.compare.grace_period.comparison import (
    CAP,
    CloneCensorWeight,
    Estimator,
    balance_of_followers,
    cluster_codes,
    in_given_order,
)
from stepdown.compare.grace_period.comparison_table import Rows, quantities
from stepdown.compare.grace_period.diagnostics import events_on_plan, summary_of, warnings_of, without_events
from stepdown.compare.grace_period.estimating_equations import RiskTarget, outcome_models
from stepdown.compare.grace_period.model_terms import (
    AdjustmentColumns,
    LossColumns,
    adjustment_columns,
    event_terms,
    loss_terms,
)
from stepdown.compare.grace_period.nuisance_models import fit_day_model
from stepdown.compare.grace_period.person_days import DayRows, PersonDays, person_days
from stepdown.compare.grace_period.person_influence import StrategyEstimate, estimated
from stepdown.compare.grace_period.start_laws import StartLaw
from stepdown.compare.grace_period.strategies import StartStrategy
from stepdown.errors import EmptyArmError, EstimateError
from stepdown.study import Strategy
from stepdown.survival.core.sample import Ints, check_level


def compare_care_plans(
    days: ArrayLike,
    event: ArrayLike,
    care: CareDays,
    plans: tuple[Strategy, ...],
    covariates: pd.DataFrame,
    *,
    history: ArrayLike | None = None,
    loss: LossColumns | None = None,
    cluster: ArrayLike | None = None,
    law: StartLaw = "as_observed",
    estimator: Estimator = "doubly_robust",
    times: tuple[int, ...] = (30, 60, 90),
    window: tuple[int, int] | None = (30, 90),
    rmst: int | None = 90,
    cap: float = CAP,
    leverage: float = 0.5,
    level: float = 0.95,
) -> CloneCensorWeight:
    """Compare plans of several steps, of care kept up, or of different levels, for everybody.

    Parameters
    ----------
    days, event : array_like (n,)
        Last day at risk, and what happened on it: 0 none, 1 the event, 2 a competing event.
    care : CareDays
        Days of care of the n people.
    plans : tuple of Strategy
        The last is the reference.
    covariates : DataFrame (n rows)
        Known at time zero, and driving both care and event. No missing values.
    history : array_like (n, days, columns), optional
        Scores by day, as for `clone_censor_weight`.
    loss : LossColumns, optional
        What the model of loss depends on; by default covariates and history.
    cluster : array_like (n,), optional
        Client, where one has several discharges; or site.
    law : {"as_observed", "uniform", "natural"}
        Start law of the first step; what a plan asks later is met as those who go on meet it.
    estimator, times, window, rmst, cap, leverage, level
        As for `clone_censor_weight`.

    Returns
    -------
    CloneCensorWeight
        With `departures`.

    Raises
    ------
    EstimateError
        Input that no rule covers.
    EmptyArmError
        A plan that nobody follows or nobody can depart from.

    Examples
    --------
    >>> from stepdown.compare.care_plans import care_days
    >>> rng = np.random.default_rng(1)
    >>> begin = rng.integers(0, 30, 400).astype(float)
    >>> spans = pd.DataFrame({"row": np.arange(400), "level": 3, "start": begin,
    ...     "end": begin + rng.integers(0, 40, 400), "hours": np.nan})
    >>> kept_up = {"level": ("iop",), "within": 14, "min_weeks": 2}
    >>> plans = (
    ...     Strategy.model_validate({"label": "IOP for 2 weeks", "steps": (kept_up,)}),
    ...     Strategy.model_validate({"label": "no IOP", "avoid": ({"level": ("iop",), "within": 14},)}),
    ... )
    >>> last = np.minimum(rng.geometric(0.006, 400), 90)
    >>> found = compare_care_plans(last, last < 90, care_days(spans, last), plans,
    ...     pd.DataFrame({"age": rng.normal(40, 9, 400)}))
    >>> found.departures["reason"].tolist()
    ['no IOP by day 14', 'no IOP in a week', 'IOP by day 14']
    """
    check_level(level)
    keep_freed_memory()
    names = [plan.label for plan in plans]
    if len(set(names)) < 2 or len(set(names)) < len(names):
        raise EstimateError("A comparison needs at least two strategies, each with a name of its own.")
    targets, reported = quantities(times, window, rmst)
    horizon = max(target.day for target in targets)
    owner = cluster_codes(cluster, care.size)
    fits: dict[str, dict[str, StrategyEstimate]] = {}
    ends: dict[str, dict[str, int]] = {}
    order: dict[str, Ints] = {}
    deviation: dict[str, Ints] = {}
    departures, by_day = [], []
    for plan in plans:
        first = _first_care(care, plan)
        people = person_days(days, event, first, grace=plan.first_window, horizon=horizon)
        given = adjustment_columns(covariates, (), history, people, loss=loss)
        eventless = in_given_order(people.last_day - (people.event > 0), people.order)
        found = followed_plan(plan, care, eventless)
        ends[plan.label] = _ends(people, found)
        departures.append(_departures(plan.label, found))
        check_plan_followed(plan.label, ends[plan.label], departures[-1])
        order[plan.label], deviation[plan.label] = people.order, found.departed
        setting = _setting(people, given, plan, found, targets, leverage, owner, law)
        by_day.append(plan_score_balance(plan.label, setting.clauses, people, given.history))
        settings = {"weighted": replace(setting, outcome=None, cap=np.inf)}
        if estimator == "doubly_robust":
            settings = {"doubly_robust": replace(setting, cap=cap)} | settings
        for name, one in settings.items():
            fits.setdefault(name, {})[plan.label] = estimated(one)
    last, code = np.asarray(days, dtype=float), np.asarray(event, dtype=float)
    none = without_events(last, code, deviation, until=max(target.day for target in targets))
    by_estimator = [
        Rows(
            estimator=name,
            fits=mine,
            influence={key: in_given_order(fit.influence, order[key]) for key, fit in mine.items()},
            quantities=reported,
            cluster=owner,
            level=level,
            without_events=none,
        )
        for name, mine in fits.items()
    ]
    main = by_estimator[0]
    tables = [rows.table() for rows in by_estimator]
    if estimator == "doubly_robust":
        tables += [main.point_only(tables[0], one) for one in ("g_formula", "uncapped")]
    table = pd.concat(tables, ignore_index=True)
    until = {plan.label: horizon if (day := plan.last_decision) is None else day for plan in plans}
    counted = events_on_plan(
        last,
        code,
        deviation,
        until=max(times) if window is None else window[1],
    )
    summary = summary_of(main.fits, ends, until, horizon, counted)
    constant = tuple(str(name) for name in covariates if covariates[name].nunique(dropna=False) == 1)
    weights = {name: in_given_order(fit.after_grace, order[name]) for name, fit in main.fits.items()}
    return CloneCensorWeight(
        table=table,
        strategies=summary,
        balance=balance_of_followers(covariates, weights),
        deviation=pd.DataFrame(deviation),
        influence=main.influence,
        targets=targets,
        law=law,
        warnings=warnings_of(table, summary, constant, horizon),
        departures=pd.concat(departures, ignore_index=True),
        score_balance=_once(by_day),
    )


def _once(tables: list[pd.DataFrame]) -> pd.DataFrame:
    """Return the tables of all plans; a decision of two of them, as to start care or to avoid it, once."""
    found = pd.concat(tables, ignore_index=True)
    if found.empty:
        return found
    first = found.groupby("decision")["plan"].transform("first")
    return found[found["plan"] == first].reset_index(drop=True)


def _setting(
    people: PersonDays,
    given: AdjustmentColumns,
    plan: Strategy,
    found: FollowedPlan,
    targets: tuple[RiskTarget, ...],
    leverage: float,
    owner: Ints | None,
    law: StartLaw,
) -> PlanSetting:
    """Fit the models of a plan: each clause, loss, and the hazards of those who follow it so far."""
    shared = None if owner is None else owner[people.order]
    loss = None
    if people.losses.hit.any():
        terms = loss_terms(people, given)
        loss = fit_day_model(terms, people.losses, people.blocks, owner=shared, name="loss to follow-up")
    clauses = tuple(
        fitted_clause(one, people, given, owner=shared, law=law)
        for one in found.clauses
        if len(one.windows.person)
    )
    departed = found.departed[people.order]
    until = np.where(departed < 0, people.last_day, np.minimum(departed, people.last_day))
    hazards = [
        fit_day_model(
            event_terms(people, given, cause=cause),
            DayRows(1, until, (people.event == cause) & (until == people.last_day)),
            people.blocks,
            owner=shared,
            name="the event" if cause == 1 else "competing events",
            weight=later_weights(clauses, people),
        )
        for cause in (1, 2)
    ]
    return PlanSetting(
        people=people,
        outcome=outcome_models(*hazards),
        strategy=StartStrategy(
            name=plan.label, kind="start" if plan.steps else "no_start", within=plan.first_window
        ),
        targets=targets,
        cap=np.inf,
        leverage=leverage,
        owner=shared,
        clauses=clauses,
        still_followed=loss,
    )


def _first_care(care: CareDays, plan: Strategy) -> Ints:
    """Return the first day of the care that a plan starts with, or avoids; missing for none."""
    first, people = (*plan.steps, *plan.avoid)[0], np.arange(care.size)
    day = care.at(first.level).first(people, np.zeros_like(people))
    return np.where(day < NEVER, day.astype(float), np.inf)


def _ends(people: PersonDays, found: FollowedPlan) -> dict[str, int]:
    """Return what became of everybody's copy under a plan, as in `ends_of_grace_period`."""
    done, left = found.done[people.order], found.departed[people.order] >= 0
    whole = ~left & (people.event == 0) & (people.last_day == people.horizon)
    followed = done | whole
    before = ~followed & ~left
    counts = {"followed": followed, "departed": left}
    counts |= {
        name: before & (people.event == code)
        for name, code in (("relapse", 1), ("other_event", 2), ("lost", 0))
    }
    return {name: int(where.sum()) for name, where in counts.items()}


def _departures(name: str, found: FollowedPlan) -> pd.DataFrame:
    """Return how many departed by each clause, and from which to which day; no day where nobody did."""
    rows = []
    for number, clause in enumerate(found.clauses):
        day = found.departed[found.by == number].astype(float)
        first, last = (day.min(), day.max()) if len(day) else (np.nan, np.nan)
        rows.append(
            {"strategy": name, "reason": clause.reason, "people": len(day), "first": first, "last": last}
        )
    return pd.DataFrame(rows)


def check_plan_followed(name: str, ends: dict[str, int], departures: pd.DataFrame) -> None:
    """Raise where a plan cannot be compared.

    Raises
    ------
    EmptyArmError
        Nobody follows it to its end, or nobody departs from it; with the counts.
    """
    some = departures[departures["people"] > 0]
    why = ", ".join(f"{row.people:,} with {row.reason}" for row in some.itertuples())
    what = (
        f"of {sum(ends.values()):,} people, {ends['followed']:,} do all that it asks and "
        f"{ends['departed']:,} depart from it{f' ({why})' if why else ''}"
    )
    if not ends["followed"]:
        raise EmptyArmError(
            f"Nobody follows the strategy “{name}”: {what}. Change its steps, their `within`, or the "
            "levels of care."
        )
    if not ends["departed"]:
        raise EmptyArmError(
            f"Nobody can deviate from the strategy “{name}”: {what}. There is nothing to compare."
        )
