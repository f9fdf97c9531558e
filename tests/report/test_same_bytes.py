"""The same analysis gives the same files under any locale, time zone, number of threads and order of a hash."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import support_analysis
from stepdown.report.other_files import other_files
from stepdown.report.report_parts import report_parts
from stepdown.results import Analysis, read_analysis, write_analysis

pytestmark = pytest.mark.slow

ELSEWHERE = {
    "LC_ALL": "C", "LANG": "tr_TR.UTF-8", "TZ": "Pacific/Kiritimati", "OMP_NUM_THREADS": "2",
    "OPENBLAS_NUM_THREADS": "2", "PYTHONHASHSEED": "7", "MPLBACKEND": "svg", "SOURCE_DATE_EPOCH": "1",
    "HOME": "/nonexistent",
}  # fmt: skip
CODE = """
import json, sys, locale
from pathlib import Path
from test_same_bytes import hashes
from stepdown.results import read_analysis
try:
    locale.setlocale(locale.LC_ALL, "")
except locale.Error:
    pass
print(json.dumps(hashes(read_analysis(Path(sys.argv[1])))))
"""


def hashes(a: Analysis) -> dict[str, str]:
    files = other_files(a, report_parts(a), banner="INTERNAL", disclosure="Small numbers are shown.")
    return {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}


def test_all_files_are_the_same_elsewhere(tmp_path: Path) -> None:
    path = write_analysis(support_analysis.exact(), tmp_path / "analysis.json")
    here = hashes(read_analysis(path))
    paths = [
        *filter(None, [os.environ.get("PYTHONPATH", "")]),
        *map(str, sys.path),
        str(Path(__file__).parent),
    ]
    done = subprocess.run(
        [sys.executable, "-c", CODE, str(path)], capture_output=True, text=True, check=False, cwd=tmp_path,
        env=os.environ | ELSEWHERE | {"PYTHONPATH": os.pathsep.join(paths)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == here
    assert len(here) == 13
