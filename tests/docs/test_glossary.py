"""The glossary against the results that reports are made of, and against the tree."""

import csv
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "analysis" / "stepdown"
GLOSSARY = ROOT / "docs" / "glossary.md"
EXAMPLE = ROOT / "reports" / "example-internal" / "results.csv"
HEAD = ["term", "meaning", "in reports", "in results", "computed in"]
# Estimands that the bundled study does not have: no interval spans its landmark, it is not adjusted, and it asks
# for no secondary endpoint. No quarter is a signal, and it states no target.
NOT_IN_EXAMPLE = {
    "interval_spans_landmark",
    "effective_size",
    "strategy_followed",
    "grace_period_end",
    "departure",
    "covariate_balance",
    "score_balance",
    "placebo_risk",
    "negative_control",
    "calibrated_ratio",
    "scores_missing",
    "unmatched",
    "in_trials",
    "hazard_ratio",
    "effective_share",
    "few_clusters",
    "largest_weight",
    "weights_capped",
    "series_signal",
    "series_target",
    "first_session",
    "abstinent_at",
    "discharges_needed",
    "quarters_needed",
    "quarters_for_interval",
    "adjustment_warning",
    "interaction",
    "dose_response",
    "equivalence",
    "non_inferiority",
}


def entries() -> list[dict[str, str]]:
    lines = GLOSSARY.read_text(encoding="utf-8").splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| ")]
    return [dict(zip(HEAD, row, strict=True)) for row in rows if row != HEAD and set(row) != {"---"}]


def used(column: str) -> set[str]:
    with EXAMPLE.open(encoding="utf-8", newline="") as file:
        return {row[column] for row in csv.DictReader(file)}


def test_every_estimand_is_defined_once() -> None:
    named = [key for row in entries() for key in re.findall(r"^`(\w+)`", row["in results"])]
    assert sorted(named) == sorted(used("estimand") | NOT_IN_EXAMPLE)


def test_columns_and_statistics_exist() -> None:
    text = " ".join(row["in results"] for row in entries())
    header = EXAMPLE.read_text(encoding="utf-8").splitlines()[0].split(",")
    assert set(re.findall(r"column `(\w+)`", text)) - set(header) == set()
    statistics = re.findall(r"statistics? ((?:`\w+`(?:, )?)+)", text)
    assert {name for group in statistics for name in re.findall(r"\w+", group)} <= used("statistic")


def test_every_module_exists() -> None:
    modules = [re.fullmatch(r"`([\w/]+\.py)`", row["computed in"]) for row in entries()]
    assert all(modules)
    assert [found[1] for found in modules if found and not (PACKAGE / found[1]).is_file()] == []


def test_terms_are_unique_and_one_sentence_each() -> None:
    terms = [row["term"] for row in entries()]
    assert len(set(terms)) == len(terms) > 40
    assert [
        row["term"] for row in entries() if not re.fullmatch(r"[A-Z][^.]*(\.\d[^.]*)*\.", row["meaning"])
    ] == []
