"""Synthetic clients whose true risks are known.

`generate` simulates the five canonical frames day by day; `truth` computes the risks that an analysis without
error would find. All parameters are in `margins.toml` and `course.toml` beside this file.
"""

from stepdown.synthetic.bundled_cohorts import BUNDLED, Bundled, bundle
from stepdown.synthetic.cohort_files import write
from stepdown.synthetic.generator import generate
from stepdown.synthetic.known_truth import Truth, read_truth, truth
from stepdown.synthetic.quarter_extracts import QuarterExtract, quarter_extracts
from stepdown.synthetic.worlds import EFFECTS, WORLDS, Effect, Recording, World

__all__ = [
    "BUNDLED",
    "EFFECTS",
    "WORLDS",
    "Bundled",
    "Effect",
    "QuarterExtract",
    "Recording",
    "Truth",
    "World",
    "bundle",
    "generate",
    "quarter_extracts",
    "read_truth",
    "truth",
    "write",
]
