"""What a person decided about a project's files; the same answers give the same project."""

import datetime as dt
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import available_timezones

from pydantic import Field, ValidationError, field_validator, model_validator

from stepdown.errors import ConfigError
from stepdown.schema import TABLES
from stepdown.schema.declarations import Declaration, problems_from, read_toml
from stepdown.sources.init.guesses import words

CALL_PARTS = ("call_date", "call_result", "call_first_use")
NOTHING = "nothing"
NOT_USED = "not used"


class ColumnAnswer(Declaration):
    """What one column of the files means.

    Attributes
    ----------
    means : str
        A column of the data model; an event ("positive", "death", "admission", "incarceration", "iop", "php",
        "outpatient", "iop_or_php",
        "followup_end") whose day it holds; "birth_date"; a part of a call ("call_date", "call_result",
        "call_first_use"); or "nothing". Empty: as guessed.
    due : int or None
        Day after discharge on which the call was due.
    codes : mapping of str to str
        What each text means.
    """

    means: str = ""
    due: Annotated[int, Field(gt=0, le=3650)] | None = None
    codes: dict[str, str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _known(self) -> "ColumnAnswer":
        if self.means and self.means not in meanings():
            raise ValueError(f"means must be one of {', '.join(meanings())}")
        if (self.means in CALL_PARTS) != (self.due is not None):
            raise ValueError(
                "due is the day after discharge on which a call was due: give it with call_date, call_result "
                "and call_first_use, and with nothing else"
            )
        return self


class Answers(Declaration):
    """An answers file.

    Attributes
    ----------
    data_cut : date or None
        Last day that the data could show; the latest date of the files where not stated.
    overlapping_stays : {"keep", "join"}
        Stays of one client that overlap are left as they are, or become one.
    iop_or_php : {"iop", "php"}
        Level of care of a start that may be either.
    observed_until : date or None
        Last day on which a relapse or readmission of any client would have been recorded, where no column
        shows how long clients were observed.
    timezone : str
        Time zone of the program ("America/Denver"), where the files hold times with a zone: they become the
        day there.
    sheets : mapping of str to str
        Table that each sheet or file holds, or "not used".
    date_order : mapping of str to str
        "month_first", "day_first" or "year_first" by sheet or file; of day numbers of a spreadsheet
        "epoch_1900" or "epoch_1904".
    columns : mapping of str to ColumnAnswer
        What columns mean, by name.
    """

    format: Literal[1] = 1
    data_cut: dt.date | None = None
    overlapping_stays: Literal["keep", "join"] = "keep"
    iop_or_php: Literal["iop", "php"] = "iop"
    observed_until: dt.date | None = None
    timezone: str = ""
    sheets: dict[
        str, Literal["discharges", "services", "observations", "followup", "assessments", "not used"]
    ] = Field(default_factory=dict)
    date_order: dict[str, Literal["month_first", "day_first", "year_first", "epoch_1900", "epoch_1904"]] = (
        Field(default_factory=dict)
    )
    columns: dict[str, ColumnAnswer] = Field(default_factory=dict)

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, given: str) -> str:
        if given and given not in available_timezones():
            raise ValueError("write the name of a time zone, such as America/Denver")
        return given

    def means(self, name: str) -> str:
        """Return what a column was said to mean; empty where nothing was said."""
        return self.columns[name].means if name in self.columns else ""


def meanings() -> tuple[str, ...]:
    """Return all that a column can mean."""
    canonical = [column.name for table in TABLES for column in table]
    events: Mapping[str, Any] = words()["events"]
    return tuple(dict.fromkeys([*canonical, *events, "birth_date", *CALL_PARTS, NOTHING]))


def read_answers(path: str | Path) -> Answers:
    """Read an answers file.

    Parameters
    ----------
    path : str or Path
        A TOML file.

    Returns
    -------
    Answers

    Raises
    ------
    ConfigError
        The file is missing, is not TOML, or breaks the rules; every problem is named.
    """
    raw = read_toml(path)
    try:
        return Answers.model_validate(raw)
    except ValidationError as error:
        raise ConfigError(problems_from(error, model=Answers, file=Path(path).name)) from None


def answers_of(project: Path) -> Answers:
    """Return the answers that a project was made with; none where it has no file of answers."""
    path = project / "answers.toml"
    return read_answers(path) if path.is_file() else Answers()


def answers_text(answers: Answers) -> str:
    """Return answers as the text of an answers file.

    Examples
    --------
    >>> print(answers_text(Answers(overlapping_stays="join")).splitlines()[2])
    overlapping_stays = "join"
    """
    lines = ["# What was decided about the files; stepdown init --answers FILE uses it again.", "format = 1"]
    if answers.data_cut is not None:
        lines.append(f"data_cut = {answers.data_cut.isoformat()}")
    lines += [
        f'overlapping_stays = "{answers.overlapping_stays}"',
        f'iop_or_php = "{answers.iop_or_php}"',
        *([f"observed_until = {answers.observed_until.isoformat()}"] if answers.observed_until else []),
        *([f"timezone = {_quoted(answers.timezone)}"] if answers.timezone else []),
    ]
    for key, held in (("sheets", answers.sheets), ("date_order", answers.date_order)):
        if held:
            lines += [
                "",
                f"[{key}]",
                *(f"{_quoted(name)} = {_quoted(value)}" for name, value in held.items()),
            ]
    for name, column in answers.columns.items():
        lines += ["", f"[columns.{_quoted(name)}]"]
        lines += [f"means = {_quoted(column.means)}"] if column.means else []
        lines += [f"due = {column.due}"] if column.due is not None else []
        if column.codes:
            pairs = ", ".join(f"{_quoted(text)} = {_quoted(code)}" for text, code in column.codes.items())
            lines.append(f"codes = {{ {pairs} }}")
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
