"""Figures: they see results and nothing else, and every one can be read aloud."""

from stepdown.sections.relapse.figure import alt_text
from stepdown.sections.relapse.figure import bounds
from stepdown.sections.relapse.figure import curves
from stepdown.sections.relapse.figure import hazard
from stepdown.sections.care.figure import occupancy
from stepdown.sections.definitions.figure import panel
from stepdown.sections.care.figure import paths
from stepdown.display.drawing import Picture
from stepdown.sections.followup.figure import reach
from stepdown.display.drawing import to_svg

__all__ = [
    "Picture",
    "alt_text",
    "bounds",
    "curves",
    "hazard",
    "occupancy",
    "panel",
    "paths",
    "reach",
    "to_svg",
]
