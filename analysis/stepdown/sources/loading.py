"""From a cohort file to a valid cohort, or to every problem at once."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

import numpy as np
import pandas as pd

from stepdown.errors import ConfigError, DataError, IdentifierError, Problem, check_argument
from stepdown.identifiers import anonymity
from stepdown.schema import Cohort, InputFile, Schedule
from stepdown.sources.check.identifier_check import Guarded, guard_files, identifiers_in
from stepdown.sources.check.missing_numbers import missing_number_problems
from stepdown.sources.check.table_rules import cross_problems, table_problems
from stepdown.sources.check.table_warnings import row_warnings, table_warnings
from stepdown.sources.ctn0094.published_tables import read_tables
from stepdown.sources.ctn0094.trial_designs import designs
from stepdown.sources.ctn0094.trial_tables import build
from stepdown.sources.map.canonical_tables import Built, build_tables, row_count_problems
from stepdown.sources.map.client_id_forms import joined_ids
from stepdown.sources.map.cohort_file import CohortFile, NamedSource
from stepdown.sources.map.cohort_file_rules import read_cohort_file
from stepdown.sources.map.plain_columns import plain_table
from stepdown.sources.map.site_attributes import site_covariates
from stepdown.sources.read.files import file_hash, headed, read_file
from stepdown.sources.read.raw_tables import EXCEL, Raw, ReadError, suffix
from stepdown.sources.read.sheets import other_sheets
from stepdown.sources.read.workbooks import first_sheet
from stepdown.sources.safe_errors import quiet


@dataclass(eq=False, kw_only=True)
class _Outcome:
    """What reading a cohort file gave: a cohort or problems."""

    config: CohortFile
    name: str
    sha256: str = ""
    files: dict[tuple[str, str | None], Raw] = field(default_factory=dict)
    tables: dict[str, Built] = field(default_factory=dict)
    guarded: Guarded = field(default_factory=Guarded)
    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class CheckedCohort:
    """What `check` finds.

    Attributes
    ----------
    problems : tuple of Problem
        What stops a load.
    warnings : tuple of Problem
        What does not, and a person should look at; none while there are problems of the cohort file itself.
    """

    problems: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()


def load(path: str | Path) -> Cohort:
    """Return what `own_rows.load` does, problems with the rows of the files that the cohort file names."""
    check_argument("path", path, (str, Path), "Give the path of a cohort file.", ConfigError)
    path = Path(path)
    outcome = _read(path)
    return _cohort(outcome, (InputFile(name=path.name, sha256=outcome.sha256, rows=0),))


def files_of(path: Path) -> list[Path]:
    """Return a cohort file and every file of data that it names, whether they are there or not.

    Raises
    ------
    ConfigError
        The cohort file cannot be read, or is not valid.
    """
    config = read_cohort_file(path)
    if config.source is not None:
        return [path, *sorted(one for one in config.source.within(path.parent).rglob("*") if one.is_file())]
    return [path, *(path.parent / name for name in dict.fromkeys(one.file for one in config.origins))]


@quiet
def load_frames(config: CohortFile, frames: Mapping[str, Raw], *, name: str) -> Cohort:
    """Check and type frames as the data of a cohort file are; errors as for `load`.

    Parameters
    ----------
    config : CohortFile
        What maps to what; its files are the names of the frames.
    frames : mapping of str to Raw
        The frames by name.
    name : str
        What problems of the maps are named after.
    """
    outcome = _Outcome(config=config, name=name)
    outcome.files = {
        (key, None): replace(
            raw, table=plain_table(headed(raw.table, config.sources(key, None)), config.missing)
        )
        for key, raw in frames.items()
    }
    _map_files(outcome)
    _check_tables(outcome)
    return _cohort(outcome, ())


def checked_cohort(path: str | Path) -> CheckedCohort:
    """Return what `own_rows.checked_cohort` does, with the rows of the files that the cohort file names."""
    check_argument("path", path, (str, Path), "Give the path of a cohort file.", ConfigError)
    try:
        outcome = _read(Path(path))
    except ConfigError as error:
        return CheckedCohort(problems=error.problems)
    warnings = [*outcome.warnings, *row_warnings(outcome.tables)]
    return CheckedCohort(problems=tuple(outcome.problems), warnings=tuple(warnings))


@quiet
def _read(path: Path) -> _Outcome:
    # Hashed with its reading, not at the end: a file may be saved again meanwhile.
    outcome = _Outcome(config=read_cohort_file(path), name=path.name, sha256=file_hash(path))
    if outcome.config.source is not None:
        _source(outcome, outcome.config.source, path)
    else:
        _files(outcome, path)
    _check_tables(outcome)
    return outcome


def _check_tables(outcome: _Outcome) -> None:
    if "discharges" in outcome.tables:
        outcome.tables, found = joined_ids(outcome.tables)
        outcome.warnings += found
    for built in outcome.tables.values():
        outcome.problems += table_problems(built, data_cut=outcome.config.data_cut_day)
    if "discharges" in outcome.tables:
        dated = outcome.config.clock == "date"
        outcome.problems += cross_problems(outcome.tables, dated=dated)
        outcome.warnings += table_warnings(outcome.tables)
    outcome.problems = list(dict.fromkeys(outcome.problems))


def _source(outcome: _Outcome, source: NamedSource, path: Path) -> None:
    """Read a public data set by its own reader; the guard checks all its columns too."""
    read = read_tables(source.within(path.parent), format=source.format, patterns=source.patterns)
    outcome.files = {(raw.name, None): raw for raw in read.raws.values()}
    outcome.problems += read.problems
    outcome.guarded = guard_files(outcome.config, outcome.files, file=path.name, roles=read.roles)
    outcome.problems += outcome.guarded.problems
    if not read.problems:
        outcome.tables, found = build(read.frames, designs(), patterns=source.patterns)
        outcome.problems += found


def _files(outcome: _Outcome, path: Path) -> None:
    """Read the files that the cohort file maps, and make the tables."""
    config = outcome.config
    for origin in config.origins:
        key = (origin.file, origin.sheet)
        if key in outcome.files:
            continue
        try:
            known = config.sources(*key)
            # A table of events without rows is one in which nothing happened; a cohort has discharges.
            events = all(one.table != "discharges" for one in config.origins if one.place == key)
            raw = read_file(path.parent / origin.file, sheet=origin.sheet, known=known, may_be_empty=events)
            outcome.files[key] = replace(raw, place=_place(path.parent, origin.file, origin.sheet))
        except ReadError as error:
            outcome.problems += error.problems
    outcome.problems += missing_number_problems(config, outcome.files)
    outcome.files = {
        key: replace(raw, table=plain_table(raw.table, config.missing)) for key, raw in outcome.files.items()
    }
    outcome.problems += row_count_problems(config, outcome.files)
    _map_files(outcome)
    outcome.problems += _sheets_not_mapped(outcome, path)


def _place(folder: Path, file: str, sheet: str | None) -> str:
    """Return what a person calls the rows of a file: by sheet, or by folder, as of a working copy."""
    if suffix(file) in EXCEL:
        return f"{PurePosixPath(file).name}, sheet {sheet or first_sheet(folder / file)}"
    return file if "/" in file and not file.startswith(("/", "..")) else ""


def _sheets_not_mapped(outcome: _Outcome, path: Path) -> list[Problem]:
    """Look for identifiers in the sheets that no map reads, and name these sheets."""
    config = outcome.config
    mapped: dict[str, set[str | None]] = {}
    for origin in config.origins:
        mapped.setdefault(origin.file, set()).add(origin.sheet)
    problems: list[Problem] = []
    for file, names in mapped.items():
        try:
            sheets = other_sheets(path.parent / file, names)
        except ReadError:
            continue  # named as a problem of the sheet that is mapped
        for sheet in sheets:
            outcome.warnings.append(
                Problem(
                    table=sheet.label,
                    what="is not mapped",
                    remedy="Map it in the cohort file, or leave it if the study does not need it.",
                )
            )
            if sheet.raw is not None and config.basis != "own_operations":
                problems += identifiers_in(replace(sheet.raw, name=sheet.label), config)
    return problems


def _map_files(outcome: _Outcome) -> None:
    """Look for identifiers, and make the tables."""
    config = outcome.config
    outcome.guarded = guard_files(config, outcome.files, file=outcome.name)
    outcome.problems += outcome.guarded.problems
    outcome.tables, found = build_tables(config, outcome.files)
    outcome.problems += found


def _cohort(outcome: _Outcome, own: tuple[InputFile, ...]) -> Cohort:
    if outcome.guarded.problems:
        raise IdentifierError(outcome.problems)
    if outcome.problems:
        raise DataError(outcome.problems)
    config = outcome.config
    frames = {name: built.frame for name, built in outcome.tables.items()}
    discharges = outcome.tables["discharges"]
    if config.basis == "own_operations":
        frames = _recoded(frames)
    frames["discharges"] = _derived(frames["discharges"], discharges.mapped, config)
    frames["discharges"], of_sites = site_covariates(frames["discharges"], config.sites)
    end = frames["services"]["end_day"].fillna(frames["services"]["start_day"])
    frames["services"] = frames["services"].assign(end_day=end)
    schedule = config.schedule
    files = {(raw.name, raw.sha256): raw for raw in outcome.files.values()}
    inputs = [InputFile(name=raw.name, sha256=raw.sha256, rows=raw.table.num_rows) for raw in files.values()]
    return Cohort(
        **frames,
        basis=config.basis,
        clock=config.clock,
        data_cut=config.data_cut_day,
        schedule=None if schedule is None else Schedule(**schedule.model_dump()),
        sites=config.site_labels,
        covariates=(*discharges.covariates, *of_sites),
        allowed=dict(config.allow),
        dropped=outcome.guarded.dropped,
        inputs=(*own, *inputs),
        anonymity=anonymity(frames["discharges"]),
    )


def _recoded(frames: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Replace the provider's own ids of clients by numbers in the order of the ids.

    Draws of a bootstrap and of imputations follow these numbers, so that the order of rows must not matter.
    """
    clients = pd.Index(frames["discharges"]["client_id"].unique()).sort_values()
    new = {}
    for name, frame in frames.items():
        labels = pd.Series(clients.get_indexer(frame["client_id"]) + 1).astype(str)
        new[name] = frame.assign(client_id=labels.astype("string[pyarrow]"))
    return new


def _derived(frame: pd.DataFrame, mapped: frozenset[str], config: CohortFile) -> pd.DataFrame:
    made = {}
    if "episode_id" not in mapped or config.basis == "own_operations":
        made["episode_id"] = pd.Series(np.arange(1, len(frame) + 1)).astype(str).astype("string[pyarrow]")
    if "quarter" not in mapped and config.clock == "date" and config.basis != "safe_harbor":
        made["quarter"] = _quarters(frame["discharge_day"])
    return frame.assign(**made)


def _quarters(day: pd.Series) -> pd.Series:
    """Label such as 2026Q3 of a day since 1970-01-01."""
    months = (
        day.to_numpy(dtype="int64", na_value=0).astype("datetime64[D]").astype("datetime64[M]").astype(int)
    )
    quarters = pd.Series(months // 3)
    names = {number: f"{1970 + number // 4}Q{number % 4 + 1}" for number in quarters.unique()}
    return quarters.map(names).astype("string[pyarrow]").where(day.notna().to_numpy(), pd.NA)
