"""The exceptions: every message states what is wrong, how often, where, and what to do.

No message ever holds a client's value or identifier, only row positions and counts: messages end
up in notebooks, logs and e-mails.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

ROWS_SHOWN = 5


_LONGEST_NAME = 200


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
    file : str
        What a person calls that file, with its sheet ("log.xlsx, sheet Log"); empty for "the file".
    remedy : str
        What to do, as a sentence.
    kind : str
        A kind in `PAGES` where a page says more about it than that of the error; empty for none.
    """

    table: str
    what: str
    remedy: str
    column: str = ""
    count: int = 0
    rows: tuple[int, ...] = ()
    file_rows: tuple[int, ...] = ()
    file: str = ""
    kind: str = ""

    def __str__(self) -> str:
        """Return the problem as one line."""
        names = [
            name if len(name) <= _LONGEST_NAME else f"{name[:_LONGEST_NAME]}..."
            for name in (self.table, self.column)
        ]
        # A path such as "." has no name.
        name = ".".join([names[0] or "The path given", *filter(None, names[1:])])
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
            noun = "row" if len(self.file_rows) == 1 else "rows"
            text += f" ({noun} {shown} of {self.file or 'the file'})"
        return text


PAGES: Mapping[str, str] = {
    "cohort file": "docs/cohort-file.md",
    "study file": "docs/study-file.md",
    "own files": "docs/own-files.md",
    "data": "docs/data-dictionary.md",
    "identifiers": "docs/privacy.md",
    "design": "docs/choosing-a-design.md",
    "estimate": "docs/methods.md",
    "result": "docs/results.md",
    "report": "docs/reports.md",
    "notebook": "docs/reports.md#notebook",
    "folders": "docs/reports.md#folders",
    "verify": "docs/reports.md#verify",
    "one row a client": "docs/recipes.md#one-row-a-client",
    "calls": "docs/recipes.md#log-with-calls",
    "sessions": "docs/recipes.md#sessions-on-a-second-sheet",
    "episodes": "docs/recipes.md#episodes-of-all-levels",
    "time and status": "docs/recipes.md#time-and-status",
    "own columns": "docs/recipes.md#own-columns-as-arms",
    "dates": "docs/own-files.md#dates",
    "ids": "docs/own-files.md#ids",
    "files": "docs/own-files.md#files",
    "missing": "docs/own-files.md#missing",
    "answers": "docs/own-files.md#answers",
    "engine": "docs/survival-examples.md",
    "disclosure": "docs/disclosure.md",
}
"""The page that says more about each kind of error."""
RECIPES: Mapping[str, Mapping[str, str]] = {
    "cohort file": {
        "": "one row a client",
        "tables": "sessions",
        "source": "sessions",
        "sites": "sessions",
        "schedule": "calls",
    },
    "study file": {
        "": "one row a client",
        "eligibility": "own columns",
        "strategies": "sessions",
        "contrast": "sessions",
        "analysis": "sessions",
        "time_zero": "episodes",
        "care": "episodes",
    },
    "own files": {"": "calls"},
    "data": {"": "one row a client"},
    "identifiers": {"": "one row a client"},
    "design": {"": "sessions"},
    "estimate": {"": "engine"},
}
"""The recipe for each kind of error, by the first key of the file; "" where the key does not matter."""
_SHOWING = frozenset(recipe for recipes in RECIPES.values() for recipe in recipes.values()) | {
    "time and status"
}


class StepdownError(Exception):
    """Root of every error this package raises on purpose.

    Attributes
    ----------
    kind : str
        Kind of the error, a key of `PAGES`.
    """

    kind: str = "report"

    def __init__(self, *args: object) -> None:
        super().__init__(*args)
        self.point_to_pages()

    @property
    def pages(self) -> tuple[str, ...]:
        """The pages that say more, the most particular first."""
        return pages_of((), self.kind)

    def point_to_pages(self) -> None:
        """Name the pages under the message, where a traceback shows it."""
        self.__notes__ = [f"More: {', '.join(self.pages)}"]


@contextmanager
def errors_of_kind(kind: str) -> Iterator[None]:
    """Let the errors of a block have one kind, such as "own files"."""
    try:
        yield
    except StepdownError as error:
        error.kind = kind
        error.point_to_pages()
        raise


class _ProblemsError(StepdownError, ValueError):
    """An error that carries every problem found, not only the first."""

    def __init__(self, problems: Sequence[Problem] | str) -> None:
        self.problems: tuple[Problem, ...] = () if isinstance(problems, str) else tuple(problems)
        super().__init__(problems if isinstance(problems, str) else self._text())

    @property
    def pages(self) -> tuple[str, ...]:
        """The pages of the problems, then that of the error."""
        return pages_of(self.problems, self.kind)

    def _text(self) -> str:
        count = len(self.problems)
        head = f"{count} problem{'' if count == 1 else 's'} found:"
        return "\n".join(
            [head, *(f"  {number}. {problem}" for number, problem in enumerate(self.problems, 1))]
        )


def pages_of(problems: Sequence[Problem], kind: str) -> tuple[str, ...]:
    """Return the pages of some problems, among them a recipe, then that of a kind, each once."""
    recipes = RECIPES.get(kind, {"": kind})
    named = [
        problem.kind or recipes.get(problem.column.partition(".")[0], recipes[""]) for problem in problems
    ]
    shown = named if set(named) & _SHOWING else [*named, recipes[""]]
    return tuple(dict.fromkeys(PAGES[one] for one in (*shown, kind)))


class ConfigError(_ProblemsError):
    """The cohort file is wrong: unknown keys, missing mappings, unreadable files."""

    kind = "cohort file"


class DataError(_ProblemsError):
    """The data break the rules of their tables."""

    kind = "data"


class IdentifierError(DataError):
    """The data hold, or seem to hold, identifiers of clients."""

    kind = "identifiers"


class StudyError(_ProblemsError):
    """The study file is wrong or contradicts itself."""

    kind = "study file"


class NotAvailableError(StudyError):
    """The study file has a key or value that is not available in this version."""


class DesignError(StepdownError, ValueError):
    """The comparison is not valid: it would use information from after its start, or an arm is empty."""

    kind = "design"


def check_argument(
    name: str,
    value: object,
    kinds: type | tuple[type, ...],
    remedy: str,
    error: type[StepdownError] = DesignError,
) -> None:
    """Raise where an argument of a public function is of another kind than it takes."""
    if not isinstance(value, kinds):
        raise error(
            f"{name} is of type {type(value).__name__}, which is not what this function takes. {remedy}"
        )


def check_progress(progress: object) -> None:
    """Raise where what is called at each step is neither None nor callable."""
    if progress is not None and not callable(progress):
        raise StudyError(
            f"progress is of type {type(progress).__name__}. Give a function of one text, such as print."
        )


class EmptyArmError(DesignError):
    """An arm of a comparison is empty, so there is nothing to compare."""


class EstimateError(StepdownError, ValueError):
    """An estimator was given input from which no estimate can be computed."""

    kind = "estimate"


class DisclosureError(StepdownError, ValueError):
    """Numbers that would not protect small groups, or a list of earlier releases that cannot be trusted."""

    kind = "disclosure"


class ResultError(StepdownError, LookupError):
    """A number was looked up that is not in the results, or is there more than once."""

    kind = "result"


class ReportError(StepdownError, RuntimeError):
    """A notebook or a page could not be made."""

    kind = "report"

    def __init__(self, text: str, *, kind: str = "report") -> None:
        self.kind = kind
        super().__init__(text)
