"""The identifier guard: columns that look like one of the 18 kinds of identifiers are named, never shown."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from stepdown.identifiers.birth_years import BIRTH_YEAR, RELEASED, latest_year, old_births
from stepdown.identifiers.column_texts import Bools, ColumnTexts, fits
from stepdown.identifiers.detector import Detector
from stepdown.identifiers.detectors import DETECTORS
from stepdown.identifiers.old_ages import old_ages
from stepdown.identifiers.person_texts import made_of_names, text_findings
from stepdown.identifiers.written_names import snake, written_out
from stepdown.schema import Basis

_FLAGS = (
    *("0", "1", "0.0", "1.0", "true", "false", "yes", "no", "y", "n", "t", "f"),
    *(
        "",
        ".",
        "-",
        "na",
        "n/a",
        "null",
        "none",
        "unknown",
        "unk",
        "missing",
        "declined",
        "refused",
        "not asked",
    ),
)
# Labels such as "07", "S-12", "c00123": no detector that looks at values alone fits them.
_PLAIN_LABEL = r"^[A-Za-z]{0,4}[-_]?\d{1,12}$"
_TYPED = frozenset({"day", "integer", "number"})
_FEW_CODES = 6
# So many distinct texts are searched together.
_TOGETHER = 200_000


@dataclass(frozen=True, kw_only=True)
class Role:
    """What a mapped column becomes.

    Attributes
    ----------
    kind : str
        Kind of the canonical column.
    closed : bool
        Only declared codes, or yes and no, enter the cohort from it.
    date, age, months : bool
        It holds dates; it becomes the age; it counts months.
    """

    kind: str
    closed: bool = False
    date: bool = False
    age: bool = False
    months: bool = False


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A column that seems to hold identifiers.

    Attributes
    ----------
    column : str
        Name of the column.
    letter, what : str
        Kind of identifier by the letter of 45 CFR 164.514(b)(2), and in words.
    """

    column: str
    letter: str
    what: str


def scan(
    columns: Mapping[str, pa.ChunkedArray],
    *,
    basis: Basis,
    allow: Collection[str] = (),
    roles: Mapping[str, Role] | None = None,
) -> list[Finding]:
    """Return the columns that seem to hold identifiers, each with its first reason.

    Parameters
    ----------
    columns : mapping of str to pyarrow.ChunkedArray
        All columns of a file, mapped or not, with missing values as missing.
    basis : str
        Legal ground; dates and quarters count only under "safe_harbor".
    allow : collection of str
        Columns that a person has reviewed and allowed.
    roles : mapping of str to Role, optional
        What mapped columns become.

    Returns
    -------
    list of Finding
        In the order of the columns.
    """
    latest = latest_year(columns) if any(re.search(BIRTH_YEAR, snake(name)) for name in columns) else RELEASED
    asked = [
        _Column(name, values, role)
        for name, values in columns.items()
        if name not in allow and not ((role := (roles or {}).get(name)) is not None and role.closed)
    ]
    found = [finding for some in _together(asked) for finding in _findings(some, basis, latest)]
    return [finding for finding in found if finding is not None]


def _together(columns: Sequence["_Column"]) -> Iterator[list["_Column"]]:
    """Yield columns in their order, so many together that they hold `_TOGETHER` texts."""
    some: list[_Column] = []
    for column in columns:
        some.append(column)
        if sum(len(one.texts) for one in some) >= _TOGETHER:
            yield some
            some = []
    yield some


def _findings(columns: Sequence["_Column"], basis: Basis, latest: int) -> list[Finding | None]:
    every = ColumnTexts([column.texts for column in columns])
    plain = [bool(every.fits(place, _PLAIN_LABEL).all()) for place in range(len(columns))]
    # Of numbers and plain labels, only dates and whole columns are recognized by value alone.
    wordy = [column.is_text and not labels for column, labels in zip(columns, plain, strict=True)]
    empty = pa.array([], pa.large_string())
    words = ColumnTexts([column.texts if of else empty for column, of in zip(columns, wordy, strict=True)])
    return [
        column.finding(
            basis,
            latest=latest,
            every=partial(every.fits, place),
            words=partial(words.fits, place) if of else None,
        )
        for place, (column, of) in enumerate(zip(columns, wordy, strict=True))
    ]


def identifying(texts: Sequence[str]) -> list[int]:
    """Return the positions of texts recognizable as identifiers by themselves, as e-mail addresses are."""
    values, found = pa.array(texts, pa.string()), np.zeros(len(texts), dtype=bool)
    for detector in DETECTORS:
        if not detector.name and not detector.bases and detector.least == 1:
            fits = pc.match_substring_regex(values, detector.value)
            if detector.unless_value:
                fits = pc.and_not(fits, pc.match_substring_regex(values, detector.unless_value))
            found |= fits.to_numpy(zero_copy_only=False)
    return [int(position) for position in np.flatnonzero(found)]


