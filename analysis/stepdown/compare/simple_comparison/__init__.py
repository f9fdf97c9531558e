"""Why the simple comparison misleads: the same cohort compared in six ways, with and without an effect."""

from stepdown.compare.simple_comparison.artifact import Artifact, artifact
from stepdown.compare.simple_comparison.effect_off import ClientCourses, CourseModels, course_models
from stepdown.compare.simple_comparison.ways import WAYS, WaysToCompare, compared_ways

__all__ = [
    "WAYS",
    "Artifact",
    "ClientCourses",
    "CourseModels",
    "WaysToCompare",
    "artifact",
    "compared_ways",
    "course_models",
]
