"""Matching 1:k without replacement on the propensity, and the comparison of those matched."""

from stepdown.compare.matching.matched_comparison import compare_matched
from stepdown.compare.matching.matched_sets import matched_sets

__all__ = ["compare_matched", "matched_sets"]
