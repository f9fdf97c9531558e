"""An analysis survives a file, exactly, and a broken file says so."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import support_analysis
from stepdown.errors import ResultError
from stepdown.results import COLUMNS, Analysis, Results, read_analysis, rows, write_analysis, write_table


@pytest.mark.parametrize("make", [support_analysis.exact, support_analysis.interval])
def test_round_trip_is_exact(tmp_path: Path, make) -> None:
    analysis = make()
    again = read_analysis(write_analysis(analysis, tmp_path / "analysis.json"))
    pd.testing.assert_frame_equal(again.results.table, analysis.results.table, check_exact=True)
    assert again.wording == analysis.wording
    assert again.provenance == analysis.provenance


def test_numbers_that_are_not_finite_survive(tmp_path: Path) -> None:
    made = rows(
        {"term": str(place), "estimate": value}
        for place, value in enumerate([np.nan, np.inf, -np.inf, 0.1 + 0.2])
    )
    analysis = Analysis(
        results=made, wording=support_analysis.WORDING, provenance=support_analysis.PROVENANCE
    )
    again = read_analysis(write_analysis(analysis, tmp_path / "a.json"))
    np.testing.assert_array_equal(
        again.results.table["estimate"], [np.nan, np.inf, -np.inf, 0.30000000000000004]
    )


def test_same_analysis_same_bytes(tmp_path: Path) -> None:
    one, two = (write_analysis(support_analysis.exact(), tmp_path / name) for name in ("1", "2"))
    assert one.read_bytes() == two.read_bytes()


def test_table_has_ten_digits_and_empty_cells(tmp_path: Path) -> None:
    made = rows([{"analysis": "whole_cohort", "estimate": 1 / 3, "n": 12.0}])
    lines = write_table(made, tmp_path / "results.csv").read_bytes().decode().split("\n")
    assert lines[0] == ",".join(COLUMNS)
    assert lines[1] == "whole_cohort" + "," * 20 + "0.3333333333,,,,12,,,,shown,"
    assert lines[2:] == [""]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "analysis.json cannot be opened. Check the path and its permissions."),
        ("{", "analysis.json is not a stored analysis. Make it anew with `write_analysis`."),
        ("[1]", "analysis.json is not a stored analysis of format 1. Make it anew."),
        ('{"format": 9}', "analysis.json is not a stored analysis of format 1. Make it anew."),
        ('{"format": 1}', "analysis.json is an incomplete analysis. Make it anew with `write_analysis`."),
    ],
)
def test_broken_file_is_named(tmp_path: Path, content: str | None, message: str) -> None:
    path = tmp_path / "analysis.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(ResultError) as caught:
        read_analysis(path)
    assert str(caught.value) == message


def test_a_lost_column_is_refused(tmp_path: Path) -> None:
    path = write_analysis(support_analysis.exact(), tmp_path / "analysis.json")
    raw = json.loads(path.read_text())
    del raw["wording"]["window"]
    path.write_text(json.dumps(raw))
    with pytest.raises(ResultError, match="incomplete analysis"):
        read_analysis(path)


def test_empty_results_survive(tmp_path: Path) -> None:
    empty = Analysis(
        results=rows([]), wording=support_analysis.WORDING, provenance=support_analysis.PROVENANCE
    )
    again = read_analysis(write_analysis(empty, tmp_path / "a.json"))
    assert isinstance(again.results, Results)
    assert len(again.results) == 0


def test_an_analysis_is_shown_in_a_few_lines() -> None:
    analysis = support_analysis.exact()
    lines = repr(analysis).splitlines()
    assert lines[0] == f"Analysis: {analysis.wording.title}"
    assert lines[-1] == repr(analysis.results)
    assert len(lines) < 12
    shown = analysis._repr_html_()
    assert shown.startswith(f"Analysis: {analysis.wording.title}<br>")
    assert (
        "<script>" not in replace(analysis, wording=replace(analysis.wording, title="<script>"))._repr_html_()
    )


def test_results_are_shown_by_their_counts() -> None:
    found = rows([{"estimand": "risk", "term": "a", "estimate": 0.5}])
    assert repr(found) == "Results: 1 row, 1 estimand (risk)"
    assert found._repr_html_() == "<p>Results: 1 row, 1 estimand (risk)</p>"


def test_no_text_is_a_formula_and_numbers_are_numbers(tmp_path: Path) -> None:
    made = rows(
        [
            {"estimand": "risk", "arm": "=HYPERLINK(1)", "note": "@SUM", "estimate": -0.25},
            {"estimand": "risk", "arm": "a=b", "note": "\tx", "estimate": 0.5},
        ]
    )
    back = pd.read_csv(write_table(made, tmp_path / "results.csv"))
    assert back["arm"].tolist() == ["'=HYPERLINK(1)", "a=b"]
    assert back["note"].tolist() == ["'@SUM", "'\tx"]
    assert back["estimate"].tolist() == [-0.25, 0.5]
    assert made.table["arm"].tolist() == ["=HYPERLINK(1)", "a=b"]
