"""When an event happened, as far as a definition can tell."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Onset:
    """When each discharge had the event of a definition, in days since time zero; infinity for none.

    Attributes
    ----------
    earliest, latest : array of float (discharges,)
        The onset lies on one of the days earliest..latest; they are equal where it is dated.
    confirmed : array of float (discharges,)
        The day on which the rule became true.
    end : array of float (discharges,) or None
        Last day through which the rule could be judged, where that is not the observed follow-up;
        None where it is.
    """

    earliest: Floats
    latest: Floats
    confirmed: Floats
    end: Floats | None = None
