"""From the name of a definition to its function.

Definitions that use one result per week read the patterns of `stepdown.cohort.relapse.weekly`.
"""

from collections.abc import Callable, Mapping

from stepdown.cohort.relapse.daily.evidence import Given, Onset
from stepdown.cohort.relapse.daily.returns_to_care import (
    TIERS,
    claims_of,
    composite,
    readmission,
    sud_claim,
    treatment_return,
)
from stepdown.cohort.relapse.daily.use_findings import first_use, regular_use, seven_days, two_positives
from stepdown.cohort.relapse.weekly.evaluation import weekly_onset
from stepdown.cohort.relapse.weekly.urine_patterns import patterns_of
from stepdown.schema import EndpointSpec

Rule = Callable[[Given, str, Mapping[str, int]], Onset]

_DAILY: dict[str, Rule] = {
    "first_use@1": first_use,
    "two_positives@1": two_positives,
    "regular_use@1": regular_use,
    "seven_days@1": seven_days,
    "readmission@1": readmission,
    "treatment_return@1": treatment_return,
    "sud_claim@1": sud_claim,
    **{f"claim_{tier}@1": claims_of(tier) for tier in TIERS},
    "composite@1": composite,
}


def onset(spec: EndpointSpec, given: Given, *, missing: str, parameters: Mapping[str, int]) -> Onset:
    """Return when each discharge had the event of a definition.

    Parameters
    ----------
    spec : EndpointSpec
        A definition of kind "time".
    given : Given
        Discharges with what was observed of them.
    missing : str
        One of `spec.missing`.
    parameters : mapping of str to int
        A value for every one of `spec.parameters`.

    Returns
    -------
    Onset
        Arrays (discharges,).
    """
    if spec.name in _DAILY:
        return _DAILY[spec.name](given, missing, parameters)
    patterns = patterns_of(given.cohort, given.findings, given.zero, cut=given.due, death=given.seen.death)
    return weekly_onset(spec, patterns, missing=missing)
