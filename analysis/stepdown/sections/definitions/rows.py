"""Comparison of the definitions of relapse and the rules for missed contacts that the data support.

Nothing but the definition and the rule changes: the same time zero, eligibility, window and comparison, the
same estimators. It shows how far the answer rests on what counts as relapse; it is no test.
"""

from collections.abc import Callable
from dataclasses import replace

from stepdown.cohort import Eligible, People, applicable, eligible, not_applicable, with_outcome
from stepdown.cohort.relapse.daily.occurrence import cannot_be_judged
from stepdown.compare import Design, design, whole
from stepdown.compare.designs import too_few_to_adjust
from stepdown.errors import StepdownError
from stepdown.estimate.context import Record
from stepdown.estimate.design_rows import estimate_end
from stepdown.results import HIGHEST, LOWEST, Results, bind
from stepdown.results.words import definition_name, rule_name
from stepdown.schema import Cohort, EndpointSpec
from stepdown.sections.definitions.read import COMPARED, DEFINITION, DEFINITIONS, NOT_ESTIMATED, OWN
from stepdown.study import Study


def definition_rows(
    cohort: Cohort,
    study: Study,
    *,
    quarter: str | None = None,
    chosen: Eligible | None = None,
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
    chosen : Eligible or None
        From `eligible`, where it has been called; it does not depend on the definition.
    progress : callable or None
        Called with the name of each step as it begins.

    Returns
    -------
    Results
        Rows of the analyses "definitions" and, for the primary comparison, "definitions_compared", as
        documented in docs/results.md: the study's own definition first. A definition that cannot be run,
        or under which nothing can be compared, is a row with the reason.
    """
    show_step = progress or (lambda step: None)
    own = (study.outcome.spec, study.outcome.missing)
    chosen = chosen or eligible(cohort, study, quarter=quarter)
    asked = _ordered(own, applicable(cohort, known=chosen.given))
    found: list[Record] = []
    for place, (spec, rule) in enumerate(asked, 1):
        name = f"{definition_name(spec.name)}, {rule_name(rule)}"
        show_step(f"Trying other definitions of {study.outcome.word}: {place} of {len(asked)} ({name})")
        found += _run(chosen, study, spec, rule)
    for spec, rule, reason in not_applicable(cohort, known=chosen.given):
        keys: Record = {"analysis": DEFINITIONS, "endpoint": spec.name, "level": rule}
        found.append(_row(keys, NOT_ESTIMATED, note=reason))
    return bind([found])


def _ordered(
    own: tuple[EndpointSpec, str], found: tuple[tuple[EndpointSpec, str], ...]
) -> list[tuple[EndpointSpec, str]]:
    """Put the study's own definition and rule first, then the other rules of that definition."""
    others = [one for one in found if one != own]
    return [own, *sorted(others, key=lambda one: one[0] != own[0])]


def _row(keys: Record, statistic: str, **columns: object) -> Record:
    return keys | {"estimand": DEFINITION, "statistic": statistic} | columns


def _run(chosen: Eligible, study: Study, spec: EndpointSpec, rule: str) -> list[Record]:
    outcome = study.outcome
    same = spec == outcome.spec
    keys: Record = {"endpoint": spec.name, "level": rule}
    own = float(same and rule == outcome.missing)
    try:
        varied = study.replace(
            endpoint=spec.name, missing=rule, parameters=outcome.parameters if same else None
        )
        people = _bounded_at_end(with_outcome(chosen, varied), varied)
        if reason := cannot_be_judged(chosen.given, people, varied):
            return [_row(keys | {"analysis": DEFINITIONS}, OWN, estimate=own, note=reason)]
        named = keys | {"analysis": DEFINITIONS}
        found = [one | named for one in _ends(whole(people, varied), varied)]
    except StepdownError as error:
        return [_row(keys | {"analysis": DEFINITIONS}, OWN, estimate=own, note=str(error))]
    head = _row(
        keys | {"analysis": DEFINITIONS},
        OWN,
        estimate=own,
        n=int(people.observed.sum()),
        term=_settings(varied),
    )
    compared = _compared(people, varied, keys) if varied.analysis is not None else []
    return [head, *found, *compared]


def _compared(people: People, study: Study, keys: Record) -> list[Record]:
    keys = keys | {"analysis": COMPARED}
    try:
        made = design(people, study)
        if too_few_to_adjust(people, made, study):
            # The section of the comparison says so once.
            return []
        found = [one | keys for one in _ends(made, study)]
    except StepdownError as error:
        return [_row(keys, NOT_ESTIMATED, note=str(error))]
    if found:
        return found
    # As in the report: from intervals nothing is estimated after a landmark that some of them contain.
    many = f"{made.interval_spans_landmark:,} discharge{'' if made.interval_spans_landmark == 1 else 's'}"
    reason = (
        f"For {many} it is not known whether the {study.outcome.word} came before day {made.start}, so "
        "nothing is estimated."
    )
    return [_row(keys, NOT_ESTIMATED, note=reason)]


def _bounded_at_end(people: People, study: Study) -> People:
    """Return the people with the end of the window as the one day for which a range is reported."""
    return replace(people, visits=(study.outcome.window[1],))


def _ends(chosen: Design, study: Study) -> list[Record]:
    """Return the rows of one definition and one design."""
    found = estimate_end(chosen, study)
    ranged = [one for one in found if one["bound"]]
    return found + (_ranges(chosen, ranged) if ranged and len(chosen.labels) > 1 else [])


def _ranges(chosen: Design, found: list[Record]) -> list[Record]:
    """Return the smallest and the largest difference that ranges of two arms allow.

    Who is in one arm says nothing of the other, so that any number of one range can meet any of the other.
    """
    ends = {(one["arm"], one["bound"]): one for one in found}
    opposite, reference = {LOWEST: HIGHEST, HIGHEST: LOWEST}, chosen.labels[-1]
    numbers = ("std_error", "conf_low", "conf_high", "n", "events", "note")
    made = []
    for arm in chosen.labels[:-1]:
        for end in (LOWEST, HIGHEST):
            mine, theirs = ends[arm, end], ends[reference, opposite[end]]
            keys = {name: value for name, value in mine.items() if name not in numbers}
            compared: Record = {"reference": reference, "statistic": "difference"}
            difference = mine["estimate"] - theirs["estimate"]
            made.append(keys | compared | {"estimate": difference, "note_code": chosen.caution})
    return made


def _settings(study: Study) -> str:
    """Return the parameters that differ from those of the definition."""
    own = {one.name: one.default for one in study.outcome.spec.parameters}
    return ", ".join(
        f"{name} = {value}" for name, value in study.outcome.settings.items() if value != own[name]
    )
