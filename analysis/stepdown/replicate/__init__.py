"""The cited effects of step-down care: a registry, the precision of each figure, verdicts from real data."""

from stepdown.replicate.claim import Claim
from stepdown.replicate.claim_precision import Precision, claim_precision
from stepdown.replicate.completion_by_setting import completion_by_setting
from stepdown.replicate.registry import claims, missing_fields, read_claim
from stepdown.replicate.verdict import RealEstimate, Verdict, judge

__all__ = [
    "Claim",
    "Precision",
    "RealEstimate",
    "Verdict",
    "claim_precision",
    "claims",
    "completion_by_setting",
    "judge",
    "missing_fields",
    "read_claim",
]
