"""Strategies for starting care within a grace period: clone-censor-weight.

One row a person: clones are weights, never rows. docs/methods.md has the method and its assumptions.
"""

from stepdown.compare.grace_period.comparison import CloneCensorWeight, clone_censor_weight
from stepdown.compare.grace_period.strategies import StartStrategy, default_strategies

__all__ = [
    "CloneCensorWeight",
    "StartStrategy",
    "clone_censor_weight",
    "default_strategies",
]
