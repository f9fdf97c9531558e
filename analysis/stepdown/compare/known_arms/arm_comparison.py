"""Risks had everybody of a population been in one arm or another, the arms known on the first day."""

from dataclasses import dataclass, field
from typing import Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from stepdown.compare.adjustment_warning import AdjustmentWarning
from stepdown.compare.covariate_balance import covariate_balance
from stepdown.compare.grace_period.comparison_table import Rows, quantities
from stepdown.compare.grace_period.covariate_terms import covariate_terms
from stepdown.compare.grace_period.estimating_equations import RiskTarget
from stepdown.compare.grace_period.model_terms import LossColumns, sorted_history
from stepdown.compare.grace_period.nuisance_models import DayTerms
from stepdown.compare.grace_period.person_days import DayRows
from stepdown.compare.grace_period.person_influence import StrategyEstimate
from stepdown.compare.known_arms.arm_models import ArmProblem
from stepdown.compare.known_arms.arm_regressions import OutcomeModel
from stepdown.compare.known_arms.arm_terms import (
    Switch,
    arm_days,
    arm_loss_terms,
    arm_switch_terms,
)
from stepdown.compare.known_arms.entropy_balancing import WeightedBy
from stepdown.compare.known_arms.overlap import overlap
from stepdown.compare.known_arms.populations import Method, Population
from stepdown.compare.known_arms.propensity import Propensity
from stepdown.compare.refitting import Replicate
from stepdown.compare.weight_support import weight_support
from stepdown.errors import EmptyArmError, EstimateError
from stepdown.survival.core.sample import Bools, Floats, Ints, as_floats, check_level

CAP = 20.0


@dataclass(frozen=True, eq=False, kw_only=True)
class ArmComparison:
    """Estimates in each arm and their contrasts.

    Attributes
    ----------
    table : DataFrame
        One row per number, as of `CloneCensorWeight`; the first `estimator` is the method asked for.
    strategies : DataFrame
        One row per arm: people in it (`follow`), effective size, largest weight, largest share of one person
        in the weight of a day, share of people with a capped weight; on the first day the people who carry
        weight (`carried`), their effective size (`effective_first`) and largest share (`share_first`);
        `events` by the end of the window.
    balance : DataFrame
        Standardized differences of covariates before and after weighting (`covariate_balance`).
    influence : dict of array (n, targets)
        Influence of each person, in the order given, by arm.
    targets : tuple of RiskTarget
        Columns of `influence`.
    weight : array (n,)
        Weight g / p of each person, in the order given.
    population, method : str
        Whom the numbers are about, and how they were estimated.
    scores_missing : dict of float
        By instrument: of the days of decisions, the share without a score of the last week.
    cautions : tuple of AdjustmentWarning
        What the adjustment cannot do with these data.
    again : callable or None
        From how often each person counts (n,) to the estimates of the rows of `table` by the method asked
        for, every model fitted again; None where people cannot count several times, as in matching.
    rows : array of int or None
        Position among all discharges of each person given.
    overlap : DataFrame
        Of two arms with a propensity model (`overlap`); else empty.
    score_balance : DataFrame
        Of trials with scores, by the day of the trial, how alike the arms are in the scores of that day
        (`score_balance`); else empty.
    """

    table: pd.DataFrame
    strategies: pd.DataFrame
    balance: pd.DataFrame
    influence: dict[str, Floats]
    targets: tuple[RiskTarget, ...]
    weight: Floats
    population: Population
    method: Method | Literal["matching"]
    scores_missing: dict[str, float] = field(default_factory=dict)
    cautions: tuple[AdjustmentWarning, ...] = ()
    again: Replicate | None = field(default=None, repr=False)
    rows: Ints | None = None
    overlap: pd.DataFrame = field(default_factory=pd.DataFrame)
    score_balance: pd.DataFrame = field(default_factory=pd.DataFrame)

    def one(
        self, estimand: str, time: int, statistic: str = "difference", *, arm: str = "", estimator: str = ""
    ) -> pd.Series:
        """Return one row; the first estimator and the first arm where none is named."""
        rows = self.table
        rows = rows[rows["estimator"] == (estimator or rows["estimator"].iloc[0])]
        rows = rows[
            (rows["estimand"] == estimand) & (rows["time"] == time) & (rows["statistic"] == statistic)
        ]
        rows = rows[rows["strategy"] == arm] if arm else rows
        if rows.empty:
            raise LookupError(f"No {statistic} of {estimand} at {time} days was estimated.")
        return rows.iloc[0]


