"""Sections on relapse: selection, risk over time, comparison of groups, study decisions."""

from stepdown.display.section import Section, Shown
from stepdown.results import Analysis
from stepdown.results.reading import WHOLE, bounded, from_intervals, rows_of, why_withheld
from stepdown.sections.relapse import figure, headlines, tables, text


def _people(a: Analysis) -> Shown:
    flows = (tables.flow(a.results, analysis=key) for key in ("", *text.comparisons(a)))
    return (text.people(a), *(flow for flow in flows if flow.rows))


def _speed(a: Analysis) -> Shown:
    return (text.speed(a), *_risk(a, WHOLE))


def _timing(a: Analysis) -> Shown:
    word, results = a.wording.relapse, a.results
    measures = (tables.window(results, word=word), tables.days_free(results, word=word))
    return (text.timing(a), *_hazard(a, WHOLE), *(one for one in measures if one.rows))


def _arms(a: Analysis) -> Shown:
    refused = text.no_comparison(a)
    found = tuple(part for key in text.comparisons(a) for part in _comparison(a, key))
    return (*((refused,) if refused.paragraphs else ()), *found)


def _decisions(a: Analysis) -> Shown:
    return (text.decisions(a), tables.provenance(a.provenance))


def _comparison(a: Analysis, key: str) -> Shown:
    if why_withheld(a.results, analysis=key):
        return tuple(part for part in (text.comparison(a, key), text.caution(a, key)) if part is not None)
    word, results = a.wording.relapse, a.results
    contrasts = tables.contrasts(results, analysis=key, word=word)
    measures = (
        tables.window(results, analysis=key, word=word),
        tables.days_free(results, analysis=key, word=word),
        tables.hazard_ratios(results, analysis=key, word=word),
        tables.ratios_by_period(results, analysis=key, word=word),
    )
    parts = (
        text.comparison(a, key),
        text.caution(a, key),
        *_risk(a, key),
        contrasts if contrasts.rows else None,
        text.test_of_curves(a, key),
        *_hazard(a, key),
        *(one for one in measures if one.rows),
    )
    return tuple(part for part in parts if part is not None)


def _risk(a: Analysis, key: str) -> Shown:
    word, results, words = a.wording.relapse, a.results, a.wording
    if bounded(results, analysis=key):
        picture = figure.bounds(results, analysis=key, word=word, since=words.time_zero, window=words.window)
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
    picture = figure.curves(results, analysis=key, word=word, since=words.time_zero, window=words.window)
    return (picture, table)


def _hazard(a: Analysis, key: str) -> Shown:
    word, results, words = a.wording.relapse, a.results, a.wording
    table = tables.hazard(results, analysis=key, word=word)
    rates = rows_of(results, analysis=key, estimand="rate").dropna(subset=["estimate"])
    if rates.empty or bounded(results, analysis=key) or from_intervals(results, analysis=key):
        return (table,) if table.rows else ()
    picture = figure.hazard(results, analysis=key, word=word, since=words.time_zero, window=words.window)
    return (picture, table)


PEOPLE = Section(
    key="people",
    title="Discharges included",
    introduction="Each exclusion is a separate step with its number of discharges.",
    parts=_people,
    finding=headlines.people,
)
SPEED = Section(
    key="speed",
    title="Risk of relapse over time",
    introduction=(
        "The share with the event by each day. People count for as long as they were followed; a missing "
        "observation is never counted as abstinence."
    ),
    parts=_speed,
    finding=headlines.speed,
)
TIMING = Section(key="timing", title="When the risk is highest", parts=_timing, finding=headlines.timing)
ARMS = Section(
    key="arms",
    title="Comparison of groups",
    introduction=(
        "Groups are compared from a day on which each person's group is already known, or everybody counts "
        "in each plan until departing from it. Comparing people who ever started later care with those who "
        "never did is misleading: a person must stay well long enough to start (immortal-time bias)."
    ),
    parts=_arms,
    finding=headlines.arms,
)
DECISIONS = Section(
    key="decisions", title="Study decisions and inputs", parts=_decisions, finding=headlines.decisions
)
