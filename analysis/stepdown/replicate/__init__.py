"""The cited effects of step-down care: a registry, and how precise each figure could have been."""

from stepdown.replicate.claim import Claim
from stepdown.replicate.claim_precision import Precision, claim_precision
from stepdown.replicate.registry import claims, missing_fields, read_claim

__all__ = ["Claim", "Precision", "claim_precision", "claims", "missing_fields", "read_claim"]
