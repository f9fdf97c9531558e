"""Why the simple comparison misleads: exact words, table and figure, from rows written by hand."""

import math
from pathlib import Path

import pandas as pd

from stepdown.display.text_and_tables import Table, Text
from stepdown.report.sections import SECTIONS
from stepdown.results import Analysis, Provenance, Results, Wording, rows
from stepdown.results.table import FLOATS
from stepdown.sections.simple_comparison import text
from stepdown.sections.simple_comparison.figure import compare_ways
from stepdown.sections.simple_comparison.read import ways

EXAMPLE = Path(__file__).resolve().parents[2] / "reports" / "example" / "results.csv"

Record = dict[str, object]
NAMES = ("naive", "naive_adjusted", "landmark", "time_varying", "sequential_trials", "clone_censor_weight")
NUMBERS = ((0.49, 0.42, 0.58), (0.58, 0.48, 0.71), (0.7, 0.56, 0.88), (0.63, 0.51, 0.77), (0.69, 0.55, 0.88))
OFF = ((0.7, 0.6, 0.81), (0.9, 0.76, 1.06), (1.05, 0.87, 1.26), (1.04, 0.85, 1.26), (1.03, 0.86, 1.23))
INTERVALS = (
    "In parentheses: 95% confidence interval. Under 1: fewer with care. With no effect of care every interval "
    "should hold 1."
)
SIMULATED = (
    "Clients who start care also differ from those who do not. No effect: the course of each client is simulated from models given what was known at discharge: of relapse, "
    "death and incarceration as they are before care starts, of loss to follow-up, and of the start of care. What "
    "no column records is missing from it, so that the true artifact can be larger."
)
WHY = (
    "Why: a client has to stay free of relapse until care starts, so that every early relapse counts against those "
    "who never started (immortal-time bias)."
)


def row(way: str, variant: str, number: tuple[float, float, float] | None, note: str = "") -> Record:
    estimand = "hazard_ratio" if way == "time_varying" else "risk"
    base: Record = {"analysis": "simple_comparison", "term": way, "variant": variant, "estimand": estimand}
    base |= {"statistic": "ratio", "time": 90, "window_start": 14 if way == "landmark" else 0, "note": note}
    if number is None:
        return base
    value, low, high = number
    return base | {"estimate": value, "conf_low": low, "conf_high": high}


def of_artifact(log_ratio: float | None, share: float | None = None, note: str = "") -> list[Record]:
    base: Record = {"analysis": "simple_comparison", "term": "naive", "estimand": "artifact", "time": 90}
    if log_ratio is None:
        return [base | {"statistic": "log_ratio", "note": note}]
    limits: Record = {"conf_low": log_ratio - 0.2, "conf_high": log_ratio + 0.2}
    found = [base | {"statistic": "log_ratio", "estimate": log_ratio} | limits]
    return found if share is None else [*found, base | {"statistic": "share", "estimate": share}]


def analysis(*found: Record) -> Analysis:
    wording = Wording(
        title="A study", relapse="relapse", endpoint="", missing_rule="", time_zero="discharge", window=(30, 90),
        times=(30, 90), analyses={"whole_cohort": ""},
    )  # fmt: skip
    provenance = Provenance(study_sha256="", inputs=(), seed=1, versions={}, basis="", dropped=(), allowed={})
    return Analysis(results=rows(found), wording=wording, provenance=provenance)


FULL = [
    *(row(way, "", number) for way, number in zip(NAMES, (*NUMBERS, (0.69, 0.57, 0.82)), strict=True)),
    *(row(way, "effect=none", number) for way, number in zip(NAMES, (*OFF, (1.02, 0.87, 1.2)), strict=True)),
]


def test_the_finding_with_its_share() -> None:
    found = text.found(analysis(*FULL, *of_artifact(math.log(0.68), 0.54)))
    assert found == Text(
        (
            "Clients who ever started care, against those who never did, have a risk ratio by day 90 of 0.49 (95% "
            "CI 0.42 to 0.58). In simulated copies of this cohort in which care changes nothing, it is 0.70 (95% "
            "CI 0.60 to 0.81), where 1 would be right.",
            WHY,
        )
    )
    assert text.finding(analysis(*FULL, *of_artifact(math.log(0.68), 0.54))) == (
        "54% of its apparent effect, on the log scale, arises without any effect of care."
    )


def test_a_share_above_one_is_all() -> None:
    assert text.finding(analysis(*FULL, *of_artifact(math.log(0.4), 1.2))) == (
        "All of its apparent effect, on the log scale, arises without any effect of care."
    )


def test_no_share_and_no_artifact() -> None:
    assert text.finding(analysis(*FULL, *of_artifact(math.log(0.9)))) == (
        "Clients must stay well to start care, so ever against never favors care."
    )
    reason = "Of 20 simulated cohorts without an effect of care, 3 allow the simple comparison."
    found = text.found(analysis(*FULL, *of_artifact(None, note=reason)))
    assert found.paragraphs[0].endswith(
        f"How much of it arises without an effect of care is not shown. {reason}"
    )


