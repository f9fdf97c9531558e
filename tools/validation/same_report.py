"""`python -m tools.validation.same_report`: whole runs under other settings of a machine give the same bytes.

With the rows of every file in another order, numbers and figures stay the same; only hashes of inputs differ.
"""

import os
import random
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from stepdown.sources import bundled

SETTINGS: dict[str, dict[str, str]] = {
    "one thread": {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "TZ": "UTC"},
    "two threads, another time zone": {
        "OMP_NUM_THREADS": "2",
        "OPENBLAS_NUM_THREADS": "2",
        "TZ": "Pacific/Kiritimati",
        "PYTHONHASHSEED": "7",
    },
    "another locale": {"LC_ALL": "C", "LANG": "de_DE.UTF-8", "OMP_NUM_THREADS": "1", "PYTHONHASHSEED": "11"},
}


def report(study: Path, out: Path, settings: dict[str, str]) -> dict[str, bytes]:
    """Run a study in a process of its own, and return the files of its report."""
    command = [sys.executable, "-m", "stepdown", "run", str(study), "--out", str(out)]
    subprocess.run(command, env=os.environ | settings, check=True, capture_output=True, cwd=out.parent)
    return {path.relative_to(out).as_posix(): path.read_bytes() for path in out.rglob("*") if path.is_file()}


def shuffled(folder: Path, copy: Path) -> None:
    """Copy a project with the rows of each table in another order."""
    shutil.copytree(folder, copy)
    order = random.Random(5)
    for path in copy.glob("*.csv"):
        head, *rows = path.read_text(encoding="utf-8").splitlines()
        order.shuffle(rows)
        path.write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")


def differing(one: dict[str, bytes], other: dict[str, bytes]) -> list[str]:
    """Return the files that are not the same in both reports."""
    return sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))


def main(name: str) -> bool:
    """Print what differs; return whether nothing does that should not."""
    project = bundled("synthetic") / name
    with tempfile.TemporaryDirectory() as work:
        folder = Path(work)
        made = {
            words: report(project / "study.toml", folder / f"report{number}", settings)
            for number, (words, settings) in enumerate(SETTINGS.items())
        }
        first, *others = made.values()
        found = {words: differing(first, one) for words, one in zip([*made][1:], others, strict=True)}
        shuffled(project, folder / "shuffled")
        again = report(folder / "shuffled" / "study.toml", folder / "report", SETTINGS["one thread"])
        numbers = [name for name in first if name == "results.csv" or name.startswith("figures/")]
        found["rows in another order"] = [name for name in numbers if first[name] != again.get(name)]
    for words, files in found.items():
        print(f"{name}, {words}: {', '.join(files) or 'no difference'} ({len(first)} files)")
    return not any(found.values())


if __name__ == "__main__":
    sys.exit(0 if all([main(name) for name in sys.argv[1:] or ["one_site"]]) else 1)
