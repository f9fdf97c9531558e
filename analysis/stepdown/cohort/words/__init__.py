"""One character a week: words made of observations, and the definitions that read them."""

from stepdown.cohort.words._all import weekly_values
from stepdown.cohort.words._evaluate import weekly_onset, weekly_value
from stepdown.cohort.words._grid import first_day, last_day, week_of, week_words
from stepdown.cohort.words._table import words, words_of
from stepdown.cohort.words._words import Words

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
