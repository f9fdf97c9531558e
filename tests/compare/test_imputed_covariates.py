"""Missing covariates: left out, marked or drawn; what is drawn is somebody's value, and recovers the truth."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

import stepdown as sd
from stepdown.cohort import People, derive
from stepdown.compare.covariates import Drawing, adjusted_for, drawn_covariates, filled
from stepdown.compare.imputed_covariates import imputed_covariates, to_impute
from stepdown.errors import DesignError
from stepdown.estimate import adjusted_rows as rows_of
from stepdown.estimate.adjusted_rows import clusters_of
from stepdown.sources import bundled
from stepdown.study import Study

N = 1500


def drawn_people(seed: int) -> tuple[pd.DataFrame, np.ndarray, np.ndarray, pd.DataFrame]:
    """Return covariates with gaps, days, events, and the covariates without gaps; gaps depend on the event."""
    rng = np.random.default_rng(seed)
    age = pd.Series(rng.normal(40, 10, N))
    severity = pd.Series(0.1 * age + rng.normal(0, 1, N))
    sex = pd.Series(np.where(rng.random(N) < 0.3 + 0.01 * (age - 40), "m", "f"))
    days = np.minimum(rng.geometric(0.004 * np.exp(0.8 * (severity - 4))), 90).astype(float)
    event = (days < 90).astype(np.int64)
    whole = pd.DataFrame({"age": age, "severity": severity, "sex": sex})
    gone = rng.random(N) < np.where(event == 1, 0.6, 0.1)
    given = whole.assign(severity=severity.mask(gone), sex=sex.mask(rng.random(N) < 0.2))
    return given, days, event, whole


def test_what_is_known_stays_and_what_is_drawn_is_somebodys_value() -> None:
    given, days, event, _ = drawn_people(1)
    group = np.arange(N) % 2
    found = imputed_covariates(given, days, event, group, seed=3, number=0)
    for name in given:
        known = given[name].notna()
        assert (found[name][known] == given[name][known]).all()
        assert set(found[name]) <= set(given[name].dropna())
    again = imputed_covariates(given, days, event, group, seed=3, number=0)
    pd.testing.assert_frame_equal(found, again)
    other = imputed_covariates(given, days, event, group, seed=3, number=1)
    assert not found["severity"].equals(other["severity"])
    # The order of the rows changes no draw.
    mixed = np.random.default_rng(2).permutation(N)
    shuffled = given.iloc[mixed].reset_index(drop=True)
    moved = imputed_covariates(shuffled, days[mixed], event[mixed], group[mixed], seed=3, number=0)
    pd.testing.assert_frame_equal(moved, found.iloc[mixed].reset_index(drop=True))


def test_nothing_is_drawn_for_categories_of_three_or_where_nothing_is_missing() -> None:
    three = pd.DataFrame({"home": ["a", "b", "c", None] * 10, "age": np.arange(40.0)})
    assert to_impute(three) == ()
    assert (
        imputed_covariates(three, np.ones(40), np.zeros(40, int), np.zeros(40, int), seed=1, number=0)
        is three
    )


@pytest.mark.parametrize("kind", ["boolean", "ordered", "Int64"])
def test_columns_of_a_cohort_keep_their_values(kind: str) -> None:
    rng = np.random.default_rng(6)
    wage = pd.Series(rng.normal(size=200))
    high, hole = wage > 0, pd.Series(rng.random(200) < 0.3)
    # Of categories, the order of a declaration need not be that of the alphabet.
    order = pd.CategoricalDtype(["low", "high"], ordered=True)
    whole = {
        "boolean": high.astype("boolean"), "ordered": high.map({True: "high", False: "low"}).astype(order),
        "Int64": high.astype("Int64"),
    }[kind]  # fmt: skip
    given = pd.DataFrame({"flag": whole.mask(hole), "wage": wage})
    nothing = np.zeros(200, dtype=np.int64)
    found = imputed_covariates(given, np.full(200, 90.0), nothing, nothing, seed=1, number=0)
    # The model of the flag is that the wage is high, so that most draws are right.
    assert (found["flag"][hole] == whole[hole].astype("object")).mean() > 0.8
    assert (found["flag"][~hole] == whole[~hole].astype("object")).all()
    assert filled(found)["flag"].nunique() == 2
    if kind != "ordered":
        assert filled(found)["flag"].dtype == float


@pytest.mark.parametrize("known", [0, 1, 2, 14])
def test_too_few_known_values_stay_missing(known: int, recwarn: pytest.WarningsRecorder) -> None:
    rng = np.random.default_rng(7)
    wage, nothing = pd.Series(rng.normal(size=60)), np.zeros(60, dtype=np.int64)
    given = pd.DataFrame({"age": wage.mask(np.arange(60) >= known), "wage": wage.mask(wage > 1)})
    columns = {f"x{k}": rng.normal(size=60) for k in range(6)}
    given = given.assign(**columns, twin=columns["x0"])
    found = imputed_covariates(given, np.full(60, 90.0), nothing, nothing, seed=1, number=0)
    assert found["age"].isna().sum() == 60 - known
    assert found["wage"].notna().all()
    assert not recwarn.list


def test_the_truth_comes_back_where_gaps_depend_on_the_outcome() -> None:
    means, complete, truth = [], [], []
    for seed in range(4):
        given, days, event, whole = drawn_people(seed)
        found = imputed_covariates(given, days, event, np.arange(N) % 2, seed=seed, number=0)
        means.append(found["severity"].mean() - whole["severity"].mean())
        complete.append(given["severity"].mean() - whole["severity"].mean())
        truth.append(np.corrcoef(found["severity"], days)[0, 1] - np.corrcoef(whole["severity"], days)[0, 1])
    # Those known are less severe by a fifth of a standard deviation; an imputation has an error of 0.03.
    assert np.mean(complete) < -0.12
    assert abs(np.mean(means)) < 0.04
    assert abs(np.mean(truth)) < 0.04


def asked(missing: str, **interval: object) -> tuple[People, Study]:
    folder = bundled("synthetic") / "one_site"
    study = Study.read(folder / "study.toml")
    analysis = {
        "primary": {"design": "clone_censor_weight"}, "secondary": [{"design": "landmark", "day": 14}],
        "adjust": {"covariates": ["age", "sex"], "missing": missing}, "interval": interval,
    }  # fmt: skip
    outcome = study.outcome.model_copy(update={"interval": "detected", "imputations": 3})
    parsed = Study.parse(study.model_dump() | {"analysis": analysis, "outcome": outcome.model_dump()})
    people = derive(sd.load(folder / "cohort.toml"), parsed)
    rng = np.random.default_rng(4)
    gaps = people.table["age"].mask(rng.random(len(people.table)) < 0.3)
    return dataclasses.replace(people, table=people.table.assign(age=gaps)), parsed


def test_what_is_drawn_is_decided_by_all_discharges() -> None:
    people, study = asked("multiple")
    reason = pd.Series(
        np.where(np.arange(len(people.table)) < 20, "c", np.where(people.table["age"] > 40, "a", "b"))
    )
    table = people.table.assign(sex=reason.mask(np.arange(len(reason)) % 9 == 0).to_numpy(), age=40.0)
    people = dataclasses.replace(people, table=table)
    assert drawn_covariates(people, study) == ()
    # The last hundred have two of its three values.
    rows = np.arange(len(table) - 100, len(table))
    drawing = Drawing(days=np.full(100, 90.0), event=rows % 2, group=rows // 2 % 2, number=0)
    found = adjusted_for(people, study, rows, first_day=0, last_decision=0, last_day=90, drawing=drawing)
    assert found.drawn == ()
    assert set(found.covariates["sex"]) == {"a", "b", "not known"}


def test_sites_are_the_clusters_of_pooled_estimates() -> None:
    people, study = asked("multiple", cluster="site_id")
    assert clusters_of(people, study) == people.table["site_id"].nunique()
    people, study = asked("multiple")
    assert clusters_of(people, study) == people.table["client_id"].nunique()


def test_too_few_without_gaps_are_refused_with_the_remedy() -> None:
    people, study = asked("complete")
    few = dataclasses.replace(
        people, table=people.table.assign(age=people.table["age"].where(people.table.index < 3))
    )
    with pytest.raises(DesignError) as caught:
        rows_of.clone_censor_rows(few, study, study.analysis.designs[0])
    held, lack = int(few.observed[:3].sum()), int(few.observed[3:].sum())
    assert str(caught.value) == (
        f"{held} discharges were followed after day 0 with every covariate known: too few to adjust. At least "
        f"30 are needed. {lack:,} more lack a covariate: remove one that is often missing, or set "
        'analysis.adjust.missing = "indicator".'
    )


@pytest.mark.slow
@pytest.mark.parametrize("missing", ["complete", "multiple"])
def test_a_study_leaves_out_or_draws_and_says_so(missing: str) -> None:
    people, study = asked(missing)
    table = rows_of.clone_censor_rows(people, study, study.analysis.designs[0])
    warned = table[table["estimand"] == "adjustment_warning"].set_index("variant")
    followed = people.observed
    gaps = people.table["age"].isna().to_numpy()[followed].sum()
    main = table[(table["estimand"] == "risk") & (table["statistic"] == "difference") & (table["time"] == 90)]
    main = main[main["variant"] == ""].iloc[0]
    kind = {"complete": "warning=left_out", "multiple": "warning=drawn"}[missing]
    assert warned.loc[kind, "estimate"] == gaps
    assert warned.loc[kind, "n"] == followed.sum()
    assert ("3 imputations pooled" in main["method"]) == (missing == "multiple")
    assert main["conf_low"] < main["estimate"] < main["conf_high"]
    assert not (table["term"] == "age not known").any()


def test_drawn_covariates_and_the_bootstrap_do_not_go_together() -> None:
    people, study = asked("multiple", method="bootstrap", replicates=100)
    with pytest.raises(DesignError) as caught:
        rows_of.clone_censor_rows(people, study, study.analysis.designs[0])
    assert str(caught.value) == (
        "Bootstrap intervals and drawn covariates do not go together. Set analysis.interval.method = "
        '"influence", or analysis.adjust.missing = "indicator".'
    )
