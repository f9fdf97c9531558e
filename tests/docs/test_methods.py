"""The page of methods names every estimator, and holds the formulas of the code."""

import re

import pytest

from stepdown import survival
from tools import docs_pages as docs
from tools.docs_pages import methods_page

# What estimators return, and units: described with the estimator.
ESTIMATORS = [name for name in survival.__all__ if name[0].islower()]


def test_every_estimator_has_its_section() -> None:
    text = docs.PAGES["methods.md"]()
    named = set(re.findall(r"`(\w+)`", text))
    assert set(ESTIMATORS) <= named, sorted(set(ESTIMATORS) - named)


def test_formulas_and_references_come_from_the_code() -> None:
    text = methods_page._docstring("curves.cumulative_hazard")
    assert text.startswith("*The Nelson-Aalen cumulative hazard.*\n\n    H(t) = sum_{s <= t} d(s) / Y(s)\n")
    assert text.endswith(
        "*References*: Nelson W (1972), Technometrics 14:945-966. Aalen O (1978), Ann Stat 6:701-726."
    )
    assert "---" not in text


def test_no_place_is_left_open_and_each_source_stands_once() -> None:
    template = (methods_page.files("tools.docs_pages") / "methods.md").read_text(encoding="utf-8")
    places = methods_page._PLACE.findall(template)
    assert len(places) == len(set(places)) > 20
    assert not methods_page._PLACE.search(docs.PAGES["methods.md"]())


def test_no_module_is_named_but_by_what_the_page_calls_it(monkeypatch) -> None:
    text = docs.PAGES["methods.md"]()
    assert not methods_page._MODULE.search(text)
    assert "Formulas: *Sums by day for one arm*." in text
    monkeypatch.setattr(methods_page, "_docstring", lambda module: "As `core.sample` has it.")
    with pytest.raises(ValueError, match=r"names core\.sample, and does not describe it"):
        methods_page.methods()


def test_what_each_estimator_takes_is_read_from_its_signature() -> None:
    rows = dict(line[2:].split(" | ", 1) for line in methods_page._taken().splitlines()[2:])
    assert rows["`cox`"] == "yes | yes | yes | yes |"
    assert rows["`gray`"] == " |  |  | yes |"
    assert rows["`pseudo_values`"] == " |  |  | yes |"
    assert rows["`multi_state`"] == "yes | yes | yes |  |"
    assert "`contrast`" not in rows
