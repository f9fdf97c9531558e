"""The inputs and outputs of a report as JSON, without clock times, paths or run times."""

import hashlib
import json
import math
from collections.abc import Mapping, Sequence

from stepdown.results import Analysis
from stepdown.results.reading import FROM_INTERVALS, WHOLE, bounded, pairs, rows_of
from stepdown.sections.quarters.read import QUARTERS

FORMAT = 1
INTERNAL, PUBLIC = "internal", "public"
"""Values of `audience`. Whether a public report is published, the privacy officer decides."""


def sha256(content: bytes) -> str:
    """Return the SHA-256 of bytes in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def manifest(
    analysis: Analysis,
    *,
    notebooks: Sequence[tuple[str, bytes]],
    outputs: Mapping[str, bytes],
    quarter: str | None,
    findings: Sequence[str] = (),
    released: Mapping[str, object] | None = None,
) -> str:
    """Return the manifest of a report.

    Parameters
    ----------
    analysis : Analysis
        What the report shows.
    notebooks : sequence of (name, bytes)
        The notebooks that were run.
    outputs : mapping of str to bytes
        Files of the report by name.
    quarter : str or None
        The quarter that was asked for.
    findings : sequence of str
        First sentences of the report, for a list of reports.
    released : mapping or None
        Of a public report, the rules and the state of the list of releases; None of an internal one.

    Returns
    -------
    str
        JSON. Same inputs, same text.
    """
    provenance = analysis.provenance
    content = {
        "format": FORMAT,
        "title": analysis.wording.title,
        "audience": INTERNAL if released is None else PUBLIC,
        "checked_for_publication": False,
        **({} if released is None else {"disclosure": dict(released)}),
        "study_sha256": provenance.study_sha256,
        "quarter": quarter,
        "summary": {**_summary(analysis), "findings": list(findings)},
        "seed": provenance.seed,
        "basis": provenance.basis,
        "inputs": [
            {"file": name, "sha256": digest, "rows": rows} for name, digest, rows in provenance.inputs
        ],
        "dropped": list(provenance.dropped),
        "allowed": dict(provenance.allowed),
        "versions": dict(provenance.versions),
        "notebooks": [{"file": name, "sha256": sha256(content)} for name, content in notebooks],
        "result_rows": len(analysis.results),
        "outputs": {name: sha256(text) for name, text in sorted(outputs.items())},
    }
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"


def _summary(analysis: Analysis) -> dict[str, object]:
    """Return what a list of reports shows of this one: released numbers and sentences only."""
    day = analysis.wording.window[1]
    risk = _at(analysis, day, analysis_key=WHOLE, estimand="risk", cause="relapse")
    complete = _at(analysis, day, analysis_key="", estimand="followed", statistic="complete")
    return {
        "header": dict(analysis.wording.header),
        "day": day,
        "risk": risk and {name: risk[name] for name in ("estimate", "conf_low", "conf_high")},
        "range": _range(analysis, day),
        "waits": bool(analysis.wording.waits),
        "complete": complete and {"complete": complete["estimate"], "discharges": complete["n"]},
        "quarters": _quarters(analysis, day),
        "changes": _changes(analysis, day),
    }


_NUMBERS = ("estimate", "conf_low", "conf_high")


def _quarters(analysis: Analysis, day: int) -> dict[str, dict[str, float | bool]]:
    """Return the risk by a day of each quarter, and whether the quarter was complete."""
    table = analysis.results.table
    mine = (table["analysis"] == QUARTERS) & (table["estimand"] == "series") & (table["time"] == day)
    mine &= (table["term"] == "risk") & (table["level"] == "") & (table["reference"] == "")
    return {
        str(row["quarter"]): {name: float(row[name]) for name in _NUMBERS}
        | {"complete": row["variant"] == ""}
        for _, row in table[mine].dropna(subset=[*_NUMBERS]).iterrows()
    }


def _changes(analysis: Analysis, day: int) -> dict[str, dict[str, float | str]]:
    """Return the change of the risk by a day from the quarter before, of complete quarters."""
    table = analysis.results.table
    mine = (table["analysis"] == QUARTERS) & (table["estimand"] == "change") & (table["time"] == day)
    mine &= (table["term"] == "risk") & (table["statistic"] == "difference") & (table["variant"] == "")
    return {
        str(row["quarter"]): {name: float(row[name]) for name in _NUMBERS}
        | {"reference": str(row["reference"])}
        for _, row in table[mine].dropna(subset=[*_NUMBERS]).iterrows()
    }


def _range(analysis: Analysis, day: int) -> dict[str, float] | None:
    """Return the lowest and the highest risk by a day, where contacts show only intervals; else None."""
    if not bounded(analysis.results, analysis=WHOLE):
        return None
    found = pairs(analysis.results, analysis=WHOLE, estimand="risk", cause="relapse")
    found = found[found["time"] == day].dropna(subset=["lowest", "highest"])
    if len(found) != 1:
        return None
    return {name: float(found[name].iloc[0]) for name in ("lowest", "highest")}


def _at(
    analysis: Analysis,
    day: int,
    *,
    analysis_key: str,
    estimand: str,
    statistic: str = "estimate",
    cause: str | None = None,
) -> dict[str, float] | None:
    """Return the numbers of a row as of a day; None where there is not exactly one, or it has none."""
    found = rows_of(
        analysis.results, analysis=analysis_key, estimand=estimand, statistic=statistic, cause=cause
    )
    found = found[(found["time"] == day) & (found["bound"] == "") & (found["method"] != FROM_INTERVALS)]
    if len(found) != 1:
        return None
    row = {name: float(found[name].iloc[0]) for name in ("estimate", "conf_low", "conf_high", "n")}
    needed = ("estimate", "n") if statistic == "complete" else ("estimate", "conf_low", "conf_high")
    return row if all(math.isfinite(row[name]) for name in needed) else None


def notebooks_run(manifest: str) -> list[str]:
    """Return a line with the hash of each notebook that a report ran.

    Parameters
    ----------
    manifest : str
        Text of a manifest.

    Returns
    -------
    list of str
    """
    return [f"Ran {one['file']} (SHA-256 {one['sha256']})." for one in json.loads(manifest)["notebooks"]]
