"""A problem as one line, whatever the names in it."""

from pathlib import Path

from stepdown.errors import Problem
from stepdown.sources import check_cohort


def test_a_long_name_is_cut_and_a_path_without_a_name_is_said() -> None:
    line = str(Problem(table="x" * 5_000, column="y" * 300, what="is not known", remedy="Leave it out."))
    assert line == f"{'x' * 200}....{'y' * 200}... is not known. Leave it out."
    (problem,) = check_cohort(Path("."))
    assert str(problem) == "The path given is a folder. Give the path of a file in it."
