"""Definitions of relapse as functions: what the registry declares, worked out by discharge."""

from stepdown.cohort.endpoints._dating import dated, shares
from stepdown.cohort.endpoints._dispatch import onset
from stepdown.cohort.endpoints._given import Given
from stepdown.cohort.endpoints._needs import applicable, held, not_applicable, refuse_lacking
from stepdown.cohort.endpoints._onset import Onset
from stepdown.cohort.endpoints._use import used_during_stay

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