def compare_known_arms(
    days: ArrayLike,
    event: ArrayLike,
    arm: ArrayLike,
    covariates: pd.DataFrame,
    *,
    labels: tuple[str, ...],
    population: Population = "everyone",
    method: Method = "doubly_robust",
    outcome_model: OutcomeModel = "pooled_logistic",
    weighted_by: WeightedBy = "propensity",
    loss: LossColumns | None = None,
    switch: Switch | None = None,
    modifiers: Floats | None = None,
    cluster: ArrayLike | None = None,
    times: tuple[int, ...] = (30, 60, 90),
    window: tuple[int, int] | None = (30, 90),
    rmst: int | None = 90,
    cap: float = CAP,
    ridge: float = 1.0,
    leverage: float = 0.5,
    level: float = 0.95,
    person: Ints | None = None,
) -> ArmComparison:
    """Compare two arms or more that are known on day 0, adjusted for covariates.

    Parameters
    ----------
    days, event : array_like (n,)
        Last day at risk (whole days), and what happened on it: 0 none, 1 the event, 2 a competing event.
    arm : array_like of int (n,)
        Position in `labels`.
    covariates : DataFrame (n rows)
        Known on day 0: numbers and flags, or categories (text). No missing values.
    labels : tuple of str
        Names of the arms; the last is the reference.
    population : {"everyone", "treated", "overlap", "matched"}
        Whom the numbers are about (`populations`); the treated are the people of the first arm.
    method : {"weighting", "standardization", "doubly_robust"}
        Weights, outcome hazards, or both; both has the others beside it as checks.
    outcome_model : {"pooled_logistic", "cox", "fine_gray"}
        For standardization: discrete hazards of all arms in one model, or models of each arm
        (`arm_regressions`); Cox models of both events, or Fine-Gray models of their incidence.
    weighted_by : {"propensity", "entropy_balancing"}
        Whether weights are chances of the arms, or balance the covariates exactly (`entropy_balancing`).
    loss : LossColumns, optional
        What the model of loss depends on; by default the covariates.
    switch : Switch, optional
        Who left the arm on which day, and is followed up to it; weights undo that selection.
    modifiers : array (n, c), optional
        What the effect of the first arm depends on, of two arms, beside the days in it; standardized.
    cluster : array_like (n,), optional
        What belongs together, as clients with several discharges.
    times, window, rmst
        Days of the risks, window, and day of the restricted mean.
    cap : float
        Largest weight of the doubly robust estimator; infinity for none.
    ridge : float
        Multiple of the penalties of the covariates in the propensity model, and in Cox and Fine-Gray models;
        0 for maximum likelihood.
    leverage : float
        Strength of the correction of the standard error: 0 none, 1/2 about unbiased, 1 the jackknife.
    level : float
        Level of the intervals.
    person : array of int (n,), optional
        Whose row each is, where people have several; for what `strategies` counts on the first day.

    Returns
    -------
    ArmComparison

    Raises
    ------
    EstimateError
        Input that no rule covers, a method that the population does not allow, or a model without
        convergence.
    EmptyArmError
        An arm without people.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> rng = np.random.default_rng(1)
    >>> x, days = rng.normal(size=600), np.minimum(rng.geometric(0.006, 600), 90)
    >>> arm = (rng.random(600) < 1 / (1 + np.exp(-x))).astype(int)
    >>> found = compare_known_arms(days, days < 90, arm, pd.DataFrame({"x": x}), labels=("a", "b"),
    ...                            population="overlap", method="weighting")
    >>> found.balance["after"].abs().round(2).tolist()
    [0.01]
    """
    check_level(level)
    last, code, group = checked_arms(days, event, arm, labels)
    if switch is not None:
        last, code = switch.cut(last, code)
    refuse_pair(method, population)
    refuse_outcome_model(outcome_model, method, modified=modifiers is not None, switched=switch is not None)
    targets, reported = quantities(times, window, rmst)
    people = arm_days(last, code, group, horizon=max(target.day for target in targets), switch=switch)
    terms = covariate_terms(covariates, size=len(last)).sorted_as(people.order)
    owner = _owner(cluster, people.order)
    censoring: dict[str, tuple[DayTerms, DayRows]] = {}
    if people.losses.hit.any() and method != "standardization":
        given = terms if loss is None else covariate_terms(loss.covariates, size=len(last))
        history = () if loss is None else sorted_history(loss.history, people)
        given = given if loss is None else given.sorted_as(people.order)
        columns = arm_loss_terms(people, given, arms=len(labels), history=history)
        censoring["loss"] = columns, people.losses
    if switch is not None and switch.hit.any() and method != "standardization":
        censoring["switch"] = arm_switch_terms(people, terms), switch.rows(people.order, people.horizon)
    problem = ArmProblem(
        people=people,
        arm=group[people.order],
        labels=labels,
        terms=terms,
        targets=targets,
        owner=owner,
        population=population,
        method=method,
        outcome_model=outcome_model,
        weighted_by=weighted_by,
        cap=cap,
        ridge=ridge,
        leverage=leverage,
        censoring=censoring,
        modifiers=None if modifiers is None else modifiers[people.order],
    )
    setting = problem.fitted()
    back = np.argsort(people.order)
    happened = np.bincount(group[(code == 1) & (last <= people.horizon)], minlength=len(labels))
    none = frozenset(label for label, many in zip(labels, happened, strict=True) if not many)
    rows: dict[Method, Rows] = {}
    for name in problem.methods:
        fits = problem.estimates(setting, name)
        rows[name] = Rows(
            estimator="weighted" if name == "weighting" else name,
            fits=fits,
            influence={label: fit.influence[back] for label, fit in fits.items()},
            quantities=reported,
            cluster=None if owner is None else owner[back],
            level=level,
            without_events=none,
        )
    main, tables = rows[method], [one.table() for one in rows.values()]
    if method == "doubly_robust":
        tables += [main.point_only(tables[0], one) for one in ("g_formula", "uncapped")]
    weight = setting.weights.weight[back]
    by = setting.models.propensity
    table = pd.concat(tables, ignore_index=True)
    return ArmComparison(
        table=table,
        strategies=summary_of_arms(
            main.fits,
            group,
            people.horizon,
            weight=weight,
            events=code == 1,
            last=last,
            until=max(times) if window is None else window[1],
            person=person,
        ),
        balance=covariate_balance(
            covariates, group, weight, labels=labels, spread_of_first=population == "treated"
        ),
        influence=main.influence,
        targets=targets,
        weight=weight,
        population=population,
        method=method,
        overlap=overlap(by.chance[back, 0], group, labels)
        if isinstance(by, Propensity) and len(labels) == 2
        else pd.DataFrame(),
        again=problem.replicate(setting, main, len(table)),
    )


