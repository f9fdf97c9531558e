"""One cohort compared in six ways, from the simple comparison to clone-censor-weight."""

from collections.abc import Callable, Collection
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from stepdown.compare.grace_period.comparison import Estimator, clone_censor_weight
from stepdown.compare.grace_period.covariate_terms import covariate_terms
from stepdown.compare.grace_period.model_terms import LossColumns
from stepdown.compare.grace_period.start_laws import StartLaw
from stepdown.compare.grace_period.strategies import StartStrategy
from stepdown.compare.known_arms import compare_known_arms
from stepdown.compare.sequential_trials import compare_sequential_trials
from stepdown.compare.simple_comparison.effect_off import RELAPSE, RIDGE, ClientCourses
from stepdown.errors import EmptyArmError, EstimateError
from stepdown.survival import Estimands, aalen_johansen, contrast, cox, kaplan_meier, risk
from stepdown.survival.core.sample import Floats, Ints

WAYS = (
    "naive", "naive_adjusted", "landmark", "time_varying", "sequential_trials", "clone_censor_weight",
)  # fmt: skip
"""From the comparison that misleads most to the recommended one."""
LABELS = ("started", "not started")
COLUMNS = ("way", "estimand", "statistic", "estimate", "std_error", "conf_low", "conf_high", "note")


@dataclass(frozen=True, eq=False, kw_only=True)
class WaysToCompare:
    """What every way of comparing a course shares.

    Attributes
    ----------
    covariates : DataFrame (n rows)
        Known at discharge, without missing values.
    grace : int
        Last day by which the plan asks for care, and the landmark.
    day : int
        Day of the risks.
    every : int
        Days between sequential trials.
    law : str
        Start law of clone-censor-weight.
    estimator : {"doubly_robust", "weighted"}
        Of clone-censor-weight.
    history : array or None
        Scores by day, for the estimators that use them.
    loss : LossColumns or None
        What the model of loss depends on; by default the covariates.
    cluster : array_like or None
        What belongs together.
    """

    covariates: pd.DataFrame
    grace: int
    day: int
    every: int = 1
    law: StartLaw = "as_observed"
    estimator: Estimator = "doubly_robust"
    history: Floats | None = None
    loss: LossColumns | None = None
    cluster: ArrayLike | None = None


def compared_ways(
    course: ClientCourses, given: WaysToCompare, *, ways: Collection[str] = WAYS
) -> pd.DataFrame:
    """Compare those who start care with those who do not, in several ways.

    Parameters
    ----------
    course : ClientCourses
        What happened to n clients.
    given : WaysToCompare
        Covariates and days.
    ways : collection of str
        Which of `WAYS`.

    Returns
    -------
    DataFrame
        `way`, `estimand` (risk by `day`; hazard_ratio for time since the start of care), `statistic` (ratio,
        difference), `estimate`, `std_error`, `conf_low`, `conf_high`, `note`. A way that these data do not
        allow has a row without numbers, and the reason in `note`.
    """
    every: dict[str, Callable[[ClientCourses, WaysToCompare], pd.DataFrame]] = {
        "naive": lambda course, given: naive(course, day=given.day, cluster=given.cluster),
        "naive_adjusted": _naive_adjusted,
        "landmark": _landmark,
        "time_varying": _time_varying,
        "sequential_trials": _trials,
        "clone_censor_weight": _clones,
    }
    parts = []
    for way, compared in every.items():
        if way not in ways:
            continue
        try:
            rows = compared(course, given)
        except (EstimateError, EmptyArmError) as error:
            rows = pd.DataFrame([{"estimand": "risk", "statistic": "ratio", "note": str(error)}])
        parts.append(rows.assign(way=way).reindex(columns=list(COLUMNS)))
    return pd.concat(parts, ignore_index=True)


def naive(course: ClientCourses, *, day: int, cluster: ArrayLike | None = None) -> pd.DataFrame:
    """Compare those who ever start care with those who never do, from discharge, unadjusted.

    It is wrong: nobody can start after a relapse, so that those who start had to stay free of it until then.

    Parameters
    ----------
    course : ClientCourses
        What happened to n clients.
    day : int
        Day of the risk.
    cluster : array_like, optional
        What belongs together.

    Raises
    ------
    EmptyArmError
        Everybody starts care, or nobody.
    """
    table = contrast(
        naive_risks(course, day=day, cluster=cluster), reference=LABELS[1], measures=["difference", "ratio"]
    ).table
    if "cause" in table:
        table = table[table["cause"].astype(str) == str(RELAPSE)]
    found: pd.DataFrame = table.assign(estimand="risk", statistic=table["contrast"])
    return found


