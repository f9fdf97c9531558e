"""The release step: what of an analysis may be published."""

from stepdown.release.release_step import Released, release
from stepdown.release.row_classes import CLASSES, ROW_CLASSES, row_classes

__all__ = ["CLASSES", "ROW_CLASSES", "Released", "release", "row_classes"]
