"""Weekly patterns of CTN-0094 under any reading of its tables, by the one week grid."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from stepdown.cohort import derive
from stepdown.cohort.relapse.weekly import pattern_table
from stepdown.errors import DataError
from stepdown.schema import Cohort
from stepdown.sources.ctn0094 import REBUILT, Patterns, Reading, build, designs, read_tables
from stepdown.study import Study

Marks = NDArray[np.str_]
_STUDY = {
    "format": 1,
    "title": "Weekly patterns",
    "cohort": "cohort.toml",
    "seed": 0,
    "time_zero": {"event": "randomization", "day_zero": "event"},
}


@dataclass(frozen=True, eq=False)
class Spelled:
    """The weekly patterns of everyone randomized.

    Attributes
    ----------
    people : DataFrame
        `client_id, trial, arm`, a row a person.
    marks : array of str (people, weeks)
        A character a week; "" after the end of a pattern.
    """

    people: pd.DataFrame
    marks: Marks

    @property
    def texts(self) -> list[str]:
        """The patterns as texts."""
        return ["".join(row) for row in self.marks]


def tables_of(folder: Path) -> dict[str, pd.DataFrame]:
    """Return the source's tables; DataError where something is wrong with them.

    Self-report and doses spell no patterns: their rows are left out, which saves most of the time.
    """
    read = read_tables(folder, patterns="published")
    if read.problems:
        raise DataError(read.problems)
    return {**read.frames, **{name: read.frames[name].iloc[:0] for name in ("tlfb", "treatment")}}


def spell(tables: Mapping[str, pd.DataFrame], reading: Reading | None) -> Spelled:
    """Return the patterns that a reading of the tables gives; the published ones for None.

    They take the way that every study takes: findings, then the week grid.
    """
    source: Patterns = "published" if reading is None else "rebuilt"
    made, problems = build(tables, designs(), patterns=source, reading=reading or REBUILT)
    if problems:
        raise DataError(problems)
    cohort = Cohort(
        discharges=made["discharges"].frame,
        services=made["services"].frame,
        observations=made["observations"].frame,
        followup=made["followup"].frame,
        basis="safe_harbor",
        clock="day",
        covariates=made["discharges"].covariates,
    )
    people = derive(cohort, Study.parse(_STUDY))
    texts = pattern_table(people, cohort)["pattern"].tolist()
    return Spelled(people.table[["client_id", "trial", "arm"]], _marks(texts))


def _marks(texts: list[str]) -> Marks:
    width = max((len(text) for text in texts), default=0)
    return np.array([[*text, *[""] * (width - len(text))] for text in texts], dtype=np.str_)


def aligned(*parts: Marks) -> list[Marks]:
    """Return the patterns with as many columns as the longest has."""
    width = max(part.shape[1] for part in parts)
    return [np.pad(part, ((0, 0), (0, width - part.shape[1])), constant_values="") for part in parts]
