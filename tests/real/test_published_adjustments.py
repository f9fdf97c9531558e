"""Published analyses repeated from their own data: lalonde, NHEFS, pbc and Melanoma."""

import numpy as np
import pandas as pd
import pytest

from stepdown.checks import GateWords, judge
from stepdown.compare.covariate_balance import covariate_balance
from stepdown.compare.grace_period.covariate_terms import covariate_terms
from stepdown.compare.known_arms import compare_known_arms, fit_propensity
from stepdown.compare.known_arms.populations import population_weights
from stepdown.compare.matching import matched_sets
from stepdown.study import Gates
from stepdown.survival import CoxFit, cox, nelson_aalen
from support_real import real_data


def published(name: str) -> pd.DataFrame:
    """Return the data of a published analysis, or skip the test."""
    path = real_data().parent / "refs" / name
    if not path.is_file():
        pytest.skip(f"PUBLISHED ANALYSIS NOT TESTED: no file {name} beside the real cohorts")
    return pd.read_csv(path)


def effective(weight: np.ndarray) -> float:
    return float(weight.sum() ** 2 / (weight**2).sum())


LALONDE = ["age", "educ", "race", "married", "nodegree", "re74", "re75"]
# WeightIt's and cobalt's vignettes; effective sizes, largest weight, and difference of means of re78.
WEIGHTS = {
    "everyone": (329.007759, 58.326661, 40.07729, 224.676308),
    "treated": (99.815386, 185.0, 3.743222, 1214.071221),
    "overlap": (166.101431, 145.635948, 0.9750482, 1242.200631),
}
BALANCE = {
    "everyone": [-0.16756759, 0.12960179, 0.13000756, 0.01561092, -0.13759526, -0.20978851, -0.11546917, -0.27398943,
                 -0.15786270],
    "treated": [0.11884961, -0.02841585, -0.00613429, 0.00070502, 0.00696285, 0.04738475, 0.04040864, -0.00214282,
                0.01103178],
    "overlap": [0.0] * 9,
}  # fmt: skip


@pytest.mark.parametrize("population", ["everyone", "treated", "overlap"])
def test_weights_and_balance_of_lalonde(population: str) -> None:
    data = published("weights_lalonde/data.csv")
    arm, terms = np.where(data["treat"] == 1, 0, 1), covariate_terms(data[LALONDE], size=len(data))
    chance = fit_propensity(arm, terms.values, 0 * terms.penalty, arms=2).chance
    weight = population_weights(arm, chance, population).weight
    means = [np.average(data["re78"][arm == k], weights=weight[arm == k]) for k in (0, 1)]
    found = (effective(weight[arm == 1]), effective(weight[arm == 0]), weight.max(), means[0] - means[1])
    assert found == pytest.approx(WEIGHTS[population], rel=1e-6)
    balance = covariate_balance(
        data[LALONDE], arm, weight, labels=("t", "c"), spread_of_first=population == "treated"
    )
    assert balance["after"].tolist() == pytest.approx(BALANCE[population], abs=1e-6)
    sizes = pd.DataFrame({
        "arm": ["t", "c"], "carried": [(arm == k).sum() for k in (0, 1)],
        "effective_size": [effective(weight[arm == k]) for k in (0, 1)],
        "largest_share": [weight[arm == k].max() / weight[arm == k].sum() for k in (0, 1)],
    })  # fmt: skip
    found = [one for one in judge(sizes, balance, Gates(), GateWords()) if one.status != "passed"]
    assert [(one.gate, one.status, one.sentence) for one in found] == GATES[population]


GATES = {
    "everyone": [
        ("balance", "withheld", "After weighting, “t” and “c” still differ in re74: 0.27 standard deviations (limit "
         "0.2). They also differ in married."),
        ("largest_share", "warning", "One person has 7.2% of the weight of “t” (limit 5%)."),
    ],
    "treated": [
        ("balance", "warning", "After weighting, “t” and “c” still differ in age: 0.12 standard deviations (limit 0.1), "
         "which chance can explain with 185 and 100 effective people."),
        ("effective_size", "warning", "After weighting, “c” rests on 100 of 429 people, 23% of them (limit 30%)."),
    ],
    "overlap": [],
}  # fmt: skip
"""What gates find: the estimate for everyone is withheld, that of the treated has a warning."""


