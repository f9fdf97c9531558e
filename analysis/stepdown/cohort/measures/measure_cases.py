"""Cohorts drawn as text with the counts that each measure must give: printed in the docs, run by a test."""

import tomllib
from dataclasses import dataclass
from importlib.resources import files

CASES = "cases.toml"


@dataclass(frozen=True, kw_only=True)
class Case:
    """One drawn cohort and what a measure makes of it.

    Attributes
    ----------
    measure : str
        Id of the measure.
    drawn : str
        The cohort, one stay a line.
    why : str
        What the case shows.
    counts : tuple of str
        "numerator/denominator" for each window of the measure.
    excluded : tuple of str
        Reasons for which events leave, one for each that leaves in the last window.
    data_cut : int
        Last day that the data could show.
    """

    measure: str
    drawn: str
    why: str
    counts: tuple[str, ...]
    excluded: tuple[str, ...]
    data_cut: int


def cases() -> tuple[Case, ...]:
    """Return the drawn cases of all measures, in the order of the file."""
    raw = tomllib.loads((files("stepdown.cohort.measures") / CASES).read_text(encoding="utf-8"))
    return tuple(
        Case(
            measure=name,
            drawn="\n".join(row["drawn"]) if isinstance(row["drawn"], list) else row["drawn"],
            why=row["why"],
            counts=tuple(row["counts"]),
            excluded=tuple(row.get("excluded", ())),
            data_cut=row.get("data_cut", raw["data_cut"]),
        )
        for name, rows in raw["cases"].items()
        for row in rows
    )
