"""The cited effects of step-down care: a registry, and what each figure rests on.

Each claim has five columns: the figure as cited, a cohort rebuilt to it, the same without any effect, the
rebuilt cohort compared by valid designs, and real data, which alone give a verdict.
"""

from stepdown.replicate.claim import Claim
from stepdown.replicate.claim_precision import Precision, claim_precision
from stepdown.replicate.completion_by_setting import completion_by_setting
from stepdown.replicate.notebook_parts import show_claim, show_overview
from stepdown.replicate.own_cohort import OwnCohort
from stepdown.replicate.registry import claims, missing_fields, read_claim
from stepdown.replicate.replication import ClaimResult, replicate_claims
from stepdown.replicate.replication_folder import write_replication
from stepdown.replicate.verdict import RealEstimate, Verdict, judge

__all__ = [
    "Claim",
    "ClaimResult",
    "OwnCohort",
    "Precision",
    "RealEstimate",
    "Verdict",
    "claim_precision",
    "claims",
    "completion_by_setting",
    "judge",
    "missing_fields",
    "read_claim",
    "replicate_claims",
    "show_claim",
    "show_overview",
    "write_replication",
]
