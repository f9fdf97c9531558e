"""The page on CTN-0094: what is decided in reading it, and how the published words compare."""

from stepdown.docs.ctn0094._disagreement import CAUSES, Disagreement, disagreement, other_readings
from stepdown.docs.ctn0094._page import page

__all__ = ["CAUSES", "Disagreement", "disagreement", "other_readings", "page"]
