"""Clone-censor-weight from a study: input by hand, and the truth of the bundled cohort."""

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import stepdown as sd
from stepdown.cohort import derive
from stepdown.compare.compared_strategies import _started, compare_strategies
from stepdown.compare.covariates import covariates
from stepdown.display.details import Details
from stepdown.display.drawing import Picture
from stepdown.display.section import unfolded
from stepdown.display.text_and_tables import Table
from stepdown.errors import DesignError, ResultError
from stepdown.estimate.adjusted_rows import needed_to_treat
from stepdown.report.sections import SECTIONS
from stepdown.results import rows
from stepdown.results.reading import curve
from stepdown.sections.relapse import text
from stepdown.study import CareStep
from stepdown.synthetic.known_truth import read_truth
from support_cohort import draw
from support_gates import CLOSED, closed, decimals, recoverable
from support_study import study

pytestmark = pytest.mark.slow

PROGRAMS = Path(__file__).parents[2] / "data" / "synthetic" / "programs"
DRAWN = {
    "followup": ("Result of contacts due",),
    "speed": ("Cumulative incidence of relapse since discharge",),
    "timing": ("Rate of new relapses among relapse-free people",),
    "arms": (
        "Adjusted cumulative incidence of relapse since discharge, by arm",
        "Rate of new relapses among relapse-free people",
    ),
    "comparison": ("From all discharges to the groups compared",),
    "trust": ("How alike the groups are, before and after weighting", "Who could have gone either way: "),
    "sensitivity": (
        "Every analysis of the same question",
        "How strong something unrecorded would have to be",
    ),
    "subgroups": ("Effect by group: ",),
    "sites": ("Sites and control limits", "Observed over expected, site by site"),
    "definitions": ("Relapse by day 90 under each definition",),
    "care": ("Paths through care of ", "Level of care by day"),
}
"""What each figure draws; the quarters have their own tests."""
STAY = "stay -28..0 | follow 0..90"
CLONES = {"analysis__primary": {"design": "clone_censor_weight"}, "analysis__adjust": {"covariates": ["age"]}}


def test_the_first_day_of_care_by_hand() -> None:
    cohort = draw(
        f"a: {STAY} | iop 9 | php 4\nb: {STAY} | outpatient 3\nc: {STAY} | iop 40\nd: {STAY} | iop 2 missed"
    )
    people = derive(cohort, study())
    step = CareStep(level=("iop", "php"), within=14)
    assert _started(people, step).tolist() == [4, np.inf, 40, np.inf]


def test_missing_covariates_are_filled_and_marked() -> None:
    asked = study(**CLONES)
    people = derive(draw(f"a: {STAY} | age 30\nb: {STAY} | age 50\nc: {STAY}"), asked)
    assert asked.analysis is not None
    assert asked.analysis.adjust is not None
    found = covariates(people, asked, asked.analysis.adjust.covariates)
    assert found["age"].tolist() == [30, 50, 40]
    assert found["age not known"].tolist() == [0, 0, 1]


def test_a_covariate_known_later_is_refused() -> None:
    asked = study(**CLONES | {"analysis__adjust": {"covariates": ["plan_started_day"]}})
    people = derive(draw(f"a: {STAY}\nb: {STAY} | iop 3"), asked)
    assert asked.analysis is not None
    assert asked.analysis.adjust is not None
    with pytest.raises(DesignError, match="cannot be used for adjustment"):
        covariates(people, asked, asked.analysis.adjust.covariates)


def test_what_cannot_be_compared_is_said() -> None:
    few = "\n".join(f"c{k}: {STAY} | age 40" for k in range(5))
    asked = study(**CLONES)
    assert asked.analysis is not None
    with pytest.raises(DesignError) as caught:
        compare_strategies(derive(draw(few), asked), asked, asked.analysis.primary)
    assert str(caught.value) == (
        "5 discharges were followed after day 0: too few to adjust. At least 30 are needed."
    )
    wide = derive(draw(f"{few}\nd: {STAY} | age 40 | + (0,30]"), asked)
    with pytest.raises(DesignError, match=r'Set outcome\.interval = "imputed", "detected" or "midpoint"'):
        compare_strategies(wide, asked, asked.analysis.primary)


def test_an_event_on_day_0_is_never_left_out_in_silence() -> None:
    asked = study(**CLONES | {"time_zero__day_zero": "event"})
    assert asked.analysis is not None
    text = "\n".join([f"c{k}: {STAY} | age 40" for k in range(40)] + [f"d: {STAY} | age 40 | + 0"])
    with pytest.raises(DesignError) as caught:
        compare_strategies(derive(draw(text), asked), asked, asked.analysis.primary)
    assert str(caught.value) == (
        "1 discharge had an event by day 0, and clone-censor-weight follows people from the next day on. "
        'Set time_zero.day_zero = "exclude", which counts them as a step.'
    )


