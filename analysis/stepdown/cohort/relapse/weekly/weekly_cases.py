"""Every case of a weekly definition that was worked out by hand; tests run them, the docs print them."""

from stepdown.cohort.relapse.weekly.weekly_case import EMPTY, Case
from stepdown.cohort.relapse.weekly.weekly_cases_abstinence import ABSTINENCE
from stepdown.cohort.relapse.weekly.weekly_cases_reduction import REDUCTION
from stepdown.cohort.relapse.weekly.weekly_cases_relapse import RELAPSE

CASES: tuple[Case, ...] = (*RELAPSE, *ABSTINENCE, *REDUCTION)

__all__ = ["CASES", "EMPTY", "Case"]
