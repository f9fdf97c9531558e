"""Which row of which of a person's own files each row of a working copy comes from; kept in memory alone."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from stepdown.errors import Problem
from stepdown.sources.read.raw_tables import Raw

Ints = NDArray[np.int64]
# Columns of a table while it is made: which file, and which row of it; -1 where none alone.
FILE, ROW = "_file", "_row"


@dataclass(frozen=True, eq=False, kw_only=True)
class SourceRows:
    """The rows of the files behind the rows of a table.

    Attributes
    ----------
    files : sequence of (str, Raw or None)
        What a person calls each file or sheet, and the file as read.
    file, row : array of int
        Position of the file, and of the row in it, by row of the table; -1 where there is none.
    """

    files: Sequence[tuple[str, Raw | None]]
    file: Ints
    row: Ints

    def take(self, order: Ints) -> "SourceRows":
        """Return those of a table whose rows are put in another order."""
        return replace(self, file=self.file[order], row=self.row[order])


def with_own_rows(problem: Problem, rows: SourceRows) -> Problem:
    """Return a problem of a working copy with the rows of the person's own file.

    Where the rows are in several files, those of the first are shown.
    """
    places = np.array(problem.file_rows, dtype=np.int64) - 2
    if not places.size or places.min() < 0 or places.max() >= len(rows.row):
        return problem
    places = places[rows.row[places] >= 0]
    if not places.size:
        return problem
    place = int(rows.file[places[0]])
    name, raw = rows.files[place]
    own = np.sort(rows.row[places[rows.file[places] == place]])
    numbers = raw.file_rows(own) if raw is not None else ()
    return (
        replace(problem, rows=(), file_rows=tuple(dict.fromkeys(numbers)), file=name) if numbers else problem
    )
