"""The files of a new project: which table each holds, and what its columns seem to be."""

import datetime as dt
import os
from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa

from stepdown.errors import ConfigError, DataError, Problem
from stepdown.identifiers import scan, snake
from stepdown.schema import OBSERVATIONS, TABLES, Basis, Clock
from stepdown.sources.init.date_guesses import one_format
from stepdown.sources.init.guesses import Guess, find, guess_table, missing_tokens, words, yes_of
from stepdown.sources.init.project_text import NewFile
from stepdown.sources.init.working_copy import roles
from stepdown.sources.map.dates import days
from stepdown.sources.map.plain_columns import as_text, plain_table
from stepdown.sources.read.files import read_file
from stepdown.sources.read.raw_tables import SUFFIXES, Raw, ReadError, suffix

_EVENT_TABLES = {"positive": "observations", "death": "observations", "followup_end": "followup"}
_ORDER = tuple(table.name for table in TABLES)
_DAYS = frozenset(column.name for table in TABLES for column in table if column.kind == "day")
# The time beside an indicator, as in survival objects of R.
_TIMES = ("time", "days", "futime", "followup_time", "followup_days", "follow_up_days")
_SIGNS_OF_A_HEADER = _DAYS | {"client_id"}


def read_parts(path: Path, out: Path) -> tuple[list[NewFile], tuple[str, ...], tuple[str, ...]]:
    """Read a file, or the files of a folder, and guess what they hold.

    Parameters
    ----------
    path : Path
        A file, or a folder with a file a table.
    out : Path
        Folder of the project, from which the files will be found.

    Returns
    -------
    parts : list of NewFile
        In the order of the canonical tables.
    missing : tuple of str
        Usual texts for missing values that the files hold.
    unused : tuple of str
        Files whose names match no table.

    Raises
    ------
    ConfigError
        No file seems to hold discharges.
    DataError
        A file cannot be read.
    """
    paths = (
        [path] if path.is_file() else sorted(file for file in path.iterdir() if suffix(file.name) in SUFFIXES)
    )
    tables = {file: "discharges" if len(paths) == 1 else _table_of(file) for file in paths}
    used: dict[Path, str] = {}
    for file in paths:
        # One file a table; a second one of the same kind is left to the person.
        if tables[file] and tables[file] not in used.values():
            used[file] = tables[file]
    if "discharges" not in used.values():
        raise ConfigError(
            [
                Problem(
                    table=path.name,
                    what="has no file that seems to hold discharges",
                    remedy="Name it discharges, with one of the endings " + ", ".join(SUFFIXES) + ".",
                )
            ]
        )
    raws: dict[Path, Raw] = {}
    problems: list[Problem] = []
    for file in used:
        try:
            raws[file] = read_file(file)
        except ReadError as error:
            problems += error.problems
    if problems:
        raise DataError(problems)
    tokens = dict.fromkeys(token for raw in raws.values() for token in missing_tokens(raw.table))
    parts = [
        _part(raw, used[file], file, out, tuple(tokens), alone=len(used) == 1) for file, raw in raws.items()
    ]
    if unknown := [
        _no_header(file.name) for file, part in zip(raws, parts, strict=True) if not _headed(part)
    ]:
        raise DataError(unknown)
    unused = tuple(file.name for file in paths if file not in used)
    parts = sorted(_one_clock(parts), key=lambda part: _ORDER.index(part.table))
    return parts, tuple(tokens), unused


def _headed(part: NewFile) -> bool:
    """Return whether a column has the usual name of a client id or a day; other names may be data."""
    return bool(part.client or part.events) or any(guess.name in _SIGNS_OF_A_HEADER for guess in part.guesses)


def _no_header(name: str) -> Problem:
    what = "has no column with a usual name of a client id or a day; its first row may be a client"
    return Problem(
        table=name,
        what=what,
        remedy="Put column names in the first row, such as client_id and discharge_date.",
    )


def _table_of(file: Path) -> str:
    name = file.name.lower()
    return next(
        (table for table, names in words()["tables"].items() if any(word in name for word in names)), ""
    )


