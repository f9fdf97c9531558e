"""Values planted in every column of every table, and sought in every byte of a report of each kind.

Ids, values of columns that are not mapped, dates, hours and free numbers are of one client and in no report.
Names of a site and of a value of a characteristic stand for a group: an internal report may show them, a
public one not where few have them. Everything is unpacked: the workbook, streams of the brief, text of
images, what the next run would reuse, and the list of releases.
"""

import base64
import contextlib
import csv
import gzip
import io
import os
import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from robustness.damage import CANARY, TABLES, project
from stepdown.report import run
from stepdown.report.reused_report import OFF

pytestmark = pytest.mark.slow

LONG = pytest.mark.skipif(
    not os.environ.get("STEPDOWN_LONG_TESTS"),
    reason="set STEPDOWN_LONG_TESTS=1 to search the internal report too",
)
RARE_SITE, RARE_TRACK = f"{CANARY}site", f"{CANARY}track"
# One of each, in the row of one client: an unusual day for each column of dates, and unusual numbers.
DATES = {
    "admit_date": "2023-02-17", "discharge_date": "2023-03-19", "appointment_date": "2023-03-29",
    "plan_started_date": "2023-03-13", "start_date": "2023-03-23", "end_date": "2026-08-13",
    "date": "2023-04-27", "since_date": "2023-04-21", "due_date": "2023-04-25",
}  # fmt: skip
NUMBERS = {"hours": "7.31913", "weight": "731.19137"}
SOUGHT = (
    rb"Zyxwvut\d", *(one.encode() for one in (*DATES.values(), *NUMBERS.values())),
    # The same days written out, and as days since 1970.
    rb"February 17, 2023", rb"March 19, 2023", rb"April 27, 2023", rb"\b19405\b", rb"\b19435\b", rb"\b19474\b",
)  # fmt: skip


def planted(study: Path) -> None:
    """Plant values: all of one client in each table, and two of a rare site and a rare value."""
    for name in TABLES:
        path = study.parent / name
        head, *rows = list(csv.reader(path.read_text(encoding="utf-8").splitlines()))
        client = f"{CANARY}0"
        mine = next(number for number, row in enumerate(rows) if row[0] == client)
        if name == "followup.csv":
            rows = [row for number, row in enumerate(rows) if row[0] != client or number == mine]
            mine = next(number for number, row in enumerate(rows) if row[0] == client)
        for number, column in enumerate(head):
            if column in DATES:
                follows = column == "start_date" and name == "followup.csv"
                rows[mine][number] = DATES["discharge_date" if follows else column]
            elif column in NUMBERS:
                rows[mine][number] = NUMBERS[column]
        for place, row in enumerate(rows):
            row.append(f"{CANARY}{place % 7}")
            if name == TABLES[0]:
                row.append(NUMBERS["weight"] if place == mine else "80")
                row.append(RARE_TRACK if place in (3, 4) else "usual")
                row[head.index("site_id")] = RARE_SITE if place in (3, 4) else row[head.index("site_id")]
        head = [*head, "extra", *(("weight", "track") if name == TABLES[0] else ())]
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows([head, *rows])
    cohort = study.parent / "cohort.toml"
    covariates = (
        '[tables.discharges.covariates]\ntrack = { from = "track", type = "category", known = "admission" }\n'
        'weight = { from = "weight", type = "number", known = "admission" }\n\n'
    )
    text = cohort.read_text(encoding="utf-8")
    cohort.write_text(
        text.replace("[tables.services]", f"{covariates}[tables.services]", 1), encoding="utf-8"
    )


def unpacked(data: bytes) -> Iterator[bytes]:
    """Yield the bytes of a file, and those of all that is packed in it."""
    yield data
    if data.startswith(b"\x1f\x8b"):
        yield from unpacked(gzip.decompress(data))
    if data.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            for name in packed.namelist():
                yield from unpacked(packed.read(name))
    for stream in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", data, flags=re.DOTALL):
        with contextlib.suppress(zlib.error):
            yield zlib.decompress(stream)
    for text in re.findall(rb"base64,([A-Za-z0-9+/=]+)", data):
        yield from unpacked(base64.b64decode(text))
    if data.startswith(b"\x89PNG"):
        yield from _chunks(data)


def _chunks(data: bytes) -> Iterator[bytes]:
    place = 8
    while place < len(data):
        size = int.from_bytes(data[place : place + 4], "big")
        kind, held = data[place + 4 : place + 8], data[place + 8 : place + 8 + size]
        assert kind in (b"IHDR", b"pHYs", b"IDAT", b"IEND", b"PLTE", b"tRNS"), f"text in an image: {kind!r}"
        yield held
        place += size + 12


def test_everything_that_is_packed_is_searched() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("a.xml", f"<v>{CANARY}1</v>")
    page = b"base64," + base64.b64encode(gzip.compress(f"{CANARY}1".encode()))
    brief = b"stream\n" + zlib.compress(f"({CANARY}1)".encode()) + b"\nendstream"
    for data in (packed.getvalue(), page, brief):
        assert not re.search(SOUGHT[0], data)
        assert any(re.search(SOUGHT[0], one) for one in unpacked(data))


@pytest.mark.parametrize("internal", [False, pytest.param(True, marks=LONG)], ids=["public", "internal"])
def test_no_byte_of_a_report_holds_what_is_of_one_client(
    tmp_path: Path, internal: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What the next run would reuse is searched too.
    monkeypatch.delenv(OFF, raising=False)
    study = project(tmp_path / "project")
    planted(study)
    before = {path for path in tmp_path.rglob("*") if path.is_file()}
    given = b"\n".join((study.parent / name).read_bytes() for name in TABLES)
    assert all(re.search(one, given) for one in SOUGHT[: 1 + len(DATES) + len(NUMBERS)])
    steps: list[str] = []
    page = run(study, out=tmp_path / "out", progress=steps.append, internal=internal)
    made = {path.relative_to(tmp_path).as_posix(): path.read_bytes() for path in tmp_path.rglob("*")
            if path.is_file() and path not in before}  # fmt: skip
    assert {f"out/{name}" for name in (
        "report.html", "results.csv", "results.xlsx", "brief.pdf", "manifest.json", "figures/index.json",
    )} <= set(made)  # fmt: skip
    assert any("releases" in name for name in made) != internal
    assert any(".stepdown-cache" in name for name in made)
    rare = () if internal else (RARE_SITE.encode(), RARE_TRACK.encode())
    found = {
        (name, one) for name, data in made.items() for piece in unpacked(data) for one in (*SOUGHT, *rare)
        if re.search(one, piece)
    }  # fmt: skip
    assert not found
    assert not [step for step in steps if any(re.search(one, step.encode()) for one in (*SOUGHT, *rare))]
    if internal:
        assert RARE_TRACK.encode() in made["out/results.csv"]
    # Figures are drawn in the page: nothing is packed, so that the bytes are all there is to search.
    assert b"base64," not in page.read_bytes()
    # Nothing is left beside the report.
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "project"]
