"""A small study, to vary."""

from copy import deepcopy
from typing import Any

from stepdown.study import Study

BASE: dict[str, Any] = {
    "format": 1,
    "title": "IOP or PHP within 14 days",
    "cohort": "cohort.toml",
    "seed": 1,
    "strategies": {
        "early": {"label": "Step-down", "steps": [{"level": ["iop", "php"], "within": 14}]},
        "none": {"label": "No step-down", "avoid": [{"level": ["iop", "php"], "within": 14}]},
    },
    "contrast": {"arms": ["early", "none"]},
    "analysis": {"primary": {"design": "landmark", "day": 14}},
}
OPEN: dict[str, Any] = {
    name: {"off": True} for name in ("balance", "effective_size", "events", "outcome_known", "largest_share")
}
"""Gates that let every comparison through: of a few clients, whose numbers are worked out by hand."""


def raw(**changes: Any) -> dict[str, Any]:
    """Return the file's content with keys changed: `outcome__window=[30, 90]`; None takes a key out."""
    content = deepcopy(BASE)
    for path, value in changes.items():
        *parents, last = path.split("__")
        table = content
        for name in parents:
            table = table.setdefault(name, {})
        if value is None:
            table.pop(last)
        else:
            table[last] = deepcopy(value)
    return content


def study(**changes: Any) -> Study:
    """Return the study that `raw` describes."""
    return Study.parse(raw(**{"gates": OPEN} | changes))


def described(**changes: Any) -> Study:
    """Return a study without a comparison."""
    return Study.parse(raw(strategies=None, contrast=None, analysis=None, **changes))
