"""What no assessment can be: a score outside its instrument, and two scores of one day."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from stepdown.errors import Problem
from stepdown.schema import instruments
from stepdown.sources.map.canonical_tables import Built


def assessment_problems(built: Built) -> Iterator[Problem]:
    """Yield the problems of a table of assessments.

    Parameters
    ----------
    built : Built
        The table.
    """
    frame = built.frame
    named = frame["instrument"].astype("object").fillna("").str.strip().str.lower()
    item = frame["item"] if "item" in frame else pd.Series(pd.NA, index=frame.index, dtype="object")
    scores = frame["value"].to_numpy(dtype="float64", na_value=np.nan)
    part = item.notna().to_numpy()
    for name, instrument in instruments().items():
        high = np.where(part, instrument.item, instrument.high)
        low = np.where(part, 0.0, instrument.low)
        outside = (named == name).to_numpy() & ((scores < low) | (scores > high))
        yield from built.problems(
            "value",
            f"is outside the range of {name} ({instrument.low:g} to {instrument.high:g}; an item 0 to "
            f"{instrument.item:g})",
            "Correct the cells, list their code under missing, or give the instrument its own name.",
            outside,
        )
    key = frame[["client_id", "day"]].assign(instrument=named, item=item.astype("object").fillna(""))
    whole = frame[["client_id", "day", "instrument"]].notna().all(axis=1)
    again = key.duplicated(keep="first") & whole
    yield from built.problems(
        "day",
        "is the day of another score of the same client, instrument and item",
        "Keep one score a day.",
        again.to_numpy(),
    )
