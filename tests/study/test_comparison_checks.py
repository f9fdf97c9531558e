"""Keys of `[checks]`: what is refused, in exact words."""

import pytest

from stepdown.errors import StudyError
from support_study import described, study

CLONES = {"analysis__primary": {"design": "clone_censor_weight"}, "analysis__adjust": {"covariates": ["age"]}}


def refused(**changes: object) -> str:
    with pytest.raises(StudyError) as caught:
        study(**changes)
    return str(caught.value)


def test_a_landmark_has_no_period_before_care() -> None:
    placebo = {"checks": {"placebo": {"last_day": 3}}}
    assert (
        "checks.placebo needs a comparison that begins before care does: at a landmark care has begun, and a relapse "
        "before it keeps a person out, so that no period is left in which care cannot have acted; use "
        "checks.negative_outcomes, or clone_censor_weight, sequential_trials or baseline"
    ) in refused(**placebo)
    matched = {
        "analysis__primary": {"design": "matched", "day": 14},
        "analysis__adjust": {"covariates": ["age"]},
    }
    assert "needs a comparison that begins before care does" in refused(**placebo, **matched)
    assert study(**placebo, **CLONES).checks.placebo is not None
    # Beside one that begins with time zero a landmark may stand.
    beside = study(**placebo, **CLONES, analysis__secondary=[{"design": "landmark", "day": 14}])
    assert beside.checks.placebo is not None


def test_a_window_before_care_ends_before_the_window() -> None:
    found = refused(checks={"placebo": {"last_day": 90}}, **CLONES)
    assert "checks.placebo: last_day must be before the end of outcome.window" in found


def test_an_outcome_is_a_finding_or_an_instrument() -> None:
    both = [{"label": "Injury", "finding": "emergency", "instrument": "injury"}]
    assert ("give finding, for rows of observations, or instrument, for rows of assessments") in refused(
        checks={"negative_outcomes": both}
    )
    source = [{"label": "Injury", "instrument": "injury", "source": "claim"}]
    assert "source and substance are of findings; an instrument has neither" in refused(
        checks={"negative_outcomes": source}
    )


def test_controls_do_not_repeat() -> None:
    twice = [{"label": "Injury", "finding": "emergency"}, {"label": "Injury", "instrument": "injury"}]
    text = "negative_outcomes must not repeat a label, nor negative_exposures a column"
    assert text in refused(checks={"negative_outcomes": twice})
    assert text in refused(checks={"negative_exposures": [{"column": "rural"}, {"column": "rural"}]})
    assert "values must differ" in refused(
        checks={"negative_exposures": [{"column": "payer", "values": ["public", "public"]}]}
    )


def test_checks_are_about_a_comparison() -> None:
    with pytest.raises(StudyError, match="checks are about a comparison: give contrast and analysis"):
        described(checks={"negative_exposures": [{"column": "rural"}]})
