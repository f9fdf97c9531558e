"""Tests of the engine fit monotone data on purpose; that such fits warn has a test of its own."""

import pytest


def pytest_collection_modifyitems(items):
    for item in items:
        if "tests/survival" in item.path.as_posix() and "fit_warning" not in item.name:
            item.add_marker(pytest.mark.filterwarnings("ignore::stepdown.survival.FitWarning"))
