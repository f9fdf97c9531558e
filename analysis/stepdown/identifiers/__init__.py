"""Release rules on the way in: the identifier guard and k-anonymity."""

from stepdown.identifiers.detector import Detector
from stepdown.identifiers.detectors import DETECTORS
from stepdown.identifiers.guard import Finding, Role, identifying, scan
from stepdown.identifiers.k_anonymity import anonymity
from stepdown.identifiers.person_texts import common_names
from stepdown.identifiers.written_names import snake

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
