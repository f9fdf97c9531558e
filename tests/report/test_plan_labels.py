"""A label of a plan is shown as the study states it, whatever words it holds."""

import html
import re
import shutil
from pathlib import Path

import pytest

import stepdown as sd
from stepdown.report.sections import show

pytestmark = pytest.mark.slow

SITE = Path(__file__).resolve().parents[2] / "data" / "synthetic" / "one_site"
EARLY, NONE = "IOP vs PHP early", "No step-down"


@pytest.fixture(scope="module")
def analysis(tmp_path_factory: pytest.TempPathFactory) -> sd.Analysis:
    folder = tmp_path_factory.mktemp("labels") / "site"
    shutil.copytree(SITE, folder)
    study = folder / "study.toml"
    text = study.read_text(encoding="utf-8")
    for plain, label in (("IOP or PHP within 14 days", EARLY), ("No step-down within 14 days", NONE)):
        assert f'label = "{plain}"' in text
        text = text.replace(f'label = "{plain}"', f'label = "{label}"')
    study.write_text(text, encoding="utf-8")
    return sd.analyze(study)


def test_both_labels_are_whole_in_the_results(analysis: sd.Analysis) -> None:
    table = analysis.results.table
    contrasts = table[(table["reference"] != "") & (table["analysis"] != "quarters")]
    assert set(zip(contrasts["arm"], contrasts["reference"], strict=True)) == {(EARLY, NONE)}


@pytest.mark.parametrize("part", ["page_one", "arms", "definitions"])
def test_no_text_table_or_figure_splits_a_label(analysis: sd.Analysis, part: str) -> None:
    shown = "".join(item._repr_html_() for item in show(analysis, part))
    shown = html.unescape(re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", shown)))
    assert EARLY in shown or part == "page_one"
    pieces = shown.replace(EARLY, "")
    assert not re.search(r"IOP against|against PHP|PHP early|\bIOP[”\"]", pieces)
