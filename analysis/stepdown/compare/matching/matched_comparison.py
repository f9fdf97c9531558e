"""Risks of the people of one arm and of those of the other whom they are matched with."""

from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from stepdown.compare.covariate_balance import covariate_balance
from stepdown.compare.grace_period.comparison_table import Rows, quantities
from stepdown.compare.grace_period.covariate_terms import covariate_terms
from stepdown.compare.grace_period.model_terms import LossColumns, sorted_history
from stepdown.compare.grace_period.nuisance_models import DayModel, fit_day_model
from stepdown.compare.known_arms.arm_comparison import ArmComparison, checked_arms, summary_of_arms
from stepdown.compare.known_arms.arm_estimates import ArmModels, ArmSetting, estimate_arm
from stepdown.compare.known_arms.arm_terms import arm_days, arm_event_terms, arm_loss_terms
from stepdown.compare.known_arms.populations import PopulationWeights
from stepdown.compare.known_arms.propensity import fit_propensity
from stepdown.compare.matching.matched_sets import matched_sets
from stepdown.errors import EmptyArmError, EstimateError
from stepdown.survival.core.sample import Floats, Ints, check_level


def compare_matched(
    days: ArrayLike,
    event: ArrayLike,
    arm: ArrayLike,
    covariates: pd.DataFrame,
    *,
    labels: tuple[str, ...],
    ratio: int = 1,
    caliper: float | None = 0.2,
    exact: pd.DataFrame | None = None,
    hazards: bool = True,
    loss: LossColumns | None = None,
    cluster: ArrayLike | None = None,
    times: tuple[int, ...] = (30, 60, 90),
    window: tuple[int, int] | None = (30, 90),
    rmst: int | None = 90,
    ridge: float = 1.0,
    level: float = 0.95,
) -> ArmComparison:
    """Match each person of the first arm with others on the logit of the propensity, and compare them.

    Parameters
    ----------
    days, event, arm, covariates, labels, loss, cluster, times, window, rmst, ridge, level
        As for `compare_known_arms`, with two arms.
    ratio : int
        Matches of each person; where fewer are found, each of them counts for more.
    caliper : float or None
        Largest distance, in standard deviations of the logit; None for no limit.
    exact : DataFrame (n rows), optional
        Columns in which matches must agree.
    hazards : bool
        Whether outcome hazards, fitted to the people matched, make up for what differs within matched sets;
        the estimate from the matches alone is then reported too, as a check (`weighted`).

    Returns
    -------
    ArmComparison
        `weight` is 1 in the first arm and 1 over the number of matches in the other, 0 for those not matched;
        `strategies` counts those of the first arm without a match (`unmatched`).

    Raises
    ------
    EstimateError
        Input that no rule covers, or more than two arms.
    EmptyArmError
        Nobody has a match.
    """
    check_level(level)
    if len(labels) != 2:
        raise EstimateError(
            f"Matching compares two arms, and {len(labels)} are given. Compare two, or use weighting."
        )
    if ratio < 1 or (caliper is not None and not caliper > 0):
        raise EstimateError("ratio must be at least 1, and caliper above 0.")
    last, code, group = checked_arms(days, event, arm, labels)
    terms = covariate_terms(covariates, size=len(last))
    chance = fit_propensity(group, terms.values, terms.penalty * ridge, arms=2).chance
    logit = np.log(chance[:, 0]) - np.log(chance[:, 1])
    limit = np.inf if caliper is None else caliper * float(logit.std(ddof=1))
    sets = matched_sets(logit, group == 0, ratio=ratio, caliper=limit, exact=_codes(exact))
    weight, pair = _weights(sets, group)
    if not (weight > 0).any():
        raise EmptyArmError(
            f"None of {len(sets):,} people with “{labels[0]}” has a match within the caliper. Widen the "
            f"caliper, or "
            "match exactly on fewer columns."
        )
    kept = np.flatnonzero(weight > 0)
    found = _compared(
        last[kept], code[kept], group[kept], weight[kept], covariates.iloc[kept], labels, hazards=hazards,
        loss=None if loss is None else _of(loss, kept), window=window, times=times, rmst=rmst, level=level,
        pair=pair[kept], cluster=None if cluster is None else pd.factorize(np.asarray(cluster)[kept])[0],
    )  # fmt: skip
    influence = {}
    for label, values in found.influence.items():
        influence[label] = np.zeros((len(last), values.shape[1]))
        influence[label][kept] = values
    unmatched = [int((sets < 0).all(axis=1).sum()), int(((group == 1) & (weight == 0)).sum())]
    return replace(
        found,
        strategies=found.strategies.assign(unmatched=unmatched),
        balance=covariate_balance(covariates, group, weight, labels=labels, spread_of_first=True),
        influence=influence,
        weight=weight,
    )


