"""The page on CTN-0094: what is decided in reading it, and how the published patterns compare."""

from tools.ctn0094_page.disagreement import CAUSES, Disagreement, disagreement, other_readings
from tools.ctn0094_page.page_text import page

__all__ = ["CAUSES", "Disagreement", "disagreement", "other_readings", "page"]
