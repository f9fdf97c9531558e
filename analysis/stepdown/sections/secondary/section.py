"""Section on secondary endpoints."""

from stepdown.display.section import Section, Shown
from stepdown.results import Analysis
from stepdown.sections.secondary import text
from stepdown.sections.secondary.read import ABSTINENT_AT, FIRST_SESSION


def _parts(a: Analysis) -> Shown:
    shown = (
        text.came_first(a),
        text.not_estimated(a, FIRST_SESSION),
        text.abstinence(a),
        text.not_estimated(a, ABSTINENT_AT),
    )
    return tuple(part for part in shown if part is not None)


SECONDARY = Section(
    key="secondary",
    title="Secondary outcomes",
    introduction="What the study asks for beside relapse. These numbers describe; they compare no groups.",
    parts=_parts,
)
