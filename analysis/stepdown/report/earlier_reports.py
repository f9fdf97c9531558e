"""Earlier reports of the same study, read from their folders: their rows of quarters and hashes of inputs."""

import hashlib
import json
import re
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from stepdown.report.report_folder import MANIFEST, RESULTS
from stepdown.results import Analysis, bind
from stepdown.results.table import COLUMNS, FLOATS
from stepdown.sections.quarters.earlier import EarlierReport, earlier_rows
from stepdown.sections.quarters.read import INPUT, QUARTERS
from stepdown.study import Study

_QUARTER = re.compile(r", [0-9]{4}Q[1-4]$")


def mapping_of(study: Path) -> tuple[str, str]:
    """Return the name of a study's cohort file, and the hash of all it states but the data cut.

    The data cut is another one each quarter, and changes no definition.
    """
    path = study.parent / Study.read(study).cohort
    content = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    content.pop("data_cut", None)
    text = json.dumps(content, sort_keys=True, default=str)
    return path.name, hashlib.sha256(text.encode()).hexdigest()


def with_earlier(analysis: Analysis, out: Path, *, mapping: tuple[str, str]) -> Analysis:
    """Return an analysis with what changed since earlier reports of the same study.

    Parameters
    ----------
    analysis : Analysis
        What this report shows.
    out : Path
        Folder of this report. Earlier ones are the report that it holds and those in folders beside it, of
        the same title. Public reports hold no rows of quarters, so nothing is read of them.
    mapping : tuple of (name, hash)
        From `mapping_of`.
    """
    if not (analysis.results.table["analysis"] == QUARTERS).any():
        return analysis
    title = _QUARTER.sub("", analysis.wording.title)
    name, own = mapping
    inputs = {"study": analysis.provenance.study_sha256, "mapping": own}
    inputs |= {file: digest for file, digest, _ in analysis.provenance.inputs if file != name}
    kept = {"analysis": QUARTERS, "estimand": INPUT, "term": "mapping", "statistic": "own", "note": own}
    more = list(earlier_rows(analysis.results, inputs, list(_earlier(out, title, name))))
    return replace(analysis, results=bind([analysis.results, [kept], more]))


def _earlier(out: Path, title: str, cohort_file: str) -> Iterator[EarlierReport]:
    for path in sorted(out.parent.glob(f"*/{MANIFEST}")):
        try:
            content: Any = json.loads(path.read_text(encoding="utf-8"))
            if _QUARTER.sub("", content["title"]) != title:
                continue
            inputs = {str(one["file"]): str(one["sha256"]) for one in content["inputs"]}
            inputs["study"] = str(content["study_sha256"])
            table = _quarters(path.parent / RESULTS)
            own = table.loc[(table["estimand"] == INPUT) & (table["statistic"] == "own"), "note"]
            of_file = inputs.pop(cohort_file, "")
            inputs["mapping"] = str(own.iloc[0]) if len(own) else of_file
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            continue  # damaged, or not a report: nothing can be compared with it
        if len(table):
            replaced = path.parent.name == out.name
            yield EarlierReport(table=table, inputs=inputs, replaced=replaced)


def _quarters(path: Path) -> pd.DataFrame:
    """Return the rows of quarters of a results.csv, numbers as numbers."""
    table = pd.read_csv(path, dtype=str, keep_default_na=False)
    table = table.loc[table["analysis"] == QUARTERS, list(COLUMNS)]
    return table.assign(**{name: pd.to_numeric(table[name]) for name in FLOATS}).reset_index(drop=True)
