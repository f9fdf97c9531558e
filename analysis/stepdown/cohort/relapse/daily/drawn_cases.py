"""Every case of a daily definition that was worked out by hand; tests run them, the docs print them."""

from stepdown.cohort.relapse.daily.drawn_case import PLAIN, Case
from stepdown.cohort.relapse.daily.drawn_cases_care import CARE
from stepdown.cohort.relapse.daily.drawn_cases_use import USE

CASES: tuple[Case, ...] = (*USE, *CARE)

__all__ = ["CASES", "PLAIN", "Case"]
