"""An analysis as a file: JSON with exact numbers, and the long table as CSV."""

import dataclasses
import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from stepdown.errors import ResultError
from stepdown.results._analysis import Analysis, MeasureWords, Provenance, Wording
from stepdown.results._table import COLUMNS, NUMBERS, Results

FORMAT = 1
_FLOATS = ("time", *NUMBERS)


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
    table = analysis.results.table
    content = {
        "format": FORMAT,
        "wording": dataclasses.asdict(analysis.wording),
        "provenance": dataclasses.asdict(analysis.provenance),
        "results": {
            name: [_written(value) for value in table[name]] if name in _FLOATS else table[name].tolist()
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
            column: [_read(value) for value in values] if column in _FLOATS else values
            for column, values in raw["results"].items()
        }
        return Analysis(
            results=Results(pd.DataFrame(columns, columns=list(COLUMNS))),
            wording=Wording(**_wording(raw["wording"])),
            provenance=Provenance(**_provenance(raw["provenance"])),
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        raise ResultError(f"{name} is an incomplete analysis. Make it anew with `write_analysis`.") from None


def write_table(results: Results, path: str | Path) -> Path:
    """Write the long table as CSV: 10 significant digits, empty where nothing applies.

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
    text = results.table.to_csv(index=False, float_format="%.10g", lineterminator="\n")
    target.write_text(text, encoding="utf-8", newline="\n")
    return target


def _written(value: float) -> float | str | None:
    if math.isnan(value):
        return None
    return float(value) if math.isfinite(value) else str(value)


def _read(value: float | str | None) -> float:
    return math.nan if value is None else float(value)


def _wording(raw: Mapping[str, Any]) -> dict[str, Any]:
    tuples = {name: tuple(raw[name]) for name in ("window", "times", "arms", "notes")}
    measures = tuple(MeasureWords(**one | {"notes": tuple(one["notes"])}) for one in raw["measures"])
    return {**raw, **tuples, "measures": measures}


def _provenance(raw: Mapping[str, Any]) -> dict[str, Any]:
    inputs = tuple((str(name), str(sha256), int(count)) for name, sha256, count in raw["inputs"])
    return {**raw, "inputs": inputs, "dropped": tuple(raw["dropped"])}
