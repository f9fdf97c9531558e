"""Clone-censor-weight with a grace period: the risk had everybody started care in time, or nobody.

One row a person: clones are weights, never rows. docs/methods.md has the method and its assumptions.
"""

from stepdown.compare.clone_censor_weight.comparison import CloneCensorWeight, clone_censor_weight
from stepdown.compare.clone_censor_weight.from_people import compare_strategies

__all__ = ["CloneCensorWeight", "clone_censor_weight", "compare_strategies"]
