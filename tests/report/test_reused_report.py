"""What is reused: only what everything that it depends on leaves as it was; and what is kept, no client's."""

import gzip
import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import support_analysis
from stepdown.report import assembly, publication, reused_report
from stepdown.report.publication import run
from stepdown.report.reused_report import ANALYSIS_REUSED, OFF, REPORT_REUSED
from support_project import small_project

Run = Callable[..., list[str]]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return small_project(tmp_path / "project", clients=20)


@pytest.fixture
def again(project: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run the study, its analysis and its files made at once; return what was reused and what was made."""
    done: list[str] = []

    def analyze(*given: object, **more: object) -> Any:
        done.append("analyzed")
        return support_analysis.exact()

    def files(analysis: Any, **given: object) -> dict[str, bytes]:
        done.append("written")
        assert analysis.wording.title == support_analysis.exact().wording.title
        outputs = {"report.html": hashlib.sha256(b"page").hexdigest()}
        content = {"title": "IOP or PHP within 14 days of residential discharge", "outputs": outputs}
        content |= {"audience": "public" if given.get("record") else "internal"}
        return {"report.html": b"page", "manifest.json": json.dumps(content).encode()}

    monkeypatch.delenv(OFF)
    monkeypatch.setattr(assembly, "analyze", analyze)
    monkeypatch.setattr(publication, "_files", files)
    monkeypatch.setattr(publication, "with_earlier", lambda analysis, out, mapping: analysis)

    def once(**more: Any) -> list[str]:
        done.clear()
        run(
            project,
            **{"out": project.parent / "reports" / "2026Q3", "reused": done.append, "internal": True} | more,
        )
        return list(done)

    return once


MADE = ["analyzed", "written"]


def test_an_unchanged_study_is_not_run_again(again: Run, project: Path) -> None:
    assert again() == MADE
    page = project.parent / "reports" / "2026Q3" / "report.html"
    before = page.stat().st_mtime_ns
    assert again() == [REPORT_REUSED]
    assert page.stat().st_mtime_ns == before
    assert again(fresh=True) == MADE
    assert again() == [REPORT_REUSED]
    shutil.rmtree(project.parent / ".stepdown-cache")
    assert again() == MADE


@pytest.mark.parametrize("name", ["study.toml", "cohort.toml", "services.csv", "truth.json"])
def test_a_changed_file_is_noticed(again: Run, project: Path, name: str) -> None:
    again()
    path = project.parent / name
    path.write_text(path.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    assert again() == MADE
    # The report before was of other files, and the new one says what changed: one more run without that.
    assert again() == [ANALYSIS_REUSED, "written"]
    assert again() == [REPORT_REUSED]


def test_other_options_and_versions_are_noticed(again: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    again()
    assert again(quarter="2026Q1") == MADE
    again(quarter="2026Q1")
    assert again(quarter="2026Q1") == [REPORT_REUSED]
    monkeypatch.setattr(reused_report, "_own", lambda: {"stepdown": "another"})
    assert again(quarter="2026Q1") == MADE


def test_a_damaged_report_is_made_anew(again: Run, project: Path) -> None:
    again()
    (project.parent / "reports" / "2026Q3" / "report.html").write_text("mine")
    assert again() == [ANALYSIS_REUSED, "written"]
    assert again() == [REPORT_REUSED]


def test_another_report_of_the_study_beside_it_is_read_again(again: Run, project: Path) -> None:
    again()
    again(out=project.parent / "reports" / "2026Q2")
    assert again() == [ANALYSIS_REUSED, "written"]


def test_a_damaged_or_unreadable_analysis_is_computed_again(again: Run, project: Path) -> None:
    again()
    (kept,) = (project.parent / ".stepdown-cache").glob("analysis-*")
    kept.write_bytes(gzip.compress(b"{}"))
    (project.parent / ".stepdown-cache" / "reports.json").write_text("[")
    assert again() == MADE
    (kept,) = (project.parent / ".stepdown-cache").glob("analysis-*")
    assert kept.stat().st_mode & 0o077 == 0


def test_nothing_is_kept_where_that_is_turned_off(
    again: Run, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(OFF, "1")
    assert again() == MADE
    assert again() == MADE
    assert not (project.parent / ".stepdown-cache").exists()


def test_a_list_of_releases_that_went_on_is_noticed(
    again: Run, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Checked:
        analysis = support_analysis.exact()
        record = "on the list"

    monkeypatch.setattr(publication, "for_publication", lambda analysis, **more: Checked)
    assert again(internal=False) == MADE
    # A public report keeps no analysis: that would hold counts that are hidden.
    assert not list((project.parent / ".stepdown-cache").glob("analysis-*"))
    assert again(internal=False) == [REPORT_REUSED]
    (project.parent / "releases").mkdir()
    (project.parent / "releases" / "1.json").write_text("{}")
    assert again(internal=False) == MADE
