"""On how many people the weights of a group rest, on the day on which the groups are complete.

With w the weights of the people of a group, summed where a person is in it several times, the effective size
is Kish's, (sum w)^2 / sum w^2, and the largest share is max w / sum w.
"""

from dataclasses import dataclass

import numpy as np

from stepdown.survival.core.sample import Floats, Ints


@dataclass(frozen=True, kw_only=True)
class WeightSupport:
    """What the weights of one group rest on.

    Attributes
    ----------
    carried : int
        People with a weight above 0.
    effective_size : float
        Kish's effective size.
    largest_share : float
        Largest share of one person in the sum of the weights.
    """

    carried: int
    effective_size: float
    largest_share: float


def weight_support(weight: Floats, person: Ints | None = None) -> WeightSupport:
    """Return what the weights of a group rest on.

    Parameters
    ----------
    weight : array (n,)
        Weights of its rows.
    person : array of int (n,), optional
        Whose row each is; by default each is a person of its own.

    Examples
    --------
    >>> import numpy as np
    >>> weight_support(np.array([1.0, 1.0, 2.0, 0.0]))
    WeightSupport(carried=3, effective_size=2.6666666666666665, largest_share=0.5)
    """
    sums = weight if person is None else np.bincount(person, weight)
    total, squared = float(sums.sum()), float(sums @ sums)
    if not total > 0:
        return WeightSupport(carried=0, effective_size=0.0, largest_share=0.0)
    return WeightSupport(
        carried=int((sums > 0).sum()),
        effective_size=total**2 / squared,
        largest_share=float(sums.max()) / total,
    )