def naive_risks(course: ClientCourses, *, day: int, cluster: ArrayLike | None = None) -> Estimands:
    """Return the risk by a day of those who ever start care and of those who never do; see `naive`.

    Parameters
    ----------
    course, day, cluster
        As for `naive`.

    Raises
    ------
    EmptyArmError
        Everybody starts care, or nobody.
    """
    ever = course.ever
    if ever.all() or not ever.any():
        raise EmptyArmError("Nobody starts care." if not ever.any() else "Everybody starts care.")
    named = np.where(ever, *LABELS)
    curves = aalen_johansen if (course.event > RELAPSE).any() else kaplan_meier
    return risk(curves(course.days, course.event, named, cluster=cluster), day)


def _of_risks(table: pd.DataFrame, day: int) -> pd.DataFrame:
    mine = (table["estimand"] == "risk") & (table["time"] == day)
    mine &= (table["estimator"] == table["estimator"].iloc[0]) & table["statistic"].isin(
        ["ratio", "difference"]
    )
    found: pd.DataFrame = table[mine]
    return found


def _naive_adjusted(course: ClientCourses, given: WaysToCompare) -> pd.DataFrame:
    arm = np.where(course.ever, 0, 1)
    found = compare_known_arms(
        course.days, course.event, arm, given.covariates, labels=LABELS, loss=given.loss,
        cluster=given.cluster, times=(given.day,), window=None, rmst=None,
    )  # fmt: skip
    return _of_risks(found.table, given.day)


def _landmark(course: ClientCourses, given: WaysToCompare) -> pd.DataFrame:
    kept = np.flatnonzero(course.days > given.grace)
    arm = np.where(course.started[kept] <= given.grace, 0, 1)
    columns = given.covariates.iloc[kept].reset_index(drop=True)
    if given.history is not None:
        latest = given.history[kept, given.grace + 1]
        names = [f"score {number}" for number in range(latest.shape[1])]
        columns = pd.concat([columns, pd.DataFrame(latest, columns=names)], axis=1)
    found = compare_known_arms(
        course.days[kept] - given.grace, course.event[kept], arm, columns, labels=LABELS,
        cluster=_of(given.cluster, kept), times=(given.day - given.grace,), window=None, rmst=None,
    )  # fmt: skip
    return _of_risks(found.table, given.day - given.grace)


def _of(cluster: ArrayLike | None, rows: Ints) -> ArrayLike | None:
    return None if cluster is None else np.asarray(cluster)[rows]


def _time_varying(course: ClientCourses, given: WaysToCompare) -> pd.DataFrame:
    """Compare days since the start of care with days before it, up to the day of the risks."""
    days = np.minimum(course.days, float(given.day))
    event = (course.event == RELAPSE) & (course.days <= given.day)
    split = (course.started > 0) & (course.started < days)
    late = np.flatnonzero(split)
    person = np.r_[np.arange(len(days)), late]
    entry = np.r_[np.zeros(len(days)), course.started[late]]
    until = np.r_[np.where(split, course.started, days), days[late]]
    hit = np.r_[event & ~split, event[late]]
    inside = np.r_[course.started <= 0, np.ones(len(late), dtype=bool)].astype(float)
    terms = covariate_terms(given.covariates, size=len(days))
    columns = np.column_stack([inside, (terms.values / np.sqrt(terms.penalty))[person]])
    owner = np.arange(len(days)) if given.cluster is None else pd.factorize(np.asarray(given.cluster))[0]
    fit = cox(until, hit, columns, entry=entry, cluster=owner[person], ridge=RIDGE)
    one = fit.summary.iloc[0]
    row = {"estimate": one["hazard_ratio"], "std_error": one["hazard_ratio"] * one["std_error"], "note": ""}
    row |= {name: np.exp(one[name]) for name in ("conf_low", "conf_high")}
    return pd.DataFrame([row]).assign(estimand="hazard_ratio", statistic="ratio")


def _trials(course: ClientCourses, given: WaysToCompare) -> pd.DataFrame:
    found = compare_sequential_trials(
        course.days, course.event, course.started, given.covariates, labels=LABELS, adherence="per_protocol",
        every=given.every, until=given.grace, history=given.history, cluster=given.cluster,
        times=(given.day,), window=None, rmst=None,
    )  # fmt: skip
    return _of_risks(found.table, given.day)


def _clones(course: ClientCourses, given: WaysToCompare) -> pd.DataFrame:
    plans = (
        StartStrategy(name=LABELS[0], kind="start", within=given.grace),
        StartStrategy(name=LABELS[1], kind="no_start", within=given.grace),
    )
    found = clone_censor_weight(
        course.days, course.event, course.started, given.covariates, history=given.history, loss=given.loss,
        strategies=plans, law=given.law, estimator=given.estimator, cluster=given.cluster, times=(given.day,),
        window=None, rmst=None,
    )  # fmt: skip
    return _of_risks(found.table, given.day)
