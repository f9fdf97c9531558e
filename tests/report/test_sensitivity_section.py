"""What the report says would change the answer, word for word."""

import math

import pytest

from stepdown.display.drawing import Picture
from stepdown.display.section import unfolded
from stepdown.display.text_and_tables import Table, Text
from stepdown.errors import ResultError
from stepdown.report.sections import SECTIONS
from stepdown.results import Analysis
from stepdown.sections.sensitivity.figure import every_analysis, unrecorded_causes
from stepdown.sections.sensitivity.text import finding
from support_sensitivity import KEYS, PAIR, analysis, answer, number

FEWER = (-0.10, -0.15, -0.05)
MAIN = answer("primary", "landmark_14", FEWER)
FOUND = (
    "“A” compared with “B”: the main result is 10 fewer relapses per 100 discharges by day 90 (95% CI 5 to 15 "
    "fewer). "
)
NO_VOTE = (
    " This is no vote: all use the same records, and what they share, such as something never recorded, would "
    "mislead all of them alike."
)


def said(*records: dict[str, object]) -> tuple[str, ...]:
    return in_full(analysis(MAIN, *records))


def in_full(a: Analysis) -> tuple[str, ...]:
    """Return what is stated in short, each followed by what a reader who opens the details finds beside it."""
    short, more, *_ = [part for part in unfolded(SECTIONS["sensitivity"].parts(a)) if isinstance(part, Text)]
    assert not set(more.paragraphs) & set(short.paragraphs)
    first, *rest = short.paragraphs
    shared, *strongest = more.paragraphs
    if strongest:
        rest[0] = f"{rest[0]} {strongest[0]}"
    return (f"{first} {shared}", *rest)


def test_all_agree() -> None:
    told = said(
        answer("estimator", "weighted", (-0.12,)),
        answer("landmark", "7", (-0.08, -0.13, -0.03)),
        answer("against_advice", "", (-0.07, -0.13, -0.01)),
    )
    assert told == (
        f"{FOUND}Of 3 other analyses that could be defended, all point the same way. Where there is a confidence "
        f"interval, all 2 exclude zero.{NO_VOTE}",
    )


def test_those_that_stand_apart_are_named() -> None:
    told = said(
        answer("landmark", "30", (0.01, -0.04, 0.06)),
        answer("truncation", "none", (-0.12,)),
        answer("start_law", "natural", reason="too few effective people for an interval"),
        answer("definition", "positive", (0.02, 0.01, 0.03), counted=False, endpoint="two_positives@1"),
        answer("definition", "last", (-0.02, -0.03, -0.01), counted=False),
    )
    assert told == (
        f"{FOUND}Of 2 other analyses that could be defended, 1 points the same way. “Care and landmark by day 30” "
        "(+1) does not. The confidence interval excludes zero in none of the 1 that have one; in “Care and "
        "landmark by day 30” it includes zero. 1 more gives no number; the table gives the reasons. "
        "Not counted, because the groups are not adjusted: 2 other definitions or designs, of which 1 points the "
        f"same way. “Two positives, missed = positive” (+2) does not.{NO_VOTE}",
    )


def test_sites_count_as_one() -> None:
    told = said(
        answer("site", site="north", difference=(-0.08,)), answer("site", site="south", difference=(0.02,))
    )
    assert told[0] == (
        f"{FOUND}The one other analysis that could be defended does not point the same way. “Without site south” "
        f"(+2) does not.{NO_VOTE}"
    )


def test_a_main_result_of_zero_has_no_side() -> None:
    none = answer("primary", "landmark_14", (0.0, -0.05, 0.05))
    others = answer("estimator", "weighted", (-0.12,)), answer("landmark", "7", (0.08, -0.01, 0.17))
    a = analysis(none, *others)
    assert in_full(a)[0] == (
        "“A” compared with “B”: the main result is no more and no fewer relapses per 100 discharges by day 90 (95% CI "
        "5 fewer to 5 more, which includes no difference). No analysis can agree with it in sign: of 2 other "
        "analyses 1 show fewer relapses and 1 more. The confidence interval excludes zero in none of the 1 that have "
        f"one; in “Care and landmark by day 7” it includes zero.{NO_VOTE}"
    )
    assert finding(a) == (
        "The main result shows no difference; of 2 other analyses 1 show fewer relapses and 1 more."
    )


