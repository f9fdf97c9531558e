"""Section on why the simple comparison misleads."""

from stepdown.display.section import Section, Shown
from stepdown.results import Analysis
from stepdown.sections.simple_comparison import text
from stepdown.sections.simple_comparison.figure import compare_ways
from stepdown.sections.simple_comparison.read import ways


def _parts(a: Analysis) -> Shown:
    shown = ways(a.results)
    if not shown:
        return ()
    if not any(one.observed.known or one.without_effect.known for one in shown):
        return (text.found(a),)
    picture = compare_ways(a.results, word=a.wording.relapse, day=a.wording.window[1])
    return (text.found(a), picture, text.table(a))


SIMPLE = Section(
    key="simple_comparison",
    title="Why the simple comparison misleads",
    parts=_parts,
    finding=text.finding,
)
