"""Site by site in the report: its words, and what it says of few and small sites."""

from dataclasses import replace

import numpy as np
import pytest

import stepdown as sd
from stepdown.display.section import unfolded
from stepdown.display.text_and_tables import Table
from stepdown.report import figures as plot
from stepdown.report.sections import SECTIONS
from stepdown.results import rows
from stepdown.results.reading import TOO_FEW_CLUSTERS
from stepdown.sections.relapse.text import test_of_curves as curves_tested
from stepdown.sections.sites import text
from stepdown.sections.sites.rows import site_rows
from stepdown.survival.core.day_grid import TOO_FEW_TO_TEST
from support_cohort import draw
from support_study import described, study

pytestmark = pytest.mark.slow


def cohort(sizes: dict[str, tuple[int, int]]) -> "sd.Cohort":
    """Sites of so many discharges, of whom so many relapse, spread over their days 20 to 79."""
    lines, sites = [], []
    for site, (size, relapses) in sizes.items():
        for k in range(size):
            found = f" | + {20 + 7 * k % 60}" if k < relapses else ""
            lines.append(f"{site}{k}: stay -28..0 | follow 0..120 | quarter 2026Q1{found}")
            sites.append(site)
    return draw("\n".join(lines), site_id=sites)


SIX = {"A": (40, 15), "B": (30, 10), "C": (30, 10), "D": (30, 10), "E": (30, 10), "F": (40, 2)}


@pytest.fixture(scope="module")
def six() -> sd.Analysis:
    return sd.analyze(cohort(SIX), described(sites={"covariates": []}))


def test_what_lies_outside_is_named_and_what_chance_would_do(six: sd.Analysis) -> None:
    said = text.found(six).paragraphs
    assert said[0] == (
        "Expected relapses are those that people with as much follow-up had at all sites taken together. A ratio above "
        "1 means more than expected, a ratio below 1 fewer. What else differs between the people of the sites is not "
        "allowed for."
    )
    found = six.results.table.query("analysis == 'sites' and estimand == 'observed_expected'").set_index(
        "site"
    )
    assert found["events"].to_dict() == {"A": 15, "B": 10, "C": 10, "D": 10, "E": 10, "F": 2}
    ratio = {
        site: f"{row.estimate:.2f}, 95% CI {row.conf_low:.2f} to {row.conf_high:.2f}"
        for site, row in found.iterrows()
    }
    expected = (found["events"] / found["estimate"]).map("{:.1f}".format)
    assert expected.astype(float).sum() == pytest.approx(57, abs=0.3)
    assert said[1] == (
        f"1 of 6 sites lies outside the 95% control limits: site F, below them (2 relapses, {expected['F']} expected; "
        f"ratio {ratio['F']}). Were all sites alike, fewer than 1 of 6 would lie outside by chance alone."
    )
    assert said[2] == (
        "Outside the 99.8% limits lies site F: chance alone puts 1 site in 500 there. Look for the reason: first in "
        "the data, then in the people, then in the care."
    )
    assert said[3].startswith("Ranks are uncertain: site F is 1 of 6 (95% 1")
    assert said[3].endswith(", where 1 has the fewest for its case mix.")


def test_the_table_is_folded_and_complete(six: sd.Analysis) -> None:
    (table,) = [part for part in unfolded(SECTIONS["sites"].show(six)) if isinstance(part, Table)]
    assert table.columns == (
        "Site", "Discharges", "Observed", "Expected", "Observed over expected", "After chance", "Rank of 6",
        "Risk by day 90",
    )  # fmt: skip
    assert [row[0] for row in table.rows] == ["A", "B", "C", "D", "E", "F (below the 99.8% limits)"]
    assert [row[1:3] for row in table.rows] == [(str(n), str(k)) for n, k in SIX.values()]
    # Everybody is followed to day 90: the risk is the share.
    assert table.rows[0][-1].startswith("37.5% (")
    assert '<details class="sd-fold"><summary>All 6 sites in a table</summary>' in table._repr_html_()


def test_figures_name_the_sites_outside(six: sd.Analysis) -> None:
    funnel = plot.site_funnel(six.results)
    ratio = six.results.table.query("analysis == 'sites' and estimand == 'observed_expected'")["estimate"]
    assert funnel.alt == f"6 sites. Outside the 95% limits: site F {ratio.iloc[5]:.2f}."
    ordered = plot.site_ratios(six.results)
    assert ordered.alt == f"From {ratio.iloc[5]:.2f} at site F to {ratio.iloc[0]:.2f} at site A; 6 sites."
    assert funnel.title == "1 of 6 sites lies outside the 95% control limits"
    assert ordered.title == (
        f"Observed over expected relapses: {ratio.iloc[5]:.2f} at site F and {ratio.iloc[0]:.2f} at site A"
    )
    # Where one site is shown, as in a public report, there is nothing to count or to rank.
    table = six.results.table
    alone = rows(
        table[~((table["analysis"] == "sites") & table["site"].isin(list("BCDEF")))].to_dict("records")
    )
    assert plot.site_funnel(alone).title == "Sites and control limits"
    assert text.finding(replace(six, results=alone)) == "One site is shown, within the 95% control limits."
    assert plot.site_ratios(alone).title == "Observed over expected, site by site"
    assert '<details class="sd-fold"><summary>The sites from the lowest to the highest ratio</summary>' in (
        ordered._repr_html_()
    )


