"""A drawn cohort through `analyze`, with the study as the text of its file."""

from pathlib import Path

import pytest

from stepdown.report import assembly
from stepdown.report.assembly import analyze
from stepdown.results import Analysis
from stepdown.schema import Cohort

STUDY = """format = 1
title = "Drawn"
cohort = "cohort.toml"
seed = 1
"""
ARMS = """
[strategies.early]
label = "Step-down"
steps = [{ level = ["iop", "php"], within = 14 }]

[strategies.none]
label = "No step-down"
avoid = [{ level = ["iop", "php"], within = 14 }]

[contrast]
arms = ["early", "none"]

[analysis]
primary = { design = "landmark", day = 14 }
"""
GATES = """
[gates]
balance.off = true
effective_size.off = true
events.off = true
outcome_known.off = true
largest_share.off = true
"""
"""Gates that let every comparison through: of a few clients, whose numbers are worked out by hand."""


def analyzed(cohort: Cohort, folder: Path, *, more: str = "", quarter: str | None = None) -> Analysis:
    """Return the analysis of a drawn cohort, its gates open; `more` is added to the study file."""
    path = folder / "study.toml"
    path.write_text(STUDY + more + GATES, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(assembly, "load", lambda file: cohort)
        return analyze(path, quarter=quarter)
