"""Units of the source that can be turned into the canonical one.

The one variable that a cohort file may use in a path: where the real cohorts lie.

The cohort file: what the data are, where they lie, and which column means what.
"""

import datetime as dt
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, field_validator, model_validator

from stepdown.errors import ConfigError
from stepdown.schema import TABLES, Basis, Clock, Column, Kind
from stepdown.schema.declarations import Declaration, problems_from, read_toml

# canonical unit -> unit of the source -> factor
UNITS: dict[str, dict[str, float]] = {
    "years": {"years": 1.0, "months": 1 / 12, "days": 1 / 365.25},
    "hours": {"hours": 1.0, "minutes": 1 / 60},
    "day": {"days": 1.0, "weeks": 7.0},
}


VARIABLE = "STEPDOWN_REAL_DATA"
DEFAULT = "../shared/data/real"


def expanded(file: str) -> str:
    """Return a path of a cohort file with `${STEPDOWN_REAL_DATA}` at its start replaced.

    Where the variable is not set, it stands for `../shared/data/real`, seen from the folder in which the
    command runs.
    """
    prefix = f"${{{VARIABLE}}}"
    if not file.startswith(prefix):
        return file
    return os.path.abspath(os.environ.get(VARIABLE) or DEFAULT) + file.removeprefix(prefix)


def real_cohort(name: str, *, root: Path) -> Path | None:
    """Return the folder of a real cohort, or None where it is not there.

    Parameters
    ----------
    name : str
        Such as "ctn0094".
    root : Path
        Folder from which the default is seen, where the variable is not set: a checkout.
    """
    folder = Path(os.environ.get(VARIABLE) or root / DEFAULT) / name
    return folder if folder.is_dir() else None


Scalar = bool | int | float | str
_COVARIATE_KINDS: dict[str, Kind] = {
    "number": "number",
    "integer": "integer",
    "category": "code",
    "flag": "flag",
    "text": "text",
}
_EPOCH = dt.date(1970, 1, 1)


class ColumnMap(Declaration):
    """Where the values of a canonical column come from: a source column, or one value for all rows.

    Attributes
    ----------
    source : str or None
        Column of the file; the key is `from`, or the text alone.
    value : scalar, date or None
        The same value on every row.
    format : str
        How dates are written ("%m/%d/%Y"), or "excel" for day numbers of a spreadsheet.
    codes : mapping of str to scalar
        The file's codes to canonical ones.
    unknown : {"refuse", "missing", "other"}
        What becomes of a code that is not listed.
    unit : str
        Unit in the file where it differs from the canonical one.
    """

    source: Annotated[str | None, Field(alias="from", min_length=1)] = None
    value: bool | int | float | str | dt.date | None = None
    format: Annotated[str, Field(min_length=1)] | None = None
    codes: dict[str, Scalar] = Field(default_factory=dict)
    unknown: Literal["refuse", "missing", "other"] = "refuse"
    unit: str = ""

    @model_validator(mode="before")
    @classmethod
    def _plain_text(cls, given: Any) -> Any:
        return {"from": given} if isinstance(given, str) else given

    @model_validator(mode="after")
    def _one_origin(self) -> "ColumnMap":
        if (self.source is None) == (self.value is None):
            raise ValueError("give either from (a column of the file) or value, not both")
        return self


class CovariateMap(Declaration):
    """A column beyond the canonical ones, with its type and when it is known."""

    source: Annotated[str, Field(alias="from", min_length=1)]
    type: Literal["number", "integer", "category", "flag", "text"]
    known: Annotated[str, Field(min_length=1)]
    meaning: str = ""
    unit: str = ""
    codes: dict[str, Scalar] = Field(default_factory=dict)
    unknown: Literal["refuse", "missing", "other"] = "refuse"

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
        return ColumnMap(source=self.source, codes=self.codes, unknown=self.unknown)


