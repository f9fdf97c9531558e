"""From tables to people: time zero, eligibility, endpoints, follow-up."""

from stepdown.cohort.analysis_times import HIGHEST, LOWEST, Bracket, FollowUp, follow, impute
from stepdown.cohort.derivation import Eligible, derive, eligible, with_outcome
from stepdown.cohort.eligibility import DESIGNS_THAT_WORK, equals, refuse_future
from stepdown.cohort.people import CAUSES, CENSORED, RELAPSE, NobodyLeftError, People, Step
from stepdown.cohort.relapse.daily.applicability import applicable, not_applicable

__all__ = [
    "CAUSES",
    "CENSORED",
    "DESIGNS_THAT_WORK",
    "HIGHEST",
    "LOWEST",
    "RELAPSE",
    "Bracket",
    "Eligible",
    "FollowUp",
    "NobodyLeftError",
    "People",
    "Step",
    "applicable",
    "derive",
    "eligible",
    "equals",
    "follow",
    "impute",
    "not_applicable",
    "refuse_future",
    "with_outcome",
]
