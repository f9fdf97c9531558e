"""A replication as parts that a notebook shows."""

import html
from collections.abc import Sequence
from dataclasses import dataclass

from stepdown.replicate.claim_pages import claim_body, overview_body
from stepdown.replicate.replication import ClaimResult


@dataclass(frozen=True)
class ShownClaims:
    """A part of a notebook.

    Attributes
    ----------
    html : str
        What is shown.
    """

    html: str

    def _repr_html_(self) -> str:
        return self.html


def show_overview(results: Sequence[ClaimResult]) -> ShownClaims:
    """Return the row of every claim, and which should not be quoted as they stand.

    Parameters
    ----------
    results : sequence of ClaimResult
        Of `replicate_claims`.
    """
    return ShownClaims(overview_body(results))


def show_claim(result: ClaimResult) -> ShownClaims:
    """Return the five columns of a claim, its figure and its verdict.

    Parameters
    ----------
    result : ClaimResult
        One of `replicate_claims`.
    """
    title = html.escape(f"{result.claim.id}: {result.claim.claim}")
    return ShownClaims(f"<h2>{title}</h2>{claim_body(result)}")