def _part(raw: Raw, table: str, file: Path, out: Path, tokens: Sequence[str], *, alone: bool) -> NewFile:
    data = plain_table(raw.table, tokens)
    guesses = _without_names(guess_table(table, data), data)
    taken = {guess.source for guess in guesses}
    events = []
    if alone:
        for event, names in words()["events"].items():
            guess = find(OBSERVATIONS["day"], data, names, taken=taken)
            if guess is not None and not guess.doubt:
                taken.add(guess.source)
                events.append((_EVENT_TABLES.get(event, "services"), event, guess))
        known = next((guess for kind, _, guess in events if kind == "followup"), None)
        end = known or find(OBSERVATIONS["day"], data, _TIMES, taken=taken)
        flagged = _flagged(data, end, taken) if end is not None and not end.doubt else []
        events += flagged
        if flagged and end is not None and known is None:
            events.append(("followup", "followup_end", end))
    unified = one_format([*guesses, *(guess for *_, guess in events)], raw, data)
    guesses = unified[: len(guesses)]
    events = [(*event[:2], guess) for event, guess in zip(events, unified[len(guesses) :], strict=True)]
    return NewFile(
        table=table,
        file=Path(os.path.relpath(file.resolve(), out.resolve())).as_posix(),
        data=data,
        guesses=tuple(guesses),
        client=next((guess.source for guess in guesses if guess.name == "client_id" and not guess.doubt), ""),
        events=tuple(events),
    )


def _flagged(data: pa.Table, end: Guess, taken: Collection[str]) -> list[tuple[str, str, Guess]]:
    """Return events that a column of yes and no shows; they happened on the day on which follow-up ended."""
    found = []
    for event in ("positive", "death"):
        named = [snake(name) for name in words()["events"][event]]
        for name in data.column_names:
            yes = yes_of(data[name]) if snake(name) in named and name not in taken else None
            if yes is not None:
                note = "an indicator gives no day: is this the day of the event?"
                guess = replace(end, name="day", when={name: yes}, note=note)
                found.append(("observations", event, guess))
    return found


def _without_names(guesses: Sequence[Guess], data: pa.Table) -> list[Guess]:
    """Doubt codes that hold a word of a column of names; such a column is neither copied nor shown."""
    if not any(guess.doubt and guess.options for guess in guesses):
        return list(guesses)
    columns = dict(zip(data.column_names, data.columns, strict=True))
    named = [found.column for found in scan(columns, basis="limited_data_set") if "names" in found.what]
    texts = [text for name in named for text in as_text(columns[name]).unique().drop_null().to_pylist()]
    words_of = {word for text in texts for word in text.lower().split()}
    return [
        Guess(
            name=guess.name, source=guess.source, doubt="some of its values hold names: write codes instead"
        )
        if guess.doubt
        and any(words_of & {*label.lower().split()} for label in guess.options.get("codes", ()))
        else guess
        for guess in guesses
    ]


def without_identifiers(part: NewFile, basis: Basis) -> NewFile:
    """Mark columns that the guard would stop; of their values nothing may enter the cohort file."""
    columns = dict(zip(part.data.column_names, part.data.columns, strict=True))
    noticed = {finding.column: finding.what for finding in scan(columns, basis=basis, roles=roles(part))}
    guesses = [
        Guess(name=guess.name, source=guess.source, doubt=f"it seems to hold {noticed[guess.source]}")
        if guess.source in noticed
        else guess
        for guess in part.guesses
    ]
    events = tuple(event for event in part.events if event[2].source not in noticed)
    return replace(part, guesses=tuple(guesses), events=events, noticed=noticed)


def _one_clock(parts: Sequence[NewFile]) -> list[NewFile]:
    """Doubt whole days where other columns hold dates: the two cannot be on one clock."""
    if not any(guess.date and not guess.doubt for part in parts for guess in part.maps):
        return list(parts)

    def doubted(guess: Guess) -> Guess:
        whole = guess.name in _DAYS and not guess.date and not guess.doubt
        return replace(guess, doubt="it holds whole days, and other columns hold dates") if whole else guess

    return [
        replace(
            part,
            guesses=tuple(doubted(guess) for guess in part.guesses),
            events=tuple(event for event in part.events if not doubted(event[2]).doubt),
        )
        for part in parts
    ]


def clock_of(parts: Sequence[NewFile]) -> tuple[Clock, str]:
    """Return the clock, and the latest date as the data cut."""
    latest = [
        int(np.max(whole[kept]))
        for part in parts
        for guess in part.maps
        if guess.date and not guess.doubt and guess.name not in ("appointment_day", "due_day")
        for whole, gone, _ in [days(part.data[guess.source], guess.options.get("format"))]
        for kept in [~gone & (whole >= guess.between[0]) & (whole <= guess.between[1])]
        if kept.any()
    ]
    if not latest:
        return "day", ""
    return "date", (dt.date(1970, 1, 1) + dt.timedelta(days=max(latest))).isoformat()
