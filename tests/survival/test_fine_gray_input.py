"""What Fine-Gray regression refuses or flags, in exact words."""

import numpy as np
import pandas as pd
import pytest

from stepdown.errors import EstimateError
from stepdown.survival import fine_gray, total_incidence

R = np.random.default_rng(5)
N = 90
DAYS = R.integers(1, 20, N).astype(float)
EVENT = R.integers(0, 3, N)
X = pd.DataFrame({"age": R.normal(40, 9, N), "arm": R.integers(0, 2, N)})


def refused(*arguments, **keys):
    with pytest.raises(EstimateError) as caught:
        fine_gray(*arguments, **{"cause": 1, **keys})
    return str(caught.value)


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"cause": 0}, "cause must be a whole number from 1 up. Use the code of the event compared."),
        ({"cause": True}, "cause must be a whole number from 1 up. Use the code of the event compared."),
        ({"cause": 1.5}, "cause must be a whole number from 1 up. Use the code of the event compared."),
        (
            {"cause": 3},
            "event has no code 3, so there is no hazard to compare. Check the coding: 3 is an event.",
        ),
        ({"convention": "r"}, 'convention must be "day" or "crr". The default is day.'),
        ({"convention": "crr", "entry": np.zeros(N)}, 'convention "crr" takes no entry. Use "day".'),
        ({"ties": "exact"}, 'ties must be "efron" or "breslow". The default is efron.'),
        ({"correction": "kc"}, "correction needs clusters. Give cluster, or leave correction out."),
        ({"level": 95}, "level must lie between 0 and 1. Use 0.95 for a 95% interval."),
        (
            {"strata": X["arm"]},
            "X[arm] does not vary among those at risk together (within strata). Leave it out.",
        ),
        (
            {"entry": np.where(np.arange(N) == 4, DAYS, 0)},
            "entry is not before days: 1 row, at position 4. "
            "People are at risk on (entry, days]: drop rows that add no time, or leave entry out.",
        ),
    ],
)
def test_arguments(keys, message):
    assert refused(DAYS, EVENT, X, **keys) == message


def test_covariates_and_events():
    assert refused(DAYS, EVENT, X.assign(k=0.1)).startswith("X[k] is the same for everyone.")
    assert refused(DAYS, EVENT, X.assign(other=1 - X["arm"])) == (
        "X[other] is a combination of the terms before it. Leave one of them out, or use a ridge."
    )
    assert refused(DAYS, EVENT, X.assign(age=np.r_[np.nan, X["age"][1:]])) == (
        "X[age] is missing or infinite: 1 row, at position 0. "
        "Impute, or add a column that marks them; to drop these rows assumes that they are like the others."
    )
    assert refused(np.r_[-1, DAYS[1:]], EVENT, X).startswith("days is negative: 1 row, at position 0.")
    assert "There are 2 terms and 1 events." in refused(
        DAYS, np.where(np.arange(N) == DAYS.argmin(), 1, 2), X
    )


def test_a_competing_event_without_a_weight():
    # All who were inside are lost on day 2; others come later, with events. What the first, whose competing
    # event was on day 1, would have then is unknown.
    days, event, entry = [1, 2, 5, 6, 7], [2, 0, 1, 1, 0], [0, 0, 3, 3, 3]
    assert refused(days, event, [1.0, 0, 1, 0, 1], entry=entry) == (
        "1 competing events occurred before a day on which everyone at risk was lost, or had just "
        "entered, while others are at risk later: their weights cannot be estimated. Begin where enough "
        "people have entered, or merge small strata."
    )


