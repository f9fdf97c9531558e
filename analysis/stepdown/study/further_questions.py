"""What a study asks of its primary comparison beyond the effect for everybody: subgroups, dose, a margin."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from stepdown.schema.declarations import Declaration, Level, Positive, Text

Above = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class SubgroupsChoice(Declaration):
    """For whom the effect of the primary comparison is reported.

    Attributes
    ----------
    columns : tuple of str
        Columns of the discharges that are known by time zero; the effect is estimated anew in each of their
        values. Of a number with more than 5 values: up to the median, and above; of age: under 30, 30-44, 45
        and over. None if left out, since every value takes as long as the comparison itself.
    """

    columns: tuple[Text, ...] = ()

    @model_validator(mode="after")
    def _once(self) -> "SubgroupsChoice":
        if len(set(self.columns)) < len(self.columns):
            raise ValueError("columns must not repeat")
        return self


class DoseChoice(Declaration):
    """Whether more care goes with less relapse: by the care up to a landmark, and by the care so far.

    Attributes
    ----------
    landmark : int
        Day up to which care counts, and from which people are followed. The marginal structural model of the
        care so far begins at time zero.
    measure : str
        "weeks": weeks with a day of care; "hours": hours of care; "both": one after the other.
    levels : tuple of str
        Levels of care that count.
    """

    landmark: Positive
    measure: Literal["weeks", "hours", "both"] = "weeks"
    levels: Annotated[tuple[Level, ...], Field(min_length=1)] = ("iop",)

    @property
    def measures(self) -> tuple[str, ...]:
        """What the dose is counted in: "weeks", "hours", or both."""
        return ("weeks", "hours") if self.measure == "both" else (self.measure,)

    @model_validator(mode="before")
    @classmethod
    def _not_total(cls, raw: Any) -> Any:
        if isinstance(raw, Mapping) and "landmark" not in raw:
            raise ValueError(
                "dose needs a landmark, such as landmark = 28: the total dose against the time from "
                "discharge is refused, because a person must stay free of relapse long enough to receive it, "
                "so more care seems to protect even where it does nothing (immortal-time bias)"
            )
        return raw


class EquivalenceChoice(Declaration):
    """The margin within which the arms of the primary comparison count as alike.

    Attributes
    ----------
    kind : str
        "equivalence": neither arm is better by the margin; "non_inferiority": the first arm is not worse by
        it.
    risk_difference : float or None
        Margin of the risk by the end of the window: 0.05 is 5 percentage points.
    rmst_days : float or None
        Margin of the mean relapse-free days up to the end of the window.
    hazard_ratio : float or None
        Margin of the hazard ratio, above 1; below 1 its inverse counts.
    """

    kind: Literal["equivalence", "non_inferiority"] = "equivalence"
    risk_difference: Annotated[float, Field(gt=0, lt=1)] | None = None
    rmst_days: Above | None = None
    hazard_ratio: Annotated[float, Field(gt=1, allow_inf_nan=False)] | None = None

    @model_validator(mode="after")
    def _has_margin(self) -> "EquivalenceChoice":
        if self.risk_difference is None and self.rmst_days is None and self.hazard_ratio is None:
            raise ValueError(
                "give a margin: risk_difference, rmst_days or hazard_ratio, chosen before the data are seen"
            )
        return self
