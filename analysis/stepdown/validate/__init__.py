"""Proofs: that what is stored, or estimated, is what it should be."""

from stepdown.validate._truth import TruthCheck, truth_check

__all__ = ["TruthCheck", "truth_check"]
