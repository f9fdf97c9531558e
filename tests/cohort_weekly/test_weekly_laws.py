"""Laws of the weekly definitions, whatever the patterns."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stepdown.cohort.linkage import link
from stepdown.cohort.relapse.weekly import WeeklyPatterns, weekly_onset, weekly_patterns, weekly_value
from stepdown.cohort.relapse.weekly.pattern_rules import Window, slide
from stepdown.cohort.relapse.weekly.recoding import recode
from stepdown.cohort.relapse.weekly.urine_patterns import POSITIVE
from stepdown.schema import EndpointSpec
from support_size import quick_or_long
from support_weekly import WEEKLY, observations, random_patterns

pytestmark = pytest.mark.slow

law = settings(max_examples=quick_or_long(10, 25), deadline=None)
SEED = st.integers(0, 10_000)
SPECS = {spec.id: spec for spec in WEEKLY}
# With what follows from two of them, these are all pairs; three ask the same as another.
ASKS_MORE = [
    ("ctn0094_relapse", "krupitsky_2004"),
    ("ctn0094_relapse", "lee_2016"),
    ("ctn0094_dropout", "ctn0094_relapse"),
    ("lee_2018", "ctn0094_relapse"),
    ("lee_2018", "johnson_1992"),
    ("krupitsky_2004", "schottenfeld_2008_relapse"),
    ("schottenfeld_2008_relapse", "krupitsky_2004"),
    ("schottenfeld_2008_relapse", "mokri_2016"),
    ("johnson_1992", "lee_2016"),
    ("johnson_1992", "mokri_2016"),
    ("lee_2016", "mokri_2016"),
    ("shufman_1994", "mokri_2016"),
    ("mokri_2016", "schottenfeld_2008_abstinence_a"),
    ("schottenfeld_2008_abstinence_a", "mokri_2016"),
]
# Where missing weeks are dropped, two weeks from week 4 on may be fewer than a window of four.
NOT_WITHOUT_MISSING = {("johnson_1992", "lee_2016", rule) for rule in ("ignored", "interval")}


@pytest.mark.parametrize(("more", "less"), ASKS_MORE)
@law
@given(seed=SEED)
def test_who_meets_the_stricter_definition_met_the_other_no_later(more: str, less: str, seed: int) -> None:
    patterns = WeeklyPatterns.read(random_patterns(seed, 40))
    shared = [rule for rule in SPECS[more].missing if rule in SPECS[less].missing]
    for missing in (rule for rule in shared if (more, less, rule) not in NOT_WITHOUT_MISSING):
        strict = weekly_onset(SPECS[more], patterns, missing=missing)
        other = weekly_onset(SPECS[less], patterns, missing=missing)
        assert (other.confirmed <= strict.confirmed).all()


@law
@given(seed=SEED, width=st.integers(1, 8), data=st.data())
def test_a_window_that_asks_more_is_never_met_sooner(seed: int, width: int, data: st.DataObject) -> None:
    patterns = recode(WeeklyPatterns.read(random_patterns(seed, 40)), missing="positive", mixed="positive")
    least = data.draw(st.integers(1, width))
    fewer = data.draw(st.integers(1, least))
    strict = slide(patterns, Window(mark=POSITIVE, width=width, least=least))
    other = slide(patterns, Window(mark=POSITIVE, width=width, least=fewer))
    assert (other.event | ~strict.event).all()
    assert (other.last[strict.event] <= strict.last[strict.event]).all()


@law
@given(seed=SEED)
def test_a_run_of_four_negative_weeks_holds_one_of_three(seed: int) -> None:
    patterns = WeeklyPatterns.read(random_patterns(seed, 40))
    value = {name: weekly_value(SPECS[name], patterns)["value"] for name in ("ling_1998", "kosten_1993")}
    assert (value["ling_1998"] <= value["kosten_1993"]).all()


@law
@given(seed=SEED)
def test_counting_missing_weeks_as_positive_never_spares_anyone(seed: int) -> None:
    patterns = WeeklyPatterns.read(random_patterns(seed, 40))
    spec = SPECS["shufman_1994"]
    own, positive = weekly_onset(spec, patterns), weekly_onset(spec, patterns, missing="positive")
    assert (positive.confirmed <= own.confirmed).all()


@pytest.mark.parametrize("spec", WEEKLY, ids=lambda spec: spec.id)
def test_words_are_read_one_by_one(spec: EndpointSpec) -> None:
    texts = random_patterns(7, 60)
    order = np.random.default_rng(7).permutation(60)
    together = weekly_value(spec, WeeklyPatterns.read(texts))
    shuffled = weekly_value(spec, WeeklyPatterns.read([texts[number] for number in order]))
    pd.testing.assert_frame_equal(together.iloc[order].reset_index(drop=True), shuffled)
    alone = pd.concat([weekly_value(spec, WeeklyPatterns.read([text])) for text in texts], ignore_index=True)
    pd.testing.assert_frame_equal(together, alone)


@law
@given(seed=SEED, shift=st.integers(-500, 500))
def test_a_shift_of_days_and_the_order_of_rows_change_no_event(seed: int, shift: int) -> None:
    texts = random_patterns(seed, 12)
    clients = pd.DataFrame({"client_id": pd.array([f"c{number}" for number in range(12)], dtype="string")})
    plain = observations(texts, [0] * 12)
    moved = observations(texts, [shift] * 12).sample(frac=1, random_state=3, ignore_index=True)
    before = weekly_patterns(plain, link(clients, plain), np.zeros(12))
    after = weekly_patterns(moved, link(clients, moved), np.full(12, float(shift)))
    for spec in WEEKLY:
        for missing in spec.missing if spec.kind == "time" else ():
            first, second = (weekly_onset(spec, held, missing=missing) for held in (before, after))
            for part in ("earliest", "latest", "confirmed", "end"):
                np.testing.assert_array_equal(getattr(first, part), getattr(second, part))
