"""Guess the meaning of the columns of a user's file, from names, types and ranges."""

import re
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from stepdown.identifiers import common_names, snake
from stepdown.schema import TABLES, Clock, Column
from stepdown.schema.declarations import shipped_toml
from stepdown.sources.check.rows import held
from stepdown.sources.init.column_names import is_client_id, of_a_day, of_a_value, says_day, usual
from stepdown.sources.init.finding_words import finding_of, findings_of, is_no_substance, meaning_of
from stepdown.sources.init.level_words import level_of
from stepdown.sources.map.column_maps import ColumnMap
from stepdown.sources.map.dates import SECONDS_1960, fitting, fitting_most, mixture, moments, zoned
from stepdown.sources.map.plain_columns import Encoded, as_text, encoded, plain, shape
from stepdown.sources.map.values import NO, YES, Target, convert

TOKENS = ("NA", "N/A", "#N/A", "NULL", "null", "None", ".", "-9", "-99")
_DAY_NAMES = ("{0}_date", "{0}_day", "{0}_dt", "date_of_{0}", "day_of_{0}", "date_{0}", "{0}")
_MOST_CODES = 40
_FEW_IDS = 5
# A value of fewer rows than this is not written into the cohort file.
_FEWEST_SHOWN = 11
_LABEL = re.compile(r"[\w/&+.'-]+( [\w/&+.'-]+){0,3}")
_LONGEST_LABEL = 40
FEW_ROWS, FEW_SHARE = 3, 0.02
# Words that people write in a cell of days or numbers where nothing is known.
UNKNOWN = frozenset(
    ("unknown", "unk", "?", "n/a", "na", "none", "-", "--", "tbd", "pending", "not known", "don't know", "dk")
)
# Numbers out of range that surveys and spreadsheets write where nothing is known.
_MISSING_NUMBERS = frozenset(
    sign + figure * count for sign in ("", "-") for figure in "789" for count in (1, 2, 3)
) | {"-1", "97", "98", "997", "998", "9999"}
_MISSING_AGES = frozenset(("-1", "-8", "-9", "-99", "-999", "99", "998", "999", "9999"))
_LONGEST_LIFE = 130
# What people put in a cell that means yes, where the others are empty.
_MARKS = frozenset(("x", "xx", "\u2713", "\u2714", "checked"))
_MOMENTS = "the times are counted in UTC (Unix): run init again with --ask, or timezone in the answers"
_MOMENTS_OR_SECONDS = (
    "the times are seconds since 1970 in UTC (Unix), or since 1960 (SAS): export them as dates; for Unix "
    "run init again with --ask, or timezone in the answers"
)
_NO_YEAR = re.compile(r"(?<!\d)(0001|1[0-8]\d\d|9999)(?=[-/.]\d)|(?<=\d[-/.])(0001|1[0-8]\d\d|9999)(?!\d)")
_New = Callable[..., "Guess"]
# Words in the name of a column of results, such as "UDS Result".
_RESULTS = frozenset(("result", "results", "outcome", "finding", "status", "screen"))
# What reads the words of codes that people write in many ways.
_READ: Mapping[str, Callable[[str], str]] = {"finding": finding_of, "level": level_of}


@dataclass(frozen=True, kw_only=True)
class Guess:
    """A column of the file that seems to be a canonical one.

    Attributes
    ----------
    name, source : str
        Canonical column and column of the file.
    options : mapping of str to object
        What else the map needs: format, unit, codes.
    date : bool
        It holds dates.
    doubt : str
        Why the map cannot be used as it is; empty where it can.
    note : str
        What to check, beyond the name.
    when, unless : mapping of str to object
        Rows in which an event happened, where an indicator in another column shows it.
    since : bool
        The event happened at some day up to this one, after discharge.
    between : (int, int)
        First and last day since 1970-01-01 that its dates may have; others are codes for missing.
    lasting : bool
        The note is about cells, so that it holds for a copy too.
    """

    name: str
    source: str
    options: Mapping[str, Any] = field(default_factory=dict)
    date: bool = False
    doubt: str = ""
    note: str = ""
    when: Mapping[str, Any] = field(default_factory=dict)
    unless: Mapping[str, Any] = field(default_factory=dict)
    since: bool = False
    between: tuple[int, int] = (-100_000, 100_000)
    lasting: bool = False


