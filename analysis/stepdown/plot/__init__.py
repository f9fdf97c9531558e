"""Figures: they see results and nothing else, and every one can be read aloud."""

from stepdown.plot._alt import alt_text
from stepdown.plot._bounds import bounds
from stepdown.plot._curves import curves
from stepdown.plot._hazard import hazard
from stepdown.plot._occupancy import occupancy
from stepdown.plot._panel import panel
from stepdown.plot._paths import paths
from stepdown.plot._picture import Picture
from stepdown.plot._reach import reach
from stepdown.plot._svg import to_svg

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
