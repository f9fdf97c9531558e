"""Section that comes first: it stands alone, on one printed page."""

from stepdown.display.section import Section, Shown
from stepdown.display.text_and_tables import Text
from stepdown.results import Analysis
from stepdown.sections.page_one import tables, text


def _parts(a: Analysis) -> Shown:
    beside = tables.quarters_beside(a)
    return (
        Text((a.wording.title,), kind="study"),
        text.head(a),
        text.answer(a),
        *(() if beside is None else (beside,)),
        tables.key_numbers(a),
        text.explained(a),
    )


PAGE_ONE = Section(key="page_one", parts=_parts)