@cache
def words() -> Mapping[str, Any]:
    """Return the lists of usual names, from the file beside this one."""
    return shipped_toml("stepdown.sources.init", "guesses.toml")


def missing_tokens(table: pa.Table) -> tuple[str, ...]:
    """Return the usual texts for missing values that the file holds, the empty text first."""
    found = set()
    for column in table.columns:
        if shape(column.type) in ("text", "whole", "real"):
            found |= set(TOKENS) & set(as_text(plain(column, ())).unique().drop_null().to_pylist())
    return ("", *(token for token in TOKENS if token in found))


def guess_table(name: str, data: pa.Table) -> list[Guess]:
    """Guess the canonical columns that a file holds.

    Parameters
    ----------
    name : str
        Canonical table.
    data : pyarrow.Table
        The file, its columns plain.

    Returns
    -------
    list of Guess
        In canonical order; each column of the file at most once.
    """
    table = next(table for table in TABLES if table.name == name)
    lists = {**words()["clients"], **words()[name]}
    taken: set[str] = set()
    found = []
    for column in table:
        guess = find(column, data, lists.get(column.name, ()), taken=taken)
        if guess is not None:
            taken.add(guess.source)
            found.append(guess)
    sure = {guess.name for guess in found if not guess.doubt}
    if name == "observations" and "finding" not in sure and {"client_id", "day"} <= sure:
        said = _said_finding(data, {guess.source for guess in found if guess.name != "finding"})
        found = [*(guess for guess in found if guess.name != "finding" or not said), *said]
    return found


def _said_finding(data: pa.Table, taken: Collection[str]) -> list[Guess]:
    """Return the only column of results, or of yes and no whose name says what yes means, as findings."""
    found = []
    for source in data.column_names:
        if source in taken or is_no_substance(usual(source)):
            continue
        named = {*usual(source).split("_")} & _RESULTS
        if not named and meaning_of(usual(source)) not in ("use", "abstinent"):
            continue
        codes = findings_of(data[source], usual(source))
        if codes and len(codes) <= _MOST_CODES and "TODO" not in codes.values():
            found.append(Guess(name="finding", source=source, options={"codes": codes}))
    return found if len(found) == 1 else []


def find(
    column: Column, data: pa.Table, names: Sequence[str], *, taken: Collection[str], event: str = ""
) -> Guess | None:
    """Return the first column with one of the names whose values fit, or else the first with one.

    Of days, and of the days of an event, names that say so in other words are tried last.
    """
    left = [source for source in reversed(data.column_names) if source not in taken]
    by_name = {usual(source): source for source in left}
    forms = _DAY_NAMES if column.kind == "day" else ("{0}",)
    wanted = dict.fromkeys(form.format(name) for form in forms for name in names)
    sources = dict.fromkeys(by_name[name] for name in wanted if name in by_name)
    sources |= dict.fromkeys(_alike(column, left, names, data))
    guesses: list[Guess] = []
    for source in sources:
        guesses.append(fit(column, source, data[source]))
        if not guesses[-1].doubt:
            return guesses[-1]
    said = [fit(column, source, data[source]) for source in left if says_day(event or column.name, source)]
    dated = [guess for guess in said if guess.date and not guess.doubt]
    # Of two such columns only a person knows which is meant.
    return dated[0] if len(dated) == 1 else guesses[0] if guesses else None


def _alike(column: Column, sources: Sequence[str], names: Sequence[str], data: pa.Table) -> list[str]:
    """Return the columns whose names differ from the usual ones only in words that add nothing."""
    if column.name == "client_id":
        return [source for source in reversed(sources) if is_client_id(source) and _tells_apart(data[source])]
    if column.kind != "day":
        plain = {of_a_value(source): source for source in sources if of_a_value(source) != usual(source)}
        return [plain[name] for name in dict.fromkeys(map(of_a_value, names)) if name in plain]
    short = {of_a_day(source): source for source in sources if of_a_day(source) != usual(source)}
    return [short[name] for name in dict.fromkeys(map(of_a_day, names)) if name and name in short]


