"""How completely people were followed: visits, losses and what they could change, surveillance."""

from stepdown.cohort.followup.bounds_under_loss import LossBounds, loss_bounds, observable
from stepdown.cohort.followup.completeness import (
    KNOWN_STATES,
    MEANINGS,
    STATES,
    Completeness,
    completeness,
)
from stepdown.cohort.followup.covariate_differences import (
    baseline_columns,
    contacted_differences,
    in_deviations,
    standardized_differences,
)
from stepdown.cohort.followup.followup_time import FollowUpTime, follow_up_time, maturity
from stepdown.cohort.followup.testing_rates import TestingRates, rates_of_testing
from stepdown.cohort.followup.visits import common_visits, due_schedule, visit_findings

__all__ = [
    "KNOWN_STATES",
    "MEANINGS",
    "STATES",
    "Completeness",
    "FollowUpTime",
    "LossBounds",
    "TestingRates",
    "baseline_columns",
    "common_visits",
    "completeness",
    "contacted_differences",
    "due_schedule",
    "follow_up_time",
    "in_deviations",
    "loss_bounds",
    "maturity",
    "observable",
    "rates_of_testing",
    "standardized_differences",
    "visit_findings",
]
