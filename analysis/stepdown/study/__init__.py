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
from stepdown.study.study_problems import problems_from

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
    "problems_from",
]
