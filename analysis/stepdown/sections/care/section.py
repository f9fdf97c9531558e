"""Section on levels of care after discharge."""

from stepdown.display.section import Section, Shown
from stepdown.results import Analysis
from stepdown.sections.care import text
from stepdown.sections.care.figure import occupancy, paths
from stepdown.sections.care.read import occupancy_table, path_table


def _parts(a: Analysis) -> Shown:
    found = text.found(a)
    ways, days = path_table(a.results), occupancy_table(a.results)
    if ways.empty:
        return (found,)
    words = a.wording
    coarse = bool(words.released) and ways["total"].max() < text.FEWEST_BY_DAY
    drawn = days["time"].max() > 0 and not coarse
    parts = (
        found,
        text.far(a),
        text.levels_started(a),
        paths(ways, since=words.time_zero),
        occupancy(days, word=words.relapse, since=words.time_zero) if drawn else None,
        text.too_coarse() if coarse else text.days_covered(a),
    )
    return tuple(part for part in parts if part is not None)


CARE = Section(
    key="care",
    title="Care after discharge",
    introduction=(
        "Levels of care after each discharge, in order, for as long as the person was followed and free of "
        "the event."
    ),
    parts=_parts,
    finding=text.finding,
)
