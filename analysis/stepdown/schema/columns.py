"""Columns and tables: one declaration serves checks, dictionary, reports and synthetic data.

The canonical tables are declared in `tables.toml`, which is read when a table is first asked for.
"""

import functools
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from stepdown.schema.declarations import Declaration, checked, shipped_toml

if TYPE_CHECKING:
    import pandas as pd

Kind = Literal["id", "day", "code", "flag", "integer", "number", "text"]

# The moments at which a value can be known, besides a day column's own name.
MOMENTS: dict[str, str] = {
    "admission": "admit_day",
    "randomization": "randomization_day",
    "discharge": "discharge_day",
}
LATER = "later"

# pandas types of the canonical tables. Codes are categories; every type can hold a missing value.
DTYPES: dict[Kind, str] = {
    "id": "string[pyarrow]",
    "day": "Int64",
    "code": "category",
    "flag": "boolean",
    "integer": "Int64",
    "number": "float64",
    "text": "string[pyarrow]",
}


class Column(Declaration):
    """One column of a canonical table, or one covariate of a cohort file.

    Attributes
    ----------
    name, label, meaning : str
        Name, its name for readers of a report, and one plain sentence.
    kind : Kind
        Type of the values; `DTYPES` gives the pandas type. A day is a whole day on the client's own clock.
    known : str
        When the value is known: "admission", "randomization", "discharge", the name of a day
        column of the same table, or "later". This is the immortal-time guard.
    unit : str
        Unit, empty where there is none.
    codes : tuple of str
        Allowed values of a code; empty for a free category of a cohort file.
    low, high : float or None
        Smallest and largest allowed number, ends included.
    required : bool
        Any mapping must give it.
    never_missing : bool
        No row may lack it.
    core : bool
        The table always has this column, all missing where the source has none.
    quasi : bool
        A quasi-identifier: counted in the k-anonymity report.
    """

    name: str
    label: str = Field(default_factory=lambda given: str(given["name"]).replace("_", " ").capitalize())
    meaning: str
    kind: Kind
    known: str
    unit: str = ""
    codes: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    required: bool = False
    never_missing: bool = False
    core: bool = False
    quasi: bool = False


class Order(Declaration):
    """A rule of one table: `first` must not be after `second` on any row that has both."""

    first: str
    second: str


class Table(Declaration):
    """One canonical table.

    Attributes
    ----------
    name, row : str
        Name, and what one row is.
    columns : tuple of Column
        Declarations in order.
    key : tuple of str
        Columns that together name a row once; empty where rows may repeat.
    orders : tuple of Order
        Days that must come in order.
    """

    name: str
    row: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    orders: tuple[Order, ...] = ()

    def __iter__(self) -> Iterator[Column]:  # type: ignore[override]
        """Iterate over the columns."""
        return iter(self.columns)

    def __contains__(self, name: object) -> bool:
        """Return whether a column of this name is declared."""
        return any(column.name == name for column in self.columns)

    def __getitem__(self, name: str) -> Column:
        """Return the column of this name; KeyError if there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns, in order."""
        return tuple(column.name for column in self.columns)

    @property
    def core(self) -> tuple[Column, ...]:
        """Columns that the table always has."""
        return tuple(column for column in self.columns if column.core or column.required)


@functools.cache
def tables() -> tuple[Table, ...]:
    """Return the canonical tables, in the order of the file.

    Examples
    --------
    >>> [table.name for table in tables()]
    ['discharges', 'services', 'observations', 'followup', 'assessments']
    """
    raw = shipped_toml("stepdown.schema", "tables.toml")
    return tuple(_declared(name, given, raw["codes"]) for name, given in raw["tables"].items())


class Instrument(Declaration):
    """The range of an instrument: of its total from `low` to `high`, of one item from 0 to `item`."""

    low: float
    high: float
    item: float


@functools.cache
def instruments() -> Mapping[str, Instrument]:
    """Return the instruments whose range is checked, by name."""
    raw = shipped_toml("stepdown.schema", "tables.toml")["instruments"]
    return {name: checked(Instrument, given, file="tables.toml") for name, given in raw.items()}


def empty_table(name: str) -> "pd.DataFrame":
    """Return a canonical table without rows, its core columns typed."""
    import pandas as pd

    types = {column.name: DTYPES[column.kind] for column in table(name).core}
    return pd.DataFrame({column: pd.Series(dtype=dtype) for column, dtype in types.items()})


def table(name: str) -> Table:
    """Return the canonical table of this name; KeyError if there is none."""
    return {one.name: one for one in tables()}[name]


def _declared(name: str, given: Mapping[str, Any], lists: Mapping[str, Any]) -> Table:
    """Return a table, each column with its name, and with its codes where it names a list of them."""
    columns = []
    for column, entry in given["columns"].items():
        codes = entry.get("codes", ())
        listed = lists[codes] if isinstance(codes, str) else codes
        columns.append({"name": column, **entry, "codes": listed})
    return checked(Table, {"name": name, **given, "columns": columns}, file="tables.toml")
