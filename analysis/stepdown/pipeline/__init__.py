"""From a study file to an analysis."""
