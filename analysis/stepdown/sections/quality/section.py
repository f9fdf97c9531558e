"""Section on quality measures."""

from stepdown.display.section import Section, Shown
from stepdown.results import Analysis
from stepdown.sections.quality import text


def _parts(a: Analysis) -> Shown:
    table = text.table(a)
    rates = (table, text.leaving(a), text.quarters(a), text.by_site(a)) if table.rows else ()
    meanings = (text.meanings(a),) if a.wording.measures else ()
    return tuple(part for part in (text.found(a), *rates, *meanings) if part is not None)


QUALITY = Section(
    key="quality",
    title="Quality measures",
    introduction="Shares of discharges followed by care in time, by published or standard rules.",
    parts=_parts,
)
