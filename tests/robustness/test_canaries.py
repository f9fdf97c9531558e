"""Ids and values of columns that are not mapped are planted in every table, and sought in every byte of a report."""

import contextlib
import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from robustness.damage import CANARY, TABLES, project
from stepdown.report import run

pytestmark = pytest.mark.slow


def planted(study: Path) -> None:
    for name in TABLES:
        path = study.parent / name
        head, *rows = path.read_text(encoding="utf-8").splitlines()
        lines = [f"{head},extra", *(f"{row},{CANARY}{place % 7}" for place, row in enumerate(rows))]
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def unpacked(data: bytes) -> Iterator[bytes]:
    """Yield the bytes of a file, and those of all that is packed in it."""
    yield data
    if data.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            yield from map(packed.read, packed.namelist())
    for stream in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", data, flags=re.DOTALL):
        with contextlib.suppress(zlib.error):
            yield zlib.decompress(stream)


def test_no_byte_of_a_report_holds_an_id_or_a_value_that_is_not_mapped(tmp_path: Path) -> None:
    study = project(tmp_path / "project")
    planted(study)
    steps: list[str] = []
    page = run(study, out=tmp_path / "out", progress=steps.append)
    sought = re.compile(CANARY.encode() + rb"\d")
    assert sought.search((study.parent / TABLES[0]).read_bytes())
    outputs = {path.name: path.read_bytes() for path in page.parent.rglob("*") if path.is_file()}
    assert {"report.html", "results.csv", "results.xlsx", "brief.pdf", "manifest.json"} <= set(outputs)
    assert not [name for name, data in outputs.items() if any(map(sought.search, unpacked(data)))]
    # Figures are drawn in the page: nothing is packed, so that the bytes are all there is to search.
    assert b"base64," not in outputs["report.html"]
    assert not [step for step in steps if sought.search(step.encode())]
    # Nothing is left beside the report.
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "project"]
