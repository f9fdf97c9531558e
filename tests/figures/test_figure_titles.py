"""Titles of figures: the finding in numbers of the results; those of the bundled report are tested with its analysis."""

from stepdown.results import rows
from stepdown.sections.relapse.figure_titles import range_title, rates_title, risks_title

KEYS = {"analysis": "baseline", "cause": "relapse", "statistic": "estimate"}


def test_titles_of_risks_rates_and_ranges() -> None:
    risk = KEYS | {"estimand": "risk", "time": 90}
    found = rows([risk | {"estimate": 0.291}])
    assert risks_title(found, analysis="baseline", word="relapse", day=90) == "29.1% relapsed by day 90"
    assert risks_title(found, analysis="baseline", word="relapse", day=60) == ""
    many = rows([risk | {"arm": arm, "estimate": 0.2} for arm in "ABCD"])
    assert risks_title(many, analysis="baseline", word="relapse", day=90) == ""
    rate = {"analysis": "baseline", "estimand": "rate", "statistic": "estimate"}
    early = rate | {
        "window_start": 0,
        "window_end": 30,
        "estimate": 15.7,
        "conf_low": 14.0,
        "conf_high": 17.0,
    }
    late = rate | {"window_start": 30, "window_end": 90, "estimate": 3.8, "conf_low": 3.0, "conf_high": 5.0}
    assert rates_title(rows([early, late]), analysis="baseline", word="relapse", last=90) == (
        "Rate of new relapses: highest on days 0-30 (15.7), lowest on days 31-90 (3.8)"
    )
    alike = rows([early | {"conf_low": 4.0}, late])
    assert rates_title(alike, analysis="baseline", word="relapse", last=90) == (
        "No period stands out in new relapses"
    )
    arms = rows([late | {"arm": "A"}, late | {"arm": "B", "estimate": 4.2}])
    assert rates_title(arms, analysis="baseline", word="relapse", last=90) == (
        "New relapses per 100 people a month on days 31-90: 3.8 with “A” and 4.2 with “B”"
    )
    ends = [risk | {"bound": "lowest", "estimate": 0.1}, risk | {"bound": "highest", "estimate": 0.4}]
    assert range_title(rows(ends), analysis="baseline", word="relapse", day=90) == (
        "Relapsed by day 90: 10.0% to 40.0%"
    )
    both = [one | {"arm": arm} for arm in "AB" for one in ends]
    assert range_title(rows(both), analysis="baseline", word="relapse", day=90) == (
        "Relapsed by day 90: 10.0% to 40.0% with “A” and 10.0% to 40.0% with “B”"
    )