def test_nothing_beside_the_main_result() -> None:
    assert said()[0] == f"{FOUND}No other analysis of it gives a number.{NO_VOTE}"


def test_an_unadjusted_main_result_is_not_defended() -> None:
    plain = {"note_code": "not_adjusted"}
    words = in_full(
        analysis(
            MAIN | plain,
            answer("landmark", "7", (-0.08, -0.13, -0.03)),
            answer("landmark", "21", (-0.07, -0.12, -0.02)),
            number("e_value", "estimate", 2.5, analysis="landmark_14"),
        )
    )
    assert words == (
        f"{FOUND}Of 2 other analyses, none of them adjusted either, all point the same way. Where there is a "
        f"confidence interval, all 2 exclude zero.{NO_VOTE}",
        "Something never recorded could explain the whole difference only if it were at least 2.50 times as frequent "
        "in one group and made a relapse at least 2.50 times as likely (E-value).",
    )


def test_many_apart_are_left_to_the_table() -> None:
    apart = [answer("landmark", str(day), (0.01,)) for day in (7, 14, 21, 30)]
    assert "all 4" not in said(*apart)[0]
    assert "none point the same way. 4 do not; the table names them." in said(*apart)[0]


def test_sites_that_are_apart_count_as_one_there_too() -> None:
    apart = [answer("landmark", str(day), (0.01,)) for day in (7, 14)]
    sites = [answer("site", site=name, difference=(0.02,)) for name in ("north", "south")]
    assert (
        "Of 3 other analyses that could be defended, none point the same way. 3 do not; the table names them."
        in said(*apart, *sites)[0]
    )


def test_what_was_never_recorded() -> None:
    strengths = [
        number(
            "covariate_strength", statistic, value, term="severity", level="mild", conf_low=0.7, conf_high=1.1
        )
        for statistic, value in (("exposure", 1.5), ("outcome", 2.0), ("ratio", 0.9))
    ]
    values = [
        number("e_value", "estimate", 2.5, analysis="landmark_14"),
        number("e_value", "limit", 1.6, analysis="landmark_14"),
    ]
    hidden = (
        "Something never recorded could explain the whole difference only if it were at least 2.50 times as frequent "
        "in one group and made a relapse at least 2.50 times as likely, beyond all that is adjusted for (E-value). "
    )
    strongest = (
        "The strongest of what was recorded, “severity: mild”, differs 1.50-fold between the groups and 2.00-fold in "
        "risk: something unrecorded that is as strong could "
    )
    assert said(*values, *strengths)[-1] == (
        f"{hidden}At 1.60 times the confidence interval would reach zero. {strongest}change the risk ratio to 0.90 "
        "at most (95% CI 0.70 to 1.10), where 1 is no difference."
    )
    strengths[-1] |= {"estimate": 1.1}
    values[-1] |= {"estimate": 1.0}
    assert said(*values, *strengths)[-1] == (
        f"{hidden}The confidence interval of the risk ratio includes 1 as it is. {strongest}explain the whole "
        "difference."
    )
    unsure = answer("primary", "landmark_14", (-0.10, -0.22, 0.02))
    part = SECTIONS["sensitivity"].parts(analysis(unsure, *values, *strengths))[0]
    assert isinstance(part, Text)
    assert "The confidence interval includes zero as it is." in part.paragraphs[-1]


def test_no_e_value_has_its_reason() -> None:
    why = "no relapse was seen under “A” by day 90, so there is no ratio of risks to explain"
    row = (
        KEYS
        | PAIR
        | {"estimand": "e_value", "statistic": "not_estimated", "note": why, "analysis": "landmark_14"}
    )
    assert said(row)[-1] == (
        f"How strong something never recorded would have to be (E-value) is not stated: {why}."
    )
    assert said(number("e_value", "estimate", 1.004, analysis="landmark_14"))[-1] == (
        "There is no difference that something never recorded would have to explain (E-value 1)."
    )


