"""From one design to rows of results: every section calls this layer."""

from stepdown.estimate.design_rows import estimate_design

__all__ = ["estimate_design"]
