"""A working copy of a provider's own files: random ids, only the mapped columns, and codes for their texts.

Dates are kept as they are, except under safe_harbor: there each client's days are counted from the client's
first discharge, or from the first date of any mapped column where no discharge is dated. Rows are put in the
order of the random ids, so that the order of the files reveals nothing.
"""

import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from stepdown.identifiers import Role, scan
from stepdown.schema import TABLES
from stepdown.sources.init.date_guesses import BIRTH
from stepdown.sources.init.guesses import Guess
from stepdown.sources.init.new_file import NewFile
from stepdown.sources.init.source_rows import SourceRows
from stepdown.sources.map.client_id_forms import as_written
from stepdown.sources.map.dates import days
from stepdown.sources.map.plain_columns import as_text, plain, shape

OLDEST, STORED = 89, 90
LEFT_OUT = "left out of the copy"
_NEVER = np.iinfo(np.int64).max
_IDS = 10**8
_AGE = "age (worked out)"
_CENTURY, _YEAR, _LONGEST_LIFE = 36_525, 365.25, 120


@dataclass(frozen=True, eq=False, kw_only=True)
class Copy:
    """Files with random ids, and what was taken out of them.

    Attributes
    ----------
    parts : tuple of NewFile
        The copies, mapped as the originals were, with days for dates.
    frames : tuple of DataFrame
        Their rows, all cells text.
    key : DataFrame
        `client_id` (random) beside `source_id`; for a person to keep apart, or to throw away.
    dropped : tuple of str
        Columns left out, as "file: column".
    """

    parts: tuple[NewFile, ...]
    frames: tuple[pd.DataFrame, ...]
    key: pd.DataFrame
    dropped: tuple[str, ...]

    @property
    def texts(self) -> dict[str, str]:
        """The files as CSV, by their names in the project."""
        return {
            part.file: frame.to_csv(index=False, lineterminator="\n")
            for part, frame in zip(self.parts, self.frames, strict=True)
        }


def working_copy(parts: Sequence[NewFile], *, dates_kept: bool, ids: Mapping[str, str] | None = None) -> Copy:
    """Make copies with random ids and only the mapped columns.

    Parameters
    ----------
    parts : sequence of NewFile
        Files whose client ids are mapped; they share the ids.
    dates_kept : bool
        Dates stay dates; otherwise they become days on each client's own clock.
    ids : mapping of str to str, optional
        Random id by the provider's id, of clients that had one before.

    Returns
    -------
    Copy
    """
    sources = client_ids(parts, ids or ())
    clients = pd.Index(pd.concat(sources, ignore_index=True).dropna().unique())
    labels = np.array(_labels(clients, ids or {}), dtype=object)
    rank = np.zeros(max(len(labels), 1), dtype=np.int64)
    rank[np.argsort(labels)] = np.arange(len(labels))
    codes = [clients.get_indexer(source).astype(np.int64) for source in sources]
    dates = [_dates(part) for part in parts]
    zero = _first_days(parts, dates, codes, len(clients))
    copies, frames, dropped = [], [], []
    for part, who, by_name in zip(parts, codes, dates, strict=True):
        kept, left_out = _kept(part)
        gone, coded = missing_of(part), _coded(part)
        frame = pd.DataFrame({"client_id": pd.Series(labels, dtype=object).reindex(who).to_numpy()})
        for name in kept:
            days_of = by_name.get(name)
            if days_of is None:
                texts = as_text(plain(part.data[name], gone.get(name, ()))).to_pandas()
                frame[name] = texts.map(coded[name]) if name in coded else texts
            else:
                frame[name] = _iso(days_of) if dates_kept else _own(days_of, who, zero)
        copy = _mapped(part, frame, dates_kept=dates_kept)
        if part.age in frame:
            ages = frame[part.age]
            frame[part.age] = _capped(ages, months=part.age_in_months)
            if not frame[part.age].equals(ages):
                copy = _noted(copy, "age", "ages over 89 are written as 90")
        order = np.argsort(np.where(who < 0, len(rank), rank[who]), kind="stable")
        rows = part.rows or SourceRows(
            files=[(part.label, part.raw)],
            file=np.zeros(len(frame), dtype=np.int64),
            row=np.arange(len(frame)),
        )
        frames.append(frame.take(order).reset_index(drop=True))
        copies.append(replace(copy, rows=rows.take(order)))
        dropped += [f"{PurePath(part.file).name}: {name}" for name in left_out]
    key = pd.DataFrame({"client_id": labels, "source_id": clients}).sort_values(
        "client_id", ignore_index=True
    )
    return Copy(parts=tuple(copies), frames=tuple(frames), key=key, dropped=tuple(dropped))


