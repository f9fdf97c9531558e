"""Quarters, sites, subgroups and other answers of a public report: made from published numbers alone."""

import math
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from stepdown import Analysis
from stepdown.compare.sensitivity import e_value
from stepdown.compare.site_comparison.control_limits import funnel_limits, over_dispersion
from stepdown.compare.subgroups import heterogeneity
from stepdown.control_charts import standard_error_chart
from stepdown.disclosure import wilson
from stepdown.release import release
from stepdown.release.released_words import released_wording
from stepdown.report.public_sections import parts_of
from stepdown.results import rows
from stepdown.results.analysis import MeasureWords
from stepdown.sections.quarters.section import QUARTERS_SECTION
from stepdown.survival.core.confidence_intervals import poisson_interval
from support_analysis import exact

NAMES = [f"{year}Q{number}" for year in (2024, 2025) for number in (1, 2, 3, 4)]
SIZES = (238, 241, 243, 240, 239, 242, 237, 240)
EVENTS = (61, 63, 58, 66, 64, 62, 79, 41)
ARM, NONE = "care", "none"
Record = dict[str, object]


def risk(events: float, n: float) -> Record:
    low, high = wilson(events, n)
    share = events / n
    numbers = {"estimate": share, "conf_low": float(low), "conf_high": float(high), "n": n, "events": events}
    return numbers | {"std_error": math.sqrt(share * (1 - share) / n), "unit": "probability"}


def released(records: list[Record], **words: object) -> Analysis:
    whole = exact()
    wording = replace(whole.wording, **words)  # type: ignore[arg-type]
    return release(replace(whole, results=rows(records), wording=wording)).analysis


def series(events: tuple[int, ...] = EVENTS, sizes: tuple[int, ...] = SIZES, **more: object) -> list[Record]:
    """Return quarters of which the last is provisional, with a chart and a change that are not theirs."""
    keys: Record = {"analysis": "quarters", "endpoint": "first_use@1", "term": "risk", "time": 90, **more}
    made: list[Record] = []
    for number, (name, many, n) in enumerate(zip(NAMES, events, sizes, strict=True)):
        last = number == len(NAMES) - 1
        point = keys | {
            "quarter": name,
            "estimand": "series",
            "statistic": "estimate",
            "method": "Aalen-Johansen",
        }
        point |= {"variant": "maturity=provisional" if last else ""}
        small = {"status": "withheld", "status_reason": "fewer than 11 discharges", "unit": "probability"}
        made.append(point | (small if n < 11 else risk(many, n)))
        limit = {"estimand": "series_limit", "statistic": "limit", "subgroup": "three_sigma", "n": 7}
        limit |= {"estimate": 0.5, "conf_low": 0.4, "conf_high": 0.6, "unit": "probability"}
        made.append(keys | limit | {"quarter": name, "method": "standard_error"})
    pair = {"estimand": "change", "quarter": NAMES[6], "reference": NAMES[5]}
    made.append(keys | pair | {"statistic": "difference", "estimate": 0.0777, "unit": "probability"})
    made.append(keys | pair | {"statistic": "p_value", "estimate": 0.0499})
    return made


def test_a_change_and_a_chart_follow_from_the_published_points() -> None:
    """62 of 242 and 79 of 237 are published as 60 of 240 and 80 of 235: 25.0% and 34.0%."""
    found = released(series()).results
    points = found.where(estimand="series").table.sort_values("quarter")
    assert points["n"].tolist() == [240, 240, 245, 240, 240, 240, 235, 240]
    assert points["events"].tolist() == [60, 65, 60, 65, 65, 60, 80, 40]
    difference = found.one(estimand="change", statistic="difference")
    first, second = 80 / 235, 60 / 240
    error = math.sqrt(first * (1 - first) / 235 + second * (1 - second) / 240)
    assert difference["estimate"] == pytest.approx(first - second)
    assert difference["conf_low"] == pytest.approx(first - second - 1.959964 * error)
    # z = 0.0904 / 0.0416 = 2.17: p = 0.030, and 0.03 or the step above it is published.
    assert found.one(estimand="change", statistic="p_value")["estimate"] in (0.03, 0.04)
    value, size = points["estimate"].to_numpy(), points["n"].to_numpy()
    chart = standard_error_chart(value, points["std_error"], size, counted=[True] * 7 + [False])
    limits = found.where(estimand="series_limit", statistic="limit").table.sort_values("quarter")
    np.testing.assert_allclose(limits["estimate"], chart.center)
    np.testing.assert_allclose(limits["conf_high"], chart.high)
    # 455 of 1,680 in the seven complete quarters.
    assert limits["estimate"].iloc[0] == pytest.approx(455 / 1680)


