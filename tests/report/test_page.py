"""The page: one file, readable, silent towards the world; nothing half-written."""

import itertools
import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import nbformat
import pytest
from nbclient.exceptions import CellTimeoutError

import support_analysis
from stepdown.display.text_and_tables import Table
from stepdown.errors import ReportError
from stepdown.report.notebook import execute, read
from stepdown.report.page import BANNER, page
from stepdown.report.publication import publish
from stepdown.results import Analysis

pytestmark = pytest.mark.slow

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "01_first_look.ipynb"
MAKERS: dict[str, Callable[[], Analysis]] = {
    "exact": support_analysis.exact,
    "interval": support_analysis.interval,
    "baseline": support_analysis.baseline,
}


OUTPUTS = {"report.html", "brief.pdf", "results.csv", "results.xlsx"}
FIGURES = {
    f"figures/{name}"
    for name in (
        "index.json",
        *(f"{one}_1.{kind}" for one in ("speed", "timing", "arms") for kind in ("svg", "png")),
    )
} | {"figures/arms_2.png", "figures/arms_2.svg", "figures/comparison_1.png", "figures/comparison_1.svg"}


def render(analysis: Analysis, out: Path, *, notebook: Path = NOTEBOOK) -> Path:
    return publish(analysis, notebook=notebook, out=out, quarter=None, progress=lambda step: None)


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pages")
    return {name: render(make(), folder / name) for name, make in MAKERS.items()}


_NOT_ASKED = ("quarters", "trust", "sensitivity", "subgroups", "sites", "simple_comparison", "secondary")
"""Sections without anything to show in the made-up analysis."""


