"""Curves and risks from rounded counts, so that neither a table nor a coordinate gives a count away."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from stepdown.disclosure.count_tables import DEFAULT_THRESHOLD, check_threshold
from stepdown.disclosure.fitting_counts import round_to, wilson
from stepdown.errors import DisclosureError

DEFAULT_BASE = 5
LEAST_AT_START = 100


@dataclass(frozen=True)
class RoundedRisk:
    """A risk that is computed from rounded counts.

    Attributes
    ----------
    events, n : int
        Rounded counts.
    risk, conf_low, conf_high : float
        Of the rounded counts, with the Wilson 95% interval.
    """

    events: int
    n: int
    risk: float
    conf_low: float
    conf_high: float


def rounded_risk(
    events: int, n: int, *, base: int = DEFAULT_BASE, threshold: int = DEFAULT_THRESHOLD
) -> RoundedRisk | None:
    """Return a risk from rounded counts, or None where a count behind it is below the threshold.

    Parameters
    ----------
    events, n : int
        True counts.
    base : int
        What counts are rounded to.
    threshold : int
        Smallest number of people with, and without, the event.

    Examples
    --------
    >>> found = rounded_risk(41, 138)
    >>> found.events, found.n, round(found.risk, 3)
    (40, 140, 0.286)
    >>> rounded_risk(8, 138) is None, rounded_risk(130, 138) is None
    (True, True)
    """
    check_threshold(threshold)
    check_base(base)
    if min(events, n - events) < threshold:
        return None
    count, size = int(round_to(events, base)), int(round_to(n, base))
    if not 0 < count < size:
        return None
    low, high = wilson(count, size)
    return RoundedRisk(count, size, count / size, float(low), float(high))


def check_base(base: int) -> None:
    """Refuse a base below 5."""
    if base < DEFAULT_BASE:
        raise DisclosureError(f"The base is {base}. Give {DEFAULT_BASE} or more.")


def rounded_curve(
    cumulative: pd.DataFrame,
    n: int,
    *,
    base: int = DEFAULT_BASE,
    threshold: int = DEFAULT_THRESHOLD,
    least: int = LEAST_AT_START,
) -> pd.DataFrame | None:
    """Return the numbers of a curve from rounded cumulative counts.

    Cumulative counts are rounded to the base; while one is below the threshold it is shown as 0. Those
    at risk are the rounded total less the rounded counts, so that the table adds up, and the curve ends where
    fewer than the threshold are at risk. The probabilities are those of these counts (Aalen-Johansen; with
    one kind of event 1 - Kaplan-Meier).

    Parameters
    ----------
    cumulative : DataFrame
        A row for each day (the index, increasing), a column for each kind of event and one named
        `censored`: how many had left in that way by the end of the day.
    n : int
        People at the start.
    base, threshold : int
    least : int
        People at the start below whom no curve is drawn.

    Returns
    -------
    DataFrame or None
        By day: `at_risk` at its start, the rounded cumulative counts at its end, `event_free`, and
        `risk_NAME` of each kind of event. None where fewer than `least` people start.

    Raises
    ------
    DisclosureError
        Where counts fall, or more people leave than start.

    Examples
    --------
    >>> counts = pd.DataFrame({"relapse": [4, 13, 31], "censored": [0, 2, 18]}, index=[1, 2, 3])
    >>> rounded_curve(counts, 121)[["at_risk", "relapse", "censored"]].values.tolist()
    [[120, 0, 0], [120, 15, 0], [105, 30, 20]]
    """
    check_threshold(threshold)
    check_base(base)
    counts = cumulative.to_numpy(dtype=np.int64)
    if (np.diff(counts, axis=0) < 0).any() or (counts < 0).any() or (counts.sum(axis=1) > n).any():
        raise DisclosureError(
            "Cumulative counts fall, or are more than the people at the start. Give counts by the end of each"
            " day."
        )
    if n < least:
        return None
    first = -(-threshold // base) * base
    shown = np.where(counts < threshold, 0, np.maximum(round_to(counts, base), first)).astype(np.int64)
    before = np.vstack([np.zeros(counts.shape[1], dtype=np.int64), shown[:-1]])
    left = np.concatenate([[0], counts[:-1].sum(axis=1)])
    at_risk = int(round_to(n, base)) - before.sum(axis=1)
    enough = (at_risk >= threshold) & (n - left >= threshold) & (at_risk >= (shown - before).sum(axis=1))
    end = len(enough) if enough.all() else int(np.argmin(enough))
    return _probabilities(cumulative.iloc[:end], shown[:end], before[:end], at_risk[:end])


def _probabilities(
    days: pd.DataFrame, shown: np.ndarray, before: np.ndarray, at_risk: np.ndarray
) -> pd.DataFrame:
    kinds = [place for place, name in enumerate(days.columns) if name != "censored"]
    hazards = (shown - before)[:, kinds] / at_risk[:, None]
    free = np.cumprod(1 - hazards.sum(axis=1))
    ahead = np.concatenate([[1.0], free[:-1]])
    table = pd.DataFrame({"at_risk": at_risk}, index=days.index)
    for place, name in enumerate(days.columns):
        table[name] = shown[:, place]
    table["event_free"] = free
    for place, kind in enumerate(kinds):
        table[f"risk_{days.columns[kind]}"] = np.cumsum(ahead * hazards[:, place])
    return table
