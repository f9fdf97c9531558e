"""One thing that an adjustment cannot do with the data given."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class AdjustmentWarning:
    """One warning.

    Attributes
    ----------
    kind : str
        `constant`: the same for everybody. `alike`: `term` and `level` (another covariate) hold the same
        information. `unknown`: `count` people without a value; `drawn`: their values are drawn. `left_out`:
        `count` people left out, as they lack a value. `never`: of `count` people with the value
        `level` none is in `arm`; `never_together`: of those who also have the value `other_level` of the
        covariate `other`. `extreme`: `count` people with a chance below 2% of one of the groups.
        `start_alone`: the column goes with the start of care (p = `count`) and not with relapse, and is left
        out. `heavy`: on some day one person has the share `count` of the weight of `arm`.
    count, size : float
        What was counted, and of how many people.
    term, level, arm, other, other_level : str
        Covariate, value and group; the second covariate of a pair and its value.
    """

    kind: str
    count: float
    size: int
    term: str = ""
    level: str = ""
    arm: str = ""
    other: str = ""
    other_level: str = ""
