"""What all rows of one reading of one design share, and engine tables as rows of the results."""

import itertools
from dataclasses import dataclass
from typing import Any

import pandas as pd

from stepdown.cohort import CAUSES
from stepdown.compare import Arms, Design
from stepdown.results.reading import FROM_INTERVALS
from stepdown.study import Study

Record = dict[str, Any]
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

    def contrasts(self, table: pd.DataFrame, columns: Record, *, unit: str = "probability") -> pd.DataFrame:
        """Return an engine table of differences and ratios as rows, with the code of their caution."""
        units = table["contrast"].map({"difference": unit, "ratio": "ratio"})
        cautioned = {"statistic": table["contrast"], "unit": units, "note_code": self.design.caution}
        return self.rows(table, columns | cautioned)

    def of_causes(self, table: pd.DataFrame) -> pd.DataFrame:
        """Return the rows of the causes that the study names, as text; without causes all are relapse."""
        return self._named(table, ("relapse", *self.study.outcome.competing))

    def of_relapse(self, table: pd.DataFrame) -> pd.DataFrame:
        """Return the rows of relapse."""
        return self._named(table, ("relapse",))

    @staticmethod
    def _named(table: pd.DataFrame, wanted: tuple[str, ...]) -> pd.DataFrame:
        if "cause" not in table:
            return table.assign(cause="relapse")
        names = {code: name for name, code in CAUSES.items() if name in wanted}
        codes = table["cause"].tolist()
        here = [place for place, code in enumerate(codes) if code in names]
        selected = table if len(here) == len(codes) else table.iloc[here]
        return selected.assign(cause=[names[codes[place]] for place in here])
