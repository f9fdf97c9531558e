"""The ladder of care: stays into episodes, sessions into spells, and where a client stands on a day."""

from stepdown.cohort.ladder._stitch import Stitched, still_in_care, stitch, stitch_sensitivity

__all__ = ["Stitched", "still_in_care", "stitch", "stitch_sensitivity"]