def of(six: sd.Analysis, sizes: dict[str, tuple[int, int]]) -> sd.Analysis:
    """Return the sites of a cohort in the words of another analysis of the same study."""
    return replace(six, results=rows(site_rows(sd.derive(cohort(sizes), described()), described())))


def test_few_and_small_sites_are_said_to_be_so(six: sd.Analysis) -> None:
    a = of(six, {"A": (40, 20), "B": (30, 15), "C": (6, 3), "D": (20, 10)})
    said = text.found(a).paragraphs
    assert (
        "With fewer than 6 sites no p-value of a difference between sites is given. Intervals that allow for sites are "
        "by t on one degree of freedom fewer than there are sites. Few sites cannot show more."
    ) in said
    assert said[-1] == (
        "2 sites are not shown: not enough people: at least 10 discharges and 5 expected relapses are needed."
    )
    assert said[1] == (
        "Both sites lie within the 95% control limits: the differences between them are no larger than chance "
        "explains. Were all sites alike, fewer than 1 of 2 would lie outside by chance alone."
    )
    hidden = a.results.table.query("analysis == 'sites' and status == 'withheld'")
    assert set(hidden["site"]) == {"C", "D"}
    assert np.isnan(hidden[["estimate", "std_error", "conf_low", "conf_high", "n", "events"]]).all(axis=None)
    (table,) = [part for part in unfolded(SECTIONS["sites"].show(a)) if isinstance(part, Table)]
    assert table.rows[2] == ("C", "", "", "", "not shown: not enough people", "", "", "")


def test_few_sites_have_an_interval_in_place_of_a_test() -> None:
    lines, sites = [], []
    for number in range(80):
        found = f" | + {20 + 37 * number % 60}" if (number * number + number // 7) % 3 == 0 else ""
        care = " | iop 5" if number % 2 else ""
        lines.append(f"c{number}: stay -28..0 | follow 0..120 | quarter 2026Q1{care}{found}")
        sites.append("ABCD"[(number // 2) % 4])
    a = sd.analyze(draw("\n".join(lines), site_id=sites), study(analysis__interval={"cluster": "site_id"}))
    row = a.results.one(
        analysis="landmark_14", estimand="risk", cause="relapse", statistic="difference", time=90, bound=""
    )
    assert "4 clusters: by t on 3 degrees of freedom" in row["note"]
    assert np.isfinite(row[["conf_low", "conf_high"]].to_numpy(dtype=float)).all()
    assert str(curves_tested(a, "landmark_14")) == (
        "No log-rank test is given: intervals allow for sites, and there are fewer than 6. In its place is the 95% "
        "confidence interval of the difference, by t on one degree of freedom fewer than there are sites. So few sites "
        "cannot show more."
    )
    assert TOO_FEW_CLUSTERS == TOO_FEW_TO_TEST


def test_one_site_has_no_section_and_no_relapse_says_so(six: sd.Analysis) -> None:
    assert SECTIONS["sites"].show(of(six, {"A": (12, 3)})) == ()
    assert [str(part) for part in SECTIONS["sites"].parts(of(six, {"A": (12, 0), "B": (12, 0)}))] == [
        "Sites are not compared: no relapse was observed by day 90, so nothing is expected."
    ]
    assert [str(part) for part in SECTIONS["sites"].parts(of(six, {"A": (5, 2), "B": (5, 2)}))] == [
        "None of the 2 sites has enough people to be shown."
    ]


def test_sites_are_not_shown_where_they_are_the_groups_of_a_withheld_comparison() -> None:
    asked = {
        "strategies": None,
        "contrast": {"arms": {"column": "site_id", "values": ["A", "B"], "labels": ["North", "South"]}},
        "analysis": {"primary": {"design": "baseline"}},
        "sites": {"covariates": []},
    }
    two = cohort({"A": (40, 15), "B": (60, 12), "C": (30, 10)})
    open_gates = sd.analyze(two, study(**asked)).results.table
    assert open_gates.query("analysis == 'sites' and estimand == 'risk'")["estimate"].notna().all()
    a = sd.analyze(two, study(**asked, gates={}))
    mine = a.results.table.query("analysis == 'sites'")
    assert mine["statistic"].tolist() == ["not_estimated"]
    (part,) = SECTIONS["sites"].parts(a)
    assert part.paragraphs == (
        "Sites are not compared: a group of the comparison is all the people of some sites, so that their numbers "
        "would give away a comparison that is withheld.",
    )


def test_one_site_with_enough_people_is_not_called_all_sites() -> None:
    a = sd.analyze(cohort({"A": (40, 15), "B": (9, 3), "C": (8, 3)}), described(sites={"covariates": []}))
    assert text.found(a).paragraphs[1] == (
        "The one site with enough people to be shown lies within the 95% control limits."
    )