def with_age(part: NewFile) -> NewFile:
    """Return a file with the age at discharge, from the date of birth, where it gives no age itself."""
    birth = next((guess for guess in part.dates if guess.name == BIRTH), None)
    by_name = {guess.name: guess for guess in part.guesses if guess.date and not guess.doubt}
    index = by_name.get("discharge_day", by_name.get("admit_day"))
    if birth is None or index is None or part.age:
        return part
    born, unborn, _ = days(part.data[birth.source], birth.options.get("format"))
    then, never, _ = days(part.data[index.source], index.options.get("format"))
    # A year of two figures may be read as one of this century.
    born = np.where(born > then, born - _CENTURY, born)
    age = np.floor((then - born) / _YEAR)
    wrong = unborn | never | (age < 0) | (age > _LONGEST_LIFE)
    ages = pa.array(np.where(wrong, 0, age).astype(np.int64), mask=wrong)
    note = f'at discharge, from "{birth.source}", which is not kept'
    return replace(
        part,
        data=part.data.append_column(_AGE, pa.chunked_array([ages])),
        guesses=(*part.guesses, Guess(name="age", source=_AGE, note=note)),
    )


def client_ids(parts: Sequence[NewFile], earlier: Collection[str] = ()) -> list[pd.Series]:
    """Return the client ids of each file, written as earlier, and else as the discharges write them.

    An id is that of a client where the two differ only in leading zeros, spaces, capitals or a final ".0",
    and only one client is so written.
    """
    sources = [as_text(part.data[part.client]).to_pandas() for part in parts]
    if earlier:
        sources = [as_written(source, pd.Series([*earlier], dtype=object)) for source in sources]
    stays = [source for part, source in zip(parts, sources, strict=True) if part.table == "discharges"]
    known = pd.Series(pd.concat(stays or sources).dropna().unique())
    return [as_written(source, known) for source in sources]


def _labels(clients: pd.Index, ids: Mapping[str, str]) -> list[str]:
    """Return the labels that clients had before, and new random ones for the others."""
    if not ids:
        return _random_ids(len(clients))
    fresh = iter(_random_ids(sum(client not in ids for client in clients), set(ids.values())))
    return [ids[client] if client in ids else next(fresh) for client in clients]


def _random_ids(count: int, taken: Collection[str] = ()) -> list[str]:
    """Return different random labels; they reveal nothing about the person or the order."""
    found: dict[str, None] = {}
    while len(found) < count:
        drawn = np.frombuffer(secrets.token_bytes(8 * (count - len(found))), dtype=np.uint64) % _IDS
        found |= dict.fromkeys(label for number in drawn.tolist() if (label := f"{number:08d}") not in taken)
    return list(found)


def _dates(part: NewFile) -> dict[str, NDArray[np.int64]]:
    """Return days since 1970-01-01 of the mapped dates; `_NEVER` where missing."""
    found = {}
    for guess in part.maps:
        if guess.date and not guess.doubt:
            whole, missing, _ = days(part.data[guess.source], guess.options.get("format"))
            far = (whole < guess.between[0]) | (whole > guess.between[1])
            found[guess.source] = np.where(missing | far, _NEVER, whole)
    return found


def _first_days(
    parts: Sequence[NewFile],
    dates: Sequence[Mapping[str, NDArray[np.int64]]],
    codes: Sequence[NDArray[np.int64]],
    clients: int,
) -> NDArray[np.int64]:
    """Return the first discharge of each client, or the first date of any kind where none is dated."""
    zero, discharged = np.full(clients + 1, _NEVER), np.full(clients + 1, _NEVER)
    for part, by_name, who in zip(parts, dates, codes, strict=True):
        ends = {guess.source for guess in part.guesses if guess.name == "discharge_day"}
        for name, whole in by_name.items():
            np.minimum.at(discharged if name in ends else zero, who, whole)
    zero = np.where(discharged != _NEVER, discharged, zero)
    zero[-1] = _NEVER
    return zero


def _iso(whole: NDArray[np.int64]) -> pd.Series:
    different, place = np.unique(whole, return_inverse=True)
    held = different != _NEVER
    dates = np.where(held, different, 0).astype("datetime64[D]")
    texts = pd.Series(np.datetime_as_string(dates), dtype=object).where(held, None)
    return texts.take(place).reset_index(drop=True)


