"""What a notebook, a figure or a page may see: results and the labels for it.

An analysis as a file: JSON with exact numbers, and the long table as CSV.
"""

import dataclasses
import html
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from stepdown.errors import ResultError, check_argument
from stepdown.results.table import COLUMNS, FLOATS, Results


@dataclass(frozen=True, kw_only=True)
class MeasureWords:
    """A quality measure in words.

    Attributes
    ----------
    name, label : str
        Id and version ("fui@1"); its name for readers.
    sentence, not_verified : str
        What it counts, and what of it was not checked against the official text.
    deviations : str
        Where it differs from its source, and what is not looked at.
    lower : bool
        Whether less is better.
    notes : tuple of str
        What could not be checked with these data.
    weeks : bool
        Whether it counts weeks, many of one client, so that a large count may stand for few people.
    """

    name: str
    label: str
    sentence: str
    not_verified: str
    deviations: str = ""
    lower: bool = False
    notes: tuple[str, ...] = ()
    weeks: bool = False


@dataclass(frozen=True, kw_only=True)
class Wording:
    """What the study decided, in words for readers without statistics.

    Attributes
    ----------
    title : str
        Title of the study.
    relapse : str
        The word that the study chose: "relapse" or "return to use".
    endpoint : str
        The relapse definition in one sentence.
    missing_rule : str
        What it does about missing observations.
    time_zero : str
        "discharge", "admission" or "randomization".
    window : tuple of int
        (a, b): days after day a up to day b.
    times : tuple of int
        Days at which results are reported; the last is the horizon.
    arms : tuple of str
        Labels of the arms, the last is the reference; empty where nothing is compared.
    analyses : mapping of str to str
        Key of each analysis in the results ("landmark_14") to its sentence, the primary comparison
        first; "whole_cohort" is always there.
    notes : tuple of str
        Sentences that must appear in every report of this study: how the day-0 rule works, that arms
        are not adjusted, columns let past the identifier guard with their reasons.
    measures : tuple of MeasureWords
        Quality measures that were asked for, in order.
    measures_version : str
        Version of the list that they come from.
    periods_apart : bool
        Whether the contacts show in which of the periods between the days of the report relapses began.
    header : mapping of str to str
        What is printed under the title of every report: program, discharges, dates, data cut.
    open_notes : tuple of str
        Those of `notes` that hold no count of clients: a public report has no others.
    released : str
        The rules under which a public report was prepared, as a sentence; empty of an internal one.
    quarter : str
        The quarter that the report leads with, such as "2026Q3"; empty where it is of all quarters.
    not_shown : mapping of str to tuple of str
        Of a public report: by section, sentences on what it leaves out, and why.
    waits : str
        Of a public report of a quarter that is not complete yet: when its numbers are published, as a
        sentence; else empty.
    """

    title: str
    relapse: str
    endpoint: str
    missing_rule: str
    time_zero: str
    window: tuple[int, int]
    times: tuple[int, ...]
    arms: tuple[str, ...] = ()
    analyses: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    measures: tuple[MeasureWords, ...] = ()
    measures_version: str = ""
    periods_apart: bool = True
    header: Mapping[str, str] = field(default_factory=dict)
    open_notes: tuple[str, ...] = ()
    released: str = ""
    quarter: str = ""
    not_shown: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    waits: str = ""


@dataclass(frozen=True, kw_only=True)
class Provenance:
    """What went in: enough to say that the same inputs gave the same report.

    Attributes
    ----------
    study_sha256 : str
        Hash of the study file's bytes.
    inputs : tuple of (name, sha256, rows)
        Files read, without folders.
    seed : int
        Seed of the study.
    versions : mapping of str to str
        Versions of this package and of the libraries that can move a number.
    basis : str
        Legal ground on which the data are held.
    dropped : tuple of str
        Identifier columns left out on load.
    allowed : mapping of str to str
        Columns let past the identifier guard, each with its reason.
    protocol : tuple of (key, value)
        The study file: its keys, dotted, and their values as text, without comments.
    registered : tuple of (key, value)
        The same of the registered protocol; empty where the study file names none.
    registered_name : str
        Name of its file and its SHA-256.
    """

    study_sha256: str
    inputs: tuple[tuple[str, str, int], ...]
    seed: int
    versions: Mapping[str, str]
    basis: str
    dropped: tuple[str, ...] = ()
    allowed: Mapping[str, str] = field(default_factory=dict)
    protocol: tuple[tuple[str, str], ...] = ()
    registered: tuple[tuple[str, str], ...] = ()
    registered_name: str = ""


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class Analysis:
    """Everything that a report may show.

    Attributes
    ----------
    results : Results
        All numbers, the flow of discharges included (estimand "flow").
    wording : Wording
        The study in words.
    provenance : Provenance
        Inputs, seed and versions.
    labels : mapping of str to str
        Name of each column in the results ("asam_dim2") to its label for readers.
    """

    results: Results
    wording: Wording
    provenance: Provenance
    labels: Mapping[str, str] = field(default_factory=dict)

    def __repr__(self) -> str:
        """Return the title, the analyses and the number of results."""
        header = [f"{name}: {value}" for name, value in self.wording.header.items()]
        analyses = [f"{key}: {sentence}" for key, sentence in self.wording.analyses.items()]
        return "\n".join([f"Analysis: {self.wording.title}", *header, *analyses, repr(self.results)])

    def _repr_html_(self) -> str:
        return "<br>".join(html.escape(line) for line in repr(self).splitlines())


