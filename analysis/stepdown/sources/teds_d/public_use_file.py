"""The public-use file as it is downloaded: one CSV of any year, codes or their labels in its cells."""

import gzip
from collections.abc import Collection, Sequence
from csv import reader as csv_reader
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from stepdown.errors import DataError, DesignError, Problem
from stepdown.schema.declarations import no_file
from stepdown.sources.teds_d.variables import MISSING, MISSING_LABEL, Variable, variables

NEEDED = ("DISYR", "LOS", "REASON", "SERVICES_D")
"""Variables without which a file is none of TEDS-D."""
_MARKS = ("DISYR", "LOS", "REASON", "STFIPS", "CASEID")
NO_RELAPSE = (
    "TEDS-D cannot answer a question about relapse: its rows are discharges that cannot be linked to "
    "persons, it records no use after discharge, and it has no code for partial hospitalization (PHP). Use "
    "a cohort with follow-up after discharge. TEDS-D answers who completed treatment, and how long stays "
    "were, by setting."
)


@dataclass(frozen=True, eq=False, kw_only=True)
class TedsDischarges:
    """Discharges of a public-use file.

    Attributes
    ----------
    table : DataFrame
        One row a discharge; a column of codes for each variable that the file has, under its name of 2019.
        Missing where the file has -9 or nothing.
    years : tuple of int
        Years of discharge, rising.
    renamed : tuple of (str, str)
        Names of the file and the names of 2019.
    unknown : tuple of str
        Columns of the file that are not read.
    unlisted : tuple of (str, int)
        Variables with codes that the list does not have, and in how many rows.
    """

    table: pd.DataFrame
    years: tuple[int, ...]
    renamed: tuple[tuple[str, str], ...]
    unknown: tuple[str, ...]
    unlisted: tuple[tuple[str, int], ...]


def is_teds_d(columns: Collection[str]) -> bool:
    """Return whether a file with these columns is one of TEDS-D.

    Examples
    --------
    >>> is_teds_d(["DISYR", "CASEID", "STFIPS", "AGE", "SERVICES_D", "LOS", "REASON"])
    True
    >>> is_teds_d(["client_id", "discharge_date"])
    False
    """
    upper = {str(name).strip().upper() for name in columns}
    return upper.issuperset(_MARKS)


def refuse_relapse_questions() -> NoReturn:
    """Raise the reason why TEDS-D answers no question about relapse.

    Raises
    ------
    DesignError
        Always.
    """
    raise DesignError(NO_RELAPSE)


def read_teds_d(path: str | Path, *, only: Sequence[str] | None = None) -> TedsDischarges:
    """Read a public-use file of TEDS-D.

    Parameters
    ----------
    path : str or Path
        The CSV as SAMHSA publishes it, of one year or of several, compressed with gzip or not.
    only : sequence of str, optional
        Variables to read, by their names of 2019; all by default.

    Returns
    -------
    TedsDischarges

    Raises
    ------
    DataError
        The file cannot be read, is no TEDS-D file, or has cells that are neither codes nor labels.
    """
    path = Path(path)
    wrong = no_file(path)
    if wrong is not None:
        raise _problem(path.name, *wrong)
    header = _header(path)
    chosen = _chosen(header, path.name, only)
    table = _arrow(path, header, chosen)
    columns: dict[str, pd.api.extensions.ExtensionArray] = {}
    problems: list[Problem] = []
    unlisted: list[tuple[str, int]] = []
    for given, variable in chosen.items():
        values, missing, bad = _coded(table.column(given), variable)
        if bad:
            problems.append(
                Problem(
                    table=path.name,
                    column=given,
                    what=f"has cells that are neither a code nor a label of {variable.name}",
                    count=bad,
                    remedy="Use the file as SAMHSA publishes it.",
                )
            )
            continue
        listed = [*variable.codes, *variable.more_codes]
        other = ~(np.isin(values, listed) | missing) if listed else np.zeros(0, dtype=bool)
        if other.any():
            unlisted.append((variable.name, int(other.sum())))
        columns[variable.name] = pd.arrays.IntegerArray(values, missing)
    if problems:
        raise DataError(problems)
    frame = pd.DataFrame(columns, copy=False)
    return TedsDischarges(
        table=frame,
        years=tuple(sorted(int(year) for year in frame["DISYR"].dropna().unique())),
        renamed=tuple((given, one.name) for given, one in chosen.items() if given.upper() != one.name),
        unknown=tuple(name for name in header if name not in _named(header)),
        unlisted=tuple(unlisted),
    )


