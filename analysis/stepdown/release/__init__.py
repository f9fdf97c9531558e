"""Release rules on the way in: the identifier guard and k-anonymity."""

from stepdown.release._anonymity import anonymity
from stepdown.release._detector import Detector
from stepdown.release._detectors import DETECTORS
from stepdown.release._scan import Finding, Role, marked, scan, snake

__all__ = ["DETECTORS", "Detector", "Finding", "Role", "anonymity", "marked", "scan", "snake"]
