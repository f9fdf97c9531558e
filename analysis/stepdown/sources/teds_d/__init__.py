"""TEDS-D: the public-use file of discharges from substance use treatment in the United States (SAMHSA).

A row is a discharge, not a person, and rows of the same person cannot be linked. The file has no day of
relapse and no code for partial hospitalization: it answers who completed treatment and how long stays were.
"""

from stepdown.sources.teds_d.frequencies import frequency_table
from stepdown.sources.teds_d.public_use_file import (
    TedsDischarges,
    is_teds_d,
    read_teds_d,
    refuse_relapse_questions,
)
from stepdown.sources.teds_d.stay_lengths import stay_bounds, stays_longer_than
from stepdown.sources.teds_d.variables import Variable, variables

__all__ = [
    "TedsDischarges",
    "Variable",
    "frequency_table",
    "is_teds_d",
    "read_teds_d",
    "refuse_relapse_questions",
    "stay_bounds",
    "stays_longer_than",
    "variables",
]
