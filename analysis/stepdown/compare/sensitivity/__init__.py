"""How strong a hidden cause would have to be, and how different those lost, for the answer to change."""

from stepdown.compare.sensitivity.covariate_strengths import covariate_strengths
from stepdown.compare.sensitivity.e_value import (
    EValue,
    e_value,
    explained_away,
    risk_ratio_of,
    strength_needed,
)
from stepdown.compare.sensitivity.group_courses import group_courses, last_day_at_risk
from stepdown.compare.sensitivity.informative_loss import Copies, risk_if_lost, tipping_point
from stepdown.compare.sensitivity.varied_studies import (
    VariedStudy,
    unadjusted,
    up_to_window,
    varied_studies,
)
from stepdown.compare.sensitivity.without_cluster import without_cluster

__all__ = [
    "Copies",
    "EValue",
    "VariedStudy",
    "covariate_strengths",
    "e_value",
    "explained_away",
    "group_courses",
    "last_day_at_risk",
    "risk_if_lost",
    "risk_ratio_of",
    "strength_needed",
    "tipping_point",
    "unadjusted",
    "up_to_window",
    "varied_studies",
    "without_cluster",
]
