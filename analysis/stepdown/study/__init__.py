"""The protocol: one study file, frozen."""

from stepdown.study.protocol import (
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
