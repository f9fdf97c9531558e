"""Reports: an analysis assembled from its sections, notebooks executed and rendered as one page."""

from stepdown.report import definition_comparison as definitions
from stepdown.report import figures
from stepdown.report import first_look as sections
from stepdown.report.assembly import analyze
from stepdown.report.publication import run
from stepdown.report.study_check import check_study

__all__ = ["analyze", "check_study", "definitions", "figures", "run", "sections"]
