"""The panel: a study under every definition of relapse and rule for missed contacts that its data serve.

Nothing but the definition and the rule changes: the same time zero, eligibility, window and comparison, the
same estimators. It tells how far the answer rests on what counts as relapse; it is no test.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace

from stepdown.cohort import People, applicable, derive, not_applicable
from stepdown.compare import Design, design, whole
from stepdown.errors import StepdownError
from stepdown.estimate.context import Record
from stepdown.estimate.design_rows import estimate_end
from stepdown.results import Results, rows
from stepdown.results.reading import HIGHEST, LOWEST
from stepdown.results.words import definition_name, rule_name
from stepdown.schema import Cohort, EndpointSpec
from stepdown.sections.definitions.read import DEFINITION, NOT_RUN, OWN, PANEL
from stepdown.study import Study

_TOLD = ("risk", "window_risk")
_STATISTICS = ("estimate", "difference", "ratio")


def panel(
    cohort: Cohort,
    study: Study,
    *,
    quarter: str | None = None,
    progress: Callable[[str], None] | None = None,
) -> Results:
    """Run a study under every definition and rule for missed contacts that a cohort can serve.

    Parameters
    ----------
    cohort : Cohort
        Valid tables.
    study : Study
        The protocol. Its other definitions take their own parameters.
    quarter : str or None
        Keep the discharges of one quarter, such as "2026Q3".
    progress : callable or None
        Called with the name of each step as it begins.

    Returns
    -------
    Results
        Rows of the analysis "panel", and of "panel_" and the key of the primary comparison, as described in
        docs/architecture.md, section 6: the study's own definition first. A definition that cannot be run,
        or under which nothing can be compared, is a row with the reason.
    """
    say = progress or (lambda step: None)
    own = (study.outcome.spec, study.outcome.missing)
    asked = _ordered(own, applicable(cohort))
    records: list[Record] = []
    for place, (spec, rule) in enumerate(asked, 1):
        told = f"{definition_name(spec.name)}, {rule_name(rule)}"
        say(f"Trying other definitions of {study.outcome.word}: {place} of {len(asked)} ({told})")
        records.extend(_run(cohort, study, spec, rule, quarter=quarter))
    for spec, rule, reason in not_applicable(cohort):
        keys: Record = {"analysis": PANEL, "endpoint": spec.name, "level": rule}
        records.append(keys | {"estimand": DEFINITION, "statistic": NOT_RUN, "note": reason})
    return rows(records)


def _ordered(
    own: tuple[EndpointSpec, str], found: tuple[tuple[EndpointSpec, str], ...]
) -> list[tuple[EndpointSpec, str]]:
    """Put the study's own definition and rule first, then the other rules of that definition."""
    others = [one for one in found if one != own]
    return [own, *sorted(others, key=lambda one: one[0] != own[0])]


def _run(
    cohort: Cohort, study: Study, spec: EndpointSpec, rule: str, *, quarter: str | None
) -> Iterator[Record]:
    outcome = study.outcome
    same = spec == outcome.spec
    keys: Record = {"endpoint": spec.name, "level": rule}
    head: Record = {
        **keys,
        "analysis": PANEL,
        "estimand": DEFINITION,
        "statistic": OWN,
        "estimate": float(same and rule == outcome.missing),
    }
    try:
        varied = study.replace(
            endpoint=spec.name, missing=rule, parameters=outcome.parameters if same else None
        )
        people = _bounded_at_end(derive(cohort, varied, quarter=quarter), varied)
        told = [one | keys | {"analysis": PANEL} for one in _told(whole(people, varied), varied)]
    except StepdownError as error:
        yield head | {"note": str(error)}
        return
    yield head | {"n": len(people.table), "term": _settings(varied)}
    yield from told
    if varied.analysis is not None:
        yield from _compared(people, varied, keys)


def _compared(people: People, study: Study, keys: Record) -> Iterator[Record]:
    if study.analysis is None:
        return
    keys = keys | {"analysis": f"{PANEL}_{study.analysis.primary.key}"}
    try:
        made = design(people, study)
        told = [one | keys for one in _told(made, study)]
    except StepdownError as error:
        yield keys | {"estimand": DEFINITION, "statistic": NOT_RUN, "note": str(error)}
        return
    yield from told
    if not told:
        # As in the report: from intervals nothing is estimated after a landmark that some of them contain.
        many = f"{made.straddle:,} discharge{'' if made.straddle == 1 else 's'}"
        reason = (
            f"For {many} it is not known whether the {study.outcome.word} came before day {made.start}, so "
            "nothing is estimated."
        )
        yield keys | {"estimand": DEFINITION, "statistic": NOT_RUN, "note": reason}


def _bounded_at_end(people: People, study: Study) -> People:
    """Return the people with the end of the window as the one day for which a range is told."""
    return replace(people, visits=(study.outcome.window[1],))


def _told(chosen: Design, study: Study) -> Iterator[Record]:
    """Yield the rows of the panel for one design."""
    found = [
        one
        for one in estimate_end(chosen, study)
        if one["estimand"] in _TOLD and one["cause"] == "relapse" and one["statistic"] in _STATISTICS
    ]
    yield from found
    ranged = [one for one in found if str(one["method"]).endswith((LOWEST, HIGHEST))]
    yield from _ranges(chosen, ranged)


def _ranges(chosen: Design, found: list[Record]) -> Iterator[Record]:
    """Yield the smallest and the largest difference that ranges of two arms allow.

    Who is in one arm says nothing of the other, so that any number of one range can meet any of the other.
    """
    ends = {(one["arm"], str(one["method"]).rsplit(", ", 1)[1]): one for one in found}
    reference = chosen.labels[-1]
    for arm in chosen.labels[:-1] if found else ():
        for end, other in ((LOWEST, HIGHEST), (HIGHEST, LOWEST)):
            mine, theirs = ends[arm, end], ends[reference, other]
            yield {
                **mine,
                "arm": "",
                "contrast": f"{arm} vs {reference}",
                "statistic": "difference",
                "estimate": float(str(mine["estimate"])) - float(str(theirs["estimate"])),
                "std_error": None,
                "conf_low": None,
                "conf_high": None,
                "n": None,
                "events": None,
                "note": chosen.warning,
            }


def _settings(study: Study) -> str:
    """Return the parameters that differ from those of the definition."""
    own = {one.name: one.default for one in study.outcome.spec.parameters}
    return ", ".join(
        f"{name} = {value}" for name, value in study.outcome.settings.items() if value != own[name]
    )
