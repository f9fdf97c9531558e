"""From a study file to an analysis."""

from stepdown.pipeline._analyse import analyse
from stepdown.pipeline._estimate import estimate
from stepdown.pipeline._panel import panel

__all__ = ["analyse", "estimate", "panel"]
