"""The protocol: one study file, frozen."""

from stepdown.study.comparison_checks import ChecksChoice, NegativeExposure, NegativeOutcome
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
from stepdown.study.disclosure_choice import DisclosureChoice
from stepdown.study.further_questions import DoseChoice, EquivalenceChoice, SubgroupsChoice
from stepdown.study.gates import BalanceGate, Gates
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
from stepdown.study.quarters_choice import QuartersChoice

__all__ = [
    "IN_SEVERAL",
    "Adjust",
    "AnalysisChoice",
    "BalanceGate",
    "BaselineArm",
    "CareChoice",
    "CareStep",
    "ChecksChoice",
    "Contrast",
    "DesignChoice",
    "DisclosureChoice",
    "DoseChoice",
    "Eligibility",
    "EquivalenceChoice",
    "Gates",
    "Interval",
    "Keep",
    "LossChoice",
    "MeasuresChoice",
    "NegativeExposure",
    "NegativeOutcome",
    "Outcome",
    "QuartersChoice",
    "SitesChoice",
    "Strategy",
    "Study",
    "SubgroupsChoice",
    "TimeZero",
    "one_start",
]
