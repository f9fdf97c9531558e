"""The primary comparison made again with one thing changed, and its groups looked at anew, as rows."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial

import numpy as np
import pandas as pd

from stepdown.checks import GateWords, known_of_primary, verdicts_of, with_gates
from stepdown.cohort import Eligible, People, applicable, with_outcome
from stepdown.cohort.followup import baseline_columns, observable
from stepdown.cohort.followup.bounds_under_loss import lost_before
from stepdown.compare import design
from stepdown.compare.compared_strategies import followers_of_plans
from stepdown.compare.covariates import drawn_covariates
from stepdown.compare.processes import LARGEST, in_processes
from stepdown.compare.sensitivity import (
    Copies,
    covariate_strengths,
    group_courses,
    last_day_at_risk,
    risk_if_lost,
    tipping_point,
    unadjusted,
    up_to_window,
    varied_studies,
)
from stepdown.errors import StepdownError
from stepdown.estimate.adjusted_rows import adjusted_rows, clone_censor_rows, trial_rows
from stepdown.estimate.context import Record
from stepdown.estimate.design_rows import estimate_end
from stepdown.results import HIGHEST, LOWEST, Results, bind
from stepdown.results.table import SHOWN
from stepdown.schema import Cohort, EndpointSpec
from stepdown.sections.sensitivity.read import (
    ARM,
    BOTH,
    COVARIATE_STRENGTH,
    IF_LOST,
    IN_TRIALS,
    NOT_ESTIMATED,
    NOT_MADE,
    REFERENCE,
    SENSITIVITY,
    SPECIFICATION,
    TIPPING_POINT,
    ArmDifference,
    contrasts,
)
from stepdown.study import BaselineArm, DesignChoice, Study
from stepdown.survival.core.sample import Bools, Floats, Ints

DELTAS = (0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0, math.inf)
"""Rates of those lost, relative to those followed, that are listed."""
DEFAULT = ("landmarks", "against_advice", "sites")
_ONE_DAY = (
    "It needs one day for each {word}, and some are known only to lie between two contacts. Set "
    'outcome.interval = "detected" or "midpoint".'
)
_AGAINST_ADVICE = "left_against_advice"
Task = Callable[[], Iterator[Record]]
"""One analysis made again, not yet begun."""


def row_of(study: Study, estimand: str, **columns: object) -> Record:
    """Return a row of the analysis "sensitivity", by the end of the window."""
    return {
        "analysis": SENSITIVITY,
        "endpoint": study.outcome.endpoint,
        "estimand": estimand,
        "time": study.outcome.window[1],
    } | columns


def pair_of(one: ArmDifference) -> Record:
    """Return the arms of a contrast."""
    return {"arm": one.arm, "reference": one.reference}


def specified(study: Study, one: ArmDifference, kind: str, value: str = "", **columns: object) -> Record:
    """Return the answer of one analysis as a row: `kind` is what it varies."""
    shared = row_of(study, SPECIFICATION, term=kind, level=value) | pair_of(one)
    if not math.isfinite(one.estimate):
        shared |= {"statistic": NOT_ESTIMATED, "note": one.reason or "not estimated"}
        return shared | {"status": one.status, "status_reason": one.reason} | columns
    return shared | {
        "statistic": "difference",
        "unit": "probability",
        "estimate": one.estimate,
        "conf_low": one.low,
        "conf_high": one.high,
        "method": one.method,
        "note_code": one.caution,
        "note": "" if math.isfinite(one.low) or one.status != SHOWN else one.reason,
        "status": one.status,
        "status_reason": one.reason if one.status != SHOWN else "",
        **columns,
    }


def asked_for(study: Study, *, many: bool = False) -> Sequence[str]:
    """Return the repetitions that a study asks for; without a word none that is made for each imputation."""
    asked = study.sensitivity.analyses
    return (() if many else DEFAULT) if asked is None else asked


def repeated_rows(
    chosen: Eligible, people: People, found: Results, study: Study, known: Sequence[ArmDifference]
) -> Iterator[Record]:
    """Yield what needs the people again: other studies, sites left out, covariates, and loss.

    Parameters
    ----------
    chosen, people, found, study
        As for `sensitivity_rows`.
    known : sequence of ArmDifference
        The primary comparison.
    """
    if study.analysis is None:
        return
    many = people.uncertain is not None or bool(drawn_covariates(people, study))
    kinds = asked_for(study, many=many)
    base = up_to_window(study)
    words = _gate_words(chosen, study)
    own = {choice.key for choice in study.analysis.designs}
    last = str(max((plan.last_day for plan in study.plans), default=0))
    answered, varied = partial(_answered, chosen.cohort, words=words), []
    for one in varied_studies(base, kinds, study.sensitivity.days):
        primary = one.study.analysis.primary if one.study.analysis else None
        if not (one.kind == "landmark" and one.value == last and primary and primary.key in own):
            varied.append(partial(answered, people, one.study, kind=one.kind, value=one.value))
    yield from _all_of(varied, people)
    yield from _not_asked_for(people, base, kinds)
    tasks: list[Task] = []
    if "against_advice" in kinds and study.time_zero.event == "discharge":
        left = (people.table["discharge_reason"] == _AGAINST_ADVICE).fillna(False).to_numpy(dtype=bool)
        if left.any():
            tasks.append(partial(answered, people.take(np.flatnonzero(~left)), base, kind="against_advice"))
    if "definitions" in kinds:
        tasks += _defined(chosen, base, words)
    if "sites_refitted" in kinds or ("sites" in kinds and unadjusted(study.analysis)):
        tasks += _sites_refitted(chosen.cohort, people, base, words)
    yield from _all_of(tasks, people)
    yield from _loss_bounds(found, study, known)
    if people.exact and people.uncertain is None:
        yield from _of_groups(chosen, people, base, known)
    else:
        yield row_of(study, IF_LOST, statistic=NOT_ESTIMATED, note=_ONE_DAY.format(word=study.outcome.word))


_ASKED_BY = {
    "landmark": "landmarks", "grace_period": "grace_periods", "start_law": "start_laws",
    "truncation": "weight_caps", "against_advice": "against_advice", "site": "sites",
    "definition": "definitions",
}  # fmt: skip
"""What each kind of repeated analysis is called in the study file."""


def _not_asked_for(people: People, study: Study, kinds: Sequence[str]) -> Iterator[Record]:
    """Yield each kind of analysis that the study could have and does not ask for, with how to ask."""
    rest = [name for name in _ASKED_BY.values() if name not in kinds]
    could = {one.kind for one in varied_studies(study, rest, study.sensitivity.days)}
    if study.time_zero.event == "discharge" and (people.table["discharge_reason"] == _AGAINST_ADVICE).any():
        could.add("against_advice")
    if people.table["site_id"].nunique() > 1 and "sites_refitted" not in kinds:
        could.add("site")
    if study.analysis is not None and not unadjusted(study.analysis):
        could.add("definition")
    for kind, name in _ASKED_BY.items():
        if kind in could and name in rest:
            note = f'not asked for: add "{name}" to sensitivity.analyses'
            yield row_of(
                study, SPECIFICATION, term=kind, variant=NOT_MADE, statistic=NOT_ESTIMATED, note=note
            )


def _gate_words(chosen: Eligible, study: Study) -> GateWords:
    """Return what the reasons of the gates are worded with."""
    columns = [chosen.cohort.column(str(name)) for name in chosen.given.table]
    labels = {column.name: column.label for column in columns if column is not None}
    return GateWords(word=study.outcome.word, day=study.outcome.window[1], labels=labels)


def _all_of(tasks: Sequence[Task], people: People) -> Iterator[Record]:
    """Yield the rows of all repetitions, in their order."""
    made = [partial(_listed, task) for task in tasks]
    for found in in_processes(made, people=len(people.table), largest=LARGEST):
        yield from found


def _listed(task: Task) -> list[Record]:
    return list(task())


def _answered(
    cohort: Cohort,
    people: People,
    study: Study,
    *,
    words: GateWords,
    kind: str,
    value: str = "",
    **columns: object,
) -> Iterator[Record]:
    """Yield the answers of the primary comparison of a study through its gates, or why there are none."""
    if study.analysis is None:
        return
    choice, day = study.analysis.primary, study.outcome.window[1]
    try:
        if choice.design == "clone_censor_weight":
            table = clone_censor_rows(people, study, choice, predictors=False, curve=False)
        elif choice.design == "sequential_trials":
            table = trial_rows(people, study, choice)
        else:
            made = design(people, study, choice=choice)
            plain = unadjusted(study.analysis)
            table = (
                pd.DataFrame(estimate_end(made, study))
                if plain
                else adjusted_rows(people, made, study, curve=False)
            )
        found = bind([table, known_of_primary(people, study, observable(cohort, people))])
        gated = with_gates(found, verdicts_of(found, [choice.key], study.gates, words))
        answers = contrasts(gated.table, analysis=choice.key, day=day)
    except StepdownError as error:
        answers = ()
        yield _refused(study, str(error), kind, value, **columns)
    for one in answers:
        yield specified(study, one, kind, value, **columns)


def _refused(study: Study, why: str, kind: str, value: str = "", **columns: object) -> Record:
    keys: Record = {"statistic": NOT_ESTIMATED, "term": kind, "level": value, "note": why}
    if len(study.labels) == 2:
        keys |= {"arm": study.labels[0], "reference": study.labels[1]}
    return row_of(study, SPECIFICATION, **keys) | columns


def _defined(chosen: Eligible, study: Study, words: GateWords) -> Iterator[Task]:
    """Yield the primary comparison under each other definition of relapse and rule for missed contacts."""
    outcome = study.outcome
    for spec, rule in applicable(chosen.cohort, known=chosen.given):
        if (spec, rule) != (outcome.spec, outcome.missing):
            yield partial(_by_definition, chosen, study, words, spec, rule)


def _by_definition(
    chosen: Eligible, study: Study, words: GateWords, spec: EndpointSpec, rule: str
) -> Iterator[Record]:
    outcome = study.outcome
    try:
        varied = study.replace(
            endpoint=spec.name, missing=rule, parameters=outcome.parameters if spec == outcome.spec else None
        )
        people = with_outcome(chosen, varied)
        yield from _answered(chosen.cohort, people, varied, words=words, kind="definition", value=rule)
    except StepdownError as error:
        yield _refused(study, str(error), "definition", rule, endpoint=spec.name)


def _sites_refitted(cohort: Cohort, people: People, study: Study, words: GateWords) -> Iterator[Task]:
    names = sorted(people.table["site_id"].dropna().unique())
    for name in names if len(names) > 1 else ():
        yield partial(_without_site, cohort, people, study, words, name)


def _without_site(
    cohort: Cohort, people: People, study: Study, words: GateWords, name: str
) -> Iterator[Record]:
    others = np.flatnonzero(~(people.table["site_id"] == name).fillna(False).to_numpy(dtype=bool))
    return _answered(cohort, people.take(others), study, words=words, kind="site", site=name)


def _of_groups(
    chosen: Eligible, people: People, study: Study, known: Sequence[ArmDifference]
) -> Iterator[Record]:
    """Yield what the courses of the groups show: informative loss, and how strong the covariates are."""
    try:
        groups = group_courses(people, study, lost=_lost(chosen, people, study))
    except StepdownError as error:
        yield row_of(study, IF_LOST, statistic=NOT_ESTIMATED, note=str(error))
    else:
        for one in known:
            yield from _informative_loss(one, groups, study)
    for one in known:
        yield from _covariates(people, study, one)


def _lost(chosen: Eligible, people: People, study: Study) -> Bools:
    table = people.table
    return lost_before(
        table["days"].to_numpy(dtype=float),
        table["event"].to_numpy(dtype=np.int64),
        table["died"].to_numpy(dtype=bool),
        until=observable(chosen.cohort, people),
        day=last_day_at_risk(study),
    )


def _informative_loss(one: ArmDifference, courses: Mapping[str, Copies], study: Study) -> Iterator[Record]:
    """Yield the difference where those lost relapse at another rate, and from which rate on it changes."""
    day = study.outcome.window[1]
    groups = [courses[label] for label in (one.arm, one.reference)]
    keys: Record = pair_of(one)
    in_trials = study.analysis is not None and study.analysis.primary.design == "sequential_trials"
    unit = IN_TRIALS if in_trials else "discharges"
    for place, group in zip((ARM, REFERENCE), groups, strict=True):
        gone = int((group.lost & (group.days < day)).sum())
        yield (
            row_of(study, IF_LOST, statistic="lost", unit=unit, term=place)
            | keys
            | {
                "estimate": gone,
                "n": len(group.days),
            }
        )
    same = [risk_if_lost(group, 1.0, day) for group in groups]

    def shift(scenario: str, delta: float) -> float:
        mine, theirs = (
            risk_if_lost(group, delta, day) - before if scenario in (BOTH, place) else 0.0
            for group, before, place in zip(groups, same, (ARM, REFERENCE), strict=True)
        )
        return mine - theirs

    nearer = one.high if one.estimate < 0 else one.low
    for scenario in (BOTH, ARM, REFERENCE):
        for delta in DELTAS:
            by = shift(scenario, delta)
            yield (
                row_of(study, IF_LOST, statistic="difference", term=scenario, level=f"{delta:g}")
                | keys
                | {
                    "unit": "probability",
                    "estimate": one.estimate + by,
                    "conf_low": one.low + by,
                    "conf_high": one.high + by,
                }
            )
        for statistic, number in (("estimate", one.estimate), ("limit", nearer if one.sure else math.nan)):
            if math.isfinite(number):
                yield _tipping(study, scenario, statistic, number, shift) | keys


def _tipping(
    study: Study, scenario: str, statistic: str, number: float, shift: Callable[[str, float], float]
) -> Record:
    at = tipping_point(lambda delta: number + shift(scenario, delta))
    never = all((number + shift(scenario, end)) * number > 0 for end in (0.0, math.inf))
    note = "no rate of those lost is enough" if never else "only more than 100 times the rate is enough"
    return row_of(study, TIPPING_POINT, statistic=statistic, term=scenario, unit="ratio") | {
        "estimate": at,
        "note": note if math.isnan(at) else "",
    }


def _loss_bounds(found: Results, study: Study, known: Sequence[ArmDifference]) -> Iterator[Record]:
    """Yield the differences if all of those lost in one arm relapsed, and none of the other."""
    table, day = found.table, study.outcome.window[1]
    table = table[(table["estimand"] == "risk_bound") & (table["time"] == day) & (table["bound"] == "")]
    held = list(dict.fromkeys(table.loc[table["arm"] != "", "analysis"]))
    asked = [choice.key for choice in study.analysis.designs] if study.analysis else []
    source = next((key for key in asked if key in held), "")
    table = table[table["analysis"] == source]
    ends = table.set_index(["arm", "statistic"])["estimate"].dropna()
    for one in known:
        for bound, mine, theirs in ((LOWEST, "none", "all"), (HIGHEST, "all", "none")):
            keys = ((one.arm, mine), (one.reference, theirs))
            if all(key in ends.index for key in keys):
                first, last = (float(ends[key]) for key in keys)
                yield row_of(study, IF_LOST, statistic="difference", bound=bound, level=source) | {
                    **pair_of(one),
                    "unit": "probability",
                    "estimate": first - last,
                }


def _covariates(people: People, study: Study, one: ArmDifference) -> Iterator[Record]:
    """Yield how strong the measured covariates are as confounders, and what one as strong could do."""
    if study.analysis is None:
        return
    groups = _compared_groups(people, study, one)
    if groups is None:
        return
    rows, days, event, first, start = groups
    chosen = study.contrast.arms if study.contrast else ()
    adjust = study.analysis.adjust
    names = adjust.covariates if adjust else baseline_columns(people, study.time_zero.event)
    own = {chosen.column} if isinstance(chosen, BaselineArm) else set()
    names = tuple(name for name in names if name not in {"site_id", *own} and name in people.table)
    table = covariate_strengths(
        people.table[list(names)].iloc[rows], days, event, first, day=study.outcome.window[1], start=start
    )
    for row in table.to_dict("records"):
        keys = pair_of(one) | {
            "term": row["covariate"],
            "level": row["value"],
            "unit": "ratio",
            "n": row["n"],
        }
        for statistic in ("exposure", "outcome"):
            yield row_of(study, COVARIATE_STRENGTH, statistic=statistic, estimate=row[statistic]) | keys
        if math.isfinite(one.ratio) and one.ratio > 0:
            by = row["factor"] if one.ratio < 1 else 1 / row["factor"]
            moved = {"estimate": one.ratio, "conf_low": one.ratio_low, "conf_high": one.ratio_high}
            moved = {name: number * by for name, number in moved.items()}
            yield row_of(study, COVARIATE_STRENGTH, statistic="ratio") | keys | moved


def _compared_groups(
    people: People, study: Study, one: ArmDifference
) -> tuple[Ints, Floats, Ints, Ints, int] | None:
    """Return whose covariates are looked at: rows, days, events, whether of the first arm, from which day.

    Where no day ends all plans, those who follow each plan at the end of its first window, of whom some may
    follow both; they are at risk from the later of these days. None where there are no such groups.
    """
    if study.analysis is None:
        return None
    choice = study.analysis.primary
    if study.plans and choice.day is None and any(plan.unfolds for plan in study.plans):
        return _plan_followers(people, study, one)
    if study.plans and choice.day is None:
        choice = DesignChoice(design="landmark", day=max(plan.last_day for plan in study.plans) or 1)
    try:
        made = design(people, study, choice=choice)
    except StepdownError:
        return None
    arms = made.readings[0]
    pair = [made.labels.index(label) for label in (one.arm, one.reference)]
    mine = np.isin(arms.arm, pair)
    reading = arms.followup
    first = (arms.arm[mine] == pair[0]).astype(np.int64)
    return reading.rows[mine], reading.days[mine], reading.event[mine], first, made.start


def _plan_followers(
    people: People, study: Study, one: ArmDifference
) -> tuple[Ints, Floats, Ints, Ints, int] | None:
    plans = dict(zip(study.labels, study.plans, strict=True))
    start = max(plans[label].first_window for label in (one.arm, one.reference))
    try:
        found = followers_of_plans(people, study)
    except StepdownError:
        return None
    days = people.table["days"].to_numpy(dtype=float)
    groups = [found[label][days[found[label]] > start] for label in (one.arm, one.reference)]
    rows = np.concatenate(groups)
    first = np.repeat([1, 0], [len(group) for group in groups])
    event = np.minimum(people.table["event"].to_numpy(dtype=np.int64), 2)
    return rows, days[rows], event[rows], first, start
