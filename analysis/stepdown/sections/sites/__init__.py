"""Site by site: observed over expected relapses, with control limits, shrinkage and ranks."""
