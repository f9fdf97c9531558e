"""The hazard of relapse on days in care compared with days out of it; descriptive.

A hazard ratio of current care has no immortal time, because waiting counts as waiting; but it compares people
who are in care on a day with people who are not, at equal days, among those still free of relapse. It is not
the effect of a plan.

Two models, both for relapse (death and incarceration end a person's time at risk):

- **Cox**: counting-process rows cut where care changes; care as known at the end of the day before; adjusted
  for covariates known at time zero.
- **Marginal structural Cox model**: rows by week, with care as of the start of the week; weighted by the
  stabilized inverse chance of the care received (numerator: week and care of the week before; denominator:
  also covariates and scores) and of being still followed, so that scores that care itself moves are allowed
  for.

The weights are taken as known in the robust variance, which is conservative as a rule.

Robins JM, Hernan MA, Brumback B (2000), Epidemiology 11:550-560; Hernan MA, Brumback B, Robins JM (2000),
Epidemiology 11:561-570. Waiting time: Crowley J, Hu M (1977), JASA 72:27-36 (Stanford heart transplants).
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from stepdown.compare.grace_period.covariate_terms import covariate_terms
from stepdown.compare.stabilized_weights import chance_ratio, from_next_row, multiplied_up, standardized
from stepdown.errors import EstimateError
from stepdown.survival import cox
from stepdown.survival.core.sample import Bools, Floats, Ints

WEEK = 7
CURRENT, WEEKS = "in this care", "each week of this care so far"
CAP = 20.0


@dataclass(frozen=True, eq=False, kw_only=True)
class ExposureRows:
    """Counting-process rows: at risk on (start, stop], in the care of interest or not.

    Attributes
    ----------
    person : array of int (m,)
        Position of the person, rising.
    start, stop : array (m,)
        Days since time zero.
    in_care : array of bool (m,)
        Whether the person is in this care, as known at the end of day `start`.
    weeks : array (m,)
        Weeks of it up to `start`.
    event : array of int (m,)
        0, or on the last row of a person 1 (the event) or 2 (a competing event).
    """

    person: Ints
    start: Floats
    stop: Floats
    in_care: Bools
    weeks: Floats
    event: Ints


def exposure_rows(
    person: ArrayLike, start: ArrayLike, stop: ArrayLike, in_care: ArrayLike, event: ArrayLike
) -> ExposureRows:
    """Return rows with the weeks of care up to each.

    Parameters
    ----------
    person, start, stop, in_care, event : array_like (m,)
        As in `ExposureRows`, sorted by person and start.

    Examples
    --------
    >>> exposure_rows([0, 0, 0], [0, 7, 21], [7, 21, 30], [False, True, False], [0, 0, 1]).weeks.tolist()
    [0.0, 0.0, 2.0]
    """
    whose, care = np.asarray(person, dtype=np.int64), np.asarray(in_care, dtype=bool)
    begin, end = np.asarray(start, dtype=float), np.asarray(stop, dtype=float)
    spent = np.cumsum(np.where(care, end - begin, 0.0))
    before = spent - np.where(care, end - begin, 0.0)
    first = np.r_[True, whose[1:] != whose[:-1]]
    weeks = (before - before[np.flatnonzero(first)][np.cumsum(first) - 1]) / WEEK
    return ExposureRows(
        person=whose,
        start=begin,
        stop=end,
        in_care=care,
        weeks=weeks,
        event=np.asarray(event, dtype=np.int64),
    )


def current_care(
    spans: ExposureRows, covariates: pd.DataFrame, *, cluster: ArrayLike | None = None
) -> pd.DataFrame:
    """Return the hazard ratios of current care, and of each week of it so far, by Cox models.

    Parameters
    ----------
    spans : ExposureRows
        Rows cut where care changes and every week.
    covariates : DataFrame (people)
        Known at time zero, without missing values.
    cluster : array_like (people,), optional
        Client or site; by default the person.

    Returns
    -------
    DataFrame
        `model` (cox_unadjusted, cox), `term`, `estimate`, `std_error`, `conf_low`, `conf_high`, `n` (people),
        `events`.

    Raises
    ------
    EstimateError
        Nobody is in this care while at risk, or everybody always.
    """
    _refuse(spans)
    terms = covariate_terms(covariates, size=len(covariates)).values[spans.person]
    owner = (spans.person if cluster is None else np.asarray(cluster)[spans.person]).astype(np.int64)
    rows = [
        _ratio(spans, name, values, columns, owner, None)
        for name, columns in (("cox", terms), ("cox_unadjusted", terms[:, :0]))
        for values in _exposures(spans)
    ]
    return pd.DataFrame(rows)


def _exposures(spans: ExposureRows) -> tuple[str, ...]:
    """Return what can be compared: the weeks of care only where they differ at the start of rows."""
    return (CURRENT, WEEKS) if np.ptp(spans.weeks) > 0 else (CURRENT,)


def marginal_structural(
    spans: ExposureRows,
    covariates: pd.DataFrame,
    *,
    history: Floats | None = None,
    cluster: ArrayLike | None = None,
) -> tuple[pd.DataFrame, Floats]:
    """Return the hazard ratios by the marginal structural model, and the weights by row.

    Parameters
    ----------
    spans : ExposureRows
        Rows by week: care as of the start of each week.
    covariates, cluster
        As for `current_care`.
    history : array (people, days, columns), optional
        Scores by day, known before that day.

    Returns
    -------
    DataFrame
        As of `current_care`, `model` "marginal_structural".
    array (m,)
        Stabilized weights, at most 20.
    """
    _refuse(spans)
    owner = (spans.person if cluster is None else np.asarray(cluster)[spans.person]).astype(np.int64)
    first = np.r_[True, spans.person[1:] != spans.person[:-1]]
    before = np.where(first, 0.0, np.r_[0.0, spans.in_care[:-1].astype(float)])
    week = spans.start / WEEK
    simple = np.column_stack([week, np.log1p(week), before, before * np.log1p(week)])
    terms = covariate_terms(covariates, size=len(covariates))
    parts = [simple, terms.values[spans.person]]
    if history is not None:
        day = np.minimum(spans.start.astype(np.int64) + 1, history.shape[1] - 1)
        parts.append(standardized(history[spans.person, day]))
    full = np.concatenate(parts, axis=1)
    weight = multiplied_up(chance_ratio((~spans.in_care).astype(np.int64), simple, full), first)
    last = np.r_[first[1:], True]
    lost = last & (spans.event == 0) & (spans.stop < spans.stop.max())
    if lost.any():
        now = np.column_stack([simple, spans.in_care])
        kept = chance_ratio(lost.astype(np.int64), now, np.column_stack([full, spans.in_care]))
        # Being followed through a week counts from the next week on.
        weight = weight * multiplied_up(from_next_row(np.where(lost, 1.0, kept), first), first)
    weight = np.minimum(weight, CAP)
    rows = [
        _ratio(spans, "marginal_structural", values, full[:, :0], owner, weight)
        for values in _exposures(spans)
    ]
    return pd.DataFrame(rows), weight


def _refuse(spans: ExposureRows) -> None:
    inside = int(np.unique(spans.person[spans.in_care]).size)
    people = int(np.unique(spans.person).size)
    if not inside or spans.in_care.all():
        raise EstimateError(
            f"Of {people:,} people, {inside:,} are in this care on some day at risk: current care cannot be "
            "compared. Change the levels of care."
        )


def _ratio(
    spans: ExposureRows, model: str, term: str, columns: Floats, owner: Ints, weight: Floats | None
) -> dict[str, object]:
    exposure = spans.in_care.astype(float) if term == CURRENT else spans.weeks
    names = [term, *(f"x{number}" for number in range(columns.shape[1]))]
    frame = pd.DataFrame(np.column_stack([exposure, columns]), columns=names)
    fit = cox(
        spans.stop, spans.event == 1, frame, entry=spans.start, weights=weight, cluster=owner, ridge=1e-6
    )
    row = fit.summary.to_dict("index")[term]
    return {
        "model": model,
        "term": term,
        "estimate": float(row["hazard_ratio"]),
        "std_error": float(row["std_error"] * row["hazard_ratio"]),
        "conf_low": float(row["hazard_ratio_low"]),
        "conf_high": float(row["hazard_ratio_high"]),
        "n": int(np.unique(spans.person).size),
        "events": int((spans.event == 1).sum()),
    }
