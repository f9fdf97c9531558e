"""The files of a new project: which table each holds, and what its columns seem to be."""

import datetime as dt
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa

from stepdown.errors import ConfigError, DataError, Problem
from stepdown.identifiers import scan
from stepdown.schema import OBSERVATIONS, TABLES, Basis, Clock
from stepdown.sources.init.answers import Answers
from stepdown.sources.init.apply_answers import Said, said_calls, said_columns, said_events, with_codes
from stepdown.sources.init.contact_rows import are_contacts
from stepdown.sources.init.date_guesses import BIRTH, one_format
from stepdown.sources.init.days_after_discharge import with_dated_times, without_codes
from stepdown.sources.init.event_rows import by_client
from stepdown.sources.init.follow_up_calls import Calls, find_calls
from stepdown.sources.init.guesses import Guess, find, fit, guess_table, known, mark_of, missing_tokens, words
from stepdown.sources.init.indicated_events import (
    Events,
    confirmed,
    has_time,
    indicated_events,
    undated,
    with_unit,
)
from stepdown.sources.init.local_days import with_local_days
from stepdown.sources.init.new_file import NewFile, with_row_ids
from stepdown.sources.init.numbered_calls import find_numbered, with_days_due
from stepdown.sources.init.score_columns import Scores, find_scores
from stepdown.sources.init.sheet_roles import level_named
from stepdown.sources.init.sheet_roles import roles as roles_of
from stepdown.sources.init.working_copy import missing_of, roles
from stepdown.sources.map.dates import days
from stepdown.sources.map.plain_columns import as_text, is_missing, plain, plain_table
from stepdown.sources.read.raw_tables import SUFFIXES, suffix
from stepdown.sources.read.sheets import Sheet, read_sheets
from stepdown.sources.teds_d import is_teds_d, refuse_relapse_questions

_EVENT_TABLES = {
    **dict.fromkeys(("positive", "death", "admission", "incarceration"), "observations"),
    "followup_end": "followup",
}
_LEVEL_WORDS = {
    "iop": ("iop", "intensive_outpatient"),
    "php": ("php", "partial_hospitalization", "day_treatment"),
    "outpatient": ("op", "outpatient"),
    "iop_or_php": ("iop_php", "php_iop", "aftercare", "step_down", "stepdown", "continuing_care"),
}
_START_WORDS = ("start", "started", "begin", "began", "admit", "intake", "entry", "entered", "first")
_TO = ("days_to_{0}", "time_to_{0}", "weeks_to_{0}", "months_to_{0}")
_ORDER = tuple(table.name for table in TABLES)
_DAYS = frozenset(column.name for table in TABLES for column in table if column.kind == "day")
_SIGNS_OF_A_HEADER = _DAYS | {"client_id"}


@dataclass(frozen=True, eq=False, kw_only=True)
class NewFiles:
    """The files of a new project.

    Attributes
    ----------
    parts : tuple of NewFile
        In the order of the canonical tables.
    missing : tuple of str
        Usual texts for missing values that the files hold.
    unused : tuple of str
        Files and sheets that are not used, each with the reason.
    notes : tuple of str
        Rows of sheets that are no rows of their tables.
    """

    parts: tuple[NewFile, ...]
    missing: tuple[str, ...]
    unused: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def tidy(self) -> bool:
        """Whether canonical tables have to be made: no map of columns alone could read the files."""
        tables = [part.table for part in self.parts]
        return (
            any(part.calls or part.scores or not part.plain for part in self.parts)
            or any(event == "iop_or_php" for part in self.parts for _, event, _ in part.events)
            or (any(map(are_contacts, self.parts)) and "followup" not in tables)
            or len(set(tables)) < len(tables)
            or (len(tables) > 1 and any(part.events for part in self.parts))
        )


