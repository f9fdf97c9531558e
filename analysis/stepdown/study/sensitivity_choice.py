"""Which other analyses of the primary comparison are run."""

from typing import Annotated, Literal

from pydantic import Field, field_validator

from stepdown.schema.declarations import Declaration, Positive

Repeated = Literal[
    "landmarks", "grace_periods", "start_laws", "weight_caps", "against_advice", "sites", "sites_refitted",
    "definitions",
]  # fmt: skip


class SensitivityChoice(Declaration):
    """How far the answer is varied, beside what needs no further fit.

    Attributes
    ----------
    analyses : tuple of str or None
        Ways to repeat the primary comparison, where they apply. "landmarks": from other days;
        "grace_periods": other grace periods; "start_laws": other rules for when care starts within the grace
        period; "weight_caps": with the largest weight of a doubly robust estimate at 5, 10 and 50;
        "against_advice": without those who left against advice; "sites": without each site in turn,
        from influence functions; "sites_refitted": the same with every model fitted again; "definitions":
        under each definition of relapse. None if empty. If left out, "landmarks", "against_advice" and
        "sites"; none where days or covariates are drawn, since each is then fitted for every imputation.
    days : tuple of int
        Days of the landmarks and last days of the grace periods.
    """

    analyses: tuple[Repeated, ...] | None = None
    days: Annotated[tuple[Positive, ...], Field(min_length=1)] = (7, 14, 21, 30)

    @field_validator("analyses", "days")
    @classmethod
    def _once(cls, value: tuple[object, ...] | None) -> tuple[object, ...] | None:
        if value is not None and len(set(value)) < len(value):
            raise ValueError("an entry is given twice; leave one out")
        return value
