"""Definitions of relapse as functions: what the registry declares, worked out by discharge."""

from stepdown.cohort.endpoints._first_use import first_use, used_during_stay
from stepdown.cohort.endpoints._onset import Onset

__all__ = ["Onset", "first_use", "used_during_stay"]
