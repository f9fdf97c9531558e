"""Clone-censor-weight with a grace period: risks had everybody followed one strategy or another.

Everybody counts under every strategy that their course is compatible with so far, and is censored on
deviating; weights undo that selection. See `start_laws` for what "start within K days" means exactly,
`estimating_equations` for the estimators and `person_influence` for the intervals.

Hernán MA, Robins JM (2016), Am J Epidemiol 183:758-764; Cain LE et al. (2010), Int J Biostat 6(2):18.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeVar, get_args

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from stepdown.compare.adjustment_warning import AdjustmentWarning
from stepdown.compare.covariate_balance import covariate_balance
from stepdown.compare.freed_memory import keep_freed_memory
from stepdown.compare.grace_period.comparison_table import Rows, quantities
from stepdown.compare.grace_period.diagnostics import (
    events_on_plan,
    start_calibration,
    summary_of,
    warnings_of,
    without_events,
)
from stepdown.compare.grace_period.estimating_equations import (
    FittedHazards,
    RiskTarget,
    outcome_models,
)
from stepdown.compare.grace_period.model_terms import (
    AdjustmentColumns,
    LossColumns,
    adjustment_columns,
    event_terms,
    loss_terms,
    start_terms,
)
from stepdown.compare.grace_period.nuisance_models import DayModel, DayTerms, fit_day_model
from stepdown.compare.grace_period.person_days import DayRows, PersonDays, person_days
from stepdown.compare.grace_period.person_influence import Setting, StrategyEstimate, estimated
from stepdown.compare.grace_period.score_periods import ScoredHazards, score_periods, scored_event_terms
from stepdown.compare.grace_period.score_regressions import estimated_with_scores
from stepdown.compare.grace_period.start_laws import START_LAWS, StartLaw
from stepdown.compare.grace_period.start_weights import DecisionsByBlock, StartModels
from stepdown.compare.grace_period.strategies import (
    StartStrategy,
    check_followed,
    check_strategies,
    default_strategies,
    deviation_days,
    ends_of_grace_period,
)
from stepdown.compare.refitting import Again, Replicate
from stepdown.compare.score_balance import decided_balance
from stepdown.errors import EstimateError
from stepdown.survival.core.sample import Floats, Ints, check_level

Values = TypeVar("Values", Floats, Ints)
Estimator = Literal["doubly_robust", "weighted"]
CAP = 20.0


@dataclass(frozen=True, eq=False, kw_only=True)
class CloneCensorWeight:
    """Estimates under each strategy and their contrasts.

    Attributes
    ----------
    table : DataFrame
        One row per number: `estimator` (doubly_robust; weighted, the weighted Aalen-Johansen estimate;
        g_formula, from the hazards alone; uncapped, without a cap on the start weights), `estimand` (risk,
        window_risk, rmst), `time`, `window_start`, `strategy`, `reference`, `statistic` (estimate,
        difference, ratio), `estimate`, `std_error`, `conf_low`, `conf_high`, `degrees_of_freedom`,
        `effective_size`, `note` (why there is no interval).
    strategies : DataFrame
        One row per strategy: last day of its grace period; people, and what became of them by then (as in
        `ends_of_grace_period`); effective size and largest weight, largest share of one person in the weight
        of a day, share of people with a capped weight, range of omega; on the day after the grace period the
        people who carry weight (`carried`), their effective size (`effective_first`) and largest share
        (`share_first`); `events` by the end of the window of those who follow it so far.
    balance : DataFrame
        Standardized differences of the covariates, from the last strategy, among those who follow each
        strategy and are at risk on the day after its grace period: before and after weighting.
    deviation : DataFrame
        For each strategy the day on which each person, in the order given, deviates; -1 for never.
    influence : dict of array (n, targets)
        Influence of each person, in the order given, on the risks and the restricted mean by strategy.
    targets : tuple of RiskTarget
        Columns of `influence`.
    law : str
        Start law.
    warnings : tuple of str
        What to look at before using the numbers.
    scores_missing : dict of float
        By instrument: of the days of decisions, the share without a score of the last week.
    cautions : tuple of AdjustmentWarning
        What the adjustment cannot do with these data.
    again : callable or None
        From how often each person counts (n,) to the estimates of the rows of `table` by the estimator asked
        for, every model fitted again; None for plans of several steps.
    departures : DataFrame
        Of plans with several ways to depart: by `strategy` and `reason`, the `people` who do, and the `first`
        and `last` day on which they do.
    rows : array of int or None
        Position among all discharges of each person given.
    start_calibration : DataFrame
        By `day` of the longest grace period: `decisions` about starting care, `started`, `expected` starts by
        the model of the start, and their `variance`. Empty for plans of several steps.
    score_balance : DataFrame
        By day of the longest grace period, how alike those who start care are to those who do not in the
        columns of the history (`score_balance`); empty without one. Of plans of several steps for each
        `decision` of a `plan`.
    """

    table: pd.DataFrame
    strategies: pd.DataFrame
    balance: pd.DataFrame
    deviation: pd.DataFrame
    influence: dict[str, Floats]
    targets: tuple[RiskTarget, ...]
    law: StartLaw
    warnings: tuple[str, ...]
    scores_missing: dict[str, float] = field(default_factory=dict)
    cautions: tuple[AdjustmentWarning, ...] = ()
    again: Replicate | None = field(default=None, repr=False)
    departures: pd.DataFrame = field(default_factory=pd.DataFrame)
    rows: Ints | None = None
    start_calibration: pd.DataFrame = field(default_factory=pd.DataFrame)
    score_balance: pd.DataFrame = field(default_factory=pd.DataFrame)

    def one(
        self,
        estimand: str,
        time: int,
        statistic: str = "difference",
        *,
        strategy: str = "",
        estimator: str = "",
    ) -> pd.Series:
        """Return one row; the first estimator and the first strategy where none is named."""
        rows = self.table
        rows = rows[rows["estimator"] == (estimator or rows["estimator"].iloc[0])]
        rows = rows[
            (rows["estimand"] == estimand) & (rows["time"] == time) & (rows["statistic"] == statistic)
        ]
        if strategy:
            rows = rows[rows["strategy"] == strategy]
        if rows.empty:
            raise LookupError(f"No {statistic} of {estimand} at {time} days was estimated.")
        return rows.iloc[0]


@dataclass(frozen=True, eq=False, kw_only=True)
class _Request:
    targets: tuple[RiskTarget, ...]
    law: StartLaw
    estimator: Estimator
    cap: float
    leverage: float


def clone_censor_weight(
    days: ArrayLike,
    event: ArrayLike,
    start: ArrayLike,
    covariates: pd.DataFrame,
    *,
    history: ArrayLike | None = None,
    loss: LossColumns | None = None,
    leave_out: Sequence[str] = (),
    cluster: ArrayLike | None = None,
    grace: int = 14,
    strategies: tuple[StartStrategy, ...] | None = None,
    law: StartLaw = "as_observed",
    estimator: Estimator = "doubly_robust",
    times: tuple[int, ...] = (30, 60, 90),
    window: tuple[int, int] | None = (30, 90),
    rmst: int | None = 90,
    cap: float = CAP,
    leverage: float = 0.5,
    level: float = 0.95,
) -> CloneCensorWeight:
    """Compare strategies for starting care within a grace period, for everybody.

    Parameters
    ----------
    days, event, start : array_like (n,)
        Last day at risk, what happened on it (0 none, 1 the event, 2 a competing event), and day of the first
        session of care (missing or infinite for none); whole days since discharge.
    covariates : DataFrame (n rows)
        Known at discharge, and driving both start and event: numbers and flags, or categories (text). No
        missing values.
    history : array_like (n, days, columns), optional
        Scores by day, known before the start decision of that day, latest value carried forward. They enter
        the models of start and loss, and the hazards as known at the start of each week of the grace period.
    loss : LossColumns, optional
        What the model of loss depends on; by default covariates and history.
    leave_out : sequence of str
        Covariates that stay out of the model of the start, such as the day of an appointment.
    cluster : array_like (n,), optional
        Client, where one has several discharges; or site.
    grace : int
        Last day of the grace period.
    strategies : tuple of StartStrategy, optional
        The last is the reference; by default to start within the grace period, and not to.
    law : {"as_observed", "uniform", "natural"}
        Start law.
    estimator : {"doubly_robust", "weighted"}
        Doubly robust adds weighted and g-formula estimates as checks.
    times : tuple of int
        Days at which the risk is estimated.
    window : tuple of int, optional
        Days a < b: the risk from day a + 1 to day b, F(b) - F(a).
    rmst : int, optional
        Day up to which mean event-free days are counted.
    cap : float
        Largest start factor of the doubly robust estimator; infinity for none.
    leverage : float
        Strength of the correction of the standard error: 0 none, 1/2 about unbiased, 1 the jackknife.
    level : float
        Level of the intervals, from Student's t. None is given where the effective size is below 70, the
        degrees of freedom below 30 or the clusters below 6.

    Returns
    -------
    CloneCensorWeight

    Raises
    ------
    EstimateError
        Input that no rule covers.
    EmptyArmError
        A strategy that nobody follows or nobody can deviate from.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> from stepdown.compare import clone_censor_weight
    >>> rng = np.random.default_rng(1)
    >>> start = np.where(rng.random(600) < 0.5, rng.integers(0, 30, 600), np.nan)
    >>> days = np.minimum(rng.geometric(0.006, 600), 90)
    >>> found = clone_censor_weight(days, days < 90, start, pd.DataFrame({"age": rng.normal(40, 9, 600)}))
    >>> sorted(set(found.table["statistic"]))
    ['difference', 'estimate', 'ratio']
    """
    check_level(level)
    keep_freed_memory()
    chosen = default_strategies(grace) if strategies is None else strategies
    check_strategies(chosen)
    _check(law, estimator, times, window, rmst, cap, leverage)
    targets, reported = quantities(times, window, rmst)
    horizon = max(target.day for target in targets)
    owner = cluster_codes(cluster, len(np.asarray(days)))
    request = _Request(targets=targets, law=law, estimator=estimator, cap=cap, leverage=leverage)
    found: dict[str, dict[str, StrategyEstimate]] = {}
    order: dict[str, Ints] = {}
    deviation: dict[str, Ints] = {}
    ends: dict[str, dict[str, int]] = {}
    problems: list[tuple[_Problem, dict[str, Floats]]] = []
    calibration, by_day = pd.DataFrame(), pd.DataFrame()
    for within in sorted({strategy.within for strategy in chosen}):
        people = person_days(days, event, start, grace=within, horizon=horizon)
        given = adjustment_columns(covariates, leave_out, history, people, loss=loss)
        same = tuple(strategy for strategy in chosen if strategy.within == within)
        for strategy in same:
            check_followed(people, strategy)
            ends[strategy.name] = ends_of_grace_period(people, strategy)
            order[strategy.name], deviation[strategy.name] = people.order, deviation_days(people, strategy)
        problem = _Problem(people=people, given=given, strategies=same, request=request, owner=owner)
        fits_of, begins, calibration, by_day = problem.estimates()
        problems.append((problem, begins))
        for name, fits in fits_of.items():
            found.setdefault(name, {}).update(fits)
    constant = tuple(str(name) for name in covariates if covariates[name].nunique(dropna=False) == 1)
    last, code = np.asarray(days, dtype=float), np.asarray(event, dtype=float)
    none = without_events(last, code, deviation, until=max(target.day for target in targets))
    by_estimator = []
    for name, fits in found.items():
        ordered = {strategy.name: fits[strategy.name] for strategy in chosen}
        influence = {key: in_given_order(fit.influence, order[key]) for key, fit in ordered.items()}
        by_estimator.append(
            Rows(
                estimator=name,
                fits=ordered,
                influence=influence,
                quantities=reported,
                cluster=owner,
                level=level,
                without_events=none,
            )
        )
    tables = [rows.table() for rows in by_estimator]
    main = by_estimator[0]
    if estimator == "doubly_robust":
        tables += [main.point_only(tables[0], one) for one in ("g_formula", "uncapped")]
    table = pd.concat(tables, ignore_index=True)
    counted = events_on_plan(last, code, deviation, until=max(times) if window is None else window[1])
    summary = summary_of(main.fits, ends, {one.name: one.within for one in chosen}, horizon, counted)
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
        again=_replicate(problems, main, len(table)),
        start_calibration=calibration,
        score_balance=by_day,
    )


def _check(
    law: str,
    estimator: str,
    times: tuple[int, ...],
    window: tuple[int, int] | None,
    rmst: int | None,
    cap: float,
    leverage: float,
) -> None:
    if law not in START_LAWS:
        raise EstimateError(f"law must be one of {', '.join(START_LAWS)}.")
    if estimator not in get_args(Estimator):
        raise EstimateError(f"estimator must be one of {', '.join(get_args(Estimator))}.")
    days = [*times, *(day for day in window or () if day), *([] if rmst is None else [rmst])]
    if not days or any(day < 1 or day != int(day) for day in days):
        raise EstimateError("times, window and rmst need whole days from 1 up, and at least one of them.")
    if window is not None and window[0] >= window[1]:
        raise EstimateError("window needs an earlier and a later day.")
    if not (cap >= 1 and 0 <= leverage <= 1):
        raise EstimateError("cap must be at least 1, and leverage from 0 to 1.")


@dataclass(frozen=True, eq=False, kw_only=True)
class _Problem:
    """What is fitted for the strategies of one grace period; `owner` in the caller's order."""

    people: PersonDays
    given: AdjustmentColumns
    strategies: tuple[StartStrategy, ...]
    request: _Request
    owner: Ints | None

    def estimates(
        self, again: Again | None = None
    ) -> tuple[dict[str, dict[str, StrategyEstimate]], dict[str, Floats], pd.DataFrame, pd.DataFrame]:
        """Fit the models and estimate the strategies, by estimator.

        Also return the parameters of the models, the calibration of that of the start, and the balance of
        scores by day. Of the people of a replicate the estimator asked for alone, without any influence.
        """
        people, given, request = self.people, self.given, self.request
        owner = None if self.owner is None else self.owner[people.order]
        models: dict[str, DayModel] = {}

        def fit(terms: DayTerms, rows: DayRows, name: str) -> DayModel:
            models[name] = fit_day_model(terms, rows, people.blocks, owner=owner, name=name, again=again)
            return models[name]

        law = start = fit(start_terms(people, given, history=True), people.decisions, "starting care")
        if given.history:
            law = fit(start_terms(people, given, history=False), people.decisions, "the start law")
        loss = None
        if people.losses.hit.any():
            loss = fit(loss_terms(people, given), people.losses, "loss to follow-up")
        fitted = StartModels(start=start, law=law, loss=loss)
        made = DecisionsByBlock(people, fitted)
        outcomes: dict[str, FittedHazards | None] = {}
        if request.estimator == "doubly_robust":
            outcomes["doubly_robust"] = self._hazards(fit)
        if again is None or request.estimator == "weighted":
            outcomes["weighted"] = None
        found = {
            name: {
                strategy.name: estimate(
                    Setting(
                        people=people,
                        models=fitted,
                        decisions=made,
                        outcome=outcome,
                        strategy=strategy,
                        targets=request.targets,
                        law=request.law,
                        cap=request.cap if outcome is not None else np.inf,
                        leverage=request.leverage,
                        owner=owner,
                        many=None if again is None else again.many,
                    )
                )
                for strategy in self.strategies
            }
            for name, outcome in outcomes.items()
        }
        calibration = by_day = pd.DataFrame()
        if again is None:
            calibration = start_calibration(made)
            by_day = decided_balance(people, made, given.history) if given.history else by_day
        return found, {name: model.theta for name, model in models.items()}, calibration, by_day

    def _hazards(self, fit: Callable[[DayTerms, DayRows, str], DayModel]) -> FittedHazards:
        """Fit the hazards of the event and of competing events, given scores where they change."""
        people, given = self.people, self.given
        causes = ((1, "the event"), (2, "competing events"))
        periods = score_periods(people, given.history)
        if len(periods.first) == 1:
            plain = (
                fit(event_terms(people, given, cause=cause), people.at_risk(cause), name)
                for cause, name in causes
            )
            return outcome_models(*plain)
        scored = [scored_event_terms(people, given, periods, cause=cause) for cause, _ in causes]
        fits = [
            fit(terms, people.at_risk(cause), name)
            for (terms, _), (cause, name) in zip(scored, causes, strict=True)
        ]
        return ScoredHazards(
            event=fits[0], competing=fits[1], periods=periods, shapes=(scored[0][1], scored[1][1])
        )