def _tells_apart(values: pa.ChunkedArray) -> bool:
    """Return whether a column can hold ids: no dates, no yes and no, and not one value for all."""
    if shape(values.type) == "date" or yes_of(values) is not None:
        return False
    return len(values) < _FEW_IDS or pc.count_distinct(values).as_py() > 1


def fit(column: Column, source: str, values: pa.ChunkedArray) -> Guess:
    """Return how the values of a column fit its name, and what its map needs."""
    guess = partial(Guess, name=column.name, source=source)
    if values.null_count == len(values):
        return guess(doubt="the column is empty")
    if shape(values.type) == "other":
        return guess(doubt="the column has a type that cannot be read")
    return {"day": _day, "code": _code}.get(column.kind, _other)(guess, column, values)


def _works(column: Column, values: pa.ChunkedArray, clock: Clock = "day", **options: Any) -> bool:
    mapping = ColumnMap(**{"from": column.name, **options})
    series, faults = convert(values, Target(column=column, mapping=mapping, clock=clock))
    words_only = few_words(values)
    if any((fault.rows & ~words_only).any() for fault in faults):
        return False
    if column.kind not in ("integer", "number"):
        return True
    numbers = pd.to_numeric(series[held(series)]).to_numpy()
    low, high = column.low, column.high
    return bool((low is None or (numbers >= low).all()) and (high is None or (numbers <= high).all()))


def _day(guess: _New, column: Column, values: pa.ChunkedArray) -> Guess:
    if shape(values.type) == "date":
        return guess(date=True)
    if yes_of(values) is not None:
        return guess(doubt="it holds yes and no, not a day: name the column of the day")
    if fits := formats_of(values):
        if moments(values):
            return guess(doubt=_MOMENTS_OR_SECONDS if SECONDS_1960 in fits else _MOMENTS)
        return guess(options={"format": fits[0]}, date=True)
    if mixed := mixture_of(values, day_first=False):
        return guess(options={"format": [*mixed]}, date=True)
    if _works(column, values):
        return guess()
    if all(map(zoned, _texts(values))):
        return guess(
            doubt="the times have a time zone: run init again with --ask, or timezone in the answers"
        )
    return guess(doubt="not all cells are dates in one format, or whole days")


def yes_of(values: pa.ChunkedArray) -> bool | int | str | None:
    """Return the value of an indicator that means yes; None where the column is none.

    A column of yes and no has both; of 1 and 2, as in survival objects of R, 2 is the event.
    """
    different = _few_texts(values)
    if isinstance(different, bool):
        return True
    if different == {"1", "2"}:
        return 2
    if len(different) != 2 or len(different & YES) != 1 or len(different & NO) != 1:
        return None
    return _yes(different & YES)


def mark_of(values: pa.ChunkedArray) -> bool | int | str | None:
    """Return the value that means yes, of a column that may say nothing else: the other cells are empty."""
    different = _few_texts(values)
    alone = isinstance(different, set) and len(different) == 1 and different <= YES | _MARKS
    return _yes(different) if alone and isinstance(different, set) else yes_of(values)


def _yes(texts: set[str]) -> int | str:
    return 1 if "1" in texts else min(texts)


def _few_texts(values: pa.ChunkedArray) -> set[str] | bool:
    """Return the different texts of a column in lower case, none where they are many; True for flags."""
    if shape(values.type) == "flag":
        return True
    if shape(values.type) not in ("text", "whole", "real"):
        return set()
    different = as_text(values).unique().drop_null()
    if len(different) > _MOST_CODES:
        return set()
    return {text.lower().removesuffix(".0") for text in different.to_pylist()}


def formats_of(values: pa.ChunkedArray) -> tuple[str, ...]:
    """Return the date formats that fit a column, all rows but a few words."""
    texts = _texts(values)
    found = fitting(texts) if texts else ()
    return found or (_formats_of_most(values, texts) if shape(values.type) == "text" else ())


