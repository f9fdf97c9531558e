"""Comparisons that do not read the future: arms, and the designs that hold them."""

from stepdown.compare.arm_membership import arms, follows
from stepdown.compare.designs import Arms, Design, design, whole

__all__ = ["Arms", "Design", "arms", "design", "follows", "whole"]
