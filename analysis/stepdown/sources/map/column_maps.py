"""Maps of a cohort file: which column of which file becomes which canonical column."""

import datetime as dt
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from stepdown.schema import Column, Kind
from stepdown.schema.declarations import Declaration
from stepdown.sources.data_folders import expanded

# canonical unit -> unit of the source -> factor
UNITS: dict[str, dict[str, float]] = {
    "years": {"years": 1.0, "months": 1 / 12, "days": 1 / 365.25},
    "hours": {"hours": 1.0, "minutes": 1 / 60},
    "day": {"days": 1.0, "weeks": 7.0, "months": 30.4375, "years": 365.25},
}
Scalar = bool | int | float | str
_COVARIATE_KINDS: dict[str, Kind] = {
    "number": "number",
    "integer": "integer",
    "category": "code",
    "flag": "flag",
    "text": "text",
}


def _as_texts(given: Any) -> Any:
    if isinstance(given, list | tuple):
        return [str(token) if isinstance(token, int | float) else token for token in given]
    return given


Texts = Annotated[tuple[str, ...], BeforeValidator(_as_texts)]


_Format = Annotated[str, Field(min_length=1)]


class ColumnMap(Declaration):
    """Where the values of a canonical column come from: a source column, or one value for all rows.

    Attributes
    ----------
    source : str or None
        Column of the file; the key is `from`, or the text alone.
    value : scalar, date or None
        The same value on every row.
    format : str or tuple of str
        How dates are written ("%m/%d/%Y"), or for numbers "excel", "excel_1904", "days_since_1960",
        "seconds_since_1960", "unix_seconds" or "unix_milliseconds". Of several, the first that fits a cell.
    codes : mapping of str to scalar
        The file's codes to canonical ones.
    unknown : {"refuse", "missing", "other"}
        What becomes of a code that is not listed.
    unit : str
        Unit in the file where it differs from the canonical one.
    missing : tuple of str
        Texts that mean a missing value in this column, besides those of the whole cohort file.
    at_least : float or None
        Numbers from this one on mean yes, or a positive finding, and smaller ones no, or a negative finding.
    add_days : int
        Days added to the day in the column: 7 for what was measured one week after it.
    """

    source: Annotated[str | None, Field(alias="from", min_length=1)] = None
    value: bool | int | float | str | dt.date | None = None
    format: _Format | Annotated[tuple[_Format, ...], Field(min_length=1)] | None = None
    codes: dict[str, Scalar] = Field(default_factory=dict)
    unknown: Literal["refuse", "missing", "other"] = "refuse"
    unit: str = ""
    missing: Texts = ()
    at_least: Annotated[float, Field(allow_inf_nan=False)] | None = None
    add_days: Annotated[int, Field(strict=True)] = 0

    @model_validator(mode="before")
    @classmethod
    def _plain_text(cls, given: Any) -> Any:
        return {"from": given} if isinstance(given, str) else given

    @model_validator(mode="after")
    def _one_origin(self) -> "ColumnMap":
        if (self.source is None) == (self.value is None):
            raise ValueError("give either from (a column of the file) or value, not both")
        return self

    @property
    def formats(self) -> tuple[str, ...]:
        """The formats of dates; none where not stated."""
        return (self.format,) if isinstance(self.format, str) else self.format or ()


class CovariateMap(Declaration):
    """A column beyond the canonical ones, with its type and when it is known.

    Attributes
    ----------
    source : str
        Column of the file; the key is `from`.
    type : str
        What its values are.
    known : str
        When the value is known: "admission", "randomization", "discharge", "later", or the name of a day of
        the discharges that is mapped. It decides where eligibility and arms may use the column.
    meaning, unit : str
        What it is, and its unit, for the report.
    codes, unknown, missing
        As for a column.
    """

    source: Annotated[str, Field(alias="from", min_length=1)]
    type: Literal["number", "integer", "category", "flag", "text"]
    known: Annotated[str, Field(min_length=1)]
    meaning: str = ""
    unit: str = ""
    codes: dict[str, Scalar] = Field(default_factory=dict)
    unknown: Literal["refuse", "missing", "other"] = "refuse"
    missing: Texts = ()

    def column(self, name: str) -> Column:
        """Return the declaration that the cohort keeps."""
        codes = tuple(dict.fromkeys(str(code) for code in self.codes.values())) if self.codes else ()
        if codes and self.unknown == "other" and "other" not in codes:
            codes = (*codes, "other")
        kind = _COVARIATE_KINDS[self.type]
        return Column(
            name=name,
            meaning=self.meaning or f"Column {self.source} of the source.",
            kind=kind,
            known=self.known,
            unit=self.unit,
            codes=codes if kind == "code" else (),
        )

    @property
    def mapping(self) -> ColumnMap:
        """The same as the map of a column."""
        return ColumnMap(source=self.source, codes=self.codes, unknown=self.unknown, missing=self.missing)


Rows = dict[str, Scalar | list[Scalar]]


class RowMap(Declaration):
    """One way to make rows of a table from a file: its columns, and which rows of the file.

    Attributes
    ----------
    columns : mapping of str to ColumnMap
        Canonical columns.
    when, unless : mapping
        Rows of the file that are taken, and not taken, by the value of a column; "" is an empty cell.
    """

    columns: dict[str, ColumnMap]
    when: Rows = Field(default_factory=dict)
    unless: Rows = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _split(cls, given: Any) -> Any:
        if not isinstance(given, Mapping):
            return given
        rows = {key: given[key] for key in ("when", "unless") if key in given}
        return {"columns": {key: value for key, value in given.items() if key not in rows}, **rows}


