"""Definitions of relapse as functions: what the registry declares, worked out by discharge."""

from stepdown.cohort.relapse.daily.applicability import applicable, held, not_applicable, refuse_lacking
from stepdown.cohort.relapse.daily.dating import dated, shares
from stepdown.cohort.relapse.daily.definition_dispatch import onset
from stepdown.cohort.relapse.daily.evidence import Given, Onset
from stepdown.cohort.relapse.daily.use_findings import used_during_stay

__all__ = [
    "Given",
    "Onset",
    "applicable",
    "dated",
    "held",
    "not_applicable",
    "onset",
    "refuse_lacking",
    "shares",
    "used_during_stay",
]
