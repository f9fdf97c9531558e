"""Differences and ratios between arms of estimates with influence functions.

Without clusters the arms are independent: the variance of a difference is the sum of both arms'. With
clusters, which may span arms, influence is summed within each cluster over both arms, with opposite signs,
before it is squared. Ratios are computed as log ratios. Where both arms have the same influence in every
cluster the sum is 0, and there is no standard error.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import special

from stepdown.errors import EstimateError
from stepdown.survival.core.confidence_intervals import SMALLEST_SE, normal_quantile
from stepdown.survival.core.day_grid import NO_SPREAD
from stepdown.survival.core.estimands import Estimands
from stepdown.survival.core.influence_functions import clustered_variance
from stepdown.survival.core.presentation import Plotted
from stepdown.survival.core.sample import Floats
from stepdown.survival.curves.event_rates import Rates

MEASURES = ("difference", "ratio")
Row = dict[Any, Any]


@dataclass(frozen=True, eq=False, repr=False)
class Contrasts(Plotted):
    """Contrasts of arms.

    Attributes
    ----------
    table : DataFrame
        `arm`, `reference`, the columns that name the estimand, `contrast` (difference or ratio),
        `estimate`, `std_error` (of a ratio: on the ratio's own scale), `conf_low`, `conf_high`, `z`, `p`
        (two-sided; of a ratio: on the log scale, as is its interval), `note`.
    """

    table: pd.DataFrame


def contrast(
    estimands: Estimands | Rates, *, reference: object = None, measures: Sequence[str] = MEASURES
) -> Contrasts:
    """Contrast every arm with a reference.

    Parameters
    ----------
    estimands : Estimands or Rates
        Of `risk`, `window_risk` (with the conditional risk and the share), `rmst`, `rmtl`,
        `window_hazard`, `PiecewiseExponential.risk` or `MeanCumulative.estimands`, with two arms or more.
    reference : object, optional
        Label of the reference arm; the last arm if not given.
    measures : sequence of {"difference", "ratio"}
        Which contrasts.

    Returns
    -------
    Contrasts
        One row for each estimand, arm and measure; missing numbers carry a note.

    Examples
    --------
    >>> import stepdown.survival as survival
    >>> days, relapsed, plan = [3, 5, 5, 8, 9, 12], [1, 1, 0, 1, 0, 0], list("aababb")
    >>> risks = survival.risk(survival.kaplan_meier(days, relapsed, plan), 5)
    >>> survival.contrast(risks, measures=["difference"]).table["estimate"].round(3).tolist()
    [0.667]
    """
    if isinstance(estimands, Rates):
        estimands = estimands.estimands
    arms = estimands.arms
    if len(arms) < 2:
        raise EstimateError("There is only one arm, so nothing to contrast. Give arm to the estimator.")
    if not set(measures) <= set(MEASURES):
        raise EstimateError("measures may hold difference and ratio. Check their spelling.")
    if reference is not None and reference not in arms:
        raise EstimateError("reference is not one of the arms. Name an arm as it was given.")
    base = len(arms) - 1 if reference is None else arms.index(reference)
    others = [position for position in range(len(arms)) if position != base]
    found, size = estimands.table.to_dict("records"), len(arms)
    rows = [
        _row(estimands, found[first + other], found[first + base], first // size, measure)
        for first in range(0, len(found), size)
        for other in others
        for measure in measures
    ]
    return Contrasts(pd.DataFrame(rows))


def _row(estimands: Estimands, one: Row, base: Row, term: int, measure: str) -> Row:
    names = [name for name in ("measure", "cause", "start", "time") if name in one]
    a, b = float(one["estimate"]), float(base["estimate"])
    ratio = measure == "ratio"
    note = "; ".join(dict.fromkeys(text for text in (one["note"], base["note"]) if text))
    if ratio and not note and not (a > 0 and b > 0):
        note = "an arm's estimate is not above 0: no ratio"
    possible = not (ratio and b == 0)
    value = (a / b if possible else np.nan) if ratio else a - b
    se = np.nan
    if not note:
        scales = (1 / a, 1 / b) if ratio else (1.0, 1.0)
        se = _se(estimands, (one, base), term, scales)
        note = NO_SPREAD if np.isnan(se) else ""
    tested = float(np.log(value)) if ratio and value > 0 else value
    margin = normal_quantile(estimands.level) * se
    low, high = tested - margin, tested + margin
    z = tested / se
    return {
        "arm": one["arm"], "reference": base["arm"], **{name: one[name] for name in names},
        "contrast": measure, "estimate": value, "std_error": se * value if ratio else se,
        "conf_low": np.exp(low) if ratio else low, "conf_high": np.exp(high) if ratio else high,
        "z": z, "p": 2 * float(special.ndtr(-abs(z))), "note": note,
    }  # fmt: skip


def _se(estimands: Estimands, pair: tuple[Row, Row], term: int, scales: tuple[float, float]) -> float:
    sample = estimands.sample
    parts = [scale * float(row["std_error"]) for row, scale in zip(pair, scales, strict=True)]
    if sample.cluster is None:
        return float(np.hypot(parts[0], parts[1]))
    factor: Floats = np.zeros(len(estimands.arms))
    for row, scale in zip(pair, (scales[0], -scales[1]), strict=True):
        factor[estimands.arms.index(row["arm"])] = scale
    signed = factor[sample.arm]
    people = np.where(signed == 0, 0.0, estimands.influence[:, term] * signed)
    se = float(np.sqrt(clustered_variance(people, sample.cluster)))
    # Influence that cancels in every cluster leaves no variance of the difference, which is not certainty.
    return se if se > SMALLEST_SE * float(np.hypot(parts[0], parts[1])) else np.nan
