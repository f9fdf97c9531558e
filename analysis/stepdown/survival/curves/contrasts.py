"""Differences and ratios between arms of estimates with influence functions.

Without clusters the arms are independent: the variance of a difference is the sum of both arms'. With
clusters, which may span arms, influence is summed within each cluster over both arms, with opposite signs,
before it is squared, and times G / (G - k), with t on G - k degrees of freedom: G is the number of clusters
of both arms, and k is 1 where a cluster has people in both, 2 otherwise. Under 6 clusters there is no test.
Where both arms have the same influence in every cluster the sum is 0, and there is no standard error and no
interval.

Intervals come from the limits of both estimates (*Limits of a difference and of a ratio*), so that there is
one where an arm had no event. Where the estimates have Wald's intervals (`conf` "log-log", "log" or
"plain", as in R) so have contrasts: estimate +- q se, of ratios on the log scale.

p is where the interval just reaches no difference; with fewer than 100 people an arm it is
by permutation of arms (*Tests in small samples by permutation of arms*), since intervals of few events
exclude no difference too rarely. It can then be on the other side of 5% than the interval.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial

import numpy as np
import pandas as pd
from scipy import special

from stepdown.errors import EstimateError
from stepdown.survival.core.argument_types import checks_arguments
from stepdown.survival.core.confidence_intervals import SMALLEST_SE, quantile
from stepdown.survival.core.day_grid import FEWEST_CLUSTERS, NO_SPREAD, TOO_FEW_TO_TEST
from stepdown.survival.core.estimands import Estimands, Record
from stepdown.survival.core.mover import FARTHEST, difference_limits, ratio_limits, two_sided_p
from stepdown.survival.core.presentation import Plotted
from stepdown.survival.core.sample import Floats, Sample
from stepdown.survival.curve_tests.permuted_influence import by_permutation, permuted_p
from stepdown.survival.curves.event_rates import Rates

MEASURES = ("difference", "ratio")
NO_RATIO = "an arm's estimate is not above 0: no ratio"


@dataclass(frozen=True, eq=False, repr=False)
class Contrasts(Plotted):
    """Contrasts of arms.

    Attributes
    ----------
    table : DataFrame
        `arm`, `reference`, the columns that name the estimand, `contrast` (difference or ratio),
        `estimate`, `std_error` (of a ratio: on the ratio's own scale), `conf_low`, `conf_high` (infinite
        where the reference had no event), `p` (two-sided: by permutation, or where the interval just reaches
        no difference), `z` (its normal deviate), `note`.
    records : tuple of dict
        The rows of `table`.
    degrees : tuple of int
        Degrees of freedom of each row by clusters; 0 without.
    """

    records: tuple[Record, ...]
    degrees: tuple[int, ...] = field(default=(), repr=False)

    @cached_property
    def table(self) -> pd.DataFrame:
        """The records, as a frame."""
        return pd.DataFrame(list(self.records))


@checks_arguments
def contrast(
    estimands: Estimands | Rates,
    *,
    reference: object = None,
    measures: Sequence[str] = MEASURES,
    exact: bool | None = None,
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
    exact : bool, optional
        Whether p is by permutation of arms. By default with fewer than 100 people an arm, where estimates
        have the default intervals; False gives the p at which the interval just reaches no difference.

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
    if not isinstance(estimands, Estimands):
        raise EstimateError("Only estimates by arm can be contrasted: give those of risk, rmst and the like.")
    arms = estimands.arms
    if len(arms) < 2:
        raise EstimateError("There is only one arm, so nothing to contrast. Give arm to the estimator.")
    if not isinstance(measures, list | tuple) or not set(measures) <= set(MEASURES):
        raise EstimateError("measures may hold difference and ratio. Check their spelling.")
    if reference is not None and reference not in arms:
        raise EstimateError("reference is not one of the arms. Name an arm as it was given.")
    base = len(arms) - 1 if reference is None else arms.index(reference)
    others = [position for position in range(len(arms)) if position != base]
    found, size = estimands.records, len(arms)
    tests = _Tests(estimands, exact)
    rows, degrees = [], []
    for first in range(0, len(found), size):
        for other in others:
            place = (first // size, first + other, first + base)
            pair = _Pair.of(estimands, found[place[1]], found[place[2]], place[0])
            rows += [_row(estimands, pair, place, measure, tests) for measure in measures]
            degrees += [pair.degrees] * len(measures)
    return Contrasts(tuple(rows), tuple(degrees))


def _row(
    estimands: Estimands, pair: _Pair, place: tuple[int, int, int], measure: str, tests: _Tests
) -> Record:
    one, base = (estimands.records[at] for at in place[1:])
    names = [name for name in ("measure", "cause", "start", "time") if name in one]
    a, b = float(one["estimate"]), float(base["estimate"])
    ratio = measure == "ratio"
    note = "; ".join(dict.fromkeys(text for text in (one["note"], base["note"]) if text))
    value = (a / b if b else np.nan) if ratio else a - b
    scales = (1.0, 1.0) if not ratio else (1 / a, 1 / b) if a > 0 and b > 0 else (np.nan, np.nan)
    se = pair.std_error(scales)
    of_a, of_b = (estimands.limits[at] for at in place[1:]) if estimands.limits else (None, None)
    if of_a is not None and of_b is not None and not pair.canceled:
        interval = ratio_limits if ratio else difference_limits
        tail = (1 - estimands.level) / 2
        low, high = interval(a, b, of_a(tail), of_b(tail), pair.correlation)
        p = tests.p(place, partial(two_sided_p, a, b, of_a, of_b, pair.correlation))
        z = float(np.copysign(-special.ndtri(p / 2), a - b)) if p > 0 else np.copysign(FARTHEST, a - b)
    else:
        low, high, z, p = _wald(value, se, ratio, estimands.level, pair.degrees)
    explained = np.isnan([float(one["std_error"]), float(base["std_error"])]).any() and note
    if np.isnan(low) and not explained:
        reason = NO_RATIO if ratio and not (a > 0 and b > 0) else NO_SPREAD
        note = "; ".join([reason, *([note] if note else [])])
    elif ratio and not b > 0 and NO_RATIO not in note:
        note = "; ".join([*([note] if note else []), NO_RATIO])
    if pair.too_few and np.isfinite(p):
        z, p = np.nan, np.nan
        note = "; ".join([*([note] if note else []), TOO_FEW_TO_TEST])
    return {
        "arm": one["arm"], "reference": base["arm"], **{name: one[name] for name in names},
        "contrast": measure, "estimate": value, "std_error": se * value if ratio else se,
        "conf_low": low, "conf_high": high, "z": z, "p": p, "note": note,
    }  # fmt: skip


def _wald(
    value: float, se: float, ratio: bool, level: float, degrees: int
) -> tuple[float, float, float, float]:
    """Limits, z and p from the standard error, of a ratio on the log scale."""
    if np.isnan(se):
        return np.nan, np.nan, np.nan, np.nan
    tested = float(np.log(value)) if ratio else value
    margin = quantile(level, degrees) * se
    z = tested / se
    below = special.stdtr(degrees, -abs(z)) if degrees else special.ndtr(-abs(z))
    low, high = tested - margin, tested + margin
    if ratio:
        low, high = float(np.exp(low)), float(np.exp(high))
    return low, high, z, 2 * float(below)


class _Tests:
    """p of pairs of arms; a difference and a ratio of the same arms have one test."""

    def __init__(self, estimands: Estimands, exact: bool | None) -> None:
        self.estimands, self.exact = estimands, exact
        self.found: dict[tuple[int, int, int], float] = {}
        self.permuted: dict[tuple[int, int], tuple[Sample, Floats] | None] = {}

    def p(self, place: tuple[int, int, int], by_interval: Callable[[], float]) -> float:
        """Return p by permutation where that is the test, and that of the interval otherwise."""
        if place not in self.found:
            p = self._by_permutation(*place)
            self.found[place] = p if np.isfinite(p) else by_interval()
        return self.found[place]

    def _by_permutation(self, term: int, one: int, base: int) -> float:
        size = len(self.estimands.arms)
        arms = one % size, base % size
        if arms not in self.permuted:
            self.permuted[arms] = self._scores(arms)
        scored = self.permuted[arms]
        return np.nan if scored is None else permuted_p(scored[1][:, [term]], scored[0])

    def _scores(self, arms: tuple[int, int]) -> tuple[Sample, Floats] | None:
        pooled, sample = self.estimands.pooled, self.estimands.sample
        both = sample.part(np.isin(sample.arm, arms))
        if pooled is None or not by_permutation(both, self.exact):
            return None
        return both, pooled(both)


@dataclass(frozen=True, eq=False)
class _Pair:
    """Two arms: their own standard errors, and what shared clusters add."""

    se: tuple[float, float]
    squares: tuple[float, float, float] | None
    degrees: int
    inflation: float
    too_few: bool

    @classmethod
    def of(cls, estimands: Estimands, one: Record, base: Record, term: int) -> _Pair:
        """Sum the influence of both arms within clusters."""
        sample, se = estimands.sample, (float(one["std_error"]), float(base["std_error"]))
        if sample.cluster is None:
            return cls(se, None, 0, 1.0, False)
        arms = [estimands.arms.index(row["arm"]) for row in (one, base)]
        people = np.nan_to_num(estimands.influence[:, term])
        size = int(sample.cluster.max()) + 1
        present, sums = [], []
        for arm in arms:
            mine = sample.arm == arm
            present.append(np.bincount(sample.cluster[mine], minlength=size) > 0)
            sums.append(np.bincount(sample.cluster[mine], people[mine], size))
        squares = (float(sums[0] @ sums[0]), float(sums[1] @ sums[1]), float(sums[0] @ sums[1]))
        count = int((present[0] | present[1]).sum())
        # Arms that share no cluster have each lost a degree of freedom to their own estimate.
        used = 1 if (present[0] & present[1]).any() else 2
        degrees = max(count - used, 0) if sample.correction == "t" else 0
        few = sample.correction == "t" and count < FEWEST_CLUSTERS
        return cls(se, squares, degrees, count / degrees if degrees else 1.0, few)

    @property
    def correlation(self) -> float:
        """Correlation of both estimates."""
        if self.squares is None or not self.squares[0] * self.squares[1] > 0:
            return 0.0
        return float(np.clip(self.squares[2] / np.sqrt(self.squares[0] * self.squares[1]), -1, 1))

    @property
    def canceled(self) -> bool:
        """Whether influence cancels in every cluster, which leaves no variance but is not certainty."""
        if self.squares is None or not (self.squares[0] > 0 and self.squares[1] > 0):
            return False
        left = self.squares[0] + self.squares[1] - 2 * self.squares[2]
        return bool(left <= SMALLEST_SE**2 * (self.squares[0] + self.squares[1]))

    def std_error(self, scales: tuple[float, float]) -> float:
        """Return the standard error of the scaled difference; missing where an estimate has none."""
        parts = [scale * se for scale, se in zip(scales, self.se, strict=True)]
        gross = float(np.hypot(parts[0], parts[1]))
        if self.squares is None or np.isnan(gross):
            return gross
        one, other, both = self.squares
        square = scales[0] ** 2 * one + scales[1] ** 2 * other - 2 * scales[0] * scales[1] * both
        se = float(np.sqrt(max(square, 0.0) * self.inflation))
        return se if se > SMALLEST_SE * gross else np.nan