@pytest.fixture(scope="module")
def bundled() -> sd.Analysis:
    return sd.analyze(PROGRAMS / "study.toml")


def test_the_bundled_cohort_holds_its_truth(bundled: sd.Analysis) -> None:
    values = json.loads((PROGRAMS / "truth.json").read_text(encoding="utf-8"))["values"]["discharge"]
    # The truth of the uniform law; that of the days on which starters start lies within 0.002 of it.
    true = values["early"]["uniform"]["risk"]["relapse"]["90"] - values["none"]["risk"]["relapse"]["90"]
    row = bundled.results.one(
        analysis="clone_censor_weight", estimand="risk", time=90, statistic="difference", variant=""
    )
    assert row["conf_low"] < true < row["conf_high"]
    assert true == pytest.approx(-0.073, abs=0.004)


def test_copies_add_up_and_weights_make_the_followers_alike(bundled: sd.Analysis) -> None:
    table = bundled.results.table
    mine = table[table["analysis"] == "clone_censor_weight"]
    ends = mine[mine["estimand"] == "grace_period_end"].pivot(index="arm", columns="term", values="estimate")
    early, none = (ends.loc[label] for label in ("IOP or PHP within 14 days", "No step-down within 14 days"))
    assert early.sum() == none.sum() == 1922
    assert (early["departed"], none["departed"]) == (none["followed"], early["followed"])
    gaps = mine[mine["estimand"] == "covariate_balance"].pivot(
        index=["term", "level"], columns="statistic", values="estimate"
    )
    assert len(gaps) > 40
    # Between starters and others there is up to 0.8 of a standard deviation, and with the weights a tenth.
    assert gaps["before"].abs().max() > 0.7
    assert gaps["after"].abs().max() < 0.2
    assert gaps["after"].abs().mean() < gaps["before"].abs().mean() / 3
    words, picture, shown = SECTIONS["comparison"].parts(bundled)[:3]
    assert str(words).splitlines()[1] == (
        "Described are those who had followed a plan until day 14 and were still followed then, relapse-free. The "
        "estimates themselves count everybody."
    )
    assert isinstance(picture, Picture)
    assert (
        "IOP or PHP within 14 days; 1,922 copies; 843 followed the plan through day 14; 943 departed from it, and "
        "count no longer; 105 had a relapse before either; 2 died or went into custody before; 29 were lost to "
        "follow-up before and No step-down within 14 days; 1,922 copies;"
    ) in picture.alt
    assert isinstance(shown, Table)
    assert shown.columns[-2:] == ("Difference (SD)", "Difference (SD), adjusted")


def test_the_adjusted_landmark_holds_its_truth_and_the_plain_one_another(bundled: sd.Analysis) -> None:
    _, values = read_truth(PROGRAMS / "truth.json")
    true = {}
    for whom in ("landmark_14", "landmark_14_standardized"):
        risks = values[
            (values["population"] == whom) & (values["cause"] == "relapse") & (values["time"] == 90)
        ]
        by_plan = risks.set_index("strategy")["value"]
        true[whom] = by_plan["early"] - by_plan["none"]
    keys = {
        "analysis": "landmark_14",
        "estimand": "risk",
        "time": 90,
        "statistic": "difference",
        "variant": "",
    }
    plain, fair = (bundled.results.one(population=whom, **keys) for whom in ("", "everyone"))
    assert fair["conf_low"] < true["landmark_14_standardized"] < fair["conf_high"]
    assert plain["conf_low"] < true["landmark_14"] < plain["conf_high"]
    assert true["landmark_14"] < true["landmark_14_standardized"] - 0.05


def test_the_adjusted_curve_goes_through_the_risks_with_the_plain_one_behind(bundled: sd.Analysis) -> None:
    for key in ("clone_censor_weight", "landmark_14"):
        points = curve(bundled.results, analysis=key, cause="relapse", arm="IOP or PHP within 14 days")
        start = 14 if key == "landmark_14" else 0
        # Weeks, three apart as the study goes on for a year, and the days that the study asks for.
        assert points["time"].tolist()[:2] == [start, start + 7]
        assert {start + 28, 30, 60, 90, 180, 365} <= set(points["time"])
        keys = {"analysis": key, "estimand": "risk", "time": 90, "arm": "IOP or PHP within 14 days"}
        risk = bundled.results.one(statistic="estimate", population="everyone", variant="", **keys)
        assert points.set_index("time")["estimate"][90] == risk["estimate"]
    landmark = sd.figures.curves(bundled.results, analysis="landmark_14")
    assert landmark.title.startswith("Relapsed by day 90: ")
    assert landmark.subtitle.startswith("Adjusted cumulative incidence of relapse since discharge, by arm. ")
    assert "Faint lines: not adjusted." in landmark.subtitle