def test_loss_in_trials_counts_a_discharge_in_each() -> None:
    lost = [one | {"unit": "discharges in trials"} for one in LOST]
    assert said(*lost)[-1].startswith(
        "Lost to follow-up before day 90 of a trial: 12 under “A”, 30 under “B” (a discharge counts in each trial "
        "that it is in). The main result takes"
    )


def test_where_nobody_relapsed_a_multiple_says_nothing() -> None:
    same = [
        number("difference_if_lost", "difference", -0.1 - by * place, term=term, level=level)
        for term, by in (("both", 0.01), ("arm", 0.0), ("reference", 0.01))
        for place, level in enumerate(("0", "1", "inf"))
    ]
    never = [
        number("tipping_point", end, math.nan, term=term)
        for term in ("both", "arm", "reference")
        for end in ("estimate", "limit")
    ]
    assert said(*LOST, *same, *never)[-1].endswith(
        "Nobody of those followed under “A” had a relapse, so a multiple of their rate is none, and says nothing of "
        "those lost there."
    )


LOST = [number("difference_if_lost", "lost", 12, term="arm"),
        number("difference_if_lost", "lost", 30, term="reference")]  # fmt: skip
GONE = (
    "Lost to follow-up before day 90: 12 under “A”, 30 under “B”. The main result takes their risk to be "
    "that of comparable people who were followed. "
)


def test_loss_that_could_change_the_answer() -> None:
    told = said(
        *LOST,
        number("tipping_point", "estimate", math.nan, term="both"),
        number("tipping_point", "limit", math.nan, term="both"),
        number("tipping_point", "estimate", 6.0, term="arm"),
        number("tipping_point", "limit", 2.25, term="arm"),
        number("tipping_point", "estimate", math.nan, term="reference"),
        number("tipping_point", "limit", 0.4, term="reference"),
    )
    assert told[-1] == (
        f"{GONE}If those lost under “A” alone had another rate, at 2.25 times that rate the confidence interval "
        "would reach zero and at 6.00 times that rate the difference would be gone. If those lost under “B” alone had another "
        "rate, at 0.40 times that rate the confidence interval would reach zero. Another rate in both groups would "
        "not do it."
    )


def test_loss_that_could_not() -> None:
    never = [
        number("tipping_point", end, math.nan, term=term)
        for term in ("both", "arm", "reference")
        for end in ("estimate", "limit")
    ]
    assert said(*LOST, *never)[-1] == (
        f"{GONE}Whatever rate they had, in both groups or in one, the confidence interval would exclude zero."
    )
    nobody = [one | {"estimate": 0} for one in LOST]
    assert said(*nobody)[-1] == "Lost to follow-up before day 90: 0 under “A”, 0 under “B”."
    why = KEYS | {
        "estimand": "difference_if_lost",
        "statistic": "not_estimated",
        "note": "People are in trials.",
    }
    assert said(why)[-1] == (
        "How those lost to follow-up could change the answer is not shown. People are in trials."
    )


def test_a_main_result_that_is_withheld_is_not_varied() -> None:
    row = KEYS | {
        "estimand": "specification", "statistic": "not_estimated", "status": "withheld",
        "note": "Too few people.", "status_reason": "Too few people.",
    }  # fmt: skip
    (words,) = SECTIONS["sensitivity"].parts(analysis(row))
    assert str(words) == (
        "What would change the answer cannot be stated, because there is no answer. Too few people."
    )


def test_a_comparison_of_ranges_is_not_varied_because_of_its_intervals() -> None:
    row = KEYS | {"estimand": "specification", "statistic": "not_estimated"}
    why = "The reason is in the internal report."
    ends = [
        KEYS | {"analysis": "landmark_14", "estimand": "risk", "cause": "relapse", "arm": arm, "bound": bound,
                "statistic": "estimate", "estimate": 0.2, "unit": "probability"}
        for arm in ("A", "B") for bound in ("lowest", "highest")
    ]  # fmt: skip
    (words,) = SECTIONS["sensitivity"].parts(analysis(row | {"note": why, "status_reason": why}, *ends))
    assert str(words) == (
        "What would change the answer cannot be stated, because there is no answer. Contacts show only an interval "
        "for the day of relapse, so each group has a range."
    )


