"""The flow as rows of the results."""

from collections.abc import Iterator, Sequence

from stepdown.cohort import Step
from stepdown.pipeline._record import Record


def flow_records(steps: Sequence[Step], *, analysis: str) -> Iterator[Record]:
    """Yield, for each step, the discharges and clients kept and the discharges removed."""
    for step in steps:
        keys: Record = {"analysis": analysis, "estimand": "flow", "term": step.name}
        yield {**keys, "statistic": "removed", "unit": "discharges", "value": step.removed}
        yield {**keys, "statistic": "kept", "unit": "discharges", "value": step.discharges}
        yield {**keys, "statistic": "kept", "unit": "clients", "value": step.clients}
