"""What all rows of one reading of one design share, and engine tables as rows of the results."""

import itertools
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pandas as pd

from stepdown.cohort import CAUSES, RELAPSE
from stepdown.compare import Arms, Design
from stepdown.results.reading import FROM_INTERVALS
from stepdown.study import Study

Record = dict[str, Any]
Records = list[Record]
PER_100_MONTHS = "per 100 person-months"


@dataclass(frozen=True, eq=False)
class Context:
    """What all rows of one reading of one design share."""

    design: Design
    study: Study
    arms: Arms
    method: str

    @property
    def compared(self) -> bool:
        """Whether there are arms."""
        return len(self.design.labels) > 1

    @property
    def days(self) -> tuple[int, ...]:
        """The study's days after the start of the design."""
        return tuple(day for day in self.study.outcome.times if day > self.design.start)

    @property
    def window(self) -> tuple[int, int]:
        """The study's window, from the start of the design at the earliest."""
        begin, end = self.study.outcome.window
        return max(begin, self.design.start), end

    @property
    def bands(self) -> list[tuple[int, int]]:
        """The bands (a, b] between the study's days."""
        return list(itertools.pairwise((self.design.start, *self.days)))

    @property
    def keys(self) -> Record:
        """The keys of every row of this reading."""
        return {
            "analysis": self.design.key,
            "endpoint": self.study.outcome.endpoint,
            # What is estimated from the intervals themselves is no end of a range.
            "bound": "" if self.method == FROM_INTERVALS else self.arms.followup.bound,
            "window_start": self.design.start,
            "method": self.method,
        }

    def rows(self, table: pd.DataFrame, columns: Record) -> pd.DataFrame:
        """Return an engine table as rows: its `arm, estimate, ..., note` with the keys of this reading."""
        values: Record = {str(name): table[name].array for name in table}
        same: Record = {
            name: value.array if isinstance(value, pd.Series) else value for name, value in columns.items()
        }
        return pd.DataFrame(values | self.keys | same, index=table.index)

    def records(self, found: Iterable[Record], columns: Record) -> Records:
        """Return a few engine rows as `rows` does: made a frame only with all others of an analysis."""
        same = self.keys | columns
        return [row | same for row in found]

    def contrasts(self, found: Iterable[Record], columns: Record, *, unit: str = "probability") -> Records:
        """Return engine rows of differences and ratios, with the code of their caution."""
        same = self.keys | columns | {"note_code": self.design.caution}
        units = {"difference": unit, "ratio": "ratio"}
        return [row | same | {"statistic": row["contrast"], "unit": units[row["contrast"]]} for row in found]

    @property
    def causes(self) -> dict[int, str]:
        """The causes that the study names, by their code."""
        wanted = ("relapse", *self.study.outcome.competing)
        return {code: name for name, code in CAUSES.items() if name in wanted}

    def of_causes(self, found: Iterable[Record]) -> Records:
        """Return the engine rows of the causes that the study names; without causes all are relapse."""
        names = self.causes
        named = [row | {"cause": names.get(row.get("cause", RELAPSE))} for row in found]
        return [row for row in named if row["cause"] is not None]

    def of_relapse(self, found: Iterable[Record]) -> Records:
        """Return the engine rows of relapse."""
        return [row | {"cause": "relapse"} for row in found if row.get("cause", RELAPSE) == RELAPSE]
