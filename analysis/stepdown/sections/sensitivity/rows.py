"""What would change the answer of the primary comparison by the end of the window, as rows of the results."""

import math
from collections.abc import Iterator
from dataclasses import replace

import pandas as pd

from stepdown.cohort import Eligible, People
from stepdown.compare.sensitivity import EValue, e_value, risk_ratio_of, strength_needed, unadjusted
from stepdown.estimate.context import Record
from stepdown.results import Results, rows
from stepdown.results.table import WITHHELD
from stepdown.sections.sensitivity.read import (
    E_VALUE,
    EXPOSURES,
    NOT_ADJUSTED,
    NOT_ESTIMATED,
    SPECIFICATION,
    STRENGTH_NEEDED,
    ArmDifference,
    contrasts,
    no_relapse,
)
from stepdown.sections.sensitivity.repeated_rows import (
    asked_for,
    pair_of,
    repeated_rows,
    row_of,
    specified,
)
from stepdown.study import Study

_VARIANTS = {
    "estimator=weighted": ("estimator", "weighted"),
    "estimator=g_formula": ("estimator", "g_formula"),
    "adherence=per_protocol": ("adherence", "per_protocol"),
    "cap=none": ("truncation", "none"),
}


def sensitivity_rows(chosen: Eligible, people: People, found: Results, study: Study) -> Results:
    """Return how strong a hidden cause or informative loss would have to be, and other analyses.

    Parameters
    ----------
    chosen : Eligible
        Eligible discharges, with their cohort.
    people : People
        The same discharges with the outcome of the study.
    found : Results
        All rows of the comparisons, of other definitions, and of follow-up.
    study : Study
        The protocol.

    Returns
    -------
    Results
        Rows of the analysis "sensitivity", and the E-values of each comparison, as documented in
        docs/results.md. Where the primary comparison has no number, one row with the reason.
    """
    if study.analysis is None:
        return rows([])
    day, key = study.outcome.window[1], study.analysis.primary.key
    primary = contrasts(found.table, analysis=key, day=day)
    known = [one for one in primary if one.known]
    if not known:
        withheld = [one.reason for one in primary if one.status == WITHHELD]
        why = f"The primary comparison gives no difference in risk by day {day}."
        row = row_of(study, SPECIFICATION, statistic=NOT_ESTIMATED, note=withheld[0] if withheld else why)
        return rows([row | ({"status": WITHHELD, "status_reason": withheld[0]} if withheld else {})])
    records = list(_e_values(found, study))
    for one in known:
        records += _strengths_needed(one, study)
        records += _primary(one, found, study)
        records += _sites(one, found, study)
    records += _definitions(found, study)
    records += repeated_rows(chosen, people, found, study, known)
    return rows(records)


def _e_values(found: Results, study: Study) -> Iterator[Record]:
    """Yield the E-values of every comparison: of its risk ratio, else of its hazard ratio."""
    day = study.outcome.window[1]
    for choice in study.analysis.designs if study.analysis else ():
        table = found.table[(found.table["analysis"] == choice.key) & (found.table["status"] != WITHHELD)]
        for one in contrasts(found.table, analysis=choice.key, day=day):
            if one.known and one.ratio > 0 and math.isfinite(one.ratio):
                ratio = e_value(one.ratio, one.ratio_low, one.ratio_high)
                yield from _of_ratio(study, choice.key, pair_of(one), ratio, "from the risk ratio")
            elif one.known:
                none: Record = pair_of(one) | {"analysis": choice.key, "statistic": NOT_ESTIMATED}
                yield row_of(study, E_VALUE, note=_no_ratio(found, study, choice.key, one)) | none
        hazards = table[(table["estimand"] == "hazard_ratio") & (table["term"] == "in this care")]
        for _, row in hazards[(hazards["variant"] == "") & _is_ratio(hazards["estimate"])].iterrows():
            numbers = row[["estimate", "conf_low", "conf_high"]].astype(float)
            # A model may have no interval: one value of a term in one site alone.
            ratios = numbers.where(_is_ratio(numbers)).map(risk_ratio_of, na_action="ignore")
            keys: Record = {"term": row["term"], "level": row["level"]}
            yield from _of_ratio(
                study, choice.key, keys, e_value(*ratios), "from the hazard ratio, common outcome"
            )


def _is_ratio(values: pd.Series) -> pd.Series:
    return (values > 0) & (values < math.inf)


