"""Why the simple comparison misleads: the same cohort compared in six ways, with and without an effect."""

from stepdown.compare.simple_comparison.artifact import Artifact, artifact
from stepdown.compare.simple_comparison.effect_off import ClientCourses, CourseModels, course_models
from stepdown.compare.simple_comparison.ways import LABELS, WAYS, WaysToCompare, compared_ways, naive_risks

__all__ = [
    "LABELS",
    "WAYS",
    "Artifact",
    "ClientCourses",
    "CourseModels",
    "WaysToCompare",
    "artifact",
    "compared_ways",
    "course_models",
    "naive_risks",
]
