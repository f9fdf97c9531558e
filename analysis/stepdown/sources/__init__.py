"""The only readers of data: cohort file, formats, checks, new projects, bundled files."""

from stepdown.sources._bundled import bundled
from stepdown.sources._config import CohortFile
from stepdown.sources._init import Project, init
from stepdown.sources._load import check, load
from stepdown.sources._problems_book import save_problems
from stepdown.sources._variable import real_cohort

__all__ = ["CohortFile", "Project", "bundled", "check", "init", "load", "real_cohort", "save_problems"]
