"""Proportions with an interval that allows for clients who count several times.

With y_i in {0, 1} for discharge i, p their mean over the n discharges of a group and C clients in it,

    u_c = sum over the discharges i of client c of (y_i - p)
    v   = C / (C - 1) * sum_c u_c^2 / n^2           (cluster-robust variance of p)
    d   = max(1, v / (p (1 - p) / n))               (design effect)

and the interval is Wilson's for n / d discharges. Where every client counts once d is 1: Wilson's own
interval. Where p is 0 or 1, or there is one client, v carries no information; then the C clients count once
each, as if the discharges of one client were all alike, the most that clients can take away.

References
----------
Wilson EB (1927), JASA 22:209-212. Kish L (1965), Survey Sampling (design effect). Korn EL, Graubard BI
(1998), Survey Methodology 24:193-201 (effective sample size in the interval of a proportion).
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

METHOD = "Wilson, with the design effect of clients who count several times"


@dataclass(frozen=True, eq=False)
class Clusters:
    """Rows in groups, and the clients of each group: found once for all shares of the same rows.

    Attributes
    ----------
    group : array of int (n,)
        Group of each row, from 0.
    cluster : array of int (n,)
        Client within the group, from 0 over all groups.
    owner : array of int (clusters,)
        Group of each client within a group.
    size : int
        Number of groups.
    """

    group: NDArray[np.int64]
    cluster: NDArray[np.int64]
    owner: NDArray[np.int64]
    size: int

    @classmethod
    def of(cls, group: NDArray[np.int64], client: NDArray[np.int64], size: int) -> "Clusters":
        """Return the clusters of rows by their codes of group and client."""
        _, cluster = np.unique(group * (client.max(initial=0) + 1) + client, return_inverse=True)
        owner = np.zeros(cluster.max(initial=-1) + 1, dtype=np.int64)
        owner[cluster] = group
        return cls(group, cluster, owner, size)


def proportions(
    hit: NDArray[np.bool_], among: Clusters, *, inside: NDArray[np.bool_] | None = None, level: float = 0.95
) -> pd.DataFrame:
    """Return the share of hits in each group.

    Parameters
    ----------
    hit : array of bool (n,)
        What is counted.
    among : Clusters
        Groups and clients of the rows.
    inside : array of bool (n,), optional
        Rows that count; all if left out.
    level : float
        Confidence level.

    Returns
    -------
    DataFrame
        One row a group: `denominator, numerator, clients, rate, conf_low, conf_high, design_effect`; one
        without rows has a missing share.
    """
    return pd.DataFrame(share_columns(hit, among, inside=inside, level=level))


def share_columns(
    hit: NDArray[np.bool_], among: Clusters, *, inside: NDArray[np.bool_] | None = None, level: float = 0.95
) -> dict[str, NDArray[np.generic]]:
    """Return the columns of `proportions`."""
    counted = np.ones(len(hit)) if inside is None else inside.astype(float)
    groups, at = among.size, among.group
    n = np.bincount(at, weights=counted, minlength=groups).astype(float)
    hits = np.bincount(at, weights=hit * counted, minlength=groups)
    rate = np.divide(hits, n, out=np.full(groups, np.nan), where=n > 0)
    present = np.bincount(among.cluster, weights=counted, minlength=len(among.owner)) > 0
    clients = np.bincount(among.owner[present], minlength=groups).astype(float)
    score = np.bincount(
        among.cluster, weights=np.where(counted > 0, hit - rate[at], 0.0), minlength=len(among.owner)
    )
    squares = np.bincount(among.owner, weights=score**2, minlength=groups).astype(float)
    effect = _design_effect(rate, n, clients, squares)
    low, high = wilson(rate, n / effect, level)
    return {
        "denominator": n.astype(np.int64),
        "numerator": hits.astype(np.int64),
        "clients": clients.astype(np.int64),
        "rate": rate,
        "conf_low": low,
        "conf_high": high,
        "design_effect": effect,
    }


def wilson(
    rate: NDArray[np.float64],
    n: NDArray[np.float64],
    level: float,
    *,
    df: NDArray[np.float64] | None = None,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return Wilson's interval of a share of n, by the t distribution of `df`; missing where the share is."""
    tail = (1 + level) / 2
    z = np.full(len(rate), special.ndtri(tail))
    if df is not None:
        z = np.where(np.isfinite(df), special.stdtrit(np.where(np.isfinite(df), df, 1.0), tail), z)
    middle = rate + z**2 / (2 * n)
    half = z * np.sqrt(rate * (1 - rate) / n + z**2 / (4 * n**2))
    scale = 1 + z**2 / n
    # At a share of 0 or 1 one limit is that share; rounding would put it a hair beside it.
    low = np.where(rate == 0, 0.0, (middle - half) / scale)
    high = np.where(rate == 1, 1.0, (middle + half) / scale)
    return low, high


def _design_effect(
    rate: NDArray[np.float64],
    n: NDArray[np.float64],
    clients: NDArray[np.float64],
    squares: NDArray[np.float64],
) -> NDArray[np.float64]:
    alone = np.divide(n, clients, out=np.full(len(n), np.nan), where=clients > 0)
    selected = (rate > 0) & (rate < 1) & (clients > 1) & (clients < n)
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = clients / (clients - 1) * squares / n**2
        found = np.maximum(1, variance / (rate * (1 - rate) / n))
    return np.where(selected, found, alone)
