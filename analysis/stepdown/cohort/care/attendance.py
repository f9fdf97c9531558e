"""Which rows of services are care that the client came to: one rule for arms, ladder and readmissions."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from stepdown.schema import NOT_CARE


def attended_care(services: pd.DataFrame) -> NDArray[np.bool_]:
    """Tell which rows were attended and are care.

    A row without the flag counts as attended. A drug test or a mutual-help meeting is no care of its level,
    whatever level it is written under: it would put somebody into IOP who never came to a session.
    """
    came = services["attended"].fillna(True).to_numpy(dtype=bool)
    if "kind" in services:
        came = came & ~services["kind"].isin(NOT_CARE).to_numpy(dtype=bool)
    return came
