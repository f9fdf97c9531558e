"""Whether a comparison can be trusted: gates, and diagnostics as rows of the results."""

from stepdown.checks.calendar_trend import trend_rows
from stepdown.checks.common_visit_checks import common_visit_checks
from stepdown.checks.control_checks import control_checks, placebo_checks
from stepdown.checks.first_findings import first_findings
from stepdown.checks.gate_verdicts import (
    GateVerdict,
    GateWords,
    judge,
    judge_comparison,
    refused_adjustment,
    withheld,
)
from stepdown.checks.gated_results import (
    gate_rows,
    known_of_primary,
    known_rows,
    verdicts_of,
    with_gates,
    with_own_counts,
    without_first_relapses,
)
from stepdown.checks.loss_after_events import loss_rows
from stepdown.checks.row_checks import row_checks
from stepdown.checks.score_checks import score_checks

__all__ = [
    "GateVerdict",
    "GateWords",
    "common_visit_checks",
    "control_checks",
    "first_findings",
    "gate_rows",
    "judge",
    "judge_comparison",
    "known_of_primary",
    "known_rows",
    "loss_rows",
    "placebo_checks",
    "refused_adjustment",
    "row_checks",
    "score_checks",
    "trend_rows",
    "verdicts_of",
    "with_gates",
    "with_own_counts",
    "withheld",
    "without_first_relapses",
]