def refuse_pair(method: str, population: str) -> None:
    """Raise where a method cannot give a number about a population."""
    if method not in get_args(Method):
        raise EstimateError(f"method must be one of {', '.join(get_args(Method))}.")
    if population not in get_args(Population):
        raise EstimateError(f"population must be one of {', '.join(get_args(Population))}.")
    if population == "matched" and method != "weighting":
        raise EstimateError(
            'The population "matched" is defined by its weights alone. Use method = "weighting", or the '
            'population "overlap".'
        )


def refuse_outcome_model(model: str, method: str, *, modified: bool, switched: bool) -> None:
    """Raise where outcomes cannot be modeled as asked."""
    if model not in get_args(OutcomeModel):
        raise EstimateError(f"outcome_model must be one of {', '.join(get_args(OutcomeModel))}.")
    if model == "pooled_logistic":
        return
    if method != "standardization":
        raise EstimateError(
            f'outcome_model "{model}" is for method = "standardization". Weighting needs no outcome model, '
            "and the doubly robust estimator needs hazards by day."
        )
    if modified or switched:
        raise EstimateError(
            f'outcome_model "{model}" takes no modifiers and no switches: its models are of one arm, known '
            'on day 0. Use "pooled_logistic".'
        )


def checked_arms(
    days: ArrayLike, event: ArrayLike, arm: ArrayLike, labels: tuple[str, ...]
) -> tuple[Floats, Ints, Ints]:
    """Return days, events and arms as numbers; EstimateError where no rule covers them."""
    last, code, group = as_floats(days), as_floats(event), as_floats(arm)
    if not last.ndim == code.ndim == group.ndim == 1 or not 0 < len(last) == len(code) == len(group):
        raise EstimateError("days, event and arm need one value per person, and at least one.")
    if len(labels) < 2 or len(set(labels)) < len(labels):
        raise EstimateError("A comparison needs at least two arms, each with a label of its own.")
    for bad, what in (
        (~np.isfinite(last) | (last < 0) | (last % 1 != 0), "days is not a whole day from 0 up"),
        (~np.isin(code, (0, 1, 2)), "event is not 0, 1 or 2"),
        (~np.isin(group, range(len(labels))), f"arm is not one of the positions 0 to {len(labels) - 1}"),
        ((last == 0) & (code > 0), "an event on day 0, before follow-up begins"),
    ):
        if bad.any():
            raise EstimateError(
                f"{int(bad.sum()):,} of {len(bad):,} people: {what}. Correct or exclude them."
            )
    empty = [label for number, label in enumerate(labels) if not (group == number).any()]
    if empty:
        raise EmptyArmError(f"No one is in: {', '.join(empty)}. Nothing can be compared.")
    return last, code.astype(np.int64), group.astype(np.int64)


