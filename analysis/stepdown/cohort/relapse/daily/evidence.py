"""When an event happened, as far as a definition can tell.

What the definitions read: the discharges at time zero, and the cohort's tables linked to them.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from stepdown.cohort.linkage import Link, floats
from stepdown.cohort.observation_end import Observed
from stepdown.schema import Cohort

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


@dataclass(frozen=True, eq=False, kw_only=True)
class Given:
    """Discharges with everything that can be told of them.

    Attributes
    ----------
    table : DataFrame
        Discharges, index 0..n-1, with `zero`.
    cohort : Cohort
        All tables; also discharges that are not in `table`.
    findings : Link
        Observations by discharge.
    seen : Observed
        Until when each discharge was observed.
    first_day : int
        First day since time zero on which a finding counts: 0 after a discharge; 1 after an
        admission or a randomization, where day 0 is where the client starts.
    """

    table: pd.DataFrame
    cohort: Cohort
    findings: Link
    seen: Observed
    first_day: int

    @property
    def zero(self) -> Floats:
        """Time zero on the own clock, by discharge."""
        return floats(self.table["zero"])

    @property
    def size(self) -> int:
        """Number of discharges."""
        return len(self.table)
