"""The inputs and outputs of a report as JSON, without clock times, paths or run times."""

import hashlib
import json
from collections.abc import Mapping, Sequence

from stepdown.results import Analysis

FORMAT = 1


def sha256(content: bytes) -> str:
    """Return the SHA-256 of bytes in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def manifest(
    analysis: Analysis,
    *,
    notebooks: Sequence[tuple[str, bytes]],
    outputs: Mapping[str, bytes],
    quarter: str | None,
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

    Returns
    -------
    str
        JSON. Same inputs, same text.
    """
    provenance = analysis.provenance
    content = {
        "format": FORMAT,
        "title": analysis.wording.title,
        "checked_for_publication": False,
        "study_sha256": provenance.study_sha256,
        "quarter": quarter,
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