def read_parts(path: Path, out: Path, answers: Answers) -> NewFiles:
    """Read a file, or the files of a folder, and guess what they hold.

    Parameters
    ----------
    path : Path
        A file, or a folder with a file a table.
    out : Path
        Folder of the project, from which the files will be found.
    answers : Answers
        What a person decided.

    Returns
    -------
    NewFiles

    Raises
    ------
    ConfigError
        No file seems to hold discharges, or an answer is about a sheet or column that there is not.
    DesignError
        A file is one of TEDS-D, which answers no question about relapse.
    DataError
        A file cannot be read.
    """
    folder = path.is_dir()
    paths = sorted(file for file in path.iterdir() if suffix(file.name) in SUFFIXES) if folder else [path]
    sheets = [one for file in paths for sheet in read_sheets(file) for one in by_client(sheet)]
    for sheet in sheets:
        if sheet.raw is not None and is_teds_d(sheet.raw.table.column_names):
            # Not a data error: every cell may be right.
            refuse_relapse_questions()
    _answered(answers, sheets)
    used, unused = roles_of(sheets, folder=folder, said=answers.sheets)
    if problems := [problem for position in used for problem in sheets[position].problems]:
        raise DataError(problems)
    if "discharges" not in used.values():
        raise ConfigError(
            [
                Problem(
                    table=path.name,
                    what="has no file or sheet that seems to hold discharges",
                    remedy="One of them needs a column of client ids and one of the day of discharge, such "
                    "as client_id and discharge_date, or the name discharges.",
                )
            ]
        )
    raws = {position: sheets[position].raw for position in used}
    tokens = dict.fromkeys(
        token for raw in raws.values() if raw is not None for token in missing_tokens(raw.table)
    )
    parts = []
    for position, table in used.items():
        part = _part(sheets[position], table, out, tuple(tokens), answers)
        # A map of columns reads the first sheet of a workbook alone.
        whole = not sheets[position].name or sum(sheet.path == sheets[position].path for sheet in sheets) == 1
        plain = sheets[position].plain and whole and not answers.timezone
        parts.append(replace(part, plain=part.plain and plain))
    if unknown := [_no_header(part.label) for part in parts if not _headed(part)]:
        raise DataError(unknown)
    if len(sheets) == 1 and not parts[0].client:
        parts = [with_row_ids(parts[0])]
    parts = sorted(_one_clock(parts), key=lambda part: _ORDER.index(part.table))
    return NewFiles(
        parts=tuple(parts),
        missing=tuple(tokens),
        unused=tuple(f"{sheets[position].label} ({reason})" for position, reason in unused.items()),
        notes=tuple(
            f"{sheets[position].label}: {note} left out"
            for position in used
            for note in sheets[position].left_out
        ),
    )


def _answered(answers: Answers, sheets: Sequence[Sheet]) -> None:
    """Raise a ConfigError where an answer is about a sheet or column that no file has."""
    columns = {name for sheet in sheets if sheet.raw is not None for name in sheet.raw.table.column_names}
    named = {name for sheet in sheets for name in sheet.names}
    remedy = "Check its spelling, or remove it."
    found = [
        Problem(
            table="answers",
            column=f"{key}.{name}",
            what=f"names a {noun} that no file has",
            remedy=remedy,
            kind="answers",
        )
        for key, noun, said, there in (
            ("sheets", "sheet or file", answers.sheets, named),
            ("date_order", "sheet or file", answers.date_order, named),
            ("columns", "column", answers.columns, columns),
        )
        for name in said
        if name not in there
    ]
    if found:
        raise ConfigError(found)


def _headed(part: NewFile) -> bool:
    """Return whether a column has the usual name of a client id or a day; other names may be data."""
    return (
        bool(part.client or part.events)
        or has_time(part.data)
        or any(guess.name in _SIGNS_OF_A_HEADER for guess in part.guesses)
    )


def _no_header(name: str) -> Problem:
    what = "has no column with a usual name of a client id or a day; its first row may be a client"
    return Problem(
        table=name,
        what=what,
        remedy="Put column names in the first row, such as client_id and discharge_date.",
    )


def _part(sheet: Sheet, table: str, out: Path, tokens: Sequence[str], answers: Answers) -> NewFile:
    raw = sheet.raw
    assert raw is not None
    data = with_local_days(plain_table(raw.table, tokens), answers.timezone)
    data, coded = without_codes(data) if table == "discharges" else (data, {})
    data, counted = with_dated_times(data) if table == "discharges" else (data, ())
    said = {name: answers.columns[name] for name in data.column_names if name in answers.columns}
    free = data.drop_columns([name for name, answer in said.items() if answer.means])
    guesses = with_codes(
        _without_names(said_columns(guess_table(table, free), table, data, said), data), said
    )
    taken = {guess.source for guess in guesses} | {name for name, answer in said.items() if answer.means}
    events: Events = []
    calls: tuple[Calls, ...] = ()
    scores: tuple[Scores, ...] = ()
    dates: list[Guess] = []
    if table == "discharges":
        births = [name for name, answer in said.items() if answer.means == BIRTH]
        birth = find(OBSERVATIONS["day"], data, words()["birth"][BIRTH], taken=taken)
        birth = fit(OBSERVATIONS["day"], births[0], data[births[0]]) if births else birth
        dates += [replace(birth, name=BIRTH)] if birth is not None and birth.date and not birth.doubt else []
        scores = find_scores(data, taken)
        taken |= {name for one in scores for name in one.columns.values()}
        calls = find_calls(data, taken)
        calls += find_numbered(data, [*taken, *(name for one in calls for name in one.columns)])
        calls = said_calls(calls, data, said)
        taken |= {guess.source for guess in dates} | {name for one in calls for name in one.columns}
        events = said_events(_events(data, taken, said), data, said, _EVENT_TABLES)
        dates += [
            replace(fit(OBSERVATIONS["day"], name, known(data[name])), name=name)
            for one in calls
            for name in (one.date, one.first_use)
            if name
        ]
    dates = [guess for guess in dates if not guess.doubt]
    every = [_with_code(guess, coded) for guess in (*guesses, *(guess for *_, guess in events), *dates)]
    masked = [guess.source for guess in dates if guess.name != BIRTH]
    columns = [known(data[name]) if name in masked else data[name] for name in data.column_names]
    order = next((answers.date_order[name] for name in sheet.names if name in answers.date_order), "")
    unified = one_format(every, raw, pa.Table.from_arrays(columns, data.column_names), order=order)
    calls = with_days_due(calls, data, unified)
    first, second = len(guesses), len(guesses) + len(events)
    return NewFile(
        table=table,
        file=Path(os.path.relpath(sheet.path.resolve(), out.resolve())).as_posix(),
        data=data,
        guesses=tuple(unified[:first]),
        client=next((guess.source for guess in guesses if guess.name == "client_id" and not guess.doubt), ""),
        events=tuple((*event[:2], guess) for event, guess in zip(events, unified[first:second], strict=True)),
        calls=calls,
        scores=scores,
        dates=tuple(unified[second:]),
        level=level_named(sheet.name or sheet.path.stem),
        label=sheet.label,
        sheet=sheet.name,
        raw=raw,
        plain=not (counted or coded),
    )


