"""Whether an answer depends on what a source does not state."""

import math

import pytest

from stepdown.replicate.builders import built
from stepdown.replicate.claim_finding import NO_EFFECT, VARIED, ClaimFinding
from stepdown.replicate.claim_words import assumed_ranges, no_effect_sentences
from stepdown.replicate.registry import claims
from stepdown.replicate.replication import ClaimResult
from stepdown.replicate.stop_quoting import quoting
from stepdown.replicate.varied_assumptions import assumptions_of, varied_findings
from stepdown.replicate.verdict import judge

CLAIMS = {one.id: one for one in claims()}


def test_every_combination_is_tried_with_what_is_assumed() -> None:
    tried = [(one.exposed_share, one.reference) for one in assumptions_of(CLAIMS["C04"])]
    assert len(tried) == 12
    assert (0.24, 0.373) in tried
    assert (0.5, 0.2) in tried
    assert assumptions_of(CLAIMS["C01"]) == ()


def test_the_answer_to_c04_does_not_hinge_on_what_is_assumed() -> None:
    found = list(varied_findings(CLAIMS["C04"]))
    assert [one.variant for one in found] == ["weak", "TEDS-like", "strong"]
    # Whatever is assumed, the design alone makes more than half of "nearly double" on the scale of logarithms.
    assert all(math.log(one.low) / math.log(CLAIMS["C04"].target) > 0.5 for one in found)
    assert all(one.low <= one.estimate <= one.high for one in found)
    # What is assumed is among them: the figure of the world without an effect.
    null = built(CLAIMS["C04"], "weak").without_effect
    assert null is not None
    assert found[0].estimate == null.figure


def test_without_selection_and_time_a_ratio_is_one() -> None:
    # Attendance by an appointment that does nothing: those with and without one differ by selection alone.
    weak, teds, strong = (
        built(CLAIMS["C07"], name).without_effect for name in ("weak", "TEDS-like", "strong")
    )
    assert weak is not None
    assert teds is not None
    assert strong is not None
    assert 1 < (weak.figure or 0) < (teds.figure or 0) < (strong.figure or 0) < 1.6


def varied(name: str, low: float, high: float, note: str = "") -> ClaimFinding:
    return ClaimFinding(
        claim="C18",
        column=NO_EFFECT,
        variant=name,
        statistic=VARIED,
        estimate=low,
        low=low,
        high=high,
        note=note,
    )


def test_what_was_tried_is_on_the_page() -> None:
    one = CLAIMS["C18"]
    null = ClaimFinding(claim="C18", column=NO_EFFECT, variant="weak", estimate=1.5, low=1.2, high=1.8)
    note = "For 1 of 3 combinations of these no cohort has the figure."
    rows = (null, varied("weak", 1.42, 1.6, note), varied("strong", 1.5, 1.9, note))
    result = ClaimResult(claim=one, findings=rows, verdict=judge(one, None), by_source={})
    assert assumed_ranges(one) == "With 25% to 75% of the people in the group with the exposure"
    sentences = list(no_effect_sentences(result))
    assert one.assumed is not None
    assert one.assumed.why in sentences
    assert (
        "With 25% to 75% of the people in the group with the exposure, it gives 1.42 to 1.60 under weak selection and "
        "1.50 to 1.90 under strong selection."
    ) in sentences
    assert sentences.count(note) == 1
    # log(1.42) / log(2.02) = 0.499.
    assert quoting(result).endswith("the design alone gives at least 1.42, 50% of the figure.")


@pytest.mark.parametrize("name", ["C04", "C07", "C18"])
def test_what_is_assumed_has_a_reason(name: str) -> None:
    assumed = CLAIMS[name].assumed
    assert assumed is not None
    assert assumed.why.endswith(".")
