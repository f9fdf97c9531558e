"""Comparisons that do not read the future: arms, and the designs that hold them."""

from stepdown.compare.arm_membership import arms, follows
from stepdown.compare.designs import NOT_ADJUSTED, RANDOMISED, SINCE_LOT, design, whole
from stepdown.compare.designs import Arms, Design

__all__ = ["NOT_ADJUSTED", "RANDOMISED", "SINCE_LOT", "Arms", "Design", "arms", "design", "follows", "whole"]
