"""The identifier guard: columns that look like one of the 18 kinds of identifiers are named, never shown."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from stepdown.identifiers.birth_years import BIRTH_YEAR, RELEASED, latest_year, old_births
from stepdown.identifiers.detector import Detector
from stepdown.identifiers.detectors import DETECTORS
from stepdown.identifiers.old_ages import old_ages
from stepdown.identifiers.person_texts import made_of_names, text_findings
from stepdown.identifiers.written_names import snake, written_out
from stepdown.schema import Basis

_FLAGS = (
    *(
        "0",
        "1",
        "0.0",
        "1.0",
        "true",
        "false",
        "yes",
        "no",
        "y",
        "n",
        "t",
        "f",
        "",
        ".",
        "-",
        "na",
        "n/a",
        "null",
        "none",
    ),
    *("unknown", "unk", "missing", "declined", "refused", "not asked"),
)
# Labels such as "07", "S-12", "c00123": no detector that looks at values alone fits them.
_PLAIN_LABEL = r"^[A-Za-z]{0,4}[-_]?\d{1,12}$"
_TYPED = frozenset({"day", "integer", "number"})


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
    found = []
    latest = latest_year(columns) if any(re.search(BIRTH_YEAR, snake(name)) for name in columns) else RELEASED
    for column, values in columns.items():
        role = (roles or {}).get(column)
        if column not in allow and not (role is not None and role.closed):
            found.append(_Column(column, values, role).finding(basis, latest=latest))
    return [finding for finding in found if finding is not None]


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


def _matches(text: str, expression: str) -> bool:
    return bool(pc.match_substring_regex(pa.scalar(text), expression).as_py())


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
        return self.values.unique().drop_null().cast(pa.large_string())

    def finding(self, basis: Basis, *, latest: int) -> Finding | None:
        """Return the first reason to stop at this column; `latest` is the latest year of the data."""
        kind = self.values.type
        if basis == "safe_harbor" and (
            pa.types.is_date(kind) or pa.types.is_timestamp(kind) or (self.role and self.role.date)
        ):
            return Finding(column=self.name, letter="C", what="dates")
        if self.role is None and (pa.types.is_nested(kind) or _raw_bytes(kind)):
            return Finding(column=self.name, letter="R", what="values of a type that cannot be checked")
        for detector in DETECTORS:
            if (not detector.bases or basis in detector.bases) and self._fits(detector):
                letter, what = detector.kind.split(": ", 1)
                return Finding(column=self.name, letter=letter, what=what)
        if re.search(BIRTH_YEAR, self.snake) and old_births(self.texts, latest=latest):
            return Finding(column=self.name, letter="C", what="ages over 89")
        age = bool(self.role and self.role.age)
        months = bool(self.role and self.role.months)
        if (age or "age" in self.snake) and old_ages(self.snake, self.texts, age=age, months=months):
            return Finding(column=self.name, letter="C", what="ages over 89")
        if self.is_text and made_of_names(self.texts):
            return Finding(column=self.name, letter="R", what="ids made of names")
        if self.is_text and not self._plain and (self.role is None or self.role.kind not in _TYPED):
            held = len(self.values) - self.values.null_count
            label = self.role is not None and self.role.kind == "id"
            what = text_findings(self.snake, self.texts, held=held, label=label)
            if what:
                return Finding(column=self.name, letter="A" if "names" in what else "R", what=what)
        return None

    @cached_property
    def _plain(self) -> bool:
        return bool(pc.all(pc.match_substring_regex(self.texts, _PLAIN_LABEL)).as_py())

    def _fits(self, detector: Detector) -> bool:
        if detector.name and not self._named(detector):
            return False
        if not detector.value:
            return not self._yes_or_no()
        numbers = bool(detector.name or detector.bases) or detector.least > 1
        # Of numbers and plain labels, only dates and whole columns are recognized by value alone.
        return (numbers or (self.is_text and not self._plain)) and self._valued(detector)

    def _named(self, detector: Detector) -> bool:
        names = self.called
        against = detector.unless_name and any(re.search(detector.unless_name, name) for name in names)
        return any(re.search(detector.name, name) for name in names) and not against

    def _yes_or_no(self) -> bool:
        if pa.types.is_boolean(self.values.type):
            return True
        if not len(self.texts):
            return bool(len(self.values) == self.values.null_count)
        return bool(pc.all(pc.is_in(pc.utf8_lower(self.texts), pa.array(_FLAGS, pa.large_string()))).as_py())

    def _valued(self, detector: Detector) -> bool:
        texts = self.texts
        if detector.among:
            texts = texts.filter(pc.match_substring_regex(texts, detector.among))
        if len(texts) < max(detector.least, 1):
            return False
        fits = pc.match_substring_regex(texts, detector.value)
        share = float(pc.mean(fits).as_py())
        if share == 0.0 or share < detector.share:
            return False
        fitting = texts.filter(fits)
        first, forms = detector.spread
        if first and pc.count_distinct(pc.utf8_slice_codeunits(fitting, 0, first)).as_py() < forms:
            return False
        if detector.unless_value:
            return not bool(pc.all(pc.match_substring_regex(fitting, detector.unless_value)).as_py())
        return True
