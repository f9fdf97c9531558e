"""The figures of all sections, each drawn from results alone."""

from stepdown.sections.care.figure import occupancy, paths
from stepdown.sections.definitions.figure import compare_definitions
from stepdown.sections.followup.figure import followup_shares
from stepdown.sections.quarters.figure import month_charts, quarter_charts
from stepdown.sections.relapse.figure import alt_text, bounds, curves, hazard
from stepdown.sections.sensitivity.figure import every_analysis, unrecorded_causes
from stepdown.sections.sites.figure import site_funnel, site_ratios
from stepdown.sections.subgroups.figure import dose_hazard, forest

__all__ = [
    "alt_text",
    "bounds",
    "compare_definitions",
    "curves",
    "dose_hazard",
    "every_analysis",
    "followup_shares",
    "forest",
    "hazard",
    "month_charts",
    "occupancy",
    "paths",
    "quarter_charts",
    "site_funnel",
    "site_ratios",
    "unrecorded_causes",
]