def _owner(cluster: ArrayLike | None, order: Ints) -> Ints | None:
    if cluster is None:
        return None
    code, labels = pd.factorize(np.asarray(cluster))
    if len(code) != len(order) or (code < 0).any():
        raise EstimateError(f"cluster needs {len(order):,} values, one per person, none missing.")
    return None if len(labels) == len(order) else code.astype(np.int64)[order]


def summary_of_arms(
    fits: dict[str, StrategyEstimate],
    arm: Ints,
    horizon: int,
    *,
    weight: Floats,
    events: Bools,
    last: Floats,
    until: int,
    person: Ints | None = None,
) -> pd.DataFrame:
    """Return one row per arm that describes its weights, and its events by the day `until`."""
    rows = []
    for number, (label, fit) in enumerate(fits.items()):
        mine = arm == number
        first = weight_support(weight[mine], None if person is None else person[mine])
        happened = mine & events & (last <= until)
        rows.append({
            "strategy": label,
            "follow": int(mine.sum()),
            "effective_size": fit.sums.effective_size(horizon),
            "largest_weight": fit.sums.largest,
            "largest_share": fit.sums.largest_share,
            "share_capped": fit.sums.capped,
            "carried": first.carried,
            "effective_first": first.effective_size,
            "share_first": first.largest_share,
            "events": int(happened.sum()) if person is None else len(np.unique(person[happened])),
        })  # fmt: skip
    return pd.DataFrame(rows)