def test_nearest_matches_of_lalonde_are_those_of_matchit() -> None:
    data = published("weights_lalonde/data.csv")
    arm, terms = np.where(data["treat"] == 1, 0, 1), covariate_terms(data[LALONDE], size=len(data))
    chance = fit_propensity(arm, terms.values, 0 * terms.penalty, arms=2).chance[:, 0]
    sets = matched_sets(np.log(chance / (1 - chance)), arm == 0).ravel()
    weight = np.where(arm == 0, 1.0, 0.0)
    weight[sets] = 1.0
    balance = covariate_balance(data[LALONDE], arm, weight, labels=("t", "c"), spread_of_first=True)
    # MatchIt's vignette "Getting Started", 1:1 nearest neighbor: mean propensities, and standardized differences
    # (its flags have the population's variance).
    assert (chance[arm == 0].mean(), chance[sets].mean()) == pytest.approx((0.5774, 0.3629), abs=5e-5)
    shown = [0.0718, -0.1290, 1.0259, -0.6629, -0.7296, -0.0552, 0.1546, -0.0505, -0.0257]
    flags = np.array([False, False, True, True, True, True, True, False, False])
    scale = np.where(flags, (185 / 184) ** 0.5, 1.0)
    assert (balance["after"] * scale).tolist() == pytest.approx(shown, abs=6e-5)


NHEFS = ["sex", "race", "age", "smokeintensity", "smokeyrs", "wt71"]


def test_weighted_survival_of_nhefs() -> None:
    data = published("nhefs_whatif/nhefs.csv")
    days = np.where(data["death"] == 0, 120, (data["yrdth"] - 83) * 12 + data["modth"])
    columns = data[NHEFS].copy()
    for name in ("age", "smokeintensity", "smokeyrs", "wt71"):
        columns[f"{name} squared"] = data[name] ** 2
    for name in ("education", "exercise", "active"):
        columns[name] = data[name].astype(int).astype(str)
    found = compare_known_arms(
        days, data["death"], np.where(data["qsmk"] == 1, 0, 1), columns, labels=("quit", "no"), method="weighting",
        ridge=0.0, times=(120,), window=None, rmst=None,
    )  # fmt: skip
    by_arm = [1 - found.one("risk", 120, "estimate", arm=arm)["estimate"] for arm in ("no", "quit")]
    assert by_arm == pytest.approx([0.8046926108, 0.8065726928], abs=1e-6)
    # The bootstrap with the propensity fitted again gives 0.0210; with weights known the error would be 0.0233.
    assert 0.0200 < found.one("risk", 120)["std_error"] < 0.0221
    share = (data["qsmk"] == 1).mean()
    stable = found.weight * np.where(data["qsmk"] == 1, share, 1 - share)
    assert (stable.min(), stable.mean(), stable.max()) == pytest.approx(
        (0.331236, 0.999065, 4.205432), abs=1e-6
    )
    sizes = [effective(stable[data["qsmk"] == arm]) for arm in (0, 1)]
    assert sizes == pytest.approx([1166.819, 349.4584], rel=1e-6)
    balance = found.balance.set_index("covariate")
    raw = [-0.17212935, -0.18218928, 0.30892949, -0.19985458, 0.18947981, 0.13535349]
    weighted = [-0.00201975, 0.00779280, 0.00220490, -0.02260462, -0.00402735, 0.00189600]
    assert balance.loc[NHEFS, "before"].tolist() == pytest.approx(raw, abs=1e-6)
    assert balance.loc[NHEFS, "after"].tolist() == pytest.approx(weighted, abs=1e-6)
    overlap = compare_known_arms(
        days, data["death"], np.where(data["qsmk"] == 1, 0, 1), columns, labels=("quit", "no"), method="weighting",
        population="overlap", ridge=0.0, times=(120,), window=None, rmst=None,
    )  # fmt: skip
    by_arm = [1 - overlap.one("risk", 120, "estimate", arm=arm)["estimate"] for arm in ("no", "quit")]
    assert by_arm == pytest.approx([0.7787208, 0.7851997], abs=1e-6)


def test_weighted_regression_and_curve_of_pbc() -> None:
    data = published("survey_pbc/pbc.csv")
    # R survey's example: the chance to be randomized by age * edema, and its inverse as weight of the randomized.
    randomized = (data["trt"].notna() & (data["trt"] > 0)).to_numpy()
    columns = np.column_stack([data["age"], data["edema"], data["age"] * data["edema"]])
    columns = (columns - columns.mean(axis=0)) / columns.std(axis=0)
    chance = fit_propensity(np.where(randomized, 0, 1), columns, np.zeros(3), arms=2).chance[randomized, 0]
    mine = data[randomized]
    terms = pd.DataFrame(
        {"log(bili)": np.log(mine["bili"]), "protime": mine["protime"], "albumin": mine["albumin"]}
    )
    event = (mine["status"] > 0).to_numpy()
    fit = cox(mine["time"], event, terms, weights=1 / chance)
    assert fit.summary["coef"].tolist() == pytest.approx([0.885924301, 0.244866144, -1.042981302], abs=1e-6)
    # Survey's errors are centered within strata of edema, times n / (n - 1).
    published_errors = [0.0904836425, 0.0812185709, 0.2045428157]
    assert fit.summary["std_error"].tolist() == pytest.approx(published_errors, rel=0.02)
    # Its curve with standard errors is exp(-H).
    curve = np.exp(-nelson_aalen(mine["time"], event, weights=1 / chance).at(500, 1000, 2000)["estimate"])
    assert curve.tolist() == pytest.approx([0.926195002, 0.811874702, 0.664523003], abs=1e-6)


