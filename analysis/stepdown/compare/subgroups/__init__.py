"""Effects in subgroups: levels of a column, tests of interaction, shrinkage; dose; margins."""

from stepdown.compare.subgroups.care_dose import care_dose, weekly_dose
from stepdown.compare.subgroups.dose_response import DoseCurve, dose_curve
from stepdown.compare.subgroups.dose_so_far import DoseLoss, WeightedDose, dose_so_far
from stepdown.compare.subgroups.dose_weeks import DoseWeeks, dose_weeks
from stepdown.compare.subgroups.margins import within_margin
from stepdown.compare.subgroups.subgroup_effects import heterogeneity, holm, shrunken_effects
from stepdown.compare.subgroups.subgroup_levels import subgroup_levels

__all__ = [
    "DoseCurve",
    "DoseLoss",
    "DoseWeeks",
    "WeightedDose",
    "care_dose",
    "dose_curve",
    "dose_so_far",
    "dose_weeks",
    "heterogeneity",
    "holm",
    "shrunken_effects",
    "subgroup_levels",
    "weekly_dose",
    "within_margin",
]