def _raw_bytes(kind: pa.DataType) -> bool:
    tests = (pa.types.is_binary, pa.types.is_large_binary, pa.types.is_fixed_size_binary)
    return any(test(kind) for test in tests)


class _Column:
    """One column under test; distinct values are found only when something needs them."""

    def __init__(self, name: str, values: pa.ChunkedArray, role: Role | None) -> None:
        self.name, self.values, self.role = name, values, role
        self.snake = snake(name)
        # A column mapped to a day is one, whatever its name.
        day = "_day" if role is not None and role.kind == "day" else ""
        self.called = (self.snake + day, written_out(name) + day)
        self.is_text = pa.types.is_string(values.type) or pa.types.is_large_string(values.type)

    @cached_property
    def texts(self) -> pa.Array:
        """Distinct values as text."""
        kind = self.values.type
        if not (
            self.is_text
            or pa.types.is_integer(kind)
            or pa.types.is_floating(kind)
            or pa.types.is_boolean(kind)
        ):
            return pa.array([], pa.large_string())
        texts = self.values.unique().drop_null().cast(pa.large_string())
        # A spreadsheet marks a number that it keeps as text with an apostrophe.
        return pc.utf8_ltrim(texts, "'") if self.is_text else texts

    def finding(self, basis: Basis, latest: int, every: "_Fits", words: "_Fits | None") -> Finding | None:
        """Return the first reason to stop at this column.

        `latest` is the latest year of the data; `every` and `words` say which of its texts fit an expression,
        the second where they are not all plain labels.
        """
        kind = self.values.type
        if basis == "safe_harbor" and (
            pa.types.is_date(kind) or pa.types.is_timestamp(kind) or (self.role and self.role.date)
        ):
            return Finding(column=self.name, letter="C", what="dates")
        if self.role is None and (pa.types.is_nested(kind) or _raw_bytes(kind)):
            return Finding(column=self.name, letter="R", what="values of a type that cannot be checked")
        for detector in DETECTORS:
            if (not detector.bases or basis in detector.bases) and self._found_by(detector, every, words):
                letter, what = detector.kind.split(": ", 1)
                return Finding(column=self.name, letter=letter, what=what)
        if re.search(BIRTH_YEAR, self.snake) and old_births(self.texts, latest=latest):
            return Finding(column=self.name, letter="C", what="ages over 89")
        age = bool(self.role and self.role.age)
        months = bool(self.role and self.role.months)
        if (age or "age" in self.snake) and old_ages(self.snake, self.texts, age=age, months=months):
            return Finding(column=self.name, letter="C", what="ages over 89")
        if self.is_text and made_of_names(self.texts, every):
            return Finding(column=self.name, letter="R", what="ids made of names")
        if words is not None and (self.role is None or self.role.kind not in _TYPED):
            held = len(self.values) - self.values.null_count
            label = self.role is not None and self.role.kind == "id"
            what = text_findings(self.snake, self.texts, words, held=held, label=label)
            if what:
                return Finding(column=self.name, letter="A" if "names" in what else "R", what=what)
        return None

    def _found_by(self, detector: Detector, every: "_Fits", words: "_Fits | None") -> bool:
        if detector.name:
            if not self._named(detector):
                return False
            # Few columns have the name: only their own texts are searched.
            return (
                self._valued(detector, partial(fits, self.texts)) if detector.value else not self._yes_or_no()
            )
        if self._against(detector):
            return False
        whole = bool(detector.bases) or detector.least > 1
        search = every if whole else words
        return search is not None and self._valued(detector, search)

    def _named(self, detector: Detector) -> bool:
        return any(re.search(detector.name, name) for name in self.called) and not self._against(detector)

    def _against(self, detector: Detector) -> bool:
        unless = detector.unless_name
        return bool(unless) and any(re.search(unless, name) for name in self.called)

    def _yes_or_no(self) -> bool:
        if pa.types.is_boolean(self.values.type):
            return True
        if not len(self.texts):
            return bool(len(self.values) == self.values.null_count)
        # Codes of yes, no and why it is not known.
        if len(self.texts) <= _FEW_CODES and fits(self.texts, r"(?i)^(\d{1,2}(\.0)?|x)$").all():
            return True
        return bool(pc.all(pc.is_in(pc.utf8_lower(self.texts), pa.array(_FLAGS, pa.large_string()))).as_py())

    def _valued(self, detector: Detector, search: "_Fits") -> bool:
        if len(self.texts) < max(detector.least, 1):
            return False
        among = search(detector.among) if detector.among else np.ones(len(self.texts), dtype=bool)
        found = search(detector.value) & among
        if not found.any() or among.sum() < detector.least or found.sum() < detector.share * among.sum():
            return False
        first, forms = detector.spread
        if first:
            beginnings = pc.utf8_slice_codeunits(self.texts.filter(pa.array(found)), 0, first)
            if pc.count_distinct(beginnings).as_py() < forms:
                return False
        return not detector.unless_value or not bool(search(detector.unless_value)[found].all())


_Fits = Callable[[str], Bools]