_RowCount = Annotated[int, Field(ge=0, strict=True)]


class TableMap(Declaration):
    """A canonical table from a file of its own, or from some of its rows.

    Attributes
    ----------
    file : str
        The data file, relative to the cohort file.
    sheet : str or None
        Sheet of a workbook; the first where left out.
    rows : int or None
        How many rows the file should have below its header; checked where it is stated.
    columns : mapping of str to ColumnMap
        Which column of the file becomes which column of the data model.
    when, unless : mapping
        Rows of the file that are taken, and not taken, by the value of a column; "" is an empty cell.
    covariates : mapping of str to CovariateMap
        Columns of the discharges beyond those of the data model, by the name that the study file uses.
    """

    file: Annotated[str, Field(min_length=1)]
    sheet: str | None = None
    rows: _RowCount | None = None
    columns: dict[str, ColumnMap]
    when: Rows = Field(default_factory=dict)
    unless: Rows = Field(default_factory=dict)
    covariates: dict[str, CovariateMap] = Field(default_factory=dict)


class TableMaps(Declaration):
    """Files, table by table.

    Attributes
    ----------
    discharges : TableMap
        One row a stay. Always needed.
    services : TableMap or None
        One row a session or a span of care.
    observations : TableMap or None
        One row a finding: a test, a report, a contact without a result, a death.
    followup : TableMap or None
        One row a period over which a client was observed.
    assessments : TableMap or None
        One row a score of an instrument, such as craving or the PHQ-9.
    """

    discharges: TableMap
    services: TableMap | None = None
    observations: TableMap | None = None
    followup: TableMap | None = None
    assessments: TableMap | None = None


class FlatMap(Declaration):
    """All tables from one file, one row a client or discharge.

    Attributes
    ----------
    file : str
        The data file, relative to the cohort file.
    sheet : str or None
        Sheet of a workbook; the first where left out.
    rows : int or None
        How many rows the file should have below its header; checked where it is stated.
    client_ids : {"column", "rows"}
        Client ids are in a column, or the file has none and each row is a client.
    when, unless : mapping
        Rows of the file that are discharges, and that are not, by the value of a column; "" is an empty cell.
    discharges : mapping of str to ColumnMap
        Columns of the discharges.
    services, observations, followup, assessments : tuple of RowMap
        Each block makes at most one row of that table from each row of the file; `client_id` is that of the
        discharges.
    covariates : mapping of str to CovariateMap
        Columns of the discharges beyond those of the data model, by the name that the study file uses.
    """

    file: Annotated[str, Field(min_length=1)]
    sheet: str | None = None
    rows: _RowCount | None = None
    client_ids: Literal["column", "rows"] = "column"
    when: Rows = Field(default_factory=dict)
    unless: Rows = Field(default_factory=dict)
    discharges: dict[str, ColumnMap]
    services: tuple[RowMap, ...] = ()
    observations: tuple[RowMap, ...] = ()
    followup: tuple[RowMap, ...] = ()
    assessments: tuple[RowMap, ...] = ()
    covariates: dict[str, CovariateMap] = Field(default_factory=dict)


class Origin(Declaration):
    """Rows of one canonical table that come from one file.

    Attributes
    ----------
    table, key : str
        Canonical table, and its key of the cohort file.
    file, sheet : str
        Path as the cohort file gives it, and the sheet of a workbook.
    columns, covariates : mapping
        What maps to what.
    when, unless : mapping
        Rows of the file that are taken, and not taken; empty for all.
    flat : bool
        The file has one row a client, so an empty event makes no row.
    rows : int or None
        How many rows the file should have; None where not stated.
    row_ids : bool
        Each row of the file is a client, numbered from 1.
    """

    table: str
    key: str
    file: str
    sheet: str | None
    columns: dict[str, ColumnMap]
    covariates: dict[str, CovariateMap] = Field(default_factory=dict)
    when: Rows = Field(default_factory=dict)
    unless: Rows = Field(default_factory=dict)
    flat: bool = False
    rows: int | None = None
    row_ids: bool = False

    @property
    def place(self) -> tuple[str, str | None]:
        """File and sheet."""
        return (self.file, self.sheet)

    @property
    def sources(self) -> tuple[str, ...]:
        """Names of the columns of the file that the maps read."""
        maps = [*self.columns.values(), *(covariate.mapping for covariate in self.covariates.values())]
        read = [mapping.source for mapping in maps if mapping.source is not None]
        return tuple(dict.fromkeys([*read, *self.when, *self.unless]))


def flat_origins(flat: FlatMap) -> tuple[Origin, ...]:
    """Return the maps of a flat file, table by table."""
    client = {"client_id": flat.discharges["client_id"]} if "client_id" in flat.discharges else {}
    found = [
        Origin(
            table="discharges",
            key="flat.discharges",
            file=expanded(flat.file),
            sheet=flat.sheet,
            columns=flat.discharges,
            covariates=flat.covariates,
            when=flat.when,
            unless=flat.unless,
            rows=flat.rows,
            row_ids=flat.client_ids == "rows",
        )
    ]
    for table in ("services", "observations", "followup", "assessments"):
        rows: tuple[RowMap, ...] = getattr(flat, table)
        found += [
            Origin(
                table=table,
                key=f"flat.{table}.{number}",
                file=expanded(flat.file),
                sheet=flat.sheet,
                columns={**client, **row.columns},
                when=row.when,
                unless=row.unless,
                flat=True,
                row_ids=flat.client_ids == "rows",
            )
            for number, row in enumerate(rows, start=1)
        ]
    return tuple(found)
