"""The tables of changing scores and of missing covariates on the page of validation, from the kept draws."""

from pathlib import Path

import numpy as np
import pandas as pd

from tools.validation.drawn_covariates import summary as drawn_summary
from tools.validation.score_adjustment import summary
from tools.validation.score_protection import WORLDS
from tools.validation.score_protection import summary as protection_summary

HERE = Path(__file__).parent
_ADJUSTED = {
    "without": "covariates of discharge, without the score",
    "at_discharge": "also the score of discharge",
    "latest": "also the latest score before each day",
}
_WRONG = {
    "both_right": "nothing",
    "start_wrong": "model of the start",
    "outcome_wrong": "hazards",
    "both_wrong": "both",
}
_ESTIMATORS = {
    "doubly_robust": "doubly robust (default)",
    "weighted": "weights alone",
    "g_formula": "hazards alone",
}
_DESIGNS = {"landmark": "landmark at day 14", "clone_censor_weight": "clone-censor-weight"}
_WAYS = {
    "whole": "none",
    "multiple": 'drawn (`missing = "multiple"`)',
    "indicator": "marked (`indicator`)",
    "complete": "left out (`complete`)",
}
_EFFECTS = {"standard": "care works", "none": "care does nothing"}
_HEADS = ("world `feedback`", "adjusted for", "truth", "bias", "its error", "spread", "coverage", "draws")


def score_table() -> str:
    """Return the table as Markdown."""
    rows = [_HEADS, ("---",) * len(_HEADS)]
    for effect in _EFFECTS:
        found = pd.read_csv(HERE / f"score_adjustment_{effect}_2000.csv")
        for row in summary(effect, 2000, found):
            numbers = (f"{row[name]:+.4f}" for name in ("truth", "bias", "error", "spread"))
            rows.append((
                _EFFECTS[effect], _ADJUSTED[str(row["adjusted"])], *numbers,
                f"{100 * float(str(row['coverage'])):.0f}%", str(row["draws"]),
            ))  # fmt: skip
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def protection_table() -> str:
    """Return the table of which model may be wrong where a score changes."""
    heads = ("wrong", "estimate", "truth", "bias", "its error", "spread", "coverage", "draws")
    rows = [heads, ("---",) * len(heads)]
    for world in WORLDS:
        found = pd.read_csv(HERE / f"score_protection_{world.name}.csv")
        for row in protection_summary(world, found):
            numbers = (f"{100 * float(str(row[name])):+.2f}" for name in ("truth", "bias", "error", "spread"))
            covered = float(str(row["coverage"]))
            rows.append((
                _WRONG[world.name], _ESTIMATORS[str(row["estimator"])], *numbers,
                "" if np.isnan(covered) else f"{100 * covered:.0f}%", str(row["draws"]),
            ))  # fmt: skip
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def drawn_table() -> str:
    """Return the table of missing covariates and how they are treated."""
    heads = ("design", "missing values", "truth", "bias", "its error", "spread", "width", "coverage", "draws")
    rows = [heads, ("---",) * len(heads)]
    found = pd.read_csv(HERE / "drawn_covariates_standard.csv")
    for row in drawn_summary("standard", found):
        numbers = [100 * float(str(row[name])) for name in ("truth", "bias", "error", "spread", "width")]
        rows.append((
            _DESIGNS[str(row["design"])], _WAYS[str(row["way"])],
            *(f"{one:+.2f}" for one in numbers[:2]), *(f"{one:.2f}" for one in numbers[2:]),
            f"{100 * float(str(row['coverage'])):.0f}%", str(row["draws"]),
        ))  # fmt: skip
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)
