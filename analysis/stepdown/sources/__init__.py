"""The only readers of data: cohort file, formats, checks, new projects, bundled files."""

from stepdown.sources._config import CohortFile
from stepdown.sources._load import check, load

__all__ = ["CohortFile", "check", "load"]
