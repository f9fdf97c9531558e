"""What a study knows must show no effect: a period before care could act, outcomes and exposures."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from stepdown.schema.declarations import Declaration, Positive, Text

Finding = Literal["positive", "negative", "death", "incarceration", "admission", "emergency"]
Value = str | int | float | bool


class PlaceboWindow(Declaration):
    """A period after time zero in which care cannot have changed relapse yet.

    Attributes
    ----------
    last_day : int
        Its last day, counted from time zero; of sequential_trials, from the day of each trial.
    """

    last_day: Positive


class NegativeOutcome(Declaration):
    """An outcome that care cannot change: its first day after time zero, up to the relapse.

    Attributes
    ----------
    label : str
        Its name in the report.
    finding : str or None
        Findings of `observations` that are the outcome.
    source : str or None
        Only findings from this source.
    substance : str or None
        Only findings of this substance, as the table has it.
    instrument : str or None
        Instead of a finding: rows of `assessments` with this instrument, such as one made of a log of
        injuries.
    at_least : float
        Value of the instrument from which on it is the outcome.
    """

    label: Text
    finding: Finding | None = None
    source: Text | None = None
    substance: Text | None = None
    instrument: Text | None = None
    at_least: Annotated[float, Field(allow_inf_nan=False)] = 1.0

    @model_validator(mode="after")
    def _one_kind(self) -> "NegativeOutcome":
        if (self.finding is None) == (self.instrument is None):
            raise ValueError("give finding, for rows of observations, or instrument, for rows of assessments")
        if self.instrument is not None and (self.source or self.substance):
            raise ValueError("source and substance are of findings; an instrument has neither")
        return self


class NegativeExposure(Declaration):
    """A column of the discharges that cannot change relapse, not even by way of care.

    Attributes
    ----------
    column : str
        The column, known by time zero.
    values : tuple of two
        The value that is compared, and the one it is compared with; other discharges are left out.
    """

    column: Text
    values: tuple[Value, Value] = (True, False)

    @model_validator(mode="after")
    def _two(self) -> "NegativeExposure":
        if self.values[0] == self.values[1]:
            raise ValueError("values must differ")
        return self


class ChecksChoice(Declaration):
    """Comparisons that must show nothing where the assumptions of the primary comparison hold.

    Attributes
    ----------
    placebo : PlaceboWindow or None
        A period before care could act. For comparisons from time zero on: baseline, matched without a day,
        clone_censor_weight, sequential_trials.
    negative_outcomes : tuple of NegativeOutcome
        Outcomes that care cannot change, compared as relapse is. From 20 on the risk ratio is also shown
        with an empirically calibrated interval.
    negative_exposures : tuple of NegativeExposure
        What cannot change relapse, compared from the first day of the primary comparison.
    """

    placebo: PlaceboWindow | None = None
    negative_outcomes: tuple[NegativeOutcome, ...] = ()
    negative_exposures: tuple[NegativeExposure, ...] = ()

    @model_validator(mode="after")
    def _once(self) -> "ChecksChoice":
        labels = [one.label for one in self.negative_outcomes]
        columns = [one.column for one in self.negative_exposures]
        if len(set(labels)) < len(labels) or len(set(columns)) < len(columns):
            raise ValueError("negative_outcomes must not repeat a label, nor negative_exposures a column")
        return self

    @property
    def asked(self) -> bool:
        """Whether anything is asked for."""
        return self.placebo is not None or bool(self.negative_outcomes or self.negative_exposures)