def test_a_competing_event_with_a_large_weight():
    later = R.integers(4, 20, 40).astype(float)
    fit = fine_gray(
        [1, 2, *later],
        [2, 0, *np.tile([1, 1, 0, 2], 10)],
        R.normal(size=42),
        cause=1,
        entry=[0, 0, *[1] * 40],
    )
    # On day 1 one is inside and 40 enter: 1 of 41 was seen before. On day 2 one of 41 is lost: 41 times 40 / 41.
    assert fit.warnings == (
        "Some competing events weigh up to 40 people later, as few were observed early. "
        "Begin where enough people have entered.",
    )
    assert fine_gray(DAYS, EVENT, X, cause=1, entry=DAYS / 9).warnings == ()


def test_an_arm_without_events():
    event = np.where((X["arm"] == 1) & (EVENT == 1), 0, EVENT)
    fit = fine_gray(DAYS, event, X, cause=1)
    assert fit.warnings == (
        "arm has no finite estimate: the likelihood never falls as its coefficient grows "
        "(an arm without events, or a perfect ordering). Use a ridge.",
    )
    assert fit.summary.loc["arm", "coef"] == -np.inf
    assert fit.summary.loc["arm"].drop(["coef", "hazard_ratio"]).isna().all()
    assert fit.tests.loc["wald", "note"] == "a term has no finite estimate"
    table = fit.predict(X.iloc[:2], [10])
    assert table["note"].eq("the coefficients have no finite variance").all()


def test_clusters():
    sites = np.arange(N) % 3
    assert fine_gray(DAYS, EVENT, X, cause=1, cluster=sites).warnings == (
        "There are 3 clusters: limits are by t on 2 degrees of freedom, p values are missing.",
    )
    assert fine_gray(DAYS, EVENT, X, cause=1, cluster=sites, correction="none").warnings == (
        'There are 3 clusters: the robust standard errors are likely to be too small. Use correction="md".',
    )
    one = fine_gray(DAYS, EVENT, X, cause=1, cluster=np.zeros(N))
    assert one.warnings == ("There is 1 cluster: no robust standard error.",)
    assert one.summary[["std_error", "conf_low", "conf_high", "z", "p"]].isna().all(axis=None)
    assert one.tests.loc["wald", "note"] == "not more clusters than terms"
    plain, md = (
        fine_gray(DAYS, EVENT, X, cause=1, cluster=np.arange(N) % 12, correction=c) for c in ("none", "md")
    )
    assert np.all(md.summary["std_error"] > plain.summary["std_error"])
    np.testing.assert_allclose(
        plain.tests["statistic"], plain.coef @ np.linalg.inv(plain.covariance) @ plain.coef
    )
    assert md.tests.loc["wald", "p"] > plain.tests.loc["wald", "p"]


def test_names_of_terms_and_untouched_input():
    frame, event = X.copy(), EVENT.copy()
    assert fine_gray(DAYS, EVENT, X, cause=2).terms == ("age", "arm")
    assert fine_gray(DAYS, EVENT, X["age"], cause=2).terms == ("age",)
    pd.testing.assert_frame_equal(X, frame)
    np.testing.assert_array_equal(EVENT, event)


def test_predictions():
    fit = fine_gray(DAYS, EVENT, X, cause=1)
    assert fit.predict(X.iloc[:1], [25])["note"].tolist() == ["beyond the last follow-up"]
    assert (
        fit.predict(X.iloc[:1], [25])[["estimate", "std_error", "conf_low", "conf_high"]]
        .isna()
        .all(axis=None)
    )
    with pytest.raises(EstimateError, match=r"X lacks the columns arm\. Give every term of the fit\."):
        fit.predict(X[["age"]], [5])
    shifted = fit.predict(X.iloc[:1], [9], offset=[0.0])
    pd.testing.assert_frame_equal(shifted, fit.predict(X.iloc[:1], [9]))


def test_total_incidence_of_one_cause_twice():
    fit = fine_gray(DAYS, EVENT, X, cause=1)
    message = r"fits must hold one fit for each cause\. Fit every cause once\."
    for fits in ([], [fit, fit]):
        with pytest.raises(EstimateError, match=message):
            total_incidence(fits, X.iloc[:1], [5])
