"""Section on the protocol and the reporting checklist."""

from stepdown.display.section import Section, Shown
from stepdown.results import Analysis
from stepdown.sections.checklist import tables, text


def _parts(a: Analysis) -> Shown:
    made = (tables.deviation_table(a), tables.protocol_table(a), tables.checklist(a))
    return (text.protocol(a), *(one for one in made if one.rows))


CHECKLIST = Section(
    key="checklist",
    title="Protocol and reporting checklist",
    introduction="What was decided beforehand, and where this report states what guidelines ask for.",
    parts=_parts,
)
