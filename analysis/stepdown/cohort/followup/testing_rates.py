"""How often people were looked at while at risk, by arm: who is tested more is found out more.

Counted are findings on days in (entry, last day at risk]; the rate is per 100 person-months at risk. With c_i
findings and t_i days of discharge i, rate r = C / T has the influence u_i = (c_i - r t_i) / T, the variance
sum over clients of (sum of their u_i)^2 (no factor for few clients, as for rates in `stepdown.survival`), and
the interval r exp(+-z se / r): the sandwich of a Poisson regression with the log of the days as offset. The
ratio to the last arm is taken on the log scale; a client with discharges in both arms counts in both.
Without findings, or with one client, there is no interval.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import special

from stepdown.cohort.analysis_times import FollowUp
from stepdown.cohort.followup.completeness import SOURCES, USABLE
from stepdown.cohort.linkage import floats, link
from stepdown.cohort.people import People
from stepdown.schema import Cohort
from stepdown.survival import DAYS_PER_MONTH

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
PER_100_MONTHS = 100 * DAYS_PER_MONTH


@dataclass(frozen=True, eq=False, kw_only=True)
class TestingRates:
    """How often people were looked at.

    Attributes
    ----------
    table : DataFrame
        `arm`, `what` ("urine", and "contact": urine or self-report), `n`, `findings`, `person_days`, `rate`
        per 100 person-months, `low, high`; `ratio, ratio_low, ratio_high` to the last arm (missing for it).
    """

    table: pd.DataFrame


def rates_of_testing(
    cohort: Cohort,
    people: People,
    followup: FollowUp,
    *,
    arm: ArrayLike | None = None,
    labels: tuple[str, ...] | None = None,
    level: float = 0.95,
) -> TestingRates:
    """Return how often each arm was tested and contacted while at risk.

    Parameters
    ----------
    cohort : Cohort
        Valid tables.
    people : People
        Derived discharges.
    followup : FollowUp
        Who is at risk, from when, until what.
    arm : array-like of int (n,), optional
        Arm of each row of the follow-up, as a position in `labels`.
    labels : tuple of str, optional
        Names of the arms, the last is the reference.
    level : float
        Confidence level.

    Returns
    -------
    TestingRates
    """
    names = ("all",) if labels is None else labels
    which = np.zeros(len(followup.days), dtype=np.int64) if arm is None else np.asarray(arm, dtype=np.int64)
    entry = np.zeros(len(followup.days)) if followup.entry is None else followup.entry
    time = followup.days - entry
    z = float(special.ndtri((1 + level) / 2))
    parts = []
    for what, sources in (("urine", ("urine",)), ("contact", SOURCES)):
        count = _count(cohort, people.table.iloc[followup.rows], entry, followup.days, sources)
        rows = [_rate(count, time, which == code, followup.cluster) for code in range(len(names))]
        parts += [_told(row, rows[-1], name, what, z) for row, name in zip(rows, names, strict=True)]
        parts[-1] |= {"ratio": np.nan, "ratio_low": np.nan, "ratio_high": np.nan}
    return TestingRates(table=pd.DataFrame(parts))


def _count(
    cohort: Cohort, table: pd.DataFrame, entry: Floats, last: Floats, sources: tuple[str, ...]
) -> Floats:
    """Return the findings of each row of the follow-up while at risk."""
    seen = cohort.observations
    use = seen["finding"].isin(USABLE).to_numpy(dtype=bool) & seen["source"].isin(sources).to_numpy(
        dtype=bool
    )
    found = seen[use]
    pairs = link(table, found)
    day = floats(found["day"])[pairs.row] - floats(table["zero"])[pairs.at]
    hit = (day > entry[pairs.at]) & (day <= last[pairs.at])
    return np.bincount(pairs.at[hit], minlength=len(table)).astype(float)


def _rate(count: Floats, time: Floats, inside: NDArray[np.bool_], cluster: Ints) -> dict[str, float]:
    c, t = count[inside], time[inside]
    events, days = float(c.sum()), float(t.sum())
    rate = events / days if days else np.nan
    _, who = np.unique(cluster[inside], return_inverse=True)
    summed = np.bincount(who, weights=c - rate * t) if days else np.zeros(1)
    selected = days > 0 and events > 0 and len(summed) > 1
    se = float(np.sqrt((summed**2).sum())) / events if selected else np.nan
    return {"n": int(inside.sum()), "findings": int(events), "person_days": days, "rate": rate, "log_se": se}


def _told(row: dict[str, float], last: dict[str, float], name: str, what: str, z: float) -> dict[str, object]:
    rate, se = row["rate"] * PER_100_MONTHS, row["log_se"]
    ratio = row["rate"] / last["rate"] if last["rate"] else np.nan
    both = float(np.hypot(se, last["log_se"]))
    return {
        "arm": name,
        "what": what,
        **{key: row[key] for key in ("n", "findings", "person_days")},
        "rate": rate,
        "conf_low": rate * np.exp(-z * se),
        "conf_high": rate * np.exp(z * se),
        "ratio": ratio,
        "ratio_low": ratio * np.exp(-z * both),
        "ratio_high": ratio * np.exp(z * both),
    }
