"""Matching: sets by hand, against a slow search, the truth of the treated, from a study, and refusals."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import stepdown as sd
from stepdown.compare.matching import compare_matched, matched_sets
from stepdown.errors import EmptyArmError, EstimateError
from stepdown.sections.relapse import text
from stepdown.survival import kaplan_meier, risk
from support_cohort import draw
from support_size import quick_or_long
from support_study import study


def test_sets_by_hand() -> None:
    score = np.array([0.9, 0.5, 0.85, 0.6, 0.1, 0.88])
    first = np.array([True, True, False, False, False, False])
    # 0.9 chooses first: 0.88, then 0.85; 0.5 gets 0.6, then 0.1.
    assert matched_sets(score, first, ratio=2).tolist() == [[5, 2], [3, 4]]
    assert matched_sets(score, first, ratio=2, caliper=0.2).tolist() == [[5, 2], [3, -1]]
    site = np.array([0, 1, 1, 1, 0, 1])
    assert matched_sets(score, first, exact=site).tolist() == [[4], [3]]
    assert matched_sets(score, first, exact=np.arange(6)).tolist() == [[-1], [-1]]


@settings(max_examples=quick_or_long(10, 25), deadline=None)
@given(
    score=st.lists(st.integers(0, 12), min_size=2, max_size=25),
    seed=st.integers(0, 99),
    ratio=st.integers(1, 3),
    caliper=st.sampled_from([0.5, 2.5, np.inf]),
)
def test_sets_are_those_of_a_search_through_everybody(
    score: list[int], seed: int, ratio: int, caliper: float
) -> None:
    value, first = np.array(score, dtype=float), np.random.default_rng(seed).random(len(score)) < 0.5
    found = matched_sets(value, first, ratio=ratio, caliper=caliper)
    left, mine = set(np.flatnonzero(~first)), np.flatnonzero(first)
    for number in range(ratio):
        for row in np.argsort(-value[mine], kind="stable"):
            gaps = {one: abs(value[one] - value[mine[row]]) for one in left}
            best = min(gaps.values(), default=np.inf)
            chosen = found[row, number]
            assert (chosen == -1) == (best > caliper or not gaps)
            if chosen >= 0:
                assert gaps[chosen] == best
                left.remove(chosen)


LABELS = ("A", "B")


def drawn(n: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, pd.DataFrame]:
    """Severity drives the arm and relapse; the first arm does nothing."""
    rng = np.random.default_rng(seed)
    severity = rng.normal(size=n)
    arm = (rng.random(n) > 0.5 / (1 + np.exp(0.9 * severity))).astype(int)
    days = np.ceil(rng.exponential(110 * np.exp(-0.6 * severity)))
    return np.minimum(days, 60), (days <= 60).astype(int), arm, pd.DataFrame({"severity": severity})


def test_risks_are_those_of_the_people_matched() -> None:
    days, event, arm, columns = drawn(400, 1)
    found = compare_matched(
        days, event, arm, columns, labels=LABELS, hazards=False, times=(60,), window=None, rmst=None
    )
    assert set(found.weight) == {0.0, 1.0}
    assert found.strategies["follow"].tolist() == [(found.weight[arm == k] == 1).sum() for k in (0, 1)]
    assert found.strategies["unmatched"].tolist() == [(found.weight[arm == k] == 0).sum() for k in (0, 1)]
    for number, label in enumerate(LABELS):
        mine = (arm == number) & (found.weight == 1)
        plain = float(risk(kaplan_meier(days[mine], event[mine]), 60).table["estimate"].iloc[0])
        assert found.one("risk", 60, "estimate", arm=label)["estimate"] == pytest.approx(plain, abs=1e-9)
    assert abs(found.balance["after"].iloc[0]) < 0.1 < abs(found.balance["before"].iloc[0])


def test_the_variance_is_that_of_pairs() -> None:
    days, event, arm, columns = drawn(600, 2)
    found = compare_matched(days, event, arm, columns, labels=LABELS, times=(60,), window=None, rmst=None)
    # Nobody is lost: the paired variance of the shares with an event, but for the leverage.
    kept = np.flatnonzero(found.weight > 0)
    assert len(kept) % 2 == 0
    row = found.one("risk", 60)
    gap = found.influence["A"][:, 0] - found.influence["B"][:, 0]
    assert gap[found.weight == 0].tolist() == [0.0] * int((found.weight == 0).sum())
    by_client = compare_matched(
        days, event, arm, columns, labels=LABELS, times=(60,), window=None, rmst=None, cluster=np.arange(600) // 2
    ).one("risk", 60)  # fmt: skip
    assert by_client["estimate"] == row["estimate"]
    assert by_client["std_error"] >= row["std_error"]


@pytest.mark.slow
def test_hazards_make_up_for_what_differs_within_sets() -> None:
    found = []
    for seed in range(8):
        days, event, arm, columns = drawn(700, seed)
        both = compare_matched(
            days,
            event,
            arm,
            columns,
            labels=LABELS,
            ratio=3,
            caliper=None,
            times=(60,),
            window=None,
            rmst=None,
        )
        found.append([both.one("risk", 60, estimator=name)["estimate"] for name in ("matching", "weighted")])
    # The arms do nothing; without a caliper the three matches of each are not alike.
    mean, error = np.mean(found, axis=0), np.std(found, axis=0, ddof=1) / 8**0.5
    assert abs(mean[0]) < 3 * error[0]
    assert abs(mean[1]) > 6 * error[1]


@pytest.mark.slow
@pytest.mark.parametrize("ratio", [1, 2])
def test_matching_recovers_no_effect_where_there_is_none(ratio: int) -> None:
    inside, found = 0, []
    for seed in range(12):
        days, event, arm, columns = drawn(900, seed)
        row = compare_matched(
            days, event, arm, columns, labels=LABELS, ratio=ratio, times=(60,), window=None, rmst=None
        ).one("risk", 60)
        found.append(row["estimate"])
        inside += row["conf_low"] < 0 < row["conf_high"]
    assert abs(np.mean(found)) < 3 * np.std(found, ddof=1) / 12**0.5
    assert inside >= 10


def test_what_cannot_be_matched_is_said() -> None:
    days, event, arm, columns = drawn(60, 1)
    with pytest.raises(EmptyArmError) as none:
        compare_matched(days, event, arm, columns, labels=LABELS, exact=pd.DataFrame({"id": np.arange(60)}))
    assert str(none.value) == (
        f"None of {(arm == 0).sum()} people with “A” has a match within the caliper. Widen the caliper, or match "
        "exactly on fewer columns."
    )
    with pytest.raises(EstimateError) as three:
        compare_matched(days, event, arm, columns, labels=("A", "B", "C"))
    assert str(three.value) == "Matching compares two arms, and 3 are given. Compare two, or use weighting."
    with pytest.raises(EstimateError, match="ratio must be at least 1, and caliper above 0"):
        compare_matched(days, event, arm, columns, labels=LABELS, caliper=0.0)


def lines_of(size: int) -> list[str]:
    return [
        f"c{k}: stay -28..0 | follow 0..90 | age {20 + k % 40} | sex {'female' if k % 2 else 'male'}"
        + (f" | iop {k * 7 % 14}" if k % 5 < 2 else "")
        + (f" | + {20 + k % 60}" if k % 3 == 0 else "")
        for k in range(size)
    ]


@pytest.mark.slow
def test_a_study_matches() -> None:
    asked = study(
        analysis__primary={"design": "matched", "day": 14, "exact": ["sex"]},
        analysis__adjust={"covariates": ["age"]},
    )
    found = sd.analyze(draw("\n".join(lines_of(400))), asked)
    keys = {
        "analysis": "matched_14",
        "estimand": "risk",
        "time": 90,
        "statistic": "difference",
        "variant": "",
    }
    row = found.results.one(population="treated", **keys)
    assert row["method"] == "matching, doubly robust"
    assert np.isfinite(row["std_error"])
    balance = found.results.where(
        analysis="matched_14", estimand="covariate_balance", statistic="after"
    ).table
    assert balance["estimate"].abs().max() < 0.15
    assert found.wording.analyses["matched_14"].endswith(
        "Each person with “Step-down” is matched with 1 person with “No step-down” whose chance of “Step-down” "
        "(propensity), given age, is the nearest, within 0.2 standard deviations of its logit, and the same sex: the "
        "risks are those of the people matched, with outcome models for what still differs between them."
    )
    said = text.comparison(found, "matched_14").paragraphs
    assert any(
        one.startswith("Of those with “Step-down”, ") and one.endswith("are left out.") for one in said
    )
    assert abs(found.results.one(**{**keys, "variant": "estimator=weighted"})["estimate"]) < 0.0005
    assert "As a check, the difference by day 90 is 0.0 points by matching alone." in said
    plain = study(
        analysis__primary={"design": "matched", "day": 14},
        analysis__adjust={"covariates": ["age"], "method": "weighting"},
    )
    one = sd.analyze(draw("\n".join(lines_of(400))), plain)
    assert one.results.one(population="treated", **keys)["method"] == "matching"
    assert one.wording.analyses["matched_14"].endswith("the risks are those of the people matched.")
