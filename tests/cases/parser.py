"""The parser of the hand-worked cases: tests run them, and the pages in docs/ show them. README.md has the grammar."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent
PLAIN = "stay -28..0 | follow 0..90"
"""What a client of a daily definition is where no stay is drawn."""
EMPTY = "(empty)"
"""A weekly urine pattern without any week."""


@dataclass(frozen=True)
class Case:
    """A drawing, and what must come of it.

    Attributes
    ----------
    name : str
        Name of the file: a definition or measure with its version, or a function.
    drawing : str
        What is observed, on one line.
    own : mapping of str to str
        Settings of this case.
    shared : mapping of str to str
        Settings of all cases of the file.
    expected, why : str
        The result, and what the case shows.
    """

    name: str
    drawing: str
    own: Mapping[str, str]
    shared: Mapping[str, str]
    expected: str
    why: str

    @property
    def settings(self) -> dict[str, str]:
        """Settings that hold for the case, its own before those of the file."""
        return {**self.shared, **self.own}

    @property
    def options(self) -> str:
        """The case's own settings as text."""
        return ", ".join(f"{name} = {value}" for name, value in self.own.items())

    @property
    def lines(self) -> tuple[str, ...]:
        """The lines of the drawing."""
        return tuple(part.strip() for part in self.drawing.split("/"))

    @property
    def id(self) -> str:
        """A short name for test reports."""
        return f"{self.name} {self.drawing} {self.options}".strip()


def parse(text: str, name: str) -> tuple[Case, ...]:
    """Return the cases of a text.

    Raises
    ------
    ValueError
        A line is not a case.
    """
    shared: dict[str, str] = {}
    found = []
    for line in re.sub(r"\n +", " ", text).splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        if line.startswith("with "):
            shared |= _settings(line.removeprefix("with "))
            continue
        fields = [field.strip() for field in line.split(";", maxsplit=3)]
        if len(fields) != 4 or not fields[2]:
            raise ValueError(f"{name}: not a case: {line}")
        drawing, own, expected, why = fields
        found.append(Case(name, drawing, _settings(own), shared, expected, why))
    return tuple(found)


def cases(folder: str) -> tuple[Case, ...]:
    """Return the cases of a folder of tests/cases, file by file in alphabetical order."""
    return tuple(case for path in sorted((ROOT / folder).glob("*.txt")) for case in _read(path))


def cases_of(folder: str, name: str) -> tuple[Case, ...]:
    """Return the cases of one file: `cases_of("daily", "first_use@1")`."""
    return _read(ROOT / folder / f"{name}.txt")


def _read(path: Path) -> tuple[Case, ...]:
    return parse(path.read_text(encoding="utf-8"), path.stem)


def _settings(text: str) -> dict[str, str]:
    pairs = [part.partition("=") for part in text.split(",") if part.strip()]
    return {name.strip(): value.strip() for name, _, value in pairs}
