"""A copy of a provider's own files without identifiers: random ids, days for dates, columns left out.

Each client's own clock starts at the first date that any mapped column holds of that client. Rows are
put in the order of the random ids, so that the order of the files reveals nothing.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from stepdown.identifiers import Role, scan
from stepdown.schema import TABLES
from stepdown.sources.init.guesses import Guess
from stepdown.sources.init.project_text import NewFile
from stepdown.sources.map.dates import days
from stepdown.sources.map.plain_columns import as_text, shape

OLDEST = 89
LEFT_OUT = "left out of the copy"
_NEVER = np.iinfo(np.int64).max
_IDS = 10**8
_QUARTER = "made from the discharge date; take it out before the copy leaves your organization"


@dataclass(frozen=True, eq=False, kw_only=True)
class Copy:
    """Files without identifiers, and what was taken out of them.

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


def deidentify(parts: Sequence[NewFile]) -> Copy:
    """Make copies without identifiers.

    Parameters
    ----------
    parts : sequence of NewFile
        Files whose client ids are mapped; they share the ids.

    Returns
    -------
    Copy
    """
    sources = [as_text(part.data[part.client]).to_pandas() for part in parts]
    clients = pd.Index(pd.concat(sources, ignore_index=True).dropna().unique())
    labels = np.array(_random_ids(len(clients)), dtype=object)
    codes = [clients.get_indexer(source).astype(np.int64) for source in sources]
    dates = [_dates(part) for part in parts]
    zero = _first_days(dates, codes, len(clients))
    copies, frames, dropped = [], [], []
    for part, who, by_name in zip(parts, codes, dates, strict=True):
        kept, left_out = _kept(part)
        frame = pd.DataFrame({"client_id": pd.Series(labels).reindex(who).to_numpy()})
        for name in kept:
            days_of = by_name.get(name)
            frame[name] = (
                as_text(part.data[name]).to_pandas() if days_of is None else _own(days_of, who, zero)
            )
        frame = _quarter(frame, part, by_name)
        copy = _mapped(part, frame)
        if part.age in frame:
            ages = frame[part.age]
            frame[part.age] = _capped(ages, months=part.age_in_months)
            if not frame[part.age].equals(ages):
                copy = _noted(copy, "age", "ages over 89 are written as 89")
        frames.append(frame.sort_values("client_id", kind="stable", ignore_index=True))
        copies.append(copy)
        dropped += [f"{PurePath(part.file).name}: {name}" for name in left_out]
    key = pd.DataFrame({"client_id": labels, "source_id": clients}).sort_values(
        "client_id", ignore_index=True
    )
    return Copy(parts=tuple(copies), frames=tuple(frames), key=key, dropped=tuple(dropped))


def _random_ids(count: int) -> list[str]:
    """Return different random labels; they reveal nothing about the person or the order."""
    found: set[int] = set()
    while len(found) < count:
        found.add(secrets.randbelow(_IDS))
    labels = [f"{number:08d}" for number in found]
    secrets.SystemRandom().shuffle(labels)
    return labels


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
    dates: Sequence[Mapping[str, NDArray[np.int64]]], codes: Sequence[NDArray[np.int64]], clients: int
) -> NDArray[np.int64]:
    zero = np.full(clients + 1, _NEVER)
    for by_name, who in zip(dates, codes, strict=True):
        for whole in by_name.values():
            np.minimum.at(zero, who, whole)
    zero[-1] = _NEVER
    return zero


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


def roles(part: NewFile) -> dict[str, Role]:
    """Return which columns of a file give only declared codes, or yes and no."""
    declared = next(table for table in TABLES if table.name == part.table)
    kinds = {guess.source: declared[guess.name].kind for guess in part.guesses if not guess.doubt}
    return {source: Role(kind=kind, closed=kind in ("code", "flag")) for source, kind in kinds.items()}


def _quarter(frame: pd.DataFrame, part: NewFile, dates: Mapping[str, NDArray[np.int64]]) -> pd.DataFrame:
    """Add the quarter of the discharge, which days on each client's own clock no longer show."""
    source = next((guess.source for guess in part.guesses if guess.name == "discharge_day"), "")
    if source not in dates or "quarter" in frame:
        return frame
    whole = dates[source]
    months = (
        np.where(whole == _NEVER, 0, whole).astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    )
    labels = pd.Series([f"{1970 + month // 12}Q{month % 12 // 3 + 1}" for month in months.tolist()])
    return frame.assign(quarter=labels.where(whole != _NEVER))


def _capped(ages: pd.Series, *, months: bool) -> pd.Series:
    """Write ages over 89 as 89; they identify."""
    factor = 12 if months else 1
    numbers = pd.to_numeric(ages, errors="coerce")
    return ages.where(~(numbers >= (OLDEST + 1) * factor), str(OLDEST * factor))


def _mapped(part: NewFile, frame: pd.DataFrame) -> NewFile:
    """Map the copy as the original was: days without a format, ids and quarter under their own names."""
    guesses = [_remapped(guess, frame) for guess in part.guesses if guess.name != "episode_id"]
    events = tuple((table, event, _remapped(guess, frame)) for table, event, guess in part.events)
    names = {guess.name for guess in guesses}
    if part.table == "discharges" and "quarter" in frame and "quarter" not in names:
        guesses.append(Guess(name="quarter", source="quarter", note=_QUARTER))
    return replace(
        part,
        file=f"data/{part.table}.csv",
        data=pa.Table.from_pandas(frame, preserve_index=False),
        guesses=tuple(guesses),
        client="client_id",
        events=events,
    )


def _noted(part: NewFile, name: str, note: str) -> NewFile:
    guesses = tuple(replace(guess, note=note) if guess.name == name else guess for guess in part.guesses)
    return replace(part, guesses=guesses)


def _remapped(guess: Guess, frame: pd.DataFrame) -> Guess:
    if guess.name == "client_id":
        return Guess(name="client_id", source="client_id")
    if guess.source not in frame:
        # Nothing of a column that was left out may enter the cohort file.
        doubt = guess.doubt or "it seems to hold identifiers"
        return Guess(name=guess.name, source=guess.source, doubt=f"{LEFT_OUT}: {doubt}")
    options = {key: value for key, value in guess.options.items() if key != "format"}
    return replace(
        guess, options=options, date=False, note="" if guess.date and not guess.lasting else guess.note
    )