def test_without_a_simple_comparison_the_reason_is_stated() -> None:
    rows_of = [row("naive", "", None, "Nobody starts care."), row("landmark", "", NUMBERS[2])]
    assert text.found(analysis(*rows_of)) == Text(
        ("The simple comparison is not shown. Nobody starts care.",)
    )


def test_the_table_word_for_word() -> None:
    assert text.table(analysis(*FULL)) == Table(
        "One cohort compared in six ways",
        ("Comparison", "Who is compared", "Risk ratio by day 90", "With no effect of care"),
        (
            (
                "Ever against never", "Clients who started care at any time, with those who never did.",
                "0.49 (0.42\u00a0to\u00a00.58)", "0.70 (0.60\u00a0to\u00a00.81)",
            ),
            (
                "Ever against never, adjusted", "The same, for clients with equal characteristics at discharge.",
                "0.58 (0.48\u00a0to\u00a00.71)", "0.90 (0.76\u00a0to\u00a01.06)",
            ),
            (
                "Landmark", "Clients free of relapses on day 14, by the care started by then; adjusted.",
                "0.70 (0.56\u00a0to\u00a00.88)", "1.05 (0.87\u00a0to\u00a01.26)",
            ),
            (
                "Time since care began",
                "Days after the start of care, with days before it or without it; adjusted.",
                "0.63 (0.51\u00a0to\u00a00.77)", "1.04 (0.85\u00a0to\u00a01.26)",
            ),
            (
                "Sequential trials",
                "On each day to day 14: clients who start then, with those who do not by day 14; adjusted.",
                "0.69 (0.55\u00a0to\u00a00.88)", "1.03 (0.86\u00a0to\u00a01.23)",
            ),
            (
                "Clone-censor-weight", "Everybody under each plan, until departing from it; adjusted.",
                "0.69 (0.57\u00a0to\u00a00.82)", "1.02 (0.87\u00a0to\u00a01.20)",
            ),
        ),
        (INTERVALS, "Time since care began: a ratio of daily rates (hazard ratio).", SIMULATED),
        fold="Who is compared, and all ratios",
    )  # fmt: skip


def test_a_known_truth_has_a_column_and_a_missing_number_its_reason() -> None:
    truth = row("naive", "truth", (0.78, math.nan, math.nan))
    table = text.table(
        analysis(row("naive", "", NUMBERS[0]), truth, row("landmark", "", None, "too few people"))
    )
    assert table.columns[-1] == "Truth"
    assert [cells[-1] for cells in table.rows] == ["0.78", "no value"]
    assert table.rows[1][2] == "not shown: too few people"
    assert table.notes[-1] == "Truth: known because this cohort is synthetic."


def test_a_withheld_number_shows_why() -> None:
    held = row("clone_censor_weight", "", None) | {"status": "withheld", "status_reason": "too few people"}
    assert text.table(analysis(*FULL[:2], held)).rows[-1][2] == "not shown: too few people"


def test_a_comparison_that_is_withheld_as_a_whole_shows_the_reason_alone() -> None:
    held = {"status": "withheld", "status_reason": "too few relapses"}
    shown = SECTIONS["simple_comparison"].show(analysis(*(row(way, "", None) | held for way in NAMES)))
    assert shown[1:] == (Text(("The simple comparison is not shown. too few relapses",)),)


def test_the_figure_in_words() -> None:
    truth = row("naive", "truth", (0.78, math.nan, math.nan))
    picture = compare_ways(analysis(*FULL[:1], FULL[6], truth).results, day=90)
    assert picture.alt == (
        "Ratio of relapse by day 90 with care to without, by way of comparing. Ever against never: 0.49 in this "
        "cohort, 0.70 without an effect, truth 0.78."
    )


def test_figure_text_and_table_show_one_ratio() -> None:
    # The copies give 0.68, their ratio beside the others 0.70.
    a = analysis(*FULL, *of_artifact(math.log(0.68), 0.54))
    assert (
        compare_ways(a.results, day=90).title == "Ever against never shows 0.70 even where care does nothing"
    )
    assert "0.70 (95% CI 0.60 to 0.81)" in text.found(a).paragraphs[0]
    assert text.table(a).rows[0][3].startswith("0.70 ")


def test_a_study_without_plans_has_no_section() -> None:
    empty = analysis({"analysis": "whole_cohort", "estimand": "risk"})
    assert SECTIONS["simple_comparison"].show(empty) == ()


def test_the_example_shows_what_its_comparison_shows() -> None:
    table = Results(pd.read_csv(EXAMPLE, keep_default_na=False, na_values={name: [""] for name in FLOATS}))
    shown = {one.key: one for one in ways(table)}
    for key, analysis_key in (("clone_censor_weight", "clone_censor_weight"), ("landmark", "landmark_14")):
        row_of = table.where(
            analysis=analysis_key, estimand="risk", statistic="ratio", variant="", time=90
        ).table
        adjusted = row_of[row_of["population"] != ""].iloc[0]
        assert shown[key].observed.value == adjusted["estimate"]
    assert shown["naive"].observed.value < shown["naive"].without_effect.value < 1
    assert shown["clone_censor_weight"].truth.known
    low, high = shown["clone_censor_weight"].without_effect.ends
    assert low < 1 < high
