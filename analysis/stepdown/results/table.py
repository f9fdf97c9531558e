"""The one long table of results: a number in prose is looked up here, never typed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pandas as pd

from stepdown.errors import ResultError

# Empty text means "all" (arm, site, subgroup ...) or "does not apply".
KEY: tuple[str, ...] = (
    "analysis",
    "endpoint",
    "estimand",
    "cause",
    "arm",
    "contrast",
    "term",
    "quarter",
    "site",
    "subgroup",
    "level",
    "time",
    "statistic",
    "unit",
    "method",
)
NUMBERS: tuple[str, ...] = ("estimate", "std_error", "conf_low", "conf_high", "n", "events")
COLUMNS: tuple[str, ...] = (
    *KEY[:-1],
    *NUMBERS,
    "method",
    "note",
)
_TEXT = tuple(name for name in (*KEY, "note") if name != "time")
_FLOATS = ("time", *NUMBERS)


@dataclass(frozen=True, eq=False)
class Results:
    """Every number of an analysis, one a row.

    Attributes
    ----------
    table : DataFrame
        Columns `COLUMNS` in that order. `time` is a day since time zero (missing where a number has
        none); `value, se, low, high` are in `unit`; `n` and `events` are counts of discharges.
        All other columns are text, empty for "all" or "does not apply". The columns of `KEY`
        together name a row once.
    """

    table: pd.DataFrame

    def __post_init__(self) -> None:
        """Copy the frame in, fix its columns and types, and refuse a number given twice."""
        unknown = sorted(set(self.table.columns) - set(COLUMNS))
        if unknown:
            raise ResultError(
                f"Results have no column {', '.join(unknown)}. Columns are: {', '.join(COLUMNS)}."
            )
        table = self.table.reindex(columns=list(COLUMNS)).reset_index(drop=True)
        for name in _TEXT:
            table[name] = table[name].astype(object).where(table[name].notna(), "").astype(str)
        for name in _FLOATS:
            table[name] = pd.to_numeric(table[name]).astype("float64")
        twice = table.duplicated(list(KEY), keep=False)
        if twice.any():
            keys = table.loc[twice, list(KEY)].iloc[0]
            said = ", ".join(f"{name}={value!r}" for name, value in keys.items() if value != "")
            raise ResultError(
                f"{int(twice.sum())} rows of the results have a key that is given twice, first: {said}."
            )
        object.__setattr__(self, "table", table)

    def where(
        self,
        *,
        analysis: str | None = None,
        endpoint: str | None = None,
        estimand: str | None = None,
        cause: str | None = None,
        arm: str | None = None,
        contrast: str | None = None,
        term: str | None = None,
        quarter: str | None = None,
        site: str | None = None,
        subgroup: str | None = None,
        level: str | None = None,
        time: float | None = None,
        statistic: str | None = None,
        unit: str | None = None,
        method: str | None = None,
    ) -> "Results":
        """Return the rows that match every key given; "" asks for the rows without that key."""
        wanted = {
            "analysis": analysis,
            "endpoint": endpoint,
            "estimand": estimand,
            "cause": cause,
            "arm": arm,
            "contrast": contrast,
            "term": term,
            "quarter": quarter,
            "site": site,
            "subgroup": subgroup,
            "level": level,
            "time": time,
            "statistic": statistic,
            "unit": unit,
            "method": method,
        }
        keep = pd.Series(True, index=self.table.index)
        for name, value in wanted.items():
            if value is not None:
                keep &= self.table[name] == value
        return Results(self.table[keep])

    def one(
        self,
        *,
        analysis: str | None = None,
        endpoint: str | None = None,
        estimand: str | None = None,
        cause: str | None = None,
        arm: str | None = None,
        contrast: str | None = None,
        term: str | None = None,
        quarter: str | None = None,
        site: str | None = None,
        subgroup: str | None = None,
        level: str | None = None,
        time: float | None = None,
        statistic: str | None = None,
        unit: str | None = None,
        method: str | None = None,
    ) -> pd.Series:
        """Return the one row that matches, as a Series indexed by `COLUMNS`.

        Raises
        ------
        ResultError
            No row matches, or more than one does.
        """
        found = self.where(
            analysis=analysis,
            endpoint=endpoint,
            estimand=estimand,
            cause=cause,
            arm=arm,
            contrast=contrast,
            term=term,
            quarter=quarter,
            site=site,
            subgroup=subgroup,
            level=level,
            time=time,
            statistic=statistic,
            unit=unit,
            method=method,
        ).table
        if len(found) == 1:
            return found.iloc[0]
        if found.empty:
            raise ResultError("No result matches. Look at `results.table` for the keys that exist.")
        differ = [name for name in KEY if found[name].nunique(dropna=False) > 1]
        raise ResultError(f"{len(found)} results match; also say {', '.join(differ)}.")

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.table)

    def _repr_html_(self) -> str:
        return self.table._repr_html_()  # type: ignore[operator,no-any-return]


def rows(records: Iterable[dict[str, object]]) -> Results:
    """Make results from records; keys that a record leaves out are empty."""
    return Results(pd.DataFrame(list(records), columns=list(COLUMNS)))


def bind(parts: Sequence[Results]) -> Results:
    """Put results under one another.

    Raises
    ------
    ResultError
        The same number is given twice.
    """
    tables = [part.table for part in parts if len(part)]
    return Results(pd.concat(tables, ignore_index=True)) if tables else rows([])
