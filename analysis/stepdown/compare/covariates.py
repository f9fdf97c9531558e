"""What a comparison is adjusted for: columns known by time zero, and scores; what is missing is marked."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from stepdown.cohort import People, refuse_future
from stepdown.compare.formula_terms import with_formula
from stepdown.compare.grace_period.model_terms import LossColumns
from stepdown.compare.imputed_covariates import imputed_covariates, to_impute
from stepdown.compare.score_history import ScoreHistory, score_history
from stepdown.errors import DesignError
from stepdown.study import Study
from stepdown.survival.core.sample import Bools, Floats, Ints

NOT_KNOWN = "not known"


def covariates(
    people: People, study: Study, names: tuple[str, ...], *, use: str = "adjustment"
) -> pd.DataFrame:
    """Return covariates of a study, missing values filled and marked.

    Of a number that is missing the mean is taken, and a column marks it; a category that is missing is one of
    its own.
    """
    return filled(known_by_zero(people, study, names, use=use))


def known_by_zero(
    people: People, study: Study, names: tuple[str, ...], *, use: str = "adjustment"
) -> pd.DataFrame:
    """Return covariates of a study as they are; DesignError where one is known later than time zero."""
    for name in names:
        refuse_future(
            people.table, name, known=people.known, event=study.time_zero.event, zero=people.table["zero"],
            day=0, use=use,
        )  # fmt: skip
    return people.table[list(names)]


def filled(given: pd.DataFrame) -> pd.DataFrame:
    """Return covariates without missing values: the mean or a category of its own, with a mark."""
    columns: dict[str, pd.Series] = {}
    for name in given:
        series = given[name]
        if pd.api.types.is_numeric_dtype(series) and not isinstance(series.dtype, pd.CategoricalDtype):
            number = pd.Series(series.to_numpy(dtype=float, na_value=np.nan), index=series.index)
            missing = number.isna()
            columns[str(name)] = number.fillna(number.mean() if not missing.all() else 0.0)
            if missing.any():
                columns[f"{name} not known"] = missing.astype(float)
        else:
            columns[str(name)] = series.astype("object").where(series.notna(), NOT_KNOWN).astype(str)
    return pd.DataFrame(columns, index=given.index)


@dataclass(frozen=True, eq=False, kw_only=True)
class Drawing:
    """What missing covariates of the people compared are drawn from; n people.

    Attributes
    ----------
    days, event : array (n,)
        Last day at risk, and 0, 1 or 2 on it.
    group : array of int (n,)
        The group compared.
    number : int
        Number of the imputation.
    """

    days: Floats
    event: Ints
    group: Ints
    number: int


def with_all_covariates(people: People, study: Study) -> Bools:
    """Return the discharges that a comparison keeps: all, or those with every covariate known."""
    adjust = study.analysis.adjust if study.analysis else None
    if adjust is None or adjust.missing != "complete":
        return np.ones(len(people.table), dtype=np.bool_)
    return np.asarray(people.table[list(adjusted_names(study))].notna().all(axis=1))


def adjusted_names(study: Study) -> tuple[str, ...]:
    """Return the columns of the discharges that any model of a comparison sees."""
    adjust, loss = (study.analysis.adjust, study.analysis.loss) if study.analysis else (None, None)
    of_loss = () if loss is None else loss.covariates
    return tuple(dict.fromkeys((*(adjust.covariates if adjust else ()), *of_loss)))


def drawn_covariates(people: People, study: Study) -> tuple[str, ...]:
    """Return the covariates whose missing values are drawn in a study, by what all its discharges show."""
    adjust = study.analysis.adjust if study.analysis else None
    if adjust is None or adjust.missing != "multiple":
        return ()
    return to_impute(people.table[[one for one in adjusted_names(study) if one in people.table]])


@dataclass(frozen=True, eq=False, kw_only=True)
class AdjustedFor:
    """What the models of a comparison see.

    Attributes
    ----------
    covariates : DataFrame
        Known on the first day of the comparison, the scores of that day among them.
    history : array or None
        Scores by day from time zero on, for decisions that come later.
    loss : LossColumns or None
        What the model of loss depends on; None where it is the covariates and the history.
    missing : dict of float
        By instrument: of the days of decisions, the share without a score of the last week.
    given : DataFrame
        The covariates as they are, with missing values.
    drawn : tuple of str
        Those whose missing values are drawn.
    scores : tuple of str
        Names of the columns of the history.
    """

    covariates: pd.DataFrame
    given: pd.DataFrame
    drawn: tuple[str, ...]
    history: np.ndarray | None
    loss: LossColumns | None
    missing: dict[str, float]
    scores: tuple[str, ...] = ()


def adjusted_for(
    people: People,
    study: Study,
    rows: Ints,
    *,
    first_day: int,
    last_decision: int,
    last_day: int,
    drawing: Drawing | None = None,
) -> AdjustedFor:
    """Return what a study adjusts for.

    Parameters
    ----------
    people, study
        The study has `analysis.adjust`.
    rows : array of int
        Positions of the discharges compared.
    first_day, last_decision, last_day : int
        Days since time zero: start of the comparison, last decision about care, end of follow-up.
    drawing : Drawing, optional
        What missing covariates are drawn from, where the study has them drawn.

    Raises
    ------
    DesignError
        A covariate is known later than time zero, or scores are missing or later than their use.
    """
    adjust = study.analysis.adjust if study.analysis else None
    if study.analysis is None or adjust is None:
        raise DesignError("Nothing is adjusted for. Add analysis.adjust.")
    loss = study.analysis.loss
    given = known_by_zero(people, study, adjusted_names(study)).iloc[rows]
    held = given
    if adjust.missing == "multiple" and drawing is not None:
        held = imputed_covariates(
            given, drawing.days, drawing.event, drawing.group, seed=study.seed, number=drawing.number,
            among=drawn_covariates(people, study),
        )  # fmt: skip
    columns = with_terms(filled(held[list(adjust.covariates)]), study)

    def scores(names: tuple[str, ...]) -> ScoreHistory | None:
        if not names or people.scores is None:
            return None
        place = np.full(len(people.table), -1)
        place[rows] = np.arange(len(rows))
        mine = people.scores[place[people.scores["row"].to_numpy()] >= 0]
        mine = mine.assign(row=place[mine["row"].to_numpy()])
        return score_history(
            mine, names, size=len(rows), days=max(last_day, last_decision) + 2, needed_by=last_decision
        )

    own = scores(adjust.time_varying)
    for_loss = own if loss is None or loss.time_varying == adjust.time_varying else scores(loss.time_varying)
    of_loss = columns if loss is None else filled(held[list(loss.covariates)])
    if own is not None:
        columns = _beside(columns, own, first_day + 1)
    if for_loss is not None:
        of_loss = _beside(of_loss, for_loss, first_day + 1)
    later = None if for_loss is None else for_loss.values[:, first_day:]
    return AdjustedFor(
        covariates=columns,
        given=given[list(adjust.covariates)],
        drawn=tuple(str(one) for one in given if given[one].isna().any() and held[one].notna().all()),
        history=None if own is None else own.values[:, first_day:],
        loss=None if loss is None and own is None else LossColumns(covariates=of_loss, history=later),
        missing=_missing(own, people.table["days"].to_numpy(dtype=float)[rows], first_day, last_decision),
        scores=() if own is None else own.names,
    )


def with_terms(columns: pd.DataFrame, study: Study) -> pd.DataFrame:
    """Return filled covariates and the terms of the study's formula."""
    adjust = study.analysis.adjust if study.analysis else None
    return columns if adjust is None or adjust.formula is None else with_formula(columns, adjust.formula)


def _beside(columns: pd.DataFrame, scores: ScoreHistory, day: int) -> pd.DataFrame:
    return pd.concat([columns, scores.on(day).set_axis(columns.index)], axis=1)


def _missing(scores: ScoreHistory | None, days: np.ndarray, first: int, last: int) -> dict[str, float]:
    decided = np.arange(first, last + 1) <= days[:, None]
    absent = {} if scores is None else scores.missing
    return {name: float(mine[:, first : last + 1][decided].mean()) for name, mine in absent.items()}