def test_a_small_quarter_is_hidden_and_not_called_small() -> None:
    """Of eight quarters one has 6 discharges, which the results withhold: nothing is stated of it."""
    found = released(series((*EVENTS[:6], 3, 41), (*SIZES[:6], 6, 240))).results
    small = found.one(estimand="series", quarter=NAMES[6])
    assert (small["status"], small["note"], small["status_reason"]) == ("suppressed", "small numbers", "")
    assert math.isnan(small["n"])
    assert found.one(estimand="change", statistic="difference")["status"] == "suppressed"
    chart = found.where(estimand="series_limit").table
    # Six complete quarters are left, with limits; the one that is hidden has none of its own.
    assert chart["n"].dropna().unique().tolist() == [6]


def test_one_other_quarter_is_hidden_where_a_sum_would_give_the_small_one_away() -> None:
    """With two quarters the other one, and the total that a reader knows, would leave 6 of the small one."""
    made = [row for row in series() if row["estimand"] == "series" and row["quarter"] in NAMES[5:7]]
    assert released(made).results.table["n"].notna().all()
    small = [row | (risk(3, 6) if row["quarter"] == NAMES[6] else {}) for row in made]
    found = released(small).results.table
    assert found["n"].isna().all()
    withheld = {"status": "withheld", "status_reason": "fewer than 11 discharges"}
    blank = dict.fromkeys(("estimate", "std_error", "conf_low", "conf_high", "n", "events"), math.nan)
    held = [row | (blank | withheld if row["quarter"] == NAMES[6] else {}) for row in made]
    assert released(held).results.table["n"].isna().all()


def test_months_are_parts_of_their_quarter() -> None:
    """Of 240 with 61 events, months have 26, 31 and 4: with two shown, the third would be known to a few."""
    quarter = [row for row in series() if row["estimand"] == "series" and row["quarter"] == NAMES[0]]
    months = [
        quarter[0] | {"level": f"2024-0{number}"} | risk(events, n)
        for number, events, n in ((1, 26, 80), (2, 31, 81), (3, 4, 77))
    ]
    found = released(quarter + months).results.table
    shown = found[found["level"] != ""].set_index("level")["events"]
    assert math.isnan(shown["2024-03"])
    assert shown.isna().sum() >= 2


def test_counts_of_weeks_are_in_no_series() -> None:
    measure = MeasureWords(name="weeks@1", label="Weeks", sentence="", not_verified="", weeks=True)
    kept = series() + series(term="weeks@1")
    assert set(released(kept, measures=(measure,)).results.table["term"]) == {"risk"}


def test_the_section_says_what_it_leaves_out() -> None:
    part = {"analysis": "quarters", "endpoint": "first_use@1", "estimand": "change_part", "quarter": NAMES[6]}
    part |= {"reference": NAMES[5], "time": 90, "statistic": "difference", "unit": "probability"}
    parts: list[Record] = [
        part | {"level": level, "estimate": value}
        for level, value in (("case_mix", 0.011), ("follow_up", 0.0), ("rest", 0.066))
    ]
    a = released(series() + parts)
    assert not (a.results.table["estimand"] == "change_part").any()
    assert a.wording.not_shown["quarters"] == (
        "What the change is made of is not shown, because its parts are smaller than the rounding of this report.",
        "Quarters are shown once they are complete, because the difference from an earlier state of a quarter can "
        "be that of a few people.",
        "Late data and what changed since the last report are not shown, because a change between two reports "
        "can be that of a few people.",
    )
    assert a.wording.not_shown["quarters"][0] in str(parts_of(QUARTERS_SECTION, a)[-1])


