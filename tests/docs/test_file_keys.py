"""docs/cohort-file.md and docs/study-file.md have every key, with an example that is right and an error that is raised."""

import re
import tomllib
from pathlib import Path

import pytest

from tools.docs_pages.key_pages import (
    BASES,
    HEADINGS,
    ROOTS,
    Key,
    attributes,
    cohort_file_page,
    keys,
    models,
    problems,
    study_file_page,
)

ROOT = Path(__file__).resolve().parents[2]
KEYS = [key for file in ROOTS for key in keys(file)]
EXAMPLES = tomllib.loads((ROOT / "tools/docs_pages/key_examples.toml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("base", BASES)
def test_each_small_file_is_right(base: str) -> None:
    assert problems(base, "") == []


@pytest.mark.parametrize("key", KEYS, ids=lambda key: f"{key.model}.{key.name}")
def test_the_example_is_right_and_the_error_is_raised(key: Key) -> None:
    assert [str(one) for one in problems(key.base, key.right)] == []
    found = problems(key.base, key.wrong)
    assert found
    # The message leads to the key, or to the table that holds it.
    assert any(
        set(re.split(r"\W+", key.wrong)) & set(one.column.split(".")) or not one.column for one in found
    )


def test_every_key_of_every_model_is_explained() -> None:
    declared = {
        (model.__name__, field.alias or name)
        for root in ROOTS.values()
        for model in models(root)
        for name, field in model.model_fields.items()
    }
    shown = {(key.model, key.name) for key in KEYS}
    examples = {
        (model, name) for base in EXAMPLES.values() for model, lines in base.items() for name in lines
    }
    assert shown == declared == examples
    assert {model for model, _ in declared} == set(HEADINGS)
    assert [key for key in KEYS if not key.meaning.endswith((".", ".)"))] == []


def test_a_key_without_words_would_be_seen() -> None:
    root = ROOTS["study.toml"]
    assert set(attributes(root)) == set(root.model_fields)


def test_types_and_defaults_are_in_words() -> None:
    by_name = {(key.model, key.name): key for key in KEYS}
    window = by_name["Outcome", "window"]
    assert (window.kind, window.default) == ("list of 2 (whole number of at least 0)", "`[30, 90]`")
    assert by_name["TimeZero", "max_gap_days"].kind == "whole number, at least 0, at most 36525"
    assert by_name["TimeZero", "event"].kind == '`"discharge"` or `"admission"` or `"randomization"`'
    assert by_name["TableMap", "file"].default == "required"
    assert by_name["CohortFile", "data_cut"].kind == "date or whole number"


def test_links_within_the_pages_lead_somewhere() -> None:
    for page in (cohort_file_page(), study_file_page()):
        assert set(re.findall(r"\]\(#(\w+)\)", page)) <= set(re.findall(r'<a id="(\w+)">', page))
