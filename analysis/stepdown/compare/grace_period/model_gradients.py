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

    def add(self, name: str, block: PeopleBlock, target: int, gradient: Floats) -> None:
        """Add each person's gradient (people, p), and what leaving the person out takes from it."""
        self.gradient[name][:, target] += gradient.sum(axis=0)
        along = (gradient * self.fitted[name].shared[block.rows]).sum(axis=1)
        self.own[block.rows, target] -= self.leverage * along

    def add_gain(self, block: PeopleBlock, target: int, weighted: Floats, gain: Floats | None) -> None:
        """Add what leverage in the weights adds to weighted residuals (people, days)."""
        if gain is not None:
            self.own[block.rows, target] += np.einsum("it,it->i", weighted, gain[:, : weighted.shape[1]])

    def influence(self) -> Floats:
        """Return the influence through the models and by leverage, shape (people, targets)."""
        found = self.own.copy()
        for name, model in self.fitted.items():
            found += model.carried(self.gradient[name])
            if self.leverage:
                found += self.leverage * model.curvature(self.gradient[name])
        return found
