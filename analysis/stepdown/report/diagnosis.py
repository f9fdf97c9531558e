"""Whether the comparisons of an analysis can be trusted, check by check."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from stepdown.display import Picture
from stepdown.display.text_and_tables import Table
from stepdown.errors import ResultError, check_argument
from stepdown.report.assembly import analyze
from stepdown.results import Analysis
from stepdown.sections.trust.control_tables import control_table
from stepdown.sections.trust.figure import love_plot
from stepdown.sections.trust.read import (
    NAMES,
    NOT_JUDGED,
    PASSED,
    WARNING,
    CheckFinding,
    balance,
    findings,
)
from stepdown.sections.trust.score_figure import score_plot
from stepdown.sections.trust.score_tables import score_table
from stepdown.sections.trust.text import compared, weight_table


@dataclass(frozen=True, eq=False, kw_only=True)
class Check:
    """What one check found.

    Attributes
    ----------
    name, question : str
        Its key, such as "balance", and the question that it answers.
    analysis : str
        Key of the comparison.
    status : str
        "passed", "warning" or "failed"; "warning" too of a gate that the study file leaves out.
    withheld : bool
        Whether it is a gate that withholds the comparison.
    sentence : str
        What was found, and what to do.
    table : Table or None
        The numbers, where there is a table of them.
    figure : Picture or None
        A figure, where one helps.
    """

    name: str
    question: str
    analysis: str
    status: Literal["passed", "warning", "failed"]
    withheld: bool
    sentence: str
    table: Table | None = None
    figure: Picture | None = None


def diagnose(data: Analysis | str | Path) -> tuple[Check, ...]:
    """Return what every check found of every comparison, the primary first.

    Parameters
    ----------
    data : Analysis, str or Path
        What `analyze` returns, or a study file.

    Returns
    -------
    tuple of Check
        Empty where nothing is compared.

    Raises
    ------
    StudyError, ConfigError, DataError, DesignError
        As for `analyze`.

    Examples
    --------
    >>> import stepdown as sd
    >>> for check in sd.diagnose("data/synthetic/programs/study.toml")[:2]:  # doctest: +SKIP
    ...     print(check.question, check.status)
    Are the groups alike? warning
    Are there enough people? passed
    """
    remedy = "Give what analyze returns, or a study file."
    check_argument("data", data, (Analysis, str, Path), remedy, ResultError)
    a = data if isinstance(data, Analysis) else analyze(data)
    return tuple(_check(a, one) for key in compared(a) for one in findings(a.results, analysis=key))


def checks_table(checks: Sequence[Check]) -> Table:
    """Return all checks as a table, one a row.

    Parameters
    ----------
    checks : sequence of Check
        As `diagnose` returns them.

    Examples
    --------
    >>> checks_table(()).columns
    ('Comparison', 'Check', 'Verdict', 'What was found')
    """
    return Table(
        "Every check",
        ("Comparison", "Check", "Verdict", "What was found"),
        tuple((one.analysis.replace("_", " "), one.question, one.status, one.sentence) for one in checks),
    )


_STATUS: Mapping[str, Literal["passed", "warning"]] = {
    PASSED: "passed",
    WARNING: "warning",
    NOT_JUDGED: "warning",
}


def _check(a: Analysis, found: CheckFinding) -> Check:
    verdict = found.verdict
    weighed = found.name in ("effective_size", "largest_share")
    drawn, table = None, weight_table(a, found.analysis) if weighed else None
    if found.name == "balance" and len(balance(a.results, analysis=found.analysis)):
        drawn = love_plot(a, analysis=found.analysis)
    elif found.name == "score_balance":
        drawn, table = score_plot(a, analysis=found.analysis), score_table(a, found.analysis)
    elif found.name.startswith("negative"):
        table = control_table(a)
    return Check(
        name=found.name,
        question=NAMES[found.name],
        analysis=found.analysis,
        status=_STATUS.get(verdict, "failed"),
        withheld=verdict == "withheld",
        sentence=" ".join(found.sentences),
        table=table,
        figure=drawn,
    )
