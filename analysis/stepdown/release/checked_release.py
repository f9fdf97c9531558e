"""A release with as much hidden as earlier releases require, and what it would take."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from stepdown.disclosure import Ledger, ReleaseCheck
from stepdown.disclosure.release_audit import ReleaseAudit
from stepdown.release.release_record import check_against_earlier, hidden_then
from stepdown.release.release_step import Released, release
from stepdown.results import Analysis

_ROUNDS = 20


def incomplete_list(problems: Sequence[str]) -> Iterator[str]:
    """Yield what page one states of a list of releases that was lost or edited.

    Examples
    --------
    >>> list(incomplete_list(["Release 2 is missing from the list of earlier releases."]))
    ['Release 2 is missing from the list of earlier releases. This report is checked against the releases that
    are left; what it gives away with others is not known.']
    """
    if problems:
        yield (
            f"{' '.join(problems)} This report is checked against the releases that are left; what it gives "
            "away with others is not known."
        )


@dataclass(frozen=True, eq=False)
class CheckedRelease:
    """A release that was checked against all earlier ones.

    Attributes
    ----------
    released : Released
        What may be published: as it is, or with further counts hidden.
    ledger : Ledger
        The earlier releases.
    check : ReleaseCheck
        Of what is in `released`.
    recoverable : tuple of str
        The counts that would follow if nothing more were hidden.
    extra : tuple of str
        The further counts that are hidden, or would have to be.
    """

    released: Released
    ledger: Ledger
    check: ReleaseCheck
    recoverable: tuple[str, ...]
    extra: tuple[str, ...]

    @property
    def analysis(self) -> Analysis:
        """What may be published; it states where earlier releases are not known."""
        found = self.released.analysis
        words = " ".join((found.wording.released, *incomplete_list(self.ledger.problems)))
        return replace(found, wording=replace(found.wording, released=words))

    @property
    def mended(self) -> bool:
        """Whether hiding the further counts is enough."""
        return self.check.allowed


def checked_release(
    analysis: Analysis,
    folder: Path,
    *,
    threshold: int,
    base: int,
    quarter: str | None = None,
    head: str = "",
) -> CheckedRelease:
    """Return the release of an analysis, with the fewest further counts hidden that earlier ones require.

    A report of the same inputs as an earlier release hides what that one hid, so that it states the same.

    Parameters
    ----------
    analysis : Analysis
        As `analyze` returns it.
    folder : Path
        Folder of the study, which holds the list of releases.
    threshold, base : int
        The disclosure rules.
    quarter : str or None
        The quarter of the report.
    head : str
        What the last report states of the list of releases; empty where there is none.

    Raises
    ------
    DisclosureError
        The list of releases has another threshold, or a row has no release class.
    """
    made = _Rounds(analysis, folder, quarter, head, threshold, base)
    # What its own sums give away is hidden in any case.
    own, ledger, check = made.until_allowed(frozenset(), alone=True)
    if check.repeated or not check.allowed or not ledger.releases:
        return CheckedRelease(made.released(own), ledger, check, check.recoverable, ())
    first = made.check(own)[1]
    if first.allowed:
        return CheckedRelease(made.released(own), ledger, first, (), ())
    for then in hidden_then(ledger, made.released(own), quarter=quarter):
        if (repeated := made.check(then)[1]).repeated:
            return CheckedRelease(made.released(then), ledger, repeated, (), ())
    hidden, _, check = made.until_allowed(own)
    return CheckedRelease(
        made.released(hidden), ledger, check, first.recoverable, tuple(sorted(hidden - own))
    )


class _Rounds:
    """Releases of one analysis with more and more hidden."""

    def __init__(
        self, analysis: Analysis, folder: Path, quarter: str | None, head: str, threshold: int, base: int
    ) -> None:
        self.analysis, self.folder, self.quarter, self.head = analysis, folder, quarter, head
        self.threshold, self.base = threshold, base
        self.made: dict[frozenset[str], Released] = {}
        self.kept: dict[bytes, ReleaseCheck] = {}
        self.audits: dict[bytes, list[ReleaseAudit]] = {}

    def released(self, hidden: frozenset[str]) -> Released:
        if hidden not in self.made:
            self.made[hidden] = release(self.analysis, threshold=self.threshold, base=self.base, also=hidden)
        return self.made[hidden]

    def check(self, hidden: frozenset[str], *, alone: bool = False) -> tuple[Ledger, ReleaseCheck]:
        return check_against_earlier(
            self.released(hidden),
            self.folder,
            quarter=self.quarter,
            head=self.head,
            alone=alone,
            kept=self.kept,
            audits=self.audits,
        )

    def until_allowed(
        self, hidden: frozenset[str], *, alone: bool = False
    ) -> tuple[frozenset[str], Ledger, ReleaseCheck]:
        """Hide what each check asks for until it asks for nothing more."""
        ledger, check = self.check(hidden, alone=alone)
        for _ in range(_ROUNDS):
            if check.allowed or hidden.issuperset(check.extra):
                break
            hidden |= frozenset(check.extra)
            ledger, check = self.check(hidden, alone=alone)
        return hidden, ledger, check