def _no_ratio(found: Results, study: Study, key: str, one: ArmDifference) -> str:
    """Return why a comparison has no risk ratio."""
    day, word = study.outcome.window[1], study.outcome.word
    without = [
        f"“{label}”"
        for label in (one.arm, one.reference)
        if no_relapse(found.table, analysis=key, arm=label, day=day)
    ]
    if not without:
        return "the comparison gives a difference in risk and no ratio"
    where = " and ".join(without)
    return f"no {word} was seen under {where} by day {day}, so there is no ratio of risks to explain"


def _of_ratio(study: Study, analysis: str, keys: Record, found: EValue, method: str) -> Iterator[Record]:
    shared = row_of(study, E_VALUE, unit="ratio", method=method) | keys | {"analysis": analysis}
    yield shared | {"statistic": "estimate", "estimate": found.estimate}
    if not math.isnan(found.limit):
        yield shared | {"statistic": "limit", "estimate": found.limit}


def _strengths_needed(one: ArmDifference, study: Study) -> Iterator[Record]:
    """Yield, for causes so many times as frequent in one arm, how likely they have to make relapse."""
    if not (one.ratio > 0 and math.isfinite(one.ratio)):
        return
    nearer = one.ratio_low if one.ratio >= 1 else one.ratio_high
    ratios = {"estimate": one.ratio, "limit": nearer}
    if not math.isfinite(nearer):
        del ratios["limit"]
    elif one.ratio_low <= 1 <= one.ratio_high:
        ratios["limit"] = 1.0
    for exposure in EXPOSURES:
        for statistic, ratio in ratios.items():
            needed = strength_needed(ratio, exposure)
            enough = math.isfinite(needed)
            yield row_of(study, STRENGTH_NEEDED, statistic=statistic, unit="ratio", level=f"{exposure:g}") | {
                **pair_of(one),
                "estimate": needed if enough else math.nan,
                "note": "" if enough else "no strength is enough",
            }


def _primary(one: ArmDifference, found: Results, study: Study) -> Iterator[Record]:
    """Yield the primary comparison, its other estimates, and the other designs of the study."""
    if study.analysis is None:
        return
    key, day = study.analysis.primary.key, study.outcome.window[1]
    yield specified(study, one, "primary", key)
    for variant, (kind, value) in _VARIANTS.items():
        for other in contrasts(found.table, analysis=key, day=day, variant=variant):
            if (other.arm, other.reference) == (one.arm, one.reference):
                yield specified(study, other, kind, value)
    as_they_were = unadjusted(study.analysis)
    for choice in study.analysis.secondary:
        for other in contrasts(found.table, analysis=choice.key, day=day):
            if (other.arm, other.reference) == (one.arm, one.reference):
                plain = not other.adjusted and not as_they_were
                yield specified(study, other, "design", choice.key, variant=NOT_ADJUSTED if plain else "")


def _sites(one: ArmDifference, found: Results, study: Study) -> Iterator[Record]:
    """Yield the difference without each site, from the influence functions of the primary comparison."""
    kinds = asked_for(study)
    if study.analysis is None or "sites" not in kinds or "sites_refitted" in kinds:
        return
    table = found.table
    table = table[
        (table["analysis"] == study.analysis.primary.key)
        & (table["estimand"] == "leave_one_out")
        & (table["statistic"] == "estimate")
        & (table["arm"] == one.arm)
        & (table["reference"] == one.reference)
    ]
    for name, estimate in zip(table["site"], table["estimate"], strict=True):
        left_out = replace(
            one, estimate=estimate, low=math.nan, high=math.nan, method="from influence functions"
        )
        yield specified(study, left_out, "site", site=name)


def _definitions(found: Results, study: Study) -> Iterator[Record]:
    """Yield the differences under other definitions, in groups as they were, where they are not fitted."""
    if study.analysis is None or "definitions" in (study.sensitivity.analyses or ()):
        return
    variant = "" if unadjusted(study.analysis) else NOT_ADJUSTED
    own = (study.outcome.endpoint, study.outcome.missing)
    table = found.table[found.table["analysis"] == "definitions_compared"]
    for endpoint, level in dict.fromkeys(zip(table["endpoint"], table["level"], strict=True)):
        if (endpoint, level) == own:
            continue
        mine = table[(table["endpoint"] == endpoint) & (table["level"] == level)]
        for one in contrasts(mine, analysis="definitions_compared", day=study.outcome.window[1]):
            yield specified(study, one, "definition", level, endpoint=endpoint, variant=variant)
