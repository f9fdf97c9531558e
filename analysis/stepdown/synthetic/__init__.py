"""Synthetic clients whose true risks are known.

`generate` makes the four canonical frames day by day; `truth` tells the risks that a perfect analysis
would find. Every number that drives them stands in `margins.toml` and `course.toml` beside this file.
"""

from stepdown.synthetic.bundled_cohorts import BUNDLED, Bundled, bundle
from stepdown.synthetic.cohort_files import write
from stepdown.synthetic.generator import generate
from stepdown.synthetic.known_truth import Truth, read_truth, truth
from stepdown.synthetic.worlds import EFFECTS, WORLDS, Effect, Recording, World

__all__ = [
    "BUNDLED",
    "EFFECTS",
    "WORLDS",
    "Bundled",
    "Effect",
    "Recording",
    "Truth",
    "World",
    "bundle",
    "generate",
    "read_truth",
    "truth",
    "write",
]
