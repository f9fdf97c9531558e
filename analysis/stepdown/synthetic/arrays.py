"""Types of the arrays of the generator, and tables made of them."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]
Columns = dict[str, Ints]

# Missing, in arrays of integers.
NOTHING = int(np.iinfo(np.int64).min)


def stack(parts: Sequence[Columns]) -> Columns:
    """Return the rows of all parts, one after the other."""
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
