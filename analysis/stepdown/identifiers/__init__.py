"""Release rules on the way in: the identifier guard and k-anonymity."""

from stepdown.identifiers.k_anonymity import anonymity
from stepdown.identifiers.detectors import Detector
from stepdown.identifiers.detectors import DETECTORS
from stepdown.identifiers.guard import Finding, Role, marked, scan, snake

__all__ = ["DETECTORS", "Detector", "Finding", "Role", "anonymity", "marked", "scan", "snake"]
