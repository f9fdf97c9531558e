"""The flow: every discharge that leaves does so by a named, counted step."""

from dataclasses import dataclass

import pandas as pd
from numpy.typing import NDArray


@dataclass(frozen=True, kw_only=True)
class Step:
    """One step of the flow.

    Attributes
    ----------
    name : str
        What those who stay have in common ("Adults").
    discharges, clients : int
        How many are left after the step.
    removed : int
        Discharges taken out by it.
    """

    name: str
    discharges: int
    clients: int
    removed: int


class Flow:
    """Builds the flow while a table shrinks."""

    def __init__(self, table: pd.DataFrame, *, name: str) -> None:
        self.table = table
        self.steps: tuple[Step, ...] = (self._step(name, 0),)

    def keep(self, name: str, kept: NDArray) -> None:  # type: ignore[type-arg]
        """Keep the rows of a boolean array, and count the step."""
        before = len(self.table)
        self.table = self.table[kept]
        self.steps = (*self.steps, self._step(name, before - len(self.table)))

    def _step(self, name: str, removed: int) -> Step:
        clients = int(self.table["client_id"].nunique())
        return Step(name=name, discharges=len(self.table), clients=clients, removed=removed)
