"""Care as a time-varying exposure as rows of the results: hazard ratios, descriptive."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from stepdown.cohort import People
from stepdown.cohort.care import care_rows
from stepdown.compare.arm_membership import care_started
from stepdown.compare.covariates import (
    drawn_covariates,
    filled,
    known_by_zero,
    with_all_covariates,
    with_terms,
)
from stepdown.compare.imputed_covariates import imputed_covariates
from stepdown.compare.refusals import refuse_few
from stepdown.compare.score_history import score_history
from stepdown.compare.time_varying_care import (
    CAP,
    WEEK,
    ExposureRows,
    current_care,
    exposure_rows,
    marginal_structural,
)
from stepdown.errors import DesignError, EstimateError
from stepdown.estimate.adjusted_rows import clusters_of, imputations, one_or_pooled
from stepdown.schema import CareRules, Cohort
from stepdown.study import BaselineArm, DesignChoice, Study
from stepdown.survival.core.sample import Floats

_METHODS = {
    "cox": "Cox model with current care",
    "cox_unadjusted": "Cox model with current care",
    "marginal_structural": "marginal structural Cox model",
}
_VARIANTS = {
    "cox": "",
    "cox_unadjusted": "adjusted=none",
    "marginal_structural": "estimator=marginal_structural",
}


def time_varying_rows(
    people: People, study: Study, choice: DesignChoice, *, cohort: Cohort, rules: CareRules
) -> pd.DataFrame:
    """Return hazard ratios of current care and of each week of it, by Cox and marginal structural models.

    Parameters
    ----------
    people, study
        Derived discharges of the cohort, and the protocol with `analysis.adjust`.
    choice : DesignChoice
        A design "time_varying".
    cohort, rules
        Tables from which care on each day is read, and the rules of levels of care.

    Raises
    ------
    DesignError
        Days are not exact, or care cannot be compared.
    """
    if not people.exact and people.uncertain is None:
        raise DesignError(
            f"The time-varying comparison needs one day for each {study.outcome.word}, and some are "
            "known only to lie "
            'between two contacts. Set outcome.interval = "imputed", "detected" or "midpoint".'
        )
    kept = with_all_covariates(people, study)
    followed, lacking = np.flatnonzero(people.observed & kept), int((people.observed & ~kept).sum())
    refuse_few(people, followed, "followed after day 0", lacking=lacking)
    people = people if kept.all() else people.take(np.flatnonzero(kept))
    found = [
        _of(one, study, choice, cohort, rules, imputation=number)
        for one, number in imputations(people, study)
    ]
    return one_or_pooled(found, clusters=clusters_of(people, study))


def _of(
    people: People, study: Study, choice: DesignChoice, cohort: Cohort, rules: CareRules, *, imputation: int
) -> pd.DataFrame:
    chosen = study.contrast.arms if study.contrast else ()
    assert not isinstance(chosen, BaselineArm), "the study refuses time_varying of a column"
    assert study.analysis is not None, "a time-varying design is part of an analysis"
    adjust = study.analysis.adjust
    assert adjust is not None, "the study refuses time_varying without adjust"
    levels = sorted(
        {level for name in chosen for step in study.strategies[name].steps for level in step.level}
    )
    horizon = study.outcome.horizon
    table = care_rows(
        people.table,
        cohort.discharges,
        cohort.services,
        horizon=horizon,
        cuts=range(WEEK, horizon, WEEK),
        rules=rules,
    ).table
    event = np.minimum(table["event"].to_numpy(dtype=np.int64), 2)
    inside = table["state"].isin(levels).to_numpy()
    spans = exposure_rows(table["at"], table["start"], table["stop"], inside, event)
    given = known_by_zero(people, study, adjust.covariates)
    if adjust.missing == "multiple":
        given = imputed_covariates(
            given, people.table["days"].to_numpy(dtype=float),
            np.minimum(people.table["event"].to_numpy(dtype=np.int64), 2),
            np.isfinite(care_started(people, study)).astype(np.int64), seed=study.seed, number=imputation,
            among=drawn_covariates(people, study),
        )  # fmt: skip
    columns = with_terms(filled(given), study)
    history = None
    if adjust.time_varying and people.scores is not None:
        history = score_history(
            people.scores, adjust.time_varying, size=len(columns), days=horizon + 2, needed_by=horizon
        ).values
    cluster = pd.factorize(people.table[study.analysis.interval.cluster])[0]
    try:
        plain = current_care(spans, columns, cluster=cluster)
        weighted, weights = marginal_structural(_weekly(spans), columns, history=history, cluster=cluster)
    except EstimateError as error:
        raise DesignError(str(error)) from None
    return _rows(pd.concat([plain, weighted], ignore_index=True), weights, study, choice, levels)


def _weekly(spans: ExposureRows) -> ExposureRows:
    """Return rows by week, with care as of the start of each."""
    kept = np.flatnonzero(spans.start % WEEK == 0)
    last = np.append(kept[1:], len(spans.start)) - 1
    return exposure_rows(
        spans.person[kept], spans.start[kept], spans.stop[last], spans.in_care[kept], spans.event[last]
    )


def _rows(
    found: pd.DataFrame, weights: Floats, study: Study, choice: DesignChoice, levels: Sequence[str]
) -> pd.DataFrame:
    numbers = ["estimate", "std_error", "conf_low", "conf_high", "n", "events"]
    ratios = found[["term", *numbers]].assign(
        variant=found["model"].map(_VARIANTS),
        method=found["model"].map(_METHODS),
        estimand="hazard_ratio",
        cause="relapse",
        level="+".join(levels),
        statistic="ratio",
        unit="ratio",
        note="descriptive",
    )
    share = float(weights.sum() ** 2 / (weights**2).sum() / len(weights))
    support = pd.DataFrame(
        [
            {"estimand": "largest_weight", "unit": "ratio", "estimate": float(weights.max())},
            {"estimand": "weights_capped", "unit": "probability", "estimate": float((weights >= CAP).mean())},
            {"estimand": "effective_share", "unit": "probability", "estimate": share},
        ]
    ).assign(
        statistic="estimate",
        method=_METHODS["marginal_structural"],
        variant=_VARIANTS["marginal_structural"],
    )
    return pd.concat([ratios, support], ignore_index=True).assign(
        analysis=choice.key, endpoint=study.outcome.endpoint, time=study.outcome.horizon
    )
