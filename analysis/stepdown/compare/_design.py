"""A design: follow-up by arm, from a start at which the arms are known."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stepdown.cohort import FollowUp, Step


@dataclass(frozen=True, eq=False, kw_only=True)
class Arms:
    """One reading of the follow-up with the arm of each discharge.

    Attributes
    ----------
    followup : FollowUp
        Who is at risk, from when, until what.
    arm : array of int (n,)
        Position in `Design.labels`.
    """

    followup: FollowUp
    arm: NDArray[np.int64]


@dataclass(frozen=True, eq=False, kw_only=True)
class Design:
    """What the estimators take.

    Attributes
    ----------
    key : str
        Name of the analysis in the results: "whole_cohort", "landmark_14", "baseline".
    sentence : str
        The design in one plain sentence.
    labels : tuple of str
        Arms, the last is the reference; ("",) where everyone is one group.
    start : int
        Day since time zero from which people are at risk.
    readings : tuple of Arms
        One; or, where relapse days are only known as intervals, a lowest and a highest for each contact
        day; or one for each imputation.
    flow : tuple of Step
        Steps from the eligible discharges to those compared.
    warning : str
        What stands beside every contrast; empty where there is nothing to warn of.
    straddle : int
        Discharges whose relapse interval contains the start: nobody knows if they were relapse-free then.
    imputed : bool
        Whether the readings are imputations.
    """

    key: str
    sentence: str
    labels: tuple[str, ...]
    start: int
    readings: tuple[Arms, ...]
    flow: tuple[Step, ...] = ()
    warning: str = ""
    straddle: int = 0
    imputed: bool = False
