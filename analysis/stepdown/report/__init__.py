"""Reports: an analysis assembled from its sections, notebooks executed and rendered as one page."""

from stepdown.report import definition_comparison as definitions
from stepdown.report import figures
from stepdown.report import first_look as sections
from stepdown.report.assembly import analyze
from stepdown.report.publication import run

__all__ = ["analyze", "definitions", "figures", "run", "sections"]
