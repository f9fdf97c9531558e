"""Control charts of a series of periods, from arrays: limits, rules, and which points break them."""

from stepdown.control_charts.chart_limits import (
    FEWEST,
    ControlChart,
    p_chart,
    standard_error_chart,
    xmr_chart,
)
from stepdown.control_charts.chart_rules import RULE_SETS, Signal
from stepdown.control_charts.run_lengths import RUNS_FROM, RunLengths, run_lengths

__all__ = [
    "FEWEST",
    "RULE_SETS",
    "RUNS_FROM",
    "ControlChart",
    "RunLengths",
    "Signal",
    "p_chart",
    "run_lengths",
    "standard_error_chart",
    "xmr_chart",
]
