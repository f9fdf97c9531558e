"""Parametric models of a time that may be exact, right-censored or known to be in (low, high].

Survival curves, in lifelines' parameters:

    exponential         S = exp(-t / lambda)
    weibull             S = exp(-(t / lambda)^rho)
    lognormal           S = 1 - Phi((log t - mu) / sigma)
    loglogistic         S = 1 / (1 + (t / alpha)^beta)
    generalized_gamma   z = (log t - mu) / sigma, q = 1 / lambda^2; S = Q(q, q exp(lambda z)) for lambda > 0,
                        P(...) for lambda < 0, 1 - Phi(z) for lambda = 0 (P, Q: incomplete gamma functions)
    spline              log H = phi_0 + phi_1 x + sum_k phi_k v_k(x), x = log t, natural cubic in x:
                        v_k = (x - x_k)+^3 - r (x - x_min)+^3 - (1 - r) (x - x_max)+^3,
                        r = (x_max - x_k) / (x_max - x_min)

The likelihood sum_i w_i log L_i, with L_i the density at an exact day, S(low) of a right-censored row,
S(low) - S(high) otherwise, each over S(entry), is maximized by Newton's method from several starts (*The
maximum of a log likelihood*), on log times less their mean, over their spread; of the generalized gamma and
the spline model from the maxima of the models that they contain, too. AIC = 2 k - 2 log L compares models on
the same people. There is no fit where a search that did not converge went higher than those that did; where
some direction of the parameters is not determined; and for a shape at the boundary (events on almost one
day), where the likelihood has no maximum. The variance of parameters is the inverse observed information,
that of a window's risk follows by the delta method (central differences). Weights are numbers of people:
with weights that are not whole numbers there is no standard error, since that requires a robust form.

References
----------
Kalbfleisch JD, Prentice RL (2002), ch. 3. Royston P, Parmar
MKB (2002), Stat Med 21:2175-2197 (spline). Prentice RL (1974), Biometrika 61:539-544 (generalized gamma).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import special

from stepdown.errors import EstimateError
from stepdown.survival.core.argument_types import checks_arguments
from stepdown.survival.core.confidence_intervals import incidence_interval
from stepdown.survival.core.data_frames import reads_columns
from stepdown.survival.core.presentation import Presented
from stepdown.survival.core.sample import MOST_DRAWS, Faults, Floats, check_level, check_window, is_number
from stepdown.survival.interval_censored.highest_likelihood import LikelihoodMaximum, highest
from stepdown.survival.interval_censored.interval_times import Intervals, check_entry, check_intervals
from stepdown.survival.interval_censored.row_likelihood import (
    LOGLOGISTIC,
    LOGNORMAL,
    WEIBULL,
    TimeRows,
    generalized_gamma,
)

Curve = Callable[[Floats, Floats, Floats], Floats]


@dataclass(frozen=True)
class Model:
    """A model: names of its parameters, and S(t) from parameters, log t and log knots."""

    names: tuple[str, ...]
    survival: Curve


def _exponential(p: Floats, x: Floats, knots: Floats) -> Floats:
    return np.asarray(np.exp(-np.exp(x) / p[0]))


def _weibull(p: Floats, x: Floats, knots: Floats) -> Floats:
    return np.asarray(np.exp(-np.exp(p[1] * (x - np.log(p[0])))))


def _lognormal(p: Floats, x: Floats, knots: Floats) -> Floats:
    return np.asarray(special.ndtr(-(x - p[0]) / p[1]))


def _loglogistic(p: Floats, x: Floats, knots: Floats) -> Floats:
    return np.asarray(special.expit(-p[1] * (x - np.log(p[0]))))


def _gamma(p: Floats, x: Floats, knots: Floats) -> Floats:
    z = (x - p[0]) / np.exp(p[1])
    if p[2] == 0:
        return np.asarray(special.ndtr(-z))
    q = 1 / p[2] ** 2
    side = special.gammaincc if p[2] > 0 else special.gammainc
    return np.asarray(side(q, q * np.exp(p[2] * z)))


def _spline(p: Floats, x: Floats, knots: Floats) -> Floats:
    return np.asarray(np.exp(-np.exp(log_hazard(x, p, knots)[0])))


MODELS = {
    "exponential": Model(("lambda",), _exponential),
    "weibull": Model(("lambda", "rho"), _weibull),
    "lognormal": Model(("mu", "sigma"), _lognormal),
    "loglogistic": Model(("alpha", "beta"), _loglogistic),
    "generalized_gamma": Model(("mu", "ln_sigma", "lambda"), _gamma),
    "spline": Model(("phi_0", "phi_1"), _spline),
}


def survival(name: str, params: Floats, day: float, knots: Floats) -> float:
    """S(day) of a model; 1 on day 0."""
    return float(curve(name, params, np.array([day]), knots)[0])


def curve(name: str, params: Floats, days: Floats, knots: Floats) -> Floats:
    """S of a model on each day; 1 on day 0, 0 on an infinite one."""
    found = np.where(days > 0, 0.0, 1.0)
    later = (days > 0) & np.isfinite(days)
    found[later] = MODELS[name].survival(params, np.log(days[later]), knots)
    return found


def gradient(value: Callable[[Floats], float], params: Floats) -> Floats:
    """Central differences of a function of the parameters."""
    steps = 1e-5 * np.maximum(np.abs(params), 1e-2)
    shifts = np.diag(steps)
    return np.array([value(params + s) - value(params - s) for s in shifts]) / (2 * steps)


NARROW, STEEP = 1e-3, 50.0
"""Scale of log time below which, and shape beyond which, there is no maximum."""

STOPPED = "the search did not converge"
NOBODY_LEFT = "nobody is predicted to be left at the start of the window"
EDGE = "no maximum: the estimate of its shape is at the boundary"
NOT_DETERMINED = "no single maximum: the times do not determine the parameters"
NOT_COUNTS = "weights are not counts"


@dataclass(frozen=True, eq=False, repr=False)
class Parametric(Presented):
    """Fitted models.

    Attributes
    ----------
    summary : DataFrame
        By model, best first: `parameters` (their number), `loglik`, `aic`, `note` (why there is no fit, or
        no standard error).
    params : DataFrame
        `model`, `param`, `estimate`, `std_error`.
    knots : ndarray
        Days of the spline's knots.
    n : int
        Informative rows.
    level : float
        Confidence level.
    """

    summary: pd.DataFrame
    params: pd.DataFrame
    knots: Floats
    n: int
    level: float
    fits: tuple[_Fit, ...] = field(repr=False)

    @property
    def best(self) -> str:
        """Name of the model with the smallest AIC; empty where none could be fitted."""
        fitted = self.summary["aic"].dropna()
        return "" if fitted.empty else str(fitted.idxmin())

    @checks_arguments
    def risk(self, a: float, b: float) -> pd.DataFrame:
        """Return the predicted risk in the window (a, b].

        Parameters
        ----------
        a, b : float
            Window in days, a < b.

        Returns
        -------
        DataFrame
            `model`, `measure` (`window_risk` S(a) - S(b), `conditional_risk` that over S(a)), `start`,
            `time`, `estimate`, `std_error`, `conf_low`, `conf_high` (complementary log-log), `note`; best
            model first.
        """
        check_window(a, b)
        start, end = float(a), float(b)
        rows = [
            fit.risk(measure, start, end, np.log(self.knots), self.level)
            for fit in self.fits
            for measure in ("window_risk", "conditional_risk")
        ]
        return pd.DataFrame(rows)


@dataclass(frozen=True, eq=False)
class _Fit:
    name: str
    names: tuple[str, ...]
    params: Floats
    variance: Floats | None
    loglik: float
    note: str

    @property
    def aic(self) -> float:
        return 2 * len(self.params) - 2 * self.loglik

    def risk(self, measure: str, a: float, b: float, knots: Floats, level: float) -> dict[str, object]:
        def value(params: Floats) -> float:
            before, after = (survival(self.name, params, day, knots) for day in (a, b))
            if measure == "conditional_risk":
                return (before - after) / before if before > 0 else np.nan
            return before - after

        estimate, se = value(self.params) if len(self.params) else np.nan, np.nan
        note = NOBODY_LEFT if len(self.params) and np.isnan(estimate) else self.note
        if self.variance is not None and np.isfinite(estimate):
            slope = gradient(value, self.params)
            se = float(np.sqrt(slope @ self.variance @ slope))
        low, high = incidence_interval(np.array([estimate]), np.array([se]), "log-log", level)
        return {
            "model": self.name, "measure": measure, "start": a, "time": b, "estimate": estimate,
            "std_error": se, "conf_low": low[0], "conf_high": high[0], "note": note,
        }  # fmt: skip


@reads_columns
def parametric(
    low: ArrayLike,
    high: ArrayLike,
    *,
    entry: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    models: Sequence[str] = tuple(MODELS),
    knots: int = 3,
    level: float = 0.95,
    data: pd.DataFrame | None = None,
) -> Parametric:
    """Fit parametric models to times known to be in (low, high].

    Parameters
    ----------
    low, high : array-like, shape (n,)
        As in `turnbull`: exact where both are the same, right-censored where `high` is infinite. For
        days and events give `days` and `np.where(event, days, np.inf)`.
    entry : array-like, shape (n,), optional
        Day after which a person is at risk, at or before `low`.
    weights : array-like, shape (n,), optional
        Positive; number of people that each row represents.
    models : sequence of str
        Of exponential, weibull, lognormal, loglogistic, generalized_gamma, spline.
    knots : int
        Knots of the spline, 3 or more, at equal shares of the times found.
    level, data
        As in `kaplan_meier`.

    Returns
    -------
    Parametric
        A model that cannot be fitted keeps its row, with the reason.

    Raises
    ------
    EstimateError
        Where input is missing or impossible; an exact day 0, which has probability 0 in these models.

    Examples
    --------
    >>> import stepdown.survival as survival
    >>> fit = survival.parametric([3, 5, 8, 9, 12], [3, 5, 8, 9, float("inf")], models=["weibull"])
    >>> fit.best
    'weibull'
    """
    given = check_intervals(low, high, weights=weights)
    check_level(level)
    late = _entry(entry, given)
    wanted = [str(name) for name in np.atleast_1d(np.asarray(models, dtype=object))]
    if not wanted or not set(wanted) <= set(MODELS):
        raise EstimateError(f"models may hold {', '.join(MODELS)}. Check their spelling.")
    if not (is_number(knots) and knots == int(knots) and 3 <= knots <= MOST_DRAWS):
        raise EstimateError("knots must be a whole number from 3 up. Two would be the Weibull model.")
    timed = (given.low > 0) | np.isfinite(given.high)
    informative = Intervals(
        given.low[timed], given.high[timed], given.arm[timed], given.labels, given.weight[timed]
    )
    places = _knots(informative, int(knots))
    rows = TimeRows.of(informative.low, informative.high, late[timed], informative.weight)
    search = _Search(rows, places)
    fits = [_fit(name, search, informative) for name in dict.fromkeys(wanted)]
    fits.sort(key=lambda fit: np.inf if np.isnan(fit.aic) else fit.aic)
    lines = [
        {"parameters": len(fit.params), "loglik": fit.loglik, "aic": fit.aic, "note": fit.note}
        for fit in fits
    ]  # fmt: skip
    summary = pd.DataFrame(lines, index=pd.Index([fit.name for fit in fits], name="model"))
    found = [
        {"model": fit.name, "param": name, "estimate": value,
         "std_error": np.nan if fit.variance is None else float(np.sqrt(fit.variance[place, place]))}
        for fit in fits
        for place, (name, value) in enumerate(zip(fit.names, fit.params.tolist(), strict=True))
    ]  # fmt: skip
    params = pd.DataFrame(found, columns=["model", "param", "estimate", "std_error"])
    return Parametric(summary, params, places, int(timed.sum()), level, tuple(fits))


def _entry(entry: ArrayLike | None, given: Intervals) -> Floats:
    faults = Faults()
    faults.where(
        "low", (given.low == 0) & (given.high == 0), "is an exact day 0",
        "Day 0 has probability 0 in these models: give the row as an interval, or leave it out.",
    )  # fmt: skip
    first = check_entry(entry, given, faults)
    faults.stop()
    return first


def _knots(data: Intervals, knots: int) -> Floats:
    closed = np.isfinite(data.high)
    middle = (data.low[closed] + data.high[closed]) / 2
    if not len(middle):
        return np.empty(0)
    return np.unique(np.quantile(middle, np.linspace(0, 1, knots)))


def _fit(name: str, search: _Search, data: Intervals) -> _Fit:
    if not np.isfinite(data.high).any():
        return _failed(name, "no events")
    if name == "spline" and len(search.knots) < 3:
        return _failed(name, "too few distinct times for the knots")
    peak = search.peak(name)
    if peak is None:
        return _failed(name, STOPPED)
    params = search.params(name, peak.at)
    if _at_the_edge(name, params):
        return _failed(name, EDGE)
    if peak.flat:
        return _failed(name, NOT_DETERMINED)
    if not peak.converged:
        return _failed(name, STOPPED)
    names = MODELS[name].names + tuple(f"phi_{place}" for place in range(2, len(params)) if name == "spline")
    if np.any(data.weight != np.floor(data.weight)):
        return _Fit(name, names, params, None, peak.value, NOT_COUNTS)
    return _Fit(name, names, params, search.variance(name, peak), peak.value, "")


class _Search:
    """Peaks of the models, in parameters of the order of 1: log times less their mean, over their spread."""

    def __init__(self, rows: TimeRows, knots: Floats) -> None:
        self.rows, self.knots = rows, np.log(knots)
        ends = np.where(np.isfinite(rows.low), rows.low, rows.high - np.log(2))
        known = np.concatenate([rows.exact, rows.between])
        times = ends[known] if len(known) else np.zeros(1)
        self.center, self.spread = float(times.mean()), float(max(times.std(), 0.1))
        self.found: dict[str, LikelihoodMaximum | None] = {}

    def peak(self, name: str) -> LikelihoodMaximum | None:
        """Return the highest peak of a model."""
        if name not in self.found:
            self.found[name] = highest(lambda at: self._loglik(name, at), self._starts(name))
        return self.found[name]

    def params(self, name: str, at: Floats) -> Floats:
        """Return the parameters of a model from those of the search."""
        if name == "spline":
            cubes = at[2:] / self.spread**3
            return np.concatenate([[at[0] - at[1] * self.center / self.spread, at[1] / self.spread], cubes])
        place = self.center + self.spread * at[0]
        if name == "exponential":
            return np.array([np.exp(place)])
        log_scale = np.log(self.spread) + at[1]
        if name == "generalized_gamma":
            return np.array([place, log_scale, at[2]])
        if name == "lognormal":
            return np.array([place, np.exp(log_scale)])
        return np.array([np.exp(place), np.exp(-log_scale)])

    def variance(self, name: str, peak: LikelihoodMaximum) -> Floats:
        """Return the variance of the parameters of a model, by the delta method."""

        def value(place: int, at: Floats) -> float:
            return float(self.params(name, at)[place])

        slope = np.array([gradient(partial(value, place), peak.at) for place in range(len(peak.at))])
        return np.asarray(slope @ np.linalg.inv(-peak.curvature) @ slope.T)

    def _loglik(self, name: str, at: Floats) -> float:
        if name == "spline":
            return self._spline(at)
        law = {"lognormal": LOGNORMAL, "loglogistic": LOGLOGISTIC}.get(name, WEIBULL)
        if name == "generalized_gamma":
            law = generalized_gamma(float(at[2]))
        log_scale = np.log(self.spread) + at[1] if len(at) > 1 else 0.0
        location = np.full(len(self.rows.low), self.center + self.spread * at[0])
        return self.rows.of_law(law, location, log_scale)

    def _spline(self, at: Floats) -> float:
        knots = (self.knots - self.center) / self.spread

        def height(x: Floats, rows: object) -> tuple[Floats, Floats]:
            return log_hazard((x - self.center) / self.spread, at, knots)

        def density(x: Floats, rows: object) -> Floats:
            level, rise = height(x, rows)
            return np.asarray(np.log(rise / self.spread) + level - np.exp(level) - x)

        return self.rows.loglik(lambda x, rows: -np.exp(height(x, rows)[0]), density)

    def _starts(self, name: str) -> list[Floats]:
        if name == "exponential":
            return [np.array([place]) for place in (0.0, 3.0)]
        if name == "spline":
            contained = self.peak("weibull")
            line = np.array([0.0, 0.0]) if contained is None else contained.at
            straight = np.array([-line[0], 1.0]) * np.exp(-line[1])
            bends = len(self.knots) - 2
            return [np.append(straight, np.full(bends, bend)) for bend in (0.0, 0.02, -0.02)]
        if name == "generalized_gamma":
            shapes = {"weibull": (1.0, 3.0), "lognormal": (0.1, -0.5), "loglogistic": (-1.5, 0.5)}
            peaks = [(self.peak(of), shape) for of, several in shapes.items() for shape in several]
            return [np.append(peak.at, shape) for peak, shape in peaks if peak is not None]
        return [np.array(start) for start in ((0.0, 0.0), (1.0, -1.0), (3.0, 1.0), (-2.0, 1.0))]


def log_hazard(x: Floats, params: Floats, knots: Floats) -> tuple[Floats, Floats]:
    """Return the spline log H and its slope at x."""
    first, last = knots[0], knots[-1]
    level, rise = params[0] + params[1] * x, np.full(len(x), params[1])
    for phi, knot in zip(params[2:], knots[1:-1], strict=True):
        share = (last - knot) / (last - first)
        for place, part in ((knot, 1.0), (first, -share), (last, share - 1)):
            above = np.maximum(x - place, 0.0)
            level, rise = level + phi * part * above**3, rise + 3 * phi * part * above**2
    return level, rise


def _at_the_edge(name: str, params: Floats) -> bool:
    """Whether the shape is at the boundary: all events on almost one day, or after a fixed day."""
    if name in ("weibull", "loglogistic"):
        return bool(params[1] > 1 / NARROW)
    if name == "lognormal":
        return bool(params[1] < NARROW)
    if name == "generalized_gamma":
        return bool(np.exp(params[1]) < NARROW or abs(params[2]) > STEEP)
    return False


def _failed(name: str, note: str) -> _Fit:
    return _Fit(name, (), np.empty(0), None, np.nan, note)
