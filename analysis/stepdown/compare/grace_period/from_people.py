"""From derived discharges and a study to the input of clone-censor-weight."""

from __future__ import annotations

import numpy as np
import pandas as pd

from stepdown.cohort import People, refuse_future
from stepdown.compare.grace_period.comparison import CloneCensorWeight, clone_censor_weight
from stepdown.compare.grace_period.strategies import StartStrategy
from stepdown.errors import DesignError, EstimateError
from stepdown.study import Adjust, BaselineArm, CareStep, DesignChoice, Study

NOT_KNOWN = "not known"
_ENOUGH = 30


def compare_strategies(people: People, study: Study, choice: DesignChoice) -> CloneCensorWeight:
    """Compare the strategies of a study for everybody, adjusted for its covariates; names are its labels.

    Parameters
    ----------
    people : People
        Derived discharges.
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
    adjust = study.analysis.adjust if study.analysis else None
    if adjust is None or study.contrast is None or isinstance(study.contrast.arms, BaselineArm):
        raise DesignError("Clone-censor-weight needs strategies and analysis.adjust. Add them.")
    if not people.exact or people.uncertain is not None:
        raise DesignError(
            f"Clone-censor-weight needs one day for each {study.outcome.word}, and some are known only to "
            'lie between two contacts. Set outcome.interval = "detected" or "midpoint".'
        )
    early = int((people.observed & (people.table["days"] <= 0).to_numpy()).sum())
    if early:
        raise DesignError(
            f"{early:,} discharge{'' if early == 1 else 's'} had an event on day 0, before any care could "
            "start, and clone-censor-weight follows people from day 1 on. Set time_zero.day_zero = "
            '"exclude", which counts them as a step.'
        )
    kept = np.flatnonzero(people.observed)
    if len(kept) < _ENOUGH:
        raise DesignError(
            f"{len(kept)} discharges were followed after day 0: too few to adjust. At least {_ENOUGH} are "
            "needed."
        )
    table = people.table.iloc[kept]
    named = zip(study.labels, study.contrast.arms, strict=True)
    chosen = {label: study.strategies[arm] for label, arm in named}
    strategies = tuple(
        StartStrategy(name=label, kind="start" if one.steps else "no_start", within=one.last_day)
        for label, one in chosen.items()
    )
    (step,) = (*next(iter(chosen.values())).steps, *next(iter(chosen.values())).avoid)
    cluster = table[study.analysis.interval.cluster] if study.analysis else table["client_id"]
    event = table["event"].to_numpy()
    try:
        return clone_censor_weight(
            table["days"].to_numpy(),
            np.where(event > 1, 2, event),
            _started(people, step)[kept],
            covariates(people, study, adjust).iloc[kept],
            strategies=strategies,
            times=study.outcome.times,
            window=study.outcome.window,
            rmst=study.outcome.window[1],
            law=choice.start,
            cluster=cluster if cluster.duplicated().any() else None,
        )
    except EstimateError as error:
        raise DesignError(str(error)) from None


def covariates(people: People, study: Study, adjust: Adjust) -> pd.DataFrame:
    """Return the covariates that a study adjusts for, missing values filled and marked.

    Of a number that is missing the mean is taken, and a column marks it; a category that is missing is one of
    its own.
    """
    columns: dict[str, pd.Series] = {}
    for name in adjust.covariates:
        refuse_future(
            people.table, name, known=people.known, event=study.time_zero.event, zero=people.table["zero"],
            day=0, use="adjustment",
        )  # fmt: skip
        series = people.table[name]
        if pd.api.types.is_numeric_dtype(series) and not isinstance(series.dtype, pd.CategoricalDtype):
            number = pd.Series(series.to_numpy(dtype=float, na_value=np.nan), index=series.index)
            missing = number.isna()
            columns[name] = number.fillna(number.mean() if not missing.all() else 0.0)
            if missing.any():
                columns[f"{name} not known"] = missing.astype(float)
        else:
            columns[name] = series.astype("object").where(series.notna(), NOT_KNOWN).astype(str)
    return pd.DataFrame(columns, index=people.table.index)


def _started(people: People, step: CareStep) -> np.ndarray:
    """Return the first day of care at the levels of a step, infinity for none; never before day 0."""
    first = np.full(len(people.table), np.inf)
    care = people.services[people.services["level"].isin(step.level)]
    np.minimum.at(first, care["at"].to_numpy(), np.maximum(care["start"].to_numpy(dtype=float), 0.0))
    return first
