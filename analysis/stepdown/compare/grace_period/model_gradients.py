"""How estimates move with the models they rest on, added up block by block."""

import numpy as np

from stepdown.compare.grace_period.nuisance_models import DayModel
from stepdown.compare.grace_period.person_days import PeopleBlock
from stepdown.survival.core.sample import Floats


class ModelGradients:
    """Gradients of several targets with respect to the parameters of fitted models.

    Parameters
    ----------
    fitted : dict of DayModel
        The models.
    size, targets : int
        People and targets.
    leverage : float
        c of the correction in `person_influence`.
    """

    def __init__(self, fitted: dict[str, DayModel], *, size: int, targets: int, leverage: float) -> None:
        self.fitted, self.leverage = fitted, leverage
        self.gradient = {name: np.zeros((len(model.theta), targets)) for name, model in fitted.items()}
        self.own = np.zeros((size, targets))

    def add(self, name: str, block: PeopleBlock, gradient: Floats) -> None:
        """Add each person's gradients (targets, people, p), less what leaving the person out takes away."""
        self.gradient[name] += gradient.sum(axis=1).T
        if self.leverage:
            along = np.einsum("qmp,mp->mq", gradient, self.fitted[name].shared[block.rows])
            self.own[block.rows] -= self.leverage * along

    def influence(self) -> Floats:
        """Return the influence through the models and by leverage, shape (people, targets)."""
        found = self.own.copy()
        for name, model in self.fitted.items():
            found += model.carried(self.gradient[name])
            if self.leverage:
                found += self.leverage * model.curvature(self.gradient[name])
        return found
