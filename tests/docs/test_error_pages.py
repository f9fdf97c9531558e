"""Every error names a page that exists, and the recipe where there is one."""

import re
from pathlib import Path

import pytest

from stepdown import errors
from stepdown.errors import (
    PAGES,
    ConfigError,
    DesignError,
    EstimateError,
    Problem,
    ReportError,
    StepdownError,
    StudyError,
    errors_of_kind,
    pages_of,
)
from stepdown.sources import check_cohort
from support_sources import DATES, DISCHARGES, write
from support_study import study
from tools.docs_pages.key_pages import COHORT, STUDY, keys, problems

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("page", PAGES.values())
def test_the_page_exists(page: str) -> None:
    path, _, anchor = page.partition("#")
    text = (ROOT / path).read_text(encoding="utf-8")
    assert not anchor or f'<a id="{anchor}">' in text


def test_every_error_has_a_page() -> None:
    kinds = [one for one in vars(errors).values() if isinstance(one, type) and issubclass(one, StepdownError)]
    assert len(kinds) > 10
    assert {one.kind for one in kinds} <= set(PAGES)


def test_every_kind_that_the_package_gives_has_a_page() -> None:
    sources = [path.read_text(encoding="utf-8") for path in (ROOT / "analysis").rglob("*.py")]
    given = set(re.findall(r'(?:\bkind=|errors_of_kind\()"([a-z -]+)"', "\n".join(sources)))
    named = {kind for kind in given if " " in kind or kind in ("calls", "sessions", "episodes")}
    assert named <= set(PAGES)
    assert {"own files", "time and status", "calls"} <= named
    assert {"files", "missing", "answers", "folders", "notebook"} <= given & set(PAGES)


def test_an_error_of_the_report_names_the_part_of_its_page() -> None:
    assert ReportError("It failed.").__notes__ == ["More: docs/reports.md"]
    assert ReportError("It failed.", kind="notebook").__notes__ == ["More: docs/reports.md#notebook"]


def test_a_date_that_cannot_be_read_names_the_part_on_dates(tmp_path: Path) -> None:
    path = write(tmp_path, DATES + DISCHARGES, discharges="id in out\n1 2026-01-05 soon")
    assert pages_of(check_cohort(path), "cohort file")[0] == "docs/own-files.md#dates"


@pytest.mark.parametrize(
    ("text", "page"),
    [
        ("id in out\n1 2026-03-05 2026-02-01", "docs/recipes.md#one-row-a-client"),
        (
            "id in out\n1 2026-01-05 2026-02-01\n1 2026-01-20 2026-02-20",
            "docs/recipes.md#episodes-of-all-levels",
        ),
    ],
)
def test_a_problem_of_rows_names_the_recipe_of_its_table(tmp_path: Path, text: str, page: str) -> None:
    path = write(tmp_path, DATES + DISCHARGES, discharges=text)
    assert pages_of(check_cohort(path), "cohort file") == (page, "docs/cohort-file.md")


@pytest.mark.parametrize("file", [COHORT, STUDY])
def test_an_error_of_each_key_links_to_a_recipe(file: str) -> None:
    kind = {COHORT: "cohort file", STUDY: "study file"}[file]
    for key in keys(file):
        pages = pages_of(problems(key.base, key.wrong), kind)
        assert [page for page in pages if page.startswith("docs/recipes.md#")], key


@pytest.mark.parametrize(
    ("line", "recipe"),
    [
        ("outcome.windw = [30, 90]", "one-row-a-client"),
        ("strategies.early.label = 1", "sessions-on-a-second-sheet"),
        ("time_zero.episode = 1", "episodes-of-all-levels"),
        ("eligibility = [1]", "own-columns-as-arms"),
    ],
)
def test_an_error_of_a_study_links_to_the_recipe_that_shows_its_part(line: str, recipe: str) -> None:
    assert pages_of(problems("study", line), "study file") == (
        f"docs/recipes.md#{recipe}",
        "docs/study-file.md",
    )


def test_an_error_of_an_estimate_links_to_the_examples_of_the_engine() -> None:
    assert EstimateError("No events.").pages == ("docs/survival-examples.md", "docs/methods.md")
    assert DesignError("An arm is empty.").pages == (
        "docs/recipes.md#sessions-on-a-second-sheet",
        "docs/choosing-a-design.md",
    )


def test_the_page_is_under_the_message() -> None:
    with pytest.raises(StudyError) as caught:
        study(seed="x")
    assert caught.value.__notes__ == ["More: docs/recipes.md#one-row-a-client, docs/study-file.md"]
    problem = Problem(table="cohort.toml", what="is wrong", remedy="Correct it.", kind="calls")
    assert ConfigError([problem, problem]).pages == ("docs/recipes.md#log-with-calls", "docs/cohort-file.md")


def test_a_block_has_a_kind_of_its_own() -> None:
    with pytest.raises(ConfigError) as caught, errors_of_kind("own files"):
        raise ConfigError("The file is wrong.")
    assert (caught.value.kind, caught.value.__notes__) == (
        "own files",
        ["More: docs/recipes.md#log-with-calls, docs/own-files.md"],
    )
