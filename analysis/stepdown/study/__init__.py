"""The protocol: one study file, frozen."""

from stepdown.study._parts import (
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
    TimeZero,
)
from stepdown.study._problems import problems_from
from stepdown.study._study import Study

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
