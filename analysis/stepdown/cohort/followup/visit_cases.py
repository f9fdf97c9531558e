"""Follow-up drawn as text with the state at each visit: printed in the docs, run by a test."""

import tomllib
from dataclasses import dataclass
from importlib.resources import files

from stepdown.schema import Schedule

CASES = "cases.toml"


@dataclass(frozen=True, kw_only=True)
class Case:
    """One drawn discharge.

    Attributes
    ----------
    drawn : str
        What happened after a stay from day -28 to day 0.
    shows : str
        What the case is about.
    states : tuple of str
        State at each visit.
    """

    drawn: str
    shows: str
    states: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Cases:
    """The drawn discharges, their visits and the last day that the data could show."""

    cases: tuple[Case, ...]
    schedule: Schedule
    data_cut: int


def cases() -> Cases:
    """Return the drawn cases in the order of the file."""
    raw = tomllib.loads((files("stepdown.cohort.followup") / CASES).read_text(encoding="utf-8"))
    return Cases(
        cases=tuple(
            Case(drawn=row["drawn"], shows=row["shows"], states=tuple(row["states"])) for row in raw["cases"]
        ),
        schedule=Schedule(visits=tuple(raw["visits"]), before=raw["before"], after=raw["after"]),
        data_cut=raw["data_cut"],
    )
