"""Release rules on the way in: the identifier guard and k-anonymity."""

from stepdown.identifiers.detectors import DETECTORS, Detector
from stepdown.identifiers.guard import Finding, Role, common_names, identifying, scan, snake
from stepdown.identifiers.k_anonymity import anonymity

__all__ = [
    "DETECTORS",
    "Detector",
    "Finding",
    "Role",
    "anonymity",
    "common_names",
    "identifying",
    "scan",
    "snake",
]
