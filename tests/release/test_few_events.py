"""What a public report says of a comparison that is withheld for its events."""

from dataclasses import replace

from stepdown import Results
from stepdown.release import release
from stepdown.results import rows
from stepdown.results.reading import why_withheld
from support_analysis import exact

GATE = {"analysis": "landmark_14", "estimand": "check", "level": "gate", "note": "“A” has fewer than 10."}


def verdicts(*gates: tuple[str, str, str]) -> Results:
    """Return the released verdicts of gates, each of a group."""
    found = [{**GATE, "term": term, "arm": arm, "statistic": verdict} for term, arm, verdict in gates]
    return release(replace(exact(), results=rows(found))).analysis.results


def stated(results: Results) -> dict[tuple[str, str], str]:
    return results.table.set_index(["term", "arm"])["statistic"].to_dict()


def test_where_another_gate_withholds_too_events_are_few() -> None:
    found = verdicts(
        ("events", "A", "withheld"), ("events", "B", "warning"), ("effective_size", "A", "withheld")
    )
    # Fewer than 10 and fewer than 20 are told alike.
    assert stated(found) == {
        ("events", "A"): "warning", ("events", "B"): "warning", ("effective_size", "A"): "withheld",
    }  # fmt: skip
    assert why_withheld(found, analysis="landmark_14")


def test_events_alone_still_withhold() -> None:
    found = verdicts(("events", "A", "withheld"), ("effective_size", "A", "passed"))
    assert stated(found)["events", "A"] == "withheld"
    assert why_withheld(found, analysis="landmark_14")


def test_another_comparison_does_not_count() -> None:
    other = {
        **GATE,
        "analysis": "clone_censor_weight",
        "term": "balance",
        "arm": "A",
        "statistic": "withheld",
    }
    found = rows([{**GATE, "term": "events", "arm": "A", "statistic": "withheld"}, other])
    table = release(replace(exact(), results=found)).analysis.results.table
    assert set(table["statistic"]) == {"withheld"}