def _own(whole: NDArray[np.int64], who: NDArray[np.int64], zero: NDArray[np.int64]) -> pd.Series:
    missing = (whole == _NEVER) | (who < 0)
    day = np.where(missing, 0, whole - np.where(missing, 0, zero[who]))
    return pd.Series(pd.arrays.IntegerArray(day, missing)).astype("string")


def _kept(part: NewFile) -> tuple[list[str], list[str]]:
    """Return the columns that go into the copy, and those left out.

    Only columns with a meaning go in, or codes that a person still has to map; of these not what would stop
    a load under safe_harbor, unless it becomes a day or is the age.
    """
    columns = dict(zip(part.data.column_names, part.data.columns, strict=True))
    noticed = {finding.column for finding in scan(columns, basis="safe_harbor", roles=roles(part))}
    replaced = {guess.source for guess in part.maps if guess.date and not guess.doubt}
    replaced |= {
        guess.source for guess in part.guesses if guess.name in ("age", "quarter") and not guess.doubt
    }
    meant = {guess.source for guess in part.maps if not guess.doubt or "codes" in guess.options}
    meant |= {name for guess in part.maps for name in guess.when}
    unread = {name for name, column in columns.items() if shape(column.type) in ("date", "other")}
    stays = {guess.source for guess in part.guesses if guess.name == "episode_id"}
    into = (meant - (noticed | unread)) | (meant & replaced)
    kept = [name for name in columns if name in into - stays and name != part.client]
    return kept, [name for name in columns if name not in {*kept, part.client}]


def _coded(part: NewFile) -> dict[str, dict[str, str]]:
    """Return the code of each text by column, where all are known: other texts may be about one client."""
    return {
        guess.source: {text: str(code).lower() for text, code in guess.options["codes"].items()}
        for guess in part.guesses
        if "codes" in guess.options and not guess.doubt
    }


def missing_of(part: NewFile) -> dict[str, list[str]]:
    """Return the texts that mean a missing value in single columns."""
    return {guess.source: guess.options["missing"] for guess in part.guesses if "missing" in guess.options}


def roles(part: NewFile) -> dict[str, Role]:
    """Return which columns of a file give only declared codes, or yes and no."""
    declared = next(table for table in TABLES if table.name == part.table)
    kinds = {guess.source: declared[guess.name].kind for guess in part.guesses if not guess.doubt}
    return {source: Role(kind=kind, closed=kind in ("code", "flag")) for source, kind in kinds.items()}


def _capped(ages: pd.Series, *, months: bool) -> pd.Series:
    """Write ages over 89 as 90; they identify."""
    factor = 12 if months else 1
    numbers = pd.to_numeric(ages, errors="coerce")
    return ages.where(~(numbers >= (OLDEST + 1) * factor), str(STORED * factor))


def _mapped(part: NewFile, frame: pd.DataFrame, *, dates_kept: bool) -> NewFile:
    """Map the copy as the original was: days without a format, ids under their own name."""
    guesses = [_remapped(guess, frame, dates_kept) for guess in part.guesses if guess.name != "episode_id"]
    events = tuple((table, event, _remapped(guess, frame, dates_kept)) for table, event, guess in part.events)
    return replace(
        part,
        file=f"data/{part.table}.csv",
        data=pa.Table.from_pandas(frame, preserve_index=False),
        guesses=tuple(guesses),
        client="client_id",
        events=events,
        dates=(),
    )


def _noted(part: NewFile, name: str, note: str) -> NewFile:
    guesses = tuple(replace(guess, note=note) if guess.name == name else guess for guess in part.guesses)
    return replace(part, guesses=guesses)


def _remapped(guess: Guess, frame: pd.DataFrame, dates_kept: bool) -> Guess:
    if guess.name == "client_id":
        return Guess(name="client_id", source="client_id")
    if guess.source not in frame:
        # Nothing of a column that was left out may enter the cohort file.
        doubt = guess.doubt or "it seems to hold identifiers"
        return Guess(name=guess.name, source=guess.source, doubt=f"{LEFT_OUT}: {doubt}")
    done = ("format",) if guess.doubt else ("format", "codes", "unknown")
    options = {key: value for key, value in guess.options.items() if key not in done}
    note = "" if guess.date and not guess.lasting and not guess.note.startswith("from ") else guess.note
    return replace(guess, options=options, date=guess.date and dates_kept, note=note)
