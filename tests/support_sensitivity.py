"""Rows of what would change an answer, written by hand, and analyses that hold them."""

from stepdown.results import Analysis, Provenance, Wording, rows
from stepdown.sections.sensitivity.read import NOT_ADJUSTED

Record = dict[str, object]
PAIR: Record = {"arm": "A", "reference": "B"}
KEYS: Record = {"analysis": "sensitivity", "endpoint": "first_use@1", "time": 90}


def answer(
    kind: str,
    value: str = "",
    difference: tuple[float, ...] = (),
    *,
    counted: bool = True,
    reason: str = "",
    status: str = "shown",
    site: str = "",
    endpoint: str = "first_use@1",
) -> Record:
    """Return one analysis: a difference alone or with its limits; without one, the reason."""
    row = KEYS | PAIR | {"estimand": "specification", "term": kind, "level": value, "site": site}
    row |= {"variant": "" if counted else NOT_ADJUSTED, "endpoint": endpoint, "status": status}
    if not difference:
        return row | {"statistic": "not_estimated", "note": reason, "status_reason": reason}
    names = ("estimate", "conf_low", "conf_high")
    return row | {"statistic": "difference", **dict(zip(names, difference, strict=False))}


def number(estimand: str, statistic: str, value: float, **keys: object) -> Record:
    """Return one number of another kind."""
    return KEYS | PAIR | {"estimand": estimand, "statistic": statistic, "estimate": value} | keys


def analysis(*records: Record) -> Analysis:
    """Return an analysis that holds the rows."""
    return Analysis(
        results=rows(records),
        wording=Wording(
            title="T", relapse="relapse", endpoint="", missing_rule="", time_zero="discharge",
            window=(30, 90), times=(30, 60, 90), arms=("A", "B"), analyses={"landmark_14": "", "whole_cohort": ""},
        ),
        provenance=Provenance(study_sha256="", inputs=(), seed=1, versions={}, basis="synthetic"),
        labels={"severity": "Severity", "age": "Age"},
    )  # fmt: skip
