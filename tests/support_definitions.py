"""Comparisons of definitions written by hand: one line a definition."""

from stepdown.report.labels import definition_labels
from stepdown.results import Analysis, Provenance, Results, Wording, rows

PAIR = ("A", "B")
Record = dict[str, object]
Range = tuple[float, float]
Estimate = tuple[float, float, float]


def definition(
    endpoint: str,
    rule: str = "as_defined",
    *,
    own: bool = False,
    n: float | None = 200,
    risk: Estimate | Range | None = None,
    difference: Estimate | Range | None = None,
    events: int = 50,
    reason: str = "",
    pair: tuple[str, str] = PAIR,
    start: float = 0,
) -> list[Record]:
    """Return the rows of one definition; two numbers are a range, three an estimate with its limits."""
    keys: Record = {"endpoint": endpoint, "level": rule}
    head: Record = {
        "analysis": "definitions",
        "estimand": "definition",
        "statistic": "own",
        "estimate": float(own),
    }
    found = [keys | head | {"n": n, "note": reason}]
    told: Record = {"cause": "relapse", "time": 90, "unit": "probability"}
    base = keys | told | {"estimand": "risk"}
    if risk is not None:
        found += _number(base | {"analysis": "definitions", "statistic": "estimate", "events": events}, risk)
    if difference is not None:
        between: Record = {
            "analysis": "definitions_compared",
            "statistic": "difference",
            "arm": pair[0],
            "reference": pair[1],
            "window_start": start,
        }
        found += _number(base | between, difference)
    return found


def _number(base: Record, given: Estimate | Range) -> list[Record]:
    if len(given) == 2:
        ends = zip(("lowest", "highest"), given, strict=True)
        return [base | {"method": "Kaplan-Meier", "bound": end, "estimate": value} for end, value in ends]
    value, low, high = given
    return [base | {"method": "Kaplan-Meier", "estimate": value, "conf_low": low, "conf_high": high}]


def left_out(endpoint: str, reason: str, rule: str = "") -> list[Record]:
    """Return the row of what the data cannot serve."""
    keys: Record = {"analysis": "definitions", "endpoint": endpoint, "level": rule, "estimand": "definition"}
    return [keys | {"statistic": "not_estimated", "note": reason}]


def results(*parts: list[Record]) -> Results:
    """Return the definitions as results."""
    return rows([row for part in parts for row in part])


def analysis(*parts: list[Record], word: str = "relapse", time_zero: str = "discharge") -> Analysis:
    """Return an analysis of the definitions alone."""
    wording = Wording(
        title="A study",
        relapse=word,
        endpoint="",
        missing_rule="",
        time_zero=time_zero,
        window=(30, 90),
        times=(30, 90),
        analyses={"baseline": "", "whole_cohort": ""},
    )
    made = Provenance(study_sha256="", inputs=(), seed=1, versions={}, basis="synthetic")
    return Analysis(results=results(*parts), wording=wording, provenance=made, labels=definition_labels())
