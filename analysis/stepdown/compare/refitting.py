"""Models fitted again to the people of a replicate, who count as often as they are drawn."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from stepdown.survival.core.sample import Floats, Ints

Replicate = Callable[[Floats], Floats]
"""From how often each person counts, in the caller's order, to the estimates of the rows of a table."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Again:
    """People of a replicate, to whom models are fitted again.

    Attributes
    ----------
    many : array (n,)
        How often each person counts, sorted as the person-days.
    begins : dict of array
        Parameters of the first fits by name, where the search begins.
    """

    many: Floats
    begins: dict[str, Floats]

    def begin(self, name: str, size: int) -> Floats:
        """Return where the search for a model begins."""
        return self.begins.get(name, np.zeros(size)).copy()


def of_discharges(again: Replicate | None, rows: Ints) -> Replicate | None:
    """Return the replicates of a comparison from how often each discharge counts, compared or not.

    Parameters
    ----------
    again : callable or None
        Those of the discharges compared.
    rows : array of int
        Their positions among all.
    """
    return None if again is None else lambda many: again(many[rows])