def _formats_of_most(values: pa.ChunkedArray, texts: list[str]) -> tuple[str, ...]:
    """Return the formats that fit all rows but a few days that do not exist, such as 02/30/2026."""
    held = encoded(values)
    rows = dict(
        zip(held.texts, np.bincount(held.codes[held.codes >= 0], minlength=len(held.texts)), strict=True)
    )
    counts = np.array([rows[text] for text in texts], dtype=np.int64)
    most = min(int(max(FEW_ROWS, FEW_SHARE * counts.sum())), int(counts.sum() - 1) // 2)
    found = fitting_most(texts, counts, most) if most > 0 else ()
    return () if found and mixture(texts, day_first=False) else found


def mixture_of(values: pa.ChunkedArray, *, day_first: bool) -> tuple[str, ...]:
    """Return the formats that together fit a column, all rows but a few words; none if a row is left."""
    if shape(values.type) != "text":
        return ()
    return mixture(_texts(values), day_first=day_first)


def _texts(values: pa.ChunkedArray) -> list[str]:
    """Return the different texts of a column, without a few words."""
    held = encoded(as_text(values))
    words_held = _words_of(held) if shape(values.type) == "text" else np.zeros(len(held.texts), dtype=bool)
    texts = [text for text, word in zip(held.texts, words_held, strict=True) if not word]
    # A year that no client has, such as 9999, stands for a day that is not known: the others show the format.
    return [text for text in texts if not _NO_YEAR.search(text)] or texts


def few_words(values: pa.ChunkedArray) -> NDArray[np.bool_]:
    """Return the rows of a column that hold a word, such as "pending", where few do.

    Few are 3 rows or 2% of those filled, and fewer than hold anything else.
    """
    none = np.zeros(len(values), dtype=bool)
    if shape(values.type) != "text":
        return none
    held = encoded(values)
    found = _words_of(held)
    return held.spread(found) if found.any() else none


def _words_of(held: Encoded) -> NDArray[np.bool_]:
    """Return which different texts are words, where few rows hold one; none otherwise."""
    found = np.array([not any(map(str.isdigit, text)) for text in held.texts], dtype=bool)
    if not found.any():
        return found
    counts = np.bincount(held.codes[held.codes >= 0], minlength=len(held.texts))
    rows, filled = int(counts[found].sum()), int(counts.sum())
    few = rows <= max(FEW_ROWS, FEW_SHARE * filled) and 2 * rows < filled
    return found if few else np.zeros(len(held.texts), dtype=bool)


def known(values: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return a column of text in which words for "unknown" are missing."""
    if shape(values.type) != "text":
        return values
    said = pc.is_in(pc.utf8_lower(values), value_set=pa.array(sorted(UNKNOWN), values.type))
    return pc.if_else(said.fill_null(False), pa.scalar(None, values.type), values)


def _code(guess: _New, column: Column, values: pa.ChunkedArray) -> Guess:
    if _works(column, values):
        return guess()
    texts = encoded(as_text(values)).texts
    if len(texts) > _MOST_CODES:
        return guess(doubt="the column has too many different values for a code")
    usual = {**words()["codes"].get(column.name, {}), **{code: code for code in column.codes}}
    codes = {text: usual.get(snake(text), "TODO") for text in sorted(texts)}
    read = _READ.get(column.name)
    if read is not None:
        codes = {text: code if code != "TODO" else read(text) or "TODO" for text, code in codes.items()}
    unusual = [text for text, code in codes.items() if code == "TODO"]
    if len(unusual) == len(codes):
        return guess(doubt="none of its values is a usual code")
    if not all(map(_is_label, unusual)):
        return guess(doubt="some of its values are names or free text: write codes in their place")
    if not unusual:
        return guess(options={"codes": codes})
    counts = Counter(as_text(values).drop_null().to_pylist())
    few = sum(counts[text] for text in unusual)
    if few <= max(FEW_ROWS, FEW_SHARE * counts.total()) and few * 10 < counts.total():
        known = {text: code for text, code in codes.items() if code != "TODO"}
        rows = f"{few} row{'s have' if few > 1 else ' has'} other values, read as missing"
        return guess(options={"codes": known, "unknown": "missing"}, note=rows, lasting=True)
    rare = [text for text in unusual if counts[text] < _FEWEST_SHOWN]
    doubt = "state what each code means"
    if rare:
        doubt += f"; values of fewer than {_FEWEST_SHOWN} rows are not shown ({len(rare)}): add them"
    return guess(
        options={"codes": {text: code for text, code in codes.items() if text not in rare}}, doubt=doubt
    )


def _ratings(column: Column, values: pa.ChunkedArray) -> dict[str, int]:
    """Return the number of each word of a rating; empty where none, or fewer than half, are usual."""
    if not column.name.startswith("asam_dim"):
        return {}
    texts = sorted(encoded(as_text(values)).texts)
    usual = words()["codes"]["asam_dim"]
    codes = {text: usual[snake(text)] for text in texts if snake(text) in usual}
    return codes if 2 * len(codes) >= len(texts) else {}


def _flag_options(column: Column, values: pa.ChunkedArray) -> dict[str, Any]:
    """Return how a column says yes, no and unknown in other words; empty where one of them is not usual."""
    texts = sorted(encoded(as_text(values)).texts)
    if len(texts) > _MOST_CODES:
        return {}
    unknown = [text for text in texts if text.lower() in UNKNOWN]
    own = words()["codes"].get(column.name, {})
    read = {text: own.get(snake(text), snake(text)) for text in texts if text not in unknown}
    if not read or not set(read.values()) <= YES | NO:
        return {}
    other = any(snake(text) in own for text in read)
    codes = {"codes": {text: word in YES for text, word in read.items()}} if other else {}
    return {**codes, **({"missing": unknown} if unknown else {})}


def _codes_for_missing(column: Column, values: pa.ChunkedArray) -> list[str]:
    """Return numbers out of range that usually mean missing, such as 99, where no other is out of range."""
    texts = encoded(as_text(values)).texts
    numbers = pd.to_numeric(pd.Series(texts, dtype=object), errors="coerce").to_numpy(dtype="float64")
    low, high = column.low, column.high
    if np.isnan(numbers).any() or low is None or high is None:
        return []
    out = (numbers < low) | (numbers > high)
    codes = {text for text, far in zip(texts, out, strict=True) if far}
    usual = codes <= (_MISSING_AGES if column.name == "age" else _MISSING_NUMBERS) and not out.all()
    return sorted(codes) if usual else []


def _is_label(text: str) -> bool:
    """Return whether a text reads as the label of a category: a few words, none a common name."""
    short = len(text) <= _LONGEST_LABEL and _LABEL.fullmatch(text) is not None
    return short and common_names().isdisjoint(text.lower().split())


def _other(guess: _New, column: Column, values: pa.ChunkedArray) -> Guess:
    # The oldest ages are an identifier, which is dealt with elsewhere; here they are still ages.
    wide = column.model_copy(update={"high": _LONGEST_LIFE}) if column.name == "age" else column
    if _works(wide, values) and not (column.name == "age" and _codes_for_missing(column, values)):
        return guess()
    if column.kind in ("integer", "number") and (numbers := _codes_for_missing(column, values)):
        return guess(options={"missing": numbers}, note=f"{' and '.join(numbers)} as missing", lasting=True)
    if column.kind == "flag" and (options := _flag_options(column, values)):
        return guess(options=options)
    if column.kind == "integer" and (codes := _ratings(column, values)):
        return guess(options={"codes": codes, "unknown": "missing"}, note="other words are read as missing")
    if column.name == "age" and _works(wide, values, unit="months"):
        return guess(options={"unit": "months"}, note="the values look like months")
    nouns = {"flag": "yes or no", "number": "numbers", "integer": "whole numbers"}
    both = column.low is not None and column.high is not None
    within = f" from {column.low:g} to {column.high:g}" if both else ""
    return guess(doubt=f"not all cells are {nouns.get(column.kind, 'of that type')}{within}")