class RowMap(Declaration):
    """One way to make rows of a table from a file: its columns, and which rows of the file."""

    columns: dict[str, ColumnMap]
    when: dict[str, Scalar | list[Scalar]] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _split(cls, given: Any) -> Any:
        if not isinstance(given, Mapping):
            return given
        columns = {key: value for key, value in given.items() if key != "when"}
        return {"columns": columns, **({"when": given["when"]} if "when" in given else {})}


class TableMap(Declaration):
    """A canonical table from a file of its own."""

    file: Annotated[str, Field(min_length=1)]
    sheet: str | None = None
    columns: dict[str, ColumnMap]
    covariates: dict[str, CovariateMap] = Field(default_factory=dict)


class TableMaps(Declaration):
    """Files, table by table."""

    discharges: TableMap
    services: TableMap | None = None
    observations: TableMap | None = None
    followup: TableMap | None = None


class FlatMap(Declaration):
    """All tables from one file with one row a client (or a discharge)."""

    file: Annotated[str, Field(min_length=1)]
    sheet: str | None = None
    discharges: dict[str, ColumnMap]
    services: tuple[RowMap, ...] = ()
    observations: tuple[RowMap, ...] = ()
    followup: tuple[RowMap, ...] = ()
    covariates: dict[str, CovariateMap] = Field(default_factory=dict)


class NamedSource(Declaration):
    """A public data set that has a reader of its own.

    Attributes
    ----------
    name : {"ctn0094"}
        The data set.
    folder : str
        Where its tables lie, as published, one file a table.
    words : {"public", "rebuilt"}
        CTN-0094: urine findings from the published weekly words, or from the tables.
    format : {"parquet", "rda"}
        Ending of the files; `.rda` needs the extra `formats`.
    """

    name: Literal["ctn0094"]
    folder: Annotated[str, Field(min_length=1)]
    words: Literal["public", "rebuilt"] = "public"
    format: Literal["parquet", "rda"] = "parquet"

    def within(self, folder: Path) -> Path:
        """Return where the tables lie, seen from the folder of the cohort file."""
        return folder / expanded(self.folder)


class ScheduleMap(Declaration):
    """When people were due for a contact, in days since time zero."""

    visits: Annotated[tuple[Annotated[int, Field(ge=0, strict=True)], ...], Field(min_length=1)]
    before: Annotated[int, Field(ge=0, strict=True)] = 0
    after: Annotated[int, Field(ge=0, strict=True)] = 0


class Origin(Declaration):
    """Rows of one canonical table that come from one file.

    Attributes
    ----------
    table, key : str
        Canonical table, and the key of the cohort file that says so.
    file, sheet : str
        Path as the cohort file gives it, and the sheet of a workbook.
    columns, covariates : mapping
        What maps to what.
    when : mapping
        Rows of the file that are taken; empty for all.
    flat : bool
        The file has one row a client, so an empty event makes no row.
    """

    table: str
    key: str
    file: str
    sheet: str | None
    columns: dict[str, ColumnMap]
    covariates: dict[str, CovariateMap] = Field(default_factory=dict)
    when: dict[str, Scalar | list[Scalar]] = Field(default_factory=dict)
    flat: bool = False


