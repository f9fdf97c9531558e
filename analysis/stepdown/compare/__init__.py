"""Comparisons that do not read the future: arms, and the designs that hold them."""

from stepdown.compare.adjusted_arms import compare_arms
from stepdown.compare.arm_membership import arms, follows
from stepdown.compare.compared_strategies import compare_strategies
from stepdown.compare.compared_trials import compare_trials
from stepdown.compare.designs import Arms, Design, design, whole
from stepdown.compare.grace_period import CloneCensorWeight, clone_censor_weight
from stepdown.compare.known_arms import ArmComparison, compare_known_arms

__all__ = [
    "ArmComparison",
    "Arms",
    "CloneCensorWeight",
    "Design",
    "arms",
    "clone_censor_weight",
    "compare_arms",
    "compare_known_arms",
    "compare_strategies",
    "compare_trials",
    "design",
    "follows",
    "whole",
]
