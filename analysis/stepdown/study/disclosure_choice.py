"""Under which rules a public report is prepared."""

from typing import Annotated

from pydantic import Field

from stepdown.schema.declarations import Declaration


class DisclosureChoice(Declaration):
    """The disclosure rules of public reports.

    Attributes
    ----------
    threshold : int
        Smallest count that is shown, 5 or more. Counts from 1 up to one less are hidden, with what follows
        from them. Earlier releases used the same: one list of releases has one threshold.
    base : int
        What counts are rounded to before anything is computed from them, 5 or more. With `threshold = 11`, 6
        leaves 11 possible values for every difference between two published counts, and 5 leaves 9.
    """

    threshold: Annotated[int, Field(strict=True, ge=5)] = 11
    base: Annotated[int, Field(strict=True, ge=5)] = 5
