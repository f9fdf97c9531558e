"""The only readers of data: cohort file, formats, checks, new projects, bundled files."""

from stepdown.sources.check.problems_workbook import save_problems
from stepdown.sources.data_folders import bundled, real_cohort
from stepdown.sources.frames import from_frame, from_frames
from stepdown.sources.init.mapping_table import mapping_text
from stepdown.sources.init.new_project import Project, create_project
from stepdown.sources.init.next_extract import Refreshed, refresh_project
from stepdown.sources.loading import CheckedCohort, files_of
from stepdown.sources.map.cohort_file_rules import read_cohort_file
from stepdown.sources.own_rows import check_cohort, checked_cohort, load

__all__ = [
    "CheckedCohort",
    "Project",
    "Refreshed",
    "bundled",
    "check_cohort",
    "checked_cohort",
    "create_project",
    "files_of",
    "from_frame",
    "from_frames",
    "load",
    "mapping_text",
    "read_cohort_file",
    "real_cohort",
    "refresh_project",
    "save_problems",
]
