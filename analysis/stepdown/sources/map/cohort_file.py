"""The cohort file: what the data are, where they are stored, and which column means what."""

import datetime as dt
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import available_timezones

from pydantic import Field, field_validator, model_validator

from stepdown.schema import TABLES, Basis, Clock
from stepdown.schema.declarations import Day, Declaration
from stepdown.sources.data_folders import expanded
from stepdown.sources.map.column_maps import FlatMap, Origin, TableMap, TableMaps, flat_origins
from stepdown.sources.map.values import FARTHEST_DAY

_EPOCH = dt.date(1970, 1, 1)


class NamedSource(Declaration):
    """A public data set that has a reader of its own.

    Attributes
    ----------
    name : {"ctn0094"}
        The data set.
    folder : str
        Folder of its tables, as published, one file a table.
    patterns : {"published", "rebuilt"}
        CTN-0094: urine findings from the published weekly patterns, or from the tables.
    format : {"parquet", "rda"}
        Ending of the files; `.rda` needs the extra `formats`.
    """

    name: Literal["ctn0094"]
    folder: Annotated[str, Field(min_length=1)]
    patterns: Literal["published", "rebuilt"] = "published"
    format: Literal["parquet", "rda"] = "parquet"

    def within(self, folder: Path) -> Path:
        """Return the folder of the tables, given the folder of the cohort file."""
        return folder / expanded(self.folder)


class ScheduleMap(Declaration):
    """When people were due for a contact, in days since time zero.

    Attributes
    ----------
    visits : tuple of int
        Days on which a contact was due, in increasing order.
    before, after : int
        Days by which a contact may come early, or late, and still belong to the visit.
    """

    visits: Annotated[tuple[Day, ...], Field(min_length=1)]
    before: Day = 0
    after: Day = 0

    @field_validator("visits")
    @classmethod
    def _in_order(cls, visits: tuple[int, ...]) -> tuple[int, ...]:
        if list(visits) != sorted(set(visits)):
            raise ValueError("give the days in increasing order, each once")
        return visits


class SiteMap(Declaration):
    """One site: its label, and what is known of it; a text alone is the label.

    Attributes
    ----------
    label : str
        Name in reports; its id where empty.
    accredited, dual_diagnosis, virtual, evening : bool or None
        It is accredited, treats co-occurring disorders, offers virtual care, offers evening sessions. Stated
        of any site, each becomes a covariate of the discharges that is known at admission.
    """

    label: str = ""
    accredited: Annotated[bool, Field(strict=True)] | None = None
    dual_diagnosis: Annotated[bool, Field(strict=True)] | None = None
    virtual: Annotated[bool, Field(strict=True)] | None = None
    evening: Annotated[bool, Field(strict=True)] | None = None

    @model_validator(mode="before")
    @classmethod
    def _label_alone(cls, given: Any) -> Any:
        return {"label": given} if isinstance(given, str) else given


class CohortFile(Declaration):
    """A cohort file, its form checked; `read_cohort_file` also checks it against the data model and the disk.

    Attributes
    ----------
    format : int
        Version of this file's form; always 1.
    basis : str
        Legal ground on which the data are held.
    clock : {"date", "day"}
        Dates, or whole days on each client's own axis.
    data_cut : date, int or None
        Last day that the data could show.
    timezone : str
        Time zone of the program ("America/Denver"); times with a zone become the day there.
    missing : tuple of str
        Texts that mean a missing value, in any column.
    tables, flat, source
        Where the data are: a file for each table, one file with one row a client, or a public data set
        that has a reader of its own. Exactly one is given.
    schedule : ScheduleMap or None
        When contacts were due.
    sites : mapping of str to SiteMap
        Names of sites for the report, by the id of the site, and what is known of each site.
    allow : mapping of str to str
        Columns that look like identifiers, or have many levels, and are accepted all the same, each with
        the reason.
    made_from : str
        File or folder of which `init` made the copy that the maps read; `check` names its rows.
    """

    format: Literal[1]
    basis: Basis
    clock: Clock
    data_cut: dt.date | int | None = None
    timezone: str = ""
    missing: tuple[str, ...] = ("",)
    tables: TableMaps | None = None
    flat: FlatMap | None = None
    source: NamedSource | None = None
    schedule: ScheduleMap | None = None
    sites: dict[str, SiteMap] = Field(default_factory=dict)
    allow: dict[str, Annotated[str, Field(min_length=10)]] = Field(default_factory=dict)
    made_from: str = ""

    @field_validator("data_cut", mode="plain")
    @classmethod
    def _date_or_day(cls, given: Any) -> Any:
        plain = isinstance(given, dt.date | int) and not isinstance(given, dt.datetime | bool)
        if given is not None and not plain:
            raise ValueError('write a date without quotes (clock = "date") or a whole number (clock = "day")')
        return given

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, given: str) -> str:
        if given and given not in available_timezones():
            raise ValueError("write the name of a time zone, such as America/Denver")
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
        if self.data_cut_day is not None and abs(self.data_cut_day) > FARTHEST_DAY:
            raise ValueError(f"data_cut is more than {FARTHEST_DAY:,} days away")
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
            return flat_origins(self.flat)
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
                        when=given.when,
                        unless=given.unless,
                        rows=given.rows,
                    )
                )
        return tuple(found)

    @property
    def site_labels(self) -> dict[str, str]:
        """Labels of sites by id, of those that have one."""
        return {name: site.label for name, site in self.sites.items() if site.label}

    def sources(self, file: str, sheet: str | None) -> frozenset[str]:
        """Return the names of columns that the maps read from a file or sheet."""
        read = [origin.sources for origin in self.origins if (origin.file, origin.sheet) == (file, sheet)]
        return frozenset(name for names in read for name in names)
