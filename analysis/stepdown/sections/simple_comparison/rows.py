"""The same cohort compared in six ways, with and without an effect of care, as rows of the results."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from stepdown.cohort import RELAPSE, People
from stepdown.compare.compared_strategies import Planned, planned
from stepdown.compare.covariates import AdjustedFor, adjusted_for
from stepdown.compare.grace_period.start_laws import StartLaw
from stepdown.compare.simple_comparison import (
    WAYS,
    ClientCourses,
    WaysToCompare,
    artifact,
    compared_ways,
    course_models,
)
from stepdown.errors import DesignError, EstimateError
from stepdown.estimate.adjusted_rows import PER_PROTOCOL, imputations
from stepdown.estimate.context import Record
from stepdown.results.table import WITHHELD
from stepdown.results.words import plural
from stepdown.sections.simple_comparison.read import (
    ARTIFACT,
    LANDMARK,
    LOG_RATIO,
    NAIVE,
    OBSERVED,
    SHARE,
    SIMPLE_COMPARISON,
    TRUTH,
    WITHOUT_EFFECT,
)
from stepdown.study import Study, one_start
from stepdown.survival.core.sample import Ints

MOST = 5_000
"""Discharges of which all six ways are computed; of more, a sample."""
_SAMPLING, _COURSE, _ARTIFACT = 11, 12, 13
_UNITS = {"ratio": "ratio", "difference": "probability"}
_LIMITS = ["estimate", "std_error", "conf_low", "conf_high", "note"]


def simple_comparison_rows(
    people: People, study: Study, adjusted: Mapping[str, pd.DataFrame], *, truth: Path | None = None
) -> Iterator[Record]:
    """Yield the ratio of relapse by each way of comparing, observed and with the effect switched off.

    Parameters
    ----------
    people : People
        Derived discharges.
    study : Study
        The protocol. Nothing is yielded unless it compares one start of care with none, adjusted.
    adjusted : mapping of str to DataFrame
        Rows of its adjusted comparisons by key; what they hold is not computed again.
    truth : Path, optional
        truth.json of a synthetic cohort.
    """
    if not _applies(study) or (not people.exact and people.uncertain is None):
        # Where only ranges of days are known no comparison is adjusted, here as elsewhere.
        return
    try:
        some, given, models = _given(people, study)
    except DesignError:
        # The section on the comparison states the reason.
        return
    keys: Record = {
        "analysis": SIMPLE_COMPARISON,
        "endpoint": study.outcome.endpoint,
        "cause": "relapse",
        "arm": study.labels[0],
        "reference": study.labels[-1],
        "time": study.outcome.window[1],
    }
    observed, shared = _course(given), _shared(given, models, study)
    have = _known(adjusted, study, shared)
    # The study's own comparisons have gates of their own.
    held = {way: why for way, why in too_few(observed, shared, study).items() if way not in have}
    found = compared_ways(observed, shared, ways=[way for way in WAYS if way not in have])
    found = pd.concat([found, *(rows.assign(way=way) for way, rows in have.items())])
    yield from _gated(_of(found, keys | {"n": len(given.rows)}, OBSERVED, grace=shared.grace), held)
    yield from _gated(_without_effect(some, given, observed, shared, keys, study), held)
    for way, value in _true(truth, study, shared).items():
        ratio: Record = {"term": way, "variant": TRUTH, "estimate": value, "statistic": "ratio"}
        ratio |= {"window_start": shared.grace if way == LANDMARK else 0}
        yield keys | ratio | {"estimand": "risk", "unit": "ratio"}


def _applies(study: Study) -> bool:
    """Return whether a study compares one start of care by a day with none, adjusted."""
    asked = study.analysis is not None and study.analysis.adjust is not None
    if not asked or len(study.plans) != 2 or not one_start(study.plans):
        return False
    return bool(study.plans[0].steps and study.plans[1].avoid)


def too_few(course: ClientCourses, given: WaysToCompare, study: Study) -> dict[str, str]:
    """Return the ways of comparing in which a group has too few people or events, with the reason.

    The limits are those of the gates that withhold a comparison. Of time since the start of care the groups
    are the days before and after it; of trials and of plans, those who start in the grace period and the
    others.

    Parameters
    ----------
    course : ClientCourses
        What happened to the clients.
    given : WaysToCompare
        For its days.
    study : Study
        For its gates.
    """
    early = course.started <= given.grace
    every, at_risk = np.ones(len(early), dtype=bool), course.days > given.grace
    groups = {
        "naive": (course.ever, ~course.ever),
        "naive_adjusted": (course.ever, ~course.ever),
        LANDMARK: (early & at_risk, ~early & at_risk),
        "time_varying": (course.ever, every),
        "sequential_trials": (early, ~early),
        "clone_censor_weight": (early, every),
    }
    event = (course.event == RELAPSE) & (course.days <= given.day)
    # Who starts later relapses without care before that; on the day of a relapse it comes first.
    before = {"time_varying": event & ~course.ever, "clone_censor_weight": event & ~early}
    gates = study.gates
    found: dict[str, str] = {}
    for way, (mine, other) in groups.items():
        events = int(min((event & mine).sum(), before.get(way, event & other).sum()))
        people = int(min(mine.sum(), other.sum()))
        if not gates.events.off and events < gates.events.withhold:
            many = f"{gates.events.withhold:,} {plural(study.outcome.word)} by day {given.day}"
            found[way] = f"A group of this comparison has fewer than {many}."
        elif not gates.effective_size.off and people < gates.effective_size.withhold:
            found[way] = (
                f"A group of this comparison has {people:,} people (limit {gates.effective_size.withhold:,})."
            )
    return found


def _gated(rows: Iterator[Record], held: Mapping[str, str]) -> Iterator[Record]:
    """Yield rows, without numbers those of ways that are withheld."""
    for row in rows:
        reason = held.get(row["term"], "")
        blank = dict.fromkeys((*_LIMITS[:-1], "n"), np.nan)
        yield row | blank | {"note": "", "status": WITHHELD, "status_reason": reason} if reason else row


def _true(path: Path | None, study: Study, shared: WaysToCompare) -> dict[str, float]:
    """Return the true ratio by way, where truth.json answers what the study asks; else nothing."""
    if path is None or not path.exists():
        return {}
    # Synthetic cohorts load scipy.stats, which a cohort of a program's own does not need.
    from stepdown.synthetic.transition_rates import GRACE
    from stepdown.synthetic.true_ratios import true_ratios

    (step,) = study.plans[0].steps
    same = (set(step.level), step.within) == ({"iop", "php"}, GRACE)
    same &= study.time_zero.event == "discharge" and study.outcome.endpoint.startswith("first_use")
    found = true_ratios(path, day=shared.day, law=shared.law) if same else {}
    # The truth of the trials is that of one a day.
    return {way: value for way, value in found.items() if way != "sequential_trials" or shared.every == 1}


def _given(people: People, study: Study) -> tuple[People, Planned, AdjustedFor]:
    """Return people with one day for each relapse, whom the plans are compared for, what is adjusted for."""
    some = people.take(_sample(people, study))
    one, _ = next(iter(imputations(some, study)))
    given = planned(one, study, name="The comparison")
    last = max(plan.last_day for plan in study.plans)
    models = adjusted_for(
        one, study, given.rows, first_day=0, last_decision=last, last_day=study.outcome.window[1] + last
    )
    return one, given, models


def _sample(people: People, study: Study) -> Ints:
    """Return the positions of all discharges, or of a sample that does not depend on their order."""
    order = _in_order(people)
    if len(order) <= MOST:
        return np.arange(len(order))
    rng = np.random.default_rng([study.seed, _SAMPLING])
    return np.sort(order[rng.choice(len(order), size=MOST, replace=False)])


def _in_order(people: People, rows: Ints | None = None) -> Ints:
    """Return positions of discharges sorted by client and day, as rows of a file may be in any order."""
    table = people.table[["client_id", "zero"]]
    table = table if rows is None else table.iloc[rows]
    return np.lexsort((table["zero"].to_numpy(dtype=float), table["client_id"].astype(str).to_numpy()))


def _course(given: Planned) -> ClientCourses:
    began = (given.started < given.days) | ((given.started == given.days) & (given.event == 0))
    return ClientCourses(days=given.days, event=given.event, started=np.where(began, given.started, np.inf))


def _shared(given: Planned, models: AdjustedFor, study: Study) -> WaysToCompare:
    asked = study.analysis.designs if study.analysis else ()
    trials = next((one.every for one in asked if one.design == "sequential_trials"), None)
    law: StartLaw = next((one.start for one in asked if one.design == "clone_censor_weight"), "as_observed")
    return WaysToCompare(
        covariates=models.covariates.reset_index(drop=True),
        grace=study.plans[0].last_day,
        day=study.outcome.window[1],
        every=trials or 1,
        law=law,
        estimator="weighted" if given.adjust.method == "weighting" else "doubly_robust",
        history=models.history,
        loss=models.loss,
        cluster=None if given.cluster is None else pd.factorize(given.cluster)[0],
    )


def _known(
    adjusted: Mapping[str, pd.DataFrame], study: Study, shared: WaysToCompare
) -> dict[str, pd.DataFrame]:
    """Return the ways that the study's own comparisons hold, so that no number is shown in two versions."""
    keys = {
        "clone_censor_weight": ("clone_censor_weight", ""),
        "landmark": (f"landmark_{shared.grace}", ""),
        "sequential_trials": ("sequential_trials", PER_PROTOCOL),
    }
    found = {}
    for way, (key, variant) in keys.items():
        if key not in adjusted:
            continue
        rows = adjusted[key]
        rows = rows[
            (rows["estimand"] == "risk") & (rows["time"] == shared.day) & (rows["variant"] == variant)
            & rows["statistic"].isin(list(_UNITS)) & (rows["arm"] == study.labels[0])
        ]  # fmt: skip
        if len(rows):
            found[way] = rows[["estimand", "statistic", *_LIMITS]]
    return found


