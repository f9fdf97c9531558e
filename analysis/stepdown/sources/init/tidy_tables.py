"""Sheets as programs keep them to canonical tables: stays, sessions, findings and periods of observation.

Used where a copy cannot keep the form of the file: calls in columns of their own, several sheets, title or
total rows. Every column of the result has the name, the codes and the days of the data model; a column whose
codes a person still has to state keeps its own texts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from stepdown.schema import TABLES, Clock, Column, Table
from stepdown.sources.init.call_findings import NEVER, UNREAD, CallFindings, call_findings
from stepdown.sources.init.contact_rows import are_contacts, spans_of, with_intervals, with_no_result
from stepdown.sources.init.guesses import Guess
from stepdown.sources.init.new_file import NewFile
from stepdown.sources.init.one_death import one_death
from stepdown.sources.init.score_columns import scores_of
from stepdown.sources.init.source_rows import FILE, ROW, SourceRows
from stepdown.sources.init.working_copy import client_ids
from stepdown.sources.map.column_maps import UNITS, ColumnMap
from stepdown.sources.map.dates import days
from stepdown.sources.map.plain_columns import as_text, plain
from stepdown.sources.map.values import Target, convert

Ints = NDArray[np.int64]
_TABLES = {table.name: table for table in TABLES}
_LEVELS = ("iop", "php", "outpatient")
SINCE = "a use that a contact found happened after the last one that found none, or discharge"
_OTHERS = ("admission", "incarceration")
_STAY = {"admit_day", "discharge_day", "randomization_day"}
_YEAR = 365.25
# A session so near to the start of care shows its level.
_NEAR = 7


@dataclass(frozen=True, kw_only=True)
class Choices:
    """What a person decides about stays and levels.

    Attributes
    ----------
    join : bool
        Stays of one client that overlap become one.
    level : str
        Level of care of a start that may be IOP or PHP.
    until : int
        Last day, since 1970-01-01, on which an event of any client would have been recorded, where no column
        shows how long clients were observed; `NEVER` where not known.
    """

    join: bool = False
    level: str = "iop"
    until: int = NEVER


@dataclass(frozen=True, eq=False, kw_only=True)
class Tidied:
    """Canonical tables.

    Attributes
    ----------
    parts : tuple of NewFile
        One a table, with maps of canonical columns.
    notes : tuple of str
        What a person should look at, with the rows of the file.
    """

    parts: tuple[NewFile, ...]
    notes: tuple[str, ...]


@dataclass(eq=False)
class _Stays:
    """The stays of one sheet while they are tidied."""

    part: NewFile
    frame: pd.DataFrame
    guesses: list[Guess]
    rows: Ints
    notes: list[str]


def tidy(parts: Sequence[NewFile], *, clock: Clock, choices: Choices) -> Tidied:
    """Make canonical tables of all sheets.

    Parameters
    ----------
    parts : sequence of NewFile
        Sheets whose client ids are mapped.
    clock : str
        Dates, or whole days.
    choices : Choices
        What a person decides.

    Returns
    -------
    Tidied
    """
    frames: dict[str, list[pd.DataFrame]] = {table: [] for table in _TABLES}
    guesses: dict[str, dict[str, Guess]] = {table: {} for table in _TABLES}
    stays: list[_Stays] = []
    said: list[str] = []
    for place, (part, ids) in enumerate(zip(parts, client_ids(parts), strict=True)):
        frame, own = _canonical(part, clock)
        frame, unanswered = with_no_result(part, frame)
        said += unanswered
        frame["client_id"] = ids.astype("string")
        frame[FILE], frame[ROW] = place, np.arange(len(frame))
        if part.table == "discharges" and part.calls and not _STAY & set(frame) and clock == "day":
            # Without any day of the stay, calls count from discharge.
            frame["discharge_day"] = pd.Series(0, index=frame.index, dtype="Int64")
            own.append(Guess(name="discharge_day", source="discharge_day", note="days count from discharge"))
        if part.table == "discharges":
            stays.append(_joined(_Stays(part, frame, own, np.arange(len(frame)), []), join=choices.join))
            frame = stays[-1].frame
        frames[part.table].append(frame)
        guesses[part.table] |= {guess.name: guess for guess in own}
    sessions = frames["services"]
    notes = said + _from_contacts(parts, stays, frames, guesses)
    for stay in stays:
        seen = _last_seen(sessions, stay.frame["client_id"])
        for table, frame in _around(stay, seen, sessions, choices).items():
            frames[table].append(frame)
            for name in frame.columns.difference([FILE, ROW]):
                guesses[table].setdefault(name, Guess(name=name, source=name))
        notes += stay.notes
    guesses["observations"] |= _unread(frames["observations"])
    if frames["observations"] or frames["discharges"]:
        frames, deaths = one_death(frames)
        notes += deaths
    made = []
    for table, held in frames.items():
        if held and any(len(frame) for frame in held):
            frame = pd.concat([one for one in held if len(one)], ignore_index=True)
            frame = _merged_spans(frame) if table == "followup" else frame
            made.append(_part(table, frame, guesses[table], parts, clock))
    return Tidied(parts=tuple(made), notes=tuple(dict.fromkeys(notes)))


def _from_contacts(
    parts: Sequence[NewFile],
    stays: Sequence[_Stays],
    frames: dict[str, list[pd.DataFrame]],
    guesses: dict[str, dict[str, Guess]],
) -> list[str]:
    """Add what contacts on a sheet of their own show: since when clients used, how long they were seen."""
    found = [part for part in parts if part.table == "observations"]
    known = {"client_id", "discharge_day"}
    ends = [stay.frame[["client_id", "discharge_day"]] for stay in stays if known <= set(stay.frame)]
    shown = any(stay.part.calls or "followup_end" in _events_of(stay.part) for stay in stays)
    if not ends or not all(map(are_contacts, found)) or not found or frames["followup"] or shown:
        return []
    stay_ends = pd.concat(ends, ignore_index=True)
    contacts = [frame for frame in frames["observations"] if {"client_id", "day", "finding"} <= set(frame)]
    if not contacts:
        return []
    if not any("since_day" in frame for frame in contacts):
        contacts = [with_intervals(frame, stay_ends) for frame in contacts]
        guesses["observations"]["since_day"] = Guess(name="since_day", source="since_day", note=SINCE)
    frames["observations"] = contacts
    spans = spans_of(pd.concat(contacts, ignore_index=True), stay_ends)
    spans[FILE], spans[ROW] = -1, -1
    frames["followup"].append(spans)
    days_of = ("client_id", "start_day", "end_day")
    guesses["followup"] |= {name: Guess(name=name, source=name) for name in days_of}
    return ["clients are taken as observed from discharge to the last contact with a result"]


def _unread(found: Sequence[pd.DataFrame]) -> dict[str, Guess]:
    """Return the guess of findings, some of which are results in words that only a person can read."""
    rows = sum(int((frame["finding"] == UNREAD).sum()) for frame in found if "finding" in frame)
    if not rows:
        return {}
    doubt = f"{rows} results of calls are in words without a usual meaning: run init again with --ask, or"
    codes = {"codes": {UNREAD: "TODO"}}
    doubt += ' write "missing" where they are none'
    return {"finding": Guess(name="finding", source="finding", options=codes, doubt=doubt)}


def _events_of(part: NewFile) -> set[str]:
    return {event for _, event, _ in part.events}


def _canonical(part: NewFile, clock: Clock) -> tuple[pd.DataFrame, list[Guess]]:
    """Return the mapped columns of a sheet as canonical ones, and what is still doubted."""
    table = _TABLES[part.table]
    columns: dict[str, pd.Series] = {}
    guesses = []
    for guess in part.guesses:
        if guess.name == "episode_id":
            continue
        if not guess.doubt:
            columns[guess.name] = _converted(part.data[guess.source], table[guess.name], guess, clock)
            note = f'from "{guess.source}"' + (f"; {guess.note}" if guess.note else "")
            note = guess.note if guess.name == "age" and guess.note else note
            guesses.append(Guess(name=guess.name, source=guess.name, note=note))
        elif "codes" in guess.options:
            columns[guess.name] = as_text(part.data[guess.source]).to_pandas().astype("string")
            guesses.append(replace(guess, source=guess.name))
        else:
            guesses.append(guess)
    frame = pd.DataFrame(columns)
    if part.table == "services" and "level" not in frame and part.level:
        frame["level"] = part.level
        guesses.append(Guess(name="level", source="level", note="from the name of the sheet"))
    return frame, guesses


def _converted(values: pa.ChunkedArray, column: Column, guess: Guess, clock: Clock) -> pd.Series:
    if column.kind == "day" and guess.date:
        return pd.Series(_days(values, guess), dtype="int64").astype("Int64").where(lambda day: day != NEVER)
    options = {key: value for key, value in guess.options.items() if key != "format"}
    mapping = ColumnMap(**{"from": guess.source, **options})
    series, _ = convert(plain(values, mapping.missing), Target(column=column, mapping=mapping, clock="day"))
    if column.kind == "code":
        return series.astype("string")
    return series.astype("string") if column.kind in ("id", "text") else series


def _days(values: pa.ChunkedArray, guess: Guess) -> Ints:
    whole, missing, _ = days(values, guess.options.get("format"))
    far = (whole < guess.between[0]) | (whole > guess.between[1])
    return np.where(missing | far, NEVER, whole)


def _joined(stay: _Stays, *, join: bool) -> _Stays:
    """Join stays of a client that overlap: the first admission, the last discharge, the rest of the last."""
    if not {"admit_day", "discharge_day", "client_id"} <= set(stay.frame):
        return stay
    frame = stay.frame.assign(row=np.arange(len(stay.frame)))
    whole, clash = _overlaps(frame)
    if not clash.any():
        return stay
    rows = stay.part.rows_of(whole["row"].to_numpy()[clash])
    if not join:
        stay.notes.append(f"{clash.sum()} stays overlap another stay of the same client ({rows})")
        return stay
    stay.notes.append(
        f"{clash.sum()} stays that overlap another of the same client are joined with it ({rows})"
    )
    group = np.cumsum(~clash)
    first = whole.groupby(group)["admit_day"].transform("min")
    last = whole.assign(group=group).sort_values(["group", "discharge_day"], kind="stable")
    kept = last.drop_duplicates("group", keep="last").index
    gone = whole.index.difference(kept)
    frame.loc[whole.index, "admit_day"] = first
    frame = frame.drop(index=gone)
    return _kept_stays(stay, frame.drop(columns="row"), frame["row"].to_numpy())


def _overlaps(frame: pd.DataFrame) -> tuple[pd.DataFrame, NDArray[np.bool_]]:
    """Return the stays with both days, by client and day, and which begin before an earlier one has ended."""
    whole = frame.dropna(subset=["client_id", "admit_day", "discharge_day"])
    whole = whole.sort_values(["client_id", "admit_day", "discharge_day"], kind="stable")
    end = whole.groupby("client_id")["discharge_day"].cummax().groupby(whole["client_id"]).shift()
    twice = whole.duplicated(["client_id", "admit_day", "discharge_day"])
    return whole, ((whole["admit_day"] < end).fillna(False) | twice).to_numpy(dtype=bool)


def overlapping(parts: Sequence[NewFile]) -> int:
    """Return how many stays begin before an earlier one of the same client has ended."""
    count = 0
    for part in parts:
        wanted = ("client_id", "admit_day", "discharge_day")
        days_of = tuple(guess for guess in part.guesses if guess.name in wanted and not guess.doubt)
        if part.table == "discharges" and len(days_of) == len(wanted):
            frame, _ = _canonical(replace(part, guesses=days_of), "day")
            count += int(_overlaps(frame)[1].sum())
    return count


def _kept_stays(stay: _Stays, frame: pd.DataFrame, rows: Ints) -> _Stays:
    """Return the stays with some of their rows."""
    return _Stays(stay.part, frame.reset_index(drop=True), stay.guesses, rows, stay.notes)


def _last_seen(sessions: Sequence[pd.DataFrame], clients: pd.Series) -> Ints:
    """Return the last session that each client attended; before all days where there is none."""
    held = [frame for frame in sessions if {"client_id", "start_day"} <= set(frame)]
    if not held:
        return np.full(len(clients), -NEVER)
    frame = pd.concat(held, ignore_index=True)
    if "attended" in frame:
        frame = frame[frame["attended"].fillna(True).astype(bool)]
    last = frame.groupby("client_id")["start_day"].max()
    return clients.map(last).fillna(-NEVER).to_numpy(dtype="int64")


def _around(
    stay: _Stays, seen: Ints, sessions: Sequence[pd.DataFrame], choices: Choices
) -> dict[str, pd.DataFrame]:
    """Return the rows of the other tables that the sheet of the stays holds."""
    part = stay.part
    if "discharge_day" not in stay.frame:
        return {}
    discharge = stay.frame["discharge_day"].fillna(NEVER).to_numpy(dtype="int64")
    data = part.data.take(pa.array(stay.rows))
    by_event = {
        event: _event_days(data, guess)
        for _, event, guess in part.events
        if not guess.since and not guess.doubt
    }
    made = {}
    last = by_event.get("followup_end")
    shown = last is not None or bool(part.calls) or any(guess.since for *_, guess in part.events)
    if not shown and choices.until != NEVER:
        last = np.minimum(by_event.get("death", np.full(len(discharge), NEVER)), choices.until)
    if part.calls or by_event.keys() & {"positive", "death", "followup_end", *_OTHERS}:
        found = call_findings(
            data,
            part.calls,
            discharge,
            form={guess.source: guess.options.get("format") for guess in part.dates},
            use=by_event.get("positive"),
            death=by_event.get("death"),
            last=last,
            others={event: by_event[event] for event in _OTHERS if event in by_event},
            seen=seen,
        )
        _alive(stay, found, seen)
        for table, frame in (("observations", found.observations), ("followup", found.spans)):
            whose = stay.frame[["client_id", FILE, ROW]].reindex(frame["row"]).set_axis(frame.index)
            made[table] = pd.concat([frame.drop(columns="row"), whose], axis=1)
        if not shown and choices.until == NEVER:
            # Events alone show how long those were observed who had one.
            del made["followup"]
        made["observations"] = pd.concat(
            [made["observations"], *_undated(stay, data, discharge)], ignore_index=True
        )
        for what, rows in found.notes.items():
            stay.notes.append(f"{what} ({part.rows_of(stay.rows[np.array(rows)])})")
    if part.scores:
        made["assessments"] = _scores(stay, data, discharge)
    starts = [
        _starts(stay, event, day, sessions, choices)
        for event, day in by_event.items()
        if event in (*_LEVELS, "iop_or_php")
    ]
    if starts:
        made["services"] = pd.concat(starts, ignore_index=True)
    return made


def _scores(stay: _Stays, data: pa.Table, discharge: Ints) -> pd.DataFrame:
    """Return the weekly scores in columns of their own, each on the day on which it was due."""
    frames = []
    for one in stay.part.scores:
        for week, name in one.columns.items():
            value = scores_of(data[name])
            held = np.flatnonzero(~np.isnan(value) & (discharge != NEVER))
            day = pd.array(discharge[held] + 7 * week, dtype="Int64")
            frame = _whose(stay, held).assign(day=day, due_day=day)
            frames.append(frame.assign(instrument=one.instrument, value=value[held]))
    return pd.concat(frames, ignore_index=True)


def _event_days(data: pa.Table, guess: Guess) -> Ints:
    """Return the day of an event by row; `NEVER` where it did not happen, or its day is not known."""
    if guess.date:
        days_of = _days(data[guess.source], guess)
    else:
        numbers = pd.to_numeric(as_text(data[guess.source]).to_pandas(), errors="coerce")
        numbers = (numbers * UNITS["day"][guess.options.get("unit", "days")]).round()
        days_of = np.where(numbers.isna(), NEVER, numbers.fillna(0)).astype(np.int64)
    for name, wanted in guess.when.items():
        texts = as_text(data[name]).to_pandas().astype("string").fillna("").str.lower().str.removesuffix(".0")
        values = [str(one).lower() for one in (wanted if isinstance(wanted, list) else [wanted])]
        days_of = np.where(texts.isin(values), days_of, NEVER)
    return days_of


def _undated(stay: _Stays, data: pa.Table, discharge: Ints) -> list[pd.DataFrame]:
    """Return the findings of events that are known, but not their days."""
    found = []
    for _, event, guess in stay.part.events:
        day = _event_days(data, guess)
        held = np.flatnonzero((day != NEVER) & (discharge != NEVER) & guess.since)
        frame = _whose(stay, held).assign(finding=event)
        found.append(frame.assign(day=day[held], since_day=pd.array(discharge[held], dtype="Int64")))
    return [frame for frame in found if len(frame)]


def _whose(stay: _Stays, held: Ints) -> pd.DataFrame:
    """Return the clients of some stays, and the rows of the file that these are in."""
    return stay.frame[["client_id", FILE, ROW]].iloc[held].reset_index(drop=True)


def _alive(stay: _Stays, found: CallFindings, seen: Ints) -> None:
    """Take the reason "died" from stays after which the client was in contact or in care."""
    if "discharge_reason" not in stay.frame:
        return
    last = pd.Series(-NEVER, index=range(len(stay.frame)))
    if len(found.spans):
        last.loc[found.spans["row"].to_numpy()] = found.spans["end_day"].to_numpy()
    day = stay.frame["discharge_day"].fillna(NEVER).to_numpy(dtype="int64")
    false = (stay.frame["discharge_reason"] == "died").fillna(False).to_numpy(dtype=bool)
    false &= np.maximum(last.to_numpy(), seen) > day
    if false.any():
        rows = stay.part.rows_of(stay.rows[np.flatnonzero(false)])
        stay.notes.append(
            f"died in the stay, but a later contact or session: the reason is left empty ({rows})"
        )
        stay.frame.loc[false, "discharge_reason"] = pd.NA


def _starts(
    stay: _Stays, event: str, day: Ints, sessions: Sequence[pd.DataFrame], choices: Choices
) -> pd.DataFrame:
    held = np.flatnonzero(day != NEVER)
    frame = _whose(stay, held).assign(start_day=pd.array(day[held], dtype="Int64"))
    if event != "iop_or_php":
        return frame.assign(level=event)
    near = [
        one[["client_id", "start_day", "level"]] for one in sessions if {"level", "start_day"} <= set(one)
    ]
    level = pd.Series(choices.level, index=frame.index)
    if near:
        shown = pd.concat(near, ignore_index=True).dropna()
        shown = shown[shown["level"].isin(("iop", "php"))]
        both = frame.reset_index().merge(shown, on="client_id", suffixes=("", "_of_session"))
        gap = (both["start_day_of_session"] - both["start_day"]).abs()
        both = both[gap <= _NEAR].assign(gap=gap).sort_values("gap", kind="stable").drop_duplicates("index")
        level.loc[both["index"].to_numpy()] = both["level"].to_numpy()
    return frame.assign(level=level)


def _merged_spans(frame: pd.DataFrame) -> pd.DataFrame:
    """Join periods of one client that overlap or touch."""
    frame = frame.sort_values(["client_id", "start_day", "end_day"], kind="stable", ignore_index=True)
    end = frame.groupby("client_id")["end_day"].cummax()
    before = end.groupby(frame["client_id"]).shift()
    new = ~(frame["start_day"] <= before).fillna(False).to_numpy(dtype=bool)
    last = frame.assign(group=np.cumsum(new)).sort_values(["group", "end_day"], kind="stable")
    merged = last.drop_duplicates("group", keep="last").set_index("group")
    merged["start_day"] = last.groupby("group")["start_day"].min()
    return merged.reset_index(drop=True)


def _part(
    table: str, frame: pd.DataFrame, guesses: Mapping[str, Guess], parts: Sequence[NewFile], clock: Clock
) -> NewFile:
    """Return a table as a file of the project, its days written as dates."""
    declared: Table = _TABLES[table]
    rows = SourceRows(
        files=[(part.label, part.raw) for part in parts],
        file=frame.pop(FILE).fillna(-1).to_numpy(np.int64),
        row=frame.pop(ROW).fillna(-1).to_numpy(np.int64),
    )
    dated = (
        []
        if clock == "day"
        else [name for name in frame if name in declared and declared[str(name)].kind == "day"]
    )
    for name in dated:
        frame[name] = frame[name].map(_iso, na_action="ignore").astype("string")
    columns = {
        str(name): pa.array(frame[name].astype("string"), from_pandas=True, type=pa.string())
        for name in frame
    }
    first = next((part for part in parts if part.table == table), parts[0])
    kept = tuple(replace(guess, date=guess.name in dated) for guess in guesses.values())
    return NewFile(
        table=table,
        file=first.file,
        data=pa.table({name: pa.chunked_array([values]) for name, values in columns.items()}),
        guesses=kept,
        client="client_id",
        rows=rows,
    )


def _iso(day: int) -> str:
    return str(np.datetime64(int(day), "D"))
