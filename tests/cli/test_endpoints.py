"""`stepdown endpoints`: every definition, and what of them a cohort can serve."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from stepdown.cli import app
from stepdown.schema import endpoints
from support_cohort import draw

STAY = "stay -28..0 | follow 0..90"


def printed(*args: str) -> list[str]:
    done = CliRunner().invoke(app, ["endpoints", *args])
    assert done.exit_code == 0
    return done.stdout.splitlines()


def test_every_definition_is_listed_with_its_kind() -> None:
    lines = printed()
    assert lines[0] == 'Relapse definitions. A study names one of kind "time": endpoint = "first_use@1".'
    assert [line for line in lines[1:] if line and not line.startswith(" ")] == [
        f"{spec.name}  ({spec.kind_in_words})" for spec in endpoints()
    ]
    assert max(len(line) for line in lines) <= 100
    at = lines.index("seven_days@1  (time)")
    assert lines[at + 1 : at + 8] == [
        "  Use on 7 consecutive days after day 0, as the client reported it day by day. A report that gives",
        "  only an interval, a urine test or a claim is not a day of use.",
        "  source: One of the two ways to relapse in Lee et al. 2018 (CTN-0051), there from day 21 on.",
        "          doi:10.1016/S0140-6736(17)32812-X",
        "  needs: self_report + use_days",
        "  missing: as_defined, positive",
        "  parameters: days = 7",
    ]


def test_what_a_cohort_can_serve_is_marked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    cohort = draw(f"a: {STAY} | - 5 | + 30")
    monkeypatch.setattr("stepdown.sources.load", lambda path: cohort)
    lines = printed("--cohort", str(tmp_path / "cohort.toml"))
    assert lines[0] == "Relapse definitions that this cohort supports are marked with *."
    assert [line for line in lines if line.startswith("*")] == ["* first_use@1", "* two_positives@1"]
    at = lines.index("* first_use@1")
    assert lines[at + 1 : at + 4] == [
        "  missing: as_defined, interval",
        "  not positive: no visit schedule is defined: no finding is missing, refused or inconclusive, and",
        "                [schedule] is not stated",
    ]
    at = lines.index("  readmission@1")
    assert lines[at + 1 : at + 3] == [
        "  cannot be used: needs a second stay of some client, or findings of admission with a level of care",
        "",
    ]
    names = [line[2:] for line in lines if line[:2] in ("* ", "  ") and "@" in line and ":" not in line]
    assert names == [spec.name for spec in endpoints() if spec.as_outcome]
