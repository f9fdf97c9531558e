"""The flow: every discharge that leaves does so by a named, counted step.

One row a discharge: who is in, from when, until what happened.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from stepdown.errors import DesignError

Bools = NDArray[np.bool_]
FOLLOWED_STEP = "Followed after day 0"
"""Name of the step by which those leave who were never followed."""


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

    def __init__(self, table: pd.DataFrame, *, name: str = "", after: tuple[Step, ...] = ()) -> None:
        self.table = table
        self.steps: tuple[Step, ...] = after or (self._step(name, 0),)

    def keep(self, name: str, kept: NDArray) -> None:  # type: ignore[type-arg]
        """Keep the rows of a boolean array, and count the step."""
        before = len(self.table)
        self.table = self.table[kept]
        self.steps = (*self.steps, self._step(name, before - len(self.table)))

    def _step(self, name: str, removed: int) -> Step:
        clients = int(self.table["client_id"].nunique())
        return Step(name=name, discharges=len(self.table), clients=clients, removed=removed)


class NobodyLeftError(DesignError):
    """No discharge is left to analyze.

    Attributes
    ----------
    steps : tuple of Step
        The steps that left nobody.
    """

    def __init__(self, text: str, steps: tuple[Step, ...]) -> None:
        self.steps = steps
        super().__init__(text)


# Codes of `event`: the outcome first, then competing events in the order in which they win a day.
CENSORED, RELAPSE, DEATH, INCARCERATION = 0, 1, 2, 3
CAUSES: dict[str, int] = {"relapse": RELAPSE, "death": DEATH, "incarceration": INCARCERATION}


@dataclass(frozen=True, eq=False, kw_only=True)
class Uncertain:
    """What the days of relapse are imputed from, where only intervals are known.

    Attributes
    ----------
    earliest, latest : array of float (n,)
        First and last day on which the relapse can have begun; infinite for none.
    days : array of float (n,)
    event : array of int (n,)
        When and why the discharge leaves the risk set without a relapse, as in `People.table`.
    share, mass : array of float (m, n)
        For each imputation: a number from [0, 1) that places the relapse, and a positive weight.
    """

    earliest: NDArray[np.float64]
    latest: NDArray[np.float64]
    days: NDArray[np.float64]
    event: NDArray[np.int64]
    share: NDArray[np.float64]
    mass: NDArray[np.float64]

    def select(self, rows: NDArray[np.int64]) -> "Uncertain":
        """Return the rows named."""
        alone = {name: getattr(self, name)[rows] for name in ("earliest", "latest", "days", "event")}
        return Uncertain(**alone, share=self.share[:, rows], mass=self.mass[:, rows])


@dataclass(frozen=True, eq=False, kw_only=True)
class People:
    """Eligible discharges with their follow-up, in days since time zero.

    Attributes
    ----------
    table : DataFrame
        One row a discharge, index 0..n-1, in file order: the columns of the discharges (days on the
        own clock), `zero` (time zero on the own clock), and two readings of the follow-up:
        `days, event` with every relapse on the latest day on which it can have begun, and
        `days_earliest, event_earliest` with the earliest. They differ only where `exact` is False.
        `event` is 0 censored, 1 relapse, 2 death, 3 incarceration; `died` marks those censored by a
        death that does not compete. `confirmed` is the day on which a relapse of the latest reading
        was known to be one, never before `days`; missing for the others. `confirmed_later` marks those that
        took a later finding than the one that dates them, or that ends their interval; `onset_earliest` and
        `onset_latest` are the days between which they began, also where one day was chosen. `days_confirmed,
        event_confirmed` are the follow-up with every relapse on its confirmed day: after the middle of an
        interval, and before its end, something else may have happened.
    first_care : array of float (n, levels)
        First day of care (`received_care`) at each of `LEVELS`, in days since time zero; infinity for none.
        What ended before time zero, stays around the clock, and the discharge itself are left out.
    flow : tuple of Step
        From all discharges to the rows of the table.
    known : mapping of str to str
        When the value of each column is known.
    visits : tuple of int
        Days since time zero at which contacts were due; empty where no schedule is stated.
    uncertain : Uncertain or None
        What is imputed from, where the study imputes days and there are any to impute; the table then keeps
        both ends of each interval.
    scores : DataFrame or None
        Scores of the instruments that the study adjusts for (`scores_of`); None where it names none.
    care : DataFrame or None
        Care from day 0 on, sorted by `row` and day: `row, level, start, end, hours`; None where nothing in
        the study needs more than its first day.
    """

    table: pd.DataFrame
    first_care: NDArray[np.float64]
    flow: tuple[Step, ...]
    known: Mapping[str, str]
    visits: tuple[int, ...] = ()
    uncertain: Uncertain | None = None
    scores: pd.DataFrame | None = None
    care: pd.DataFrame | None = None

    @property
    def exact(self) -> bool:
        """Whether the day of every relapse is known."""
        return bool(self.table["exact"].all())

    @property
    def detected(self) -> "People":
        """The same people with every relapse on the latest day on which it can have begun."""
        table = self.table.assign(exact=True)
        table = table.assign(days_earliest=table["days"], event_earliest=table["event"])
        return replace(self, table=table, uncertain=None)

    @property
    def observed(self) -> Bools:
        """Who was followed after day 0, or had an event on it.

        No one knows of the others that they were free of relapse on any day, so no risk counts them.
        """
        days, event = self.table["days"].to_numpy(), self.table["event"].to_numpy()
        return np.asarray((event != CENSORED) | (days > 0))

    @property
    def flow_of_observed(self) -> tuple[Step, ...]:
        """The flow, with the step by which those who were never followed leave."""
        kept = self.observed
        if kept.all():
            return self.flow
        flow = Flow(self.table, after=self.flow)
        flow.keep(FOLLOWED_STEP, kept)
        return flow.steps

    def take(self, rows: NDArray[np.int64]) -> "People":
        """Return the discharges at these positions, each as often as it is named; the flow stays."""
        return replace(
            self,
            table=self.table.iloc[rows].reset_index(drop=True),
            first_care=self.first_care[rows],
            uncertain=None if self.uncertain is None else self.uncertain.select(rows),
            scores=_rows_of(self.scores, rows, size=len(self.table)),
            care=_rows_of(self.care, rows, size=len(self.table)),
        )


def _rows_of(held: pd.DataFrame | None, rows: NDArray[np.int64], *, size: int) -> pd.DataFrame | None:
    """Return the rows of a table by discharge, sorted by `row`, for other discharges."""
    if held is None:
        return None
    count = np.bincount(held["row"], minlength=size)
    many, first = count[rows], (np.cumsum(count) - count)[rows]
    begin = np.cumsum(many) - many
    place = np.arange(many.sum()) + np.repeat(first - begin, many)
    found: pd.DataFrame = held.iloc[place].assign(row=np.repeat(np.arange(len(rows)), many))
    return found.reset_index(drop=True)
