"""Exact words in which a claim, or a cohort that does not allow its comparison, is refused."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from stepdown.errors import ConfigError, DesignError
from stepdown.replicate.claim import Claim
from stepdown.replicate.claim_columns import DONE_RIGHT, column_of
from stepdown.replicate.claim_estimates import claim_estimates
from stepdown.replicate.claim_studies import study_of
from stepdown.replicate.completed_stays import in_teds_codes
from stepdown.replicate.derived_claim import DerivedClaim
from stepdown.replicate.done_right_column import _finding
from stepdown.replicate.registry import claims, read_claim
from stepdown.replicate.replication_folder import chosen_claims
from stepdown.schema import Cohort
from stepdown.sources import from_frames

CLAIMS = {one.id: one for one in claims()}
CLAIM_FILE = Path(__file__).resolve().parents[2] / "analysis/stepdown/replicate/claims/C01.toml"
NO_RATIO = "A group has nobody with the outcome, so there is no ratio."


def cohort(
    care: Mapping[str, list[int]], relapse: Mapping[str, int], *, rehearse: str = "", **columns: Any
) -> Cohort:
    """Return people by the days of their IOP sessions and of their relapse after discharge on day 28."""
    names = list(care)
    found = pd.DataFrame(
        [(name, 28 + day, "positive", "urine") for name, day in relapse.items()] + [(names[0], 29, "negative", "urine")],
        columns=["client_id", "day", "finding", "source"],
    )  # fmt: skip
    sessions = pd.DataFrame(
        [
            (name, "iop", 28 + day, "skills_rehearsal" if name in rehearse.split() else "group", 3.0, True)
            for name in names
            for day in care[name]
        ],
        columns=["client_id", "level", "start_day", "kind", "hours", "attended"],
    )
    return from_frames(
        discharges=pd.DataFrame(
            {"client_id": names, "admit_day": 0, "discharge_day": 28, "level": "residential"} | columns
        ),
        services=sessions,
        observations=found,
        followup=pd.DataFrame({"client_id": names, "start_day": 28, "end_day": 428}),
        basis="synthetic",
        clock="day",
    )


def refused(claim: Claim, held: Cohort) -> str:
    with pytest.raises(DesignError) as caught:
        claim_estimates(claim, DerivedClaim.of(held, study_of(claim)))
    return str(caught.value)


NOBODY, ONE = cohort({"a": [2], "b": []}, {}), cohort({"a": [2], "b": []}, {"b": 40})


@pytest.mark.parametrize(
    ("name", "changes", "held", "words"),
    [
        (
            "C01",
            {"measure": "ratio", "outcome": "dropout"},
            ONE,
            'C01 has measure = "ratio" and outcome = "dropout", which is not estimated. Correct one of them.',
        ),
        (
            "C01",
            {"day": 200},
            ONE,
            "The results have no risk by day 200. Add the day to outcome.times of the study.",
        ),
        (
            "C10",
            {"day": 200},
            cohort({"a": [2], "b": []}, {"b": 40}, level=["residential", "iop"]),
            "The results have no risk by day 200. Add the day to outcome.times of the study.",
        ),
        ("C02", {}, ONE, "A period has no relapse, so there is no ratio of rates."),
        (
            "C14",
            {},
            cohort({"a": [2], "b": []}, {"b": 40}, appointment_day=[30, 31]),
            "Everybody has an appointment within 7 days, or nobody, so there is no comparison.",
        ),
        (
            "C14",
            {},
            cohort({"a": [2], "b": [12]}, {}, appointment_day=[30, 40]),
            "Nobody drops out before a first session, so there is no share of dropout.",
        ),
        (
            "C19",
            {"study": "year_after_discharge"},
            ONE,
            'The study has no design "time_varying". Add it to analysis.secondary.',
        ),
        ("C04", {"outcome": "relapse"}, cohort({"a": list(range(120)), "b": []}, {}), NO_RATIO),
        (
            "C07",
            {},
            cohort({"a": [2], "b": []}, {"b": 40}, appointment_scheduled=[True, False]),
            "A group has nobody who attends, so there is no ratio.",
        ),
        ("C13", {"study": "continuum"}, ONE, "The study has no dose of care. Add [dose]."),
        (
            "C13",
            {},
            ONE,
            "Of those who started care all had 90 days of it, or none, so there is no comparison.",
        ),
        (
            "C13",
            {},
            cohort({"a": list(range(2, 100)), "b": [2]}, {"b": 40}),
            "A group has nobody who stays abstinent, so there is no ratio.",
        ),
        (
            "C06",
            {},
            cohort({"a": [1], "b": [2], "c": [1, 2], "d": [3], "e": [], "f": [2, 3]}, {}, rehearse="a b e"),
            NO_RATIO,
        ),
    ],
)
def test_words_about_a_cohort(name: str, changes: dict[str, Any], held: Cohort, words: str) -> None:
    claim = CLAIMS[name].model_copy(update=changes)
    assert refused(claim, held) == words


def test_words_about_a_claim_that_no_design_can_correct() -> None:
    completion = CLAIMS["C11"].model_copy(update={"exposure": "after_discharge"})
    (found,) = column_of(completion, study_of(CLAIMS["C04"]), DONE_RIGHT, replicates=1)
    assert found.note == "C11 is about stays, which are not followed, so no design applies."
    with pytest.raises(DesignError) as caught:
        in_teds_codes(ONE)
    assert str(caught.value) == (
        "No discharge has a reason, so nobody is known to have completed treatment. Map discharge_reason."
    )


def test_words_about_a_group_without_the_outcome() -> None:
    claim = CLAIMS["C04"].model_copy(update={"outcome": "relapse"})
    rows = pd.DataFrame(
        {
            "estimand": "risk", "time": 365, "cause": "relapse", "statistic": ["estimate", "estimate", "difference"],
            "arm": [*study_of(claim).labels, study_of(claim).labels[0]], "estimate": [0.0, 0.2, -0.2],
            "std_error": [0.0, 0.1, 0.1], "note": "", "variant": "",
        }
    )  # fmt: skip
    choice = study_of(claim).analysis.primary  # type: ignore[union-attr]
    with pytest.raises(DesignError) as caught:
        _finding(claim, rows, study_of(claim), choice, DONE_RIGHT, "", 10)
    assert str(caught.value) == NO_RATIO


def test_words_about_days_that_are_not_known() -> None:
    claim = CLAIMS["C04"]
    between = ONE.observations.assign(since_day=pd.array([60, None], dtype="Int64"))
    held = replace(ONE, observations=between)
    asked = study_of(claim).replace(interval="bounds")
    with pytest.raises(DesignError) as caught:
        claim_estimates(claim, DerivedClaim.of(held, asked))
    assert str(caught.value) == (
        'The comparison needs one day for each relapse. Set outcome.interval = "detected".'
    )


def test_words_about_claim_files(tmp_path: Path) -> None:
    path = tmp_path / "C24.toml"
    text = CLAIM_FILE.read_text(encoding="utf-8").replace('id = "C01"', 'id = "C24"')
    path.write_text(text.replace('study = "year_after_discharge"\n', ""), encoding="utf-8")
    for call, words in (
        (
            lambda: read_claim(path),
            "C24.toml cannot be used: a builder needs a study, which analyzes what it builds; give study. Correct the key.",
        ),
        (
            lambda: study_of(CLAIMS["C07"].model_copy(update={"study": "mine.toml"}), tmp_path),
            "C07.toml.study names the study mine.toml, which is neither of the package nor a file beside the claim. "
            "Correct the name.",
        ),
        (
            lambda: chosen_claims(["C99"]),
            f"C99 is no claim of the package; claims are {', '.join(CLAIMS)}. Give an id, or a claim file.",
        ),
    ):
        with pytest.raises(ConfigError) as caught:
            call()
        assert str(caught.value) == f"1 problem found:\n  1. {words}"
