"""Effects in subgroups: levels of a column, tests of interaction, shrinkage; dose; margins."""

from stepdown.compare.subgroups.care_dose import care_dose
from stepdown.compare.subgroups.dose_response import DoseCurve, dose_curve
from stepdown.compare.subgroups.margins import within_margin
from stepdown.compare.subgroups.subgroup_effects import heterogeneity, holm, shrunken_effects
from stepdown.compare.subgroups.subgroup_levels import subgroup_levels

__all__ = [
    "DoseCurve",
    "care_dose",
    "dose_curve",
    "heterogeneity",
    "holm",
    "shrunken_effects",
    "subgroup_levels",
    "within_margin",
]
