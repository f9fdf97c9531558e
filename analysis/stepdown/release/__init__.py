"""Release rules on the way in: the identifier guard and k-anonymity."""

from stepdown.release._anonymity import anonymity
from stepdown.release._detectors import DETECTORS, Detector
from stepdown.release._scan import Finding, Role, scan, snake

__all__ = ["DETECTORS", "Detector", "Finding", "Role", "anonymity", "scan", "snake"]
