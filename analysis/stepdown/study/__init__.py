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
from stepdown.study.plans_of_care import CareStep, Strategy, one_start
from stepdown.study.protocol import (
    CareChoice,
    Eligibility,
    Keep,
    MeasuresChoice,
    SitesChoice,
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
    "SitesChoice",
    "Strategy",
    "Study",
    "TimeZero",
    "one_start",
]
