"""For whom? The effect by group, the dose and the margin in the report."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

import stepdown as sd
from stepdown.compare.covariates import known_by_zero
from stepdown.compare.subgroups import subgroup_levels
from stepdown.display.details import Details
from stepdown.display.section import unfolded
from stepdown.display.text_and_tables import Table
from stepdown.report import figures as plot
from stepdown.report.sections import SECTIONS
from stepdown.results import rows
from stepdown.schema import DTYPES, Column
from stepdown.sections.subgroups import text
from stepdown.sections.subgroups.rows import further_rows
from stepdown.survival import cox
from support_cohort import draw
from support_study import OPEN, study

pytestmark = pytest.mark.slow

BASELINE: dict[str, Any] = {
    "strategies": None,
    "contrast": {
        "arms": {"column": "referred", "values": [True, False], "labels": ["Referred", "Not referred"]}
    },
    "analysis": {"primary": {"design": "baseline"}},
}
# Of 60 women and 60 men half are referred; women relapse in 6 and 18 of 30, men in 12 and 12 of 30.
RELAPSES = {("female", True): 6, ("female", False): 18, ("male", True): 12, ("male", False): 12}


def cohort() -> "sd.Cohort":
    lines, sex, referred = [], [], []
    for (who, sent), many in RELAPSES.items():
        for k in range(30):
            found = f" | + {15 + 2 * k}" if k < many else ""
            care = f" | iop {2 + k % 9} 3h | iop {9 + k % 9} 3h" if sent else ""
            lines.append(f"{who}{sent}{k}: stay -28..0 | follow 0..120 | quarter 2026Q1{care}{found}")
            sex.append(who)
            referred.append(sent)
    few = ["self_pay" if k < 4 else "public" for k in range(len(lines))]
    return draw("\n".join(lines), sex=sex, referred=referred, payer=few)


ASKED = {
    "subgroups": {"columns": ["sex", "payer", "intake_started"]},
    "dose": {"landmark": 13, "measure": "weeks"},
    "equivalence": {"risk_difference": 0.5, "rmst_days": 1.0, "hazard_ratio": 1.25},
}


@pytest.fixture(scope="module")
def a() -> sd.Analysis:
    return sd.analyze(cohort(), study(**BASELINE, **ASKED))


def test_the_effect_in_each_group_is_that_of_its_people(a: sd.Analysis) -> None:
    mine = a.results.table.query("analysis == 'subgroups' and statistic == 'difference' and variant == ''")
    found = mine.set_index(["subgroup", "level"])
    assert found["estimate"]["sex", "female"] == pytest.approx(6 / 30 - 18 / 30)
    assert found["estimate"]["sex", "male"] == pytest.approx(0)
    assert found["n"]["sex", "female"] == 60
    error = found["std_error"]["sex"]
    test = a.results.one(analysis="subgroups", estimand="interaction", subgroup="sex", statistic="statistic")
    assert test["estimate"] == pytest.approx(0.4**2 / (error["female"] ** 2 + error["male"] ** 2))
    # Nobody who pays for themselves is in the other arm.
    assert found["status"]["payer", "self_pay"] == "withheld"
    assert found["status_reason"]["payer", "self_pay"] == "not enough people"
    assert np.isnan(
        found.loc[("payer", "self_pay"), ["estimate", "std_error", "conf_low", "conf_high", "n"]].astype(
            float
        )
    ).all()


def test_the_words_of_groups(a: sd.Analysis) -> None:
    said = text.found(a, "Referred").paragraphs
    assert said[0] == (
        "The difference in the risk of relapse by day 90, “Referred” compared with “Not referred”, among people with one "
        "characteristic at a time. Below 0: fewer relapses."
    )
    p = a.results.one(
        analysis="subgroups", estimand="interaction", subgroup="sex", statistic="p_value", method="Holm"
    )
    assert 0.001 < p["estimate"] < 0.05
    assert said[1] == f"The effect differs between groups by sex (p = {p['estimate']:.3f})."
    assert said[2] == (
        "An interval that excludes 0 in one group and not in another does not show that the effect differs; only the "
        "test of the difference does."
    )
    assert said[3] == "1 of 4 groups is listed without a number: not enough people."
    assert said[4].startswith(
        "`intake_started` is no column of the discharges, so it cannot be used for subgroups."
    )
    shown = SECTIONS["subgroups"].show(a)
    # The figure and the table of the groups fold: before a reader opens them they are a few sentences.
    assert not any(isinstance(part, Table) for part in shown)
    (table,) = [part for part in unfolded(shown) if isinstance(part, Table)]
    assert [row[0] for row in table.rows] == ["Sex: female", "Sex: male", "Payer: public", "Payer: self pay"]
    assert table.rows[3][1:4] == ("", "not shown: not enough people", "")
    assert table.rows[0][2].startswith("−40.0 (")


def test_the_figures(a: sd.Analysis) -> None:
    forest = plot.forest(a.results, dict(a.labels), arm="Referred", analysis="baseline")
    assert forest.alt == (
        "Differences in percentage points. Sex, female: −40.0; Sex, male: 0.0; Payer, public: −25.0."
    )
    dose = plot.dose_hazard(a.results)
    assert dose.alt.startswith("Hazard ratios against no care. 1.0 weeks: ")


def test_a_public_report_that_hides_every_group_has_no_figure(a: sd.Analysis) -> None:
    table = a.results.table
    mine = (table["analysis"] == "subgroups") & (table["statistic"] == "difference")
    numbers = {one: table[one].mask(mine) for one in ("estimate", "conf_low", "conf_high", "n")}
    status = table["status"].mask(mine, "suppressed")
    words = {"note": table["note"].mask(mine, "small numbers"), "status_reason": ""}
    hidden = table.assign(**numbers, **words, status=status)
    told = replace(a, results=sd.Results(hidden), wording=replace(a.wording, released="Rules."))
    assert text.found(told, "Referred").paragraphs[1] == "No group has a number: small numbers."
    parts = SECTIONS["subgroups"].parts(told)
    assert not any(isinstance(part, Details) for part in parts)


def test_the_words_of_dose_and_margin(a: sd.Analysis) -> None:
    part = text.dose(a)
    assert part is not None
    assert part.heading == "More care, less relapse?"
    assert part.paragraphs[0].startswith(
        "Among the 120 people followed and free of relapse on day 13, by the weeks of IOP that they had had by then. "
        "Against none, the hazard of relapse in days 14-90 was "
    )
    assert part.paragraphs[1] == (
        "People who had more care by then differ from others in more than their care. This describes; it is no "
        "comparison of plans."
    )
    part = text.margin_sentences(a)
    assert part is not None
    risk = a.results.one(
        analysis="baseline", estimand="risk", cause="relapse", statistic="difference", time=90
    )
    low, high = (f"{100 * abs(risk[name]):.1f}" for name in ("conf_low", "conf_high"))
    assert part.paragraphs[0] == (
        "“Referred” and “Not referred” are alike within the margin of 50.0 percentage points: the 95% CI of the difference "
        f"in risk by day 90, −{low} to −{high}, lies within it."
    )
    assert part.paragraphs[1].startswith(
        "That “Referred” and “Not referred” are alike within the margin of 1.0 days is not established: the 95% CI of the "
        "difference in mean relapse-free days up to day 90, "
    )
    assert part.paragraphs[1].endswith(", reaches beyond it.")
    # Groups as they were: Cox regression on the group alone.
    row = a.results.one(analysis="margin", term="hazard_ratio", statistic="within")
    assert (row["estimate"], row["method"]) == (0, "Cox model, not adjusted")
    assert part.paragraphs[2] == (
        "That “Referred” and “Not referred” are alike within the margin of 1.25 is not established: the 95% CI of the hazard "
        f"ratio up to day 90, {row['conf_low']:.2f} to {row['conf_high']:.2f}, reaches beyond it."
    )


def test_the_hazard_ratio_of_groups_as_they_were_is_that_of_a_cox_model(a: sd.Analysis) -> None:
    people = sd.derive(cohort(), study(**BASELINE))
    referred = people.table["referred"].to_numpy(dtype=bool).astype(float)
    fit = cox(people.table["days"].clip(upper=90), people.table["event"] == 1, referred)
    row = a.results.one(analysis="margin", term="hazard_ratio", statistic="within")
    limits = fit.summary[["hazard_ratio_low", "hazard_ratio_high"]].iloc[0].tolist()
    assert [row["conf_low"], row["conf_high"]] == pytest.approx(limits)


def test_with_fewer_than_6_sites_no_p_value_of_groups_is_given(a: sd.Analysis) -> None:
    lines = [
        f"p{k}: stay -28..0 | follow 0..120{f' | + {15 + k % 70}' if k % 5 < 2 else ''}" for k in range(200)
    ]
    sites = {"site_id": [f"s{k % 5}" for k in range(200)]}
    few = draw(
        "\n".join(lines), referred=[k % 3 == 0 for k in range(200)],
        sex=["female" if k % 7 < 4 else "male" for k in range(200)], **sites,
    )  # fmt: skip
    by_site = BASELINE | {"analysis": BASELINE["analysis"] | {"interval": {"cluster": "site_id"}}}
    asked = study(**by_site, subgroups={"columns": ["sex"]})
    people = sd.derive(few, asked)
    found = replace(a, results=rows(further_rows(people, asked, lambda: a.results, np.full(200, 120.0))))
    (row,) = found.results.table.query("estimand == 'interaction'").to_dict("records")
    assert np.isnan(row["estimate"])
    assert (row["statistic"], row["method"], row["note"]) == (
        "p_value", "Holm", "fewer than 6 clusters: no test",
    )  # fmt: skip
    said = text.found(found, "Referred").paragraphs
    assert said[1] == (
        "No p-value of a difference between groups is given: intervals allow for sites, and there are fewer than 6. In "
        "its place are the 95% confidence intervals of the groups, by t on one degree of freedom fewer than there are "
        "sites. So few sites cannot show more."
    )
    table = text.table(found, "Referred")
    assert [row[4] for row in table.rows] == ["", ""]


def test_a_margin_without_an_interval_names_the_groups(a: sd.Analysis) -> None:
    table = a.results.table
    mine = (table["analysis"] == "margin") & (table["statistic"] == "within") & (table["term"] == "risk")
    unknown = table.assign(
        estimate=table["estimate"].mask(mine),
        note=table["note"].mask(mine, "the primary comparison has no interval"),
    )
    part = text.margin_sentences(replace(a, results=rows(unknown.to_dict("records"))))
    assert part is not None
    assert part.paragraphs[0] == (
        "Whether the difference in risk by day 90, “Referred” compared with “Not referred”, lies within the margin of 50.0 "
        "percentage points is not known: the primary comparison has no interval."
    )


def test_what_cannot_be_answered_says_why(a: sd.Analysis) -> None:
    def parts(**asked: object) -> list[str]:
        bare = study(**BASELINE, **asked)
        found = further_rows(sd.derive(cohort(), bare), bare, lambda: a.results, np.full(120, 120.0))
        return [str(part) for part in SECTIONS["subgroups"].parts(replace(a, results=rows(found)))]

    late = "More care, less relapse?\nThe dose of care is not shown: dose.landmark must be before the end of outcome.window, "
    assert parts(dose={"landmark": 100}) == [f"{late}day 90."]
    assert parts() == []
    unknown = study(**BASELINE, dose={"landmark": 14, "measure": "hours"})
    people = sd.derive(draw("a: stay -28..0 | follow 0..90 | iop 3 | + 30"), unknown)
    (row,) = further_rows(people, unknown, lambda: a.results, np.full(120, 120.0))
    assert row["note"] == "the hours of care are not known. Map `hours` of the services, or use weeks."
    ranged = study(
        **BASELINE, subgroups={"columns": ["sex"]}, dose={"landmark": 14}, outcome__interval="bounds"
    )
    people = sd.derive(draw("a: stay -28..0 | follow 0..90 | + (30,60]"), ranged)
    assert [row["note"] for row in further_rows(people, ranged, lambda: a.results, np.full(120, 120.0))] == [
        "Effects in groups of people need one day for each relapse, and some are known only to lie between two contacts. "
        'Set outcome.interval = "imputed", "detected" or "midpoint".',
        "it needs one day for each relapse, and some are known only to lie between two contacts. Set outcome.interval = "
        '"detected" or "midpoint".',
    ]


# Every characteristic that a program can be expected to ask for, with how many groups it makes.
COLUMNS: dict[str, tuple[str, list[object], int]] = {
    "cooccurring": ("flag", [True, False], 2),
    "trauma_history": ("flag", [True, False], 2),
    "prior_relapse": ("flag", [False, True], 2),
    "severity": ("code", ["mild", "moderate", "severe"], 3),
    "home_environment": ("code", ["supportive", "unstable"], 2),
    "prior_iop": ("flag", [True, False], 2),
    "sex": ("code", ["female", "male"], 2),
    "age": ("number", [22.0, 35.0, 50.0], 3),
    "primary_substance": ("code", ["alcohol", "opioids"], 2),
    "payer": ("code", ["public", "commercial"], 2),
    "rural": ("flag", [True, False], 2),
    "virtual": ("flag", [True, False], 2),
}


def test_every_characteristic_of_the_field_makes_groups() -> None:
    size, rng = 240, np.random.default_rng(4)
    lines = "\n".join(f"p{k}: stay -28..0 | follow 0..120 | + {15 + k % 70}" for k in range(size))
    given = {
        name: pd.array([values[one] for one in rng.integers(0, len(values), size)], dtype=DTYPES[kind])
        for name, (kind, values, _) in COLUMNS.items()
    }
    # Of virtual or in-person care it is known by day 0 what the site offers: an attribute in the cohort file.
    virtual = Column(name="virtual", meaning="The site offers virtual care.", kind="flag", known="admission")
    cohort = draw(lines, covariates=(virtual,), referred=[k % 3 == 0 for k in range(size)], **given)
    asked = study(**BASELINE, subgroups={"columns": list(COLUMNS)})
    people = sd.derive(cohort, asked)
    known = known_by_zero(people, asked, asked.subgroups.columns, use="subgroups")
    groups = {name: subgroup_levels(known[name], name=name).value_counts() for name in COLUMNS}
    assert {name: len(found) for name, found in groups.items()} == {
        name: many for name, (_, _, many) in COLUMNS.items()
    }
    assert all(found.sum() == size for found in groups.values())


def test_the_gates_hold_in_each_group() -> None:
    # 30 people in each arm of each sex: the limit is 50. Everybody together has 60.
    a = sd.analyze(cohort(), study(**BASELINE, subgroups={"columns": ["sex"]}, gates={}))
    mine = a.results.table.query("analysis == 'subgroups'")
    assert mine["status"].tolist() == ["withheld", "withheld"]
    assert np.isnan(mine[["estimate", "std_error", "conf_low", "conf_high", "n"]]).all(axis=None)
    assert text.found(a, "Referred").paragraphs[1:] == ("No group has a number: not enough people.",)
    assert [type(part).__name__ for part in SECTIONS["subgroups"].parts(a)] == ["Text"]


def test_a_primary_comparison_that_is_withheld_takes_all_with_it() -> None:
    a = sd.analyze(cohort(), study(**BASELINE, **ASKED, gates={"events": {"warn": 60, "withhold": 50}}))
    mine = a.results.table[a.results.table["analysis"].isin(["subgroups", "dose", "margin"])]
    mine = mine[mine["statistic"] != "not_estimated"]
    assert (mine["status"] == "withheld").all()
    assert np.isnan(mine[["estimate", "std_error", "conf_low", "conf_high", "n", "events"]]).all(axis=None)
    said = [str(part).split(". ")[0] for part in SECTIONS["subgroups"].parts(a)]
    assert said == [
        "The effect in groups of people is not shown",
        "More care, less relapse?\nThe dose of care is not shown",
        "Is one as good as the other?\nWhether the plans are alike within a margin is not shown",
    ]


def test_the_outcome_has_to_be_known_in_each_group_and_each_repeated_analysis() -> None:
    # Of men 10 of 30 in each arm are lost on day 10: known for 67%; of women for 100%, of everybody for 83%.
    lines, sex, referred = [], [], []
    for (who, sent), many in RELAPSES.items():
        for k in range(30):
            found = f" | + {15 + 2 * k}" if k < many else ""
            end = "10 lost" if who == "male" and k >= 20 else "120"
            lines.append(f"{who}{sent}{k}: stay -28..0 | follow 0..{end} | quarter 2026Q1{found}")
            sex.append(who)
            referred.append(sent)
    reason = ["left_against_advice" if one == "female" else "completed" for one in sex]
    few = draw("\n".join(lines), sex=sex, referred=referred, discharge_reason=reason, data_cut=120)
    gates = OPEN | {"outcome_known": {"warn": 0.75, "withhold": 0.75}}
    asked = {"subgroups": {"columns": ["sex"]}, "sensitivity": {"analyses": ["against_advice"]}}
    a = sd.analyze(few, study(**BASELINE, **asked, gates=gates))
    (repeated,) = a.results.table.query("term == 'against_advice'").to_dict("records")
    assert (repeated["status"], repeated["statistic"]) == ("withheld", "not_estimated")
    assert repeated["status_reason"] == (
        "The outcome by day 90 is known for 67% of “Referred” (limit 75%). The outcome by day 90 is known for 67% of “Not "
        "referred” (limit 75%)."
    )
    mine = a.results.table.query("analysis == 'subgroups' and variant == '' and statistic == 'difference'")
    # Everybody less the women would be the men.
    assert mine.set_index("level")[["status", "status_reason"]].to_dict("index") == {
        "female": {"status": "withheld", "status_reason": "would give another group away"},
        "male": {"status": "withheld", "status_reason": "not enough people"},
    }
    assert mine[["estimate", "std_error", "conf_low", "conf_high", "n"]].isna().all(axis=None)
    assert text.found(a, "Referred").paragraphs[1] == (
        "No group has a number: not enough people or would give another group away."
    )
