"""The protocol: one study file, frozen."""

from stepdown.study.protocol import (
    AnalysisChoice,
    BaselineArm,
    Contrast,
    DesignChoice,
    Eligibility,
    Interval,
    Keep,
    LadderChoice,
    MeasuresChoice,
    Outcome,
    Rung,
    Strategy,
    Study,
    TimeZero,
)

__all__ = [
    "AnalysisChoice",
    "BaselineArm",
    "Contrast",
    "DesignChoice",
    "Eligibility",
    "Interval",
    "Keep",
    "LadderChoice",
    "MeasuresChoice",
    "Outcome",
    "Rung",
    "Strategy",
    "Study",
    "TimeZero",
]
