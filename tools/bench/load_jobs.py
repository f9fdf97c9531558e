"""The jobs: from files to derived discharges or a whole analysis, and a plain reading of the same files."""

from collections.abc import Callable
from pathlib import Path

from stepdown.synthetic import generate, write

STUDY = """format = 1
title = "Bench"
cohort = "cohort.toml"
seed = 1

[strategies.early]
label = "IOP or PHP within 14 days"
steps = [{ level = ["iop", "php"], within = 14 }]

[strategies.none]
label = "No step-down within 14 days"
avoid = [{ level = ["iop", "php"], within = 14 }]

[contrast]
arms = ["early", "none"]

[analysis]
primary = { design = "landmark", day = 14 }
"""


def prepare(folder: Path, *, discharges: int, services: int) -> tuple[int, int]:
    """Write a synthetic cohort as Parquet, with a study file; return the rows of both tables.

    The generator makes a little over 9 sessions a discharge; sessions are repeated up to `services`.
    """
    import pandas as pd

    frames = generate(discharges, seed=1)
    missing = services - len(frames["services"])
    if missing > 0:
        # The same sessions once more: rows of `services` have no key.
        again = [frames["services"], frames["services"].iloc[:missing]]
        frames["services"] = pd.concat(again, ignore_index=True)
    write(frames, folder, format="parquet")
    (folder / "study.toml").write_text(STUDY, encoding="utf-8")
    return len(frames["discharges"]), len(frames["services"])


def pipeline(folder: Path, done: Callable[[str], None]) -> None:
    """Load, check, derive, then estimate."""
    from stepdown.cohort import derive
    from stepdown.compare import design
    from stepdown.estimate import estimate_design
    from stepdown.sources import load
    from stepdown.study import Study

    done("import")
    cohort = load(folder / "cohort.toml")
    done("load and check")
    study = Study.read(folder / "study.toml")
    people = derive(cohort, study)
    done("derive")
    chosen = design(people, study)
    done("design")
    estimate_design(chosen, study)
    done("estimate")


def whole_analysis(folder: Path, done: Callable[[str], None]) -> None:
    """Analyze a study as a report does, on one thread: every section, without the notebook."""
    import pyarrow as pa

    import stepdown as sd

    pa.set_cpu_count(1)
    analyze = sd.analyze  # The name loads its module on first use.
    done("import")
    analyze(folder / "study.toml")
    done("analyze")


def first_touch(folder: Path, done: Callable[[str], None]) -> None:
    """Write once to each page of 4 GB of new memory."""
    import numpy as np

    done("import")
    np.empty(500_000_000)[::512] = 1
    done("touch")


def plain(folder: Path, done: Callable[[str], None]) -> None:
    """Read the same files with pandas and do nothing else."""
    import pandas as pd

    done("import")
    for path in sorted(folder.glob("*.parquet")):
        pd.read_parquet(path)
    done("read")
