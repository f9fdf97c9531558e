"""The protocol: one study file, frozen."""

from stepdown.study.comparison_design import (
    IN_SEVERAL,
    Adjust,
    AnalysisChoice,
    BaselineArm,
    Contrast,
    DesignChoice,
    Interval,
    LossChoice,
)
from stepdown.study.outcome import Outcome
from stepdown.study.protocol import (
    CareChoice,
    CareStep,
    Eligibility,
    Keep,
    MeasuresChoice,
    Strategy,
    Study,
    TimeZero,
)

__all__ = [
    "IN_SEVERAL",
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
    "LossChoice",
    "MeasuresChoice",
    "Outcome",
    "Strategy",
    "Study",
    "TimeZero",
]
