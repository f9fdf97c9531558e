"""Definitions that look at one result a week (`+ - * o _`), as the trials of opioid use disorder do.

Rules and sources: the definition sheet of Odom et al. 2023 (doi:10.1371/journal.pone.0291248).
"""

from stepdown.schema.declared import EndpointSpec
from stepdown.schema.weekly_abstinence import ABSTINENCE
from stepdown.schema.weekly_reduction import REDUCTION
from stepdown.schema.weekly_relapse import RELAPSE

WEEKLY: tuple[EndpointSpec, ...] = (*RELAPSE, *ABSTINENCE, *REDUCTION)