def _with_code(guess: Guess, coded: Mapping[str, str]) -> Guess:
    """Return the guess of a time with a note of the number that was read as no event."""
    if guess.source not in coded:
        return guess
    return replace(guess, note=f"{guess.note}; {coded[guess.source]}".removeprefix("; "), lasting=True)


def _events(data: pa.Table, taken: set[str], said: Said) -> Events:
    """Return the columns that hold the day of an event, and the indicators of one."""
    events: Events = []
    for event, names in words()["events"].items():
        guess = find(OBSERVATIONS["day"], data, [*names, *_starts(event)], taken=taken, event=event)
        guess = None if guess is None else with_unit(guess, data)
        if guess is not None and not guess.doubt and mark_of(data[guess.source]) is None:
            taken.add(guess.source)
            events.append((_EVENT_TABLES.get(event, "services"), event, guess))
    end = next((guess for kind, _, guess in events if kind == "followup"), None)
    dated = {event: guess for _, event, guess in events}
    indicated, last = indicated_events(data, end=end, taken=taken, said=said, dated=dated)
    events += indicated
    events = [
        (table, event, confirmed(event, undated(event, guess, events, data), data))
        for table, event, guess in events
    ]
    if not any(event == "positive" for _, event, _ in events):
        events += _times_to_event(data, taken)
    if indicated and last is not None and end is None:
        events.append(("followup", "followup_end", replace(last, name="end_day", note="")))
    return events


def _starts(event: str) -> list[str]:
    """Return further names of a day: the first at a level of care, such as started_iop, or days counted."""
    if event == "followup_end":
        return [form.format(name) for name in words()["events"][event] for form in _TO]
    levels = _LEVEL_WORDS.get(event, ())
    both = [pair for level in levels for word in _START_WORDS for pair in ((level, word), (word, level))]
    return ["_".join(pair) + end for end in ("", "_session") for pair in both]


def _times_to_event(data: pa.Table, taken: set[str]) -> Events:
    """Return a time to the first use that is empty where none happened; one on every row shows no event."""
    names = [form.format(name) for name in words()["events"]["positive"] for form in _TO]
    guess = find(OBSERVATIONS["day"], data, names, taken=taken)
    guess = None if guess is None else with_unit(guess, data)
    if guess is None or guess.doubt or not is_missing(data[guess.source]).any():
        return []
    return [("observations", "positive", guess)]


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
    gone = missing_of(part)
    columns = {name: plain(part.data[name], gone.get(name, ())) for name in part.data.column_names}
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


def _days_due(part: NewFile) -> list[int]:
    """Return the last day due of each call that has a result and no date: the call was made by then."""
    start = next((one for one in part.guesses if one.name == "discharge_day" and one.date), None)
    if start is None or start.doubt:
        return []
    whole, gone, _ = days(part.data[start.source], start.options.get("format"))
    gone = gone | (whole < start.between[0]) | (whole > start.between[1])
    found = []
    for call in part.calls:
        made = ~gone & ~is_missing(part.data[call.result])
        made &= is_missing(part.data[call.date]) if call.date else np.True_
        made &= bool(call.due)
        found += [int(whole[made].max()) + call.due] if made.any() else []
    return found


def clock_of(parts: Sequence[NewFile]) -> tuple[Clock, str]:
    """Return the clock, and the latest date as the data cut."""
    latest = [
        int(np.max(whole[kept]))
        for part in parts
        for guess in (*part.maps, *part.dates)
        if guess.date and not guess.doubt and guess.name not in ("appointment_day", "due_day", BIRTH)
        for whole, gone, _ in [days(known(part.data[guess.source]), guess.options.get("format"))]
        for kept in [~gone & (whole >= guess.between[0]) & (whole <= guess.between[1])]
        if kept.any()
    ]
    if not latest:
        return "day", ""
    latest += [day for part in parts for day in _days_due(part)]
    return "date", (dt.date(1970, 1, 1) + dt.timedelta(days=max(latest))).isoformat()
