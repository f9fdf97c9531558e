"""A page for each site: its own numbers, its place between the limits, and nothing of another site."""

from dataclasses import replace

import pytest

import support_analysis
from stepdown.report.page import asks_outside
from stepdown.report.report_folder import _INSIDE
from stepdown.report.site_pages import site_pages
from stepdown.results import Analysis, MeasureWords, bind
from support_page import Visible


def rate(site: str, n: float, estimate: float, *, measure: str = "first_session@2") -> dict[str, object]:
    keys = {"analysis": "measures", "estimand": "measure", "statistic": "estimate", "unit": "probability"}
    ends = {"conf_low": estimate - 0.1, "conf_high": estimate + 0.1}
    return {**keys, "endpoint": measure, "time": 14, "site": site, "n": n, "estimate": estimate, **ends}


def place(site: str, ratio: float, *, low: float = 0.5, high: float = 1.8) -> list[dict[str, object]]:
    keys = {"analysis": "sites", "site": site, "time": 90, "estimate": ratio, "status": "shown"}
    keys |= {"cause": "relapse", "conf_low": ratio / 2, "conf_high": ratio * 2, "n": 137, "events": 41}
    found = [
        {**keys, "estimand": name, "statistic": "estimate"}
        for name in ("observed_expected", "shrunken_ratio", "rank", "risk")
    ]
    found.append({**keys, "estimand": "expected_events", "statistic": "estimate", "estimate": 37.3})
    limit = {**keys, "estimand": "control_limit", "statistic": "estimate", "estimate": 1}
    return [*found, limit | {"level": "95%", "conf_low": low, "conf_high": high}]


def with_rows(*records: dict[str, object]) -> Analysis:
    a = support_analysis.exact()
    measures = (
        MeasureWords(name="first_session@2", label="First session", sentence="", not_verified=""),
        MeasureWords(name="iop_hours@1", label="Weeks of IOP", sentence="", not_verified="", weeks=True),
    )
    header = {"Data cut": "June 30, 2026", "Discharges": "777 included of 888 in the data"}
    words = replace(a.wording, measures=measures, header=header)
    return replace(a, wording=words, results=bind([a.results, list(records)]))


FOUR = [
    rate("", 400, 0.52),
    rate("A", 137, 0.61),
    rate("B", 151, 0.43),
    rate("C", 93, 0.37),
    rate("D", 19, 0.29),
]


def words(page: bytes) -> str:
    return " ".join(Visible(page.decode()).words).replace("\u00a0", " ")


def test_a_page_holds_its_own_numbers_beside_all_sites() -> None:
    pages = site_pages(with_rows(*FOUR, *place("A", 1.2), *place("B", 0.77)))
    assert list(pages) == ["sites/A.html", "sites/B.html", "sites/C.html", "sites/D.html"]
    text = words(pages["sites/A.html"])
    assert "Site A lies within the 95% control limits" in text
    assert "41 relapses by day 90 among 137 discharges; 37.3 would be expected of people like these." in text
    assert "That is no more than chance explains." in text
    assert "First session, 14 days 137 61.0% (51.0% to 71.0%) 52.0%" in text
    assert "INTERNAL: NOT REVIEWED FOR RELEASE" in text
    assert not asks_outside(pages["sites/A.html"].decode())


def test_a_page_holds_nothing_of_another_site() -> None:
    pages = site_pages(with_rows(*FOUR, *place("A", 1.2), *place("B", 0.77), *place("C", 1.93, high=1.8)))
    for site, others in (("A", ("43.0%", "151", "0.77", "1.93")), ("C", ("61.0%", "137 61", "0.77", "151"))):
        page = pages[f"sites/{site}.html"].decode()
        for number in (*others, "777", "888"):
            assert number not in words(page.encode()), (site, number)
        for other in {"A", "B", "C", "D"} - {site}:
            assert f"site {other}" not in page.lower().replace(f"site {site.lower()}", "")
    assert "Site C lies above the 95% control limits" in words(pages["sites/C.html"])
    assert "look for the reason first in the data" in words(pages["sites/C.html"])


def test_all_sites_are_left_out_where_they_would_give_another_away() -> None:
    # All but A is B alone, beside a site too small to hide it.
    pages = site_pages(
        with_rows(rate("", 300, 0.52), rate("A", 137, 0.61), rate("B", 151, 0.43), rate("C", 8, 0.3))
    )
    assert "137 61.0% (51.0% to 71.0%) not shown" in words(pages["sites/A.html"])
    assert "52.0%" not in words(pages["sites/A.html"])
    # The small site sees all of them: A and B are both hidden in the sum. None of its own numbers is shown.
    small = words(pages["sites/C.html"])
    assert "Its quality measures are not shown: each counts fewer than 11." in small
    assert "30.0%" not in small


def test_weeks_of_few_people_and_sites_that_are_not_compared() -> None:
    withheld = {"status": "withheld", "status_reason": "not enough people: at least 10 discharges are needed"}
    held = [one | withheld | {"estimate": float("nan"), "n": float("nan")} for one in place("D", 1.0)]
    weeks = rate("D", 40, 0.83, measure="iop_hours@1")
    text = words(site_pages(with_rows(*FOUR, weeks, *held))["sites/D.html"])
    assert "83.0%" not in text
    assert "Site D has too few people for a comparison" in text
    assert "It is not shown: not enough people: at least 10 discharges are needed." in text
    alone = words(site_pages(with_rows(*FOUR))["sites/D.html"])
    assert (
        "This site is not compared with what is expected: the results hold no comparison of sites." in alone
    )


@pytest.mark.parametrize("code", ["../x", "<b>", "a b", "", "A" * 41, "a"])
def test_a_code_that_is_no_plain_name_is_numbered(code: str) -> None:
    names = [name for name in site_pages(with_rows(rate("A", 100, 0.5), rate(code or "/", 100, 0.4)))]
    assert names == ["sites/A.html", "sites/site-2.html"]
    assert all(map(_INSIDE.fullmatch, names))