# riskRegression's `ate`, by day: G-formula of ulcer no and yes, then inverse weights, then doubly robust.
MELANOMA = {
    1000: (0.0746747282, 0.1747195685, 0.0350067803, 0.1540309930, 0.0159447920, 0.1487427948),
    2000: (0.1443960133, 0.3119510299, 0.1833360097, 0.2843818138, 0.1468331755, 0.2683553811),
    3000: (0.2033099180, 0.4118021227, 0.2812442783, 0.3561539413, 0.2339090742, 0.3413451943),
}


def hazard_of(fit: CoxFit, terms: np.ndarray, grid: np.ndarray) -> np.ndarray:
    """Return the hazard of each row (rows, days) by a Cox model."""
    by_day = fit.baseline.set_index("time")["hazard"].reindex(grid, fill_value=0.0).to_numpy()
    return np.multiply.outer(np.exp(terms @ fit.summary["coef"].to_numpy()), by_day)


def test_standardized_weighted_and_doubly_robust_risks_of_melanoma() -> None:
    data = published("ate_competing_melanoma/data.csv")
    days, status, size = data["time"].to_numpy(dtype=float), data["status"].to_numpy(), len(data)
    ulcer, sex = (data["ulc"] == "yes").to_numpy(), (data["sex"] == "Male").astype(float)
    terms = pd.DataFrame(
        {"ulc": ulcer.astype(float), "age": data["age"], "sex": sex, "logthick": data["logthick"]}
    )
    causes = [cox(days, status == cause, terms) for cause in (1, 2)]
    censored = cox(days, status == 0, terms[["ulc", "age"]])
    rest = terms[["age", "sex", "logthick"]]
    chance = fit_propensity(
        np.where(ulcer, 0, 1), ((rest - rest.mean()) / rest.std()).to_numpy(), np.zeros(3), arms=2
    ).chance[:, ::-1]
    grid = np.unique(days)
    # riskRegression sums over the days of all censored people: a day on which two are censored counts twice
    # (10 of 124 days), and the second time with the chance to be followed after it. Counted once each, its
    # numbers would differ by up to 0.005.
    twice = np.sort(days[status == 0])
    for arm in (0, 1):
        moved = terms.assign(ulc=float(arm))
        event, other = (hazard_of(fit, moved.to_numpy(), grid) for fit in causes)
        before = np.cumprod(1 - event - other, axis=1) / (1 - event - other)
        incidence = np.cumsum(before * event, axis=1)
        lost = hazard_of(censored, moved[["ulc", "age"]].to_numpy(), grid)
        kept = np.cumprod(1 - lost, axis=1) / (1 - lost)
        weight = (ulcer == arm) / chance[:, arm] / kept[np.arange(size), np.searchsorted(grid, days)]
        for day, expected in MELANOMA.items():
            standardized = incidence[:, np.searchsorted(grid, day, side="right") - 1].mean()
            weighted = (weight * ((days <= day) & (status == 1))).mean()
            assert (standardized, weighted) == pytest.approx((expected[arm], expected[2 + arm]), abs=1e-6)
            risk = incidence[:, np.searchsorted(grid, day, side="right") - 1]
            for jumps, close in ((twice, 1e-6), (np.unique(twice), 0.005)):
                used = jumps[jumps <= day]
                at, before_it = np.searchsorted(grid, used), np.searchsorted(grid, used[:-1])
                here = np.concatenate([np.ones((size, 1)), (kept * (1 - lost))[:, before_it]], axis=1)
                martingale = (days[:, None] == used) & (status == 0)[:, None]
                martingale = (martingale - lost[:, at]) * (used <= days[:, None])
                rest_of = ((risk[:, None] - incidence[:, at]) / (before[:, at] * here) * martingale).sum(
                    axis=1
                )
                chosen = (ulcer == arm) / chance[:, arm]
                robust = weighted + (risk * (1 - chosen) + chosen * rest_of).mean()
                assert robust == pytest.approx(expected[4 + arm], abs=close)