def estimate(setting: Setting) -> StrategyEstimate:
    """Return the estimates of a strategy, with sequential regressions where scores change."""
    if isinstance(setting.outcome, ScoredHazards):
        return estimated_with_scores(setting, setting.outcome)
    return estimated(setting)


def _replicate(problems: list[tuple[_Problem, dict[str, Floats]]], main: Rows, size: int) -> Replicate:
    """Return what fits all models again, and gives the estimates of the first rows of a table of `size`."""

    def estimates(many: Floats) -> Floats:
        targets: dict[str, Floats] = {}
        for problem, begins in problems:
            found, *_ = problem.estimates(Again(many=many[problem.people.order], begins=begins))
            targets |= {name: fit.estimate for name, fit in found[main.estimator].items()}
        return main.alone({name: targets[name] for name in main.fits}, size)

    return estimates


def balance_of_followers(covariates: pd.DataFrame, weights: dict[str, Floats]) -> pd.DataFrame:
    """Return the balance of those who have a weight under each strategy; some have one under several."""
    followed = [np.flatnonzero(weight > 0) for weight in weights.values()]
    return covariate_balance(
        covariates.iloc[np.concatenate(followed)],
        np.repeat(np.arange(len(followed)), [len(rows) for rows in followed]),
        np.concatenate([weight[rows] for weight, rows in zip(weights.values(), followed, strict=True)]),
        labels=tuple(weights),
    )


def cluster_codes(cluster: ArrayLike | None, size: int) -> Ints | None:
    """Return the number of each person's cluster; None where each person is one."""
    if cluster is None:
        return None
    code, labels = pd.factorize(np.asarray(cluster))
    if len(code) != size or (code < 0).any():
        raise EstimateError(f"cluster needs {size:,} values, one per person, none missing.")
    return None if len(labels) == size else code.astype(np.int64)


def in_given_order(values: Values, order: Ints) -> Values:
    """Return values sorted as the person-days in the caller's order."""
    found = np.empty_like(values)
    found[order] = values
    return found
