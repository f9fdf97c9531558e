"""Quarters beside each other: what happened in each, how complete it is, and what a change is made of."""

from stepdown.compare.quarter_comparison.change_parts import ChangeParts, change_parts
from stepdown.compare.quarter_comparison.periods import Periods
from stepdown.compare.quarter_comparison.quarter_series import CARE_DAYS, QuarterSeries, quarter_series

__all__ = ["CARE_DAYS", "ChangeParts", "Periods", "QuarterSeries", "change_parts", "quarter_series"]