def test_the_adjusted_landmark_leads_and_the_plain_one_stands_beside_it(bundled: sd.Analysis) -> None:
    said = text.comparison(bundled, "landmark_14").paragraphs
    assert "would have relapsed" in said[1]
    assert sum(one.startswith("Without the adjustment, the difference by day 90 is −") for one in said) == 1
    # What landmark_14 gives when nothing is adjusted.
    keys = {"analysis": "landmark_14", "estimand": "risk", "cause": "relapse", "time": 90, "variant": ""}
    alone = [
        bundled.results.one(statistic="estimate", population="", arm=arm, **keys)
        for arm in bundled.wording.arms
    ]
    parts = [
        f"{one['estimate']:.1%} relapsed with “{one['arm']}” (95% CI {one['conf_low']:.1%} to {one['conf_high']:.1%})"
        for one in alone
    ]
    assert f"Without the adjustment, {parts[0]} and {parts[1]} by day 90." in said
    caution = text.caution(bundled, "landmark_14")
    assert caution is not None
    assert caution.paragraphs[0].startswith("Adjusted for measured characteristics")


def test_the_number_needed_to_treat_is_one_over_the_difference(bundled: sd.Analysis) -> None:
    keys = {"analysis": "clone_censor_weight", "estimand": "risk", "time": 90, "variant": ""}
    gap = bundled.results.one(statistic="difference", **keys)
    nnt = bundled.results.one(statistic="nnt", **keys)
    assert nnt["estimate"] == pytest.approx(-1 / gap["estimate"])
    assert (nnt["conf_low"], nnt["conf_high"]) == pytest.approx((-1 / gap["conf_low"], -1 / gap["conf_high"]))


def test_the_number_needed_to_treat_passes_infinity_where_no_difference_is_possible() -> None:
    row = {"statistic": "difference", "estimand": "risk", "variant": "", "note": "", "note_code": "adjusted"}
    row |= {"estimate": -0.05, "std_error": 0.05, "conf_low": -0.15, "conf_high": 0.05}
    (found,) = needed_to_treat(pd.DataFrame([row])).to_dict("records")
    assert (found["estimate"], found["conf_low"], found["conf_high"]) == pytest.approx((20, -20, 1 / 0.15))
    assert found["note"] == "the interval runs from the lower end through infinity to the upper end"


def test_the_adjusted_comparison_is_said_in_words(bundled: sd.Analysis) -> None:
    assert next(iter(bundled.wording.analyses)) == "clone_censor_weight"
    said = text.comparison(bundled, "clone_censor_weight").paragraphs
    assert said[0].startswith(
        "Comparison 1 of 2, everybody under each plan. The risks had everyone followed “IOP or PHP within 14 days”, "
        "starting on days 0-14 as similar people"
    )
    assert any(one.startswith("Difference by day 90,") for one in said)
    assert any(one.startswith("People who followed each plan through the grace period:") for one in said)
    caution = text.caution(bundled, "clone_censor_weight")
    assert caution is not None
    assert caution.paragraphs[0].startswith("Adjusted for measured characteristics")


def test_days_drawn_from_intervals_are_pooled() -> None:
    lines = (
        f"c{k}: {STAY} | age {20 + k % 40}"
        + (f" | iop {k % 15}" if k % 2 else "")
        + (f" | + ({k % 30},{30 + k % 30}]" if k % 4 < 2 and k % 3 else "")
        for k in range(200)
    )
    changes = CLONES | {"outcome__interval": "imputed", "outcome__imputations": 3}
    found = sd.analyze(draw("\n".join(lines)), study(**changes)).results
    row = found.one(
        analysis="clone_censor_weight", estimand="risk", time=90, statistic="difference", variant=""
    )
    assert row["method"] == "clone-censor-weight, doubly robust, 3 imputations pooled"
    assert abs(row["estimate"]) < 0.2


def test_a_comparison_that_cannot_be_made_is_a_note() -> None:
    cohort = sd.load(PROGRAMS / "cohort.toml")
    small = replace(cohort, discharges=cohort.discharges.head(20))
    found = sd.analyze(small, sd.Study.read(PROGRAMS / "study.toml"))
    reasons = text.no_comparison(found).paragraphs
    assert reasons[0].startswith(
        "A comparison is not shown (landmark at day 14). 18 discharges were compared: too few"
    )
    assert reasons[1].startswith("The adjusted comparison is not shown (clone-censor-weight). ")
    shown = SECTIONS["arms"].parts(found)
    assert "The adjusted comparison is not shown (clone-censor-weight)" in str(shown[0])