def sites() -> list[Record]:
    keys: Record = {"analysis": "sites", "endpoint": "first_use@1", "cause": "relapse", "time": 90}
    made: list[Record] = []
    given = {"A": (106, 31, 29.4), "B": (82, 21, 22.6), "C": (93, 27, 24.4), "D": (104, 28, 30.5), "E": (97, 31, 26.2),
             "F": (98, 19, 26.1), "G": (95, 34, 25.7), "H": (40, 4, 9.8)}  # fmt: skip
    for site, (n, events, mean) in given.items():
        own = keys | {"site": site, "statistic": "estimate"}
        ratio = {
            "estimand": "observed_expected",
            "statistic": "ratio",
            "unit": "ratio",
            "n": n,
            "events": events,
        }
        made += [
            own | ratio | {"estimate": events / mean},
            own | {"estimand": "expected_events", "unit": "events", "estimate": mean, "n": n},
            own | {"estimand": "shrunken_ratio", "unit": "ratio", "estimate": 1.0},
            own | {"estimand": "rank", "estimate": 3.0, "conf_low": 1.0, "conf_high": 7.0},
            own | {"estimand": "risk", "method": "Aalen-Johansen"} | risk(events, n),
            own | {"estimand": "control_limit", "level": "95%", "unit": "ratio", "events": mean, "estimate": 1.0,
                   "conf_low": 0.6, "conf_high": 1.4},
        ]  # fmt: skip
    over = {"estimand": "over_dispersion", "statistic": "estimate", "unit": "ratio", "estimate": 1.234}
    return [*made, keys | over]


def test_sites_are_compared_by_their_published_events() -> None:
    """31 of 106 with 29.4 expected is published as 30 of 105 with 29; the site with 4 relapses is left out."""
    found = released(sites()).results
    table = found.table
    assert set(table["site"]) == {"A", "B", "C", "D", "E", "F", "G", ""}
    first = found.one(estimand="observed_expected", site="A")
    assert (first["n"], first["events"], first["estimate"]) == (105, 30, pytest.approx(30 / 29))
    low, high = poisson_interval(np.array([30]), 0.95)
    assert (first["conf_low"], first["conf_high"]) == pytest.approx((low[0] / 29, high[0] / 29))
    ratios = table[table["estimand"] == "observed_expected"]
    expected = table[table["estimand"] == "expected_events"]["estimate"]
    assert expected.tolist() == [29, 23, 24, 31, 26, 26, 26]
    spread = over_dispersion(ratios["events"], expected)
    assert found.one(estimand="over_dispersion")["estimate"] == pytest.approx(spread.ratio)
    limits = table[table["estimand"] == "control_limit"]
    low, high = funnel_limits(expected, 0.95, variance=spread.variance)
    np.testing.assert_allclose(limits["conf_low"], low)
    ranks = table[table["estimand"] == "rank"].set_index("site")["estimate"]
    assert all(ranks[first] <= ranks[second] for first, second in pairwise(
        ratios.sort_values("estimate")["site"]
    ))  # fmt: skip


def test_one_site_that_could_be_shown_is_not_compared() -> None:
    """Of A and H the second has 4 relapses: nothing is left to compare the first with."""
    two = [row for row in sites() if row.get("site") in ("A", "H")]
    a = released(two)
    assert not (a.results.table["estimand"] == "observed_expected").any()
    assert a.wording.not_shown["sites"] == (
        "Sites are not compared, because fewer than two of them have numbers that are shown: the others are small, "
        "or would give away a small one.",
    )


def compared(**ratio: float) -> list[Record]:
    keys: Record = {
        "analysis": "landmark_14",
        "endpoint": "first_use@1",
        "estimand": "risk",
        "cause": "relapse",
    }
    keys |= {"time": 90, "window_start": 14}
    arms = [keys | {"arm": ARM, "statistic": "estimate", "method": "Aalen-Johansen"} | risk(145, 817)]
    arms += [keys | {"arm": NONE, "statistic": "estimate", "method": "Aalen-Johansen"} | risk(283, 939)]
    pair = keys | {"arm": ARM, "reference": NONE}
    numbers = {"estimate": -0.083, "conf_low": -0.131, "conf_high": -0.035, "unit": "probability"}
    adjusted = {"population": "everyone", "method": "adjusted"}
    arms.append(pair | adjusted | numbers | {"statistic": "difference"})
    numbers = {"estimate": 0.71, "conf_low": 0.57, "conf_high": 0.88, "unit": "ratio"} | ratio
    arms.append(pair | adjusted | numbers | {"statistic": "ratio"})
    return arms


