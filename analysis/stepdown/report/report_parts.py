"""The parts of every section, made once for all files of a report."""

import re
from dataclasses import dataclass

from stepdown.display.drawing import Picture
from stepdown.display.section import Part, unfolded
from stepdown.display.text_and_tables import Table, Text
from stepdown.report.public_sections import parts_of
from stepdown.results import Analysis

FIRST = ("page_one", "opening")
"""Keys of the section that a report begins with."""
_NUMBER_OR_GAP = re.compile(r"[+−]?\d|no |none|not shown|not yet")


@dataclass(frozen=True, eq=False, kw_only=True)
class ReportPart:
    """What one section shows.

    Attributes
    ----------
    key, title, introduction : str
        As `Section` has them.
    shown : tuple of Text, Table and Picture
        What is under the title; never empty.
    """

    key: str
    title: str
    introduction: str
    shown: tuple[Part, ...]

    @property
    def texts(self) -> tuple[Text, ...]:
        """The sentences."""
        return tuple(one for one in self.shown if isinstance(one, Text))

    @property
    def tables(self) -> tuple[Table, ...]:
        """The tables that have rows."""
        return tuple(one for one in self.shown if isinstance(one, Table) and one.rows)

    @property
    def pictures(self) -> tuple[Picture, ...]:
        """The figures."""
        return tuple(one for one in self.shown if isinstance(one, Picture))


def report_parts(a: Analysis) -> tuple[ReportPart, ...]:
    """Return the parts of all sections that show something, in the order of the report.

    Parameters
    ----------
    a : Analysis
        What to show.

    Returns
    -------
    tuple of ReportPart
    """
    from stepdown.report.sections import SECTIONS

    made = (
        ReportPart(
            key=one.key, title=one.title, introduction=one.introduction, shown=unfolded(parts_of(one, a))
        )
        for one in SECTIONS.values()
    )
    return tuple(part for part in made if part.shown)


def right_aligned(table: Table) -> list[bool]:
    """Return of each column of a table whether it holds numbers, perhaps each with its interval."""
    filled = [[cell for cell in cells if cell] for cells in list(zip(*table.rows, strict=True))[1:]]
    return [False, *(bool(cells) and all(map(_NUMBER_OR_GAP.match, cells)) for cells in filled)]


def first_findings(parts: tuple[ReportPart, ...], most: int = 2) -> tuple[str, ...]:
    """Return the first sentences of the answer that a report begins with; none where it has no answer."""
    answers = (text for part in parts for text in part.texts if text.kind == "answer")
    answer = next(answers, None)
    return answer.paragraphs[:most] if answer is not None else ()
