"""Compute the true values of a synthetic cohort again and compare them with those stored.

In full, the same simulated clients are averaged again, so every stored value must be reproduced up to its
rounding. A sample averages fewer of them, so a value may differ by `_ERRORS` times the standard errors of
both.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from stepdown.synthetic.bundled_cohorts import BUNDLED
from stepdown.synthetic.known_truth import read_truth, truth
from stepdown.synthetic.worlds import WORLDS

_SAMPLE_POINTS, _SAMPLE_BATCHES = 4096, 8
_ERRORS = 5.0
_HALF_A_UNIT = {"risk": 0.5e-4, "share": 0.5e-4, "rmst": 0.5e-2}
_SLACK = 1e-9


@dataclass(frozen=True, eq=False, kw_only=True)
class TruthCheck:
    """Stored true values beside those computed again.

    Attributes
    ----------
    table : DataFrame
        One row per value: the key, `stored`, `again`, `allowed` difference, `passed`.
    passed : bool
        All values agree, and none is missing on either side.
    text : str
        One sentence.
    """

    table: pd.DataFrame
    passed: bool
    text: str


def truth_check(folder: str | Path, *, in_full: bool = False) -> TruthCheck:
    """Compute the true values of a cohort again and compare them with its truth.json.

    Parameters
    ----------
    folder : str or Path
        Folder of a cohort with truth.json.
    in_full : bool
        Average over as many simulated clients as the stored values do; takes minutes, not seconds.

    Returns
    -------
    TruthCheck
    """
    document, stored = read_truth(Path(folder) / "truth.json")
    worlds = {**WORLDS, **{cohort.world.name: cohort.world for cohort in BUNDLED}}
    all_points, all_batches = document["points"], document["batches"]
    points, batches = (all_points, all_batches) if in_full else (_SAMPLE_POINTS, _SAMPLE_BATCHES)
    made = truth(
        worlds[document["world"]],
        effect=document["effect"],
        sites=document["sites"],
        seed=document["seed"],
        points=points,
        batches=batches,
    )
    key = [name for name in stored if name != "value"]
    table = stored.merge(made.table, on=key, how="outer", suffixes=("_stored", "_again"))
    table = table.rename(columns={"value_stored": "stored", "value_again": "again"})
    table["allowed"] = table["quantity"].map(_HALF_A_UNIT) + _SLACK
    if not in_full:
        of_stored = {name: document["monte_carlo_error"][_kind(name)] for name in _HALF_A_UNIT}
        both = np.hypot(table["error"], table["quantity"].map(of_stored))
        table["allowed"] += _ERRORS * both
    table["passed"] = (table["stored"] - table["again"]).abs() <= table["allowed"]
    failed = int((~table["passed"]).sum())
    sample = (
        f"{points * batches:,} of {all_points * all_batches:,}"
        if not in_full
        else f"all {points * batches:,}"
    )
    text = f"{Path(folder).name}: {len(table)} true values, computed again from {sample} simulated clients: "
    if failed:
        text += f"{failed} differ from those stored. Investigate the difference, or compute them again."
    else:
        within = "their rounding" if in_full else f"{_ERRORS:.0f} standard errors"
        text += f"all agree with those stored, within {within}."
    return TruthCheck(table=table.drop(columns="error"), passed=not failed, text=text)


def _kind(quantity: str) -> str:
    return "days" if quantity == "rmst" else "risk"