def sensitivity() -> list[Record]:
    pair: Record = {
        "analysis": "sensitivity",
        "endpoint": "first_use@1",
        "arm": ARM,
        "reference": NONE,
        "time": 90,
    }
    primary = {"estimand": "specification", "term": "primary", "level": "landmark_14", "unit": "probability"}
    numbers = {"statistic": "difference", "estimate": -0.083, "conf_low": -0.131, "conf_high": -0.035}
    made = [pair | primary | numbers]
    made += [
        pair
        | {
            "estimand": "strength_needed",
            "statistic": "estimate",
            "level": level,
            "unit": "ratio",
            "estimate": 9,
        }
        for level in ("1.2", "2")
    ]
    value = {
        "analysis": "landmark_14",
        "estimand": "e_value",
        "unit": "ratio",
        "method": "from the risk ratio",
    }
    made += [pair | value | {"statistic": one, "estimate": 2.17} for one in ("estimate", "limit")]
    lost = {"estimand": "difference_if_lost", "statistic": "lost", "unit": "discharges", "n": 1756}
    made += [
        pair | lost | {"term": "arm", "estimate": 46},
        pair | lost | {"term": "reference", "estimate": 7},
    ]
    for term in ("both", "arm", "reference"):
        shift = {
            "estimand": "difference_if_lost",
            "statistic": "difference",
            "unit": "probability",
            "term": term,
        }
        made.append(pair | shift | {"level": "2", "estimate": -0.079})
    return made


def test_other_answers_are_published_as_the_same_numbers() -> None:
    found = released(compared() + sensitivity(), analyses={"landmark_14": ""}).results
    main = found.one(analysis="landmark_14", statistic="difference")
    same = found.one(estimand="specification")
    assert tuple(same[["estimate", "conf_low", "conf_high"]]) == tuple(
        main[["estimate", "conf_low", "conf_high"]]
    )
    ratio = found.one(analysis="landmark_14", estimand="risk", statistic="ratio")
    value = e_value(*ratio[["estimate", "conf_low", "conf_high"]])
    assert found.one(estimand="e_value", statistic="estimate")["estimate"] == pytest.approx(value.estimate)
    assert found.one(estimand="e_value", statistic="limit")["estimate"] == pytest.approx(value.limit)
    # A ratio of 0.7 is explained by twice as frequent a cause that makes relapse 2.5 times as likely: with the
    # inverse 10/7 it is (2 - 1) / (2 / (10/7) - 1).
    assert ratio["estimate"] == pytest.approx(0.7)
    needed = found.one(estimand="strength_needed", level="2")
    assert needed["estimate"] == pytest.approx((2 - 1) / (2 / (10 / 7) - 1))
    weak = found.one(estimand="strength_needed", level="1.2")
    assert (math.isnan(weak["estimate"]), weak["note"]) == (True, "no strength is enough")


def test_what_would_tell_how_few_were_lost_is_hidden_with_them() -> None:
    found = released(compared() + sensitivity(), analyses={"landmark_14": ""}).results
    shown = found.where(estimand="difference_if_lost").table.set_index(["statistic", "term"])["status"]
    assert shown.to_dict() == {
        ("lost", "arm"): "shown", ("lost", "reference"): "suppressed", ("difference", "both"): "suppressed",
        ("difference", "arm"): "shown", ("difference", "reference"): "suppressed",
    }  # fmt: skip


def test_a_margin_is_judged_by_the_published_interval() -> None:
    keys: Record = {
        "analysis": "margin",
        "endpoint": "first_use@1",
        "estimand": "equivalence",
        "term": "risk",
        "time": 90,
    }
    keys |= {"arm": ARM, "reference": NONE, "unit": "probability"}
    made = [keys | {"statistic": "margin", "estimate": 0.128}]
    within = {"statistic": "within", "estimate": 1.0, "conf_low": -0.126, "conf_high": -0.040}
    made.append(keys | within | {"method": "adjusted"})
    arms = [row | ({"conf_low": -0.126, "conf_high": -0.040} if row.get("statistic") == "difference" else {})
            for row in compared()]  # fmt: skip
    found = released(arms + made).results
    low = found.one(analysis="landmark_14", statistic="difference")["conf_low"]
    one = found.one(statistic="within")
    # -12.6 lies within a margin of 12.8 points, the published -13 does not.
    assert (low, one["conf_low"], one["estimate"]) == (-0.13, -0.13, 0.0)


