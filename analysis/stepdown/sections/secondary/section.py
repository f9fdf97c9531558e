"""Section on secondary endpoints."""

from stepdown.display.section import Section, Shown
from stepdown.results import Analysis
from stepdown.sections.secondary import text
from stepdown.sections.secondary.read import ABSTINENT_AT, FIRST_SESSION


def _parts(a: Analysis) -> Shown:
    shown = (
        text.came_first(a),
        text.came_first_by_arm(a),
        text.not_estimated(a, FIRST_SESSION),
        text.abstinence(a),
        text.abstinence_by_arm(a),
        text.not_estimated(a, ABSTINENT_AT),
    )
    return tuple(part for part in shown if part is not None)


SECONDARY = Section(
    key="secondary",
    title="Secondary outcomes",
    introduction="What the study asks for beside relapse. They describe; arms are not adjusted.",
    parts=_parts,
)