def _of(found: pd.DataFrame, keys: Record, variant: str, *, grace: int) -> Iterator[Record]:
    """Yield the rows of ways of comparing, in the order of `WAYS`."""
    place = found["way"].map({way: number for number, way in enumerate(WAYS)})
    for row in found.iloc[np.argsort(place.to_numpy(), kind="stable")].to_dict("records"):
        numbers = {name: row[name] for name in _LIMITS}
        own: Record = {"term": row["way"], "variant": variant, "unit": _UNITS[row["statistic"]]}
        own |= {"window_start": grace if row["way"] == LANDMARK else 0}
        yield keys | own | numbers | {"estimand": row["estimand"], "statistic": row["statistic"]}


def _without_effect(
    people: People, given: Planned, observed: ClientCourses, shared: WaysToCompare, keys: Record, study: Study
) -> Iterator[Record]:
    """Yield the same ways in a course drawn without an effect, and the artifact of the naive one."""
    order = _in_order(people, given.rows)
    mine = ClientCourses(
        days=observed.days[order], event=observed.event[order], started=observed.started[order]
    )
    columns = shared.covariates.iloc[order].reset_index(drop=True)
    base: Record = {"estimand": ARTIFACT, "term": NAIVE, "method": "simulated without an effect of care"}
    try:
        drawn = course_models(mine.days, mine.event, mine.started, columns).draw(
            np.random.default_rng([study.seed, _COURSE])
        )
        alone = replace(shared, covariates=columns, history=None, loss=None, cluster=None)
        again = compared_ways(drawn, alone)
        yield from _of(again, keys | {"n": len(order)}, WITHOUT_EFFECT, grace=shared.grace)
        found = artifact(mine, columns, day=shared.day, seed=[study.seed, _ARTIFACT])
    except EstimateError as error:
        yield keys | base | {"statistic": LOG_RATIO, "unit": "log ratio", "note": str(error)}
        return
    yield keys | base | {
        "statistic": LOG_RATIO, "unit": "log ratio", "estimate": found.log_ratio, "conf_low": found.conf_low,
        "conf_high": found.conf_high,
    }  # fmt: skip
    if np.isfinite(found.share):
        yield keys | base | {"statistic": SHARE, "unit": "probability", "estimate": found.share}
