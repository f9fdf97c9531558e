"""Cautions shown with contrasts: `note_code` in the results, and the sentence of each code."""

from collections.abc import Mapping

NOT_ADJUSTED = "not_adjusted"
RANDOMIZED = "randomized"
AFTER_RANDOMIZATION = "after_randomization"
ADJUSTED = "adjusted"

CAUTIONS: Mapping[str, str] = {
    NOT_ADJUSTED: (
        "Not adjusted: the people in the arms may have differed from the start, and this comparison by "
        "itself does not show what the care did."
    ),
    ADJUSTED: (
        "Adjusted for measured characteristics, which the comparison names. Differences between people that "
        "were not measured may remain."
    ),
    RANDOMIZED: "Not adjusted for covariates.",
    AFTER_RANDOMIZATION: (
        "Not adjusted: randomization came before the day from which the arms are compared, so those still "
        "followed may already differ because of it."
    ),
}
"""The sentence that a report shows for each code."""