class CohortFile(Declaration):
    """A cohort file, checked by itself; `read` also checks it against the data model and the disk.

    Attributes
    ----------
    basis : str
        Legal ground on which the data are held.
    clock : {"date", "day"}
        Dates, or whole days on each client's own axis.
    data_cut : date, int or None
        Last day that the data could show.
    missing : tuple of str
        Texts that stand for a missing value, in any column.
    tables, flat, source
        Two ways to map files, and a public data set that needs no map; exactly one is given.
    schedule : ScheduleMap or None
        When contacts were due.
    sites, allow : mapping of str to str
        Labels of sites; columns let past the identifier guard, with reasons.
    """

    format: Literal[1]
    basis: Basis
    clock: Clock
    data_cut: dt.date | int | None = None
    missing: tuple[str, ...] = ("",)
    tables: TableMaps | None = None
    flat: FlatMap | None = None
    source: NamedSource | None = None
    schedule: ScheduleMap | None = None
    sites: dict[str, str] = Field(default_factory=dict)
    allow: dict[str, Annotated[str, Field(min_length=10)]] = Field(default_factory=dict)

    @field_validator("data_cut", mode="plain")
    @classmethod
    def _date_or_day(cls, given: Any) -> Any:
        plain = isinstance(given, dt.date | int) and not isinstance(given, dt.datetime | bool)
        if given is not None and not plain:
            raise ValueError('write a date without quotes (clock = "date") or a whole number (clock = "day")')
        return given

    @field_validator("missing", mode="before")
    @classmethod
    def _as_text(cls, given: Any) -> Any:
        if isinstance(given, list):
            return [str(token) if isinstance(token, int | float) else token for token in given]
        return given

    @model_validator(mode="after")
    def _consistent(self) -> "CohortFile":
        if sum(given is not None for given in (self.tables, self.flat, self.source)) != 1:
            raise ValueError("give exactly one of [tables.discharges], [flat] and [source]")
        if self.source is not None and self.clock != "day":
            raise ValueError('[source] ctn0094 holds study days: write clock = "day"')
        if self.data_cut is not None and isinstance(self.data_cut, dt.date) != (self.clock == "date"):
            raise ValueError(
                'data_cut must be a date when clock = "date" and a whole number when clock = "day"'
            )
        if self.clock == "date" and self.data_cut is None:
            raise ValueError('data_cut is needed when clock = "date", such as data_cut = 2026-09-30')
        return self

    @property
    def data_cut_day(self) -> int | None:
        """The data cut on the clients' own clock."""
        if isinstance(self.data_cut, dt.date):
            return (self.data_cut - _EPOCH).days
        return self.data_cut

    @property
    def origins(self) -> tuple[Origin, ...]:
        """Both forms of a map in one shape, tables in canonical order; none where a source needs no map."""
        if self.flat is not None:
            return _flat_origins(self.flat)
        found = []
        for table in TABLES:
            given: TableMap | None = getattr(self.tables, table.name, None)
            if given is not None:
                found.append(
                    Origin(
                        table=table.name,
                        key=f"tables.{table.name}",
                        file=expanded(given.file),
                        sheet=given.sheet,
                        columns=given.columns,
                        covariates=given.covariates,
                    )
                )
        return tuple(found)

    @classmethod
    def read(cls, path: str | Path) -> "CohortFile":
        """Read and check a cohort file.

        Parameters
        ----------
        path : str or Path
            A TOML file; the files that it names are relative to it.

        Raises
        ------
        ConfigError
            The file is missing, is no TOML, breaks the rules, or names files that are not there;
            every problem is named.
        """
        from stepdown.sources.map.cohort_file_rules import config_problems

        name, raw = Path(path).name, read_toml(path)
        try:
            config = cls.model_validate(raw)
        except ValidationError as error:
            problems = problems_from(error, model=cls, file=name)
        else:
            problems = config_problems(config, file=name, folder=Path(path).parent)
            if not problems:
                return config
        raise ConfigError(problems)


def _flat_origins(flat: FlatMap) -> tuple[Origin, ...]:
    client = {"client_id": flat.discharges["client_id"]} if "client_id" in flat.discharges else {}
    found = [
        Origin(
            table="discharges",
            key="flat.discharges",
            file=expanded(flat.file),
            sheet=flat.sheet,
            columns=flat.discharges,
            covariates=flat.covariates,
        )
    ]
    for table in ("services", "observations", "followup"):
        rows: tuple[RowMap, ...] = getattr(flat, table)
        found += [
            Origin(
                table=table,
                key=f"flat.{table}.{number}",
                file=expanded(flat.file),
                sheet=flat.sheet,
                columns={**client, **row.columns},
                when=row.when,
                flat=True,
            )
            for number, row in enumerate(rows)
        ]
    return tuple(found)
