"""Names of the arrays that the generator passes around."""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]
Columns = dict[str, Ints]

# Missing, in arrays of integers.
NOTHING = int(np.iinfo(np.int64).min)
