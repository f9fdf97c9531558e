"""From tables to people: time zero, eligibility, endpoints, follow-up."""

from stepdown.cohort._derive import derive
from stepdown.cohort._eligible import equals
from stepdown.cohort._flow import Step
from stepdown.cohort._followup import HIGHEST, LOWEST, Bracket, FollowUp, follow
from stepdown.cohort._impute import impute
from stepdown.cohort._known import DESIGNS_THAT_WORK, refuse_future
from stepdown.cohort._people import CAUSES, CENSORED, RELAPSE, People
from stepdown.cohort.endpoints import applicable, not_applicable

__all__ = [
    "CAUSES",
    "CENSORED",
    "DESIGNS_THAT_WORK",
    "HIGHEST",
    "LOWEST",
    "RELAPSE",
    "Bracket",
    "FollowUp",
    "People",
    "Step",
    "applicable",
    "derive",
    "equals",
    "follow",
    "impute",
    "not_applicable",
    "refuse_future",
]
