"""All columns of all claims, on several processes, with what is left to do and how long it takes."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from stepdown.compare.processes import by_processes, can_fork, usable_cores
from stepdown.replicate.claim import Claim
from stepdown.replicate.claim_columns import column_of
from stepdown.replicate.claim_finding import COLUMNS, NO_EFFECT, REBUILT, ClaimFinding
from stepdown.replicate.claim_studies import study_of
from stepdown.replicate.kept_columns import keep, kept, key_of
from stepdown.replicate.own_cohort import OwnCohort
from stepdown.replicate.real_column import overall, verdicts
from stepdown.replicate.simulated_columns import people_of
from stepdown.replicate.verdict import Verdict
from stepdown.study import Study

QUICK, FULL = 200, 1_000
"""Replicates of a run, and of a full one."""
NICE = 10
_COST = {REBUILT: 5.0, NO_EFFECT: 15.0}


@dataclass(frozen=True, eq=False, kw_only=True)
class ClaimResult:
    """What a replication of a claim found.

    Attributes
    ----------
    claim : Claim
        The cited effect.
    findings : tuple of ClaimFinding
        All columns, in order.
    verdict : Verdict
        Of the figure, from real data.
    by_source : mapping of str to Verdict
        Of each source of real data with an estimate.
    """

    claim: Claim
    findings: tuple[ClaimFinding, ...]
    verdict: Verdict
    by_source: dict[str, Verdict]

    def of(self, column: str) -> tuple[ClaimFinding, ...]:
        """Return the findings of a column."""
        return tuple(one for one in self.findings if one.column == column)


@dataclass(frozen=True, eq=False, kw_only=True)
class _ClaimColumn:
    """A column of a claim that has to be computed."""

    claim: Claim
    study: Study | None
    column: str
    replicates: int
    key: str

    @property
    def cost(self) -> float:
        """Roughly how long it takes, in seconds of a run of 200 replicates."""
        if self.claim.builder is None or self.column not in _COST:
            return 1.0
        models = 8.0 if self.claim.measure == "time_varying_ratio" else 1.0
        # A table of discharges takes a hundredth of a followed cohort of its size.
        people = max(people_of(self.claim) / (100 if self.claim.builder == "completion" else 1), 500)
        return _COST[self.column] * models * self.replicates / QUICK * people / 1_000


def replicate_claims(
    asked: Sequence[Claim],
    *,
    own: OwnCohort | None = None,
    folder: Path | None = None,
    full: bool = False,
    cache: Path | None = None,
    progress: Callable[[str], None] | None = None,
    processes: int | None = None,
) -> list[ClaimResult]:
    """Replicate claims: every column of each, and its verdict.

    Parameters
    ----------
    asked : sequence of Claim
        As of `claims`, or `read_claim`.
    own : OwnCohort or None
        A cohort of one's own, for the column on real data.
    folder : Path or None
        Folder of claim files of one's own, where their studies are.
    full : bool
        1,000 replicates in place of 200.
    cache : Path or None
        Where columns are kept, so that a run that was stopped goes on where it was.
    progress : callable or None
        Called with what is done.
    processes : int or None
        Processes; one for each processor where left out. The numbers do not depend on it.

    Returns
    -------
    list of ClaimResult
        In the order asked for.
    """
    show, replicates = progress or (lambda step: None), FULL if full else QUICK
    studies = {one.id: study_of(one, folder) if one.study else None for one in asked}
    found: dict[tuple[str, str], tuple[ClaimFinding, ...]] = {}
    left: list[_ClaimColumn] = []
    for claim in asked:
        for column in COLUMNS:
            study = studies[claim.id]
            key = key_of(claim, study, column, replicates=replicates, own=own)
            there = kept(cache, key)
            if there is None:
                left.append(
                    _ClaimColumn(claim=claim, study=study, column=column, replicates=replicates, key=key)
                )
            else:
                found[claim.id, column] = there
    total, done, begin = sum(one.cost for one in left), 0.0, time.monotonic()
    # The longest first, so that no processor waits for it at the end.
    order = sorted(left, key=lambda one: -one.cost)
    for number, (piece, result) in enumerate(_computed(order, own, processes), start=1):
        found[piece.claim.id, piece.column] = result
        keep(cache, piece.key, result)
        done += piece.cost
        show(_progress(number, len(left), done / total, time.monotonic() - begin))
    return [_result(claim, found, own) for claim in asked]


def _progress(number: int, all_of_them: int, part: float, seconds: float) -> str:
    rest = seconds / part * (1 - part) if part > 0 else 0.0
    about = f"{rest / 60:.0f} min" if rest >= 90 else f"{rest:.0f} s"
    return f"{number} of {all_of_them} columns done, about {about} left"


def _result(
    claim: Claim, found: dict[tuple[str, str], tuple[ClaimFinding, ...]], own: OwnCohort | None
) -> ClaimResult:
    rows = tuple(one for column in COLUMNS for one in found[claim.id, column])
    return ClaimResult(
        claim=claim, findings=rows, verdict=overall(claim, rows, own),
        by_source=verdicts(claim, rows, own),
    )  # fmt: skip


def _computed(
    pieces: Sequence[_ClaimColumn], own: OwnCohort | None, processes: int | None
) -> Iterator[tuple[_ClaimColumn, tuple[ClaimFinding, ...]]]:
    """Yield each piece with what it holds, as it is done."""

    def compute(number: int) -> tuple[ClaimFinding, ...]:
        piece = pieces[number]
        return column_of(piece.claim, piece.study, piece.column, replicates=piece.replicates, own=own)

    cores, numbers = min(processes or usable_cores(), len(pieces)), range(len(pieces))
    left, several = set(numbers), cores > 1 and can_fork()
    for number, found in by_processes(compute, numbers, cores, nice=NICE) if several else ():
        left.remove(number)
        yield pieces[number], found
    # Without several processes, or of one that the system ended.
    for number in sorted(left):
        yield pieces[number], compute(number)