SHOW_ARMS = (
    "page_one",
    "followup",
    "arms",
    "comparison",
    "trust",
    "simple_comparison",
    "definitions",
    "secondary",
)
KEYS = ("clone_censor_weight", "landmark_14")
FOLLOW = {
    "definitions_compared": ["landmark_14"],
    "common_visits_compared": ["landmark_14"],
    "simple_comparison": [*KEYS],
}


def without_sensitivity(results: sd.Results) -> sd.Results:
    """Return results without what is computed after the gates, of comparisons that are shown."""
    return sd.Results(results.table[results.table["analysis"] != "sensitivity"])


def test_no_withheld_number_can_be_computed_from_those_shown(bundled: sd.Analysis) -> None:
    before, after = closed(without_sensitivity(bundled.results), *KEYS, follow=FOLLOW)
    assert recoverable(before, after) == []
    of_outcome = after.table["analysis"].isin(KEYS) & after.table["estimand"].isin(
        ["risk", "rmst", "logrank"]
    )
    assert (after.table.loc[of_outcome, "status"] == "withheld").all()
    # The search finds what a ratio and the risk of one group give away.
    left = before.table["statistic"].eq("ratio") | before.table["arm"].eq(bundled.wording.arms[-1])
    leaking = sd.Results(after.table.where(~left, before.table.assign(status="shown")))
    assert recoverable(before, leaking)


def test_nothing_that_is_shown_moves_with_a_withheld_number(bundled: sd.Analysis) -> None:
    # Pages, figures, sheets and notebooks are made from the rows alone, so that this holds for all of them.
    before, after = closed(without_sensitivity(bundled.results), *KEYS, follow=FOLLOW)
    gone = (after.table["status"] == "withheld").to_numpy()
    numbers = ["estimate", "std_error", "conf_low", "conf_high"]
    moved = before.table.copy()
    moved.loc[gone, numbers] *= np.random.default_rng(1).uniform(0.5, 2, (gone.sum(), 4))
    _, again = closed(sd.Results(moved), *KEYS, follow=FOLLOW)
    pd.testing.assert_frame_equal(again.table, after.table)
    assert gone.sum() > 1000


def test_a_report_of_withheld_comparisons_says_why_and_shows_the_rest(
    bundled: sd.Analysis, tmp_path: Path
) -> None:
    before, after = closed(without_sensitivity(bundled.results), *KEYS, follow=FOLLOW)
    found = replace(bundled, results=after)
    shown = {key: "\n".join(map(str, one.show(found))) for key, one in SECTIONS.items() if key in SHOW_ARMS}
    plans = "“IOP or PHP within 14 days” and “No step-down within 14 days”"
    why = f"The comparison of {plans} is withheld: these data are not enough to trust it.\n{CLOSED.sentence}"
    assert f"{why} {CLOSED.remedy}" in shown["page_one"]
    assert shown["arms"].count(why) == 2
    assert "No. The comparison is withheld: its numbers are nowhere in this report." in shown["trust"]
    assert "29.1% by day 90 (95% CI 27.0% to 31.3%)" in shown["page_one"]
    for key, text_shown in shown.items():
        assert "fewer relapses" not in text_shown, key
    hidden = decimals(before.table.loc[(after.table["status"] == "withheld").to_numpy(), ["estimate"]])
    written = sd.results.analysis.write_table(after, tmp_path / "results.csv").read_text(encoding="utf-8")
    cells = set(written.replace("\n", ",").split(","))
    # Early points of a curve are shares of a few people, as those of a characteristic are.
    assert sum(f"{value:.10g}" in cells for value in hidden) <= 3
    with pytest.raises(ResultError) as caught:
        sd.figures.curves(after, analysis="landmark_14")
    assert str(caught.value) == (
        f"The comparison 'landmark_14' is withheld, so there is no figure. {CLOSED.sentence} {CLOSED.remedy}"
    )


