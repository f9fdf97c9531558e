"""A section of a report: its key, its title, one or two sentences under the title, and what it shows."""

from collections.abc import Callable
from dataclasses import dataclass

from stepdown.display.details import Details
from stepdown.display.drawing import Picture
from stepdown.display.text_and_tables import Table, Text
from stepdown.results import Analysis

Shown = tuple[Text | Table | Picture | Details, ...]


def unfolded(shown: Shown) -> tuple[Text | Table | Picture, ...]:
    """Return the parts of a section in order, with those behind a line that a reader opens."""
    parts: list[Text | Table | Picture] = []
    for one in shown:
        parts += one.parts if isinstance(one, Details) else (one,)
    return tuple(parts)


@dataclass(frozen=True, kw_only=True)
class Section:
    """One section of a report.

    Attributes
    ----------
    key : str
        Name by which a notebook asks for the section.
    title, introduction : str
        Heading (level 2), and the sentences under it; empty for none.
    parts : callable
        Takes an analysis and returns text, tables and figures, or a sentence that says why there are none;
        nothing where the study does not ask for the section, which then has no heading either.
    """

    key: str
    title: str = ""
    introduction: str = ""
    parts: Callable[[Analysis], Shown]

    def show(self, a: Analysis) -> Shown:
        """Return the heading and everything under it."""
        shown = self.parts(a)
        if not self.title or not shown:
            return shown
        under = (self.introduction,) if self.introduction else ()
        return (Text(under, heading=self.title), *shown)