def _codes(exact: pd.DataFrame | None) -> Ints | None:
    if exact is None or exact.shape[1] == 0:
        return None
    return np.asarray(exact.astype(str).groupby(list(exact), sort=False).ngroup(), dtype=np.int64)


def _weights(sets: Ints, group: Ints) -> tuple[Floats, Ints]:
    """Return the weight of each person and the set that each is in; -1 for none."""
    weight, pair = np.zeros(len(group)), np.full(len(group), -1, dtype=np.int64)
    many = (sets >= 0).sum(axis=1)
    mine = np.flatnonzero(group == 0)[many > 0]
    weight[mine], pair[mine] = 1.0, np.arange(len(mine))
    row, column = np.nonzero(sets >= 0)
    other = sets[row, column]
    weight[other] = 1 / many[row]
    place = np.cumsum(many > 0) - 1
    pair[other] = place[row]
    return weight, pair


def _of(loss: LossColumns, kept: Ints) -> LossColumns:
    history = None if loss.history is None else loss.history[kept]
    return LossColumns(covariates=loss.covariates.iloc[kept], history=history)


def _compared(
    last: Floats,
    code: Ints,
    group: Ints,
    weight: Floats,
    covariates: pd.DataFrame,
    labels: tuple[str, ...],
    *,
    hazards: bool,
    loss: LossColumns | None,
    pair: Ints,
    cluster: Ints | None,
    times: tuple[int, ...],
    window: tuple[int, int] | None,
    rmst: int | None,
    level: float,
) -> ArmComparison:
    """Estimate the risks of the matched by weighted curves and hazards; intervals by pair and by client."""
    targets, reported = quantities(times, window, rmst)
    people = arm_days(last, code, group, horizon=max(target.day for target in targets))
    lost_by = LossColumns(covariates=covariates) if loss is None else loss
    censoring: dict[str, DayModel] = {}
    if people.losses.hit.any():
        terms = covariate_terms(lost_by.covariates, size=len(last)).sorted_as(people.order)
        history = sorted_history(lost_by.history, people)
        censoring["loss"] = fit_day_model(
            arm_loss_terms(people, terms, arms=2, history=history),
            people.losses,
            people.blocks,
            name="loss to follow-up",
        )
    ordered, none = weight[people.order], np.zeros((len(last), 1))
    treated = (group[people.order] == 0).astype(float)
    alone = ArmSetting(
        people=people,
        arm=group[people.order],
        models=ArmModels(propensity=None, censoring=censoring, event=None, competing=None),
        weights=PopulationWeights(weight=ordered, weight_slope=none, tilt=treated, tilt_slope=none),
        targets=targets,
        method="weighting",
        cap=np.inf,
        leverage=0.5,
        owner=None,
    )
    settings = {"matching": alone}
    if hazards:
        terms = covariate_terms(covariates, size=len(last)).sorted_as(people.order)
        event, competing = (
            fit_day_model(
                arm_event_terms(people, terms, cause=cause, arms=2), people.at_risk(cause), people.blocks,
                name="the event" if cause == 1 else "competing events",
            )
            for cause in (1, 2)
        )  # fmt: skip
        both = replace(alone.models, event=event, competing=competing)
        settings = {"matching": replace(alone, models=both, method="doubly_robust"), "weighted": alone}
    happened = np.bincount(
        group[(code == 1) & (last <= people.horizon) & (weight > 0)], minlength=len(labels)
    )
    quiet = frozenset(label for label, many in zip(labels, happened, strict=True) if not many)
    back, tables, main = np.argsort(people.order), [], None
    for name, setting in settings.items():
        fits = {label: estimate_arm(setting, number) for number, label in enumerate(labels)}
        rows = Rows(
            estimator=name,
            fits=fits,
            influence={label: fit.influence[back] for label, fit in fits.items()},
            quantities=reported,
            cluster=pair,
            also=cluster,
            level=level,
            without_events=quiet,
        )
        main = main or rows
        tables.append(rows.table())
    assert main is not None
    return ArmComparison(
        table=pd.concat(tables, ignore_index=True),
        strategies=summary_of_arms(
            main.fits,
            group,
            people.horizon,
            weight=weight,
            events=code == 1,
            last=last,
            until=max(times) if window is None else window[1],
        ),
        balance=pd.DataFrame(),
        influence=main.influence,
        targets=targets,
        weight=weight,
        population="treated",
        method="matching",
    )
