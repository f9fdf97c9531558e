"""From a study file to an analysis."""

from stepdown.report.assembly import analyse
from stepdown.estimate.design_rows import estimate
from stepdown.sections.definitions.rows import panel

__all__ = ["analyse", "estimate", "panel"]
