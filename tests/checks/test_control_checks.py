"""What must show nothing: a period before care could act, and negative controls, in the exact words of the checks."""

import pytest

from stepdown.checks import GateWords, control_checks, placebo_checks
from stepdown.results import Results, rows

Row = dict[str, object]
PAIR: Row = {"analysis": "baseline", "arm": "handoff", "reference": "none", "time": 3, "cause": "relapse"}


def window(
    difference: float, error: float, *, handoff: float = 0.02, none: float = 0.03, spread: float = 0.004
) -> Results:
    """Return the risks of a placebo window, and their difference."""
    keys = PAIR | {"estimand": "placebo_risk", "population": "everyone"}
    alone = keys | {"reference": "", "statistic": "estimate", "std_error": spread}
    return rows([
        alone | {"estimate": handoff}, alone | {"arm": "none", "estimate": none},
        keys | {"statistic": "difference", "estimate": difference, "std_error": error,
                "conf_low": difference - 2 * error, "conf_high": difference + 2 * error},
        # The unadjusted difference is not judged where an adjusted one is there.
        keys | {"statistic": "difference", "estimate": 0.5, "conf_low": 0.4, "conf_high": 0.6, "population": ""},
    ])  # fmt: skip


def checked(found: Results) -> list[tuple[object, object]]:
    return [(one["statistic"], one["note"]) for one in placebo_checks(found, "baseline", GateWords())]


def test_a_window_before_care_in_words() -> None:
    head = "Through day 3, before care can act, the risk of relapse is 2.0% with “handoff” and 3.0% with “none”: a difference "
    # 2.80 standard errors of 0.6 points are 1.7 points.
    assert checked(window(-0.01, 0.006)) == [
        (
            "passed",
            f"{head}of −1.0 points (95% CI −2.2 to +0.2). That shows nothing of differences below about 1.7 points, which "
            "so few relapses would hide.",
        )
    ]
    assert checked(window(-0.01, 0.004)) == [
        (
            "warning",
            f"{head}of −1.0 points (95% CI −1.8 to −0.2). By the study file care cannot be the reason. Either the groups "
            "differ in something that is not adjusted for, and part of the later difference is that too; or this is chance, "
            "as in 1 of 20 comparisons; or care acts sooner than the file states.",
        )
    ]


def test_too_few_relapses_before_care_are_not_compared() -> None:
    # (0.008 / 0.004)^2 = 4 effective relapses.
    assert checked(window(-0.01, 0.004, handoff=0.008)) == [
        (
            "warning",
            "Through day 3, before care can act, there are too few relapses to compare the groups. Name a longer period if "
            "care cannot act in it, or leave checks.placebo out.",
        )
    ]
    assert checked(window(-0.01, 0.004, handoff=0.0))[0][0] == "warning"
    # An arm without a standard error counts by its difference.
    assert checked(window(-0.01, 0.006, spread=float("nan")))[0][0] == "passed"
    assert checked(rows([])) == []


def control(label: str, low: float, high: float, *, kind: str = "outcome") -> Row:
    keys: Row = {
        "analysis": "negative_controls",
        "estimand": "negative_control",
        "term": kind,
        "level": label,
    }
    keys |= {"arm": "IOP", "reference": "none", "statistic": "ratio", "estimate": (low * high) ** 0.5}
    return keys | {"conf_low": low, "conf_high": high}


def judged(*given: Row) -> list[tuple[object, object, object]]:
    found = control_checks(rows(given), "baseline", GateWords())
    return [(one["term"], one["statistic"], one["note"]) for one in found]


def test_controls_that_show_nothing_in_words() -> None:
    assert judged(control("Injury", 0.8, 1.25), control("Rural", 0.64, 1.5625, kind="exposure")) == [
        (
            "negative_outcomes",
            "passed",
            "The outcome that care cannot change does not differ between the groups. That speaks against a bias that would "
            "show here too, and against no other.",
        ),
        (
            "negative_outcomes",
            "passed",
            "Injury: risk ratio 1.00 (95% CI 0.80 to 1.25) with “IOP” compared with “none”.",
        ),
        (
            "negative_exposures",
            "passed",
            "The exposure that cannot change relapse does not go with more or less of it. That speaks against a bias that "
            "would show here too, and against no other.",
        ),
        (
            "negative_exposures",
            "passed",
            "Rural: risk ratio 1.00 (95% CI 0.64 to 1.56) with “IOP” compared with “none”.",
        ),
    ]


