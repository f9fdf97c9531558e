"""Plans of several steps, of care kept up for weeks, and of different levels: clone-censor-weight by weights.

One row a person, and one for each count of days in which a plan asks for something; clones are weights, never
rows. docs/methods.md has the method and its assumptions.
"""

from stepdown.compare.care_plans.care_days import CareDays, care_days
from stepdown.compare.care_plans.plan_comparison import compare_care_plans

__all__ = ["CareDays", "care_days", "compare_care_plans"]
