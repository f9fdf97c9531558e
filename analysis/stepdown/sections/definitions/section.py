"""Section on other definitions of relapse."""

from stepdown.display.section import Section, Shown
from stepdown.results import Analysis
from stepdown.sections.definitions import text
from stepdown.sections.definitions.figure import compare_definitions


def _parts(a: Analysis) -> Shown:
    words, table, not_run = a.wording, text.table(a), text.not_run(a)
    shown: Shown = ()
    if table.rows:
        drawn = compare_definitions(a.results, word=words.relapse, since=words.time_zero, window=words.window)
        shown = (drawn, table, text.meanings(a))
    return (text.found(a), *shown, *(() if not_run is None else (not_run,)))


DEFINITIONS = Section(
    key="definitions",
    title="Does the conclusion depend on the definition of relapse?",
    introduction=(
        "The study is repeated under every definition of relapse that can be applied to these data, and "
        "under each rule for missed contacts. Nothing else changes."
    ),
    parts=_parts,
)
