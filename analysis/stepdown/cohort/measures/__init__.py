"""Quality measures: follow-up, continuity, engagement, readmission and handoff, from one data file."""

from stepdown.cohort.measures.measure_cases import Case, cases
from stepdown.cohort.measures.measure_declarations import Credit, Denominator, Exclusion, Measure, Numerator
from stepdown.cohort.measures.measure_rates import MeasureResult, measure, measure_all
from stepdown.cohort.measures.measure_registry import MEASURES, Registry, read_measures

__all__ = [
    "MEASURES",
    "Case",
    "Credit",
    "Denominator",
    "Exclusion",
    "Measure",
    "MeasureResult",
    "Numerator",
    "Registry",
    "cases",
    "measure",
    "measure_all",
    "read_measures",
]