def test_subgroups_are_tested_by_their_published_effects() -> None:
    keys: Record = {
        "analysis": "subgroups",
        "endpoint": "first_use@1",
        "estimand": "risk",
        "cause": "relapse",
        "arm": ARM,
    }
    keys |= {
        "reference": NONE,
        "time": 90,
        "subgroup": "sex",
        "statistic": "difference",
        "unit": "probability",
    }
    effects = {"female": (-0.043, 0.03, 700), "male": (-0.151, 0.04, 1050)}
    made: list[Record] = []
    for level, (value, error, n) in effects.items():
        numbers = {"estimate": value, "std_error": error, "conf_low": value - 1.96 * error, "n": n}
        plain = keys | {"level": level, "population": "everyone", "conf_high": value + 1.96 * error} | numbers
        near = {
            name: one
            for name, one in plain.items()
            if name not in ("std_error", "conf_low", "conf_high", "n")
        }
        made += [plain, near | {"variant": "estimator=shrunken", "estimate": -0.1}]
    test = {
        "analysis": "subgroups",
        "estimand": "interaction",
        "subgroup": "sex",
        "arm": ARM,
        "reference": NONE,
    }
    made.append(test | {"statistic": "p_value", "method": "heterogeneity", "estimate": 0.031})
    found = released(compared() + made).results
    effect = found.where(analysis="subgroups", estimand="risk", variant="").table
    # An arm is taken to have a quarter of a group at least: 5 of 175 are 2.9 points, so steps of 5; 5 of 262
    # are 1.9, so steps of 2.
    assert effect["estimate"].tolist() == [-0.05, -0.16]
    p = heterogeneity(effect["estimate"], effect["std_error"]).p
    shown = found.one(estimand="interaction")["estimate"]
    assert p <= shown < p + 0.011
    small = [row | ({"n": 9.0} if row.get("level") == "female" and "n" in row else {}) for row in made]
    table = released(compared() + small).results.where(analysis="subgroups").table
    assert table["estimate"].isna().all()


def test_a_day_on_which_few_start_care_is_hidden_with_another() -> None:
    keys: Record = {"analysis": "clone_censor_weight", "estimand": "start_of_care", "statistic": "observed"}
    days = [keys | {"time": day, "unit": "discharges", "estimate": many, "n": n}
            for day, many, n in ((0, 60, 300), (1, 4, 230), (2, 20, 210))]  # fmt: skip
    found = released(days).results.table.set_index("time")["estimate"]
    assert math.isnan(found[1])
    # 84 in all less 60 and 20, each known to within 2, would leave 0 to 8 of the 4.
    assert found.isna().sum() == 2


def test_a_rare_range_of_the_chance_of_care_is_hidden_with_another() -> None:
    keys: Record = {
        "analysis": "landmark_14",
        "estimand": "propensity",
        "statistic": "share",
        "unit": "probability",
    }
    counts = {"0.0-0.1": 4, "0.1-0.2": 413, "0.2-0.3": 400}
    spread = [keys | {"arm": ARM, "level": level, "estimate": many / 817} for level, many in counts.items()]
    found = released(compared() + spread).results.where(estimand="propensity").table
    assert found["estimate"].isna().sum() == 2


def test_frames_are_not_changed() -> None:
    table = rows(series() + sites()).table
    before = table.copy()
    release(replace(exact(), results=rows(series() + sites())))
    pd.testing.assert_frame_equal(table, before)


def test_adjusted_numbers_are_named_as_rounded() -> None:
    def words(population: str, estimate: float) -> dict[str, tuple[str, ...]]:
        table = rows([{"estimand": "risk", "population": population, "estimate": estimate}]).table
        wording = exact().wording
        return dict(released_wording(wording, table, left_out=table.iloc[:0], threshold=11, base=5).not_shown)

    assert "arms" not in words("", 0.3)
    assert "arms" not in words("everyone", math.nan)
    assert words("everyone", 0.3)["arms"] == (
        "Adjusted numbers are rounded to what 5 people can change in a group, or coarser, so that no small count "
        "follows from them.",
    )


def test_the_ends_of_a_difference_of_ranges_are_those_of_the_published_ranges() -> None:
    # 200 each: 20% to 40% and 30% to 50%, so that the difference lies between -30 and +10 points.
    events = {(ARM, "lowest"): 40, (ARM, "highest"): 80, (NONE, "lowest"): 60, (NONE, "highest"): 100}
    keys: Record = {
        "analysis": "landmark_14",
        "endpoint": "first_use@1",
        "estimand": "risk",
        "cause": "relapse",
    }
    keys |= {"time": 90, "method": "Aalen-Johansen", "unit": "probability"}
    arms = [
        keys | risk(many, 200) | {"arm": arm, "bound": bound, "statistic": "estimate"}
        for (arm, bound), many in events.items()
    ]
    ends = [
        keys | {"arm": ARM, "reference": NONE, "statistic": "difference", "bound": bound, "estimate": value}
        for bound, value in (("lowest", -0.3), ("highest", 0.1))
    ]
    shown = released([*arms, *ends]).results.table.query("statistic == 'difference'").set_index("bound")
    assert shown["estimate"].round(10).to_dict() == {"lowest": -0.3, "highest": 0.1}
    assert shown[["std_error", "conf_low", "conf_high"]].isna().all(axis=None)
