"""How completely people were followed: visits, losses and what they could change, surveillance."""

from stepdown.cohort.reach._bounds import LossBounds, loss_bounds, observable
from stepdown.cohort.reach._cases import Case, Cases, cases
from stepdown.cohort.reach._common import common_visits
from stepdown.cohort.reach._completeness import MEANINGS, STATES, Completeness, completeness
from stepdown.cohort.reach._differences import reached_differences, standardised_differences
from stepdown.cohort.reach._surveillance import Surveillance, surveillance
from stepdown.cohort.reach._time import FollowUpTime, follow_up_time, maturity
from stepdown.cohort.reach._visits import due_schedule

__all__ = [
    "MEANINGS",
    "STATES",
    "Case",
    "Cases",
    "Completeness",
    "FollowUpTime",
    "LossBounds",
    "Surveillance",
    "cases",
    "common_visits",
    "completeness",
    "due_schedule",
    "follow_up_time",
    "loss_bounds",
    "maturity",
    "observable",
    "reached_differences",
    "standardised_differences",
    "surveillance",
]
