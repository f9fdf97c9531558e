"""Whether a comparison stands by what scheduled visits alone find, the same for everybody.

The comparison is made twice, by all findings (risk ratio r) and by one finding of each scheduled visit (risk
ratio v); up to the last day on which care is decided on, all findings count in both, so that the same people
are compared, and the risks are those of the days after it. Where groups are looked at equally often visits
find the same share of the events of each, so that r = v. With a_i and b_i the influence of person i on log r
and log v, in clusters c,

    log(r / v) +- t sqrt(sum_c (sum_{i in c} (a_i - b_i))^2)

is the 95% interval of their ratio. It is narrow, because most people have the same outcome in both.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from stepdown.checks.gate_verdicts import PASSED, WARNING, GateWords
from stepdown.cohort import Eligible, People, with_outcome
from stepdown.cohort.followup import visit_findings
from stepdown.compare import ArmComparison, CloneCensorWeight, compare_arms, compare_strategies, design
from stepdown.compare.covariates import drawn_covariates
from stepdown.compare.grace_period.estimating_equations import RiskTarget
from stepdown.compare.grace_period.person_influence import degrees_of_freedom
from stepdown.errors import DesignError, EmptyArmError
from stepdown.results.reading import CHECK, FEWEST_CLUSTERS
from stepdown.results.words import days_of, plural, ratio
from stepdown.study import DesignChoice, Study
from stepdown.survival.core.sample import Floats

NAME, FAILED = "common_visits", "failed"
UNSURE, SURE = 0.05, 0.001
"""Chances of ratios so far apart below which the check warns, and fails."""
Compared = CloneCensorWeight | ArmComparison


@dataclass(frozen=True, kw_only=True)
class RatioChange:
    """The risk ratio by all findings over that by scheduled visits.

    Attributes
    ----------
    arm, reference : str
        The groups.
    by_all, by_visits : float
        The two risk ratios.
    ratio, low, high : float
        The first over the second, with its 95% interval.
    p : float
        Chance of ratios so far apart where the groups are looked at equally often.
    """

    arm: str
    reference: str
    by_all: float
    by_visits: float
    ratio: float
    low: float
    high: float
    p: float


def common_visit_checks(
    chosen: Eligible, people: People, study: Study, key: str, words: GateWords
) -> Iterator[dict[str, Any]]:
    """Yield, for each group of an adjusted comparison, whether scheduled visits alone show the same.

    Nothing where there are no scheduled visits, where they find the same of everybody, where days of relapse
    or covariates are drawn, or where visits find too few relapses.

    Parameters
    ----------
    chosen : Eligible
        Eligible discharges, with their cohort.
    people : People
        The same discharges with the outcome of the study.
    study : Study
        The protocol.
    key : str
        The comparison: of clone-censor-weight, or of adjusted groups at baseline or a landmark.
    words : GateWords
        What sentences need.
    """
    choice = next((one for one in study.analysis.designs if one.key == key), None) if study.analysis else None
    if choice is None or not people.exact or drawn_covariates(people, study):
        return
    decided = last_decision(study, choice)
    try:
        again = with_outcome(chosen.observing(visit_findings(chosen.cohort, people, after=decided)), study)
        if again.table[["days", "event"]].equals(people.table[["days", "event"]]):
            return
        everything = _compared(people, study, choice)
        if everything is None or everything.table["conf_low"].isna().all():
            return
        visits = _compared(again, study, choice)
    except (DesignError, EmptyArmError):
        return
    assert visits is not None
    if not study.gates.events.off and visits.strategies["events"].min() < study.gates.events.withhold:
        return
    name = study.analysis.interval.cluster if study.analysis else "client_id"
    day = study.outcome.window[1] - (choice.day or 0)
    after = decided - (choice.day or 0)
    for found in ratio_changes(everything, visits, people.table[name].to_numpy(), day=day, after=after):
        verdict, sentence = _judged(found, words, decided, since_zero=after > 0)
        yield {
            "analysis": key, "estimand": CHECK, "term": NAME, "arm": found.arm,
            "reference": found.reference, "estimate": found.ratio, "statistic": verdict, "note": sentence,
        }  # fmt: skip


def last_decision(study: Study, choice: DesignChoice) -> int:
    """Return the last day on which it is decided who is compared with whom."""
    if choice.design == "clone_censor_weight":
        return max((plan.first_window for plan in study.plans), default=0)
    return choice.day or 0


def _compared(people: People, study: Study, choice: DesignChoice) -> Compared | None:
    """Return a comparison adjusted as the study asks; None of designs without influence by person."""
    assert study.analysis is not None
    adjust = study.analysis.adjust
    # The last day stays, since models are fitted up to it.
    days = tuple(sorted({last_decision(study, choice), study.outcome.window[1], study.outcome.horizon} - {0}))
    study = study.model_copy(update={"outcome": study.outcome.model_copy(update={"times": days})})
    if adjust is None or adjust.method == "none":
        return None
    if choice.design == "clone_censor_weight":
        return compare_strategies(people, study, choice, curve=False)
    if choice.design in ("landmark", "baseline"):
        made = design(people, study, choice=choice)
        return (
            compare_arms(people, made, made.readings[0], study, curve=False)
            if len(made.readings) == 1
            else None
        )
    return None


def ratio_changes(
    everything: Compared, visits: Compared, cluster: ArrayLike, *, day: int, after: int = 0
) -> Iterator[RatioChange]:
    """Yield the risk ratio of each arm by one comparison over that by another of the same people.

    Parameters
    ----------
    everything, visits : CloneCensorWeight or ArmComparison
        The comparisons, with the positions of their people among all discharges.
    cluster : array_like (n,)
        What belongs together, of all discharges.
    day, after : int
        Days of the risks, after the one up to the other, from the start of the comparisons.
    """
    code = np.unique(np.asarray(cluster, dtype=object).astype(str), return_inverse=True)[1]
    *arms, reference = everything.influence
    for arm in arms:
        parts = [_log_ratio(one, arm, reference, (after, day), len(code)) for one in (everything, visits)]
        if not all(math.isfinite(value) for value, _ in parts):
            continue
        (first, mine), (second, other) = parts
        used = np.unique(code[(mine != 0) | (other != 0)])
        summed = np.bincount(code, mine - other)[used]
        degrees = min(degrees_of_freedom(summed), len(used) - 1.0)
        error = math.sqrt(float((summed**2).sum()))
        if len(used) < FEWEST_CLUSTERS or not error:
            continue
        apart, wide = first - second, float(special.stdtrit(degrees, 0.975)) * error
        yield RatioChange(
            arm=arm, reference=reference, by_all=math.exp(first), by_visits=math.exp(second),
            ratio=math.exp(apart), low=math.exp(apart - wide), high=math.exp(apart + wide),
            p=float(2 * special.stdtr(degrees, -abs(apart) / error)),
        )  # fmt: skip


def _log_ratio(
    found: Compared, arm: str, reference: str, days: tuple[int, int], size: int
) -> tuple[float, Floats]:
    """Return the log risk ratio, missing where it has no interval, and the influence of every discharge."""
    after, day = days
    table = found.table
    mine = table[
        (table["estimator"] == table["estimator"].iloc[0]) & (table["estimand"] == "risk")
    ]  # fmt: skip
    contrast = mine[(mine["statistic"] == "ratio") & (mine["strategy"] == arm) & (mine["time"] == day)]
    risks = mine[mine["statistic"] == "estimate"].set_index(["strategy", "time"])["estimate"]
    influence = np.zeros(size)
    if not math.isfinite(contrast["conf_low"].iloc[0]) or found.rows is None:
        return math.nan, influence
    log_ratio = 0.0
    for sign, label in ((1, arm), (-1, reference)):
        risk, own = risks[label, day], found.influence[label][:, found.targets.index(RiskTarget("risk", day))]
        if after:
            before = found.targets.index(RiskTarget("risk", after))
            risk, own = risk - risks[label, after], own - found.influence[label][:, before]
        if not risk > 0:
            return math.nan, influence
        log_ratio += sign * math.log(risk)
        influence[found.rows] += sign * own / risk
    return log_ratio, influence


def _judged(found: RatioChange, words: GateWords, decided: int, *, since_zero: bool) -> tuple[str, str]:
    since = f" after day {decided}" if decided else ""
    # At a landmark everybody's days begin there.
    days = f"over days {days_of(decided, words.day)}" if since_zero else f"by day {words.day}"
    sentence = (
        f"By one finding of each scheduled visit{since} the risk ratio of “{found.arm}” {days} "
        f"is {ratio(found.by_visits)}; by all findings it is {ratio(found.by_all)}, {ratio(found.ratio)} "
        f"times as high (95% CI {ratio(found.low)} to {ratio(found.high)})."
    )
    if found.p >= UNSURE:
        return PASSED, f"{sentence} Chance explains that."
    sentence += (
        f" The two differ by more than chance: {plural(words.word)} of one group are found more completely "
        "than those of the other. Rely rather on what scheduled visits find."
    )
    return FAILED if found.p < SURE else WARNING, sentence
