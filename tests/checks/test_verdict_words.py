"""What a public report says of a check: what the verdict means, in words without a count or a value."""

import re

import pytest

from stepdown.sections.trust.read import NAMES, CheckFinding
from stepdown.sections.trust.text import balance_table, weight_table
from stepdown.sections.trust.verdict_words import in_words, judged
from stepdown.study import Gates
from support_sensitivity import analysis

PASSED = {
    "balance": "After the adjustment, no characteristic differs between the groups by more than the limit.",
    "positivity": "No characteristic keeps people out of a group.",
    "overlap": "By their characteristics, at least half of each group could have been in the other.",
    "effective_size": "Each group rests on as many people as the limit asks for.",
    "events": "Each group has as many relapses by day 90 as the limit asks for.",
    "outcome_known": "The outcome by day 90 is known for as large a share of those due by then as the limit asks for.",
    "largest_share": "No one person has more of the weight of a group than the limit.",
    "placebo": "On the days before care can act, the risk of relapse differs no more than chance explains.",
    "negative_outcomes": "Outcomes that care cannot change differ between the groups no more than chance explains.",
    "negative_exposures": "By characteristics that cannot matter for relapse, groups differ in it no more than chance explains.",
    "loss": "People were lost to follow-up after a relapse no more often than before one, as far as chance allows.",
    "testing": "Neither group was tested or contacted more often by more than chance, or too few relapses are first found by tests for that to change much.",
    "common_visits": "What is found at the visits that are the same for everyone gives the same comparison, as far as chance allows.",
    "influence": "Without any one discharge, or any one site, the difference changes little beside its uncertainty.",
    "start_model": "On each day of the grace period about as many started care as the model expects.",
    "score_balance": "The latest scores of those who start care on a day and of those who do not are alike, as far as chance allows.",
    "hazards": "The hazard ratio differs between periods no more than chance explains.",
    "calendar": "Over the quarters of discharge, the rate of relapse changed no more than chance explains.",
}
WARNING = {
    "adjusted": "The adjustment that the study file asks for could not be made.",
    "balance": "After the adjustment, a characteristic still differs between the groups by more than the limit.",
    "positivity": "Some people could hardly have been in one of the groups: for them the estimate rests on models.",
    "overlap": "By their characteristics, fewer than half of a group could have been in the other: the comparison leans on few people and on the models.",
    "effective_size": "After weighting, a group rests on a small part of its people.",
    "events": "A group has few relapses by day 90.",
    "outcome_known": "The outcome by day 90 is known for a smaller share of those due by then than the limit.",
    "largest_share": "One person has more of the weight of a group than the limit.",
    "placebo": "On the days before care can act, the risk of relapse differs by more than chance, or there are too few relapses to compare.",
    "negative_outcomes": "An outcome that care cannot change differs between the groups by more than chance, or could not be compared.",
    "negative_exposures": "By a characteristic that cannot matter for relapse, groups differ in it by more than chance, or could not be compared.",
    "loss": "People were lost to follow-up more often after a relapse than before one. Others were probably lost after one that nobody saw, so that risks are too low.",
    "testing": "One group was tested or contacted more often than the other, so that more of its relapses are found, and sooner.",
    "common_visits": "What is found at the visits that are the same for everyone gives another comparison: part of the difference may be who was tested more often.",
    "influence": "Without one discharge, or one site, the difference changes much beside its uncertainty.",
    "start_model": "On some days of the grace period more, or fewer, started care than the model expects: weights may be wrong there.",
    "score_balance": "The latest scores of those who start care on a day differ from those of the others: the weights do not undo it.",
    "hazards": "The hazard ratio differs between periods by more than chance: use the risks by day, not one ratio.",
    "calendar": "Over the quarters of discharge, the rate of relapse changed by more than chance explains.",
}
FAILED = {
    "loss": "People were lost to follow-up more than twice as often after a relapse as before one. Others were probably lost after one that nobody saw, so that risks are too low.",
    "common_visits": WARNING["common_visits"],
    "influence": "Without one discharge, or one site, the difference changes its direction.",
}
WITHHELD = {
    "adjusted": "The adjustment that the study file asks for cannot be made.",
    "balance": "After the adjustment, a characteristic differs between the groups by too much to compare them.",
    "effective_size": "A group rests on too few people.",
    "events": "A group has too few relapses by day 90.",
    "outcome_known": "The outcome by day 90 is known for too small a share of those due by then.",
    "largest_share": "One person has too much of the weight of a group.",
}
EXPECTED = {"passed": PASSED, "warning": WARNING, "failed": FAILED, "withheld": WITHHELD}


def sentence(name: str, verdict: str, *, word: str = "relapse") -> str:
    one = CheckFinding(
        name=name, analysis="baseline", verdict=verdict, sentences=("This check passed.",), gate=False
    )
    return " ".join(in_words([one], word=word, day=90)[0].sentences)


@pytest.mark.parametrize("verdict", list(EXPECTED))
def test_the_words_of_every_check(verdict: str) -> None:
    assert {name: sentence(name, verdict) for name in EXPECTED[verdict]} == EXPECTED[verdict]


def test_every_check_has_words_where_it_passes_and_where_it_warns() -> None:
    assert judged() == {(name, verdict) for verdict, words in EXPECTED.items() for name in words}
    assert {*NAMES} == {*WARNING} == {*PASSED, "adjusted"}


def test_no_sentence_holds_a_number_but_the_day_of_the_report() -> None:
    for name, verdict in judged():
        assert re.findall(r"\d+", sentence(name, verdict)) in ([], ["90"])


def test_the_word_of_the_study_is_used() -> None:
    assert sentence("events", "warning", word="return to use") == "A group has few returns to use by day 90."


def test_a_gate_that_is_left_out_keeps_its_sentence() -> None:
    assert sentence("events", "not_judged") == "This check passed."


def test_every_gate_has_words_where_it_withholds() -> None:
    assert {*WITHHELD} == {*Gates.model_fields, "adjusted"}


def test_a_table_of_which_a_public_report_hides_every_number_is_left_out() -> None:
    keys = {"analysis": "landmark_14", "arm": "A", "population": "everyone"}
    balance = keys | {"estimand": "covariate_balance", "reference": "B", "unit": "standard deviations"}
    records = [
        *(balance | {"term": "age", "statistic": name} for name in ("before", "after")),
        balance | {"term": "age", "statistic": "variance_ratio", "estimate": 1.0},
        keys | {"estimand": "effective_size", "statistic": "first_day", "time": 14},
        keys | {"estimand": "weights_capped", "statistic": "estimate"},
    ]
    assert balance_table(analysis(*records), "landmark_14") is None
    assert weight_table(analysis(*records), "landmark_14") is None
    records[1] |= {"estimate": 0.05}
    records[3] |= {"estimate": 40.0, "n": 50}
    shown = balance_table(analysis(*records), "landmark_14")
    assert shown is not None
    assert shown.rows == (("Age", "", "0.05", "1.00", ""),)
    assert weight_table(analysis(*records), "landmark_14") is not None
