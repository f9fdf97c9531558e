"""Sentences that must not promise, or claim, more than the numbers hold."""

from dataclasses import replace

import numpy as np
import pytest

import support_analysis
from stepdown.report.labels import _identifiers, _privacy
from stepdown.report.sections import SECTIONS
from stepdown.results import AFTER_RANDOMIZATION, CAUTIONS, NOT_ADJUSTED, Analysis, Results, rows
from stepdown.schema import Anonymity
from stepdown.sections.page_one import text as page_one
from stepdown.sections.relapse import tables
from stepdown.sections.relapse import text as prose
from support_analysis import exact, interval
from support_cohort import draw


def test_from_admission_people_are_admissions() -> None:
    a = exact()
    a = replace(a, wording=replace(a.wording, time_zero="admission"))
    assert "% of admissions had relapsed by day 30 (95% CI " in page_one.answer(a).paragraphs[0]
    assert any("% of admissions relapsed" in text for text in prose.timing(a).paragraphs)
    a = replace(a, wording=replace(a.wording, time_zero="randomization"))
    assert "% of randomized people had relapsed by day 30" in page_one.answer(a).paragraphs[0]


def test_the_study_is_not_said_to_be_older_than_the_data() -> None:
    assert "beforehand" not in prose.decisions(exact()).paragraphs[0]


def test_rates_are_explained_only_where_they_are_shown() -> None:
    shaded = "The shaded days are the study's window of interest."
    assert shaded in prose.timing(exact()).paragraphs[0]
    assert not any(shaded in text for text in prose.timing(interval()).paragraphs)


def compared(first: float, second: float, difference: float, code: str = NOT_ADJUSTED) -> Analysis:
    table = exact().results.table
    mine = (table["analysis"] == "landmark_14") & (table["estimand"] == "risk") & (table["time"] == 90)
    mine &= table["cause"].isin(["relapse", ""])
    table = table.copy()
    value = table["statistic"] == "estimate"
    for arm, number in ((support_analysis.EARLY, first), (support_analysis.NONE, second)):
        table.loc[mine & value & (table["arm"] == arm), ["estimate", "conf_low", "conf_high"]] = [
            number, number - 0.01, number + 0.01,
        ]  # fmt: skip
    apart = mine & (table["statistic"] == "difference")
    table.loc[apart, ["estimate", "conf_low", "conf_high"]] = [
        difference,
        difference - 0.01,
        difference + 0.01,
    ]
    table.loc[table["note_code"] != "", "note_code"] = code
    return replace(exact(), results=Results(table))


@pytest.mark.parametrize(
    ("first", "second", "difference", "said"),
    [
        (0.175, 0.304, -0.129, "12.9 fewer relapses per 100 discharges (95% CI 11.9 to 13.9 fewer)."),
        (0.30, 0.17, 0.13, "13.0 more relapses per 100 discharges (95% CI 12.0 to 14.0 more)."),
        (
            0.175,
            0.18,
            -0.005,
            "0.5 fewer relapses per 100 discharges (95% CI 1.5 fewer to 0.5 more, which includes no "
            "difference).",
        ),
    ],
)
def test_a_difference_has_one_direction(first: float, second: float, difference: float, said: str) -> None:
    shown = prose.comparison(compared(first, second, difference), "landmark_14").paragraphs
    assert (
        "Difference by day 90, “IOP or PHP within 14 days” compared with “No step-down within 14 days”: "
        + said
    ) in shown


def test_after_randomization_nothing_is_said_of_severity_at_the_start() -> None:
    caution = prose.caution(compared(0.1, 0.2, -0.1, code=AFTER_RANDOMIZATION), "landmark_14")
    assert caution is not None
    assert caution.paragraphs == (CAUTIONS[AFTER_RANDOMIZATION],)


def test_days_free_say_what_else_ends_them() -> None:
    said = "Days after death or incarceration are not counted as relapse-free."
    assert said in tables.days_free(exact().results).notes
    assert said not in tables.days_free(support_analysis.baseline().results).notes


def test_bounds_of_arms_say_among_whom_and_what_they_take_for_granted() -> None:
    record = {"analysis": "landmark_14", "estimand": "risk", "cause": "relapse", "arm": "A", "time": 90.0, "window_start": 14,
              "statistic": "estimate", "unit": "probability", "conf_low": np.nan, "conf_high": np.nan}  # fmt: skip
    found = rows(
        [
            record | {"estimate": 0.1, "method": "x", "bound": "lowest"},
            record | {"estimate": 0.3, "method": "x", "bound": "highest"},
        ]
    )
    table = tables.bounds(found, analysis="landmark_14")
    assert table.caption == "Relapsed by each contact, of those relapse-free and followed at day 14"
    assert table.notes == (
        "Assumes that people lost to follow-up had the same risk of relapse as those followed.",
    )


def test_headings_of_the_page_fit_every_cohort() -> None:
    assert SECTIONS["timing"].parts(interval())[0].paragraphs[0].startswith("Not shown: ")  # type: ignore[union-attr]


def test_words_about_the_identifier_guard() -> None:
    cohort = replace(
        draw("a: stay -28..0 | age 40\nb: stay -28..0 | age 50", sex=["female", "male"]),
        allowed={"cohort_code": "Batch label, reviewed by the privacy officer"},
        dropped=("mail", "phone"),
        anonymity=Anonymity(columns=("age", "sex"), smallest=1, alone=2, clients=2),
    )
    assert list(_identifiers(cohort)) == [
        "Column `cohort_code` was allowed past the identifier guard: Batch label, reviewed by the privacy officer.",
        "Not loaded because they hold identifiers: mail, phone.",
    ]
    assert list(_privacy(cohort)) == [
        "2 of 2 clients are unique in the combination of age and sex, so they could be re-identified. The "
        "smallest group has 1 client."
    ]


def test_words_of_cautions() -> None:
    assert CAUTIONS == {
        "not_adjusted": "Not adjusted: the people in the arms may have differed from the start, and this comparison by "
        "itself does not show what the care did.",
        "adjusted": "Adjusted for measured characteristics, which the comparison names. Differences between people that "
        "were not measured may remain.",
        "randomized": "Not adjusted for covariates.",
        "after_randomization": "Not adjusted: randomization came before the day from which the arms are compared, so "
        "those still followed may already differ because of it.",
    }
