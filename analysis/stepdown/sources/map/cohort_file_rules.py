"""Reading a cohort file: its form, the rules of the data model, and the files on disk."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

from pydantic import ValidationError

from stepdown.errors import ConfigError, Problem
from stepdown.identifiers import identifying
from stepdown.schema import DISCHARGES, LATER, MOMENTS, TABLES, Column
from stepdown.schema.declarations import problems_from, read_toml
from stepdown.sources.ctn0094.published_tables import missing_files
from stepdown.sources.map.cohort_file import CohortFile
from stepdown.sources.map.column_maps import UNITS, ColumnMap, Origin
from stepdown.sources.map.dates import has_calendar_day
from stepdown.sources.read.raw_tables import SUFFIXES, suffix

_BY_NAME = {table.name: table for table in TABLES}
_VALUE_TYPES: dict[str, tuple[tuple[type, ...], str]] = {
    "flag": ((bool,), "Write true or false without quotes."),
    "integer": ((int,), "Write a whole number without quotes."),
    "number": ((int, float), "Write a number without quotes."),
}
_FORMAT = (
    'Write it as in "%Y-%m-%d" or "%m/%d/%Y", without a time zone; for numbers "excel", "excel_1904", '
    '"days_since_1960", "seconds_since_1960", "unix_seconds" or "unix_milliseconds".'
)
_TIME_ZERO = ("admit_day", "discharge_day", "randomization_day")
_PATH = "Check the path; it is relative to the cohort file."
_KINDS = {"followup": "calls", "covariates": "own columns", "flat": "one row a client"}
# Key of the cohort file, what is wrong, and what to do.
_Faults = Iterator[tuple[str, str, str]]


def read_cohort_file(path: str | Path) -> CohortFile:
    """Read and check a cohort file.

    Parameters
    ----------
    path : str or Path
        A TOML file; the files that it names are relative to it.

    Raises
    ------
    ConfigError
        The file is missing, is not TOML, breaks the rules, or names files that do not exist;
        every problem is named.
    """
    name, raw = Path(path).name, read_toml(path)
    try:
        config = CohortFile.model_validate(raw)
    except ValidationError as error:
        problems = problems_from(error, model=CohortFile, file=name)
    else:
        problems = config_problems(config, file=name, folder=Path(path).parent)
        if not problems:
            return config
    raise ConfigError(problems)


def config_problems(config: CohortFile, *, file: str, folder: Path | None) -> list[Problem]:
    """Return every fault of a cohort file that its form alone does not show.

    Parameters
    ----------
    config : CohortFile
        A file whose form is right.
    file : str
        Its name.
    folder : Path or None
        Its folder; the data files are relative to it. None where the data are frames.

    Returns
    -------
    list of Problem
    """
    found = [] if folder is None else [*_files(config, folder), *_source(config, folder)]
    for origin in config.origins:
        found += [*_columns(origin), *_covariates(origin)]
        for name, mapping in origin.columns.items():
            if name in _BY_NAME[origin.table]:
                column = _BY_NAME[origin.table][name]
                found += _mapping(mapping, column, config, f"{_columns_key(origin)}.{name}")
    found += _labels(config)
    tables = {origin.table for origin in config.origins}
    if "observations" in tables and "followup" not in tables:
        found.append(
            (
                "followup",
                "is missing, though observations are mapped: without it no client is observed",
                "Map followup: the periods over which each client was observed.",
            )
        )
    return [
        Problem(table=file, column=key, what=what, remedy=remedy, kind=_kind(key))
        for key, what, remedy in dict.fromkeys(found)
    ]


def _kind(key: str) -> str:
    """Return the kind of problem of a key, for the recipe that says more; empty for none."""
    steps = key.split(".")
    return next((kind for part, kind in _KINDS.items() if part in (steps[0], *steps[1:2], *steps[2:3])), "")


def _columns_key(origin: Origin) -> str:
    return f"{origin.key}.columns" if origin.key.startswith("tables.") else origin.key


def _files(config: CohortFile, folder: Path) -> _Faults:
    for origin in config.origins:
        key = f"{origin.key}.file" if origin.key.startswith("tables.") else "flat.file"
        if suffix(origin.file) not in SUFFIXES:
            yield key, "has a file extension that is not supported", f"Allowed: {', '.join(SUFFIXES)}."
        elif not (folder / origin.file).is_file():
            yield key, "names a file that does not exist", _PATH


def _source(config: CohortFile, folder: Path) -> _Faults:
    if config.source is None:
        return
    place = config.source.within(folder)
    if not place.is_dir():
        yield "source.folder", "names a folder that does not exist", _PATH
        return
    for name in missing_files(place, config.source.format, config.source.patterns):
        remedy = "Copy the whole data set there, its files named as published."
        yield "source.folder", f"names a folder without {name}", remedy


def _columns(origin: Origin) -> _Faults:
    table, key = _BY_NAME[origin.table], _columns_key(origin)
    extra = " Other columns go under covariates." if origin.table == "discharges" else ""
    for name in origin.columns:
        if name not in table:
            remedy = f"Allowed: {', '.join(table.names)}.{extra}"
            yield f"{key}.{name}", f"is not a column of {origin.table}", remedy
    for column in table:
        by_row = column.name == "client_id" and origin.row_ids
        if by_row and column.name in origin.columns:
            what = 'cannot be used with client_ids = "rows"'
            yield f"{key}.client_id", what, "Remove one of the two."
        if column.required and column.name not in origin.columns and not by_row:
            yield f"{key}.{column.name}", "is missing", "Name the column of the file that holds it."
    if origin.table == "discharges" and not any(day in origin.columns for day in _TIME_ZERO):
        yield key, "has no day that could be time zero", f"Map at least one of {', '.join(_TIME_ZERO)}."


def _labels(config: CohortFile) -> _Faults:
    """Check labels and reasons for identifiers too, because the report prints them."""
    for key, texts in (("sites", config.site_labels), ("allow", config.allow)):
        names = list(texts)
        for position in identifying(list(texts.values())):
            what = "seems to hold an identifier, and the report prints it"
            yield f"{key}.{names[position]}", what, "Write it without."


def _covariates(origin: Origin) -> _Faults:
    key = "flat.covariates" if origin.key.startswith("flat.") else f"{origin.key}.covariates"
    if origin.covariates and origin.table != "discharges":
        yield key, "is allowed only for discharges", "Remove the table."
        return
    days = {column.name for column in DISCHARGES if column.kind == "day" and column.name in origin.columns}
    allowed = sorted({*MOMENTS, LATER, *days})
    for name, covariate in origin.covariates.items():
        if name in DISCHARGES:
            remedy = "Map it among the columns, or give it another name."
            yield f"{key}.{name}", "has the name of a column of discharges", remedy
        if covariate.known not in allowed:
            yield f"{key}.{name}.known", "has a value that is not allowed", f"Allowed: {', '.join(allowed)}."
        if covariate.codes and covariate.type not in ("category", "flag"):
            what = f"cannot be used with the type {covariate.type}"
            yield f"{key}.{name}.codes", what, 'Use the type "category" or "flag".'


def _mapping(mapping: ColumnMap, column: Column, config: CohortFile, key: str) -> _Faults:
    if mapping.format is not None and (column.kind != "day" or config.clock != "date"):
        yield f"{key}.format", 'is only for days when clock = "date"', "Remove it."
    elif not all(has_calendar_day(form, zone=config.timezone) for form in mapping.formats):
        yield f"{key}.format", "does not give year, month and day", _FORMAT
    if mapping.codes and column.kind in ("integer", "number"):
        if not all(_is_number(code) for code in mapping.codes.values()):
            yield (
                f"{key}.codes",
                f"maps to a text, but {column.name} is a number",
                "Write numbers without quotes.",
            )
    elif mapping.codes and column.kind not in ("code", "flag"):
        yield f"{key}.codes", f"cannot be used: {column.name} has no codes", "Remove it."
    yield from _threshold(mapping, column, key)
    yield from _codes(mapping, column, key)
    allowed = UNITS.get(column.unit, {})
    if mapping.unit and mapping.unit not in allowed:
        remedy = f"Allowed: {', '.join(allowed)}." if allowed else "Remove it."
        yield f"{key}.unit", f"cannot be used for {column.name}", remedy
    types = _VALUE_TYPES.get(column.kind)
    if mapping.value is not None and types is not None and type(mapping.value) not in types[0]:
        yield f"{key}.value", f"does not fit {column.name}", types[1]
    if mapping.value is not None and column.kind == "day":
        date = isinstance(mapping.value, dt.date)
        whole = isinstance(mapping.value, int) and not isinstance(mapping.value, bool)
        if (config.clock == "date" and not date) or (config.clock == "day" and not whole):
            remedy = "Write a date without quotes." if config.clock == "date" else "Write a whole number."
            yield f"{key}.value", f'does not fit clock = "{config.clock}"', remedy


def _threshold(mapping: ColumnMap, column: Column, key: str) -> _Faults:
    if mapping.at_least is not None and (column.kind != "flag" and column.name != "finding"):
        remedy = "It makes yes and no, or a finding, of a number: remove it."
        yield f"{key}.at_least", f"cannot be used for {column.name}", remedy
    elif mapping.at_least is not None and mapping.codes:
        yield f"{key}.at_least", "cannot be used with codes", "Remove one of the two."
    if mapping.add_days and column.kind != "day":
        yield f"{key}.add_days", "is only for days", "Remove it."


def _is_number(code: object) -> bool:
    return isinstance(code, int | float) and not isinstance(code, bool)


def _codes(mapping: ColumnMap, column: Column, key: str) -> _Faults:
    if column.kind != "code":
        return
    allowed = f"Allowed: {', '.join(column.codes)}."
    if mapping.value is not None and mapping.value not in column.codes:
        yield f"{key}.value", "has a value that is not allowed", allowed
    if any(code not in column.codes for code in mapping.codes.values()):
        yield f"{key}.codes", "maps to a code that is not allowed", allowed
    if mapping.unknown == "other" and "other" not in column.codes:
        what = 'cannot be "other": the column has no such code'
        yield f"{key}.unknown", what, 'Use "refuse" or "missing".'
