"""The folder of a replication: pages, figures, results and manifest, whole or not at all."""

import hashlib
import io
import json
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path

import pandas as pd

from stepdown.errors import ConfigError, Problem
from stepdown.replicate.claim import Claim
from stepdown.replicate.claim_figure import all_claims_picture, claim_picture
from stepdown.replicate.claim_finding import ClaimFinding
from stepdown.replicate.claim_pages import claim_page, overview_page
from stepdown.replicate.facts_page import facts_page
from stepdown.replicate.kept_columns import FOLDER, code_digest, public_digest
from stepdown.replicate.own_cohort import OwnCohort
from stepdown.replicate.registry import claims, read_claim
from stepdown.replicate.replication import FULL, QUICK, ClaimResult, replicate_claims
from stepdown.replicate.simulated_columns import SEED
from stepdown.report.report_folder import MANIFEST, PAGE, RESULTS, write_folder

FACTS, FOREST, SHARES = "facts.html", "forest.svg", "shares.svg"
_OF_CLAIMS = (f"C{number:02d}.{kind}" for number in range(100) for kind in ("html", "svg"))
OURS = frozenset((PAGE, RESULTS, MANIFEST, FACTS, FOREST, SHARES, *_OF_CLAIMS))
VERDICT = "verdict"


def chosen_claims(asked: Sequence[str]) -> tuple[list[Claim], Path | None]:
    """Return the claims that ids or files name, all of the package for none, and the folder of such files.

    Parameters
    ----------
    asked : sequence of str
        Ids such as "C04", or paths of claim files.

    Raises
    ------
    ConfigError
        An id that no claim has, or a file that cannot be read.
    """
    known = {one.id: one for one in claims()}
    if not asked:
        return list(known.values()), None
    found, folder = [], None
    for name in asked:
        if name in known:
            found.append(known[name])
        elif name.endswith(".toml"):
            found.append(read_claim(name))
            folder = Path(name).parent
        else:
            what = f"is no claim of the package; claims are {', '.join(known)}"
            raise ConfigError([Problem(table=name, what=what, remedy="Give an id, or a claim file.")])
    return found, folder


def write_replication(
    out: Path,
    *,
    asked: Sequence[str] = (),
    cohort: Path | None = None,
    full: bool = False,
    progress: Callable[[str], None] | None = None,
) -> Path:
    """Replicate claims, and write their pages.

    Parameters
    ----------
    out : Path
        Folder of the pages.
    asked : sequence of str
        Ids or claim files; all claims of the package for none.
    cohort : Path or None
        Cohort file of one's own.
    full : bool
        1,000 replicates in place of 200.
    progress : callable or None
        Called with what is done.

    Returns
    -------
    Path
        The first page.

    Raises
    ------
    ConfigError, DataError, ReportError
        A claim, the cohort, or the folder cannot be used.
    """
    chosen, folder = chosen_claims(asked)
    own = None if cohort is None else OwnCohort.read(cohort)

    def make(_: Path) -> dict[str, bytes]:
        results = replicate_claims(
            chosen, own=own, folder=folder, full=full, cache=out.parent / FOLDER, progress=progress
        )
        return folder_files(results, own=own, full=full)

    write_folder(out, make, ours=OURS)
    return out / PAGE


def folder_files(results: Sequence[ClaimResult], *, own: OwnCohort | None, full: bool) -> dict[str, bytes]:
    """Return the files of a replication by name."""
    made = {PAGE: overview_page(results, facts=True), FACTS: facts_page(own), RESULTS: results_csv(results)}
    made |= {f"{one.claim.id}.html": claim_page(one) for one in results}
    pictures = {f"{one.claim.id}.svg": claim_picture(one) for one in results}
    pictures |= {FOREST: all_claims_picture(results), SHARES: all_claims_picture(results, ratios=False)}
    made |= {name: picture.svg for name, picture in pictures.items() if picture is not None}
    files = {name: text.encode() for name, text in made.items()}
    content = {
        "format": 1,
        "replicates": FULL if full else QUICK,
        "seed": SEED,
        "claims": {one.claim.id: _digest(one.claim.model_dump_json().encode()) for one in results},
        "cohort": own.digest if own else "",
        "public_data": public_digest(),
        "code": code_digest(),
        "stepdown": version("stepdown"),
        "outputs": {name: _digest(text) for name, text in sorted(files.items())},
    }
    return files | {MANIFEST: (json.dumps(content, indent=2) + "\n").encode()}


def results_csv(results: Sequence[ClaimResult]) -> str:
    """Return every number of a replication, and the verdicts, as CSV."""
    rows = [one.record() for result in results for one in result.findings]
    rows += [
        ClaimFinding(
            claim=result.claim.id, column=VERDICT, quantity=result.verdict.verdict, note=result.verdict.reason
        ).record()
        for result in results
    ]  # fmt: skip
    sink = io.StringIO()
    pd.DataFrame(rows).to_csv(sink, index=False, float_format="%.10g", lineterminator="\n")
    return sink.getvalue()


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