def test_a_report_without_a_comparison_has_no_such_section() -> None:
    assert SECTIONS["sensitivity"].show(analysis()) == ()


@pytest.fixture(scope="module")
def full() -> Analysis:
    return analysis(
        MAIN,
        answer("definition", "last", (-0.02, -0.03, -0.01), counted=False),
        answer("estimator", "g_formula", (-0.12,), status="warning"),
        answer("grace_period", "7", reason="Gates: too few events.", status="withheld"),
        answer("site", site="01", difference=(-0.09,)),
        *[number("strength_needed", "estimate", 3.0, level=level) for level in ("2", "4")],
        number("strength_needed", "estimate", math.nan, level="1.2"),
        *[
            number("covariate_strength", statistic, value, term="age", level="above the median")
            for statistic, value in (("exposure", 1.5), ("outcome", 2.0), ("ratio", 0.9))
        ],
        *[
            number(
                "difference_if_lost", "difference", -0.1, term=term, level=level, conf_low=-0.2, conf_high=0.0
            )
            for term in ("both", "arm", "reference")
            for level in ("1", "inf")
        ],
        number("difference_if_lost", "difference", -0.2, bound="lowest", level="landmark_14"),
        number("difference_if_lost", "difference", 0.05, bound="highest", level="landmark_14"),
    )


def test_the_tables(full: Analysis) -> None:
    parts = unfolded(SECTIONS["sensitivity"].parts(full))
    every, strengths, needed, loss = [part for part in parts if isinstance(part, Table)]
    assert every.rows == (
        ("Main result", "the study as it is", "−10 (−15\u00a0to\u00a0−5)", ""),
        ("By models of relapse alone, with a warning", "Other ways to estimate it", "−12 (no interval)", "yes"),
        ("Care within 7 days", "Other designs", "not shown: Gates: too few events.", ""),
        ("Without site 01", "Other people", "−9 (no interval)", "yes"),
        ("First use, missed = last value", "Other definitions of relapse (not adjusted)",
         "−2 (−3\u00a0to\u00a0−1)", "yes"),
    )  # fmt: skip
    assert every.notes[1] == (
        "With a warning: a check of its groups gave one, as “Can this be trusted?” explains for the main result; "
        "results.csv says which."
    )
    assert strengths.rows == (("Age, above the median", "1.50", "2.00", "0.90 (no interval)"),)
    assert needed.rows[0] == ("2.00", "3.00", "no interval")
    assert needed.rows[2] == ("1.20", "no strength is enough", "no interval")
    assert [row[0] for row in loss.rows] == ["1 times", "at once"]
    assert loss.notes[1] == (
        "In the two extremes, where all of those lost in one group relapsed at once and none of the other, the "
        "difference is 20 fewer and 5 more per 100 (comparison “Landmark at day 14”, not adjusted)."
    )


def test_the_figures(full: Analysis) -> None:
    first, second = [
        part for part in unfolded(SECTIONS["sensitivity"].parts(full)) if isinstance(part, Picture)
    ]
    assert first.alt == (
        "Main result: −10 (−15 to −5). First use, missed = last value, not adjusted: −2 (−3 to −1). "
        "By models of relapse alone: −12. Care within 7 days: no number. Without site 01: −9."
    )
    assert "no number" in first.svg
    assert second.alt == (
        "What explains the difference in relapses: 2.00 times as frequent: 3.00 times as likely. 4.00 times as "
        "frequent: 3.00 times as likely. Age, above the median: 1.50 and 2.00."
    )
    with pytest.raises(ResultError) as error:
        every_analysis(full.results, arm="B", reference="A")
    assert str(error.value) == "The results hold no other analyses of these arms."
    assert unrecorded_causes(analysis(MAIN).results, **PAIR) is None
