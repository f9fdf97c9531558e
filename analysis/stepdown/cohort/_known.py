"""The immortal-time guard: no value may be read before the day on which it is known."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from stepdown.errors import DesignError
from stepdown.schema import LATER, MOMENTS, Cohort

DESIGNS_THAT_WORK = (
    "Valid designs: a landmark (arms read at a day, among those still observed and relapse-free then: "
    'analysis.primary = { design = "landmark", day = 14 } with strategies), or arms known by time zero, '
    'such as a randomised arm (design = "baseline").'
)


def declared(cohort: Cohort) -> dict[str, str]:
    """Return, by column of the discharges, when its value is known."""
    columns = {str(name): cohort.column(str(name)) for name in cohort.discharges}
    return {name: column.known for name, column in columns.items() if column is not None}


def late_rows(table: pd.DataFrame, known: str, *, event: str, zero: pd.Series, day: int) -> int:
    """Count discharges whose value is not yet known `day` days after time zero.

    Parameters
    ----------
    table : DataFrame
        Discharges with their day columns, on the own clock.
    known : str
        When the value is known, as declared.
    event : str
        The event that is time zero.
    zero : Series of int
        Time zero, on the own clock.
    day : int
        Day since time zero at which the value is read.

    Notes
    -----
    A missing day of admission counts as past: every study starts at admission or later. Any other
    missing day counts as later, because never having reached a day is itself news from the future.
    """
    if known == LATER:
        return len(table)
    if known == event:
        return 0
    column = MOMENTS.get(known, known)
    if column not in table:
        return 0 if known == "admission" else len(table)
    since = (table[column].astype("Int64") - zero).to_numpy(dtype="float64", na_value=np.nan)
    late = since > day
    if known != "admission":
        late |= np.isnan(since)
    return int(late.sum())


def refuse_future(
    table: pd.DataFrame,
    column: str,
    *,
    known: Mapping[str, str],
    event: str,
    zero: pd.Series,
    day: int,
    use: str,
) -> None:
    """Stop where a column would be read before it is known.

    Raises
    ------
    DesignError
        The column is absent, or known later than `day` for at least one discharge; the message
        names the valid designs.
    """
    if column not in known or column not in table:
        held = ", ".join(sorted(name for name in known if name not in ("client_id", "episode_id")))
        raise DesignError(
            f"`{column}` is no column of the discharges, so it cannot be used for {use}. Columns: {held}."
        )
    late = late_rows(table, known[column], event=event, zero=zero, day=day)
    if late:
        moment = "time zero" if day == 0 else f"the landmark on day {day}"
        raise DesignError(
            f"`{column}` cannot be used for {use}: its value becomes known after {moment} for {late:,} of "
            f'{len(table):,} discharges (declared known = "{known[column]}"). Reading it earlier would '
            "credit care with the time that clients first had to stay relapse-free (immortal time). "
            f"{DESIGNS_THAT_WORK}"
        )
