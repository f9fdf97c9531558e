"""Every weekly definition on the public urine patterns of CTN-0094, trial by trial, against the slow reading."""

import numpy as np
import pandas as pd
import pytest

from stepdown.cohort.linkage import link
from stepdown.cohort.relapse.weekly import WeeklyPatterns, weekly_onset, weekly_patterns, weekly_value
from stepdown.schema import EndpointSpec
from support_real import real_data
from support_weekly import TIMES, VALUES, WEEKLY, observations

pytestmark = [pytest.mark.real, pytest.mark.slow]
TRIALS = {"27": 1920, "30": 868, "51": 772}


@pytest.fixture(scope="module")
def public() -> pd.DataFrame:
    folder = real_data() / "ctn0094"
    spelled = pd.read_parquet(folder / "derived_weeklyOpioidPattern.parquet")
    trial = pd.read_parquet(folder / "everybody.parquet").set_index("who")["project"].astype("string")
    word = spelled["Phase_1"].fillna("") + spelled["Phase_2"].fillna("")
    return pd.DataFrame({"word": word.astype(object), "trial": spelled["who"].map(trial).astype(object)})


def test_everybody_has_a_word(public: pd.DataFrame) -> None:
    assert public["trial"].value_counts().to_dict() == TRIALS
    assert (public["word"].str.len() > 0).all()


@pytest.mark.parametrize("spec", WEEKLY, ids=lambda spec: spec.id)
def test_values_of_real_words_are_those_of_the_slow_reading(public: pd.DataFrame, spec: EndpointSpec) -> None:
    texts = public["word"].tolist()
    found = weekly_value(spec, WeeklyPatterns.read(texts))
    if spec.kind == "time":
        slow = [TIMES[spec.id](text) for text in texts]
        assert None not in slow
        np.testing.assert_array_equal(found["weeks"], [week for _, week in slow])
        values = [event for event, _ in slow]
        with_event = np.isfinite(weekly_onset(spec, WeeklyPatterns.read(texts)).confirmed)
        np.testing.assert_array_equal(with_event, np.array(values, dtype=bool))
    else:
        values = [VALUES[spec.id](text) for text in texts]
    np.testing.assert_array_equal(found["value"], np.array(values, dtype=float))
    ours = found["value"].groupby(public["trial"]).sum()
    slowly = pd.Series(values, dtype=float).groupby(public["trial"]).sum()
    assert sorted(ours.index) == sorted(TRIALS)
    pd.testing.assert_series_equal(ours, slowly, check_names=False)
    assert (slowly > 0).all()
    assert (slowly < 39 * pd.Series(TRIALS)).all()


def test_real_words_become_findings_and_words_again(public: pd.DataFrame) -> None:
    texts = public["word"].tolist()
    clients = pd.DataFrame({"client_id": pd.array([f"c{n}" for n in range(len(texts))], dtype="string")})
    frame = observations(texts, [0] * len(texts))
    assert weekly_patterns(frame, link(clients, frame), np.zeros(len(texts))).texts() == texts
