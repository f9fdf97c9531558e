"""How completely people were followed: visits, losses and what they could change, surveillance."""

from stepdown.cohort.followup.bounds_under_loss import LossBounds, loss_bounds, observable
from stepdown.cohort.followup.completeness import MEANINGS, STATES, Completeness, completeness
from stepdown.cohort.followup.covariate_differences import reached_differences, standardized_differences
from stepdown.cohort.followup.followup_time import FollowUpTime, follow_up_time, maturity
from stepdown.cohort.followup.testing_rates import Surveillance, surveillance
from stepdown.cohort.followup.visits import common_visits, due_schedule

__all__ = [
    "MEANINGS",
    "STATES",
    "Completeness",
    "FollowUpTime",
    "LossBounds",
    "Surveillance",
    "common_visits",
    "completeness",
    "due_schedule",
    "follow_up_time",
    "loss_bounds",
    "maturity",
    "observable",
    "reached_differences",
    "standardized_differences",
    "surveillance",
]
