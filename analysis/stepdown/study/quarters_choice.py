"""How the quarters of a study are charted."""

import re
from typing import Annotated, Literal

from pydantic import Field, field_validator

from stepdown.schema.declarations import Declaration

SERIES = ("risk", "early_risk", "hazard", "started_care", "outcome_known")
"""Series of the outcome, of the start of care and of follow-up; quality measures go by their own names."""
_QUARTER = re.compile(r"[0-9]{4}Q[1-4]")
Aim = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class QuartersChoice(Declaration):
    """Control charts of the quarters: rules, targets, and where limits start anew.

    Attributes
    ----------
    rules : str
        When a point is more than chance. "three_sigma": beyond 3 standard errors, or by Anhoej's rules on
        runs; "making_data_count": the rules of NHS England.
    target : mapping of str to float
        What the program aims at, drawn as a line: a share from 0 to 1 by the name of its series ("risk" by
        the end of the window, "early_risk" by its start, "started_care", "outcome_known"), "hazard" per 100
        person-months, or a quality measure by its name and version ("fui@2").
    rebase_at : tuple of str
        Quarters from which limits start anew, because something was changed on purpose.
    months : bool
        Whether months are charted too, where each has enough discharges.
    """

    rules: Literal["three_sigma", "making_data_count"] = "three_sigma"
    target: dict[str, Aim] = Field(default_factory=dict)
    rebase_at: tuple[str, ...] = ()
    months: bool = True

    @field_validator("target")
    @classmethod
    def _named(cls, value: dict[str, float]) -> dict[str, float]:
        for name, aim in value.items():
            if name not in SERIES and "@" not in name:
                raise ValueError(
                    f"{name} is no series that is charted; use {', '.join(SERIES)}, or a quality measure "
                    "with "
                    'its version, such as "fui@2"'
                )
            if name != "hazard" and aim > 1:
                raise ValueError(f"{name} is a share, from 0 to 1; write 30% as 0.3")
        return value

    @field_validator("rebase_at")
    @classmethod
    def _quarters(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not all(_QUARTER.fullmatch(one) for one in value):
            raise ValueError('it must hold quarters, such as "2026Q1"')
        if len(set(value)) < len(value):
            raise ValueError("a quarter is given twice; leave one out")
        return value
