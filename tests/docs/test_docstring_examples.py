"""Every example of a docstring gives what it states."""

import doctest
import importlib
import pkgutil

import pytest

import stepdown

FLAGS = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
MODULES = sorted(
    found.name
    for found in pkgutil.walk_packages(stepdown.__path__, "stepdown.")
    if not found.name.endswith("__main__")
)
PARTS = 12


def test_the_flags_let_no_other_number_pass() -> None:
    text = ">>> 1 + 1\n3\n"
    example = doctest.DocTestParser().get_doctest(text, {}, "other", None, 0)
    assert doctest.DocTestRunner(verbose=False, optionflags=FLAGS).run(example, out=str).failed == 1


@pytest.mark.parametrize("part", range(PARTS))
def test_examples_give_what_they_state(part: int, capsys: pytest.CaptureFixture[str]) -> None:
    failed = [
        name
        for name in MODULES[part::PARTS]
        if doctest.testmod(importlib.import_module(name), optionflags=FLAGS).failed
    ]
    assert failed == [], capsys.readouterr().out
