"""Worlds whose margins are those of a cited figure: root finding, with a tolerance that is checked."""

from collections.abc import Callable, Sequence

import numpy as np
from scipy import optimize

from stepdown.errors import EstimateError
from stepdown.survival.core.sample import Floats

TOLERANCE = 1e-4
"""Largest difference between a margin of a world and the cited one."""


def solved(
    margins: Callable[[Floats], Floats], wanted: Sequence[float], begin: Sequence[float], *, what: str
) -> Floats:
    """Return the parameters whose margins are the wanted ones.

    Parameters
    ----------
    margins : callable
        From parameters to as many margins.
    wanted, begin : sequence of float
        Margins, and parameters from which the search begins.
    what : str
        What is rebuilt, for the error.

    Raises
    ------
    EstimateError
        No parameters give these margins to within 0.0001.

    Examples
    --------
    >>> import numpy as np
    >>> solved(lambda x: x**2, [4.0], [1.0], what="a square").round(6).tolist()
    [2.0]
    """
    goal = np.asarray(wanted, dtype=float)

    def distance(numbers: Floats) -> Floats:
        return np.asarray(margins(numbers) - goal)

    with np.errstate(all="ignore"):
        for spread in (1.0, 0.5, 2.0, 0.2):
            found = optimize.root(distance, np.asarray(begin) * spread, tol=1e-10)
            if np.isfinite(found.x).all() and np.abs(distance(found.x)).max() <= TOLERANCE:
                return np.asarray(found.x, dtype=float)
    shown = ", ".join(f"{value:g}" for value in wanted)
    raise EstimateError(
        f"No world of {what} has the margins {shown} to within {TOLERANCE:g}. Change what the claim file "
        "assumes."
    )
