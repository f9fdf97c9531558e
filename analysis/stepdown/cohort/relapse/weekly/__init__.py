"""Weekly urine patterns, one character per week, and the definitions computed from them."""

from stepdown.cohort.relapse.weekly.evaluation import weekly_onset, weekly_value, weekly_values
from stepdown.cohort.relapse.weekly.urine_patterns import (
    WeeklyPatterns,
    first_day,
    last_day,
    pattern_table,
    patterns_of,
    week_of,
    weekly_patterns,
)

__all__ = [
    "WeeklyPatterns",
    "first_day",
    "last_day",
    "pattern_table",
    "patterns_of",
    "week_of",
    "weekly_onset",
    "weekly_patterns",
    "weekly_value",
    "weekly_values",
]
