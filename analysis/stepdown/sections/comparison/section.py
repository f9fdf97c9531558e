"""Section on who was compared."""

from stepdown.display.section import Section, Shown
from stepdown.results import Analysis
from stepdown.results.reading import WHOLE
from stepdown.sections.comparison import text
from stepdown.sections.comparison.figure import attrition


def _parts(a: Analysis) -> Shown:
    keys = [key for key in a.wording.analyses if key != WHOLE]
    return tuple(part for key in keys for part in _of(a, key))


def _of(a: Analysis, key: str) -> Shown:
    words = a.wording
    picture = attrition(a.results, analysis=key, word=words.relapse, day=words.window[1])
    if key not in text.compared(a):
        return (picture,)
    return (text.balance(a, key), picture, text.table(a, key))


COMPARISON = Section(
    key="comparison",
    title="Who was compared",
    introduction=(
        "How the groups came about, what is known about them, and how far they differed before anything was "
        "adjusted for."
    ),
    parts=_parts,
    finding=text.finding,
)