def test_the_bundled_study_is_shown_with_a_warning(bundled: sd.Analysis) -> None:
    table = bundled.results.table
    verdicts = table[table["estimand"] == "check"]
    assert set(verdicts["statistic"]) == {"passed", "warning"}
    assert set(verdicts.loc[verdicts["statistic"] == "warning", "term"]) == {"balance", "overlap"}
    mine = table[(table["analysis"] == "clone_censor_weight") & (table["estimand"] == "risk")]
    assert set(mine["status"]) == {"warning"}
    assert mine["status_reason"].iloc[0] == (
        "After weighting, “IOP or PHP within 14 days” and “No step-down within 14 days” still differ in warm "
        "handoff: 0.14 standard deviations (limit 0.1), which chance can explain with 579 and 644 effective "
        "people. They also differ in site “18”."
    )
    assert mine["estimate"].notna().all()


def test_every_check_of_the_bundled_study_is_shown_with_a_mark_and_a_word(bundled: sd.Analysis) -> None:
    checks = sd.diagnose(bundled)
    first = [one for one in checks if one.analysis == "clone_censor_weight"]
    assert [(one.name, one.status, one.withheld) for one in first] == [
        ("balance", "warning", False),
        ("positivity", "passed", False),
        ("effective_size", "passed", False),
        ("events", "passed", False),
        ("outcome_known", "passed", False),
        ("largest_share", "passed", False),
        ("loss", "passed", False),
        ("testing", "passed", False),
        ("influence", "passed", False),
        ("start_model", "passed", False),
        ("hazards", "passed", False),
        ("calendar", "passed", False),
    ]
    assert first[0].figure is not None
    assert first[2].table is not None
    assert str(SECTIONS["page_one"].parts(bundled)[2]).endswith(
        "One check of this comparison gave a warning or failed: see [[trust|Can this be trusted?]] before relying on it."
    )
    _, words, concern, passed, details, other = SECTIONS["trust"].show(bundled)
    assert str(words) == (
        "With care. The comparison is shown, with a warning from one check. Of 12 checks, 11 passed and 1 gave a warning. "
        "No check can show that nothing is missing that matters for both care and relapse: every adjusted comparison "
        "assumes it."
    )
    assert str(concern).startswith(
        "▲ Warning: Are the groups alike? After weighting, “IOP or PHP within 14 days”"
    )
    assert isinstance(passed, Table)
    assert isinstance(other, Table)
    assert passed.caption == "Checks of the comparison: everybody under each plan"
    assert passed.fold == "● 11 checks passed"
    assert {row[1] for row in passed.rows} == {"● passed"}
    testing = next(row[2] for row in passed.rows if row[0] == "Were the groups looked at equally often?")
    assert testing.startswith("By the care received by day 14: urine tests were ")
    assert testing.endswith("Unequal testing cannot change much.")
    assert isinstance(details, Details)
    assert [one.fold for one in details.parts if isinstance(one, Table | Picture)] == [
        "How alike the groups are",
        "Balance in numbers",
        "The weights",
        "By day",
        "Overlap of the groups",
    ]
    assert other.fold == "▲ Landmark at day 14: 2 warnings and 10 passed"
    with pytest.raises(
        ResultError, match=r"data is of type int, .* Give what analyze returns, or a study file\."
    ):
        sd.diagnose(3)  # type: ignore[arg-type]


def pictures(a: "sd.Analysis", key: str) -> list[Picture]:
    return [one for one in unfolded(SECTIONS[key].parts(a)) if isinstance(one, Picture)]


def test_every_figure_of_the_bundled_report_states_its_finding(bundled: "sd.Analysis") -> None:
    for key, names in DRAWN.items():
        drawn = pictures(bundled, key)
        assert drawn
        for one in drawn:
            assert not one.title.startswith(names), one.title
            assert one.subtitle.startswith(names), one.subtitle
            assert re.search(r"\d|no evidence", one.title)
            assert not one.title.endswith(".")
            # What is stated is in the words for those who cannot see the figure, or in the results.
            assert len(one.title) < 150
    (simple,) = pictures(bundled, "simple_comparison")
    assert simple.title == "Ever against never shows 0.75 even where care does nothing"


@pytest.mark.parametrize(("p", "title"), [(0.2, "There is no evidence that the effect differs"), (0.01, "")])
def test_titles_of_groups(bundled: "sd.Analysis", p: float, title: str) -> None:
    table = bundled.results.table
    tests = (table["estimand"] == "interaction") & (table["method"] == "Holm")
    changed = table.assign(estimate=table["estimate"].mask(tests, p))
    a = replace(bundled, results=rows(changed.to_dict("records")))
    (drawn,) = pictures(a, "subgroups")
    assert drawn.title == (title or "The effect differs by co-occurring mental disorder and rural residence")
    # Where nothing is tested, what is drawn is the title.
    nothing = table[~tests]
    (plain,) = pictures(replace(bundled, results=rows(pd.DataFrame(nothing).to_dict("records"))), "subgroups")
    assert plain.title.startswith("Effect by group: ")
