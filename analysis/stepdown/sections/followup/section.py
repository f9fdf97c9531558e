"""Section on follow-up completeness."""

from stepdown.display.section import Section, Shown
from stepdown.results import Analysis
from stepdown.sections.followup import text
from stepdown.sections.followup.figure import followup_shares
from stepdown.sections.followup.read import visits


def _parts(a: Analysis) -> Shown:
    due = visits(a.results)
    drawn = len(due) > 0 and due.drop(columns="not_due").to_numpy().sum() > 0
    words = a.wording
    parts = (
        text.found(a),
        followup_shares(a.results, word=words.relapse, since=words.time_zero) if drawn else None,
        text.states(a),
        text.shares(a),
        text.mature(a),
        text.bounds(a),
        text.testing_rates(a),
        text.looks(a),
    )
    return tuple(part for part in parts if part is not None)


FOLLOWUP = Section(
    key="followup",
    title="Follow-up completeness",
    introduction="At each visit every discharge is counted once: contacted, or the reason why not.",
    parts=_parts,
)
