"""Make the truth of a synthetic cohort again and compare it with what is stored.

In full, the same points are averaged again, so every stored number must come back up to its rounding. The
quick form averages fewer points, so a number may differ by `_ERRORS` times the standard errors of both.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from stepdown.synthetic.bundled_cohorts import BUNDLED
from stepdown.synthetic.known_truth import read_truth, truth
from stepdown.synthetic.worlds import WORLDS

_QUICK_POINTS, _QUICK_BATCHES = 4096, 8
_ERRORS = 5.0
_HALF_A_UNIT = {"risk": 0.5e-4, "share": 0.5e-4, "rmst": 0.5e-2}
_SLACK = 1e-9


@dataclass(frozen=True, eq=False, kw_only=True)
class TruthCheck:
    """A stored truth against the one made again.

    Attributes
    ----------
    table : DataFrame
        One row a value: the key, `stored`, `again`, `allowed` difference, `passed`.
    passed : bool
        All values agree, and none is missing on either side.
    text : str
        One sentence.
    """

    table: pd.DataFrame
    passed: bool
    text: str


def truth_check(folder: str | Path, *, quick: bool = False) -> TruthCheck:
    """Make the truth of a cohort again and compare it with its truth.json.

    Parameters
    ----------
    folder : str or Path
        Folder of a cohort with truth.json.
    quick : bool
        Average over fewer points, in seconds instead of minutes.

    Returns
    -------
    TruthCheck
    """
    document, stored = read_truth(Path(folder) / "truth.json")
    worlds = {**WORLDS, **{cohort.world.name: cohort.world for cohort in BUNDLED}}
    made = truth(
        worlds[document["world"]],
        effect=document["effect"],
        sites=document["sites"],
        seed=document["seed"],
        points=_QUICK_POINTS if quick else document["points"],
        batches=_QUICK_BATCHES if quick else document["batches"],
    )
    key = [name for name in stored if name != "value"]
    table = stored.merge(made.table, on=key, how="outer", suffixes=("_stored", "_again"))
    table = table.rename(columns={"value_stored": "stored", "value_again": "again"})
    table["allowed"] = table["quantity"].map(_HALF_A_UNIT) + _SLACK
    if quick:
        of_stored = {name: document["monte_carlo_error"][_kind(name)] for name in _HALF_A_UNIT}
        both = np.hypot(table["error"], table["quantity"].map(of_stored))
        table["allowed"] += _ERRORS * both
    table["passed"] = (table["stored"] - table["again"]).abs() <= table["allowed"]
    failed = int((~table["passed"]).sum())
    name = Path(folder).name
    text = (
        f"All {len(table)} true values of {name} came back."
        if not failed
        else f"{failed} of {len(table)} true values of {name} did not come back. Find out why, or remake it."
    )
    return TruthCheck(table=table.drop(columns="error"), passed=not failed, text=text)


def _kind(quantity: str) -> str:
    return "days" if quantity == "rmst" else "risk"
