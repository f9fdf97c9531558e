"""The figures of all sections, each drawn from results alone."""

from stepdown.sections.care.figure import occupancy, paths
from stepdown.sections.definitions.figure import panel
from stepdown.sections.followup.figure import reach
from stepdown.sections.relapse.figure import alt_text, bounds, curves, hazard

__all__ = ["alt_text", "bounds", "curves", "hazard", "occupancy", "panel", "paths", "reach"]
