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

lifelines maximizes sum_i w_i log L_i, with L_i the density at an exact day, S(low) of a right-censored row,
S(low) - S(high) otherwise, each over S(entry). AIC = 2 k - 2 log L compares models on the same people. The
exponential model starts from the rate with each interval's middle as its day; the generalized gamma and the
spline model from the maximum of the Weibull model, which both contain. There is no fit where lifelines ends
below it; where the log likelihood still rises by more than 0.001 by a Newton step (three are tried as new
starts), or as a parameter moves by a hundredth or a tenth; and for a shape at the boundary (events on almost
one day), where the likelihood has no maximum. The variance of parameters is the inverse observed information,
that of a window's risk follows by the delta method (central differences). Weights are numbers of people: with
weights that are not whole numbers there is no standard error, since that requires a robust form.

References
----------
Kalbfleisch JD, Prentice RL (2002), ch. 3. Davidson-Pilon C (2019), JOSS 4:1317 (lifelines). Royston P, Parmar
MKB (2002), Stat Med 21:2175-2197 (spline). Prentice RL (1974), Biometrika 61:539-544 (generalized gamma).
"""

from __future__ import annotations

import importlib
import re
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import special

from stepdown.errors import EstimateError
from stepdown.survival.core.argument_types import checks_arguments
from stepdown.survival.core.confidence_intervals import incidence_interval
from stepdown.survival.core.data_frames import reads_columns
from stepdown.survival.core.fit_warning import issue
from stepdown.survival.core.presentation import Presented
from stepdown.survival.core.sample import MOST_DRAWS, Faults, Floats, check_level, check_window, is_number
from stepdown.survival.interval_censored.interval_times import Intervals, check_entry, check_intervals

Curve = Callable[[Floats, Floats, Floats], Floats]


@dataclass(frozen=True)
class Model:
    """A model: lifelines' class, and S(t) from parameters, log t and log knots."""

    fitter: str
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
    first, last = knots[0], knots[-1]
    height = p[0] + p[1] * x
    for phi, knot in zip(p[2:], knots[1:-1], strict=True):
        share = (last - knot) / (last - first)
        bends = [np.maximum(x - place, 0.0) ** 3 for place in (knot, first, last)]
        height = height + phi * (bends[0] - share * bends[1] - (1 - share) * bends[2])
    return np.asarray(np.exp(-np.exp(height)))


