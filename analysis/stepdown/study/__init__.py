"""The protocol: one study file, frozen."""

from stepdown.study.protocol import (
    Adjust,
    AnalysisChoice,
    BaselineArm,
    CareChoice,
    CareStep,
    Contrast,
    DesignChoice,
    Eligibility,
    Interval,
    Keep,
    MeasuresChoice,
    Outcome,
    Strategy,
    Study,
    TimeZero,
)

__all__ = [
    "Adjust",
    "AnalysisChoice",
    "BaselineArm",
    "CareChoice",
    "CareStep",
    "Contrast",
    "DesignChoice",
    "Eligibility",
    "Interval",
    "Keep",
    "MeasuresChoice",
    "Outcome",
    "Strategy",
    "Study",
    "TimeZero",
]
