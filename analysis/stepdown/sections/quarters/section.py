"""Section on the quarters."""

from dataclasses import replace

from stepdown.display.section import Section, Shown
from stepdown.results import Analysis
from stepdown.results.reading import WHOLE, bounded
from stepdown.sections.quarters import text
from stepdown.sections.quarters.figure import month_charts, quarter_charts, series_drawn
from stepdown.sections.quarters.read import POINT, QUARTERS, of_quarters


def _parts(a: Analysis) -> Shown:
    # The rows of the quarters alone: text and tables look them up many times.
    latest = bounded(a.results, analysis=WHOLE)
    a = replace(a, results=a.results.where(analysis=QUARTERS))
    held = of_quarters(a.results, POINT)
    if held.empty:
        return ()
    word, window = a.wording.relapse, a.wording.window
    whole = series_drawn(a.results, by_month=False)
    charts = [quarter_charts(a.results, word=word, window=window)] if whole else []
    if series_drawn(a.results, by_month=True):
        charts.append(month_charts(a.results, word=word, window=window))
    tables = (
        text.parts_table(a), text.changed_inputs(a), text.revised_table(a), text.late_table(a),
        text.nothing_late(a), text.charts_table(a),
    )  # fmt: skip
    parts = (text.summary(a), text.quarters_table(a, latest=latest), *charts[:1], *tables, *charts[1:])
    return tuple(part for part in parts if part is not None)


QUARTERS_SECTION = Section(
    key="quarters",
    title="Quarter by quarter",
    introduction="How do the last quarters compare, and is a change more than chance?",
    parts=_parts,
    finding=text.finding,
)
