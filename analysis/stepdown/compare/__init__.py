"""Comparisons that do not read the future: arms, and the designs that hold them."""

from stepdown.compare._arms import arms, follows
from stepdown.compare._build import NOT_ADJUSTED, RANDOMISED, SINCE_LOT, design, whole
from stepdown.compare._design import Arms, Design

__all__ = ["NOT_ADJUSTED", "RANDOMISED", "SINCE_LOT", "Arms", "Design", "arms", "design", "follows", "whole"]
