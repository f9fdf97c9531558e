"""Reports: an analysis made from a study, and its notebook executed and rendered as one page."""

from stepdown.report import definition_comparison as definitions
from stepdown.report import figures, sections
from stepdown.report.assembly import analyze
from stepdown.report.publication import run
from stepdown.report.study_check import check_study

__all__ = ["analyze", "check_study", "definitions", "figures", "run", "sections"]
