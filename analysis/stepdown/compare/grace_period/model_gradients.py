"""How estimates move with the models they rest on, added up block by block."""

import numpy as np

from stepdown.compare.grace_period.nuisance_models import DayModel
from stepdown.compare.grace_period.person_days import PeopleBlock
from stepdown.survival.core.sample import Floats, Ints


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
    person : dict of array of int, optional
        Person of each row of a model that has several rows, or none, for a person.
    """

    def __init__(
        self,
        fitted: dict[str, DayModel],
        *,
        size: int,
        targets: int,
        leverage: float,
        person: dict[str, Ints] | None = None,
    ) -> None:
        self.fitted, self.leverage, self.person = fitted, leverage, person or {}
        self.gradient = {name: np.zeros((len(model.theta), targets)) for name, model in fitted.items()}
        self.own = np.zeros((size, targets))

    def add(self, name: str, block: PeopleBlock, gradient: Floats) -> None:
        """Add each person's gradients (targets, people, p), less what leaving the person out takes away."""
        self.gradient[name] += gradient.sum(axis=1).T
        if self.leverage:
            along = np.einsum("qmp,mp->mq", gradient, self.fitted[name].shared[block.rows])
            if name in self.person:
                np.subtract.at(self.own, self.person[name][block.rows], self.leverage * along)
            else:
                self.own[block.rows] -= self.leverage * along

    def influence(self) -> Floats:
        """Return the influence through the models and by leverage, shape (people, targets)."""
        found = self.own.copy()
        for name, model in self.fitted.items():
            parts = [model.carried(self.gradient[name])]
            if self.leverage:
                parts.append(self.leverage * model.curvature(self.gradient[name]))
            for part in parts:
                if name in self.person:
                    np.add.at(found, self.person[name], part)
                else:
                    found += part
        return found
