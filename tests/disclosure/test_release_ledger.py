"""The list of earlier releases: what it holds, and that a loss or an edit is noticed."""

import doctest
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from stepdown.disclosure import (
    Ledger,
    check_release,
    count_table,
    read_ledger,
    record_release,
    release_ledger,
    suppress,
)
from stepdown.errors import DisclosureError


def release(ledger: Ledger, name: str, **counts: int) -> Ledger:
    table = count_table(counts)
    return record_release(ledger, check_release(ledger, table, suppress(table).hidden, name=name))


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = read_ledger(tmp_path_factory.mktemp("recorded") / "releases")
    for quarter in (1, 2, 3):
        found = release(found, f"Q{quarter}", **{f"q{quarter}": 100 + quarter, f"few{quarter}": 7})
    return found.folder


@pytest.fixture
def ledger(recorded: Path, tmp_path: Path) -> Ledger:
    return read_ledger(shutil.copytree(recorded, tmp_path / "releases"))


def test_examples_of_the_docstrings() -> None:
    outcome = doctest.testmod(release_ledger)
    assert outcome.failed == 0
    assert outcome.attempted > 3


def test_a_release_is_kept_with_what_was_published_alone(ledger: Ledger) -> None:
    assert [one.name for one in ledger.releases] == ["Q1", "Q2", "Q3"]
    assert ledger.releases[1].cells == {"q2": 102, "few2": None}
    assert ledger.problems == ()
    assert read_ledger(ledger.folder, head=ledger.head).problems == ()
    content = json.loads((ledger.folder / "0002.json").read_bytes())
    assert content.keys() == {
        "previous",
        "release",
        "inputs",
        "threshold",
        "base",
        "cells",
        "sums",
        "sizes",
        "lacking",
        "problems",
    }
    assert 7 not in content["cells"].values()


def edit(folder: Path, number: int) -> None:
    path = folder / f"{number:04}.json"
    path.write_bytes(path.read_bytes().replace(b": 10", b": 20"))


LOST = "The list of earlier releases is lost: a release that the last report names is not in it."


@pytest.mark.parametrize(
    ("harm", "problems"),
    [
        (lambda at: edit(at, 1), ("Release 1 was changed after it was recorded.",)),
        (lambda at: edit(at, 3), ("Release 3 was changed after it was recorded.",)),
        (lambda at: (at / "0002.json").unlink(), ("Release 2 is missing from the list of earlier releases.",)),
        (lambda at: (at / "0003.json").unlink(), ("3 releases were recorded, and 2 of them are left.",)),
        (lambda at: (at / "head.json").unlink(), ("0 releases were recorded, and 3 are there.",)),
        (lambda at: (at / "head.json").write_text("{"), ("The count of earlier releases cannot be read.",)),
        (lambda at: (at / "0002.json").write_text("{"), ("The record of release 2 cannot be read.",)),
        (lambda at: (at / "0002.json").write_text('{"previous": 1}'), ("The record of release 2 cannot be read.",)),
        (lambda at: [path.unlink() for path in at.iterdir()], (LOST,)),
        (lambda at: [(at / "0003.json").unlink(), (at / "head.json").write_text(json.dumps({"releases": 2, "last": json.loads((at / "0002.json").read_text())["previous"]}))], ("Release 2 was changed after it was recorded.",)),
    ],
)  # fmt: skip
def test_a_loss_or_an_edit_is_stated(
    ledger: Ledger, harm: Callable[[Path], object], problems: tuple[str, ...]
) -> None:
    harm(ledger.folder)
    found = read_ledger(ledger.folder, head=ledger.head)
    assert found.problems == problems


def test_what_was_lost_is_stated_by_every_later_release(ledger: Ledger) -> None:
    (ledger.folder / "0002.json").unlink()
    missing = "Release 2 is missing from the list of earlier releases."
    harmed = read_ledger(ledger.folder)
    assert harmed.problems == (missing,)
    assert [one.name for one in harmed.releases] == ["Q1", "Q3"]
    fourth = release(harmed, "Q4", q4=90)
    assert (fourth.problems, fourth.last) == ((missing,), 4)
    assert release(fourth, "Q5", q5=95).problems == (missing,)
    # What is lost later is stated beside it.
    (ledger.folder / "0005.json").unlink()
    assert read_ledger(ledger.folder).problems == (
        missing,
        "5 releases were recorded, and 3 of them are left.",
    )


def test_of_two_runs_at_once_the_second_is_refused(ledger: Ledger) -> None:
    release(ledger, "Q4", q4=90)
    with pytest.raises(DisclosureError) as caught:
        release(ledger, "Q5", q5=90)
    assert str(caught.value) == "Another run has recorded release 4 meanwhile. Check again."
    assert [one.name for one in read_ledger(ledger.folder).releases][3:] == ["Q4"]


def test_a_run_that_stopped_before_it_counted_its_release_goes_on(ledger: Ledger) -> None:
    before = (ledger.folder / "head.json").read_bytes()
    after = release(ledger, "Q4", q4=90)
    (ledger.folder / "head.json").write_bytes(before)
    found = read_ledger(ledger.folder, head=after.head)
    assert found.problems == ()
    assert len(release(found, "Q5", q5=80).releases) == 5
