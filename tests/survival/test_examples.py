"""Every public function of the engine has an example, and it gives what it states."""

import doctest
import inspect

import pytest

import stepdown.survival as engine

pytestmark = pytest.mark.slow

FUNCTIONS = [name for name in engine.__all__ if inspect.isfunction(getattr(engine, name))]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_example(name):
    text = inspect.getdoc(getattr(engine, name))
    assert "Examples\n--------" in text
    example = doctest.DocTestParser().get_doctest(text, {}, name, None, 0)
    assert len(example.examples) >= 2
    assert doctest.DocTestRunner(verbose=False).run(example).failed == 0
