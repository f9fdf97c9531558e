"""Numbers and words as readers see them."""

import math

import pytest

from stepdown.results import words


@pytest.mark.parametrize(
    ("value", "digits", "said"),
    [(1204.55, 1, "1,204.5"), (-3.14, 1, "−3.1"), (-0.04, 1, "0.0"), (math.nan, 1, "not shown"), (7, 0, "7")],
)
def test_number(value: float, digits: int, said: str) -> None:
    assert words.number(value, digits) == said


@pytest.mark.parametrize(
    ("value", "said"), [(0.0312, "+3.1"), (-0.0312, "−3.1"), (0.0001, "0.0"), (math.nan, "not shown")]
)
def test_points(value: float, said: str) -> None:
    assert words.points(value) == said


@pytest.mark.parametrize(
    ("value", "said"), [(3.14, "+3.1"), (-3.14, "−3.1"), (-0.01, "0.0"), (math.nan, "not shown")]
)
def test_signed(value: float, said: str) -> None:
    assert words.signed(value) == said


def test_sentences() -> None:
    assert words.percent(0.2431) == "24.3%"
    assert words.listed(["a"]) == "a"
    assert words.listed(["a", "b", "c"]) == "a, b and c"
    assert words.listed([]) == ""
    assert words.window_name((30, 90)) == "days 31-90"


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("relapse", ("relapsed", "relapse-free", "relapses", "relapse-free days")),
        ("return to use", ("returned to use", "still abstinent", "returns to use", "abstinent days")),
    ],
)
def test_the_word_of_the_study(word: str, said: tuple[str, ...]) -> None:
    assert (words.happened(word), words.free(word), words.plural(word), words.days_free(word)) == said
