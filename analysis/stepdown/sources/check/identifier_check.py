"""Every column of every file is checked for identifiers, mapped or not."""

from collections.abc import Mapping
from dataclasses import dataclass

from stepdown.errors import Problem
from stepdown.identifiers import Finding, Role, scan
from stepdown.schema import TABLES, Column
from stepdown.sources.map.cohort_file import CohortFile
from stepdown.sources.map.column_maps import ColumnMap
from stepdown.sources.map.plain_columns import plain
from stepdown.sources.read.raw_tables import Raw

# A category may have so many levels, and in files of many rows one for so many of them.
MOST_LEVELS = 50
_MANY_ROWS, _ROWS_A_LEVEL = 200, 20


@dataclass(frozen=True, kw_only=True)
class Guarded:
    """What the guard found: columns left out, and problems that stop the load."""

    dropped: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()


def guard_files(
    config: CohortFile,
    files: Mapping[tuple[str, str | None], Raw],
    *,
    file: str,
    roles: Mapping[str, Mapping[str, Role]] | None = None,
) -> Guarded:
    """Scan all columns of all files.

    Parameters
    ----------
    config : CohortFile
        Which columns are mapped to what, the basis, and what is allowed.
    files : mapping of (file, sheet) to Raw
        The files that could be read, their columns plain.
    file : str
        Name of the cohort file.
    roles : mapping of str to mapping, optional
        What columns become by file, where a source needs no map.

    Returns
    -------
    Guarded
    """
    dropped: list[str] = []
    problems: list[Problem] = []
    names: set[str] = set()
    for key, raw in files.items():
        known = _roles(config, key) if roles is None else roles[key[0]]
        names.update(raw.table.column_names)
        columns = dict(zip(raw.table.column_names, raw.table.columns, strict=True))
        for name, tokens in _missing(config, key).items():
            if name in columns:
                columns[name] = plain(columns[name], sorted(tokens))
        for finding in scan(columns, basis=config.basis, allow=tuple(config.allow), roles=known):
            if config.basis == "own_operations" and finding.column not in known:
                dropped.append(f"{raw.name}: {finding.column}")
            else:
                problems.append(_problem(raw, finding, mapped=finding.column in known))
    problems += _many_levels(config, files)
    problems += [
        Problem(
            table=file,
            column=f"allow.{name}",
            what=f"names a column that no {next(iter(files.values())).noun} has",
            remedy="Remove it, or check its spelling.",
        )
        for name in config.allow
        if name not in names and files
    ]
    return Guarded(dropped=tuple(dict.fromkeys(dropped)), problems=tuple(dict.fromkeys(problems)))


def identifiers_in(raw: Raw, config: CohortFile) -> list[Problem]:
    """Return what a sheet that is not mapped seems to hold; it is part of a file that is passed on."""
    columns = dict(zip(raw.table.column_names, raw.table.columns, strict=True))
    found = scan(columns, basis=config.basis, allow=tuple(config.allow))
    return [_problem(raw, finding, mapped=False) for finding in found]


def _many_levels(config: CohortFile, files: Mapping[tuple[str, str | None], Raw]) -> list[Problem]:
    """Return the mapped categories with so many levels that they may single out clients."""
    found = []
    for origin in config.origins:
        raw = files.get((origin.file, origin.sheet))
        for name, covariate in origin.covariates.items():
            source = covariate.source
            open_codes = covariate.type == "category" and not covariate.codes
            if raw is None or not open_codes or {name, source} & config.allow.keys():
                continue
            if source not in raw.table.column_names:
                continue
            values = plain(raw.table[source], covariate.missing)
            levels, rows = len(values.unique().drop_null()), len(values)
            if levels > MOST_LEVELS or (rows >= _MANY_ROWS and levels * _ROWS_A_LEVEL > rows):
                what = (
                    f"is a category with {levels:,} levels in {rows:,} rows: reports could single out clients"
                )
                remedy = "Give codes that join them, or the reason under [allow]."
                found.append(Problem(table=raw.name, column=source, what=what, remedy=remedy))
    return found


def _missing(config: CohortFile, key: tuple[str, str | None]) -> dict[str, frozenset[str]]:
    """Return by column the texts that mean a missing value in every map of it."""
    found: dict[str, frozenset[str]] = {}
    for origin in config.origins:
        if (origin.file, origin.sheet) != key:
            continue
        for mapping in (*origin.columns.values(), *(one.mapping for one in origin.covariates.values())):
            if mapping.source is not None:
                tokens = frozenset(mapping.missing)
                found[mapping.source] = found.get(mapping.source, tokens) & tokens
    return {name: tokens for name, tokens in found.items() if tokens}


def _roles(config: CohortFile, key: tuple[str, str | None]) -> dict[str, Role]:
    """Return what each mapped column of one file becomes."""
    declared = {table.name: table for table in TABLES}
    found: dict[str, list[Role]] = {}
    for origin in config.origins:
        if (origin.file, origin.sheet) != key:
            continue
        maps = [(declared[origin.table][name], mapping) for name, mapping in origin.columns.items()]
        maps += [(covariate.column(name), covariate.mapping) for name, covariate in origin.covariates.items()]
        for column, mapping in maps:
            if mapping.source is not None:
                found.setdefault(mapping.source, []).append(_role(column, mapping, config))
        for source in (*origin.when, *origin.unless):
            found.setdefault(source, []).append(Role(kind="code"))
    return {source: _widest(roles) for source, roles in found.items()}


def _role(column: Column, mapping: ColumnMap, config: CohortFile) -> Role:
    return Role(
        kind=column.kind,
        closed=column.kind == "flag" or (column.kind == "code" and bool(column.codes)),
        date=column.kind == "day" and config.clock == "date",
        age=column.name == "age",
        months=mapping.unit == "months",
    )


def _widest(roles: list[Role]) -> Role:
    """Join the roles of a column: mapped twice, it is as open as its most open map."""
    opened = [role for role in roles if not role.closed]
    return Role(
        kind=(opened or roles)[0].kind,
        closed=not opened,
        date=any(role.date for role in roles),
        age=any(role.age for role in roles),
        months=any(role.months for role in roles),
    )


def _problem(raw: Raw, finding: Finding, *, mapped: bool) -> Problem:
    remedy = f"Remove the column from the {raw.noun}" + (" and from the map" if mapped else "")
    allow = "[allow]" if raw.noun == "file" else "allow"
    return Problem(
        table=raw.name,
        column=finding.column,
        what=f"seems to hold {finding.what}",
        remedy=f"{remedy}; if it is not an identifier, give the reason under {allow}.",
    )