def _header(path: Path) -> list[str]:
    opened = gzip.open if path.suffix == ".gz" else open
    try:
        with opened(path, "rt", encoding="utf-8-sig", newline="") as lines:
            header = next(csv_reader(lines), [])
    except (OSError, UnicodeDecodeError, EOFError):
        header = []
    if not header:
        raise _problem(path.name, "is not a CSV file", "Use the file as SAMHSA publishes it.")
    return header


def _named(header: Sequence[str]) -> dict[str, Variable]:
    """Return the variable of each column that has one."""
    known = {name: one for one in variables() for name in (*one.other_names, one.name)}
    found = {name: known[name.strip().upper()] for name in header if name.strip().upper() in known}
    # The name of 2019 counts where a file has an earlier one beside it.
    own = {one.name for name, one in found.items() if name.strip().upper() == one.name}
    return {
        name: one for name, one in found.items() if name.strip().upper() == one.name or one.name not in own
    }


def _chosen(header: Sequence[str], file: str, only: Sequence[str] | None) -> dict[str, Variable]:
    """Return the columns to read."""
    found = _named(header)
    have = [one.name for one in found.values()]
    lacking = [name for name in (*NEEDED, *(only or ())) if name not in have]
    if lacking:
        raise _problem(
            file,
            f"lacks {', '.join(dict.fromkeys(lacking))}",
            "Use a public-use file of TEDS-D (discharges) as SAMHSA publishes it; TEDS-A (admissions) has no "
            "reason for discharge.",
        )
    return {name: one for name, one in found.items() if only is None or one.name in {*only, *NEEDED}}


def _arrow(path: Path, header: Sequence[str], chosen: dict[str, Variable]) -> pa.Table:
    """Return the columns as whole numbers, or as text where a file has labels."""
    numbers = csv.ConvertOptions(
        include_columns=list(chosen), column_types=dict.fromkeys(chosen, pa.int32()), null_values=[""]
    )
    texts = csv.ConvertOptions(
        include_columns=list(chosen), column_types=dict.fromkeys(chosen, pa.string()), null_values=[""],
        strings_can_be_null=True,
    )  # fmt: skip
    for convert in (numbers, texts):
        try:
            return csv.read_csv(path, convert_options=convert)
        except pa.ArrowInvalid:
            continue
    what = f"has rows with more or fewer than {len(header)} cells"
    raise _problem(path.name, what, "Download it again.")


def _problem(file: str, what: str, remedy: str) -> DataError:
    return DataError([Problem(table=file, what=what, remedy=remedy)])


def _coded(column: pa.ChunkedArray, variable: Variable) -> tuple[np.ndarray, np.ndarray, int]:
    """Return codes, where they are missing, and how many cells are neither a code nor a label."""
    if pa.types.is_string(column.type):
        return _from_labels(column, variable)
    filled = pc.fill_null(column, MISSING).to_numpy()
    missing = filled == MISSING
    return _small(filled, missing), missing, 0


def _from_labels(column: pa.ChunkedArray, variable: Variable) -> tuple[np.ndarray, np.ndarray, int]:
    """Return the codes of a column whose cells are labels or codes, in any case."""
    coded = column.combine_chunks().dictionary_encode()
    listed = {**variable.more_codes, **variable.codes}
    codes = {label.casefold(): code for code, label in listed.items()}
    codes |= {text.casefold(): MISSING for text in (variable.missing, MISSING_LABEL, "missing", "") if text}
    meant = [_meant(str(text), codes) for text in coded.dictionary.to_pylist()]
    place = pc.fill_null(coded.indices, len(meant)).to_numpy(zero_copy_only=False)
    known = np.array([*(code is not None for code in meant), True])
    values = np.array([*(MISSING if code is None else code for code in meant), MISSING], dtype=np.int64)[
        place
    ]
    missing = values == MISSING
    return _small(values, missing), missing, int((~known[place]).sum())


def _meant(text: str, codes: dict[str, int]) -> int | None:
    text = text.strip()
    if text.casefold() in codes:
        return codes[text.casefold()]
    return int(text) if text.lstrip("-").isascii() and text.lstrip("-").isdigit() else None


def _small(values: np.ndarray, missing: np.ndarray) -> np.ndarray:
    """Return whole numbers in as few bytes as they need: a file has more than a million rows."""
    kept = np.where(missing, 0, values)
    low, high = (int(kept.min()), int(kept.max())) if len(kept) else (0, 0)
    for kind in (np.int8, np.int16, np.int32):
        if np.iinfo(kind).min <= low and high <= np.iinfo(kind).max:
            return kept.astype(kind)
    return kept.astype(np.int64)
