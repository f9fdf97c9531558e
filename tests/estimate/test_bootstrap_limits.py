"""The full-chain bootstrap: draws by hand, limits against percentiles and influence functions, and what is refused."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pytest

import stepdown as sd
from stepdown.cohort import People, derive
from stepdown.compare import compare_arms, design
from stepdown.errors import DesignError, StudyError
from stepdown.estimate import adjusted_rows as rows_of
from stepdown.estimate.bootstrap_limits import ROW, drawn_rows, with_bootstrap
from stepdown.estimate.replicates import BootstrapRun
from stepdown.schema import Cohort
from stepdown.study import Study
from support_cohort import draw
from support_study import study

STAY = "stay -28..0 | follow 0..90"
BASELINE = {
    "contrast__arms": {"column": "sex", "values": ["female", "male"], "labels": ["Women", "Men"]},
    "analysis__primary": {"design": "baseline"},
    "analysis__adjust": {"covariates": ["age"], "method": "weighting"},
}
BOOTSTRAP = {"analysis__interval": {"method": "bootstrap", "replicates": 100}}


def cohort(size: int) -> Cohort:
    rng = np.random.default_rng(3)
    days = np.ceil(rng.exponential(120, size)).astype(int)
    lines = (
        f"c{k:03}: {STAY} | sex {'female' if rng.random() < 0.5 else 'male'} | age {20 + (k * 7) % 40}"
        + (f" | + {days[k]}" if days[k] < 90 else "")
        for k in range(size)
    )
    return draw("\n".join(lines))


def test_all_discharges_of_a_cluster_are_drawn_together_whatever_their_order() -> None:
    cluster = pd.Series(["b", "a", "c", "b", "d"])
    for number in range(20):
        names = cluster[drawn_rows(cluster, seed=7, replicate=number)].tolist()
        many = {name: names.count(name) for name in "abcd"}
        assert many["b"] % 2 == 0
        assert many["a"] + many["b"] / 2 + many["c"] + many["d"] == 4
        turned = cluster[::-1].reset_index(drop=True)
        assert sorted(turned[drawn_rows(turned, seed=7, replicate=number)]) == sorted(names)


def test_scores_go_with_their_discharge() -> None:
    people = derive(cohort(3), study(**BASELINE))
    scores = pd.DataFrame({"row": [0, 0, 2], "instrument": "craving", "day": [1, 8, 3], "value": [5, 6, 7]})
    taken = replace(people, scores=scores).take(np.array([2, 1, 0, 2]))
    assert taken.table["client_id"].tolist() == ["c002", "c001", "c000", "c002"]
    assert taken.first_care.shape == (4, people.first_care.shape[1])
    assert taken.scores is not None
    assert taken.scores[["row", "day", "value"]].to_numpy().tolist() == [
        [0, 3, 7], [2, 1, 5], [2, 8, 6], [3, 3, 7],
    ]  # fmt: skip


@dataclass(frozen=True, eq=False)
class Share:
    """A comparison of one number, for the arithmetic of the limits."""

    table: pd.DataFrame
    again: None = None


def share(people: People, *, note: str = "") -> Share:
    keys = dict.fromkeys(ROW, "") | {"time": 90, "window_start": 0}
    empty = dict.fromkeys(("std_error", "conf_low", "conf_high", "few_clusters"), np.nan)
    return Share(pd.DataFrame([keys | empty | {"estimate": people.table["age"].mean(), "note": note}]))


def test_limits_are_percentiles_of_the_replicates() -> None:
    people = derive(cohort(30), study(**BASELINE))
    ages, clients = people.table["age"].to_numpy(dtype=float), people.table["client_id"]
    steps: list[str] = []
    found = with_bootstrap(
        share(people),
        people,
        share,
        cluster=clients,
        replicates=60,
        seed=5,
        run=BootstrapRun(progress=steps.append),
    ).table.iloc[0]
    means = [ages[drawn_rows(clients, seed=5, replicate=k)].mean() for k in range(60)]
    assert found["conf_low"] == pytest.approx(np.quantile(means, 0.025), abs=1e-12)
    assert found["conf_high"] == pytest.approx(np.quantile(means, 0.975), abs=1e-12)
    assert found["std_error"] == pytest.approx(np.std(means, ddof=1), abs=1e-12)
    assert steps == ["Bootstrap: 0 of 60 replicates", "Bootstrap: 50 of 60 replicates"]


@pytest.mark.parametrize(("failing", "shown"), [(3, True), (4, False)])
def test_replicates_without_an_estimate_are_left_out_up_to_a_tenth(failing: int, shown: bool) -> None:
    people = derive(cohort(30), study(**BASELINE))
    left = list(range(failing))

    def again(some: People) -> Share:
        if left:
            left.pop()
            raise DesignError("An arm is empty.")
        return share(some)

    clients = people.table["client_id"]
    found = with_bootstrap(share(people), people, again, cluster=clients, replicates=30, seed=5).table.iloc[0]
    assert np.isfinite(found["conf_low"]) == shown
    assert found["note"] == ("" if shown else "only 26 of 30 bootstrap replicates have an estimate")


def test_where_no_replicate_differs_limits_are_those_without_the_bootstrap() -> None:
    people = derive(cohort(30), study(**BASELINE))
    own = share(people).table.assign(estimate=0.0, std_error=np.nan, conf_low=0.0, conf_high=0.11)
    clients = people.table["client_id"]
    found = with_bootstrap(
        Share(own), people, lambda some: Share(own), cluster=clients, replicates=10, seed=5
    ).table.iloc[0]
    assert [found["conf_low"], found["conf_high"], found["note"]] == [0, 0.11, "no variation"]
    assert np.isnan(found["std_error"])


def test_few_sites_keep_their_interval_by_t() -> None:
    people = derive(cohort(30), study(**BASELINE))
    note = "5 clusters: by t on 4 degrees of freedom"
    own = share(people, note=note).table.assign(std_error=0.1, conf_low=-0.3, conf_high=0.2, few_clusters=5.0)
    found = with_bootstrap(
        Share(own), people, share, cluster=people.table["client_id"], replicates=10, seed=5
    ).table.iloc[0]
    assert found[["std_error", "conf_low", "conf_high", "note"]].tolist() == [0.1, -0.3, 0.2, note]


def test_too_few_people_for_an_interval_have_none_by_the_bootstrap() -> None:
    people = derive(cohort(30), study(**BASELINE))
    few = share(people, note="too few effective people for an interval")
    clients = people.table["client_id"]
    found = with_bootstrap(few, people, share, cluster=clients, replicates=10, seed=5).table.iloc[0]
    assert np.isnan(found["conf_low"])
    assert found["note"] == "too few effective people for an interval"


@pytest.mark.slow
@pytest.mark.parametrize("changes", [{}, {"analysis__primary": {"design": "matched"}}])
def test_the_spread_is_that_of_the_influence_functions(changes: dict[str, object]) -> None:
    asked = study(**BASELINE | changes)
    people = derive(cohort(500), asked)

    def compare(some: People) -> object:
        made = design(some, asked)
        return compare_arms(some, made, made.readings[0], asked)

    plain = compare(people)
    found = with_bootstrap(plain, people, compare, cluster=people.table["client_id"], replicates=30, seed=2)
    pairs = [
        one.table[one.table["estimand"].eq("risk") & one.table["time"].eq(90)].head(3)
        for one in (plain, found)
    ]
    assert (pairs[0]["estimate"] == pairs[1]["estimate"]).all()
    ratio = (pairs[1]["std_error"] / pairs[0]["std_error"]).to_numpy()
    # 30 replicates: the deviation of a deviation is 13%.
    assert np.abs(np.log(ratio)).max() < np.log(1.4)


@pytest.mark.slow
def test_a_study_asks_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = study(**BASELINE | BOOTSTRAP)
    data = cohort(60)
    people = derive(data, asked)
    calls: list[int] = []
    plain = rows_of.compare_arms

    def counted(some: People, *given: object, imputation: int = 0, curve: bool = True) -> object:
        calls.append(len(some.table))
        return plain(some, *given, imputation=imputation, curve=curve)

    monkeypatch.setattr(rows_of, "compare_arms", counted)
    steps: list[str] = []
    rows_of.adjusted_rows(people, design(people, asked), asked, run=BootstrapRun(progress=steps.append))
    assert calls == [60]
    assert steps == ["Bootstrap: 0 of 100 replicates", "Bootstrap: 50 of 100 replicates"]
    monkeypatch.setattr(rows_of, "bootstrapped", lambda some, given, compare, *, name, run: compare(some))
    assert (
        sd.analyze(data, asked)
        .wording.analyses["baseline"]
        .endswith(
            " Confidence intervals: percentiles of 100 bootstrap replicates, each with clients drawn again and "
            "every model fitted again."
        )
    )


def test_days_that_are_drawn_are_refused() -> None:
    asked = study(**BASELINE | BOOTSTRAP | {"outcome__interval": "imputed", "outcome__imputations": 2})
    lines = "\n".join(
        f"c{k}: {STAY} | sex {'female' if k % 2 else 'male'} | age {20 + k} | + (9,30]" for k in range(40)
    )
    found = sd.analyze(draw(lines), asked)
    assert (
        "The adjusted comparison is not shown (baseline). Bootstrap intervals need one day for each relapse, and "
        'outcome.interval = "imputed" draws days. Set analysis.interval.method = "influence", or '
        'outcome.interval = "detected" or "midpoint".'
    ) in found.wording.notes


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {"analysis__interval": {"replicates": 200}},
            'study.toml.analysis.interval cannot be used: replicates is only for method = "bootstrap". Correct the '
            "key.",
        ),
        (
            BOOTSTRAP | {"analysis__adjust": None},
            "study.toml.analysis cannot be used: the bootstrap fits the models of adjust again, and nothing is "
            'adjusted; add adjust, or use method = "influence". Correct the key.',
        ),
    ],
)
def test_what_does_not_fit_is_refused(changes: dict[str, object], said: str) -> None:
    given = {key: value for key, value in (BASELINE | changes).items() if value is not None}
    with pytest.raises(StudyError) as caught:
        study(**given)
    assert str(caught.value) == f"1 problem found:\n  1. {said}"


def test_five_hundred_replicates_unless_stated() -> None:
    asked: Study = study(**BASELINE | {"analysis__interval": {"method": "bootstrap"}})
    assert asked.analysis is not None
    assert asked.analysis.interval.drawn == 500
    # Other definitions of relapse repeat the study from what it holds.
    plain = study(**BASELINE)
    assert Study.parse(plain.model_dump()).analysis == plain.analysis