class Outline(HTMLParser):
    """What a screen reader would find."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.unclosed: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "br", "img", "link"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.unclosed.append(tag)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.tags if name == tag]


@pytest.mark.parametrize("name", MAKERS)
def test_page_is_well_made(pages: dict[str, Path], name: str) -> None:
    text = pages[name].read_text(encoding="utf-8")
    outline = Outline(text)
    assert outline.unclosed == []
    assert outline.open == []
    assert outline.all("html") == [{"lang": "en"}]
    assert {"charset": "utf-8"} in outline.all("meta")
    assert any(meta.get("name") == "viewport" for meta in outline.all("meta"))
    assert len(outline.all("title")) > 0
    levels = [int(tag[1]) for tag, _ in outline.tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))
    assert outline.all("a")[0] == {"class": "skip", "href": "#report"}
    assert outline.all("main")[0]["id"] == "report"
    ids = [attrs["id"] for _, attrs in outline.tags if "id" in attrs]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("name", MAKERS)
def test_page_calls_nobody(pages: dict[str, Path], name: str) -> None:
    text = pages[name].read_text(encoding="utf-8")
    assert "://" not in text
    assert "<script" not in text
    assert "@import" not in text
    assert "<link" not in text
    assert "default-src &#x27;none&#x27;" in text or "default-src 'none'" in text


@pytest.mark.parametrize("name", MAKERS)
def test_tables_can_be_read_aloud(pages: dict[str, Path], name: str) -> None:
    text = pages[name].read_text(encoding="utf-8")
    outline = Outline(text)
    assert len(outline.all("table")) == len(outline.all("caption")) >= 3
    assert {attrs.get("scope") for attrs in outline.all("th")} == {"col", "row"}
    assert all(svg["role"] == "img" and svg["aria-label"] for svg in outline.all("svg"))


@pytest.mark.parametrize("name", MAKERS)
def test_page_says_that_it_is_internal(pages: dict[str, Path], name: str) -> None:
    text = pages[name].read_text(encoding="utf-8")
    assert BANNER == "INTERNAL: NOT REVIEWED FOR RELEASE"
    assert text.count(BANNER) == 3  # the top, every printed page, the end
    assert text.index(f"<strong>{BANNER}.</strong>") < text.index("<main")


def test_code_is_hidden_but_there(pages: dict[str, Path]) -> None:
    text = pages["exact"].read_text(encoding="utf-8")
    outline = Outline(text)
    cells = read(NOTEBOOK)["cells"]
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    assert len(code) > 5
    # The first cell, and those of sections that the study does not ask for, show nothing: their code stands with
    # that of the next.
    hidden = [one for one in outline.all("details") if "class" not in one]
    assert text.count("<summary>Show the code</summary>") == len(hidden) == len(code) - len(_NOT_ASKED) - 1
    assert "a = sd.read_analysis(&quot;analysis.json&quot;)" in text
    assert "Run all cells" not in text  # told in JupyterLab only


def test_sections_without_data_say_so(pages: dict[str, Path]) -> None:
    text = pages["interval"].read_text(encoding="utf-8")
    assert "Not shown: rates by period and relapse-free days." in text
    assert "The study defines no plans of care to compare." in text
    assert "nan" not in text.lower().replace("maintenance", "")


def test_folder_holds_page_results_and_manifest(pages: dict[str, Path]) -> None:
    folder = pages["exact"].parent
    assert {path.name for path in folder.iterdir()} == {"manifest.json", "figures", *OUTPUTS}
    assert not [path for path in folder.parent.iterdir() if path.name.startswith(".")]
    said = json.loads((folder / "manifest.json").read_text())
    assert said["study_sha256"] == support_analysis.PROVENANCE.study_sha256
    assert said["seed"] == 20260101
    assert said["inputs"][1] == {"file": "discharges.csv", "sha256": "ef" * 32, "rows": 640}
    assert said["result_rows"] == len(support_analysis.exact().results)
    assert set(said["outputs"]) == OUTPUTS | FIGURES


def test_same_analysis_same_bytes_in_place_of_an_old_report(pages: dict[str, Path], tmp_path: Path) -> None:
    out = tmp_path / "elsewhere"
    out.mkdir()
    (out / "report.html").write_text("the report of last quarter")
    again = render(support_analysis.exact(), out)
    for name in ("manifest.json", *OUTPUTS, *FIGURES):
        assert (again.parent / name).read_bytes() == (pages["exact"].parent / name).read_bytes(), name
    assert {path.name for path in out.iterdir()} == {"manifest.json", "figures", *OUTPUTS}
    assert [path.name for path in tmp_path.iterdir()] == ["elsewhere"]


def changed(tmp_path: Path, *, source: str, cell: str = "page-one") -> Path:
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    next(one for one in notebook.cells if one.id == cell).source = source
    path = tmp_path / NOTEBOOK.name
    nbformat.write(notebook, path)
    return path


def test_a_failing_cell_is_named_and_nothing_is_written(tmp_path: Path) -> None:
    notebook = changed(tmp_path, source='client = "Jane Doe"\n\nraise KeyError(client)')
    out = tmp_path / "out"
    out.mkdir()
    (out / "report.html").write_text("the report of last quarter")
    with pytest.raises(ReportError) as caught:
        render(support_analysis.interval(), out, notebook=notebook)
    assert str(caught.value) == (
        "Cell 5 of 01_first_look.ipynb stopped with KeyError at the line `raise KeyError(client)`. "
        "Correct it and run again."
    )
    assert "Jane" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert [path.name for path in out.iterdir()] == ["report.html"]
    assert (out / "report.html").read_text() == "the report of last quarter"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["01_first_look.ipynb", "out"]


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ReportError) as caught:
        render(support_analysis.interval(), tmp_path / "file" / "out")
    assert str(caught.value) == (
        "The folder for the report (out) cannot be written. Name a folder that you may write to, and close its files in "
        "other programs."
    )


def test_what_stands_in_the_way_is_named_before_anything_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "out" / "report.html").mkdir(parents=True)
    (tmp_path / "file").write_text("mine")
    for out, said in (
        ("out", "out holds what is not of a report: report.html. Name another folder, or an empty one."),
        (
            "file",
            "The report cannot be written, because a file has the name of its folder: file. Name another folder.",
        ),
        (
            ".",
            "The report cannot take the place of the folder you are in. Name another folder, such as report.",
        ),
    ):
        with pytest.raises(ReportError) as caught:
            render(support_analysis.interval(), tmp_path / out)
        assert str(caught.value) == said
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["report.html"]
    assert (tmp_path / "file").read_text() == "mine"


def test_a_cell_that_takes_too_long_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def endless(*arguments: object, **keywords: object) -> None:
        raise CellTimeoutError("a cell of a client's data")

    monkeypatch.setattr("nbclient.NotebookClient.execute", endless)
    with pytest.raises(ReportError) as caught:
        execute(nbformat.v4.new_notebook(), folder=tmp_path, name="mine.ipynb")
    assert str(caught.value) == (
        "A cell of mine.ipynb took more than 10 minutes and was stopped. Divide it, or compute less in it."
    )


def test_styles_for_jupyterlab_are_no_part_of_the_page() -> None:
    table = Table("A", ("x", "y"), (("r", "1.0"),))._repr_html_()
    found = shown(nbformat.v4.new_output("display_data", {"text/html": table}))
    assert "<caption>A</caption>" in found
    assert "jp-RenderedHTMLCommon" not in found


def shown(*outputs: nbformat.NotebookNode) -> str:
    cell = nbformat.v4.new_code_cell("1 + 1", outputs=list(outputs))
    return page(nbformat.v4.new_notebook(cells=[cell]), title="A <title>")


def test_other_outputs_are_shown_and_warnings_are_not() -> None:
    new = nbformat.v4.new_output
    text = shown(
        new("stream", name="stdout", text="said <aloud>"),
        new("stream", name="stderr", text="/home/somebody: a warning"),
        new("execute_result", {"text/plain": "2"}),
        new("display_data", {"image/png": "AAAA", "text/plain": "<Figure>"}),
        new("display_data", {"text/markdown": "*so*"}),
    )
    assert "<pre>said &lt;aloud&gt;</pre>" in text
    assert "<pre>2</pre>" in text
    assert 'alt="A figure without a description" src="data:image/png;base64,AAAA"' in text
    assert "<em>so</em>" in text
    assert "warning" not in text
    assert "<title>A &lt;title&gt;</title>" in text


@pytest.mark.parametrize(
    "markup",
    [
        '<img src="//example.org/x.png">',
        "<script>1</script>",
        "<style>@import 'x'</style>",
        "<p style='a:url(x)'>",
    ],
)
def test_what_loads_from_outside_is_refused(markup: str) -> None:
    with pytest.raises(ReportError) as caught:
        shown(nbformat.v4.new_output("display_data", {"text/html": markup}))
    assert str(caught.value) == (
        "The page would run a script or load something from outside. Remove it from the notebook: a report must "
        "open offline."
    )


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ("{", "n.ipynb cannot be read as a notebook. Save it again in JupyterLab."),
        (
            '{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}',
            "n.ipynb must have one cell tagged `parameters`, which makes the analysis `a`; it has 0. Give that cell the tag, "
            "and no other.",
        ),
    ],
)
def test_a_broken_notebook_is_named(tmp_path: Path, cells: str, message: str) -> None:
    path = tmp_path / "n.ipynb"
    path.write_text(cells)
    with pytest.raises(ReportError) as caught:
        read(path)
    assert str(caught.value) == message
