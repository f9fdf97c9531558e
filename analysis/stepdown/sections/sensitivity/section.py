"""Section on what would change the answer."""

from stepdown.display.details import Details
from stepdown.display.section import Section, Shown
from stepdown.results import Analysis
from stepdown.sections.sensitivity import text
from stepdown.sections.sensitivity.figure import every_analysis, unrecorded_causes
from stepdown.sections.sensitivity.read import ArmDifference


def _parts(a: Analysis) -> Shown:
    refused = text.not_varied(a)
    if refused is not None:
        return (refused,)
    return tuple(part for _, one in text.primary_pairs(a) for part in _of(a, one))


def _of(a: Analysis, one: ArmDifference) -> Shown:
    words = a.wording
    drawn = every_analysis(
        a.results, arm=one.arm, reference=one.reference, word=words.relapse, window=words.window
    )
    causes = unrecorded_causes(
        a.results, arm=one.arm, reference=one.reference, word=words.relapse, labels=a.labels
    )
    every = (
        text.in_detail(a, one),
        drawn,
        text.table(a, one),
        causes,
        text.strengths_table(a, one),
        text.needed_table(a, one),
        text.loss_table(a, one),
    )
    details = tuple(part for part in every if part is not None)
    return (text.in_short(a, one), Details("All of it, with figures and tables", details))


SENSITIVITY_SECTION = Section(
    key="sensitivity",
    title="What would change the answer?",
    parts=_parts,
    finding=text.finding,
)
