"""Arms known on the first day, adjusted: for everyone, the treated, the overlap, or those who match."""

from stepdown.compare.known_arms.arm_comparison import ArmComparison, compare_known_arms
from stepdown.compare.known_arms.populations import METHODS, POPULATIONS, Method, Population
from stepdown.compare.known_arms.propensity import Propensity, fit_propensity

__all__ = [
    "METHODS",
    "POPULATIONS",
    "ArmComparison",
    "Method",
    "Population",
    "Propensity",
    "compare_known_arms",
    "fit_propensity",
]
