"""Who received which care when: the one reading of `services` and `discharges` as care received.

Arms, levels of care, spells and quality measures all ask this function, so that care counts alike whichever
table holds it.

- A row of `services` is care from its first to its last day if it was attended and is care of its level
  (`attendance`).
- A row of `discharges` at level **PHP, IOP or outpatient** is an episode: care at that level from its first
  to its last day, as state systems record it. A session inside it is of the same care: what is asked of
  care is on which days it was received, so a session adds no second start, and an episode adds no hours.
- A row of `discharges` at level **withdrawal or residential** (or without a level) is a stay around the
  clock.
- A missing day of discharge means still in care. A missing day of admission: only the day of discharge is
  known to lie in it. A row without either day cannot be placed.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from stepdown.cohort.care.attendance import attended_care
from stepdown.cohort.care.episodes import ROUND_THE_CLOCK, stay_days
from stepdown.cohort.linkage import floats, link
from stepdown.schema import LEVELS

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

_AROUND_THE_CLOCK = [LEVELS.index(level) for level in ROUND_THE_CLOCK]


@dataclass(frozen=True, eq=False, kw_only=True)
class ReceivedCare:
    """Care received, one row a session, span, episode or stay.

    Attributes
    ----------
    clients : DataFrame
        `client_id`, by row.
    level : array of int (n,)
        Place in `LEVELS`.
    start, end : array of float (n,)
        First and last day on the own clock; infinity where still in care.
    of_services : array of bool (n,)
        Whether it is a row of `services`; otherwise of `discharges`.
    row : array of int (n,)
        Position in that table.
    """

    clients: pd.DataFrame
    level: Ints
    start: Floats
    end: Floats
    of_services: Bools
    row: Ints

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.row)

    @property
    def stay(self) -> Bools:
        """Which rows are stays around the clock of `discharges`."""
        return ~self.of_services & np.isin(self.level, _AROUND_THE_CLOCK)

    def select(self, keep: Bools | Ints) -> "ReceivedCare":
        """Return some of the rows, or all in another order."""
        return ReceivedCare(
            clients=self.clients.iloc[keep].reset_index(drop=True),
            level=self.level[keep],
            start=self.start[keep],
            end=self.end[keep],
            of_services=self.of_services[keep],
            row=self.row[keep],
        )


def received_care(discharges: pd.DataFrame, services: pd.DataFrame) -> ReceivedCare:
    """Return the care that clients received, from both tables.

    Parameters
    ----------
    discharges, services : DataFrame
        Canonical tables, all rows.

    Returns
    -------
    ReceivedCare
        Rows of `discharges` first, then those of `services`, each in the order of its table.
    """
    stays = stay_days(discharges)
    placed = np.flatnonzero(~np.isnan(stays.start))
    came = np.flatnonzero(attended_care(services))
    level = pd.Categorical(services["level"], categories=list(LEVELS)).codes.astype(np.int64)[came]
    start, end = (floats(services[name])[came] for name in ("start_day", "end_day"))
    names = [discharges["client_id"].iloc[placed], services["client_id"].iloc[came]]
    return ReceivedCare(
        clients=pd.concat(names, ignore_index=True).to_frame(),
        level=np.concatenate([stays.level[placed], level]),
        start=np.concatenate([stays.start[placed], start]),
        end=np.concatenate([stays.end[placed], np.where(np.isnan(end), start, end)]),
        of_services=np.repeat([False, True], [len(placed), len(came)]),
        row=np.concatenate([placed, came]),
    )


@dataclass(frozen=True, eq=False, kw_only=True)
class LinkedCare:
    """Care received by the client of each discharge, in days since the discharge's time zero.

    Attributes
    ----------
    at : array of int (n,)
        Row of the discharges; rising.
    level : array of int (n,)
        Place in `LEVELS`.
    start, end : array of float (n,)
        First and last day since time zero; infinity where still in care.
    episode : array of int (n,)
        Position in `discharges` of an episode; -1 for a row of `services`.
    service : array of int (n,)
        Position in `services`; -1 for an episode.
    """

    at: Ints
    level: Ints
    start: Floats
    end: Floats
    episode: Ints
    service: Ints

    def select(self, keep: Bools) -> "LinkedCare":
        """Return some of it."""
        return LinkedCare(**{name: values[keep] for name, values in vars(self).items()})

    def at_levels(self, levels: tuple[str, ...]) -> "LinkedCare":
        """Return the care at some levels."""
        return self.select(np.isin(self.level, [LEVELS.index(level) for level in levels]))


def linked_care(table: pd.DataFrame, zero: Floats, care: ReceivedCare) -> LinkedCare:
    """Return the care of the client of each discharge of a table.

    Parameters
    ----------
    table : DataFrame
        Discharges, with `client_id`.
    zero : array of float (discharges,)
        Time zero on the own clock.
    care : ReceivedCare
        Care of any clients.
    """
    pairs = link(table, care.clients)
    since = zero[pairs.at]
    return LinkedCare(
        at=pairs.at,
        level=care.level[pairs.row],
        start=care.start[pairs.row] - since,
        end=care.end[pairs.row] - since,
        episode=np.where(care.of_services, -1, care.row)[pairs.row],
        service=np.where(care.of_services, care.row, -1)[pairs.row],
    )
