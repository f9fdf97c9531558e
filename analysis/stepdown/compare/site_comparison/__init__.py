"""Sites compared by observed over expected relapses: case mix, control limits, shrinkage and ranks."""

from stepdown.compare.site_comparison.case_mix import case_mix_names
from stepdown.compare.site_comparison.compared_sites import SiteComparison, compare_sites

__all__ = ["SiteComparison", "case_mix_names", "compare_sites"]
