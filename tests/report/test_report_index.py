"""The list of reports: from their manifests alone, the latest first, internal ones apart."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

import support_analysis
from stepdown.report.manifest import manifest
from stepdown.report.page import asks_outside
from stepdown.report.report_index import (
    ListedReport,
    folder_of_reports,
    index_page,
    listed_reports,
    write_index,
)

EVIL = '<script>alert(1)</script>" onclick="1'


def report(folder: Path, name: str, *, public: bool = True, **summary: Any) -> None:
    content = {
        "title": summary.pop(
            "title", f"Step-down, {name}" if re.fullmatch(r"\d{4}Q\d", name) else "Step-down"
        ),
        "quarter": name if re.fullmatch(r"\d{4}Q\d", name) else None,
        "audience": "public" if public else "internal",
        "summary": {
            "header": {"Data cut": f"after {name}", "Discharges": "1,922 included of 2,000 in the data"},
            "findings": [f"The finding of {name}."],
            "day": 90,
            "risk": {"estimate": 0.291, "conf_low": 0.27, "conf_high": 0.313},
            "complete": {"complete": 1681.0, "discharges": 1924.0},
        }
        | summary,
        "outputs": {"report.html": "", "brief.pdf": "", "results.xlsx": "", "figures/a.svg": ""},
    }
    (folder / name).mkdir(parents=True)
    (folder / name / "manifest.json").write_text(json.dumps(content), encoding="utf-8")


def rows(page: str) -> list[list[str]]:
    found = re.findall(r"<tr>(.*?)</tr>", page, flags=re.DOTALL)
    return [
        [re.sub(r"<[^>]+>", " ", cell).strip() for cell in re.findall(r"<t[hd].*?</t[hd]>", row)]
        for row in found
    ]


def test_the_latest_comes_first_with_what_changed(tmp_path: Path) -> None:
    report(tmp_path, "2026Q2", risk={"estimate": 0.303, "conf_low": 0.28, "conf_high": 0.33})
    report(tmp_path, "2026Q3")
    report(
        tmp_path,
        "2026Q1",
        risk=None,
        range={"lowest": 0.147, "highest": 0.378},
        complete={"complete": 1924.0, "discharges": 1924.0},
    )
    assert write_index(tmp_path) == tmp_path / "index.html"
    assert rows((tmp_path / "index.html").read_text(encoding="utf-8")) == [
        ["Report", "Files", "Data cut", "Discharges", "Relapsed", "Follow-up", "Since the report before"],
        ["2026Q3", "Report   Brief (PDF)   Workbook", "after 2026Q3", "1,922", "29.1% (27.0% to 31.3%) by day 90", "provisional: 1,681 of 1,924 complete to day 90",
         "−1.2 points since 2026Q2"],
        ["2026Q2", "Report   Brief (PDF)   Workbook", "after 2026Q2", "1,922", "30.3% (28.0% to 33.0%) by day 90", "provisional: 1,681 of 1,924 complete to day 90",
         ""],
        ["2026Q1", "Report   Brief (PDF)   Workbook", "after 2026Q1", "1,922", "range from 14.7% to 37.8% by day 90", "final: all complete to day 90",
         ""],
    ]  # fmt: skip


def test_what_the_latest_report_has_of_an_earlier_quarter(tmp_path: Path) -> None:
    none = {"risk": None, "complete": {"complete": 0.0, "discharges": 120.0}}
    risk = {"estimate": 0.27, "conf_low": 0.2, "conf_high": 0.35}
    change = risk | {"estimate": 0.1, "conf_low": 0.01, "conf_high": 0.19, "reference": "2025Q4"}
    report(tmp_path, "2026Q1", **none)
    report(tmp_path, "2026Q2", **none, quarters={"2026Q1": risk | {"complete": False}})
    more = {"2026Q1": risk | {"complete": True}, "2026Q2": risk | {"complete": False}}
    report(tmp_path, "2026Q3", **none, quarters=more, changes={"2026Q1": change})
    head, *found = rows(index_page(listed_reports(tmp_path)))
    assert head[5:8] == ["Follow-up", "By the report 2026Q3", "From the quarter before"]
    assert [row[4:8] for row in found] == [
        ["not known yet", "provisional: 0 of 120 complete to day 90", "", "not known yet"],
        ["not known yet", "provisional: 0 of 120 complete to day 90", "27.0% (20.0% to 35.0%), provisional",
         "not known yet"],
        ["not known yet", "provisional: 0 of 120 complete to day 90", "27.0% (20.0% to 35.0%), final",
         "+10.0 (+1.0 to +19.0) from 2025Q4: more than chance explains"],
    ]  # fmt: skip


def test_internal_reports_have_a_list_of_their_own_and_studies_too(tmp_path: Path) -> None:
    report(tmp_path, "2026Q3")
    report(tmp_path, "2026Q2")
    assert write_index(tmp_path) == tmp_path / "index.html"
    assert not (tmp_path / "index-internal.html").exists()
    report(tmp_path, "2026Q3-internal", public=False)
    report(tmp_path, "other", title="Another study", public=False)
    write_index(tmp_path)
    page, internal = ((tmp_path / name).read_text() for name in ("index.html", "index-internal.html"))
    assert re.findall(r"<h[123]>(.*?)</h[123]>", page) == ["Reports", "Step-down", "2026Q3"]
    assert re.findall(r"<h[123]>(.*?)</h[123]>", internal) == [
        "Internal reports", "Another study", "other", "Step-down", "2026Q3-internal",
    ]  # fmt: skip
    assert "INTERNAL" not in page
    assert (
        'role="note"><strong>INTERNAL: NOT REVIEWED FOR RELEASE.</strong> Small groups could identify'
        in internal
    )
    assert "2026Q3-internal" not in page
    assert 'href="2026Q2/report.html" aria-label="Report of 2026Q2"' in page
    assert "0.0 points since 2026Q2" in page


def test_the_list_is_that_of_a_folder_named_reports(tmp_path: Path) -> None:
    assert folder_of_reports(tmp_path / "reports" / "2026Q3") == tmp_path / "reports"
    for place in ("2026Q3", "public/2026Q3", "reports/more/2026Q3"):
        assert folder_of_reports(tmp_path / place) is None


def test_a_public_report_is_final_once_its_quarter_is_complete(tmp_path: Path) -> None:
    risk = {"estimate": 0.27, "conf_low": 0.2, "conf_high": 0.35, "complete": True}
    for name in ("2026Q1", "2026Q2"):
        waits = name == "2026Q2"
        own = None if waits else {one: risk[one] for one in ("estimate", "conf_low", "conf_high")}
        report(tmp_path, name, complete=None, quarters={"2026Q1": risk}, waits=waits, risk=own)
    _, *found = rows(index_page(listed_reports(tmp_path)))
    assert [row[5] for row in found] == ["provisional", "final"]
    assert [row[4] for row in found] == ["not published yet", "27.0% (20.0% to 35.0%) by day 90"]
    # Of the first quarter there is no change.
    assert [row[7] for row in found] == ["not known yet", ""]


def test_a_column_without_any_cell_is_left_out(tmp_path: Path) -> None:
    report(tmp_path, "2026Q3")
    page = index_page(listed_reports(tmp_path))
    assert rows(page)[0] == ["Report", "Files", "Data cut", "Discharges", "Relapsed", "Follow-up"]
    assert "may be chance alone" not in page


def test_the_page_is_inert_and_shows_hostile_text_as_text(tmp_path: Path) -> None:
    report(tmp_path, "a b#?&'", title=EVIL, header={"Data cut": EVIL}, findings=[EVIL])
    page = index_page(listed_reports(tmp_path))
    assert not asks_outside(page)
    assert "<script" not in page
    assert 'onclick="' not in page
    assert 'href="a%20b%23%3F%26%27/report.html"' in page
    assert "default-src 'none'" in page
    assert page == index_page(listed_reports(tmp_path))


def test_a_damaged_manifest_is_left_out_and_another_page_is_left_alone(tmp_path: Path) -> None:
    report(tmp_path, "2026Q3")
    (tmp_path / "2026Q2").mkdir()
    (tmp_path / "2026Q2" / "manifest.json").write_text('{"title": "x"}')
    assert [one.folder for one in listed_reports(tmp_path)] == ["2026Q3"]
    (tmp_path / "index.html").write_text("mine")
    assert write_index(tmp_path) is None
    assert (tmp_path / "index.html").read_text() == "mine"
    assert "There is no report in this folder." in index_page(())


def test_a_manifest_holds_what_the_list_shows(tmp_path: Path) -> None:
    a = support_analysis.exact()
    written = manifest(
        a, notebooks=(), outputs={"report.html": b""}, quarter="2026Q3", findings=("One.", "Two.")
    )
    (tmp_path / "2026Q3").mkdir()
    (tmp_path / "2026Q3" / "manifest.json").write_text(written, encoding="utf-8")
    row = a.results.one(
        analysis="whole_cohort", estimand="risk", cause="relapse", time=90, statistic="estimate"
    )
    (found,) = listed_reports(tmp_path)
    assert found == ListedReport(
        folder="2026Q3", title=a.wording.title, header={}, findings=("One.", "Two."), day=90,
        risk=(row["estimate"], row["conf_low"], row["conf_high"]), ends=None, complete=None, public=False,
        files=("report.html", "manifest.json"), quarter="2026Q3",
    )  # fmt: skip


@pytest.mark.parametrize("make", [support_analysis.interval, support_analysis.baseline])
def test_a_risk_that_is_a_range_is_not_one_number(make: Any) -> None:
    summary = json.loads(manifest(make(), notebooks=(), outputs={}, quarter=None))["summary"]
    assert (summary["risk"] is None) == (make is support_analysis.interval)
    assert (summary["range"] is None) == (make is support_analysis.baseline)
