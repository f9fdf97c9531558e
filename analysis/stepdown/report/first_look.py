"""The sections of a first look: each gives what can be shown, or a sentence that says why not."""

from stepdown.display import Picture
from stepdown.display.text_and_tables import Table, Text
from stepdown.report import figures as plot
from stepdown.results import Analysis
from stepdown.results.reading import WHOLE, bounded, from_intervals, rows_of
from stepdown.sections.care import text as ladder
from stepdown.sections.care.read import occupancy_table, path_table
from stepdown.sections.definitions import text as panel
from stepdown.sections.followup import text as follow_up
from stepdown.sections.followup.read import visits
from stepdown.sections.quality import text as measures
from stepdown.sections.relapse import tables
from stepdown.sections.relapse import text as prose

Shown = tuple[Text | Table | Picture, ...]


def opening(a: Analysis) -> Shown:
    """Return the title of the study and the box with what was found."""
    return (Text((a.wording.title,), kind="study"), prose.headline(a))


def people(a: Analysis) -> Shown:
    """Return who is in the report and in each comparison."""
    flows = (tables.flow(a.results, analysis=key) for key in ("", *prose.comparisons(a)))
    return (prose.people(a), *(flow for flow in flows if flow.rows))


def reach(a: Analysis) -> Shown:
    """Return who was reached at each visit, and what those not reached could change."""
    due = visits(a.results)
    drawn = len(due) > 0 and due.drop(columns="not_due").to_numpy().sum() > 0
    words = a.wording
    shown = (
        follow_up.found(a),
        plot.reach(a.results, word=words.relapse, since=words.time_zero) if drawn else None,
        follow_up.states(a),
        follow_up.shares(a),
        follow_up.mature(a),
        follow_up.bounds(a),
        follow_up.tested(a),
        follow_up.looks(a),
    )
    return tuple(part for part in shown if part is not None)


def speed(a: Analysis) -> Shown:
    """Return how fast people relapse: the whole cohort."""
    return (prose.speed(a), *_risk(a, WHOLE))


def timing(a: Analysis) -> Shown:
    """Return when the risk is highest, and what the window tells."""
    word, results = a.wording.relapse, a.results
    measures = (tables.window(results, word=word), tables.days_free(results, word=word))
    return (prose.timing(a), *_hazard(a, WHOLE), *(one for one in measures if one.rows))


def arms(a: Analysis) -> Shown:
    """Return the comparisons of plans of care, or the sentence that there is none."""
    found = tuple(part for key in prose.comparisons(a) for part in _comparison(a, key))
    return found or (prose.no_comparison(a),)


def sensitivity(a: Analysis) -> Shown:
    """Return the study under every other definition of relapse that the data serve."""
    words, table, left = a.wording, panel.table(a), panel.not_run(a)
    picture: Shown = ()
    if table.rows:
        drawn = plot.panel(a.results, word=words.relapse, since=words.time_zero, window=words.window)
        picture = (drawn, table, panel.meanings(a))
    return (panel.found(a), *picture, *(() if left is None else (left,)))


def care(a: Analysis) -> Shown:
    """Return which care came after: how far, how soon, by which paths, and where people are by day."""
    said = ladder.found(a)
    paths, days = path_table(a.results), occupancy_table(a.results)
    if paths.empty:
        return (said,)
    words = a.wording
    shown = (
        said,
        ladder.far(a),
        ladder.rungs(a),
        plot.paths(paths, since=words.time_zero),
        plot.occupancy(days, word=words.relapse, since=words.time_zero) if days["time"].max() > 0 else None,
        ladder.reach_of_days(a),
    )
    return tuple(part for part in shown if part is not None)


def quality(a: Analysis) -> Shown:
    """Return the quality measures: all sites together and by quarter, and what each counts."""
    told = measures.table(a)
    parts = (measures.quarters(a), measures.by_site(a)) if told.rows else ()
    meant = (measures.meanings(a),) if a.wording.measures else ()
    shown = (measures.found(a), told if told.rows else None, *parts, *meant)
    return tuple(part for part in shown if part is not None)


def decisions(a: Analysis) -> Shown:
    """Return what the study decided, and what went in."""
    return (prose.decisions(a), tables.provenance(a.provenance))


def _comparison(a: Analysis, key: str) -> Shown:
    word, results = a.wording.relapse, a.results
    said = (prose.comparison(a, key), prose.caution(a, key))
    measures = (
        tables.contrasts(results, analysis=key, word=word),
        tables.window(results, analysis=key, word=word),
        tables.days_free(results, analysis=key, word=word),
    )
    test = prose.test_of_curves(a, key)
    parts = (
        *said,
        *_risk(a, key),
        measures[0] if measures[0].rows else None,
        test,
        *_hazard(a, key),
        *(one for one in measures[1:] if one.rows),
    )
    return tuple(part for part in parts if part is not None)


def _risk(a: Analysis, key: str) -> Shown:
    word, results, words = a.wording.relapse, a.results, a.wording
    if bounded(results, analysis=key):
        picture = plot.bounds(results, analysis=key, word=word, since=words.time_zero, window=words.window)
        estimated = tables.estimated(results, analysis=key, word=word)
        return (
            picture,
            tables.bounds(results, analysis=key, word=word),
            *((estimated,) if estimated.rows else ()),
        )
    if from_intervals(results, analysis=key):
        return (tables.estimated(results, analysis=key, word=word),)
    table = tables.risks(results, analysis=key, word=word)
    curve = rows_of(results, analysis=key, estimand="risk", statistic="curve", cause="relapse")
    if curve.empty:
        return (table,) if table.rows else ()
    picture = plot.curves(results, analysis=key, word=word, since=words.time_zero, window=words.window)
    return (picture, table)


def _hazard(a: Analysis, key: str) -> Shown:
    word, results, words = a.wording.relapse, a.results, a.wording
    table = tables.hazard(results, analysis=key, word=word)
    told = rows_of(results, analysis=key, estimand="rate").dropna(subset=["estimate"])
    if told.empty or bounded(results, analysis=key) or from_intervals(results, analysis=key):
        return (table,) if table.rows else ()
    picture = plot.hazard(results, analysis=key, word=word, since=words.time_zero, window=words.window)
    return (picture, table)
