"""The two smoothers of daily rates: kernel and spline. Formulas: `_smooth`."""

import importlib
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np

from stepdown.survival._input import Floats, Ints
from stepdown.survival._smooth_cells import ENOUGH, Cells

CANDIDATES = 12
NOT_FITTED = "the spline could not be fitted"
FEW_DAYS = "too few different days with events for the spline"
FEW_PEOPLE = f"fewer than {ENOUGH} people at risk on every day"
FEW_EVENTS = f"fewer than {ENOUGH} events"


@dataclass(frozen=True, eq=False)
class Fitted:
    """Hazard on M days and the covariance of its logarithm; nothing but a note where there is none."""

    hazard: Floats
    covariance: Floats
    bandwidth: float
    note: str = ""


def nothing(note: str) -> Fitted:
    """Return the fit that says why there is none."""
    return Fitted(np.empty(0), np.empty((0, 0)), np.nan, note)


def too_few(cells: Cells) -> str:
    """Say why an arm cannot be smoothed; empty where it can."""
    if not cells.size:
        return FEW_PEOPLE
    return FEW_EVENTS if cells.n_events.sum() < ENOUGH else ""


def shares(size: int, middle: Floats, bandwidth: float) -> Floats:
    """Share of each day in the kernel estimate at each time, shape (times, days); rows add up to 1.

    The kernel of Mueller and Wang, integrated over each day, on the stretch from 0 to `size`.
    """
    edges = np.arange(size + 1)[None, :]
    at = middle[:, None]
    left, right = np.minimum(at / bandwidth, 1.0), np.minimum((size - at) / bandwidth, 1.0)
    at_right = right < left
    q = np.minimum(left, right)
    z = np.clip(np.where(at_right, edges - at, at - edges) / bandwidth, -1.0, q)
    slope, level = 1 - 2 * q, (3 * q**2 - 2 * q + 1) / 2
    integral = 12 / (1 + q) ** 4 * (slope * z**3 / 3 + (slope + level) * z**2 / 2 + level * z)
    steps = np.diff(integral, axis=1)
    return np.asarray(np.where(at_right, steps, -steps))


def choose_bandwidth(every: list[Cells]) -> float:
    """Return the bandwidth with the least cross-validated squared error of all arms together."""
    used = [cells for cells in every if not too_few(cells)]
    if not used:
        return float("nan")
    longest = max(cells.size for cells in used)
    tried = np.geomspace(max(longest / 20, 1.0), max(longest / 2, 1.0), CANDIDATES)
    loss = [sum(_loss(cells, float(b)) for cells in used) for b in tried]
    return float(tried[int(np.argmin(loss))])


def _loss(cells: Cells, bandwidth: float) -> float:
    """Integral of the squared estimate less twice its mean at each event, that event left out."""
    share = shares(cells.size, cells.middle, _held(cells, bandwidth))
    hazard = share @ (cells.events / cells.person_days)
    others = (cells.events * hazard - np.diag(share) * cells.squares / cells.person_days) / cells.person_days
    return float((hazard**2).sum() - 2 * others.sum())


def _held(cells: Cells, bandwidth: float) -> float:
    return max(min(bandwidth, cells.size / 2), 0.5)


def kernel(cells: Cells, bandwidth: float, cluster: Ints | None, robust: bool) -> Fitted:
    """Smooth the daily rates of one arm."""
    bandwidth = _held(cells, bandwidth)
    share = shares(cells.size, cells.middle, bandwidth)
    hazard = share @ (cells.events / cells.person_days)
    seen = hazard > 0
    scaled = share.T / cells.person_days[:, None]
    if robust:
        rate = (cells.events / cells.person_days)[:, None]
        covariance = cells.squared_influence(scaled, scaled * rate, cluster)
    else:
        covariance = (scaled * cells.events[:, None]).T @ scaled
    hazard = np.where(seen, hazard, 0.0)
    inverse = np.divide(1.0, hazard, out=np.zeros(len(hazard)), where=seen)
    return Fitted(hazard, covariance * np.outer(inverse, inverse), bandwidth)


def spline(cells: Cells, df: int, cluster: Ints | None, robust: bool) -> Fitted:
    """Fit a natural cubic spline of the log hazard of one arm by Poisson regression."""
    x = cells.middle / cells.size
    knots = _knots(cells, x, df)
    if len(np.unique(knots)) < df + 1:
        return nothing(FEW_DAYS)
    basis = natural_spline(x, knots)
    scale = cells.n_events.sum() / cells.events.sum()
    coefficients = _poisson(cells.events * scale, basis, cells.person_days * scale)
    if coefficients is None:
        return nothing(NOT_FITTED)
    hazard = np.exp(basis @ coefficients)
    inverse = np.linalg.inv((basis * (hazard * cells.person_days)[:, None]).T @ basis)
    if robust:
        spread = cells.squared_influence(basis, basis * hazard[:, None], cluster)
        inverse = inverse @ spread @ inverse
    return Fitted(hazard, basis @ inverse @ basis.T, np.nan)


def _poisson(counts: Floats, basis: Floats, exposure: Floats) -> Floats | None:
    # Loads slowly, and only this needs it.
    api: Any = importlib.import_module("statsmodels.api")

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what does not converge is told by a note
        model = api.GLM(counts, basis, family=api.families.Poisson(), offset=np.log(exposure))
        found = model.fit(tol=1e-10, tol_criterion="params", maxiter=100)
    converged = found.converged and np.isfinite(found.params).all()
    return np.asarray(found.params, dtype=float) if converged else None


def _knots(cells: Cells, x: Floats, df: int) -> Floats:
    reached = np.cumsum(cells.events) / cells.events.sum()
    inner = [x[np.searchsorted(reached, p * (1 - 1e-12))] for p in np.arange(1, df) / df]
    return np.array([x[0], *inner, x[-1]])


def natural_spline(x: Floats, knots: Floats) -> Floats:
    """Basis of cubic splines that are straight beyond the outer knots; the constant is among them."""
    last, before = knots[-1], knots[-2]
    cubes = np.maximum(x[:, None] - knots, 0.0) ** 3
    bends = [
        cubes[:, place]
        - cubes[:, -2] * (last - knot) / (last - before)
        + cubes[:, -1] * (before - knot) / (last - before)
        for place, knot in enumerate(knots[:-2])
    ]
    # Made orthogonal: powers of late days are nearly the same column.
    return np.asarray(np.linalg.qr(np.column_stack([np.ones(len(x)), x, *bends]))[0] * np.sqrt(len(x)))
