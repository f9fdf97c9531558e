"""One character a week: words made of observations, and the definitions that read them."""

from stepdown.cohort.relapse.weekly.evaluation import weekly_values
from stepdown.cohort.relapse.weekly.evaluation import weekly_onset, weekly_value
from stepdown.cohort.relapse.weekly.urine_patterns import first_day, last_day, week_of, week_words
from stepdown.cohort.relapse.weekly.urine_patterns import words, words_of
from stepdown.cohort.relapse.weekly.urine_patterns import Words

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
