"""One table of a new project: what it holds, and what its columns seem to be."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa

from stepdown.sources.init.follow_up_calls import Calls
from stepdown.sources.init.guesses import Guess
from stepdown.sources.init.score_columns import Scores
from stepdown.sources.init.source_rows import SourceRows
from stepdown.sources.read.raw_tables import Raw


@dataclass(frozen=True, eq=False, kw_only=True)
class NewFile:
    """One file, or one sheet of a workbook, of a new project.

    Attributes
    ----------
    table : str
        Canonical table that it seems to hold.
    file : str
        Path as written in the cohort file.
    data : pyarrow.Table
        Its columns, plain.
    guesses : tuple of Guess
        Canonical columns found in it.
    client : str
        Column of the client ids; empty where none was found.
    events : tuple of (table, event, Guess)
        Columns that hold the day of an event, in a file with one row a client.
    noticed : mapping of str to str
        Columns that the identifier guard would stop, and what they seem to hold.
    calls : tuple of Calls
        Columns of follow-up calls.
    scores : tuple of Scores
        Columns of weekly scores.
    dates : tuple of Guess
        Columns of dates that are no canonical column themselves: those of the calls, and the date of birth.
    level : str
        Level of care that the name of the sheet states; empty where it states none.
    label : str
        What a person calls the file or sheet.
    sheet : str
        Name of the sheet; empty where the file holds one table.
    raw : Raw or None
        As read, for the numbers of its rows.
    rows : SourceRows or None
        The rows of the files that its rows come from, where it is no file itself.
    plain : bool
        The file can be read where it is: one table, its header in the first row.
    row_ids : bool
        It has no column of client ids: each row is a client.
    """

    table: str
    file: str
    data: pa.Table
    guesses: tuple[Guess, ...]
    client: str = ""
    events: tuple[tuple[str, str, Guess], ...] = ()
    noticed: Mapping[str, str] = field(default_factory=dict)
    calls: tuple[Calls, ...] = ()
    scores: tuple[Scores, ...] = ()
    dates: tuple[Guess, ...] = ()
    level: str = ""
    label: str = ""
    sheet: str = ""
    raw: Raw | None = None
    rows: SourceRows | None = None
    plain: bool = True
    row_ids: bool = False

    @property
    def maps(self) -> tuple[Guess, ...]:
        """All guesses, those of events too."""
        return (*self.guesses, *(guess for *_, guess in self.events))

    @property
    def used(self) -> frozenset[str]:
        """Columns with a meaning."""
        columns = {guess.source for guess in (*self.maps, *self.dates)}
        columns |= {name for one in self.scores for name in one.columns.values()}
        return frozenset(columns | {name for one in self.calls for name in one.columns})

    @property
    def age(self) -> str:
        """Column of the age; empty where there is none."""
        return next((guess.source for guess in self.guesses if guess.name == "age"), "")

    @property
    def age_in_months(self) -> bool:
        """Whether the age is in months."""
        return any(guess.name == "age" and guess.options.get("unit") == "months" for guess in self.guesses)

    @property
    def from_zero(self) -> bool:
        """Whether times are counted from day 0: days of events are whole, and no day of the stay is given."""
        stays = {"admit_day", "discharge_day", "randomization_day"}
        given = any(guess.name in stays for guess in self.guesses)
        return bool(self.events) and not given and not any(guess.date for *_, guess in self.events)

    def rows_of(self, positions: Sequence[int] | np.ndarray[tuple[int], np.dtype[np.int64]]) -> str:
        """Return in words the rows of the file at some positions."""
        places = np.sort(np.asarray(positions, dtype=np.int64))
        shown = self.raw.file_rows(places) if self.raw is not None else ()
        more = ", ..." if len(places) > len(shown) else ""
        noun = "row" if len(places) == 1 else "rows"
        where = f" of sheet {self.sheet}" if self.sheet else ""
        return f"{noun} {', '.join(map(str, shown))}{more}{where}" if shown else f"{len(places)} {noun}"


_ROW = "row of the file"


def with_row_ids(part: NewFile) -> NewFile:
    """Return a file without client ids as one in which each row is a client, numbered in order."""
    numbers = pa.array(map(str, range(1, part.data.num_rows + 1)), type=pa.string())
    data = part.data.append_column(_ROW, pa.chunked_array([numbers]))
    guess = Guess(name="client_id", source=_ROW, note="no column of client ids: each row is a client")
    return replace(part, data=data, guesses=(guess, *part.guesses), client=_ROW, row_ids=True)
