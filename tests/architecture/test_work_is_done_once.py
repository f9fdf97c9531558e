"""One analysis selects its discharges once, whatever the number of definitions of relapse."""

from pathlib import Path

import pytest

import stepdown as sd
from stepdown.cohort import derivation
from stepdown.cohort.people import Flow
from support_project import small_project


def test_discharges_are_selected_and_linked_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    study = small_project(tmp_path / "programs")
    selected: list[str] = []
    outcomes: list[object] = []
    first, linked, followed = Flow.__init__, derivation.linked, derivation.followed

    def counted_flow(self, table, *, name="", after=()):  # type: ignore[no-untyped-def]
        selected.extend([name] if not after else [])
        first(self, table, name=name, after=after)

    def counted_links(*given, **more):  # type: ignore[no-untyped-def]
        selected.append("linked")
        return linked(*given, **more)

    def counted_outcomes(given, study):  # type: ignore[no-untyped-def]
        outcomes.append((study.outcome.endpoint, study.outcome.missing))
        return followed(given, study)

    monkeypatch.setattr(Flow, "__init__", counted_flow)
    monkeypatch.setattr(derivation, "linked", counted_links)
    monkeypatch.setattr(derivation, "followed", counted_outcomes)
    sd.analyze(study)
    # Once for the study, and once for its quarters, in each of which a client counts anew.
    assert selected == 2 * ["All discharges in the data", "linked"]
    assert len(outcomes) > len(set(outcomes)) > 5
