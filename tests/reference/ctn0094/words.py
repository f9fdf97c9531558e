"""Write the published words of the randomized to standard output, for `ctn0094_trials.R`; nothing is kept.

Columns: trial, arm, word, and the day since randomization of the visit that was missed by death. Run with
STEPDOWN_REAL_DATA naming the folder that holds ctn0094/.
"""

import os
import sys
from pathlib import Path

import pandas as pd

folder = Path(os.environ["STEPDOWN_REAL_DATA"]) / "ctn0094"
drawn = pd.read_parquet(folder / "randomization.parquet").query("which == '1'")
words = pd.read_parquet(folder / "derived_weeklyOpioidPattern.parquet")
visit = pd.read_parquet(folder / "visit.parquet")
dead = visit[visit["is_dead"].notna()]
day = dead.set_index("who")["visit"].str.removeprefix("WK").astype(int) * 7
table = drawn.merge(pd.read_parquet(folder / "everybody.parquet"), on="who").merge(words, on="who")
table["word"] = table["Phase_1"] + table["Phase_2"].fillna("")
table["dead"] = table["who"].map(day)
table[["project", "treatment", "word", "dead"]].to_csv(sys.stdout, index=False)
