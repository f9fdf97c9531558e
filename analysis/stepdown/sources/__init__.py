"""The only readers of data: cohort file, formats, checks, new projects, bundled files."""

from stepdown.sources.bundled_files import bundled
from stepdown.sources.check.problems_workbook import save_problems
from stepdown.sources.init.new_project import Project, create_project
from stepdown.sources.loading import check_cohort, load
from stepdown.sources.map.cohort_file import CohortFile, real_cohort

__all__ = [
    "CohortFile",
    "Project",
    "bundled",
    "check_cohort",
    "create_project",
    "load",
    "real_cohort",
    "save_problems",
]
