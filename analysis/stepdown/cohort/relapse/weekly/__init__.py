"""One character a week: words made of observations, and the definitions that read them."""

from stepdown.cohort.relapse.weekly.evaluation import weekly_onset, weekly_value, weekly_values
from stepdown.cohort.relapse.weekly.urine_patterns import (
    Words,
    first_day,
    last_day,
    week_of,
    week_words,
    words,
    words_of,
)

__all__ = [
    "Words",
    "first_day",
    "last_day",
    "week_of",
    "week_words",
    "weekly_onset",
    "weekly_value",
    "weekly_values",
    "words",
    "words_of",
]
