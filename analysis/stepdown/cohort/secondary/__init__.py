"""Secondary endpoints: what happened beside the outcome of a study."""

from stepdown.cohort.secondary.abstinent_at import ABSTINENCE_RULES, abstinent_at, results_at
from stepdown.cohort.secondary.first_session import FIRST, First, first_session

__all__ = ["ABSTINENCE_RULES", "FIRST", "First", "abstinent_at", "first_session", "results_at"]