MODELS = {
    "exponential": Model("ExponentialFitter", _exponential),
    "weibull": Model("WeibullFitter", _weibull),
    "lognormal": Model("LogNormalFitter", _lognormal),
    "loglogistic": Model("LogLogisticFitter", _loglogistic),
    "generalized_gamma": Model("GeneralizedGammaFitter", _gamma),
    "spline": Model("SplineFitter", _spline),
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


NO_VARIANCE = "no usable variance"
WIDER = ("generalized_gamma", "spline")
"""Models that contain the Weibull model."""

SHORT = 1e-4
"""Log-likelihood by which rounding may put a wider model below the Weibull model."""

NARROW, STEEP = 1e-3, 50.0
"""Scale of log time below which, and shape beyond which, there is no maximum."""

MOVES = (-0.1, -0.01, 0.01, 0.1)
"""Relative moves of each parameter that may not raise the likelihood at a maximum."""

RISING = 1e-3
"""Rise of the log likelihood by such a move that shows a search that stopped early."""

MOST_FITS = 4
"""Most fits of a model, each from a Newton step beyond the last."""

NEARBY = 1e-5
"""Relative half-width of the stretch whose probability stands for the density of an exact day."""

STOPPED = "stopped short of the maximum: the likelihood still rises"
NOBODY_LEFT = "nobody is predicted to be left at the start of the window"
EDGE = "no maximum: the estimate of its shape is at the boundary"
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
    warnings : tuple of str
        Warnings of lifelines, with numbers replaced by #, each after the model's name.
    knots : ndarray
        Days of the spline's knots.
    n : int
        Informative rows.
    level : float
        Confidence level.
    """

    summary: pd.DataFrame
    params: pd.DataFrame
    warnings: tuple[str, ...]
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
    texts: list[str] = []
    weibull = _fit("weibull", informative, late[timed], places, None, texts if "weibull" in wanted else [])
    others = [name for name in dict.fromkeys(wanted) if name != "weibull"]
    fits = [_fit(name, informative, late[timed], places, weibull, texts) for name in others]
    fits += [weibull] if "weibull" in wanted else []
    fits.sort(key=lambda fit: np.inf if np.isnan(fit.aic) else fit.aic)
    rows = [
        {"parameters": len(fit.params), "loglik": fit.loglik, "aic": fit.aic, "note": fit.note}
        for fit in fits
    ]  # fmt: skip
    summary = pd.DataFrame(rows, index=pd.Index([fit.name for fit in fits], name="model"))
    found = [
        {"model": fit.name, "param": name, "estimate": value,
         "std_error": np.nan if fit.variance is None else float(np.sqrt(fit.variance[place, place]))}
        for fit in fits
        for place, (name, value) in enumerate(zip(fit.names, fit.params.tolist(), strict=True))
    ]  # fmt: skip
    params = pd.DataFrame(found, columns=["model", "param", "estimate", "std_error"])
    issue(texts)
    return Parametric(summary, params, tuple(texts), places, int(timed.sum()), level, tuple(fits))


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


def _fit(
    name: str, data: Intervals, entry: Floats, knots: Floats, weibull: _Fit | None, texts: list[str]
) -> _Fit:
    if not np.isfinite(data.high).any():
        return _failed(name, "no events")
    if name == "spline" and len(knots) < 3:
        return _failed(name, "too few distinct times for the knots")
    lifelines = importlib.import_module("lifelines")
    maker = getattr(lifelines, MODELS[name].fitter)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            fitter = _climbed(name, maker, data, entry, knots, _start(name, data, weibull, knots))
        except Exception as error:  # models fail with various errors; the row's note states which
            return _failed(name, f"lifelines could not fit it ({type(error).__name__})")
    loglik = float(fitter.log_likelihood_)
    if name in WIDER and weibull is not None and not loglik > weibull.loglik - SHORT:
        return _failed(name, "stopped short of the maximum: below the Weibull model, which it contains")
    for text in dict.fromkeys(str(warning.message) for warning in caught):
        first = re.split(r"(?<=[.!])\s", " ".join(text.split()))[0]
        texts.append(f"{name}: {re.sub(r'[0-9][0-9.,e+-]*', '#', first)}")
    values = fitter.params_
    if _at_the_edge(name, values.to_numpy(dtype=float)):
        return _failed(name, EDGE)
    if _still_rises(name, values.to_numpy(dtype=float), data, entry, np.log(knots)):
        return _failed(name, STOPPED)
    variance, note = np.asarray(fitter.variance_matrix_, dtype=float), ""
    if np.any(data.weight != np.floor(data.weight)):
        note = NOT_COUNTS
    elif not np.isfinite(variance).all() or np.linalg.eigvalsh(variance)[0] <= 0:
        note = NO_VARIANCE
    return _Fit(
        name, tuple(part.rstrip("_") for part in values.index), values.to_numpy(dtype=float),
        None if note else variance, loglik, note,
    )  # fmt: skip


def _climbed(
    name: str, maker: Any, data: Intervals, entry: Floats, knots: Floats, start: Floats | None
) -> Any:
    """Fit, and fit again from a Newton step further on while that is higher."""
    for _ in range(MOST_FITS):
        fitter = _fitted(maker(knots) if name == "spline" else maker(), data, entry, start)
        params = fitter.params_.to_numpy(dtype=float)
        start = _ahead(name, params, data, entry, np.log(knots))
        if start is None:
            break
    return fitter


def _ahead(name: str, params: Floats, data: Intervals, entry: Floats, knots: Floats) -> Floats | None:
    """Parameters a Newton step from these, where the likelihood is clearly higher there; else None."""

    def value(at: Floats) -> float:
        return _loglik(name, at, data, entry, knots)

    here, shifts = value(params), np.diag(1e-3 * np.maximum(np.abs(params), 1e-2))
    sizes = np.diag(shifts)
    slope = np.array([value(params + s) - value(params - s) for s in shifts]) / (2 * sizes)
    bend = np.array([
        [value(params + s + t) - value(params + s - t) - value(params - s + t) + value(params - s - t)
         for t in shifts] for s in shifts
    ]) / (4 * np.outer(sizes, sizes))  # fmt: skip
    if not (np.isfinite(here) and np.isfinite(slope).all() and np.isfinite(bend).all()):
        return None
    # Scaled so that parameters of any size count alike; uphill where the likelihood is not concave.
    values, vectors = np.linalg.eigh((bend + bend.T) / 2 * np.outer(sizes, sizes))
    if not values.any():
        return None
    step = vectors @ (vectors.T @ (slope * sizes) / np.maximum(np.abs(values), 1e-12 * np.abs(values).max()))
    for share in (1.0, 0.3, 0.1):
        tried = params + share * step * sizes
        if value(tried) > here + RISING:
            return np.asarray(tried)
    return None


def _at_the_edge(name: str, params: Floats) -> bool:
    """Whether the shape is at the boundary: all events on almost one day, or after a fixed day."""
    if name in ("weibull", "loglogistic"):
        return bool(params[1] > 1 / NARROW)
    if name == "lognormal":
        return bool(params[1] < NARROW)
    if name == "generalized_gamma":
        return bool(np.exp(params[1]) < NARROW or abs(params[2]) > STEEP)
    return False


def _still_rises(name: str, params: Floats, data: Intervals, entry: Floats, knots: Floats) -> bool:
    """Whether the likelihood is clearly larger nearby: the search has not reached its maximum."""
    here = _loglik(name, params, data, entry, knots)
    if not np.isfinite(here):
        return True
    if _ahead(name, params, data, entry, knots) is not None:
        return True
    steps = np.diag(np.maximum(np.abs(params), 1e-2))
    tried = (_loglik(name, params + move * step, data, entry, knots) for step in steps for move in MOVES)
    return any(found > here + RISING for found in tried)


def _loglik(name: str, params: Floats, data: Intervals, entry: Floats, knots: Floats) -> float:
    """Log likelihood of a model; minus infinity where its parameters are impossible."""
    exact = data.low == data.high
    low = np.where(exact, data.low * (1 - NEARBY), data.low)
    high = np.where(exact, data.low * (1 + NEARBY), data.high)
    with np.errstate(all="ignore"):
        before, after, entered = (curve(name, params, days, knots) for days in (low, high, entry))
        width = np.where(exact, high - low, 1.0)
        total = float(data.weight @ (np.log((before - after) / width) - np.log(entered)))
    return -np.inf if np.isnan(total) else total


def _start(name: str, data: Intervals, weibull: _Fit | None, knots: Floats) -> Floats | None:
    """Start near the maximum: from lifelines' own start the exponential and the wider models may fail."""
    if name == "exponential":
        found = np.isfinite(data.high)
        time = np.where(found, (data.low + np.where(found, data.high, 0.0)) / 2, data.low)
        return np.array([data.weight @ time / data.weight[found].sum()])
    if name not in WIDER or weibull is None or not len(weibull.params):
        return None
    scale, shape = weibull.params
    if name == "spline":
        return np.concatenate([[-shape * np.log(scale), shape], np.zeros(len(knots) - 2)])
    return np.array([np.log(scale), -np.log(shape), 1.0])


def _fitted(fitter: Any, data: Intervals, entry: Floats, start: Floats | None) -> Any:
    exact = data.low == data.high
    late = entry if entry.any() else None
    if np.all(exact | np.isinf(data.high)):
        return fitter.fit(data.low, exact.astype(int), entry=late, weights=data.weight, initial_point=start)
    return fitter.fit_interval_censoring(
        data.low, data.high, exact.astype(int), entry=late, weights=data.weight, initial_point=start
    )


def _failed(name: str, note: str) -> _Fit:
    return _Fit(name, (), np.empty(0), None, np.nan, note)
