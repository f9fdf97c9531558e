"""From tables to people: time zero, eligibility, endpoints, follow-up."""

from stepdown.cohort.derivation import derive
from stepdown.cohort.eligibility import equals
from stepdown.cohort.people import Step
from stepdown.cohort.analysis_times import HIGHEST, LOWEST, Bracket, FollowUp, follow
from stepdown.cohort.analysis_times import impute
from stepdown.cohort.eligibility import DESIGNS_THAT_WORK, refuse_future
from stepdown.cohort.people import CAUSES, CENSORED, RELAPSE, People
from stepdown.cohort.relapse.daily.applicability import applicable, not_applicable

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
