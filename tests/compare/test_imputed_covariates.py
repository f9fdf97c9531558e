"""Missing covariates: left out, marked or drawn; what is drawn is somebody's value, and recovers the truth."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

import stepdown as sd
from stepdown.cohort import People, derive
from stepdown.compare.imputed_covariates import imputed_covariates, to_impute
from stepdown.errors import DesignError
from stepdown.estimate import adjusted_rows as rows_of
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
