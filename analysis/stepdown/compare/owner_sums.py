"""Sums of rows by the person or cluster that they belong to."""

import numpy as np
from scipy import sparse

from stepdown.survival.core.sample import Floats, Ints


def owner_sums(values: Floats, owner: Ints, size: int | None = None) -> Floats:
    """Return the sums of rows by owner, in one sparse product.

    Parameters
    ----------
    values : array (m, ...)
        Rows to add.
    owner : array of int (m,)
        Owner of each row, 0 to `size` - 1.
    size : int, optional
        Number of owners; by default the highest and 1.

    Returns
    -------
    array (size, ...)

    Examples
    --------
    >>> owner_sums(np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]), np.array([1, 0, 1])).tolist()
    [[3.0, 4.0], [6.0, 8.0]]
    """
    count = int(owner.max()) + 1 if size is None else size
    ones, row = np.ones(len(owner)), np.arange(len(owner))
    by_owner = sparse.coo_array((ones, (owner, row)), shape=(count, len(owner))).tocsr()
    rows = values.reshape(len(values), -1)
    return np.asarray(by_owner @ rows).reshape(count, *values.shape[1:])
