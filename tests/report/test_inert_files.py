"""Hostile text in every place that a user can fill: no file of a report runs it or asks for anything."""

import io
import json
import re
import shutil
import subprocess
import xml.etree.ElementTree as ElementTree
from collections import Counter
from dataclasses import fields, replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import nbformat
import openpyxl
import pytest

import support_analysis
from stepdown.report.other_files import other_files
from stepdown.report.page import page
from stepdown.report.report_parts import report_parts
from stepdown.results import Analysis, Results

pytestmark = pytest.mark.slow

MARK = "q7h"
EVIL = (
    f'=1+1 <script>document.title="ran"</script><img src="http://127.0.0.1:9/{MARK}.png" onerror="1"></style>'
    f"'\"--><svg onload=1>]]> javascript:1 &lt; $x$ `c` #panic() {MARK}"
)
# Texts of the results that come from a study, its columns and codes.
COLUMNS = ("arm", "reference", "term", "note", "endpoint")


def hostile(a: Analysis) -> Analysis:
    """Return an analysis in which every text that a user can choose is hostile."""
    table = a.results.table.copy()
    for name in COLUMNS:
        table[name] = table[name].mask(table[name] != "", table[name] + EVIL)
    words = a.wording
    changed: dict[str, Any] = {
        field.name: getattr(words, field.name) + EVIL
        for field in fields(words)
        if field.name in ("title", "endpoint", "missing_rule")
    }
    changed |= {
        "arms": tuple(one + EVIL for one in words.arms),
        "analyses": {key: sentence + EVIL for key, sentence in words.analyses.items()},
        "notes": tuple(one + EVIL for one in words.notes),
        "header": {"Program": EVIL, f"{EVIL}": "x", "Data cut": EVIL},
    }
    given = a.provenance
    inputs = tuple((name + EVIL, digest, rows) for name, digest, rows in given.inputs)
    return replace(
        a,
        results=Results(table),
        wording=replace(words, **changed),
        provenance=replace(given, inputs=inputs, basis=EVIL),
        labels={name: label + EVIL for name, label in a.labels.items()},
    )


class Tags(HTMLParser):
    """Elements, attributes and text of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: Counter[str] = Counter()
        self.attributes: Counter[str] = Counter()
        self.texts: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.attributes.update(name for name, _ in attrs)

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


@pytest.fixture(scope="module")
def analysis() -> Analysis:
    a = support_analysis.exact()
    return hostile(
        replace(a, results=Results(a.results.table[a.results.table["time"].isin([float("nan"), 14, 30, 90])]))
    )


@pytest.fixture(scope="module")
def html(analysis: Analysis) -> str:
    shown = [one._repr_html_() for part in report_parts(analysis) for one in part.shown]
    outputs = [nbformat.v4.new_output("display_data", {"text/html": text}) for text in shown]
    cell = nbformat.v4.new_code_cell("show()", outputs=outputs)
    return page(nbformat.v4.new_notebook(cells=[cell]), title=f"Report: {analysis.wording.title}")


@pytest.fixture(scope="module")
def files(analysis: Analysis) -> dict[str, bytes]:
    return other_files(analysis, report_parts(analysis), banner=EVIL, disclosure=EVIL)


def test_the_page_shows_hostile_text_as_text(html: str) -> None:
    found = Tags(html)
    assert not set(found.tags) & {"script", "img", "iframe", "object", "embed", "link", "base", "form"}
    assert found.tags["style"] == 1
    assert not [name for name in found.attributes if name.startswith("on") or name in ("src", "action")]
    assert sum(MARK in text for text in found.texts) > 20
    assert html.index("Content-Security-Policy") < html.index(MARK)
    assert "default-src 'none'" in html


def test_a_browser_shows_the_page_without_a_single_request(html: str, tmp_path: Path) -> None:
    browser = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if browser is None:
        pytest.skip("THE PAGE WAS OPENED IN NO BROWSER: chromium is not installed")
    control = '<!DOCTYPE html><title>x</title><img src="http://127.0.0.1:9/x.png"><script>document.title="ran"</script>'
    asked, shown = opened(browser, control, tmp_path)
    assert asked == {"http://127.0.0.1:9/x.png"}
    assert "<title>ran</title>" in shown
    asked, shown = opened(browser, html, tmp_path)
    assert asked == set()
    assert "<title>ran" not in shown
    assert MARK in shown


def opened(browser: str, text: str, folder: Path) -> tuple[set[str], str]:
    """Open a page; return what it asked for (not what the browser asks for on its own), and the page then."""
    path, log = folder / "page.html", folder / "log.json"
    path.write_text(text, encoding="utf-8")
    done = subprocess.run(
        [
            browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
            "--disable-component-update", "--disable-sync", "--no-first-run", "--proxy-server=127.0.0.1:9",
            f"--user-data-dir={folder / 'profile'}", f"--log-net-log={log}", "--dump-dom", path.as_uri(),
        ],
        capture_output=True, text=True, check=True, timeout=120,
    )  # fmt: skip
    events = json.loads(log.read_text(encoding="utf-8"))["events"]
    given = [event["params"] for event in events if isinstance(event.get("params"), dict)]
    return {one["url"] for one in given if one.get("initiator") in ("null", "file://")}, done.stdout


def test_the_other_files_show_it_as_text_too(files: dict[str, bytes]) -> None:
    book = openpyxl.load_workbook(io.BytesIO(files["results.xlsx"]))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    texts = [cell.value for cell in cells if isinstance(cell.value, str)]
    assert "f" not in {cell.data_type for cell in cells}
    assert [
        text for text in texts if re.match(r"[=+\-@\t\r]", text) and not re.match(r"\+[\d.]+ \(", text)
    ] == []
    assert [cell for cell in cells if cell.hyperlink] == []
    assert sum(MARK in text for text in texts) > 20
    assert files["brief.pdf"].startswith(b"%PDF")
    # No action, script, link or file inside.
    assert not re.search(rb"/(JavaScript|JS|OpenAction|AA|URI|Launch|EmbeddedFile)\b", files["brief.pdf"])
    for name, data in files.items():
        if name.endswith(".svg"):
            root = ElementTree.fromstring(data)
            assert not [
                one.tag for one in root.iter() if re.search("script|image|foreignObject|style", one.tag)
            ]
            assert not [key for one in root.iter() for key in one.attrib if key.startswith("on")]
            assert not re.search(rb'href="(?!#)', data)
    assert MARK in json.loads(files["figures/index.json"])[0]["source"]
