"""Sites: expected events, control limits, over-dispersion, shrinkage and ranks, by hand, against R and as laws."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

import stepdown as sd
from stepdown.compare.site_comparison import case_mix_names, compare_sites
from stepdown.compare.site_comparison.control_limits import funnel_limits, over_dispersion, poisson_limits
from stepdown.compare.site_comparison.expected_events import expected_events
from stepdown.compare.site_comparison.shrinkage import rank_limits, shrunken_ratios
from stepdown.errors import DesignError, EstimateError
from stepdown.schema import Column
from stepdown.survival.core.confidence_intervals import poisson_interval
from support_cohort import draw
from support_size import quick_or_long
from support_study import described, study

REFERENCE = Path(__file__).parents[1] / "reference" / "compare"
R = json.loads((REFERENCE / "sites_reference.json").read_text())


def test_expected_events_by_hand() -> None:
    # Day 2: one of four, 1/4 each. Day 5: two of three, 2/3 each. Day 9 lies beyond day 5.
    no_case_mix = pd.DataFrame(index=range(4))
    found = expected_events([2, 5, 5, 9], [1, 1, 1, 1], no_case_mix, list("abab"), until=5)
    assert found == pytest.approx([1 / 4, 1 / 4 + 2 / 3, 1 / 4 + 2 / 3, 1 / 4 + 2 / 3])
    with pytest.raises(EstimateError, match=r"^No event happened by day 1, so nothing is expected\.\n"):
        expected_events([2, 5], [1, 1], pd.DataFrame(index=range(2)), ["a", "b"], until=1)


def test_expected_events_against_r() -> None:
    d = pd.read_csv(REFERENCE.parent / "survival" / "cohort.csv")
    x = pd.DataFrame({
        "b": (d["arm"] == "B").astype(float), "c": (d["arm"] == "C").astype(float),
        "z": (d["id"] * 37) % 101 / 25,
    })  # fmt: skip
    found = expected_events(d["day"], d["cause"] == 1, x, d["site"], until=60)
    by_site = pd.Series(found).groupby(d["site"]).sum()
    assert by_site.index.tolist() == R["site"]
    assert by_site.to_numpy() == pytest.approx(R["expected"], rel=1e-9)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(2, 40), st.integers(1, 5))
def test_expected_events_add_up_to_the_observed(seed: int, size: int, sites: int) -> None:
    rng = np.random.default_rng(seed)
    days, event = rng.integers(0, 120, size), rng.random(size) < 0.6
    event[0], days[0] = True, 3
    x = pd.DataFrame({"x": rng.normal(size=size), "flag": (rng.random(size) < 0.2).astype(float)})
    found = expected_events(days, event, x, rng.integers(0, sites, size), until=90)
    assert found.sum() == pytest.approx((event & (days <= 90)).sum())
    assert (found >= 0).all()


def test_limits_are_exact_poisson_quantiles() -> None:
    means = np.array(R["means"])
    low, high = poisson_limits(means, 0.95)[0], poisson_limits(means, 0.998)[1]
    part = (np.array(R["below_low"]) - 0.025) / np.array(R["at_low"])
    assert low * means == pytest.approx(np.maximum(np.array(R["count_low"]) - part, 0), abs=1e-12)
    part = (np.array(R["below_high"]) - 0.999) / np.array(R["at_high"])
    assert high * means == pytest.approx(np.array(R["count_high"]) + 1 - part)


def test_sites_like_the_others_are_within_the_limits_as_often_as_they_say() -> None:
    for level in (0.95, 0.998):
        outside: list[float] = []
        for mean in np.arange(5, 60, 0.37):
            low, high = (float(limit[0]) * mean for limit in poisson_limits([mean], level))
            below, above = stats.poisson.cdf(np.ceil(low) - 1, mean), stats.poisson.sf(np.floor(high), mean)
            for count in (np.ceil(low) - 1, np.floor(high) + 1):
                ends = poisson_interval(np.array(max(int(count), 0)), level)
                assert count < 0 or not ends[0] <= mean <= ends[1]
            assert max(below, above) <= (1 - level) / 2
            outside.append(below + above)
        assert 0.7 * (1 - level) < np.mean(outside) < 1 - level


def test_over_dispersion_of_a_published_example() -> None:
    # Length of stay in 54 hospitals of Arizona (medpar, Hilbe 2014), expected by the Poisson model of FunnelPlotR's
    # README (Mainey, CRAN 0.6.0), which prints: "54 points of which 9 are outliers", adjusted for over-dispersion
    # at 99.8% by the method of the NHS mortality indicator; 25 by its own limits of chance alone.
    d = pd.read_csv(REFERENCE / "medpar_hospitals.csv")
    found = over_dispersion(d["observed"], d["expected"])
    ratio = (d["observed"] / d["expected"]).to_numpy()
    low, high = funnel_limits(d["expected"], 0.998, variance=found.variance)
    assert len(d) == 54
    assert ((ratio < low) | (ratio > high)).sum() == 9
    low, high = funnel_limits(d["expected"], 0.998)
    # Exact quantiles: P(R <= O) or P(R >= O) below 0.001.
    tails = np.minimum(
        stats.poisson.cdf(d["observed"], d["expected"]), stats.poisson.sf(d["observed"] - 1, d["expected"])
    )
    assert ((ratio < low) | (ratio > high)).sum() == (tails < 0.001).sum() == 23


def test_over_dispersion_by_hand() -> None:
    # z = 10 log(O / 100); of ten the lowest and the highest are left out. Equal weights: tau^2 = (I phi - I + 1) /
    # (I E - E) = (8 phi - 7) / 700.
    observed = [70, 80, 80, 80, 80, 120, 120, 120, 120, 130]
    found = over_dispersion(observed, [100.0] * 10)
    phi = (4 * np.log(0.8) ** 2 + 4 * np.log(1.2) ** 2) * 100 / 8
    assert (found.ratio, found.variance) == pytest.approx((phi, (8 * phi - 7) / 700))
    assert over_dispersion([0, 0, 5], [4.0, 4.0, 4.0]).variance == 0


def test_shrinkage_against_r() -> None:
    lip = pd.read_csv(REFERENCE / "lip_cancer.csv")
    found = shrunken_ratios(lip["observed"], lip["expected"])
    mean, shape = R["lip_mean"][0], R["lip_shape"][0]
    assert (found.mean, found.shape) == pytest.approx((mean, shape), rel=1e-6)
    assert found.estimate == pytest.approx(
        (shape + lip["observed"]) / (shape / mean + lip["expected"]), rel=1e-6
    )


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 60), st.floats(1, 60)), min_size=2, max_size=12))
def test_shrunken_ratios_lie_between_their_own_and_the_mean(pairs: list[tuple[int, float]]) -> None:
    observed, expected = (np.array(column, dtype=float) for column in zip(*pairs, strict=True))
    observed[0] += 1
    found = shrunken_ratios(observed, expected)
    ratio = observed / expected
    slack = 1e-9 * ratio.max()
    assert (found.estimate >= np.minimum(ratio, found.mean) - slack).all()
    assert (found.estimate <= np.maximum(ratio, found.mean) + slack).all()


def test_ranks_hold_the_true_rank_as_often_as_they_say() -> None:
    rng = np.random.default_rng(5)
    truth = np.exp(rng.normal(0, 0.3, 12))
    expected = rng.uniform(10, 40, 12)
    place = truth.argsort().argsort() + 1
    held = []
    for number in range(25):
        rank, low, high = rank_limits(rng.poisson(truth * expected), expected, seed=number)
        assert ((low <= rank) & (rank <= high)).mean() > 0.9
        held.append((low <= place) & (place <= high))
    assert 0.92 < np.mean(held) <= 1


def drawn(seed: int, bad: float) -> tuple[np.ndarray, pd.Series]:
    """Ratios and expected events of 20 sites with other people at each; site 7 has `bad` times the hazard."""
    rng = np.random.default_rng(seed)
    site = rng.integers(0, 20, 2000)
    x = pd.DataFrame({"severe": rng.normal(0.03 * (site - 10), 1), "age": rng.normal(40, 10, 2000)})
    rate = 0.004 * np.exp(0.6 * x["severe"] - 0.01 * (x["age"] - 40)) * np.where(site == 7, bad, 1)
    days, lost = np.ceil(rng.exponential(1 / rate)), np.ceil(rng.exponential(200, 2000))
    event, time = days <= lost, np.minimum(days, lost)
    expected = expected_events(time, event, x, site, until=90)
    frame = pd.DataFrame({"site": site, "observed": event & (time <= 90), "expected": expected})
    found = frame.groupby("site").sum()
    return (found["observed"] / found["expected"]).to_numpy(dtype=float), found["expected"]


def test_sites_alike_lie_within_the_limits_and_a_worse_one_is_found() -> None:
    # 200 cohorts: mean ratio 1.01, 3.8% outside the 95% limits, 0.1% outside the 99.8% limits; a site with 1.8
    # times the hazard, of 28 expected relapses, is above the 95% limits in 90%.
    many = quick_or_long(4, 200)
    ratios, outside, found = [], [], []
    for seed in range(many):
        ratio, expected = drawn(seed, 1.0)
        ratios.append(ratio.mean())
        outside.append([_beyond(ratio, expected, level).mean() for level in (0.95, 0.998)])
        ratio, expected = drawn(seed, 1.8)
        found.append(_beyond(ratio, expected, 0.95)[7] and ratio[7] > 1)
    assert np.mean(ratios) == pytest.approx(1, abs=0.02)
    share = np.mean(outside, axis=0)
    assert share[0] <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / (20 * many))
    assert share[1] <= 0.002 + 3 * np.sqrt(0.002 / (20 * many))
    assert np.mean(found) >= 0.75


def _beyond(ratio: np.ndarray, expected: pd.Series, level: float) -> np.ndarray:
    low, high = funnel_limits(expected, level)
    return np.asarray((ratio < low) | (ratio > high))


def cohort(sizes: dict[str, int]) -> "sd.Cohort":
    """Sites of these sizes; at each every second discharge relapses."""
    lines, sites, ages = [], [], []
    for site, size in sizes.items():
        for k in range(size):
            lines.append(
                f"{site}{k}: stay -28..0 | follow 0..120 | quarter 2026Q1{f' | + {20 + k}' if k % 2 else ''}"
            )
            sites.append(site)
            ages.append(20 + k)
    return draw("\n".join(lines), site_id=sites, age=ages)


def test_a_small_site_is_not_shown_nor_known_from_the_others() -> None:
    found = compare_sites(
        sd.derive(cohort({"A": 30, "B": 20, "C": 8, "D": 24}), described()), described()
    ).table.set_index("site")
    # C has fewer than 10 discharges; alone it would be all less the others, so the smallest of these goes too.
    assert found["shown"].to_dict() == {"A": True, "B": False, "C": False, "D": True}
    assert found.loc[["B", "C"]].drop(columns="shown").isna().all(axis=None)
    assert found.loc[["A", "D"], ["n", "observed"]].to_numpy().tolist() == [[30, 15], [24, 12]]
    assert found.loc[["A", "D"], "ratio"].between(0.8, 1.2).all()


def test_the_case_mix_is_what_is_known_at_admission() -> None:
    people = sd.derive(cohort({"A": 30, "B": 20}), described())
    assert case_mix_names(people, described()) == ("age",)
    assert case_mix_names(people, described(sites={"covariates": []})) == ()
    adjusted = study(analysis__adjust={"covariates": ["discharge_reason", "site_id", "age"]})
    assert case_mix_names(people, adjusted) == ("age",)


def test_what_is_no_case_mix_is_refused_with_the_reason() -> None:
    known = Column(
        name="accredited", label="Accredited", meaning="Accredited.", kind="flag", known="admission"
    )
    people = sd.derive(
        draw(
            "a: stay -28..0 | follow 0..90 | + 30\nb: stay -28..0 | follow 0..90",
            site_id=["A", "B"], accredited=[True, False], covariates=(known,),
        ),
        described(),
    )  # fmt: skip

    def refusal(name: str) -> str:
        with pytest.raises(DesignError) as error:
            case_mix_names(people, described(sites={"covariates": [name]}))
        return str(error.value)

    assert refusal("site_id") == (
        "`site_id` cannot be used for the case mix of sites: expected relapses are those of the same people at all "
        "sites taken together, and a model that knows the site would expect of each site what it had. Remove it."
    )
    assert refusal("discharge_reason") == (
        "`discharge_reason` cannot be used for the case mix of sites: its value becomes known after admission "
        '(declared known = "discharge"). What is decided during the stay is part of what a site does, and to adjust '
        "for it would hide differences between sites. Use columns known at admission."
    )
    assert refusal("accredited") == (
        "`accredited` cannot be used for the case mix of sites: it is the same for everybody of a site, so it "
        "cannot be separated from the site. Remove it."
    )
    assert refusal("ages").startswith(
        "`ages` cannot be used for the case mix of sites: it is no column of the discharges. Columns known at "
        "admission: accredited, "
    )
