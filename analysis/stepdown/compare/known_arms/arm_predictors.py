"""Linear predictors by arm: what any model of the arms has in common, whatever its derivatives.

Gradients by person, n rows of (arms x columns), are never made: they are the product of a number by arm and
the columns, so that sums over them are products of matrices.
"""

from dataclasses import dataclass

import numpy as np

from stepdown.survival.core.sample import Floats


@dataclass(frozen=True, eq=False, kw_only=True)
class ArmPredictors:
    """Columns of n people, one linear predictor for each of K arms.

    Attributes
    ----------
    columns : array (n, p)
        Columns, the first is 1.
    """

    columns: Floats

    def along(self, coefficients: Floats) -> Floats:
        """Return how predictors (n, K) move along coefficients: (K p,) of all, or (n, K p) each their own."""
        p = self.columns.shape[1]
        if coefficients.ndim == 1:
            return np.asarray(self.columns @ coefficients.reshape(-1, p).T)
        return np.asarray(
            np.einsum("nkp,np->nk", coefficients.reshape(len(coefficients), -1, p), self.columns)
        )

    def total(self, by_arm: Floats) -> Floats:
        """Return the gradient (K p,) of a sum from its derivatives by predictor (n, K)."""
        return np.asarray((by_arm.T @ self.columns).ravel())
