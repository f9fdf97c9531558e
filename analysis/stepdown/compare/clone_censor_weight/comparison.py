"""Everybody starting care within a grace period against nobody: doubly robust, with intervals for leverage.

Day order: event, then start, then loss. docs/methods.md has the estimand, the assumptions and the evidence.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import special

from stepdown.compare.clone_censor_weight.daily_hazard import DailyHazard
from stepdown.compare.clone_censor_weight.nuisance_models import NuisanceModels
from stepdown.compare.clone_censor_weight.one_step import (
    Functional,
    event_free_days,
    expected_at_risk,
    risk_by,
    strategy_values,
)
from stepdown.compare.clone_censor_weight.person_days import PersonDays
from stepdown.compare.clone_censor_weight.start_law import start_law, start_law_adjoint
from stepdown.compare.clone_censor_weight.start_weights import (
    StrategyWeights,
    chance_adjoint,
    start_adjoint,
    strategy_weights,
    tail,
)

Floats = NDArray[np.float64]

CAP = 20.0
SMALLEST_SIZE, SMALLEST_DF, FEWEST_CLUSTERS = 70.0, 30.0, 6
EARLY, NONE = "start", "no_start"
TOO_FEW = "too few effective people for an interval"
TOO_HEAVY = "a few people have too much weight for an interval"


@dataclass(frozen=True, eq=False, kw_only=True)
class CloneCensorWeight:
    """Risks had everybody started care within the grace period, and had nobody.

    Attributes
    ----------
    table : DataFrame
        `strategy` ("start", "no_start", or "difference"), `estimand` ("risk", "window_risk", "rmst"),
        `window_start`, `time`, `estimate`, `std_error`, `conf_low`, `conf_high`, `df` (estimated degrees of
        freedom of Student's t), `weighted` (the weighted Aalen-Johansen estimate), `g_formula` (from the
        hazards alone), `uncapped` (without a cap on the start weights), `note` (why there is no interval).
    diagnostics : DataFrame
        By strategy: `effective_size` at the last day, `largest_weight`, `largest_share` of a day's weight,
        `capped` (share of people whose weight was cut), `scale_low` and `scale_high` (of the day's weights;
        near 1 where the models agree), `people` (who followed it through the grace period).
    influence : DataFrame
        Influence of each person on each estimate of `table`, half of the leverage correction included.
    law : str
        On which days the strategy "start" makes people start.
    """

    table: pd.DataFrame
    diagnostics: pd.DataFrame
    influence: pd.DataFrame = field(repr=False)
    law: str


def clone_censor_weight(
    days: ArrayLike,
    event: ArrayLike,
    start: ArrayLike,
    covariates: pd.DataFrame,
    *,
    grace: int = 14,
    times: Sequence[int] = (30, 60, 90),
    window: tuple[int, int] = (30, 90),
    law: str = "as_observed",
    leave_out: Sequence[str] = (),
    cap: float = CAP,
    cluster: ArrayLike | None = None,
    level: float = 0.95,
) -> CloneCensorWeight:
    """Compare starting care within a grace period with not starting it, for everybody.

    Parameters
    ----------
    days : array of int (n,)
        Last day at risk: of the event, of loss to follow-up, or the last of `times` and later.
    event : array of int (n,)
        What happened on it: 0 none, 1 relapse, 2 a competing event.
    start : array of float (n,)
        First day of care; infinity for none.
    covariates : DataFrame (n rows)
        Known by day 0: numbers and flags, or categories (text). No missing values.
    grace : int
        Last day on which care may start under the first strategy, and none may under the second.
    times : sequence of int
        Days at which the risk is reported; the last is the horizon.
    window : tuple of int
        (a, b): the risk on days a + 1 to b.
    law : {"as_observed", "uniform", "natural"}
        On which day the first strategy makes people start: as those of the same covariates who start in time
        do, evenly, or as everybody does with all the others on the last day.
    leave_out : sequence of str
        Covariates that stay out of the model of starting.
    cap : float
        Largest weight from starting.
    cluster : array (n,), optional
        Who belongs together; independent people if left out.
    level : float
        Confidence level.

    Returns
    -------
    CloneCensorWeight

    Raises
    ------
    EstimateError
        Input that cannot be used; a strategy that nobody follows; a model that does not converge.

    Notes
    -----
    The strategies are compared by one-step estimates that are right if either the models of starting and of
    loss are, or the outcome hazards are. Standard errors come from influence functions that hold every
    model's own estimation and half of the leave-one-out correction; intervals use Student's t with estimated
    degrees of freedom. No interval is given under an effective size of 70 people, 30 degrees of freedom, or
    6 clusters.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> from stepdown.compare.clone_censor_weight import clone_censor_weight
    >>> draw = np.random.default_rng(3)
    >>> n, severity = 600, draw.normal(size=600)
    >>> day = np.ceil(draw.exponential(150 * np.exp(-0.3 * severity)))
    >>> start = np.where(draw.random(n) < 0.5, draw.integers(1, 15, n), np.inf)
    >>> found = clone_censor_weight(
    ...     np.minimum(day, 90), day <= 90, np.where(start < day, start, np.inf),
    ...     pd.DataFrame({"severity": severity}),
    ... )
    >>> found.table.query("estimand == 'risk' and time == 90")["strategy"].tolist()
    ['start', 'no_start', 'difference']
    """
    given = PersonDays(days, event, start, grace=grace, times=times, window=window, law=law, cluster=cluster)
    models = NuisanceModels(given, covariates, tuple(leave_out))
    functionals = _functionals(given.times, window)
    arms = {name: _Arm(given, models, law if name == EARLY else None, cap) for name in (EARLY, NONE)}
    counted = {name: [arm.estimate(one) for _, one in functionals] for name, arm in arms.items()}
    rows, influence = [], []
    for estimand, begin, end, parts in _estimands(functionals, window):
        found = {name: _combined([counted[name][place] for place in parts]) for name in arms}
        found["difference"] = _difference(found[EARLY], found[NONE])
        sizes = {name: arm.weights.effective_size(end) for name, arm in arms.items()}
        sizes["difference"] = min(sizes.values())
        for name, one in found.items():
            keys = {"strategy": name, "estimand": estimand, "window_start": begin, "time": end}
            rows.append(keys | _interval(one, given, sizes[name], level))
            influence.append(one.influence)
    return CloneCensorWeight(
        table=pd.DataFrame(rows),
        diagnostics=pd.DataFrame([{"strategy": name} | arm.diagnostics() for name, arm in arms.items()]),
        influence=pd.DataFrame(np.column_stack(influence)),
        law=law,
    )


@dataclass(frozen=True, eq=False, kw_only=True)
class _Estimate:
    """One number with the influence of each person on it; beside it the same by other ways."""

    value: float
    influence: Floats
    weighted: float
    g_formula: float
    uncapped: float


class _Arm:
    """One strategy: its weights, and estimates of functionals under it."""

    def __init__(self, given: PersonDays, models: NuisanceModels, law: str | None, cap: float) -> None:
        self.given, self.models, self.law = given, models, law
        hazard = models.start.hazard
        self.chance = None if law is None else start_law(law, hazard)
        at_risk = given.course.at_risk
        arguments = (given.decisions, models.start, models.loss, self.chance, at_risk)
        self.weights = strategy_weights(*arguments, cap=cap)
        self.free = strategy_weights(*arguments, cap=np.inf)
        self.expected = expected_at_risk(given.course, models.both, self.chance)
        self.scale = self._scale(self.weights)

    def _scale(self, weights: StrategyWeights) -> Floats:
        total = weights.weight.sum(axis=0)
        scale: Floats = np.divide(self.expected, total, out=np.zeros_like(total), where=total > 0)
        return scale

    def estimate(self, functional: Functional) -> _Estimate:
        given, models, n = self.given, self.models, self.given.size
        found = strategy_values(
            given.course, models.both, functional, start=self.chance, weights=self.weights.weight * self.scale
        )
        phi = found.plug_in + found.correction.sum(axis=1)
        first, leverage = np.zeros(n), np.zeros(n)
        for hazard, total, own in zip(models.both, found.coefficients, found.own, strict=True):
            first, leverage = _add((first, leverage), hazard.effects(total, own))
        first, leverage = _add((first, leverage), self._of_starting(found.correction, found.start))
        if models.loss is not None:
            later = tail(found.correction)[:, 1 : given.horizon + 1]
            adjoint = np.where(models.loss.at_risk, models.loss.hazard * later, 0.0)
            first, leverage = _add((first, leverage), _through(models.loss, adjoint))
        share = self.weights.share(self.weights.weight.sum(axis=0))
        pulled = (found.correction * ((1 - share) ** -0.5 - 1)).sum(axis=1)
        value = float(phi.mean())
        return _Estimate(
            value=value + functional.constant,
            influence=(phi - value + first + pulled + leverage / 2) / n,
            weighted=self._weighted(functional) + functional.constant,
            g_formula=float(found.plug_in.mean()) + functional.constant,
            uncapped=self._uncapped(functional) + functional.constant,
        )

    def _of_starting(self, correction: Floats, by_start: Floats) -> tuple[Floats, Floats]:
        """Return what the model of starting adds, through the weights and through the law."""
        given, start = self.given, self.models.start
        adjoint = start_adjoint(given.decisions, start, self.weights, correction)
        if self.law is not None and self.chance is not None:
            chances = by_start + chance_adjoint(given.decisions, self.chance, self.weights, correction)
            adjoint = adjoint + start_law_adjoint(self.law, start.hazard, chances)
        return _through(start, adjoint)

    def _uncapped(self, functional: Functional) -> float:
        same = (self.free.uncapped == self.weights.uncapped).all()
        weights = self.weights if same else self.free
        found = strategy_values(
            self.given.course, self.models.both, functional, start=self.chance,
            weights=weights.weight * self._scale(weights),
        )  # fmt: skip
        return float((found.plug_in + found.correction.sum(axis=1)).mean())

    def _weighted(self, functional: Functional) -> float:
        """Return the weighted Aalen-Johansen estimate, event-free days as the area under it."""
        weight = self.weights.weight
        total = np.maximum(weight.sum(axis=0), 1e-300)
        relapse = (weight * self.given.course.relapse).sum(axis=0) / total
        any_event = relapse + (weight * self.given.course.competing).sum(axis=0) / total
        free = np.cumprod(1 - any_event[: functional.last + 1])
        before = np.concatenate([[1.0], free[:-1]])
        risk = float((before * relapse[: functional.last + 1]).sum())
        return functional.relapse * risk + functional.survived * float(free[1:].sum())

    def diagnostics(self) -> dict[str, float]:
        total, horizon = self.weights.weight.sum(axis=0), self.given.horizon
        by_grace = self.given.began <= self.given.grace
        beyond = self.given.last > self.given.grace
        return {
            "effective_size": self.weights.effective_size(horizon),
            "largest_weight": self.weights.largest,
            "largest_share": float(self.weights.share(total)[:, 1:].max()),
            "capped": self.weights.capped_share(self.given.course.at_risk),
            "scale_low": float(self.scale[1:].min()),
            "scale_high": float(self.scale[1:].max()),
            "people": int((by_grace if self.law is not None else ~by_grace & beyond).sum()),
        }


def _through(model: DailyHazard, adjoint: Floats) -> tuple[Floats, Floats]:
    """Return what a model adds, from derivatives in its logits by person and day."""
    total = model.predictor.sums(adjoint).sum(axis=0)
    return model.effects(total, (adjoint * model.along_own).sum(axis=1))


def _add(one: tuple[Floats, Floats], more: tuple[Floats, Floats]) -> tuple[Floats, Floats]:
    return one[0] + more[0], one[1] + more[1]


_Named = tuple[str, Functional]


def _functionals(times: tuple[int, ...], window: tuple[int, int]) -> list[_Named]:
    days = sorted({*times, *(day for day in window if day > 0)})
    return [*(("risk", risk_by(day)) for day in days), ("rmst", event_free_days(window[1]))]


def _estimands(
    functionals: list[_Named], window: tuple[int, int]
) -> list[tuple[str, int, int, tuple[int, ...]]]:
    """Return each estimand with the places of what it is made of: the first, minus the second."""
    places = {one.last: place for place, (name, one) in enumerate(functionals) if name == "risk"}
    found: list[tuple[str, int, int, tuple[int, ...]]] = [
        ("risk", 0, day, (place,)) for day, place in places.items()
    ]
    begin, end = window
    found.append(("window_risk", begin, end, (places[end], places[begin]) if begin else (places[end],)))
    return [*found, ("rmst", 0, end, (len(functionals) - 1,))]


def _combined(parts: list[_Estimate]) -> _Estimate:
    return parts[0] if len(parts) == 1 else _difference(parts[0], parts[1])


def _difference(one: _Estimate, other: _Estimate) -> _Estimate:
    return _Estimate(
        value=one.value - other.value,
        influence=one.influence - other.influence,
        weighted=one.weighted - other.weighted,
        g_formula=one.g_formula - other.g_formula,
        uncapped=one.uncapped - other.uncapped,
    )


def _interval(one: _Estimate, given: PersonDays, size: float, level: float) -> dict[str, object]:
    influence = one.influence if given.cluster is None else np.bincount(given.cluster, one.influence)
    squares = float((influence**2).sum())
    spread = float((influence**4).sum()) / squares**2 if squares else np.inf
    df = 2 / max(spread - 1 / len(influence), 1e-6)
    if given.cluster is not None:
        df = min(df, len(influence) - 1.0)
    note = TOO_HEAVY if df < SMALLEST_DF else ""
    note = TOO_FEW if size < SMALLEST_SIZE or len(influence) < FEWEST_CLUSTERS else note
    se = np.nan if note else float(np.sqrt(squares))
    margin = float(special.stdtrit(df, (1 + level) / 2)) * se
    return {
        "estimate": one.value, "std_error": se,
        "conf_low": one.value - margin, "conf_high": one.value + margin, "df": df,
        "weighted": one.weighted, "g_formula": one.g_formula, "uncapped": one.uncapped,
        "note": note,
    }  # fmt: skip
