"""Hazard of relapse by the care received so far: a marginal structural model, as a spline with its band.

Rows by week (`dose_weeks`), from time zero to the end of the window, with D(k) the dose of the weeks before
row k. Cox regression (Efron) of the event on a natural cubic spline of D(k) (`dose_response`; knots at the
10%, 50% and 90% points of the doses above 0 of all rows) and the covariates known at time zero, each row
weighted by the product over the weeks before of

    P(A(j) | j, A(j - 1), D(j), x) / P(A(j) | j, A(j - 1), D(j), x, l(j))

among those followed and free of events through week j, with A(j) its dose in classes (none; each value, or
quarters where there are more than four), x the covariates and l(j) the latest scores before the week; and by
the same for not being lost in week j, where the denominator has what loss is said to depend on in place of
l(j) (x stays in it, since the model has x). What care does to later scores, and these to relapse, is then
part of its effect, while the scores' own part in who comes to care is not.

Where nothing changes over time that is adjusted for, all weights of care are 1, and those of loss too where
it depends on nothing but x: an ordinary Cox model of the care so far. The weights are taken as known in the
variance, which is robust and by cluster.

*References*: Hernan MA, Brumback B, Robins JM (2000), Epidemiology 11:561-570 (numerator with covariates).
Naimi AI, Moodie EEM, Auger N, Kaufman JS (2014), Epidemiology 25:292-299 (classes of a continuous dose).
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from stepdown.compare.grace_period.covariate_terms import covariate_terms
from stepdown.compare.stabilized_weights import chance_ratio, from_next_row, multiplied_up, standardized
from stepdown.compare.subgroups.dose_response import FEWEST, DoseCurve, curve_of, knots_of, natural_spline
from stepdown.compare.subgroups.dose_weeks import DoseWeeks
from stepdown.errors import EstimateError
from stepdown.survival import cox
from stepdown.survival.core.fit_warning import quiet
from stepdown.survival.core.sample import Floats, Ints

CAP = 20.0
_ALIKE = 1e-8
MOST_VALUES = 4
"""Amounts in a week beyond which they are put into quarters."""


@dataclass(frozen=True, eq=False, kw_only=True)
class DoseLoss:
    """What the chance to be lost in a week depends on, beside the week, the dose and the covariates.

    Attributes
    ----------
    covariates : DataFrame (n rows)
        Known at time zero, without missing values; those of the model may be among them.
    scores : array (m, columns) or None
        Of each row: the latest scores before its week.
    """

    covariates: pd.DataFrame
    scores: Floats | None = None


@dataclass(frozen=True, eq=False, kw_only=True)
class WeightedDose:
    """Hazard ratios against no dose so far, and the weights.

    Attributes
    ----------
    curve : DoseCurve
        As of `dose_curve`; `treated` counts those who had a dose before they left the risk set.
    weights : array (m,)
        Of the rows; at most 20.
    """

    curve: DoseCurve
    weights: Floats

    @property
    def effective_share(self) -> float:
        """Effective size of the weighted rows, as a share of the rows."""
        weight = self.weights
        return float(weight.sum() ** 2 / (weight**2).sum() / len(weight))


def dose_so_far(
    weeks: DoseWeeks,
    covariates: pd.DataFrame,
    *,
    scores: Floats | None = None,
    loss: DoseLoss | None = None,
    cluster: ArrayLike | None = None,
) -> WeightedDose:
    """Return hazard ratios of the dose so far against none, with weights for what changes over time.

    Parameters
    ----------
    weeks : DoseWeeks
        Rows by week.
    covariates : DataFrame (n rows)
        Known at time zero, without missing values.
    scores : array (m, columns), optional
        Of each row: the latest scores before its week.
    loss : DoseLoss, optional
        What being lost depends on; by default the covariates and the scores.
    cluster : array_like (n,), optional
        What belongs together; by default each person.

    Raises
    ------
    EstimateError
        Fewer than 30 people followed with, or without, a dose so far after the first week, or no event in
        either.
    """
    _refuse_few(weeks)
    own = covariate_terms(covariates, size=len(covariates)).values[weeks.person]
    weight = _weights(weeks, own, scores, loss)
    knots = knots_of(weeks.so_far[weeks.so_far > 0])
    spline = natural_spline(weeks.so_far, knots)
    names = [f"dose {number}" for number in range(spline.shape[1])]
    others = [f"x{number}" for number in range(own.shape[1])]
    owner = weeks.person if cluster is None else np.asarray(cluster)[weeks.person]
    frame = pd.DataFrame(np.column_stack([spline, own]), columns=[*names, *others])
    with quiet():
        fit = cox(
            weeks.stop, weeks.event == 1, frame, entry=weeks.start, weights=weight, cluster=owner, ridge=1e-6
        )
    return WeightedDose(
        curve=DoseCurve(
            table=curve_of(fit, names, knots, weeks.so_far[weeks.so_far > 0]),
            knots=knots,
            n=int(np.unique(weeks.person).size),
            treated=int(np.unique(weeks.person[weeks.so_far > 0]).size),
            events=int((weeks.event == 1).sum()),
        ),
        weights=weight,
    )


def dose_classes(received: Floats) -> tuple[Ints, int]:
    """Return the class of each dose (0 for none) and how many classes there are.

    Examples
    --------
    >>> import numpy as np
    >>> dose_classes(np.array([0.0, 3.0, 9.0, 3.0]))[0].tolist()
    [0, 1, 2, 1]
    >>> dose_classes(np.array([0.0, 1, 2, 3, 4, 5, 6, 7, 8]))[0].tolist()
    [0, 1, 1, 2, 2, 3, 3, 4, 4]
    """
    above = received > 0
    values = np.unique(received[above])
    if len(values) > MOST_VALUES:
        values = np.unique(np.quantile(received[above], [0.25, 0.5, 0.75, 1.0]))
    code = np.where(above, np.searchsorted(values, received) + 1, 0)
    return code.astype(np.int64), len(values) + 1


def _weights(weeks: DoseWeeks, own: Floats, scores: Floats | None, loss: DoseLoss | None) -> Floats:
    """Return the weight of each row: of the care of the weeks before it, and of not being lost in them."""
    weight = np.ones(len(weeks.person))
    time = np.column_stack([weeks.week, np.log1p(weeks.week)])
    early = np.log1p(weeks.week) * weeks.before
    little = np.column_stack([time, weeks.before, early, weeks.so_far, own])
    if scores is not None:
        everything = np.column_stack([little, standardized(scores)])
        whole = weeks.whole
        code, many = dose_classes(weeks.received[whole])
        care = np.ones(len(weight))
        care[whole] = chance_ratio(code, little[whole], everything[whole], values=many)
        weight = multiplied_up(from_next_row(care, weeks.first), weeks.first)
    further = scores if loss is None else _of_loss(weeks, own, loss)
    if further is not None and weeks.lost.any():
        everything = np.column_stack([little, standardized(further)])
        kept = chance_ratio(weeks.lost.astype(np.int64), little, everything)
        kept = np.where(weeks.lost, 1.0, kept)
        weight = weight * multiplied_up(from_next_row(kept, weeks.first), weeks.first)
    return np.asarray(np.minimum(weight, CAP))


def _of_loss(weeks: DoseWeeks, own: Floats, loss: DoseLoss) -> Floats | None:
    """Return what loss depends on beyond the covariates of the model; None where there is nothing."""
    parts = [] if loss.scores is None else [loss.scores]
    if loss.covariates.shape[1]:
        terms = covariate_terms(loss.covariates, size=len(loss.covariates)).values[weeks.person]
        # A column that the covariates give already adds nothing.
        fitted = own @ np.linalg.lstsq(own, terms, rcond=None)[0] if own.shape[1] else np.zeros_like(terms)
        new = np.abs(terms - fitted).max(axis=0) > _ALIKE
        parts += [terms[:, new]] if new.any() else []
    return np.column_stack(parts) if parts else None


def _refuse_few(weeks: DoseWeeks) -> None:
    treated, waiting = (
        np.unique(weeks.person[rows & (weeks.week > 0)]).size
        for rows in (weeks.so_far > 0, weeks.so_far == 0)
    )
    if min(treated, waiting) < FEWEST:
        raise EstimateError(
            f"not enough people: at least {FEWEST} followed after a week with care and {FEWEST} followed "
            "after a week without any so far are needed"
        )
    relapse = weeks.event == 1
    if not (relapse & (weeks.so_far > 0)).any() or not (relapse & (weeks.so_far == 0)).any():
        raise EstimateError("too few events after a week with care, or before one, for a confidence interval")
