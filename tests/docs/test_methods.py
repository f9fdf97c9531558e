"""The page of methods names every estimator, and holds the formulas of the code."""

import re

from stepdown import docs, survival
from stepdown.docs import _methods

# What estimators return, and units: described with the estimator.
ESTIMATORS = [name for name in survival.__all__ if name[0].islower()]


def test_every_estimator_has_its_section() -> None:
    text = docs.PAGES["methods.md"]()
    named = set(re.findall(r"`(\w+)`", text))
    assert set(ESTIMATORS) <= named, sorted(set(ESTIMATORS) - named)


def test_formulas_and_references_come_from_the_code() -> None:
    text = _methods._docstring("_nelson_aalen")
    assert text.startswith("*The Nelson-Aalen cumulative hazard.*\n\n    H(t) = sum_{s <= t} d(s) / Y(s)\n")
    assert text.endswith(
        "*References*: Nelson W (1972), Technometrics 14:945-966. Aalen O (1978), Ann Stat 6:701-726."
    )
    assert "---" not in text


def test_no_place_is_left_open_and_each_source_stands_once() -> None:
    template = (_methods.files("stepdown.docs") / "methods.md").read_text(encoding="utf-8")
    places = _methods._PLACE.findall(template)
    assert len(places) == len(set(places)) > 20
    assert not _methods._PLACE.search(docs.PAGES["methods.md"]())