def test_controls_that_differ_in_words() -> None:
    given = [control(f"c{place}", 0.8, 1.25) for place in range(4)]
    tail = " It is bias or chance: what lies behind it, and is not adjusted for, may make the groups differ in relapse too."
    found = judged(*given, control("Injury", 0.25, 0.64))
    assert found[0] == (
        "negative_outcomes",
        "warning",
        "1 of 5 outcomes that care cannot change differs between the groups. By chance alone about 0.25 would."
        + tail,
    )
    # Of more than three those that do not differ are left to the table.
    assert [(verdict, note) for _, verdict, note in found[1:]] == [("passed", "")] * 4 + [
        ("warning", "Injury: risk ratio 0.40 (95% CI 0.25 to 0.64) with “IOP” compared with “none”.")
    ]
    assert judged(control("Injury", 1.21, 1.44))[0][2] == (
        "The outcome that care cannot change differs between the groups. By chance alone 1 of 20 such controls does."
        + tail
    )
    twice = judged(
        control("Rural", 0.25, 0.64, kind="exposure"), control("Payer", 0.25, 0.64, kind="exposure")
    )
    assert twice[0][2] == (
        "2 of 2 exposures that cannot change relapse go with more or less of it. By chance alone about 0.10 would."
        + tail
    )
    three = judged(control("Injury", 0.8, 1.25), control("Injury", 0.8, 1.25) | {"arm": "PHP"})
    assert str(three[0][2]).startswith("None of 2 comparisons of outcomes that care cannot change differs")


def test_controls_that_could_not_be_compared_in_words() -> None:
    refused = control("Injury", 1, 1) | {
        "statistic": "not_estimated",
        "note": "No row of observations is this outcome.",
    }
    bare = control("Fall", 1, 1) | {
        "conf_low": float("nan"),
        "note": "too few effective people for an interval",
    }
    # What could not be compared gives no word to what could.
    assert [verdict for _, verdict, _ in judged(refused, control("Rural", 0.8, 1.2))] == [
        "passed",
        "warning",
        "passed",
    ]
    assert judged(refused, bare) == [
        ("negative_outcomes", "warning", "Injury was not compared: No row of observations is this outcome."),
        (
            "negative_outcomes",
            "warning",
            "Fall has no interval and shows nothing: too few effective people for an interval.",
        ),
    ]


def test_a_calibrated_interval_in_words_and_why_there_is_none() -> None:
    keys: Row = {
        "analysis": "negative_controls",
        "estimand": "calibrated_ratio",
        "arm": "IOP",
        "reference": "none",
        "n": 22,
    }
    given = [
        keys | {"statistic": "ratio", "estimate": 0.8, "conf_low": 0.6, "conf_high": 1.07},
        keys | {"statistic": "mean", "estimate": 0.0953},
        keys | {"statistic": "sd", "estimate": 0.1},
    ]
    found = judged(control("Injury", 0.8, 1.25), *given)
    assert str(found[0][2]).endswith(
        " These 22 controls differ by a mean ratio of 1.10. Taken out of it, the risk ratio of relapse by day 90 with “IOP” "
        "is 0.80 (empirically calibrated 95% CI 0.60 to 1.07)."
    )
    why = "An empirically calibrated interval needs 20 negative outcomes with an interval, and there are 3."
    none = judged(control("Injury", 0.8, 1.25), keys | {"statistic": "not_estimated", "note": why})
    assert str(none[0][2]).endswith(f"and against no other. {why}")


@pytest.mark.parametrize("word", ["relapse", "return to use"])
def test_the_word_of_the_study(word: str) -> None:
    found = [
        *control_checks(rows([control("R", 0.8, 1.2, kind="exposure")]), "baseline", GateWords(word=word))
    ]
    assert str(found[0]["note"]).startswith(f"The exposure that cannot change {word} does not go")
