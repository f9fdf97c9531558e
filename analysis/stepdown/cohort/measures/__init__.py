"""Quality measures: follow-up, continuity, engagement, readmission and handoff, from one data file."""

from stepdown.cohort.measures.measure_rates import MeasureResult, measure, measure_all

__all__ = [
    "MeasureResult",
    "measure",
    "measure_all",
]
