"""What an estimate would be without one cluster of people, such as a site, from its influence function.

With u the sum of the influence of the people of a cluster (see "Influence functions"), m of the n people,
the estimate without them is, to first order, theta - u n / (n - m). Of a mean that is exact. Models are not
fitted again, so of anything else it is an approximation.
"""

import numpy as np
import pandas as pd

from stepdown.survival.core.sample import Floats


def without_cluster(estimate: float, influence: Floats, cluster: pd.Series) -> pd.Series:
    """Return an estimate without each cluster, approximately.

    Parameters
    ----------
    estimate : float
        With everybody.
    influence : array (n,)
        Influence of each person, in the units of the estimate, so that its squares sum to the variance.
    cluster : Series (n,)
        The cluster of each person; those without one stay in.

    Returns
    -------
    Series
        By cluster, in the order of their names.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> values = np.array([1.0, 2.0, 6.0])
    >>> influence = (values - values.mean()) / 3
    >>> without_cluster(3.0, influence, pd.Series(["a", "a", "b"])).tolist()
    [6.0, 1.5]
    """
    size = len(influence)
    code, names = pd.factorize(cluster, sort=True)
    known = code >= 0
    total = np.bincount(code[known], weights=influence[known], minlength=len(names))
    many = np.bincount(code[known], minlength=len(names))
    rest = size - many
    without = np.divide(total * size, rest, out=np.full(len(names), np.nan), where=rest > 0)
    return pd.Series(estimate - without, index=pd.Index(names, name="cluster"))
