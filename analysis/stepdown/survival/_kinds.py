"""Covariances of influence at a cost that hangs on days, not on people.

People of an arm who share first day, last day and outcome share their influence but for the weight. So
sums of products over people, or over clusters of people, are sums over these kinds.
"""

import numpy as np
from scipy import sparse

from stepdown.survival._days import ArmDays
from stepdown.survival._input import Floats, Ints


def kinds(arm: ArmDays) -> tuple[Ints, Ints]:
    """Return one row of each kind, and the kind of each row."""
    keys = (arm.stop * (len(arm.times) + 1) + arm.start) * (arm.events.shape[1] + 1) + arm.cause
    _, where, kind = np.unique(keys, return_index=True, return_inverse=True)
    return np.asarray(where), np.asarray(kind)


def products(values: Floats, kind: Ints, weight: Floats, cluster: Ints | None) -> Floats:
    """Return sum_g U_g' U_g over clusters g (people, where none are given), shape (P, P).

    Parameters
    ----------
    values : ndarray, shape (kinds, P)
        Influence of a person of each kind and of weight 1.
    kind, weight, cluster : ndarray, shape (m,)
        Kind, weight and cluster of each row.
    """
    if cluster is None:
        held = np.bincount(kind, weights=weight**2)
        return np.asarray((values * held[:, None]).T @ values)
    by_cluster = sparse.coo_array((weight, (cluster, kind))).tocsr()
    return np.asarray(values.T @ ((by_cluster.T @ by_cluster) @ values))


def symmetric_root(covariance: Floats) -> Floats:
    """Return R = R' with R R = covariance: the one root that rounding cannot turn round."""
    values, vectors = np.linalg.eigh(covariance)
    return np.asarray((vectors * np.sqrt(np.clip(values, 0.0, None))) @ vectors.T)
