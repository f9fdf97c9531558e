"""The only readers of data: cohort file, formats, checks, new projects, bundled files."""

from stepdown.sources.bundled_files import bundled
from stepdown.sources.map.cohort_file import CohortFile
from stepdown.sources.init.new_project import Project, init
from stepdown.sources.loading import check, load
from stepdown.sources.check.problems_workbook import save_problems
from stepdown.sources.map.cohort_file import real_cohort

__all__ = ["CohortFile", "Project", "bundled", "check", "init", "load", "real_cohort", "save_problems"]
