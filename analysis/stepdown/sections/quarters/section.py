"""Section on the quarters."""

from dataclasses import replace

from stepdown.display.section import Section, Shown
from stepdown.results import Analysis
from stepdown.sections.quarters import text
from stepdown.sections.quarters.figure import month_charts, quarter_charts
from stepdown.sections.quarters.read import MAIN, POINT, QUARTERS, of_quarters


def _parts(a: Analysis) -> Shown:
    # The rows of the quarters alone: text and tables look them up many times.
    a = replace(a, results=a.results.where(analysis=QUARTERS))
    held = of_quarters(a.results, POINT)
    if held.empty:
        return ()
    word, window = a.wording.relapse, a.wording.window
    main = held[held["term"].isin(MAIN)]
    drawn = main[main["estimate"].notna()]
    charts = [] if drawn.empty else [quarter_charts(a.results, word=word, window=window)]
    if (drawn["level"] != "").any():
        charts.append(month_charts(a.results, word=word, window=window))
    tables = (
        text.parts_table(a), text.changed_inputs(a), text.revised_table(a), text.late_table(a),
        text.nothing_late(a), text.charts_table(a),
    )  # fmt: skip
    parts = (text.summary(a), text.quarters_table(a), *charts[:1], *tables, *charts[1:])
    return tuple(part for part in parts if part is not None)


QUARTERS_SECTION = Section(
    key="quarters",
    title="Quarter by quarter",
    introduction="How do the last quarters compare, and is a change more than chance?",
    parts=_parts,
    finding=text.finding,
)