FORMAT = 1


def write_analysis(analysis: Analysis, path: str | Path) -> Path:
    """Write an analysis as JSON; `read_analysis` gives back the same numbers, bit for bit.

    Parameters
    ----------
    analysis : Analysis
        What to write.
    path : str or Path
        File to write; one that exists is replaced.

    Returns
    -------
    Path
        The file. Same analysis, same bytes.
    """
    check_argument("analysis", analysis, Analysis, "Give what analyze returns.", ResultError)
    check_argument("path", path, (str, Path), "Give the path of a file to write.", ResultError)
    table = analysis.results.table
    content = {
        "format": FORMAT,
        "wording": dataclasses.asdict(analysis.wording),
        "provenance": dataclasses.asdict(analysis.provenance),
        "labels": dict(analysis.labels),
        "results": {
            name: [_written(value) for value in table[name]] if name in FLOATS else table[name].tolist()
            for name in COLUMNS
        },
    }
    text = json.dumps(content, ensure_ascii=False, allow_nan=False, indent=1)
    target = Path(path)
    target.write_text(text + "\n", encoding="utf-8", newline="\n")
    return target


def read_analysis(path: str | Path) -> Analysis:
    """Read an analysis that `write_analysis` wrote.

    Parameters
    ----------
    path : str or Path
        The JSON file.

    Raises
    ------
    ResultError
        The file is missing, or is no analysis that this version can read.
    """
    check_argument(
        "path", path, (str, Path), "Give the path of a file that write_analysis wrote.", ResultError
    )
    name = Path(path).name
    try:
        raw = json.loads(Path(path).read_text(encoding="utf-8"))
    except OSError:
        raise ResultError(f"{name} cannot be opened. Check the path and its permissions.") from None
    except ValueError:
        raise ResultError(f"{name} is not a stored analysis. Make it anew with `write_analysis`.") from None
    if not isinstance(raw, dict) or raw.get("format") != FORMAT:
        raise ResultError(f"{name} is not a stored analysis of format {FORMAT}. Make it anew.")
    try:
        columns = {
            column: [_read(value) for value in values] if column in FLOATS else values
            for column, values in raw["results"].items()
        }
        return Analysis(
            results=Results(pd.DataFrame(columns, columns=list(COLUMNS))),
            wording=Wording(**_wording(raw["wording"])),
            provenance=Provenance(**_provenance(raw["provenance"])),
            labels=dict(raw["labels"]),
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        raise ResultError(f"{name} is an incomplete analysis. Make it anew with `write_analysis`.") from None


def write_table(results: Results, path: str | Path) -> Path:
    """Write the long table as CSV: 10 significant digits, empty where nothing applies.

    A text that a spreadsheet would take for a formula, such as a site named "=1+1", gets an apostrophe in
    front; numbers are written as numbers.

    Parameters
    ----------
    results : Results
        What to write.
    path : str or Path
        File to write; one that exists is replaced.

    Returns
    -------
    Path
        The file. Same results, same bytes.
    """
    target = Path(path)
    texts = results.table.select_dtypes(exclude="number")
    safe = results.table.assign(**{str(name): _inert(texts[name]) for name in texts})
    text = safe.to_csv(index=False, float_format="%.10g", lineterminator="\n")
    target.write_text(text, encoding="utf-8", newline="\n")
    return target


_RUN = ("=", "+", "-", "@", "\t", "\r")
"""How a text begins that a spreadsheet would run as a formula."""


def inert(text: str) -> str:
    """Return a text, with an apostrophe in front where a spreadsheet would run it as a formula."""
    return f"'{text}" if text.startswith(_RUN) else text


def _inert(texts: "pd.Series[Any]") -> "pd.Series[Any]":
    held = texts.astype("str")
    return texts.mask(held.str.startswith(_RUN), "'" + held)


def _written(value: float) -> float | str | None:
    if math.isnan(value):
        return None
    return float(value) if math.isfinite(value) else str(value)


def _read(value: float | str | None) -> float:
    return math.nan if value is None else float(value)


def _wording(raw: Mapping[str, Any]) -> dict[str, Any]:
    tuples = {name: tuple(raw[name]) for name in ("window", "times", "arms", "notes", "open_notes")}
    measures = tuple(MeasureWords(**one | {"notes": tuple(one["notes"])}) for one in raw["measures"])
    not_shown = {section: tuple(one) for section, one in raw.get("not_shown", {}).items()}
    return {**raw, **tuples, "measures": measures, "not_shown": not_shown}


def _provenance(raw: Mapping[str, Any]) -> dict[str, Any]:
    inputs = tuple((str(name), str(sha256), int(count)) for name, sha256, count in raw["inputs"])
    stated = {
        name: tuple((str(key), str(value)) for key, value in raw.get(name, ()))
        for name in ("protocol", "registered")
    }
    return {**raw, **stated, "inputs": inputs, "dropped": tuple(raw["dropped"])}
