"""The exceptions: every message states what is wrong, how often, where, and what to do.

No message ever holds a client's value or identifier, only row positions and counts: messages end
up in notebooks, logs and e-mails.
"""

from collections.abc import Sequence
from dataclasses import dataclass

ROWS_SHOWN = 5


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One kind of problem, found once or many times.

    Attributes
    ----------
    table : str
        Table or file with the problem ("discharges", "cohort.toml").
    column : str
        Column or key; empty where the whole table is meant.
    what : str
        What is wrong, as a phrase without any value ("is before admit_day").
    count : int
        How many rows; 0 where rows are not the unit (a missing column).
    rows : tuple of int
        First row positions, counted from 0 in the table as read.
    file_rows : tuple of int
        The same rows as the spreadsheet or text file numbers them (the header is row 1).
    remedy : str
        What to do, as a sentence.
    """

    table: str
    what: str
    remedy: str
    column: str = ""
    count: int = 0
    rows: tuple[int, ...] = ()
    file_rows: tuple[int, ...] = ()

    def __str__(self) -> str:
        """Return the problem as one line."""
        name = f"{self.table}.{self.column}" if self.column else self.table
        return f"{name} {self.what}{self._where()}. {self.remedy}"

    def _where(self) -> str:
        if not self.count:
            return ""
        noun = "row" if self.count == 1 else "rows"
        text = f": {self.count:,} {noun}"
        if self.rows:
            first = "" if self.count <= len(self.rows) else "first "
            shown = ", ".join(str(row) for row in self.rows[:ROWS_SHOWN])
            text += f", {first}at position {shown}" if self.count == 1 else f", {first}at positions {shown}"
        if self.file_rows:
            shown = ", ".join(str(row) for row in self.file_rows[:ROWS_SHOWN])
            text += (
                f" (row {shown} of the file)" if len(self.file_rows) == 1 else f" (rows {shown} of the file)"
            )
        return text


class StepdownError(Exception):
    """Root of every error this package raises on purpose."""


class _ProblemsError(StepdownError, ValueError):
    """An error that carries every problem found, not only the first."""

    def __init__(self, problems: Sequence[Problem] | str) -> None:
        self.problems: tuple[Problem, ...] = () if isinstance(problems, str) else tuple(problems)
        super().__init__(problems if isinstance(problems, str) else self._text())

    def _text(self) -> str:
        count = len(self.problems)
        head = f"{count} problem{'' if count == 1 else 's'} found:"
        return "\n".join(
            [head, *(f"  {number}. {problem}" for number, problem in enumerate(self.problems, 1))]
        )


class ConfigError(_ProblemsError):
    """The cohort file is wrong: unknown keys, missing mappings, unreadable files."""


class DataError(_ProblemsError):
    """The data break the rules of their tables."""


class IdentifierError(DataError):
    """The data hold, or seem to hold, identifiers of clients."""


class StudyError(_ProblemsError):
    """The study file is wrong or contradicts itself."""


class NotAvailableError(StudyError):
    """The study file has a key or value that is not available in this version."""


class DesignError(StepdownError, ValueError):
    """The comparison is not valid: it would use information from after its start, or an arm is empty."""


class EmptyArmError(DesignError):
    """An arm of a comparison is empty, so there is nothing to compare."""


class EstimateError(StepdownError, ValueError):
    """An estimator was given input from which no estimate can be computed."""


class ResultError(StepdownError, LookupError):
    """A number was looked up that is not in the results, or is there more than once."""


class ReportError(StepdownError, RuntimeError):
    """A notebook or a page could not be made."""
